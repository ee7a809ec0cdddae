"""Rules of the network: every site reaches a PoP, traffic conserves and fits."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.optimize import linprog
from scipy.sparse import csr_array, eye_array, hstack

from netplan.verify.finding import Finding, where
from netplan.verify.graph import bridge_sides, components
from netplan.verify.lines import check_ends, check_lengths, ends_index, medium_kinds
from netplan.verify.reading import Written
from netplan.verify.today import numbers_in, read_layer

LOAD_TOLERANCE_MBPS = 1e-3
SAME_PLACE_M = 1.0


def check_network(written: Written) -> list[Finding]:
    """Everything that can be said from links, nodes and sites. Later rules need the names to be whole."""
    findings = _names(written)
    if not findings:
        findings += [*_reach(written), *_flow(written), *check_ends(written)]
    return [*findings, *check_lengths(written)]


def _names(written: Written) -> list[Finding]:
    """Ends of links and nodes of sites are rows of the layer nodes; words are of the contract."""
    links, sites, nodes = written.links, written.sites, written.nodes
    known = set(nodes["node_id"])
    expected = "a node of the layer nodes"
    away = (sites["node_id"] != "") & ~sites["node_id"].isin(known)
    return [
        *where(~links["from_node"].isin(known), "node", "links", links["link_id"], links["from_node"], expected),
        *where(~links["to_node"].isin(known), "node", "links", links["link_id"], links["to_node"], expected),
        *where(away, "node", "sites", sites["site_id"], sites["node_id"], expected),
        *_word(nodes, "nodes", "kind", ("pop", "gateway", "site", "junction", "access-point")),
        *_word(links, "links", "status", ("existing", "shared", "new")),
        *_word(sites, "sites", "status", ("existing", "shared", "new")),
        *_word(sites, "sites", "backhaul", ("fibre", "microwave", "satellite", "none")),
        *_status(written),
    ]


def _word(frame: pd.DataFrame, layer: str, column: str, words: tuple[str, ...]) -> list[Finding]:
    wrong = ~frame[column].isin(words)
    return where(wrong, "word", layer, frame.iloc[:, 0], frame[column], f"{column}: {' | '.join(words)}")


def _status(written: Written) -> list[Finding]:
    """What stands, is shared or is new follows from the entry: of a structure, or of a medium and its lever."""
    sites, links = written.sites, written.links
    stated = [written.entry("structures", str(name)).get("status", "") for name in sites["structure"]]
    media = [written.entry("media", str(name)) for name in links["medium"]]
    built = ["shared" if m.get("lever") else "existing" if m.get("kind") == "lit" else "new" for m in media]
    wrong_site, wrong_link = sites["status"].to_numpy(object) != stated, links["status"].to_numpy(object) != built
    return [
        *where(wrong_site, "status", "sites", sites["site_id"], sites["status"], stated),
        *where(wrong_link, "status", "links", links["link_id"], links["status"], built),
    ]


def _needs(written: Written) -> pd.Series:
    """Site id -> load of its equipment that needs backhaul (Mbit/s); sites without such equipment are absent."""
    equipment = written.equipment[written.equipment["site_id"] != ""]
    needs = [bool(written.entry("technologies", t).get("needs_backhaul", True)) for t in equipment["technology"]]
    loads: pd.Series = equipment[np.asarray(needs, dtype=bool)].groupby("site_id")["load_mbps"].sum()
    return loads


def _reach(written: Written) -> list[Finding]:
    """Sites with fibre or microwave reach a PoP over links, satellite sites a gateway; what needs backhaul has it."""
    nodes, tail, head = ends_index(written)
    sites, kinds = written.sites, written.kinds().reindex(nodes).to_numpy(object)
    group = components(len(nodes), tail, head)
    with_pop = set(group[kinds == "pop"].tolist())
    with_gateway = set(group[kinds == "gateway"].tolist())
    place = nodes.get_indexer(sites["node_id"])
    mine = [int(group[k]) if k >= 0 else -1 for k in place]
    word = sites["backhaul"].to_numpy(object)
    terrestrial = np.isin(word, ["fibre", "microwave"])
    no_pop = terrestrial & ~np.isin(mine, sorted(with_pop))
    no_gateway = (word == "satellite") & ~np.isin(mine, sorted(with_gateway))
    bare = sites["site_id"].isin(_needs(written).index).to_numpy() & (word == "none")
    kind = medium_kinds(written)
    by_air = set(tail[kind == "microwave"].tolist()) | set(head[kind == "microwave"].tolist())
    no_hop = (word == "microwave") & ~np.isin(place, sorted(by_air))
    ids = sites["site_id"]
    return [
        *where(no_pop, "reach", "sites", ids, word, "a path of links to a node of kind pop"),
        *where(no_gateway, "reach", "sites", ids, word, "a path of links to a node of kind gateway"),
        *where(bare, "reach", "sites", ids, word, "backhaul, for its equipment needs it"),
        *where(no_hop, "backhaul", "sites", ids, word, "a microwave link at the site"),
    ]


def _supply(written: Written, nodes: pd.Index) -> npt.NDArray[np.float64]:
    """Load that enters the network at each node (Mbit/s)."""
    needs = _needs(written)
    at = written.by_id("sites")["node_id"].reindex(needs.index)
    place = nodes.get_indexer(pd.Index(at.fillna("")))
    supply = np.zeros(len(nodes))
    np.add.at(supply, place[place >= 0], needs.to_numpy(float)[place >= 0])
    return supply


def _flow(written: Written) -> list[Finding]:
    """Loads of links carry the load of every site to where traffic is handed over.

    There must be flows f with |f| <= load on every link that bring each site's load to roots, and no PoP is
    handed more than it takes: the least traffic left behind, min Σ u subject to Σ_out f − Σ_in f + u + g =
    supply at every node (g: handed over, at roots alone), is 0. On a link whose removal cuts sites off, the
    flow is known: its load must be theirs exactly.
    """
    nodes, tail, head = ends_index(written)
    kinds = written.kinds().reindex(nodes).to_numpy(object)
    root = np.isin(kinds, ["pop", "gateway"])
    supply = _supply(written, nodes)
    load = written.links["load_mbps"].to_numpy(float)
    left = _left_behind(tail, head, load, supply, _takes(written, root))
    tolerance = LOAD_TOLERANCE_MBPS * (1 + len(load) ** 0.5)
    findings = where(left > tolerance, "flow", "nodes", nodes, left, "no traffic left behind (Mbit/s)")
    # All roots as one node: a link inside a ring of two PoPs is then no bridge, as it should not be.
    merged = np.where(root, 0, np.cumsum(~root)).astype(np.int64)
    total = np.zeros(int((~root).sum()) + 1)
    np.add.at(total, merged[~root], supply[~root])
    beyond = bridge_sides(len(total), merged[tail], merged[head], total)
    only = np.isfinite(beyond)
    wrong = only & (np.abs(load - np.where(only, beyond, 0)) > tolerance + 1e-5 * np.abs(load))
    return [*findings, *where(wrong, "flow", "links", written.links["link_id"], load, beyond)]


def _takes(written: Written, root: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """Traffic that each node may hand over: nothing, what the PoP takes, or anything."""
    nodes = written.nodes
    limit = nodes["capacity_mbps"] if "capacity_mbps" in nodes else pd.Series(np.nan, nodes.index)
    stated = np.minimum(limit.fillna(np.inf).to_numpy(float), _of_pops(written))
    return np.where(root, stated, 0.0)


def _of_pops(written: Written) -> npt.NDArray[np.float64]:
    """What the project's layer says that the PoP at each node takes; inf where it does not say, or there is none."""
    nodes, path = written.nodes, written.project["existing"].get("pops")
    most = np.full(len(nodes), np.inf)
    rows = np.flatnonzero(nodes["kind"] == "pop")
    # a layer that cannot be read is told by the rules of place
    layer = read_layer(written, path, points=True)[0] if path else None
    if layer is None or layer.empty or not len(rows):
        return most
    stated = numbers_in(layer, "capacity")
    stated = np.where(np.isnan(stated), np.inf, np.maximum(stated, 0.0))
    apart = shapely.distance(nodes.geometry.to_numpy()[rows, None], layer.geometry.to_numpy()[None, :])
    nearest = apart <= apart.min(axis=1, keepdims=True) + SAME_PLACE_M
    most[rows] = np.where(nearest, stated, -np.inf).max(axis=1)
    return most


