"""Roads, poles, pipes, ducts, lit fibre, hops and dishes as one contracted, priced graph."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd  # type: ignore[import-untyped]
import numpy as np
import pandas as pd
import shapely  # type: ignore[import-untyped]
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from netplan.backhaul.contract import Contracted, contract
from netplan.backhaul.eligibility import refused_assets, told
from netplan.backhaul.graph import GATEWAY, POP, SITE, Draft, Graph, IntArray, ObjectArray
from netplan.backhaul.joins import add_connectors, add_hops, add_satellite
from netplan.backhaul.lines import Inserts, clean_lines, nearest_on_lines, node_lines, polylines
from netplan.backhaul.media import CABLE_KINDS, link_status, open_media, own_cable
from netplan.backhaul.pipes import add_pipes
from netplan.backhaul.pricing import edge_items, edge_npv
from netplan.backhaul.routes import DIRECT_M, Anchors, add_line_route, add_roads
from netplan.backhaul.supply import Supply
from netplan.catalogue.schema import Catalogue, Medium
from netplan.consents import approval_fees
from netplan.costs import Economics
from netplan.leaks import credit_of
from netplan.project.schema import Project
from netplan.tables import Backhaul, Hops, Inputs, Sites

ANCHOR_M, SITE_M, POP_M = 250.0, 1000.0, 1500.0
"""Longest connector to the nearest road: from an anchor, a site, a PoP."""


def build_backhaul(
    inputs: Inputs,
    sites: Sites,
    hops: Hops,
    catalogue: Catalogue,
    project: Project,
    economics: Economics,
    conditional: bool = False,
) -> Backhaul:
    """Every way traffic can go between sites and PoPs, as one graph in which no cheaper plan was lost.

    Own cable follows roads; each other route is a network of its own that meets the roads, and sites close by,
    only at its anchors. Existing routes may pass exclusions; connectors off them may not, unless their medium
    may. Everything lies inside `inputs.margin`. Contraction is exact (see `contract`).

    Args:
        inputs: clean layers in the project CRS.
        sites: candidate sites; each gets a node `site:<id>`.
        hops: feasible microwave hops; ends are site ids or `pop:<id>`.
        catalogue: selected entries; media that are not enabled or whose lever is shut are left out.
        project: for `sharing`.
        economics: for prices; contraction keeps the cheaper NPV of parallels. Its price year tells the age of pipes.
        conditional: keep every edge that matters when some owners refuse (see `contract`). Owners who are paid a sum
            for approval are treated so anyway.
    """
    media = open_media(catalogue, project)
    year = economics.price_year
    raw, pops, warnings = raw_graph(inputs, sites, hops, media, year)
    supply = Supply.of(sites, catalogue)
    cost = edge_npv(raw, media, economics, supply)
    small = contract(raw, cost, _on_condition(raw, media, project, economics, conditional))
    refused = refused_assets(inputs, media, year)
    warnings = [*told(refused, inputs, media), *warnings, *_capped(media, economics), *_unreached(raw, media, pops)]
    return replace(_tables(small, inputs, media, economics, supply, warnings), refused=refused)


def _on_condition(
    raw: Graph, media: dict[str, Medium], project: Project, economics: Economics, conditional: bool
) -> frozenset[str]:
    """Owners whose links make no other link unnecessary: those who may refuse, and those paid a sum for approval."""
    owner = pd.Series(raw.owner.astype(str))
    fees = approval_fees(owner, pd.Series(raw.medium.astype(str)), project, media, economics)
    return frozenset(owner if conditional else owner[fees != ""]) - {""}


def _capped(media: dict[str, Medium], economics: Economics) -> list[str]:
    """Media of which the stated value of leaks is more than their cable costs."""
    credits = {medium.label: credit_of(medium, economics) for medium in media.values()}
    return [
        f"{label}: by hearing leaks a kilometre of cable is worth {economics.leak_value_per_km_year:,.0f} "
        f"{economics.currency} a year, more than it costs; {credit.per_km_year:,.0f} is counted, so that no link costs "
        "less than nothing"
        for label, credit in credits.items()
        if credit is not None and credit.capped
    ]


def raw_graph(
    inputs: Inputs, sites: Sites, hops: Hops, media: dict[str, Medium], year: int
) -> tuple[Graph, IntArray, list[str]]:
    """The graph before contraction, the numbers of its PoP nodes, and warnings."""
    draft = Draft(inputs.crs)
    pop_ids = [str(i) for i in inputs.pops.index]
    pop_labels = np.array([i if i.startswith("pop:") else f"pop:{i}" for i in pop_ids], dtype=object)
    pops = _named(draft, inputs.pops, POP, pop_labels)
    site_labels = np.array([f"site:{i}" for i in sites.points.index], dtype=object)
    spots = _named(draft, sites.points, SITE, site_labels)
    warnings = _warn_layers(inputs, media)
    own = own_cable(media)
    groups: list[Anchors] = []
    for key, medium in media.items():
        if medium.kind == "pipe":
            anchors, told = add_pipes(draft, inputs, key, medium, year)
            warnings += told
        elif medium.kind in CABLE_KINDS and key not in own:
            anchors = add_line_route(draft, inputs, key, medium, pops, spots.xy, year)
        else:
            continue
        groups.append(anchors)
    others = _together(groups)
    _join_roads(draft, inputs, own, pops, spots, others)
    _join_directly(draft, inputs, own, spots, _together([pops, others]), to_site=True)
    _join_directly(draft, inputs, own, pops, others, to_site=False)
    node_of = dict(zip([*pop_labels, *site_labels], [*pops.node.tolist(), *spots.node.tolist()], strict=True))
    lost = add_hops(draft, hops, media, node_of, np.concatenate([pops.xy, spots.xy]))
    if lost:
        warnings.append(f"{lost} microwave hops name a site or PoP that does not exist and are left out")
    add_satellite(draft, sites, spots.node, spots.xy, media, hops)
    return draft.graph(), pops.node, warnings


def _named(draft: Draft, points: gpd.GeoDataFrame, kind: str, labels: ObjectArray) -> Anchors:
    xy = shapely.get_coordinates(shapely.centroid(points.geometry.to_numpy())).reshape(-1, 2)
    return Anchors(draft.add_nodes(xy, kind, labels), xy)


def _together(groups: list[Anchors]) -> Anchors:
    if not groups:
        return Anchors.none()
    return Anchors(np.concatenate([g.node for g in groups]), np.concatenate([g.xy for g in groups]))


def _join_roads(
    draft: Draft, inputs: Inputs, own: dict[str, Medium], pops: Anchors, spots: Anchors, others: Anchors
) -> None:
    """Node the roads at the place nearest to every PoP, site and anchor, and connect these there."""
    lines = clean_lines(inputs.roads, inputs.margin)
    if not own or not lines.coords:
        return
    everybody = _together([pops, spots, others])
    inserts, first = Inserts.none(), 0
    for group, reach in ((pops, POP_M), (spots, SITE_M), (others, ANCHOR_M)):
        _, found, _ = nearest_on_lines(group.xy, lines, reach)
        inserts = inserts.and_more(replace(found, key=found.key + first))
        first += len(group.node)
    noded = node_lines(lines, inserts, first)
    nodes = add_roads(draft, inputs, lines, noded, own)
    joined = np.flatnonzero(noded.key_node >= 0)
    is_site = (joined >= len(pops.node)) & (joined < len(pops.node) + len(spots.node))
    for to_site in (False, True):
        who = joined[is_site == to_site]
        at = noded.key_node[who]
        add_connectors(
            draft, inputs, own, everybody.node[who], nodes[at], everybody.xy[who], noded.node_xy[at], to_site
        )


def _join_directly(
    draft: Draft, inputs: Inputs, own: dict[str, Medium], ends: Anchors, others: Anchors, to_site: bool
) -> None:
    """Sites or PoPs to everything else close by, without a road."""
    if not len(ends.node) or not len(others.node):
        return
    near: list[list[int]] = list(np.asarray(cKDTree(others.xy).query_ball_point(ends.xy, DIRECT_M, return_sorted=True)))
    end = np.repeat(np.arange(len(near)), [len(n) for n in near])
    other = np.array([o for n in near for o in n], dtype=np.int64)
    add_connectors(draft, inputs, own, ends.node[end], others.node[other], ends.xy[end], others.xy[other], to_site)


def _warn_layers(inputs: Inputs, media: dict[str, Medium]) -> list[str]:
    warnings = []
    if not len(inputs.pops):
        warnings.append("no PoP: traffic can leave only by satellite")
    lines = inputs.power_lines
    poles = [m for m in media.values() if m.route == "power_lines"]
    if lines is not None and len(lines):
        usable = {kind for m in poles for kind in (m.line_kinds or tuple(lines["kind"].unique()))}
        for kind, part in sorted(lines.groupby("kind"), key=lambda pair: str(pair[0])):
            if kind not in usable:
                km = part.length.sum() / 1000.0
                warnings.append(f"{km:.1f} km of {kind} power lines are not used: no open medium may hang on them")
    return warnings


def _unreached(raw: Graph, media: dict[str, Medium], pops: IntArray) -> list[str]:
    """Sites with no cable path to a PoP."""
    cable = np.isin(raw.medium.astype(str), [k for k, m in media.items() if m.kind in CABLE_KINDS])
    n = len(raw.xy)
    link = coo_array((np.ones(cable.sum()), (raw.tail[cable], raw.head[cable])), shape=(n, n))
    part = connected_components(link, directed=False)[1] if n else np.empty(0, np.int64)
    is_site = np.flatnonzero(raw.kind == SITE)
    lost = is_site[~np.isin(part[is_site], part[pops])]
    if not len(lost) or not len(pops):
        return []
    names = ", ".join(str(label).removeprefix("site:") for label in sorted(raw.label[lost])[:5])
    more = f" and {len(lost) - 5} more" if len(lost) > 5 else ""
    return [f"{len(lost)} sites cannot be reached by cable, only by microwave or satellite: {names}{more}"]


def _node_ids(graph: Graph) -> tuple[IntArray, ObjectArray]:
    """Nodes that stay (ends of edges and all terminals), and the id of every node by number."""
    stays = graph.is_terminal()
    stays[graph.tail] = True
    stays[graph.head] = True
    ids = graph.label.copy()
    plain = np.flatnonzero(stays & (graph.label == ""))
    plain = plain[np.lexsort((graph.kind[plain].astype(str), graph.xy[plain, 1], graph.xy[plain, 0]))]
    ids[plain] = [f"n{k:05d}" for k in range(1, len(plain) + 1)]
    return np.flatnonzero(stays), ids


def _tables(
    small: Contracted,
    inputs: Inputs,
    media: dict[str, Medium],
    economics: Economics,
    supply: Supply,
    warnings: list[str],
) -> Backhaul:
    graph = small.graph
    stays, ids = _node_ids(graph)
    nodes = _node_table(graph, stays, ids, inputs)
    swap = ids[graph.tail] > ids[graph.head]
    tail = np.where(swap, graph.head, graph.tail)
    head = np.where(swap, graph.tail, graph.head)
    coords = [c[::-1] if s else c for c, s in zip(graph.coords, swap, strict=True)]
    graph = replace(graph, tail=tail, head=head, coords=coords)
    keys = (
        small.cost,
        graph.capacity_mbps,
        graph.length_m,
        *(a.astype(str) for a in (graph.medium, ids[head], ids[tail])),
    )
    graph = graph.take(np.lexsort(keys))
    edge_ids = np.array([f"e{k:05d}" for k in range(1, len(graph.tail) + 1)], dtype=object)
    edges = gpd.GeoDataFrame(
        {
            "from_node": ids[graph.tail],
            "to_node": ids[graph.head],
            "medium": graph.medium,
            "status": np.array([link_status(media[m]) for m in graph.medium], dtype=object),
            "length_m": graph.length_m,
            "capacity_mbps": graph.capacity_mbps,
            "site_a": graph.site_a,
            "site_b": graph.site_b,
            "owner": graph.owner,
        },
        index=pd.Index(edge_ids, name="edge_id"),
        geometry=polylines(graph.coords),
        crs=inputs.crs,
    )
    roots = tuple(nodes.index[nodes["kind"].isin([POP, GATEWAY])])
    return Backhaul(nodes, edges, edge_items(graph, media, edge_ids, economics, supply), roots, tuple(warnings))


def _node_table(graph: Graph, stays: IntArray, ids: ObjectArray, inputs: Inputs) -> gpd.GeoDataFrame:
    kind, xy = graph.kind[stays], graph.xy[stays]
    capacity = np.full(len(stays), np.inf)
    # PoPs are the first nodes of the draft, in the order of their layer.
    given = inputs.pops["capacity_mbps"].to_numpy(float)
    capacity[kind == POP] = np.where(np.isnan(given), np.inf, given)
    named = np.isin(kind.astype(str), (SITE, GATEWAY))
    site = np.array(
        [str(i).split(":", 1)[1] if n else "" for i, n in zip(ids[stays], named, strict=True)], dtype=object
    )
    table = gpd.GeoDataFrame(
        {"kind": kind, "site_id": site, "capacity_mbps": capacity, "x_m": xy[:, 0], "y_m": xy[:, 1]},
        index=pd.Index(ids[stays], name="node_id"),
        geometry=shapely.points(xy),
        crs=inputs.crs,
    )
    return table.sort_index()
