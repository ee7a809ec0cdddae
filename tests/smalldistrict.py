"""A district of 8 km by 6 km that plans in a second: 48 cells, a town, a PoP, a road, two schools."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import rasterio
from affine import Affine
from shapely.geometry import LineString, Point, box
from shapely.geometry.base import BaseGeometry

from netplan.catalogue.load import shipped_folder
from netplan.pipeline import District, describe, write_coverage
from netplan.planning import plan_district
from netplan.plans import Plan, write_plan
from netplan.project import read_project
from netplan.project.read import deep_merge
from netplan.yamltext import dump_yaml, load_yaml

UTM = 32736
X0, Y0 = 200_000.0, 9_790_000.0
WIDTH_KM, HEIGHT_KM = 8, 6
TAXED: dict[str, Any] = {
    "perspective": "operator",
    "rollout": [0.5, 0.3, 0.2],
    "opex_growth_per_year": {"power": 0.03, "other": 0.01},
    "import_duty": 0.25,
    "vat": 0.18,
    "vat_recoverable": False,
    "profit_tax": 0.3,
}
"""Economics in which nothing is trivial: every tax, growth, and a roll-out over three years."""


def at(x_km: float, y_km: float) -> Point:
    return Point(X0 + 1000 * x_km, Y0 + 1000 * y_km)


def square(x_km: float, y_km: float, width_km: float, height_km: float) -> BaseGeometry:
    return box(*at(x_km, y_km).coords[0], *at(x_km + width_km, y_km + height_km).coords[0])


def save(folder: Path, file: str, geometry: list[Any], **columns: Any) -> str:
    gpd.GeoDataFrame(columns, geometry=geometry, crs=UTM, index=range(len(geometry))).to_file(folder / file)
    return file


def save_rates(folder: Path, file: str, values: np.ndarray[Any, Any], step_m: float) -> str:
    """A raster whose first row lies at the northern edge of the district."""
    grid = Affine(step_m, 0, X0, 0, -step_m, Y0 + 1000 * HEIGHT_KM)
    height, width = values.shape
    with rasterio.open(
        folder / file, "w", driver="GTiff", count=1, dtype="float32", height=height, width=width, crs=UTM,
        transform=grid, nodata=-1,
    ) as target:  # fmt: skip
        target.write(values.astype(np.float32), 1)
    return file


def district(folder: Path, **changes: Any) -> Path:
    """The project, with changes merged into it."""
    save(folder, "area.gpkg", [square(0, 0, WIDTH_KM, HEIGHT_KM)])
    people = np.full((HEIGHT_KM, WIDTH_KM), 60.0)
    people[2:4, 1:3] = 400.0
    save_rates(folder, "people.tif", people, 1000.0)
    save(folder, "pop.gpkg", [at(2, 3)], name=["pop"])
    save(folder, "roads.gpkg", [LineString([at(0.1, 3), at(7.9, 3)])], name=["road"])
    save(folder, "schools.gpkg", [at(3.5, 3.5), at(6.5, 1.5)], name=["A", "B"])
    base = {
        "name": "small",
        "area": "area.gpkg",
        "demand": {
            "population": "people.tif",
            "facilities": {"schools": {"layer": "schools.gpkg", "rate_mbps": 5, "busy_hour_mbps": 2}},
        },
        "existing": {"pops": "pop.gpkg"},
        "routes": {"roads": "roads.gpkg"},
        "targets": {"rural": 0.9, "schools": 1.0},
        "technologies": ["lte-800"],
        "candidates": {"mast_spacing_m": 3000, "hub_spacing_m": 3000, "max_sites": 4},
        "solver": {"gap": 0.0, "time_limit_s": 60, "threads": 1},
        "scenarios": {"greenfield": {"sharing": []}, "sharing": {"sharing": ["towers"]}},
    }
    (folder / "netplan.yaml").write_text(dump_yaml(deep_merge(base, changes)), encoding="utf-8")
    return folder


def technology(folder: Path, like: str, key: str, **changes: Any) -> str:
    """A technology of the project's own, like a shipped one but for the changes: `models` of the project names it."""
    entry = load_yaml((shipped_folder() / "technologies" / f"{like}.yaml").read_text(encoding="utf-8"))
    entry = deep_merge(entry, {"id": key, "label": key, "aliases": [], "enabled": True} | changes)
    target = folder / "models" / "technologies" / f"{key}.yaml"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(dump_yaml({k: v for k, v in entry.items() if v is not None}), encoding="utf-8")
    return "models"


def described(folder: Path, scenario: str | None = None) -> District:
    return describe(read_project(folder, scenario))


def planned(folder: Path, scenario: str | None = None) -> Plan:
    """The least-cost plan, proven, written beside the project as `out/<scenario>`."""
    found = described(folder, scenario)
    plan = plan_district(found)
    write_whole(found, plan, folder / "out" / (scenario or "base"))
    return plan


def write_whole(found: District, plan: Plan, folder: Path) -> None:
    """The plan with its raster of best servers, where there is a plan: as it is written, pictures left out."""
    write_plan(plan, folder)
    if plan.summary["objective_npv"] is not None:
        write_coverage(found, plan, folder)