def _left_behind(
    tail: npt.NDArray[np.int64],
    head: npt.NDArray[np.int64],
    load: npt.NDArray[np.float64],
    supply: npt.NDArray[np.float64],
    takes: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    """Traffic of each node that no flow within the loads can hand over (Mbit/s). Shape: nodes."""
    n, m = len(supply), len(load)
    if n == 0:  # nothing but satellites and beams that serve premises directly
        return np.zeros(0)
    each = np.arange(m)
    ends = (np.concatenate([tail, head]), np.concatenate([each, each]))
    balance = csr_array((np.concatenate([np.ones(m), -np.ones(m)]), ends), shape=(n, m))
    zeros = np.zeros(n)
    limits = [np.column_stack([-np.abs(load), np.abs(load)]), np.column_stack([zeros, supply])]
    solved = linprog(  # type: ignore[call-overload]  # the stubs know no sparse matrix and no array of bounds
        np.concatenate([np.zeros(m), np.ones(n), zeros]),
        A_eq=hstack([balance, eye_array(n), eye_array(n)], format="csr"),
        b_eq=supply,
        bounds=np.concatenate([*limits, np.column_stack([zeros, takes])]),
        method="highs",
    )
    # u = supply, f = g = 0 is always feasible; without a solution nothing is proven, so all counts as left.
    return np.asarray(solved.x[m : m + n], dtype=float) if solved.success else np.maximum(supply, 1.0)
