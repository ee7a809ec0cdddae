"""The numba kernels, compiled before the clock of a search starts: the first time on a machine they take a minute.

numba keeps what it compiled beside the sources (or in `NUMBA_CACHE_DIR`), so that later runs only load it.
Types of arguments are part of what is compiled; so a small district goes through the very code that a large one does.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator

import numpy as np
from numba.core.dispatcher import Dispatcher

from netplan.errors import SolverError
from netplan.planner.anneal import Annealer, Ground
from netplan.planner.bounding import Bounding
from netplan.planner.construct import complete
from netplan.planner.flow import traffic_flow
from netplan.planner.greedy import greedy_options
from netplan.planner.handfuls import Handfuls
from netplan.planner.improve import Improver
from netplan.planner.incumbent import Search
from netplan.planner.master import Master, build_master
from netplan.planner.model import build
from netplan.planner.problem import Problem
from netplan.planner.tree import branch_and_cut
from netplan.planner.walk import Walker

SIDE = 3
"""sites along each side of the district"""
MOMENT_S = 0.21
"""seconds for each kind of search"""
ROUNDS = 3
"""times that all of them are run at most"""


def compile_kernels(say: Callable[[], None]) -> float:
    """Load the kernels, or compile them where this machine has not yet; the seconds it took.

    Args:
        say: called once when they are found to be compiled, for that takes a while.
    """
    begun = time.monotonic()
    _ready(say)
    return time.monotonic() - begun


_done: list[bool] = []


def _ready(say: Callable[[], None]) -> None:
    """Try everything, again where something was compiled: that may have used up a search before it called the rest."""
    if _done:
        return
    told = False
    for _ in range(ROUNDS):
        before = _compiled()
        with contextlib.suppress(SolverError):  # it is only a warm-up; the problem itself will tell
            for _ in _try_everything():
                if not told and _compiled() > before:
                    told = True
                    say()
        if _compiled() == before:
            break
    _done.append(True)


def _compiled() -> int:
    """How many kernels of the planner were compiled in this process, for none was in numba's cache."""
    return sum(
        sum(kernel.stats.cache_misses.values())
        for name, module in list(sys.modules.items())
        if name.startswith("netplan.planner.")
        for kernel in vars(module).values()
        if isinstance(kernel, Dispatcher)
    )


def _try_everything() -> Iterator[None]:
    """Run every kind of search that a large district needs for a moment, on a small one, one at a step."""
    model = build(small_district())
    search = Search(model, 0.0, 3600.0, None)
    search.offer(complete(model, greedy_options(model)), "first plan")
    yield
    bounding = Bounding(build_master(model), 0)
    for _ in range(2):
        bounding.relax(MOMENT_S / 10)
        bounding.tighten()
        yield
    _seek_handfuls(bounding.master)
    yield
    improver = Improver(model, search, 0)
    Walker(model, search, improver.rerouter, 0).run(MOMENT_S, improver.appeal)
    yield
    improver.polish(MOMENT_S)
    Annealer(Ground.of(model), search, 0).run(MOMENT_S)
    yield
    branch_and_cut(model, Search(model, 0.0, 3600.0, None), 0, 1, MOMENT_S / 3600.0)
    at, one = np.arange(2), np.ones(1)
    traffic_flow(2, at[:1], at[1:], one, at[1:], one)  # for the solution


def _seek_handfuls(master: Master) -> None:
    """Cuts of triples and of handfuls at points where all options are half-open, more and more so."""
    handfuls, rng = Handfuls.of(master), np.random.default_rng(0)
    for open_ in np.linspace(0.1, 0.5, 9):
        point = np.ones(master.columns)
        point[master.y : master.z] = open_
        handfuls.cuts(point, rng, 1)


def small_district() -> Problem:
    """Sites in a square with two options each, a demand at each and one between neighbours, links along the sides."""
    at = np.arange(SIDE * SIDE)
    column, row = at % SIDE, at // SIDE
    right, down = at[column < SIDE - 1], at[row < SIDE - 1]
    tail, head = np.concatenate([right, down]), np.concatenate([right + 1, down + SIDE])
    draw = np.random.default_rng(0)
    reach = np.concatenate([np.abs(column[:, None] - column) + np.abs(row[:, None] - row) <= far for far in (1, 2)], 1)
    use = np.where(reach, draw.uniform(1.0, 2.0, reach.shape), 0.0)
    people = draw.uniform(50.0, 150.0, len(at))
    rural = (column + row) % 2
    return Problem.of(
        demand_weight=people,
        demand_mbps=draw.uniform(5.0, 10.0, len(at)),
        target_member=(rural, at, np.ones(len(at))),
        target_min=0.8 * np.bincount(rural, people),
        option_cost=np.concatenate([draw.uniform(20.0, 30.0, len(at)), draw.uniform(40.0, 60.0, len(at))]),
        option_capacity=np.repeat([4.0, 8.0], len(at)),
        option_site=np.concatenate([at, at]),
        service_use=use,
        site_cost=draw.uniform(30.0, 60.0, len(at)),
        site_node=at,
        edge_tail=tail,
        edge_head=head,
        edge_cost=draw.uniform(5.0, 15.0, len(tail)),
        edge_capacity=np.full(len(tail), 150.0),
        roots=np.array([0]),
    )
