"""Cuts of what a set of sites serves of a demand: every plan keeps them, and they see what cuts by options do not."""

from __future__ import annotations

import numpy as np
import pytest
from test_local_cuts import cheapest_arcs, covering, half_open

from netplan.planner.coverage_cuts import coverage_cuts
from netplan.planner.master import Master
from netplan.planner.problem import Floats
from netplan.planner.rows import Rows
from netplan.planner.share_cuts import share_cuts
from netplan.planner.terminals import Terminals

PAIR = ((0, 1),)


def cuts(master: Master, point: Floats, share: Floats, most: int = 100) -> Rows:
    """The cuts of all demands, with shares behind the master's columns in the order of the pattern."""
    terminals = Terminals.of(master)
    column = master.columns + np.arange(len(share))
    return share_cuts(master, terminals, point, share, column, np.arange(master.model.problem.shape[0]), most)


def arc(master: Master, tail: int | None, head: int) -> int:
    """The column of the arc from a site, or from the root, to a site."""
    network = master.model.network
    start = 0 if tail is None else network.site_node[tail]
    return master.a + int(np.flatnonzero((network.tail == start) & (network.head == network.site_node[head]))[0])


def test_two_halves_behind_half_a_link_serve_half_a_demand() -> None:
    """A third half-open site serves enough that no cut by options is violated, whoever of them serves the demand."""
    master = covering(np.ones((1, 3)), None, np.arange(3), None, PAIR)
    point = np.zeros(master.columns)
    point[: master.y], point[master.y : master.a] = 1.0, 0.5
    for column in (arc(master, None, 0), arc(master, 0, 1), arc(master, None, 2)):
        point[column] = 0.5
    terminals = Terminals.of(master)
    assert len(coverage_cuts(master, terminals, point, np.arange(terminals.count), 9)) == 0
    assert len(cuts(master, point, np.array([0.25, 0.25, 0.5]))) == 0
    rows = cuts(master, point, np.array([0.5, 0.5, 0.0]))
    assert len(rows) >= 1
    value = rows.matrix(master.columns + 3).toarray()
    together = np.zeros(master.columns + 3)
    together[[arc(master, None, 0), arc(master, None, 1)]] = 1.0
    together[master.columns : master.columns + 2] = -1.0
    assert (value == together).all(axis=1).any()  # into the pair: as much as both serve
    assert (rows.lower == 0).all()


@pytest.mark.parametrize("kind", ["wired", "loose", "costs"])
def test_every_plan_keeps_them(kind: str) -> None:
    found = together = 0
    for seed in range(30):
        rng = np.random.default_rng(seed)
        limit = np.where(rng.random((10, 8)) < 0.5, 1.0, 0.0)
        limit *= np.where(rng.random(limit.shape) < 0.3, rng.uniform(0.2, 0.9, limit.shape), 1.0)
        wired = rng.random(8) < 0.7 if kind == "loose" else np.ones(8, bool)
        cost = rng.integers(1, 3, limit.shape).astype(float) if kind == "costs" else None
        master = covering(limit, cost, np.append(rng.integers(0, 5, 7), 4), wired, ((0, 1), (1, 2), (3, 4)))
        layout = master.model.layout
        point = half_open(master, rng)
        point[master.a :] = rng.uniform(0.0, 0.5, master.columns - master.a)
        share = rng.random(layout.y) * master.model.upper[: layout.y]
        rows = cuts(master, point, share)
        value = rows.matrix(master.columns + layout.y).toarray()
        assert (value @ np.concatenate([point, share]) - rows.lower).max(initial=-1.0) < -0.009
        assert not value[:, : master.a].any()
        found += len(rows)
        for row in value:
            served = np.flatnonzero(row[master.columns :])
            assert len(set(layout.x_demand[served])) == 1
            where = master.model.problem.option_site[layout.x_option[served]]
            together += len(set(where)) > 1
            least = cheapest_arcs(master, row[master.a : master.columns])
            for joined in range(1, len(least)):
                at = (joined >> where) & 1 > 0
                most = min(1.0, float(master.model.upper[served][at].sum()))
                assert least[joined] >= most - 1e-9
    assert found > 100 and together > 20


def test_no_more_than_asked_for() -> None:
    master = covering(np.ones((6, 3)), None, np.arange(3), None, PAIR)
    point = np.zeros(master.columns)
    point[: master.a] = 1.0
    rows = cuts(master, point, np.full(18, 1 / 3), most=4)
    assert 0 < len(rows) <= 4
