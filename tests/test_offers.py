"""An offer is never a burden: on random districts, proven plans cost no more with each further lever."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from districts import ECONOMICS, UTM, X0, Y0, District, demand_of, inputs_of, project_of
from shapely.geometry import LineString, Point

from netplan.backhaul import build_backhaul
from netplan.candidates import build_sites
from netplan.catalogue import load_catalogue, select
from netplan.catalogue.schema import Catalogue
from netplan.planner import Problem, Solution, solve
from netplan.problem import ruled
from netplan.project.schema import Project
from netplan.radio import build_hops, build_options
from netplan.tables import Inputs

LEVERS = ("towers", "water-pipes", "power-poles", "ducts")


@cache
def catalogue() -> Catalogue:
    return load_catalogue()


def layer(shapes: list[object], **columns: object) -> gpd.GeoDataFrame:
    index = pd.Index([str(k) for k in range(len(shapes))], dtype=object)
    return gpd.GeoDataFrame({"name": "", **columns}, geometry=shapes, crs=UTM, index=index)


def place(x_km: float, y_km: float) -> tuple[float, float]:
    return X0 + 1000 * x_km, Y0 + 1000 * y_km


def random_district(seed: int) -> tuple[District, Inputs]:
    """Villages along a road, with masts, a main with chambers, poles and a duct of others beside it."""
    rng = np.random.default_rng(seed)
    ends = np.sort(rng.uniform(1, 9, 4))
    people = {(int(x), int(rng.integers(3, 7))): float(rng.integers(100, 900)) for x in ends}
    road = ((0.5, 5.0), *((float(x), float(5 + rng.normal(0, 0.4))) for x in ends), (9.5, 5.0))
    district = District(
        people, pop=(0.5, 5.0), roads=(road,), schools=((float(ends[-1]), 5.2),), technologies=("wifi-5ghz-ptmp",),
        settlements=tuple((float(x), 5.0) for x in ends),
    )  # fmt: skip
    start, stop = (0.6, 5.05), (float(ends[-1]), 5.1)
    line = LineString([place(*start), place(*stop)])
    chambers = [Point(line.interpolate(at, normalized=True)) for at in np.linspace(0, 1, 7)]
    own = {"owner": "Utility", "status": ""}
    inputs = replace(
        inputs_of(district),
        towers=layer([Point(place(float(x), 5.3)) for x in ends[:3]], technologies="", status="", height_m=40.0,
                     operator="Tower company", assumed=False),
        water_pipes=layer([line], diameter_mm=200.0, material="PVC", lining="", pressure_class_bar=10.0, year=2010.0,
                          water="potable", **own),
        water_access=layer(list(chambers), kind="chamber", status=""),
        power_lines=layer([LineString([place(0.6, 4.9), place(float(ends[2]), 4.8)])], kind="distribution",
                          voltage_kv=30.0, make_ready_share=np.nan, **own),
        ducts=layer([LineString([place(0.6, 4.95), place(float(ends[1]), 4.95)])], free_bores=2.0, **own),
    )  # fmt: skip
    return district, inputs


def planned(district: District, inputs: Inputs, levers: tuple[str, ...], fee: float) -> Solution:
    """Every stage from candidates on, proven to the optimum."""
    base = project_of(district).model_dump()
    changes = {"sharing": levers, "approval": {"Utility": {"cost": fee}}, "technologies": None}
    project = Project.model_validate({**base, **changes})
    entries = catalogue()
    chosen = select(entries, tuple([*district.technologies, *entries.media]))
    demand = demand_of(district, inputs, project)
    sites = build_sites(inputs, demand, project, chosen, ECONOMICS)
    options = build_options(inputs, demand, sites, chosen, project_of(district), ECONOMICS)
    hops = build_hops(inputs, sites, chosen)
    backhaul = build_backhaul(inputs, sites, hops, chosen, project, ECONOMICS)
    _, _, indexed = ruled(project, "p", inputs, demand, sites, options, backhaul, chosen, ECONOMICS)
    return solve(Problem.of(**indexed.arrays), gap=0.0, time_limit_s=60, threads=1, seed=0)


@pytest.mark.parametrize("seed", range(5))
def test_a_further_lever_never_raises_the_least_cost(seed: int) -> None:
    rng = np.random.default_rng(seed)
    district, inputs = random_district(seed)
    order = [str(each) for each in rng.permutation(LEVERS)]
    fee = float(rng.choice([0.0, 1000.0, 1e6]))
    costs = []
    for count in range(len(order) + 1):
        found = planned(district, inputs, tuple(order[:count]), fee)
        assert found.status == "optimal", (seed, order[:count], found.status)
        costs.append(float(found.objective))
    assert all(after <= before * (1 + 1e-6) for before, after in pairwise(costs)), costs
    if fee < 1e6:
        assert costs[-1] < costs[0]  # something here is worth using
