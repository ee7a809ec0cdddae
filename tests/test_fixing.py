"""What fixing by reduced costs says a column adds is never more than it does; a proof below a ceiling is one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from oracle import exact
from scipy import sparse
from test_covering import covering
from test_planner_tree import masts

from netplan.planner.covering import _is_set_covering, _set_covering
from netplan.planner.cutoff import prove_below
from netplan.planner.fixing import least_additions
from netplan.planner.incumbent import Search
from netplan.planner.model import build
from netplan.planner.tree import Tree


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


def test_what_is_open_anyway_adds_nothing() -> None:
    problem = masts(0, n=14, s=4)
    model = build(problem)
    tree = Tree(model, Search(model, 0.0, 30.0, None), 0)
    tree.root(1.0)
    lower = tree.master.lower.copy()
    lower[tree.master.y :] = 1.0
    assert not least_additions(tree.master, tree.lp.reduced, lower).any()


@pytest.mark.parametrize("seed", [0, 6, 12])
def test_a_proof_below_a_ceiling_finds_the_optimum_or_says_there_is_nothing_below(seed: int) -> None:
    model = build(covering(seed))
    assert _is_set_covering(model)
    program, _ = _set_covering(model)
    best = exact(model.problem).cost
    above = prove_below(program, best + 3.0, 1.0, time_limit_s=30.0, seed=0)
    assert above.status == "optimal" and above.point is not None
    assert above.objective == pytest.approx(best) and above.bound == pytest.approx(best)
    at = prove_below(program, best, 1.0, time_limit_s=30.0, seed=0)
    assert at.status == "optimal" and at.point is None and at.bound == pytest.approx(best)
