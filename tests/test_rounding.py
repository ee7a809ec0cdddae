"""Plans that relaxations round to: feasible, of the likeliest options, no more of them than the targets ask for."""

from __future__ import annotations

import numpy as np
import pytest
from oracle import faults
from test_planner_tree import masts

from netplan.planner.answer import with_plan
from netplan.planner.construct import Server
from netplan.planner.incumbent import Search
from netplan.planner.model import build
from netplan.planner.rounding import rounded


@pytest.mark.parametrize("seed", range(8))
def test_the_likeliest_options_that_meet_the_targets_are_open(seed: int) -> None:
    problem = masts(seed)
    model = build(problem)
    rng = np.random.default_rng(seed)
    m, e = problem.shape[1], problem.shape[3]
    likely, server = rng.permutation(m) / m + 0.01, Server(model)
    point = rounded(server, likely, rng.random(e))
    assert point is not None
    search = Search(model, 0.0, 10.0, None)
    assert search.offer(point, "rounded")
    found = with_plan(model, search, "time")
    assert not faults(problem, found)
    opened = point[model.layout.y : model.layout.z] > 0.5
    least = likely[opened].min()
    assert server.serve(likely >= least) is not None
    assert server.serve(likely > least) is None  # one fewer would not do


def test_none_where_the_relaxation_opens_too_few() -> None:
    model = build(masts(1))
    none = np.zeros(model.problem.shape[1])
    edges = np.zeros(model.problem.shape[3])
    assert rounded(Server(model), none, edges) is None
    one = none.copy()
    one[0] = 1.0
    assert rounded(Server(model), one, edges) is None


def test_the_network_goes_where_the_relaxation_builds() -> None:
    problem = masts(2)
    model = build(problem)
    everything = np.ones(problem.shape[1])
    plain = rounded(Server(model), everything, np.zeros(problem.shape[3]))
    assert plain is not None
    taken = plain[model.layout.b : model.layout.a] > 0.5
    other = np.where(taken, 0.0, 1.0)
    leaning = rounded(Server(model), everything, other)
    assert leaning is not None
    built = leaning[model.layout.b : model.layout.a] > 0.5
    assert (built & ~taken).any()
