"""Plans sought beside the proof: what begins at another start counts like any other."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
from oracle import faults
from relaydistrict import district

from netplan.planner import solve
from netplan.planner.anneal import Ground
from netplan.planner.beside import Beside
from netplan.planner.construct import complete
from netplan.planner.greedy import greedy_options
from netplan.planner.incumbent import Search
from netplan.planner.model import Model, build
from netplan.planner.problem import Floats
from netplan.planner.reroute import Rerouter
from netplan.planner.solve import _solution
from netplan.planner.walk import Walker


def _district(seed: int) -> tuple[Model, Floats]:
    problem = district(seed, n=40, s=9)
    problem = replace(problem, service_cost=problem.service_cost * 0.0)
    model = build(problem)
    first = complete(model, greedy_options(model))
    assert first is not None
    return model, first


def test_a_walk_elsewhere_leaves_the_search_and_its_plan_alone() -> None:
    model, first = _district(3)
    search, aside = Search(model, 1e-6, 60.0, None), Search(model, 1e-6, 60.0, None)
    search.offer(first, "first plan")
    walker = Walker(model, search, Rerouter(model), 1)
    aside.offer(first, "another start")
    other = walker.elsewhere(aside)
    for _ in range(4):
        other.run(0.5, np.ones(model.problem.shape[1]))
    assert aside.objective < search.objective
    assert search.point is first
    assert len(search.trace) == 1


@pytest.mark.parametrize("seed", [2, 4])
def test_a_start_that_is_handed_in_leads_to_plans_of_the_shared_search(seed: int) -> None:
    model, first = _district(seed)
    best = solve(model.problem, gap=0.0, time_limit_s=30.0, threads=1)
    search = Search(model, 1e-6, 60.0, None)
    search.offer(first, "first plan")
    beside = Beside(Ground.of(model), search, 1)
    everything = complete(model, model.upper[model.layout.y : model.layout.z] > 0)
    assert everything is not None
    beside.start_from(everything, np.full(model.problem.shape[1], 0.5))
    beside.start()
    until = time.monotonic() + 20.0
    while search.objective > best.objective * 1.03 and time.monotonic() < until:
        time.sleep(0.1)
        beside.collect(None)
    beside.stop()
    beside.collect(None)
    assert beside._starts.empty()
    assert search.objective <= best.objective * 1.03
    assert search.point is not None
    found = _solution(model, search, "time", time.monotonic(), (), np.zeros(model.problem.shape[0], bool))
    assert not faults(model.problem, found)
