"""The backhaul room: noding, media rules, exact contraction."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS, Geod, Transformer
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra
from shapely import LineString, Point, box

from netplan.backhaul import build_backhaul
from netplan.backhaul.build import ANCHOR_M, POP_M, SITE_M
from netplan.backhaul.contract import contract
from netplan.backhaul.graph import JUNCTION, SITE, Draft, Graph
from netplan.backhaul.pipes import extra_chambers
from netplan.backhaul.routes import DIRECT_M, FIBRE_POP_M
from netplan.catalogue.assets import Eligibility
from netplan.catalogue.schema import Catalogue, CostItem, Ground, Medium, Power, Quantity
from netplan.costs import Economics
from netplan.project.schema import Project
from netplan.tables import Backhaul, Hops, Inputs, Sites
from netplan.verify import along

CRS_ = CRS.from_epsg(32736)
X, Y = 500_000.0, 9_790_000.0
ECONOMICS = Economics("USD", 2025, 0.08, 10, True, "society", 0.0)


def q(value: float) -> Quantity:
    return Quantity(value=value, unit="u", source="test", year=2025)


def cost(per: Any, capex: float) -> CostItem:
    return CostItem(item=f"per {per}", category="backhaul", per=per, capex=q(capex))


def medium(key: str, kind: Any, **more: Any) -> Medium:
    return Medium(id=key, label=key, kind=kind, colour="#000000", **more)


PAVED = {"paved": Ground(columns={"Surface": ("asphalt",)}, multiplier=q(3))}
TRENCH = medium("dig", "trench", route="roads", costs=(cost("km", 1000),), grounds=PAVED)
AERIAL = medium("poles", "aerial", route="roads", costs=(cost("km", 1500), cost("span", 10)), pole_spacing_m=q(50))
PIPE = medium(
    "wet",
    "pipe",
    route="water_pipes",
    lever="water-pipes",
    costs=(cost("km", 100), cost("access-point", 5)),
    min_diameter_mm=q(100),
    materials=("PVC",),
    max_run_m=q(400),
    eligibility=Eligibility(refused_status={"abandon": "out of use"}),
)
POLES = medium(
    "hang", "aerial", route="power_lines", lever="power-poles", costs=(cost("km", 10),), line_kinds=("distribution",)
)
LIT = medium("lit", "lit", route="fibre", costs=())
DISH = medium("dish", "satellite", costs=(cost("unit", 900),), capacity_mbps=q(50))
HOP = medium("beam", "microwave", costs=(cost("unit", 700),), capacity_mbps=q(400))


def line(*points: tuple[float, float]) -> LineString:
    return LineString([(X + x, Y + y) for x, y in points])


def layer(geometry: list[Any], **columns: Any) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=geometry, crs=CRS_)


def points(places: dict[str, tuple[float, float]], **columns: Any) -> gpd.GeoDataFrame:
    shapes = [Point(X + x, Y + y) for x, y in places.values()]
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS_, index=pd.Index(places, dtype=object))


def build(
    sites: dict[str, tuple[float, float]],
    pops: dict[str, tuple[float, float]],
    media: list[Medium],
    sharing: tuple[str, ...] = (),
    hops: list[tuple[str, str, str]] | None = None,
    power: dict[str, Power] | None = None,
    **layers: Any,
) -> Backhaul:
    margin = box(X - 20_000, Y - 20_000, X + 20_000, Y + 20_000)
    names = ("roads", "power_lines", "water_pipes", "water_access", "ducts", "fibre")
    given_layers = {name: layers.get(name) for name in names}
    inputs = Inputs(
        crs=CRS_,
        area=margin,
        margin=layers.get("margin", margin),
        population=layer([]),
        urban=None,
        facilities={},
        pops=points(pops, capacity_mbps=np.full(len(pops), np.nan)),
        towers=None,
        service=None,
        elevation=None,
        exclusions=layers.get("exclusions", layer([])),
        settlements=None,
        **given_layers,
    )
    table = pd.DataFrame(hops or [], columns=["site_a", "site_b", "medium"])
    table = table.assign(length_m=1.0, capacity_mbps=400.0, clearance=1.0)
    catalogue = cast(Catalogue, SimpleNamespace(media={m.id: m for m in media}, power=power or {}))
    project = cast(Project, SimpleNamespace(sharing=sharing, approval={}))
    places = points(sites, **({"power": list(sites)} if power else {}))
    return build_backhaul(inputs, Sites(places, pd.DataFrame()), Hops(table), catalogue, project, ECONOMICS)


def cheapest(backhaul: Backhaul, a: str, b: str) -> float:
    """Cheapest path cost; inf when none."""
    number = {node: k for k, node in enumerate(backhaul.nodes.index)}
    npv = backhaul.items.groupby("row_id")["npv"].sum().reindex(backhaul.edges.index).fillna(0.0)
    tail, head = backhaul.edges.from_node.map(number), backhaul.edges.to_node.map(number)
    best = pd.DataFrame({"t": tail, "h": head, "c": npv + 1e-9}).groupby(["t", "h"], as_index=False)["c"].min()
    net = coo_array((best.c, (best.t, best.h)), shape=(len(number),) * 2).tocsr()
    return float(dijkstra(net, directed=False, indices=number[a])[number[b]])


def grid_m(length: float) -> float:
    """Grid metres to geodesic metres near the central meridian (scale 0.9996)."""
    return length / 0.9996


def test_path_along_a_road_costs_its_geodesic_length() -> None:
    got = build({"a": (0, 0)}, {"1": (3000, 0)}, [TRENCH], roads=layer([line((0, 0), (1000, 0), (3000, 0))]))
    assert len(got.edges) == 1 and got.edges.status.iloc[0] == "new"
    to_geo = Transformer.from_crs(CRS_, 4326, always_xy=True).transform
    (a, c), (b, d) = (to_geo(X, Y), to_geo(X + 3000, Y))
    assert got.edges.length_m.iloc[0] == pytest.approx(Geod(ellps="WGS84").inv(a, c, b, d)[2], rel=1e-6)
    assert cheapest(got, "site:a", "pop:1") == pytest.approx(grid_m(3000), rel=1e-5)
    assert got.roots == ("pop:1",) and np.isinf(got.nodes.capacity_mbps).all()


def test_ground_multiplies_and_the_cheaper_medium_stays() -> None:
    roads = layer([line((0, 0), (1000, 0)), line((1000, 0), (2000, 0))], surface=["Asphalt", "sand"])
    got = build({"a": (0, 0)}, {"1": (2000, 0)}, [TRENCH, AERIAL], roads=roads)
    built = got.edges[got.edges.length_m > 0]  # the site stands on the road: its connector is free
    assert sorted(built.medium) == ["dig", "poles"]
    # poles: 1,500 a km and 20 spans at 10 beat 3,000 on asphalt
    assert cheapest(got, "site:a", "pop:1") == pytest.approx(grid_m(1700) + grid_m(1000), rel=1e-5)


def test_bridge_without_a_shared_vertex_is_no_junction_but_a_near_end_is() -> None:
    cross = layer([line((-1000, 0), (1000, 0)), line((0, -1000), (0, 1000))])
    got = build({"a": (-1000, 0)}, {"1": (0, 1000)}, [TRENCH], roads=cross)
    assert np.isinf(cheapest(got, "site:a", "pop:1"))
    assert any("cannot be reached by cable" in w for w in got.warnings)
    tee = layer([line((-1000, 0), (1000, 0)), line((0, 1.2), (0, 1000))])
    assert np.isfinite(cheapest(build({"a": (-1000, 0)}, {"1": (0, 1000)}, [TRENCH], roads=tee), "site:a", "pop:1"))


PIPES = layer(
    [line((0, 0), (500, 0)), line((500, 0), (1000, 0)), line((500, 0), (500, 900)), line((0, 50), (1000, 50))],
    diameter_mm=[110.0, 160.0, 110.0, 40.0],
    material=["PVC"] * 4,
    status=["", "", "Abandoned", ""],
)
CHAMBERS = points({"c1": (0, 2), "c2": (1000, 0)}, kind=["chamber", "reservoir"])


def test_pipes_join_only_at_access_points_and_pay_for_them() -> None:
    ends = {"a": (0.0, -10.0)}, {"1": (1000.0, -10.0)}
    road = layer([line((-2000, -10), (0, -10)), line((500, -100), (500, -5)), line((1000, -10), (3000, -10))])
    got = build(*ends, [TRENCH, PIPE], ("water-pipes",), roads=road, water_pipes=PIPES, water_access=CHAMBERS)
    wet = got.edges[got.edges.medium == "wet"]
    assert len(wet) == 1 and wet.status.iloc[0] == "shared"
    assert set(got.nodes.kind[[wet.from_node.iloc[0], wet.to_node.iloc[0]]]) == {"access-point"}
    # one run through the tee at 500, which has no chamber: three pulls of 400 m at most, half a point at both ends
    chambers = got.items[(got.items.row_id == wet.index[0]) & (got.items.unit == "access-point")]
    assert chambers.quantity.iloc[0] == 1 + 2
    assert any("0.9 km out of use" in w and "1.0 km narrower than 100 mm" in w for w in got.warnings)


def test_closed_lever_or_disabled_medium_gives_no_edges() -> None:
    road = layer([line((0, 0), (1000, 0))])
    off = medium("off", "trench", route="roads", enabled=False, costs=(cost("km", 1),))
    got = build(
        {"a": (0, 0)}, {"1": (1000, 0)}, [TRENCH, PIPE, off], roads=road, water_pipes=PIPES, water_access=CHAMBERS
    )
    assert set(got.edges.medium) == {"dig"}


def test_transmission_lines_are_not_used_and_it_is_said() -> None:
    wires = layer([line((0, 0), (1000, 0)), line((0, 100), (1000, 100))], kind=["transmission", "distribution"])
    roads = layer([line((0, -5), (0, 150)), line((1000, -5), (1000, 150))])
    got = build({"a": (0, 0)}, {"1": (1000, 0)}, [TRENCH, POLES], ("power-poles",), roads=roads, power_lines=wires)
    hung = got.edges[got.edges.medium == "hang"]
    assert len(hung) == 1 and hung.geometry.iloc[0].bounds[1] == pytest.approx(Y + 100)
    assert any("1.0 km of transmission" in w for w in got.warnings)


def test_a_pop_beside_poles_needs_no_road_to_them() -> None:
    """80 m from the PoP to its pole, 1 km on the line, 100 m from the last pole to the site."""
    wires = layer([line((0, 0), (500, 0), (1000, 0))], kind=["distribution"])
    got = build({"a": (1000, 100)}, {"1": (0, -80)}, [TRENCH, POLES], ("power-poles",), power_lines=wires)
    assert cheapest(got, "site:a", "pop:1") == pytest.approx(grid_m(0.080 * 1000 + 1 * 10 + 0.100 * 1000), rel=1e-4)


def test_poles_stand_along_a_line_that_is_drawn_with_two_points() -> None:
    """Both sites leave the line 1 km from the PoP: one stands 100 m from it, the other 400 m up a road."""
    poles = POLES.model_copy(update={"pole_spacing_m": q(50)})
    wires = layer([line((0, 0), (2000, 0))], kind=["distribution"])
    road = layer([line((1000, -10), (1000, -400))])
    sites = {"a": (1000.0, 100.0), "b": (1000.0, -400.0)}
    got = build(sites, {"1": (0, -80)}, [TRENCH, poles], ("power-poles",), power_lines=wires, roads=road)
    for site, away_m in (("site:a", 100), ("site:b", 400)):
        due = grid_m(0.080 * 1000 + 1 * 10 + away_m)
        assert cheapest(got, site, "pop:1") == pytest.approx(due, rel=1e-3)


def test_lit_fibre_ends_in_a_pop_close_by_only() -> None:
    fibre = layer([line((0, 0), (2000, 0))])
    got = build({"a": (0, 100)}, {"near": (2000, 40), "far": (2000, 5000)}, [TRENCH, LIT], fibre=fibre)
    assert cheapest(got, "site:a", "pop:near") == pytest.approx(grid_m(100), rel=1e-4)
    assert np.isinf(cheapest(got, "site:a", "pop:far"))
    assert set(got.edges.status) == {"new", "existing"}


def test_connectors_avoid_exclusions_and_roads_need_not() -> None:
    lake = layer([box(X + 200, Y - 50, X + 400, Y + 50)])
    road = layer([line((0, 0), (1000, 0))])
    assert len(build({"a": (0, 0)}, {"1": (1000, 0)}, [TRENCH], roads=road, exclusions=lake).edges) == 1
    apart = build({"a": (300, 80)}, {"1": (1000, 0)}, [TRENCH], roads=road, exclusions=lake)
    assert len(apart.edges) == 0


def test_hops_and_satellite_name_the_sites_they_need() -> None:
    got = build(
        {"a": (0, 0), "b": (5000, 0)}, {"1": (9000, 0)}, [HOP, DISH], hops=[("b", "a", "beam"), ("pop:1", "b", "beam")]
    )
    needs = {(e.from_node, e.to_node): (e.site_a, e.site_b) for e in got.edges.itertuples()}
    assert needs == {
        ("site:a", "site:b"): ("a", "b"),
        ("pop:1", "site:b"): ("b", ""),
        ("gw:a", "site:a"): ("a", ""),
        ("gw:b", "site:b"): ("b", ""),
    }
    assert got.roots == ("gw:a", "gw:b", "pop:1")
    assert got.items.groupby("row_id").capex.sum().tolist() == [900, 900, 700, 700]
    assert not any("no PoP" in w for w in got.warnings)
    assert any("no PoP" in w for w in build({"a": (0, 0)}, {}, [DISH]).warnings)


def test_radios_of_links_draw_power_at_the_sites_they_stand_on() -> None:
    """Site a has panels at 3 a watt and b at 5; at a point of presence nothing is drawn."""
    supplies = {
        key: Power(id=key, label=key, kind="solar", costs=(cost("unit", 1000), cost("w", price)))
        for key, price in {"a": 3.0, "b": 5.0}.items()
    }
    hop, dish = HOP.model_copy(update={"load_w": q(20)}), DISH.model_copy(update={"load_w": q(100)})
    hops = [("b", "a", "beam"), ("pop:1", "b", "beam")]
    got = build({"a": (0, 0), "b": (5000, 0)}, {"1": (9000, 0)}, [hop, dish], hops=hops, power=supplies)
    watts = got.items[got.items["unit"] == "w"].groupby("row_id")[["quantity", "capex"]].sum()
    of = {
        (e.from_node, e.to_node): tuple(watts.loc[key])
        for key, e in zip(got.edges.index, got.edges.itertuples(), strict=True)
    }
    assert of == {
        ("site:a", "site:b"): (40, 20 * 3 + 20 * 5),
        ("pop:1", "site:b"): (20, 20 * 5),
        ("gw:a", "site:a"): (100, 100 * 3),
        ("gw:b", "site:b"): (100, 100 * 5),
    }


def test_the_audit_allows_connectors_as_long_as_those_offered_and_no_longer() -> None:
    """It shares no code with what it audits, so its numbers are its own: here they are held together."""
    assert along.CONNECTOR_M == {"pop": POP_M, "site": SITE_M}
    assert max(ANCHOR_M, DIRECT_M) == along.JOINT_M
    assert along.INTO_POP_M == FIBRE_POP_M


def test_no_site_no_graph() -> None:
    got = build({}, {"1": (0, 0)}, [TRENCH, DISH, HOP], roads=layer([line((0, 0), (1000, 0))]))
    assert got.edges.empty and got.items.empty and got.roots == ("pop:1",)


def test_nothing_leaves_the_margin() -> None:
    roads = layer([line((0, 0), (1000, 0)), line((0, 0), (0, 3000), (1000, 3000), (1000, 0))])
    tight = box(X - 10, Y + 100, X + 1010, Y + 3500)
    got = build({"a": (0, 200)}, {"1": (1000, 200)}, [TRENCH], roads=roads, margin=tight)
    assert len(got.edges) and got.edges.within(tight.buffer(1e-3)).all()
    assert cheapest(got, "site:a", "pop:1") == pytest.approx(grid_m(2800 * 2 + 1000), rel=1e-4)


def test_shuffled_and_reversed_roads_give_the_same_graph() -> None:
    rng = np.random.default_rng(3)
    lines = [line((i * 500, j * 500), (i * 500 + 500, j * 500)) for i in range(4) for j in range(5)]
    lines += [line((i * 500, j * 500), (i * 500, j * 500 + 500)) for i in range(5) for j in range(4)]
    sites = {"a": (30.0, 20.0), "b": (1900.0, 700.0), "c": (900.0, 1800.0)}
    first = build(sites, {"1": (1010, 990)}, [TRENCH, AERIAL], roads=layer(lines))
    mixed = [lines[k] if k % 2 else lines[k].reverse() for k in rng.permutation(len(lines))]
    second = build(sites, {"1": (1010, 990)}, [TRENCH, AERIAL], roads=layer(mixed))
    pd.testing.assert_frame_equal(first.items, second.items)
    pd.testing.assert_frame_equal(pd.DataFrame(first.edges), pd.DataFrame(second.edges))


def test_edges_end_at_their_nodes_in_order() -> None:
    roads = layer([line((0, 0), (800, 0)), line((0, 0), (400, 300), (800, 0)), line((800, 0), (1500, 0))])
    got = build({"a": (0, 20), "b": (410, 310)}, {"1": (1500, 10)}, [TRENCH], roads=roads)
    assert (got.edges.from_node < got.edges.to_node).all()
    for edge in got.edges.itertuples():
        assert Point(edge.geometry.coords[0]).distance(got.nodes.geometry[edge.from_node]) < 2e-3
        assert Point(edge.geometry.coords[-1]).distance(got.nodes.geometry[edge.to_node]) < 2e-3


def test_extra_chambers() -> None:
    np.testing.assert_allclose(extra_chambers(np.array([100.0, 400, 401, 1000, 1600]), 400.0), [0, 0, 1, 2, 3])


def distances(graph: Graph, money: np.ndarray[Any, Any], sources: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Cheapest costs between `sources`, over edges that carry at least any traffic (parallels: the cheapest)."""
    n = len(graph.xy)
    dense = np.full((n, n), np.inf)
    np.minimum.at(dense, (graph.tail, graph.head), money)
    np.minimum.at(dense, (graph.head, graph.tail), money)
    return dijkstra(np.where(np.isinf(dense), 0, dense), indices=sources)[:, sources]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(4, 14), st.integers(3, 40), st.integers(2, 4))
