"""Local cuts and traffic cuts: every plan keeps them, they cut off what is no plan, and they lift bounds."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from oracle import exact
from scipy import sparse
from test_tree import district

from netplan.planner import Problem
from netplan.planner.bounding import Bounding
from netplan.planner.handfuls import Handfuls
from netplan.planner.master import Master, build_master
from netplan.planner.model import build
from netplan.planner.problem import Bools, Floats, Ints
from netplan.planner.rows import Rows


def covering(share: Floats, cost: Floats | None = None, site: Ints | None = None, wired: bool = True) -> Master:
    """The master of demands and options: `share` (n, m) is the most each option serves, at sites or without any."""
    row, option = np.nonzero(share)
    given: dict[str, Any] = {} if cost is None else {"service_cost": (row, option, cost[row, option])}
    if site is not None:
        sites = int(site.max()) + 1
        given |= {"option_site": site, "site_cost": np.ones(sites), "site_node": np.arange(sites), "roots": [sites]}
        given |= {"edge_tail": np.arange(sites), "edge_head": np.full(sites, sites), "edge_cost": np.ones(sites)}
        given |= {"option_needs_backhaul": np.full(len(site), wired)}
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


def most_served(master: Master, opened: Bools, price: Floats) -> float:
    """max Σ price u over what the open options serve: dear classes first, no demand more than once."""
    layout, classes = master.model.layout, master.classes
    reach = np.bincount(classes.of_entry, master.model.upper[: layout.y] * opened[layout.x_option], len(classes.demand))
    left = np.ones(master.model.problem.shape[0])
    total = 0.0
    for g in np.argsort(-price):
        part = min(reach[g], left[classes.demand[g]])
        left[classes.demand[g]] -= part
        total += price[g] * part
    return total


def worst_slack(master: Master, rows: Rows) -> float:
    """The least slack of any cut in any plan: every set of open options, serving as badly for the cut as it can."""
    matrix = rows.matrix(master.columns).toarray()
    options = master.z - master.y
    site = master.model.problem.option_site
    worst = np.inf
    for number in range(1 << options):
        opened = (number >> np.arange(options)) & 1 > 0
        stands = np.zeros(master.w - master.z)
        stands[site[opened & (site >= 0)]] = 1.0
        for row, lower in zip(matrix, rows.lower, strict=True):
            kept = row[master.y : master.z] @ opened - most_served(master, opened, -row[: master.y])
            kept += (row[master.z : master.w] + row[master.w : master.a]) @ stands
            worst = min(worst, kept - lower)
    return worst


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


@pytest.mark.parametrize("wired", [True, False])
def test_every_plan_keeps_the_cuts_of_handfuls(wired: bool) -> None:
    with_cuts, by_site = 0, 0
    for seed in range(24):
        rng = np.random.default_rng(seed)
        share = np.where(rng.random((12, 9)) < 0.4, 1.0, 0.0)
        if seed % 4 == 1:
            share *= np.where(rng.random(share.shape) < 0.5, rng.uniform(0.2, 0.9, share.shape), 1.0)
        cost = rng.integers(1, 3, share.shape).astype(float) if seed % 3 == 0 else None
        master = covering(share, cost, np.sort(rng.integers(0, 4, 9)) if seed % 2 else None, wired)
        site = master.model.problem.option_site
        separate = Handfuls.of(master)
        for _ in range(4):
            point = np.zeros(master.columns)
            point[master.y : master.z] = rng.uniform(0.1, 0.7, 9)
            most = master.model.upper[: master.model.layout.y] * point[master.y + master.model.layout.x_option]
            point[: master.y] = np.minimum(np.bincount(master.classes.of_entry, most, master.y), 1.0)
            for s in range(master.w - master.z):
                widest = point[master.y : master.z][site == s].max(initial=0.0)
                point[[master.z + s, master.w + s]] = widest * (1.0 if wired else 1.1)
            rows = separate.cuts(point, rng, 10)
            if len(rows):
                with_cuts += 1
                by_site += bool((rows.col >= master.z).any())
                assert (rows.matrix(master.columns) @ point < rows.lower).all(), seed
                assert worst_slack(master, rows) >= -1e-7, seed
    assert with_cuts >= 20 and by_site >= 10


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
