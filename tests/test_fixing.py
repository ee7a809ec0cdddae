"""What fixing by reduced costs says a column adds is never more than it does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from oracle import exact
from scipy import sparse
from test_planner_tree import masts

from netplan.planner import Problem
from netplan.planner.fixing import least_additions
from netplan.planner.hand import Hand
from netplan.planner.incumbent import Search
from netplan.planner.master import Master, build_master
from netplan.planner.model import build
from netplan.planner.nodes import Node
from netplan.planner.tree import Tree, branch_and_cut


@pytest.mark.parametrize("seed", range(3))
def test_no_option_costs_less_than_its_least_addition(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    problem = masts(seed, n=14, s=4)
    model = build(problem)
    monkeypatch.setattr(Tree, "fix", lambda tree: None)  # what it shuts is missing in the relaxation
    tree = Tree(model, Search(model, 0.0, 30.0, None), seed)
    assert tree.root(1.0) == "optimal"
    master, reduced, value = tree.master, tree.lp.reduced, tree.lp.objective
    least = least_additions(master, reduced, master.lower)
    m = problem.shape[1]
    deeper = 0
    for option in range(m):
        asked = sparse.csr_array(([1.0], ([0], [option])), shape=(1, m))
        forced = exact(
            replace(
                problem,
                limit_option=asked,
                limit_site=sparse.csr_array((1, problem.shape[2])),
                limit_edge=sparse.csr_array((1, problem.shape[3])),
                limit_lower=np.array([1.0]),
                limit_upper=np.array([np.inf]),
            )
        )
        assert value + least[master.y + option] <= forced.cost * (1 + 1e-6)
        deeper += least[master.y + option] > reduced[master.y + option] + 1.0
    assert deeper


@pytest.mark.parametrize("seed", [6])
def test_what_a_node_closes_or_opens_is_so_in_its_plans_below_the_cutoff(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = masts(seed, n=30, s=7, share=0.85)
    model = build(problem)
    search = Search(model, 1e-6, 60.0, None)
    told: list[tuple[tuple[tuple[int, float], ...], int, float, float]] = []
    narrowed = Hand.narrowed

    def noted(hand: Hand, node: Node) -> Node:
        inner = narrowed(hand, node)
        for columns, value in ((inner.closed, 0.0), (inner.opened, 1.0)):
            told.extend((node.fixed, int(column), value, hand.search.cutoff) for column in columns)
        return inner

    monkeypatch.setattr(Hand, "narrowed", noted)
    monkeypatch.setattr(Tree, "fix", lambda tree: None)  # what it closes for good is no longer there for nodes
    assert branch_and_cut(model, search, seed, 1, 0.002) == "gap"
    master = build_master(model)
    told = [one for one in told if all(master.y <= c < master.w for c in (one[1], *(c for c, _ in one[0])))]
    assert len(told) > 20
    assert {one[2] for one in told} == {0.0, 1.0}
    for fixed, column, value, cutoff in told[:: len(told) // 12]:
        plan = exact(_with(problem, master, [*fixed, (column, 1.0 - value)]))
        assert plan.cost >= cutoff * (1 - 1e-6)


def _with(problem: Problem, master: Master, fixed: list[tuple[int, float]]) -> Problem:
    """The problem with options and sites as given."""
    columns, values = np.array([c for c, _ in fixed]), np.array([v for _, v in fixed])
    rows = sparse.csr_array((np.ones(len(fixed)), (np.arange(len(fixed)), columns)), shape=(len(fixed), master.w))
    return replace(
        problem,
        limit_option=rows[:, master.y : master.z],
        limit_site=rows[:, master.z : master.w],
        limit_edge=sparse.csr_array((len(fixed), problem.shape[3])),
        limit_lower=values,
        limit_upper=values,
    )


def test_what_is_open_anyway_adds_nothing() -> None:
    problem = masts(0, n=14, s=4)
    model = build(problem)
    tree = Tree(model, Search(model, 0.0, 30.0, None), 0)
    tree.root(1.0)
    lower = tree.master.lower.copy()
    lower[tree.master.y :] = 1.0
    assert not least_additions(tree.master, tree.lp.reduced, lower).any()
