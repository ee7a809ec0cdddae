"""Candidate sites: on free ground, spaced, clustered, powered at least cost, numbered by place."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from pyproj import CRS
from scipy.spatial.distance import pdist
from shapely.geometry import LineString, Point, box

from netplan.candidates import build_sites, cluster_towers
from netplan.candidates.power import choose_power, typical_load_w
from netplan.candidates.towers import tower_proposals
from netplan.catalogue import load_catalogue
from netplan.catalogue.schema import Catalogue, CostItem, EconomicDefaults, Power, Quantity, Structure, Technology
from netplan.costs import Economics
from netplan.errors import InputError
from netplan.project.schema import CandidateSpec, DemandSpec, Project
from netplan.tables import Demand, Inputs, Raster, Sites

UTM = CRS.from_epsg(32736)
AREA = box(0, 0, 20000, 20000)
LAKE = box(8000, 0, 12000, 20000)
ECONOMICS = Economics("USD", 2025, 0.08, 10, True, "society", 0.0)


def number(value: float) -> Quantity:
    return Quantity(value=value, unit="-", source="test")


def cost(item: str, category: Any, per: Any, capex: float) -> CostItem:
    return CostItem(item=item, category=category, per=per, capex=number(capex))


def structure(key: str, generator: Any, height_m: float, **other: Any) -> Structure:
    given_ = {"status": "new", "power": ("mains", "panels")} | other
    build = (cost("build", "structure", "unit", 1000),)
    common = {"label": key, "colour": "k", "marker": "o", "base_load_w": number(100), "costs": build}
    return Structure(id=key, generator=generator, height_m=number(height_m), **common, **given_)


STRUCTURES = (
    structure("tower", "existing-tower", 30, status="shared", lever="towers"),
    structure("mast", "new-mast", 40),
    structure("hill", "relay", 20),
    structure("roof", "facility-hub", 10),
    structure("pole", "village-hub", 12),
    structure("box", "cabinet", 2),
)
POWER = (
    Power(
        id="mains",
        label="mains",
        kind="grid",
        max_grid_distance_m=number(5000),
        costs=(cost("joining", "power", "unit", 100), cost("line", "power", "km", 1000)),
    ),
    Power(id="panels", label="panels", kind="solar", costs=(cost("panels", "power", "w", 10),)),
)


def make_catalogue(structures: tuple[Structure, ...] = STRUCTURES, power: tuple[Power, ...] = POWER) -> Catalogue:
    radio = Technology(
        id="any",
        label="any",
        kind="wifi",
        colour="k",
        marker="o",
        needs_backhaul=True,
        structures=tuple(s.id for s in structures if s.generator != "existing-tower"),
        load_w=number(100),
    )
    economics = EconomicDefaults(discount_rate=number(0.08), years=number(10), price_escalation_per_year=number(0))
    return Catalogue(
        technologies={"any": radio},
        structures={s.id: s for s in structures},
        power={p.id: p for p in power},
        media={},
        levers={},
        economics=economics,
    )


def layer(geometry: list[Any], **columns: Any) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=geometry, crs=UTM)


def hills() -> Raster:
    """100 m pixels over the area and 1 km around; four round hills, one of them in the lake."""
    x, y = np.meshgrid(-1000 + 100 * (np.arange(220) + 0.5), 21000 - 100 * (np.arange(220) + 0.5))
    tops = [(4050, 4050), (4050, 15050), (10050, 10050), (16050, 9050)]
    values = 1400 + sum(150 * np.exp(-((x - a) ** 2 + (y - b) ** 2) / 1.5e6) for a, b in tops)
    return Raster(values, Affine(100, 0, -1000, 0, -100, 21000), "hills")


def make_inputs(**other: Any) -> Inputs:
    blank: dict[str, Any] = dict.fromkeys(
        ["urban", "fibre", "service", "roads", "power_lines", "water_pipes", "water_access", "ducts", "settlements"]
    )
    given_ = {
        "crs": UTM,
        "area": AREA,
        "margin": AREA.buffer(1000),
        "population": layer([], population=[]),
        "facilities": {},
        "pops": layer([], name=[]),
        "towers": layer([Point(3000, 3000), Point(3100, 3000)], height_m=[np.nan, 45], assumed=[True, True]),
        "elevation": hills(),
        "exclusions": layer([LAKE], source=["lake"]),
    }
    return Inputs(**(blank | given_ | other))


def make_demand(seed: int = 0) -> Demand:
    """A cell of 1 km everywhere outside the lake, four of them a town; 25 schools, some in the lake."""
    rng = np.random.default_rng(seed)
    x, y = (index.ravel() * 1000.0 for index in np.meshgrid(np.arange(20), np.arange(20)))
    dry = (x < 8000) | (x >= 12000)
    x, y = x[dry], y[dry]
    people = rng.uniform(10, 400, len(x))
    town = (x < 2000) & (y < 2000)
    people[town] = 2000
    cells = gpd.GeoDataFrame(
        {"class": np.where(town, "urban", "rural"), "population": people, "area_km2": 1.0, "name": ""},
        index=[f"cell-{a:02.0f}-{b:02.0f}" for a, b in zip(x / 1000, y / 1000, strict=True)],
        geometry=shapely.box(x, y, x + 1000, y + 1000),
        crs=UTM,
    ).assign(x_m=x + 500, y_m=y + 500)
    place = rng.uniform(0, 20000, (25, 2))
    schools = gpd.GeoDataFrame(
        {"class": "schools", "population": 0.0, "area_km2": 0.0, "name": [f"school {i}" for i in range(25)]},
        index=[f"schools-{i:02d}" for i in range(25)],
        geometry=shapely.points(place),
        crs=UTM,
    ).assign(x_m=place[:, 0], y_m=place[:, 1])
    return Demand(points=gpd.GeoDataFrame(pd.concat([cells, schools]), geometry="geometry", crs=UTM).sort_index())


def make_project(sharing: tuple[str, ...] = ("towers",), **other: Any) -> Project:
    return Project(name="t", demand=DemandSpec(population="p"), targets={"rural": 0.9}, sharing=sharing, **other)


def sites_of(inputs: Inputs | None = None, project: Project | None = None, **other: Any) -> Sites:
    demand = other.get("demand", make_demand())
    catalogue = other.get("catalogue", make_catalogue())
    return build_sites(inputs or make_inputs(), demand, project or make_project(), catalogue, ECONOMICS)


def test_new_sites_stand_in_the_area_outside_exclusions_and_apart() -> None:
    points = sites_of().points
    new = points[points["status"] == "new"]
    assert set(new["structure"]) == {"mast", "roof", "pole", "box"}  # masts took the hilltops
    assert shapely.contains_xy(AREA, new["x_m"], new["y_m"]).all()
    assert not shapely.intersects_xy(LAKE, new["x_m"], new["y_m"]).any()
    for key, spacing in (("mast", 3000), ("roof", 1500), ("pole", 1500)):
        place = points.loc[points["structure"] == key, ["x_m", "y_m"]].to_numpy()
        assert pdist(place).min() >= spacing * (1 - 1e-6)
    hubs = points.loc[points["structure"].isin(["roof", "pole"]), ["x_m", "y_m"]].to_numpy()
    assert pdist(hubs).min() >= 1500 * (1 - 1e-6)  # a pole and a roof are much alike


def test_every_populated_cell_has_a_mast_near() -> None:
    demand = make_demand()
    points = sites_of(demand=demand).points
    masts = shapely.MultiPoint(points.loc[points["structure"] == "mast", ["x_m", "y_m"]].to_numpy())
    cells = demand.points[demand.points["area_km2"] > 0]
    assert shapely.distance(shapely.points(cells[["x_m", "y_m"]].to_numpy()), masts).max() <= 3000


def test_relays_stand_on_the_hilltops_and_cabinets_in_town() -> None:
    only = tuple(s for s in STRUCTURES if s.generator in ("relay", "cabinet"))
    points = sites_of(catalogue=make_catalogue(only)).points
    tops = points.loc[points["structure"] == "hill", ["x_m", "y_m"]].to_numpy()
    assert tops.tolist() == pytest.approx(np.array([[4050, 4050], [4050, 15050], [16050, 9050]]))
    assert points.loc[points["structure"] == "hill", "ground_m"].min() > 1540
    boxes = points[points["structure"] == "box"]
    assert len(boxes) == 4 and (boxes["x_m"] < 2000).all() and (boxes["y_m"] < 2000).all()


def test_towers_cluster_keep_their_height_and_need_their_lever() -> None:
    found = sites_of()
    tower = found.points[found.points["structure"] == "tower"]
    assert len(tower) == 1
    row = tower.iloc[0]
    assert (row["x_m"], row["y_m"], row["height_m"], row["status"], row["lever"]) == (
        3050,
        3000,
        45,
        "shared",
        "towers",
    )
    assert row["assumed"] and row["name"].startswith("assumed mast")
    closed = sites_of(project=make_project(sharing=()))
    assert "tower" not in set(closed.points["structure"]) and not closed.items["row_id"].str.startswith("tower").any()
    assert_frame_equal(
        pd.DataFrame(closed.points), pd.DataFrame(found.points[found.points["structure"] != "tower"]), check_exact=True
    )


def test_known_towers_are_not_merged_and_those_outside_are_left_out() -> None:
    places = [Point(9000, 3000), Point(9100, 3000), Point(20500, 0)]
    known = layer(places, height_m=[20, 25, 30], assumed=False, name=["a", "b", "c"])
    found = sites_of(make_inputs(towers=known))
    tower = found.points[found.points["structure"] == "tower"]
    assert tower["name"].tolist() == ["a", "b"]  # what stands in an exclusion stands there
    assert any("1 towers outside the area" in warning for warning in found.warnings)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1500), st.integers(0, 1500)), max_size=40), st.integers(0, 400), st.randoms())
def test_clusters_are_no_wider_than_told_whatever_the_order(
    places: list[tuple[int, int]], spread_m: int, random: Any
) -> None:
    xy = np.array(places, dtype=float).reshape(-1, 2)
    label = cluster_towers(xy, spread_m)
    for group in np.unique(label):
        assert pdist(xy[label == group]).max(initial=0) <= max(spread_m, 1e-6) + 1e-9
    centres = [xy[label == group].mean(axis=0) for group in np.unique(label)]
    order = list(range(len(xy)))
    random.shuffle(order)
    other = cluster_towers(xy[order], spread_m)
    parts = sorted(tuple(sorted(map(tuple, xy[label == g]))) for g in np.unique(label))
    assert parts == sorted(tuple(sorted(map(tuple, xy[order][other == g]))) for g in np.unique(other))
    assert len(centres) == len(parts)


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 100))
def test_order_of_rows_does_not_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    villages = layer(list(shapely.points(rng.uniform(0, 20000, (60, 2)))), name=[f"v{i}" for i in range(60)])
    towers = layer(list(shapely.points(rng.uniform(0, 4000, (40, 2)))), height_m=[np.nan] * 40)
    towers = towers.assign(assumed=True, name="")
    inputs, demand = make_inputs(settlements=villages, towers=towers), make_demand(seed)
    mixed = replace(
        inputs, settlements=villages.sample(frac=1, random_state=seed), towers=towers.sample(frac=1, random_state=seed)
    )
    one, two = sites_of(inputs, demand=demand), sites_of(mixed, demand=demand)
    assert_frame_equal(pd.DataFrame(one.points), pd.DataFrame(two.points), check_exact=True)
    assert_frame_equal(one.items, two.items, check_exact=True)
    assert one.points.index.is_monotonic_increasing and one.points.index.is_unique


def test_power_is_the_cheapest_for_the_distance_and_is_priced_for_the_bare_site() -> None:
    lines = layer([LineString([(0, 0), (0, 20000)]), LineString([(19000, 0), (19000, 20000)])])
    lines["kind"] = ["distribution", "transmission"]
    found = sites_of(make_inputs(power_lines=lines))
    points = found.points
    assert points["grid_distance_m"].to_numpy() == pytest.approx(points["x_m"].to_numpy())
    # Mains: 100 + 1000 per km; panels: 10 per watt of the site with its equipment (200 W): even at 1.9 km.
    has_radio = points["structure"] != "tower"
    assert (points["power"] == np.where(points["x_m"] <= np.where(has_radio, 1900, 900), "mains", "panels")).all()
    near = points[(points["structure"] == "box") & (points["power"] == "mains")].iloc[0]
    capex = found.items[found.items["row_id"] == near.name].set_index("item")["capex"].to_dict()
    assert capex == pytest.approx({"build": 1000, "joining": 100, "line": near["x_m"]})
    sunny = points[points["power"] == "panels"].index[0]
    capex = found.items[found.items["row_id"] == sunny].set_index("item")["capex"].to_dict()
    assert capex == pytest.approx({"build": 1000, "panels": 1000})
    assert set(found.items["row_id"]) == set(points.index)


def test_without_lines_the_grid_is_assumed_and_said_so() -> None:
    found = sites_of()
    assert any(warning.startswith("ASSUMPTION: distribution lines") for warning in found.warnings)
    town = found.points[found.points["structure"] == "box"]
    assert (town["grid_distance_m"] == 0).all()


def test_sites_that_no_power_reaches_are_left_out() -> None:
    lines = layer([LineString([(0, 0), (0, 20000)])], kind=["distribution"])
    only_mains = tuple(s.model_copy(update={"power": ("mains",)}) for s in STRUCTURES)
    found = sites_of(make_inputs(power_lines=lines), catalogue=make_catalogue(only_mains))
    assert len(found.points) and found.points["grid_distance_m"].max() <= 5000
    assert any("no power supply" in warning for warning in found.warnings)


def test_forbid_and_cap_leave_the_numbers_alone() -> None:
    everything = sites_of().points
    forbidden = everything.index[5]
    rest = sites_of(project=make_project(forbid=(forbidden,))).points
    assert list(rest.index) == list(everything.index.drop(forbidden))
    last = everything.index[-1]
    capped = sites_of(project=make_project(candidates=CandidateSpec(max_sites=20), force=(last,)))
    assert (capped.points["status"] == "new").sum() == 20, "standing towers come on top"
    assert last in capped.points.index and "tower-0001" in capped.points.index
    assert_frame_equal(pd.DataFrame(capped.points), pd.DataFrame(everything.loc[capped.points.index]))
    assert set(capped.items["row_id"]) == set(capped.points.index)
    assert any("candidates.max_sites" in warning for warning in capped.warnings)
    new = int((everything["status"] == "new").sum())
    assert (capped.proposed, capped.dropped) == (new, new - 20) and sites_of().dropped == 0


def test_structures_without_a_technology_are_not_proposed() -> None:
    found = sites_of(project=make_project(technologies=("microwave",)))
    assert set(found.points["structure"]) == {"tower", "hill"}
    assert any("no technology" in warning for warning in found.warnings)


def test_unknown_power_is_a_fault_for_each_structure() -> None:
    wrong = tuple(s.model_copy(update={"power": ("wind",)}) for s in STRUCTURES[:2])
    with pytest.raises(InputError) as caught:
        sites_of(catalogue=make_catalogue(wrong))
    assert len(caught.value.faults) == 2


def test_without_people_terrain_and_towers_nothing_fails() -> None:
    nobody = Demand(points=make_demand().points.iloc[:0])
    found = sites_of(make_inputs(towers=None, elevation=None), demand=nobody)
    assert found.points.empty and found.items.empty and found.warnings
    flat = sites_of(make_inputs(elevation=None)).points
    assert flat["ground_m"].isna().all() and "mast" in set(flat["structure"]) and "hill" not in set(flat["structure"])


def test_hybrid_power_serves_large_loads_and_one_on_the_grid_needs_it() -> None:
    """A generator is worth its price above some load; panels beside a grid pay by the distance to it."""
    panels = Power(id="panels", label="panels", kind="solar", costs=(cost("panels", "power", "w", 30),))
    mixed = (cost("set", "power", "unit", 6000), cost("panels", "power", "w", 15))
    hybrid = Power(id="mixed", label="mixed", kind="hybrid", costs=mixed)
    ids, far = np.array(["a", "b"], dtype=object), np.array([500.0, np.inf])
    for load_w, wins in ((200, "panels"), (399, "panels"), (401, "mixed"), (1500, "mixed")):
        assert choose_power(ids, (panels, hybrid), far, load_w, ECONOMICS).power.tolist() == [wins] * 2
    small = panels.model_copy(update={"max_load_w": number(100)})
    assert choose_power(ids, (small, hybrid), far, 200, ECONOMICS).power.tolist() == ["mixed"] * 2
    assert not choose_power(ids, (small,), far, 200, ECONOMICS).possible.any()
    wired = Power(id="both", label="both", kind="hybrid", costs=(cost("line", "power", "km", 1000),))
    chosen = choose_power(ids, (wired, panels), far, 200, ECONOMICS)
    assert chosen.power.tolist() == ["both", "panels"] and chosen.possible.all()


def test_shipped_power_is_grid_when_near_panels_when_small_and_hybrid_when_large() -> None:
    shipped = load_catalogue()
    entries = tuple(shipped.power[key] for key in ("grid", "solar", "hybrid"))
    ids, at = np.array(["near", "off"], dtype=object), np.array([5.0, np.inf])
    priced = replace(ECONOMICS, escalation_per_year=0.025)
    assert choose_power(ids, entries, at, 60, priced).power.tolist() == ["grid", "solar"]
    assert choose_power(ids, entries, at, 550, priced).power.tolist() == ["grid", "solar"]
    assert choose_power(ids, entries, at, 1500, priced).power.tolist() == ["grid", "hybrid"]


def test_a_gateway_for_sensors_does_not_set_the_power_of_a_mast() -> None:
    catalogue = make_catalogue()
    sensors = catalogue.technologies["any"].model_copy(update={"id": "iot", "serves": ("iot",), "load_w": number(5)})
    both = catalogue.model_copy(update={"technologies": {**catalogue.technologies, "iot": sensors}})
    mast = both.structures["mast"]
    assert typical_load_w(mast, both, ("any", "iot")) == typical_load_w(mast, catalogue, ("any",)) == 200


def test_sites_on_towers_say_what_stands_there() -> None:
    towers = layer(
        [Point(3000, 3000), Point(3100, 3000), Point(15000, 15000)],
        height_m=[30.0, 45.0, 40.0], assumed=[True, True, False], technologies=["lte-800", "2G", None],
    )  # fmt: skip
    found, _ = tower_proposals(towers, AREA, 300)
    by_place = found.by_place()
    assert by_place.technologies.tolist() == ["2G;lte-800", ""]


def test_a_tenant_hangs_below_the_stated_top_and_an_owner_at_it() -> None:
    own = structure("own", "existing-tower", 30, status="existing")
    shared = structure("tower", "existing-tower", 33, status="shared", lever="towers", free_below_m=number(10))
    towers = layer(
        [Point(x, 3000) for x in (3000, 6000, 9000, 12000)],
        height_m=[45.0, 45.0, 12.0, np.nan], status=["existing", "", "shared", "shared"], assumed=False,
    )  # fmt: skip
    catalogue = make_catalogue((own, shared, *STRUCTURES[1:]))
    sites = build_sites(
        make_inputs(towers=towers), make_demand(), make_project(sharing=("towers",)), catalogue, ECONOMICS
    )
    height = sites.points[sites.points["structure"].isin(["own", "tower"])].set_index("x_m")["height_m"]
    assert height.to_dict() == {3000: 45, 6000: 45 - 10, 9000: 12 / 2, 12000: 33}
    assert len([text for text in sites.warnings if "2 towers of others" in text and "tower.free_below_m" in text]) == 1


@pytest.mark.parametrize("sharing", [(), ("towers",)])
def test_whose_a_tower_is_does_not_depend_on_the_levers(sharing: tuple[str, ...]) -> None:
    """Shared towers stay closed without the lever, and never become towers of one's own."""
    own = structure("own", "existing-tower", 30, status="existing")
    towers = layer([Point(3000, 3000), Point(6000, 3000)], height_m=[30.0, 30.0], status=["existing", ""])
    project = make_project(sharing=sharing)
    points = build_sites(
        make_inputs(towers=towers), make_demand(), project, make_catalogue((*STRUCTURES, own)), ECONOMICS
    ).points
    stand = points[points["structure"].isin(["own", "tower"])]
    assert sorted(stand["structure"]) == (["own", "tower"] if sharing else ["own"])
    assert stand.loc[stand["structure"] == "own", "x_m"].tolist() == [3000.0]


def test_a_tower_whose_status_is_not_known_is_said_to_be_anothers() -> None:
    own = structure("own", "existing-tower", 30, status="existing")
    places = [Point(3000, 3000), Point(6000, 3000), Point(9000, 3000)]
    inputs = make_inputs(towers=layer(places, height_m=[30.0] * 3, status=["existing", "on air", ""]))
    catalogue = make_catalogue((*STRUCTURES, own))
    sites = build_sites(inputs, make_demand(), make_project(sharing=("towers",)), catalogue, ECONOMICS)
    assert (sites.points["structure"] == "tower").sum() == 2
    assert len([text for text in sites.warnings if "1 of 3 have a status other" in text and "(`on air`)" in text]) == 1
