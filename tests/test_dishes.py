"""A pole carries so many dishes, whether rows of the problem say it or the plan is mended."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from netplan.dishes import OnProgress, mended_warning, overloaded, with_dishes, with_rows
from netplan.planner import Earlier, Problem, Solution, TracePoint, solve

HOPS = np.array([0, 1, 2, 3])


def star(**more: Any) -> Problem:
    """A pole one hop from the root, three sites one hop from the pole, and cable from each of these to the root."""
    given: dict[str, Any] = dict(
        demand_weight=np.ones(3),
        demand_mbps=[1.0, 2.0, 3.0],
        target_member=np.ones((1, 3)),
        target_min=[3.0],
        option_cost=np.zeros(3),
        option_site=[1, 2, 3],
        service_use=np.eye(3),
        site_cost=np.zeros(4),
        site_node=[1, 2, 3, 4],
        edge_tail=[0, 1, 1, 1, 0, 0, 0],
        edge_head=[1, 2, 3, 4, 2, 3, 4],
        edge_cost=[1.0, 1.0, 1.0, 1.0, 5.0, 5.0, 5.0],
        edge_site=[[0, -1], [0, 1], [0, 2], [0, 3], [-1, -1], [-1, -1], [-1, -1]],
        roots=[0],
    )
    return Problem.of(**(given | more))


def search(problem: Problem, seconds: float, earlier: Earlier | None, tell: OnProgress | None = None) -> Solution:
    return solve(problem, gap=0.0, time_limit_s=seconds, threads=1, earlier=earlier, on_progress=tell)


@pytest.mark.parametrize("exact", [0, 5000])
def test_a_pole_with_too_many_dishes_hands_one_site_to_cable(exact: int) -> None:
    free = search(star(), 10.0, None)
    assert free.objective == pytest.approx(4.0) and free.edge_built[HOPS].all()
    steps: list[TracePoint] = []
    asked, found = with_dishes(
        star(), [(HOPS, 3.0)], search, gap=0.0, time_limit_s=10.0, on_progress=steps.append, exact=exact
    )
    assert [step.seconds for step in steps] == sorted(step.seconds for step in steps)
    assert steps[-1].phase.endswith(", fewer dishes") and not steps[0].phase.endswith(", fewer dishes")
    assert len(mended_warning(star(), asked)) == (0 if exact else 1)
    assert found.objective == pytest.approx(8.0) and not overloaded(found, [(HOPS, 3.0)])
    # without rows what is proven is what is proven of the problem without limits
    assert found.bound == pytest.approx(8.0 if exact else 4.0)
    assert (found.status, found.stopped_by) == (("optimal", "gap") if exact else ("feasible", "time"))
    assert found.gap == found.stages[-1].gap == pytest.approx((8.0 - found.bound) / 8.0)
    assert asked.shape == star().shape


@pytest.mark.parametrize("exact", [0, 5000])
def test_who_asks_to_end_gets_a_mended_plan_soon(exact: int) -> None:
    given: list[float] = []

    def interrupted(problem: Problem, seconds: float, earlier: Earlier | None, tell: OnProgress | None) -> Solution:
        given.append(seconds)
        found = search(problem, seconds, earlier, tell)
        return found if len(given) > 1 else replace(found, stopped_by="interrupt")

    found = with_dishes(star(), [(HOPS, 3.0)], interrupted, gap=0.0, time_limit_s=600.0, exact=exact)[1]
    assert found.stopped_by == "interrupt" and found.objective == pytest.approx(8.0)
    assert given[0] > 400.0 and given[1:] == [5.0] * (len(given) - 1)


def test_a_plan_within_the_limits_is_left_as_it_is() -> None:
    asked, found = with_dishes(star(), [(HOPS, 4.0)], search, gap=0.0, time_limit_s=10.0, exact=0)
    assert found.status == "optimal" and found.objective == pytest.approx(4.0) and not len(asked.limit_lower)


def test_where_nothing_is_left_the_rows_decide() -> None:
    """Without cable the sites hang on the pole: two dishes are too few for any plan, and that is proven."""
    alone = star(edge_capacity=[np.inf] * 4 + [0.0] * 3)
    for exact in (0, 5000):
        asked, found = with_dishes(alone, [(HOPS, 2.0)], search, gap=0.0, time_limit_s=10.0, exact=exact)
        assert found.status == "infeasible" and len(asked.limit_lower) == 1


def test_rows_stand_behind_those_that_are_there() -> None:
    limited = star(limit_site=np.ones((1, 4)), limit_upper=[3.0])
    ruled = with_rows(limited, [(HOPS, 3.0), (HOPS[:2], 1.0)])
    assert ruled.limit_upper.tolist() == [3.0, 3.0, 1.0]
    assert ruled.limit_edge.toarray()[:, :4].tolist() == [[0.0] * 4, [1.0] * 4, [1.0, 1.0, 0.0, 0.0]]
    assert ruled.limit_site.toarray()[0].tolist() == [1.0] * 4 and not ruled.limit_site.toarray()[1:].any()
