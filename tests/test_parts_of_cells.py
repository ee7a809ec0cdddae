"""Districts of short-range radio: who is counted as served stands inside a circle, and once, whatever is planned."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from netplan.carry import carried_over
from netplan.planner import Problem
from netplan.planner.earlier import carried
from netplan.planner.model import build
from netplan.planning import plan_district
from netplan.plans import Plan
from netplan.verify import verify
from tests.smalldistrict import at, described, district, save, technology, write_whole

RANGE_M = 900.0
SHORT = {"radio": {"max_range_m": {"value": RANGE_M, "low": 500, "high": 1900}}}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Masts every 1.2 km that reach 900 m: most cells are reached in part, by several."""
    folder = tmp_path_factory.mktemp("parts")
    technology(folder, "wifi-5ghz-ptmp", "short", **SHORT)
    return district(
        folder,
        models=["models"],
        technologies=["short", "microwave-15ghz"],
        demand={"population": "people.tif", "facilities": None},
        targets={"rural": 0.85, "schools": None},
        candidates={"mast_spacing_m": 1200, "hub_spacing_m": 1200, "max_sites": 40},
        solver={"gap": 0.02, "time_limit_s": 60},
    )


@pytest.fixture(scope="module")
def plan(folder: Path) -> Plan:
    found = described(folder)
    plan = plan_district(found)
    write_whole(found, plan, folder / "out" / "base")
    return plan


def aims(cell: shapely.Polygon) -> np.ndarray:
    """The middle of a square cell and of its quarters, west to east and south to north."""
    left, bottom, right, top = cell.bounds
    quarters = [(left + x * (right - left), bottom + y * (top - bottom)) for x in (0.25, 0.75) for y in (0.25, 0.75)]
    return np.array([(cell.centroid.x, cell.centroid.y), *quarters])


def test_nobody_is_served_twice_and_the_points_are_those_in_range(plan: Plan, folder: Path) -> None:
    cells = plan.demand.set_index("demand_id").geometry
    masts = plan.equipment.set_index("option_id").geometry
    assert len(masts) > 3
    union, added = dict[str, set[int]](), dict[str, float]()
    for row in plan.service.itertuples():
        away_m = np.hypot(*(aims(cells[row.demand_id]) - np.array(masts[row.option_id].coords[0])).T)
        near = set(np.flatnonzero(away_m <= RANGE_M).tolist())
        assert {k for k, one in enumerate(row.reach) if one == "1"} == near
        assert row.reach_share == pytest.approx(len(near) / 5)
        union.setdefault(row.demand_id, set()).update(near)
        added[row.demand_id] = added.get(row.demand_id, 0.0) + row.reach_share
    served = plan.demand.set_index("demand_id")["served_share"]
    for cell, points in union.items():
        assert served[cell] <= len(points) / 5 + 1e-6
    assert any(added[cell] > len(points) / 5 + 0.1 for cell, points in union.items()), "some reach the same homes"
    assert any(len(points) / 5 > plan.service[plan.service["demand_id"] == cell]["reach_share"].max() + 0.1
               for cell, points in union.items() if served[cell] > 0.99 * len(points) / 5), "some add up"  # fmt: skip
    people = plan.demand["population"]
    assert (people * plan.demand["served_share"]).sum() >= 0.85 * people.sum() - 1e-3
    assert verify(folder / "out") == {"base": []}


def test_the_plan_is_carried_over_part_by_part(plan: Plan, folder: Path) -> None:
    here = described(folder)
    model = build(Problem.of(**here.indexed.arrays))
    point = carried(model, carried_over(here.indexed, here.options.table, here.backhaul.edges, plan))
    assert point is not None
    assert model.cost @ point + model.constant == pytest.approx(plan.summary["objective_npv"], rel=1e-6)


def _with_towers(folder: Path, places: list[tuple[float, float]]) -> Path:
    technology(folder, "wifi-5ghz-ptmp", "short", **SHORT)
    towers = [at(*place) for place in places]
    save(folder, "towers.gpkg", towers, name=[f"t{k}" for k in range(len(towers))], technologies="short", height_m=30.0)
    return district(
        folder, models=["models"], technologies=["short"], existing={"towers": "towers.gpkg"},
        demand={"population": "people.tif", "facilities": None}, targets={"rural": 0.1, "schools": None},
        scenarios={"base": {"sharing": []}},
    )  # fmt: skip


@pytest.mark.parametrize(("places", "share"), [([(-0.15, 0.5)], 0.6), ([(-0.15, 0.5), (-0.12, 0.5)], 0.6),
                                              ([(-0.15, 0.5), (1.15, 0.5)], 1.0)])  # fmt: skip
def test_towers_of_today_serve_together_what_any_of_them_reaches(
    tmp_path: Path, places: list[tuple[float, float]], share: float
) -> None:
    """From west of a cell 900 m reach its middle and the two quarters on that side."""
    found = described(_with_towers(tmp_path, places))
    points = found.demand.points
    cell = points.index[shapely.contains_xy(np.asarray(points.geometry.array), *at(0.5, 0.5).coords[0])][0]
    assert points["baseline_share"][cell] == pytest.approx(share)
    rows = found.demand.baseline.service.set_index("demand_id").loc[[cell]]
    assert rows["reach"].str.count("1").max() == 3 and rows["share"].sum() == pytest.approx(share)


def test_what_is_open_is_where_nothing_reaches_today(tmp_path: Path) -> None:
    """A new mast beside the tower serves nobody of its cell anew; one on the other side all the rest."""
    found = described(_with_towers(tmp_path, [(-0.15, 0.5)]))
    indexed, points = found.indexed, found.demand.points
    cell = int(np.flatnonzero(shapely.contains_xy(np.asarray(points.geometry.array), *at(0.5, 0.5).coords[0]))[0])
    mine = indexed.parts.row == cell
    assert indexed.portion[mine].sum() == pytest.approx(0.4)
    left = indexed.parts.bits[mine & (indexed.remaining > 0)]
    away = aims(points.geometry.iloc[cell])[:, 0] - at(-0.15, 0.5).x
    assert all(away[k] > 800 for bits in left for k in range(5) if bits >> k & 1)
    weight = pd.Series(indexed.arrays["demand_weight"]).groupby(indexed.parts.row).sum()
    due = points["weight"].to_numpy() * (1 - points["baseline_share"].to_numpy())
    assert weight.to_numpy() == pytest.approx(due)


def test_the_reach_is_in_the_file(plan: Plan, folder: Path) -> None:
    written = gpd.read_file(folder / "out" / "base" / "plan.gpkg", layer="service")
    assert written["reach"].tolist() == plan.service["reach"].tolist()
    assert set("".join(written["reach"])) <= {"0", "1"}
