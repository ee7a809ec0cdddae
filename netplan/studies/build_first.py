"""What a study says to build first, as a GeoPackage: rows under share-alike licences in layers of their own, as a
plan's are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pyogrio

from netplan.geopackage import ALIKE
from netplan.licences import SHARE_ALIKE, Content, share_alike_rows
from netplan.pipeline import District

WHAT = "to be built before the owners' answers are known"


def write_build_first(layers: Mapping[str, pd.DataFrame], district: District, path: Path) -> None:
    """Writes the layers that have rows (`sites, equipment, links`), and `<layer>_share_alike` where some must be shared
    alike; source and licences of each stand in its metadata.

    Raises:
        OSError: the disk refuses.
    """
    whole = district.whole
    catalogue = {
        "media": {key: medium.model_dump(mode="json") for key, medium in whole.media.items()},
        "structures": {key: structure.model_dump(mode="json") for key, structure in whole.structures.items()},
    }
    licences = {str(file): str(text) for file, text in district.inputs.licences.items()}
    content = Content(layers, district.loaded.project.model_dump(mode="json"), licences, catalogue)
    shared = {file: text for file, text in licences.items() if SHARE_ALIKE.search(text)}
    for name, frame in layers.items():
        alike = share_alike_rows(content, name)
        for layer, rows, said in (
            (name, frame[~alike], {file: text for file, text in licences.items() if file not in shared}),
            (name + ALIKE, frame[alike], licences),
        ):
            if len(rows):
                metadata = {
                    "DESCRIPTION": f"{name.capitalize()} {WHAT}",
                    "SOURCE": f"netplan refusal {district.loaded.project.name}, scenario {district.loaded.scenario}",
                    "LICENCE": "; ".join(f"{file}: {text}" for file, text in said.items()) or "none stated",
                    "SHARE_ALIKE": _list(shared) if layer.endswith(ALIKE) else "none",
                }
                pyogrio.write_dataframe(rows, path, layer=layer, driver="GPKG", layer_metadata=metadata)


def _list(licences: Mapping[str, str]) -> str:
    return "; ".join(f"{file} ({text})" for file, text in licences.items())