def test_contraction_keeps_every_cheapest_path(seed: int, n: int, m: int, terminals: int) -> None:
    rng = np.random.default_rng(seed)
    draft = Draft(CRS_)
    xy = np.column_stack([X + rng.uniform(0, 900, n), Y + rng.uniform(0, 900, n)])
    ids = rng.permutation(n)[:terminals]
    kind = np.full(n, JUNCTION, dtype=object)
    kind[ids] = SITE
    draft.add_nodes(xy, kind)
    tail, head = rng.integers(0, n, m), rng.integers(0, n, m)
    limited = rng.random(m) < 0.2
    coords = [xy[[a, b]] for a, b in zip(tail, head, strict=True)]
    which = rng.choice(np.array(["dig", "poles"], dtype=object), m)
    capacity = np.where(limited, 100.0, np.inf)
    draft.add_edges(tail, head, coords, which, counts={"km": np.ones(m)}, capacity_mbps=capacity)
    graph, money = draft.graph(), rng.integers(1, 9, m).astype(float)
    small = contract(graph, money)
    for wide in (False, True):  # any edge, and only those without a limit: capacity is never lost
        before, after = (np.isinf(g.capacity_mbps) | (not wide) for g in (graph, small.graph))
        np.testing.assert_allclose(
            distances(graph.take(before), money[before], ids),
            distances(small.graph.take(after), small.cost[after], ids),
        )
    assert small.graph.quantity.sum() <= graph.quantity.sum()
    degree = np.bincount(np.concatenate([small.graph.tail, small.graph.head]), minlength=n)
    assert (degree[kind == JUNCTION] != 1).all() and (small.graph.tail != small.graph.head).all()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(4, 12), st.integers(3, 36))
