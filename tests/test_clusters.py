"""Cuts of handfuls with clusters of sites: every plan keeps them, and they see half-open sites that share a link."""

from __future__ import annotations

import numpy as np
import pytest
from test_local_cuts import covering, most_served

from netplan.planner.clusters import clustered, drawn
from netplan.planner.handfuls import Handfuls
from netplan.planner.master import Master
from netplan.planner.problem import Floats
from netplan.planner.rows import Rows

PAIRS = ((0, 1), (2, 3), (4, 5))


def cheapest_arcs(master: Master, price: Floats) -> Floats:
    """Σ price of the cheapest arcs that join each set of sites, sites by bits. Shape (2**sites,)."""
    network = master.model.network
    sites = len(network.site_node)
    arcs = np.arange(1 << len(price))
    built = (arcs[:, None] >> np.arange(len(price))) & 1 > 0
    reached = np.zeros((len(arcs), network.nodes), bool)
    reached[:, 0] = True
    for _ in range(network.nodes):
        for arc, (tail, head) in enumerate(zip(network.tail, network.head, strict=True)):
            reached[:, head] |= built[:, arc] & reached[:, tail]
    joined = reached[:, network.site_node]
    cost = built @ price
    wanted = (np.arange(1 << sites)[:, None] >> np.arange(sites)) & 1 > 0
    return np.array([cost[(joined | ~some).all(axis=1)].min() for some in wanted])


def worst_slack(master: Master, rows: Rows) -> float:
    """The least slack of any cut in any plan: every set of open options, joined as cheaply for the cut as can be."""
    matrix, layout = rows.matrix(master.columns).toarray(), master.model.layout
    options, site = master.z - master.y, master.model.problem.option_site
    opened = (np.arange(1 << options)[:, None] >> np.arange(options)) & 1 > 0
    by_class = np.zeros((options, len(master.classes.demand)))
    np.add.at(by_class, (layout.x_option, master.classes.of_entry), master.model.upper[: layout.y])
    stands, joined = np.zeros((len(opened), master.w - master.z)), np.zeros((len(opened), master.w - master.z))
    for option in range(options):
        stands[opened[:, option], site[option]] = 1.0
        joined[opened[:, option] & master.wired[option], site[option]] = 1.0
    which = (joined @ (1 << np.arange(joined.shape[1]))).astype(int)
    worst = np.inf
    for row, lower in zip(matrix, rows.lower, strict=True):
        kept = opened @ row[master.y : master.z] - most_served(master, opened @ by_class, -row[: master.y])
        kept += stands @ row[master.z : master.w] + joined @ row[master.w : master.a]
        kept += cheapest_arcs(master, row[master.a :])[which]
        worst = min(worst, float((kept - lower).min()))
    return worst


def test_sites_that_share_half_a_link_serve_no_more_than_one_that_is_half_open() -> None:
    """Three pairs of sites, each half open and joined by half a link a pair, serve three demands two by two."""
    share = np.repeat(1.0 - np.eye(3), 2, axis=1)
    master = covering(share, None, np.arange(6), None, PAIRS)
    network = master.model.network
    point = np.zeros(master.columns)
    point[: master.y], point[master.y : master.a] = 1.0, 0.5
    first = (network.tail == 0) & np.isin(network.head, network.site_node[[0, 2, 4]])
    on = (network.tail > 0) & np.isin(network.tail, network.site_node[[0, 2, 4]])
    point[master.a :][first | on] = 0.5
    handfuls = Handfuls.of(master)
    assert len(handfuls.cuts(point, np.random.default_rng(0), 5)) == 0  # six halves are three
    apart = clustered(handfuls, point, 0.6)
    assert apart is None  # nothing is built that far
    together = clustered(handfuls, point, 0.3)
    assert together is not None
    rows = together.cuts(point, np.random.default_rng(0), 5)
    assert len(rows) == 1
    assert (rows.matrix(master.columns) @ point - rows.lower).max() < -0.2
    assert worst_slack(master, rows) >= -1e-9


@pytest.mark.parametrize("all_wired", [True, False])
def test_every_plan_keeps_the_cuts_of_clusters(all_wired: bool) -> None:
    with_cuts, by_arcs = 0, 0
    for seed in range(24):
        rng = np.random.default_rng(seed)
        share = np.where(rng.random((12, 9)) < 0.45, 1.0, 0.0)
        if seed % 4 == 1:
            share *= np.where(rng.random(share.shape) < 0.5, rng.uniform(0.2, 0.9, share.shape), 1.0)
        site = np.append(rng.integers(0, 7, 8), 6)
        wired = np.ones(9, bool) if all_wired else rng.random(9) < 0.7
        master = covering(share, None, site, wired, PAIRS)
        separate = Handfuls.of(master)
        for _ in range(8):
            point = np.zeros(master.columns)
            y = point[master.y : master.z]
            y[:] = rng.uniform(0.1, 0.7, 9)
            most = master.model.upper[: master.model.layout.y] * point[master.y + master.model.layout.x_option]
            point[: master.y] = np.minimum(np.bincount(master.classes.of_entry, most, master.y), 1.0)
            for s in range(7):
                point[master.z + s] = y[site == s].max(initial=0.0)
                point[master.w + s] = y[(site == s) & wired].max(initial=0.0)
            point[master.a :] = np.where(master.model.network.tail > 0, 0.5, 0.08) * rng.random(
                master.columns - master.a
            )
            kind = drawn(separate, point, rng)
            rows = kind.cuts(point, rng, 10) if kind else None
            if rows is not None and len(rows):
                with_cuts += 1
                by_arcs += bool((rows.col >= master.a).any())
                assert (rows.matrix(master.columns) @ point < rows.lower).all(), seed
                assert worst_slack(master, rows) >= -1e-7, seed
    assert with_cuts >= 60 and by_arcs >= 60
