"""Local cuts and traffic cuts: every plan keeps them, they cut off what is no plan, and they lift bounds."""

from __future__ import annotations

import dataclasses
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from oracle import exact
from scipy import sparse
from scipy.optimize import linprog
from test_tree import district

from netplan.planner import Problem
from netplan.planner.bounding import Bounding
from netplan.planner.handfuls import Handfuls
from netplan.planner.master import Master, build_master
from netplan.planner.model import build
from netplan.planner.problem import Bools, Floats, Ints
from netplan.planner.rows import Rows
from netplan.planner.subset_prices import DEEP, cheapest, deepest, sums
from netplan.planner.triples import triples


def covering(
    share: Floats,
    cost: Floats | None = None,
    site: Ints | None = None,
    wired: Bools | None = None,
    between: tuple[tuple[int, int], ...] = (),
) -> Master:
    """The master of demands and options: `share` (n, m) is the most each option serves, at a site or none (-1).

    Each site has a link to the root, and there are those `between` sites.
    """
    row, option = np.nonzero(share)
    given: dict[str, Any] = {} if cost is None else {"service_cost": (row, option, cost[row, option])}
    if site is not None:
        sites = int(site.max()) + 1
        given |= {"option_site": site, "site_cost": np.ones(sites), "site_node": np.arange(sites), "roots": [sites]}
        ends = np.array([(one, sites) for one in range(sites)] + list(between))
        given |= {"edge_tail": ends[:, 0], "edge_head": ends[:, 1], "edge_cost": np.ones(len(ends))}
        given |= {"option_needs_backhaul": np.ones(len(site), bool) if wired is None else wired}
    return build_master(
        build(
            Problem.of(
                demand_weight=np.ones(len(share)),
                target_member=(np.zeros(len(share), int), np.arange(len(share)), np.ones(len(share))),
                target_min=[0.1],
                option_cost=np.ones(share.shape[1]),
                service_use=(row, option, np.ones(len(row))),
                service_max=(row, option, share[row, option]),
                **given,
            )
        )
    )


def most_served(master: Master, reach: Floats, price: Floats) -> Floats:
    """max Σ price u of each plan, that can serve each class as `reach` says: dear ones first, no demand too often."""
    left = np.ones((len(reach), master.model.problem.shape[0]))
    total = np.zeros(len(reach))
    for g in np.argsort(-price):
        part = np.minimum(reach[:, g], left[:, master.classes.demand[g]])
        left[:, master.classes.demand[g]] -= part
        total += price[g] * part
    return total


def cheapest_arcs(master: Master, price: Floats) -> Floats:
    """Σ price of the cheapest arcs that join each set of sites, sites by bits. Shape (2**sites,)."""
    network = master.model.network
    arcs = np.arange(1 << len(price))
    built = (arcs[:, None] >> np.arange(len(price))) & 1 > 0
    reached = np.zeros((len(arcs), network.nodes), bool)
    reached[:, 0] = True
    for _ in range(network.nodes):
        for arc, (tail, head) in enumerate(zip(network.tail, network.head, strict=True)):
            reached[:, head] |= built[:, arc] & reached[:, tail]
    joined = reached[:, network.site_node]
    cost = built @ price
    wanted = (np.arange(1 << joined.shape[1])[:, None] >> np.arange(joined.shape[1])) & 1 > 0
    return np.array([cost[(joined | ~some).all(axis=1)].min() for some in wanted])


def worst_slack(master: Master, rows: Rows) -> float:
    """The least slack of any cut in any plan: every set of open options, serving as badly for the cut as it can, and
    joined by the arcs that are cheapest for it."""
    matrix = rows.matrix(master.columns).toarray()
    layout, options = master.model.layout, master.z - master.y
    site = master.model.problem.option_site
    opened = (np.arange(1 << options)[:, None] >> np.arange(options)) & 1 > 0
    by_class = np.zeros((options, len(master.classes.demand)))
    np.add.at(by_class, (layout.x_option, master.classes.of_entry), master.model.upper[: layout.y])
    stands, joined = np.zeros((len(opened), master.w - master.z)), np.zeros((len(opened), master.w - master.z))
    for option in np.flatnonzero(site >= 0):
        stands[opened[:, option], site[option]] = 1.0
        joined[opened[:, option] & master.wired[option], site[option]] = 1.0
    which = (joined @ (1 << np.arange(joined.shape[1]))).astype(int)
    worst = np.inf
    for row, lower in zip(matrix, rows.lower, strict=True):
        kept = opened @ row[master.y : master.z] - most_served(master, opened @ by_class, -row[: master.y])
        kept += stands @ row[master.z : master.w] + joined @ row[master.w : master.a]
        if row[master.a :].any():
            kept += cheapest_arcs(master, row[master.a :])[which]
        worst = min(worst, float((kept - lower).min()))
    return worst


