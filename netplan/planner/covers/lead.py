"""The search for the cheapest cover: a relaxation, covers from local search, then a proof with more of it beside.

Where reduced costs leave few sets HiGHS proves it; of many sets, half-open by the hundred, it gets through a node or
two a second, each of which settles next to nothing, and branching on pairs of elements comes to the end far sooner.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from queue import SimpleQueue

import numpy as np

from netplan.planner.covers.below import solve_below
from netplan.planner.covers.branch import prove
from netplan.planner.covers.linear import CoverLP
from netplan.planner.covers.search import cheaper_cover, core_covers
from netplan.planner.covers.structure import Cover
from netplan.planner.incumbent import Search
from netplan.planner.problem import Bools, Floats, Ints

STEPS = 2000
"""steps of the local search that a first cover comes from"""
SEARCHED, SEARCHED_S = 0.05, 0.5
"""part of the time limit, and seconds, that local search may take before the proof; longer if the relaxation took so"""
FEW = 3000
"""sets that may be in a better cover, up to which HiGHS proves"""
RESTS, AT_FIRST = 2.0, 0.1
"""times as long as a local search beside the proof took that it rests after it, and part of the time without rests:
what is proven below a cover that is not the best is proven in vain"""


def search_covers(
    cover: Cover, constant: float, search: Search, threads: int, seed: int, offer: Callable[[Bools], None]
) -> str:
    """Search until the gap, the time limit or proof; returns gap | time.

    Args:
        cover: every element has a set; some set costs something. Plans cost `constant` more than their covers.
        offer: told of covers as flags (sets,), in the calling thread; gives plans of that cost to the search.
    """
    cost = np.maximum(cover.cost, 1e-9 * cover.cost.max())
    offer(cheaper_cover(cover.rows, cost, STEPS, seed))
    begun = search.seconds
    lp = CoverLP(cover, seed)
    if lp.solve(max(search.left_s, 0.1)) != "solved":
        return "time"
    search.raise_bound(min(lp.value + constant, search.objective), "relaxation")
    allowed_s = min(SEARCHED * search.time_limit_s, max(SEARCHED_S, search.seconds - begun))
    until, halt = search.seconds + allowed_s, np.zeros(1, bool)
    for found in core_covers(cover, lp.reduced, seed, halt):
        offer(found)
        if search.done or search.seconds > until:
            break
    if search.done:
        return "gap"
    left = np.flatnonzero(lp.reduced <= search.left(lp.value + constant))
    further: SimpleQueue[Bools] = SimpleQueue()
    with _beside(cover, lp.reduced, seed + 1, further, search, wanted=threads > 1):
        if len(left) > FEW:
            return prove(cover, constant, search, threads, seed, further, offer)
        return _below(cover, left, constant, search, seed, further, offer)


def _below(
    cover: Cover,
    left: Ints,
    constant: float,
    search: Search,
    seed: int,
    further: SimpleQueue[Bools],
    offer: Callable[[Bools], None],
) -> str:
    """Have HiGHS prove it among the sets left; returns gap | time."""
    ceiling = search.cutoff
    part = cover.part(left, ())
    if part is None:  # some element has no set that a better cover may have
        search.raise_bound(ceiling, "branch and bound")
        return "gap"
    answer = solve_below(part[0], ceiling - constant, time_limit_s=max(search.left_s, 0.5), seed=seed)
    if answer.point is not None:
        chosen = np.zeros(len(cover.cost), bool)
        chosen[part[1][answer.point > 0.5]] = True
        offer(chosen)
    while not further.empty():
        offer(further.get())
    search.raise_bound(min(answer.bound + constant, search.objective), "branch and bound")
    if answer.interrupted:
        raise KeyboardInterrupt
    return "gap" if search.done or answer.status == "optimal" else "time"


@contextmanager
def _beside(
    cover: Cover, reduced: Floats, seed: int, found: SimpleQueue[Bools], search: Search, *, wanted: bool
) -> Iterator[None]:
    """Local search in a thread of its own, with rests, meanwhile."""
    halt = np.zeros(1, bool)

    def work() -> None:
        begun = time.monotonic()
        for one in core_covers(cover, reduced, seed, halt):
            if halt[0]:
                return
            found.put(one)
            rests = RESTS if search.seconds > AT_FIRST * search.time_limit_s else 0.0
            rest_until = time.monotonic() + rests * (time.monotonic() - begun)
            while time.monotonic() < rest_until and not halt[0]:
                time.sleep(0.02)
            begun = time.monotonic()

    if not wanted:
        yield
        return
    with ThreadPoolExecutor(1, thread_name_prefix="covers") as pool:
        other = pool.submit(work)
        try:
            yield
        finally:
            halt[0] = True
    other.result()
