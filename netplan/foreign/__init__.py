"""Layers in files that are not GIS layers: spreadsheets, text tables, KML, the Open Fibre Data Standard.

Reading only: a file becomes the table that a GIS file would have given. Whoever reads a project's files uses it, the
rooms that plan and the audit alike, as all of them use GDAL.
"""

from netplan.foreign.open import (
    Asked,
    Foreign,
    beyond_degrees,
    in_stated_crs,
    open_layer,
    path_and_options,
    read_foreign,
)

__all__ = [
    "Asked", "Foreign", "beyond_degrees", "in_stated_crs", "open_layer", "path_and_options", "read_foreign",
]  # fmt: skip
