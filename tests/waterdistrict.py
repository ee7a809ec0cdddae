"""A district on a real EPANET network: villages, a PoP at the pumping station, one road, pipes as the water utility has
them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import geopandas as gpd
from shapely.geometry import LineString, Point, box

from netplan.catalogue.load import shipped_folder
from netplan.project.read import deep_merge
from netplan.yamltext import dump_yaml, load_yaml

UTM = 32616
MODEL = Path(__file__).parent / "data" / "epanet" / "ky4-part.inp"
WEST, SOUTH, EAST, NORTH = 625_800.0, 4_212_200.0, 629_500.0, 4_215_800.0
VILLAGES = {"Tank": (627_900, 4_212_700), "Middle": (627_300, 4_214_200), "West": (626_300, 4_213_400)}


def save(folder: Path, file: str, geometry: list[Any], **columns: Any) -> str:
    gpd.GeoDataFrame(columns, geometry=geometry, crs=UTM, index=range(len(geometry))).to_file(folder / file)
    return file


def water_district(folder: Path, **changes: Any) -> Path:
    """The project, with changes merged into it: an EPANET model and no GIS layer of pipes."""
    shutil.copy(MODEL, folder / "network.inp")
    save(folder, "area.gpkg", [box(WEST, SOUTH, EAST, NORTH)])
    places = [Point(xy) for xy in VILLAGES.values()]
    save(folder, "villages.gpkg", places, name=list(VILLAGES), population=[900, 1500, 700])
    save(folder, "schools.gpkg", [p.buffer(1).centroid for p in places], name=list(VILLAGES))
    save(folder, "pop.gpkg", [Point(627_160, 4_215_240)], name=["exchange"])
    road = LineString([(627_160, 4_215_240), (628_900, 4_214_600), (628_900, 4_212_900), *VILLAGES.values()])
    save(folder, "roads.gpkg", [road], name=["road"])
    base = {
        "name": "water district",
        "area": "area.gpkg",
        "crs": f"EPSG:{UTM}",
        "backhaul_margin_m": 500,
        "demand": {
            "settlements": "villages.gpkg",
            "facilities": {"schools": {"layer": "schools.gpkg", "rate_mbps": 20, "busy_hour_mbps": 20}},
        },
        "existing": {"pops": "pop.gpkg"},
        "routes": {"roads": "roads.gpkg", "water_pipes": "network.inp", "water_pipes_crs": "EPSG:3547"},
        "targets": {"schools": 1.0},
        "models": ["models"],
        "technologies": ["wifi-5ghz-ptmp"],
        "candidates": {"mast_spacing_m": 2000, "hub_spacing_m": 1000, "max_sites": 6},
        "solver": {"gap": 0.0, "time_limit_s": 60, "threads": 1},
        "scenarios": {"greenfield": {"sharing": []}, "sharing": {"sharing": ["water-pipes"]}},
    }
    without_radio_links(folder / "models" / "media")
    (folder / "netplan.yaml").write_text(dump_yaml(deep_merge(base, changes)), encoding="utf-8")
    return folder


def without_radio_links(media: Path) -> None:
    """Microwave and satellite out of the way, so that cable has to be laid."""
    media.mkdir(parents=True, exist_ok=True)
    for file in (shipped_folder() / "media").glob("*.yaml"):
        entry = load_yaml(file.read_text(encoding="utf-8"))
        if entry["kind"] in ("microwave", "satellite"):
            (media / file.name).write_text(dump_yaml({**entry, "enabled": False}), encoding="utf-8")
