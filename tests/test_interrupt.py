"""Ctrl-C, or to be asked to end, while a solver is at work: the plan and the bound that it has come to are kept."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ASKED = """
import os, signal, sys, threading, numpy as np
from netplan.cli.common import guarded
from netplan.planner import Problem, solve
signal.signal(signal.SIGINT, signal.default_int_handler)
kind, r = sys.argv[1], np.random.default_rng(0)
if kind == "cover":
    problem = Problem.of(
        demand_weight=np.ones(200), demand_penalty=np.full(200, np.inf),
        service_use=(r.random((200, 400)) < 0.04) * 1.0,
        option_cost=r.integers(1, 4, 400).astype(float),
    )
    solve(problem, gap=0.0, time_limit_s=1.0, threads=1)  # what must be compiled is, before the clock of the signal
else:
    apart = np.linalg.norm(r.uniform(0, 1, (150, 1, 2)) - r.uniform(0, 1, (1, 60, 2)), axis=2)
    goal = dict(budget=150.0) if kind == "budget" else dict(target_member=np.ones((1, 150)), target_min=[400.0])
    problem = Problem.of(
        demand_weight=r.uniform(1, 10, 150), option_cost=r.uniform(5, 20, 60), option_capacity=np.full(60, 7.0),
        service_use=np.where(apart < 0.3, r.uniform(1, 3, apart.shape), 0.0), demand_integral=np.ones(150), **goal,
    )
threading.Timer(3.0, lambda: os.kill(os.getpid(), getattr(signal, sys.argv[2]))).start()
found = guarded(lambda: solve(problem, gap=0.0, time_limit_s=60.0, threads=1))
first = found.stages[0]
print(found.stopped_by, np.isfinite(found.objective), np.isfinite(first.bound), first.gap < 0.5)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent otherwise there")
@pytest.mark.parametrize(
    ("kind", "sent"), [("cover", "SIGINT"), ("target", "SIGINT"), ("budget", "SIGINT"), ("target", "SIGTERM")]
)
def test_what_the_solver_has_come_to_is_kept(kind: str, sent: str) -> None:
    top = str(Path(__file__).parent.parent)
    place = {**os.environ, "PYTHONPATH": top}
    done = subprocess.run([sys.executable, "-c", ASKED, kind, sent], env=place, capture_output=True, text=True)
    assert done.stdout.strip() == "interrupt True True True", done.stdout + done.stderr


EXPLAINED = """
import os, signal, sys, threading, numpy as np
from netplan.planner import Problem, solve
room = sys.modules["netplan.planner.solve"]
signal.signal(signal.SIGINT, signal.default_int_handler)
r = np.random.default_rng(0)
apart = np.linalg.norm(r.uniform(0, 1, (150, 1, 2)) - r.uniform(0, 1, (1, 60, 2)), axis=2)
problem = Problem.of(
    demand_weight=r.uniform(1, 10, 150), option_cost=r.uniform(5, 20, 60), option_capacity=r.uniform(2, 4, 60),
    service_use=np.where(apart < 0.3, r.uniform(1, 3, apart.shape), 0.0), demand_integral=np.ones(150),
    target_member=np.ones((1, 150)), target_min=[780.0],
)
explain, ended = room.elastic, []
def timed(*given):
    threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    try:
        return explain(*given)
    except KeyboardInterrupt:
        ended.append("early")
        raise
room.elastic = timed
found = solve(problem, gap=0.0, time_limit_s=60.0, threads=1)
print(found.status, *ended)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent otherwise there")
def test_an_explanation_ends_and_the_proof_stays() -> None:
    place = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    done = subprocess.run([sys.executable, "-c", EXPLAINED], env=place, capture_output=True, text=True)
    assert done.stdout.strip() == "infeasible early", done.stdout + done.stderr


RELAXED = """
import os, signal, threading, numpy as np
from netplan.planner import Problem
from netplan.planner.lp import LinearProgram
from netplan.planner.model import build
signal.signal(signal.SIGINT, signal.default_int_handler)
r, n, m = np.random.default_rng(0), 2500, 60
cost = (*np.divmod(np.arange(n * m), m), r.uniform(1, 9, n * m))
programme = LinearProgram(build(Problem.of(
    demand_weight=r.uniform(1, 10, n), option_cost=r.uniform(5, 20, m), option_capacity=np.full(m, 70.0),
    service_use=r.uniform(1, 3, (n, m)), service_cost=cost, target_member=np.ones((1, n)), target_min=[1700.0],
)), 0)
threading.Timer(0.2, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
try:
    programme.solve(60.0)
except KeyboardInterrupt:
    print(programme._highs.modelStatusToString(programme._highs.getModelStatus()))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent otherwise there")
def test_a_large_linear_programme_ends_early() -> None:
    place = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    done = subprocess.run([sys.executable, "-c", RELAXED], env=place, capture_output=True, text=True)
    assert done.stdout.strip() == "Interrupted by user", done.stdout + done.stderr