def half_open(master: Master, rng: np.random.Generator) -> Floats:
    """A point whose options are open by 0.1 to 0.7, sites as far as their widest, and which serves all it can so."""
    layout, site = master.model.layout, master.model.problem.option_site
    point = np.zeros(master.columns)
    y = point[master.y : master.z]
    y[:] = rng.uniform(0.1, 0.7, len(y))
    most = master.model.upper[: layout.y] * y[layout.x_option]
    point[: master.y] = np.minimum(np.bincount(master.classes.of_entry, most, master.y), 1.0)
    for s in range(master.w - master.z):
        point[master.z + s] = y[site == s].max(initial=0.0)
        point[master.w + s] = y[(site == s) & master.wired].max(initial=0.0)
    return point


def test_a_triple_is_found_and_the_other_options_keep_their_place_in_its_cut() -> None:
    share = np.hstack([1.0 - np.eye(3), 1.0 - np.eye(3), np.ones((3, 1)), np.eye(3)])
    master = covering(share)
    point = np.zeros(master.columns)
    point[: master.y], point[master.y : master.z][:3] = 1.0, 0.5
    rows = Handfuls.of(master).cuts(point, np.random.default_rng(0), 0)
    assert len(rows) == 1
    np.testing.assert_allclose(
        rows.matrix(master.columns).toarray()[0, master.y : master.z] * 2, [1, 1, 1, 1, 1, 1, 2, 1, 1, 1], rtol=1e-6
    )
    assert (rows.matrix(master.columns) @ point - rows.lower).max() < -0.2
    assert worst_slack(master, rows) >= -1e-9


def test_a_ring_of_five_needs_a_handful() -> None:
    """Five options at a half that reach two neighbours each; hardly open ones that reach two others."""
    share = np.hstack([np.eye(5) + np.roll(np.eye(5), 1, axis=1), np.eye(5) + np.roll(np.eye(5), 2, axis=1)])
    master = covering(share)
    point = np.zeros(master.columns)
    point[: master.y], point[master.y : master.z] = 1.0, np.repeat([0.5, 0.03], 5)
    rows = Handfuls.of(master).cuts(point, np.random.default_rng(0), 5)
    value = rows.matrix(master.columns).toarray()
    assert len(rows) == 1
    assert (value @ point - rows.lower).max() < -0.1
    np.testing.assert_allclose(value[0] / value[0].max(), np.append(-np.ones(5), np.ones(10)), rtol=1e-6)
    assert rows.lower[0] / value.max() == pytest.approx(-2)  # Σ y ≥ Σ u − 2
    assert worst_slack(master, rows) >= -1e-9


@pytest.mark.parametrize("kind", ["wired", "loose", "mixed"])
def test_every_plan_keeps_the_cuts_of_handfuls(kind: str) -> None:
    with_cuts, by_site = 0, 0
    for seed in range(24):
        rng = np.random.default_rng(seed)
        share = np.where(rng.random((12, 9)) < 0.4, 1.0, 0.0)
        if seed % 4 == 1:
            share *= np.where(rng.random(share.shape) < 0.5, rng.uniform(0.2, 0.9, share.shape), 1.0)
        cost = rng.integers(1, 3, share.shape).astype(float) if seed % 3 == 0 else None
        places = rng.integers(0 if kind == "wired" else -1, 4, 9)
        places[0] = 3
        wired = (places >= 0) & (rng.random(9) < {"wired": 1.0, "mixed": 0.7, "loose": 0.0}[kind])
        master = covering(share, cost, places if seed % 2 else None, wired)
        separate = Handfuls.of(master)
        for _ in range(4):
            point = half_open(master, rng)
            point[master.z : master.w] *= rng.uniform(1.0, 1.1, master.w - master.z)
            rows = separate.cuts(point, rng, 10)
            if len(rows):
                with_cuts += 1
                by_site += bool((rows.col >= master.z).any())
                assert (rows.matrix(master.columns) @ point < rows.lower).all(), seed
                assert worst_slack(master, rows) >= -1e-7, seed
    assert with_cuts >= 20 and by_site >= 10


