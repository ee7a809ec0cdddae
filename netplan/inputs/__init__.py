"""User files → clean tables in one projected CRS. Only this room reads the planner's GIS files."""

from netplan.inputs.read import read_inputs

__all__ = ["read_inputs"]
