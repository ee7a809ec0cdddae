"""Cuts of handfuls with clusters of sites: every plan keeps them, and they see half-open sites that share a link."""

from __future__ import annotations

import numpy as np
import pytest
from test_local_cuts import covering, half_open, worst_slack

from netplan.planner.bounding import DRAWS, Bounding
from netplan.planner.clusters import clustered, drawn
from netplan.planner.handfuls import Handfuls
from netplan.planner.problem import Floats

PAIRS = ((0, 1), (2, 3), (4, 5))


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
            point = half_open(master, rng)
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


@pytest.mark.parametrize("free", [True, False])
def test_the_bound_seeks_clusters_where_service_is_free(free: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    sought: list[Handfuls | None] = []

    def seen(handfuls: Handfuls, point: Floats, rng: np.random.Generator) -> Handfuls | None:
        sought.append(drawn(handfuls, point, rng))
        return sought[-1]

    monkeypatch.setattr("netplan.planner.bounding.drawn", seen)
    share = np.repeat(1.0 - np.eye(3), 2, axis=1)
    relaxations = Bounding(covering(share, None if free else np.ones(share.shape), np.arange(6), None, PAIRS), 0)
    for _ in range(2):
        relaxations.relax()
        relaxations.tighten()
    assert len(sought) == (DRAWS if free else 0)
