"""Ctrl-C keeps the best plan, in either stage of budget mode too; a bound process that fails says so; none stays."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from oracle import faults
from test_tree import district

from netplan.planner import Problem, TracePoint, solve
from netplan.planner.worker import BoundWorker


def with_budget(seed: int) -> Problem:
    """A small district with a sum to spend."""
    problem = district(seed)
    given = {name: getattr(problem, name) for name in problem.__dataclass_fields__}
    return Problem.of(**(given | {"budget": 150.0, "target_min": np.zeros_like(problem.target_min)}))


@pytest.mark.parametrize("budget", [False, True])
def test_an_interrupt_keeps_the_best_plan(budget: bool) -> None:
    problem = with_budget(1) if budget else district(1)
    seen: list[TracePoint] = []

    def press(step: TracePoint) -> None:
        seen.append(step)
        if np.isfinite(step.objective):
            raise KeyboardInterrupt

    solution = solve(problem, gap=0.0, time_limit_s=30.0, on_progress=press)
    assert seen
    assert solution.stopped_by == "interrupt"
    assert faults(problem, solution) == []
    if budget:
        assert solution.stages[0].value > 0


def test_an_interrupt_without_a_plan_goes_on_upwards() -> None:
    def press(step: TracePoint) -> None:
        raise KeyboardInterrupt

    problem = with_budget(2)
    stopped = False
    try:
        solution = solve(problem, gap=0.0, time_limit_s=30.0, on_progress=press)
    except KeyboardInterrupt:
        stopped = True
    assert stopped or faults(problem, solution) == []


def test_rules_do_not_leave_a_problem_without_its_simplest_plan() -> None:
    given = {name: getattr(district(3), name) for name in district(3).__dataclass_fields__}
    options, sites, edges = (len(given[name]) for name in ("option_cost", "site_cost", "edge_cost"))
    rule = dict(limit_option=np.ones((1, options)), limit_lower=[-np.inf], limit_upper=[3.0])
    rule |= {"limit_site": np.zeros((1, sites)), "limit_edge": np.zeros((1, edges))}
    rule |= {"demand_penalty": np.full(len(given["demand_weight"]), 5.0)}
    problem = Problem.of(**(given | {"target_min": np.zeros_like(given["target_min"])} | rule))
    solution = solve(problem, gap=0.0, time_limit_s=0.0)
    assert solution.status in ("feasible", "optimal")
    assert faults(problem, solution) == []


def test_a_failing_bound_process_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netplan.planner.worker.sys.executable", "/bin/false")
    with BoundWorker(district(1), 0) as worker:
        until = time.monotonic() + 10
        while worker.running and time.monotonic() < until:
            time.sleep(0.05)
        assert worker.failure == "ended with code 1"
        assert worker.poll() is None


LEFT_ALONE = """
import os, sys, time
from pathlib import Path
import netplan.planner.worker as worker
folder = Path(sys.argv[1])
child = os.fork()
if child:
    while not (folder / "state.npz").exists():
        time.sleep(0.05)
    print(child, flush=True)
    os._exit(0)
worker.Bounding.step = lambda bounding: time.sleep(0.05) or True
worker.main(folder, 0)
"""
"""a bound process that would go on for ever, and whoever started it, who is gone once it has written something"""


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="asks Linux for the state of a process")
def test_the_bound_process_ends_when_whoever_started_it_was_killed(tmp_path: Path) -> None:
    district(1).save(tmp_path / "problem.npz")
    told = subprocess.run(
        [sys.executable, "-c", LEFT_ALONE, str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=True,
        timeout=60,
        start_new_session=True,
    )
    stat = Path("/proc") / told.stdout.strip() / "stat"
    until = time.monotonic() + 30
    while stat.exists() and stat.read_text().rsplit(")", 1)[1].split()[0] != "Z" and time.monotonic() < until:
        time.sleep(0.05)
    assert not stat.exists() or stat.read_text().rsplit(")", 1)[1].split()[0] == "Z"