def test_sites_that_are_not_open_at_all_offer_nothing() -> None:
    """First-order steps leave options half-open at sites that are closed: pairs must not be counted once a site."""
    sites = 40
    master = covering(np.ones((12, sites)) * (np.arange(12)[:, None] >= 0), None, np.arange(sites))
    point = np.zeros(master.columns)
    point[: master.y], point[master.y : master.z] = 1.0, 0.1
    for joined in (0.0, 0.02):
        point[master.z : master.a] = joined
        assert len(Handfuls.of(master).cuts(point, np.random.default_rng(0), 5)) == 0


def test_triples_are_the_worst_there_are() -> None:
    for seed in range(20):
        rng = np.random.default_rng(seed)
        offers = np.where(rng.random((14, 10)) < 0.35, rng.uniform(0.1, 0.6, (14, 10)), 0.0)
        slack = rng.uniform(-0.3, 0.0, 14)
        found = triples(sparse.csr_array(offers), slack, -0.2)
        worst = np.full(14, -0.2)
        shared = np.minimum(offers[:, None], offers[None]).sum(axis=2)
        for three in combinations(range(14), 3):
            both = [shared[pair] for pair in combinations(three, 2)]
            if min(both) > 0.02:
                least = offers[list(three)].min(axis=0).sum()
                worst[list(three)] = np.maximum(
                    worst[list(three)], slack[list(three)].sum() + sum(both) - 2 * least - 1
                )
        np.testing.assert_allclose(found.violation, worst, atol=1e-12)
        assert ((found.others >= 0).all(axis=1) == (worst > -0.2)).all()


def test_prices_are_those_of_the_deepest_cut() -> None:
    """Against the linear programme with a row for every collection of subsets."""
    deep = 0
    for seed in range(12):
        rng = np.random.default_rng(seed)
        subset = np.unique(rng.integers(1, 32, 6))
        wanted, seen = rng.uniform(0.6, 1.0, 5), rng.uniform(0.2, 0.6, len(subset))
        rows, members = [], (np.arange(32)[:, None] >> np.arange(5)) & 1
        for number in range(1 << len(subset)):
            chosen = (number >> np.arange(len(subset))) & 1
            made = int(np.bitwise_or.reduce(np.append(subset[chosen > 0], 0)))
            rows.append(np.concatenate([members[made], -chosen, [-1]]))
        rows.append(np.concatenate([np.ones(5), np.zeros(len(subset) + 1)]))
        most = np.append(np.zeros(len(rows) - 1), 1.0)
        reached = members[np.bitwise_or.reduce(subset)] > 0
        cost = np.concatenate([np.where(reached, -wanted, 1.0), seen, [1.0]])
        exactly = linprog(cost, np.array(rows), most).fun
        weight, price = deepest(5, subset, np.where(reached, wanted, -1.0), seen)
        least = cheapest(5, subset, price)[0]
        depth = weight @ wanted - price @ seen - (sums(weight) - least).max()
        if weight.any():
            deep += 1
            assert depth == pytest.approx(-exactly, abs=1e-5)
        else:
            assert -exactly < DEEP + 1e-6
    assert deep >= 4


def narrow(seed: int) -> Problem:
    """A district whose links carry little more than one site each."""
    problem = district(seed, 8, 40)
    rng = np.random.default_rng(seed)
    load = float(problem.demand_mbps.sum()) / 8
    capacity = np.where(rng.random(problem.shape[3]) < 0.8, load * rng.uniform(0.8, 1.6, problem.shape[3]), np.inf)
    member = sparse.csr_array(problem.target_member)
    return dataclasses.replace(
        problem, edge_capacity=capacity, target_min=0.6 * np.asarray(member @ problem.demand_weight).ravel()
    )


def bound_of(problem: Problem, steps: int = 6) -> float:
    bounding = Bounding(build_master(build(problem)), 0)
    for _ in range(steps):
        bounding.relax(1.0)
        if not bounding.tighten():
            break
    return bounding.bound


def test_full_links_lift_the_bound_and_never_beyond_the_optimum(monkeypatch: pytest.MonkeyPatch) -> None:
    lifted = 0
    for seed in range(8):
        problem = narrow(seed)
        answer = exact(problem)
        if not answer.feasible:
            continue
        with_cuts = bound_of(problem)
        assert with_cuts <= answer.cost * (1 + 1e-6)
        with monkeypatch.context() as patch:
            patch.setattr("netplan.planner.load_cuts.Loads.cuts", lambda *_: Rows.of([], [], [], np.zeros(0), 0.0))
            lifted += with_cuts > bound_of(problem) * 1.001
    assert lifted >= 2