def test_contraction_with_owners_is_exact_whoever_refuses(seed: int, n: int, m: int) -> None:
    rng = np.random.default_rng(seed)
    draft = Draft(CRS_)
    xy = np.column_stack([X + rng.uniform(0, 900, n), Y + rng.uniform(0, 900, n)])
    ids = rng.permutation(n)[:3]
    kind = np.full(n, JUNCTION, dtype=object)
    kind[ids] = SITE
    draft.add_nodes(xy, kind)
    tail, head = rng.integers(0, n, m), rng.integers(0, n, m)
    coords = [xy[[a, b]] for a, b in zip(tail, head, strict=True)]
    owner = rng.choice(np.array(["", "U", "V"], dtype=object), m)
    draft.add_edges(tail, head, coords, "wet", counts={"km": np.ones(m)}, owner=owner)
    graph, money = draft.graph(), rng.integers(1, 9, m).astype(float)
    small = contract(graph, money, conditional=frozenset(graph.owner) - {""})
    for refusing in ([], ["U"], ["V"], ["U", "V"]):
        before, after = (~np.isin(g.owner.astype(str), refusing) for g in (graph, small.graph))
        np.testing.assert_allclose(
            distances(graph.take(before), money[before], ids),
            distances(small.graph.take(after), small.cost[after], ids),
        )
