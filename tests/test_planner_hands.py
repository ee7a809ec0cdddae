"""Branch and cut in several threads: nodes are shared, the bound stays a bound, the optimum stays the optimum."""

from __future__ import annotations

import numpy as np
import pytest
from test_planner_tree import masts

from netplan.errors import SolverError
from netplan.planner import beside
from netplan.planner.hand import Hand
from netplan.planner.incumbent import Search
from netplan.planner.model import build
from netplan.planner.nodes import Node, Nodes
from netplan.planner.tree import Tree, branch_and_cut


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other hands begin with the first node, however well plans get on beside the proof."""
    monkeypatch.setattr(beside, "LATELY", 0.0)
    monkeypatch.setattr(beside, "LATELY_S", 0.0)


def hard(seed: int = 3) -> Search:
    """A problem whose proof takes some dozens of nodes."""
    return Search(build(masts(seed, n=45, s=10, share=0.85)), 1e-6, 120.0, None)


@pytest.mark.parametrize("seed", [3])
def test_two_hands_prove_the_optimum_of_one(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    solved: list[int] = []
    expand = Hand.expand

    def counted(hand: Hand, node: Node) -> list[Node]:
        solved.append(hand.number)
        return expand(hand, node)

    monkeypatch.setattr(Hand, "expand", counted)
    alone, together = hard(seed), hard(seed)
    assert branch_and_cut(alone.model, alone, 0, 1, 0.002) == "gap"
    assert set(solved) == {0}
    solved.clear()
    assert branch_and_cut(together.model, together, 0, 2, 0.002) == "gap"
    assert set(solved) == {0, 1}
    assert together.objective == pytest.approx(alone.objective, rel=2e-6)
    bounds = [step.bound for step in together.trace]
    assert bounds == sorted(bounds)
    assert max(bounds) <= alone.objective * (1 + 2e-6)


def test_a_solver_that_fails_in_one_thread_ends_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    expand = Hand.expand

    def breaks(hand: Hand, node: Node) -> list[Node]:
        if hand.number:
            raise SolverError("broken on purpose")
        return expand(hand, node)

    monkeypatch.setattr(Hand, "expand", breaks)
    search = hard()
    with pytest.raises(SolverError, match="on purpose"):
        branch_and_cut(search.model, search, 0, 2)


def test_ctrl_c_stops_the_other_hand_and_keeps_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    expand, hands = Hand.expand, []

    def interrupted(hand: Hand, node: Node) -> list[Node]:
        hands.append(hand)
        if hand.number == 0 and len(hands) > 6:
            raise KeyboardInterrupt
        return expand(hand, node)

    monkeypatch.setattr(Hand, "expand", interrupted)
    search = hard()
    tree = Tree(search.model, search, 0, 2)
    with pytest.raises(KeyboardInterrupt), tree.plans:
        tree.run()
    assert tree.nodes.ended
    assert np.isfinite(search.bound)
    assert search.bound <= search.objective


def test_the_bound_counts_nodes_that_somebody_works_on() -> None:
    nodes = Nodes(hard())
    for bound in (7.0, 5.0, 9.0):
        nodes.put(Node(bound, nodes.number(), ()))
    assert (nodes.bound, nodes.lowest) == (5.0, 5.0)
    taken = nodes.take(1)
    assert taken is not None
    assert (taken.bound, nodes.bound, nodes.lowest) == (5.0, 5.0, 7.0)
    nodes.hold(1, 6.0)  # its child
    assert nodes.bound == 6.0
    nodes.release(1)
    assert nodes.bound == 7.0
    nodes.drop(6.5)  # closed without having been solved to the end
    assert nodes.bound == 6.5
    assert nodes.take(0) is not None
    assert nodes.take(1) is not None
    assert not nodes.exhausted
    nodes.release(0)
    nodes.release(1)
    assert nodes.exhausted
    assert nodes.bound == 6.5
    nodes.put(Node(1.0, nodes.number(), ()))
    nodes.end()
    assert nodes.take(0) is None
