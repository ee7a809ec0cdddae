"""The planner against brute force, its own promises, and published optima."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterator
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oracle import brute_force, compact, faults
from test_planner_oracle import Random, drawn

from netplan.errors import InputError, SolverError
from netplan.planner import Problem, Solution, TracePoint, engine, lp, solve
from netplan.planner.construct import complete
from netplan.planner.greedy import greedy_options
from netplan.planner.incumbent import Search
from netplan.planner.model import build
from netplan.planner.solve import until_interrupted

INSTANCES = Path(__file__).parent / "data" / "instances"
FIXED = settings(derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
SEEDS = st.integers(0, 10**6)
FEATURES = (
    "zero costs",
    "ties",
    "sparse graph",
    "twins and loops",
    "no options",
    "no edges",
    "no sites",
    "target 0",
    "target all",
    "no target",
    "capacity",
    "edge capacity",
    "penalty",
    "must serve",
    "partial reach",
    "relays",
    "off site",
    "no backhaul",
    "limit options",
    "limit sites and edges",
    "integral",
    "use 0",
    "service cost",
    "many roots",
)


def instance(seed: int, features: set[str], budget: bool = False) -> dict[str, Any]:
    """Arrays of a tiny random problem that shows the named features; whole numbers, so that ties are real."""
    rng = np.random.default_rng(seed)
    n, m, s, e, v = (int(rng.integers(1, top + 1)) for top in ((4, 3, 3, 4, 4) if budget else (5, 4, 3, 6, 5)))
    m, s, e = (0 if f"no {w}" in features else size for w, size in (("options", m), ("sites", s), ("edges", e)))
    top = 1 if "zero costs" in features else 3 if "ties" in features else 21

    def money(*shape: int) -> np.ndarray:
        return rng.integers(0, top, shape).astype(float)

    tail, head = rng.integers(0, v, e), rng.integers(0, v, e)
    if "twins and loops" not in features and v > 1:
        head = (tail + rng.integers(1, v, e)) % v
    if "sparse graph" not in features and e >= v - 1:
        tail[: v - 1], head[: v - 1] = np.arange(v - 1), np.arange(1, v)
    given: dict[str, Any] = {
        "demand_weight": rng.integers(1, 6, n).astype(float),
        "demand_mbps": rng.integers(0, 5, n).astype(float),
        "option_cost": money(m),
        "option_site": rng.integers(-1 if "off site" in features or not s else 0, max(s, 0), m),
        "service_use": np.nonzero(rng.random((n, m)) < 0.7),
        "site_cost": money(s),
        "edge_cost": money(e),
        "site_node": rng.integers(-1 if "off site" in features else 0, v, s),
        "edge_tail": tail,
        "edge_head": head,
        "roots": rng.choice(v, 2 if "many roots" in features and v > 1 else 1, replace=False),
    }
    rows, cols = given["service_use"]
    low = 0 if "use 0" in features else 1
    given["service_use"] = (rows, cols, rng.integers(low, 4, len(rows)).astype(float))
    if "service cost" in features:
        given["service_cost"] = (rows, cols, money(len(rows)))
    if "partial reach" in features:
        given["service_max"] = (rows, cols, rng.choice([0.0, 0.25, 0.5, 1.0], len(rows)))
    if "no target" not in features:
        member = rng.random((2, n)) < 0.7
        share = 0.0 if "target 0" in features else 1.0 if "target all" in features else rng.choice([0.3, 0.5, 0.8])
        given["target_member"], given["target_min"] = member.astype(float), share * (member @ given["demand_weight"])
    if "capacity" in features:
        given["option_capacity"] = rng.choice([0.0, 2.0, 4.0, 7.0, np.inf], m)
    if "edge capacity" in features:
        given["edge_capacity"] = rng.choice([0.0, 2.0, 3.0, 5.0, np.inf], e)
    if "penalty" in features and not budget:
        given["demand_penalty"] = rng.choice([0.0, 3.0, 10.0, 40.0], n)
    if "must serve" in features:
        given["demand_penalty"] = np.where(rng.random(n) < 0.4, np.inf, given.get("demand_penalty", np.zeros(n)))
    if "integral" in features:
        given["demand_integral"] = rng.random(n) < 0.7
    if "relays" in features and s:
        given["edge_site"] = rng.integers(-1, s, (e, 2))
    if "no backhaul" in features:
        given["option_needs_backhaul"] = (rng.random(m) < 0.5) & (given["option_site"] >= 0)
    lower: list[float] = []
    upper: list[float] = []
    parts: dict[str, list[np.ndarray]] = {"limit_option": [], "limit_site": [], "limit_edge": []}
    for name, on in (("limit options", (1, 0, 0)), ("limit sites and edges", (0, 1, 1))):
        if name in features:
            for (key, size), used in zip((("limit_option", m), ("limit_site", s), ("limit_edge", e)), on, strict=True):
                parts[key].append(used * rng.integers(-1 if on[1] else 1, 2, size).astype(float))
            lower.append(float(rng.choice([-np.inf, 0.0, 1.0])))
            upper.append(float(rng.choice([1.0, 2.0, np.inf])))
    if lower:
        given |= {"limit_lower": lower, "limit_upper": upper} | {key: np.array(rows) for key, rows in parts.items()}
    if budget:
        given["budget"] = float(rng.integers(0, 40))
    return given


def checked(problem: Problem, gap: float = 1e-6, **options: Any) -> Solution:
    """The solution of `problem`, every rule of it checked."""
    solution = solve(problem, gap=gap, threads=1, **options)
    if solution.status in ("optimal", "feasible"):
        assert faults(problem, solution) == []
    return solution


def same_as_brute_force(problem: Problem, rel: float = 1e-5) -> Solution:
    expected = brute_force(problem)
    solution = checked(problem)
    if not expected.feasible:
        assert solution.status == "infeasible"
        return solution
    assert solution.status == "optimal"
    assert solution.objective == pytest.approx(expected.cost, rel=rel, abs=rel)
    assert solution.bound <= expected.cost + 1e-5 * (1 + abs(expected.cost))
    if problem.budget is not None:
        assert solution.stages[0].value == pytest.approx(expected.weight, rel=rel, abs=rel)
        assert problem.demand_weight @ solution.served.sum(axis=1) == pytest.approx(expected.weight, rel=rel, abs=rel)
    return solution


@settings(FIXED, max_examples=150)
@given(SEEDS, st.sets(st.sampled_from(FEATURES), max_size=7))
def test_least_cost_is_what_brute_force_finds(seed: int, features: set[str]) -> None:
    same_as_brute_force(Problem.of(**instance(seed, features)))


@pytest.mark.parametrize("feature", FEATURES)
def test_each_feature_alone_and_with_capacities(feature: str) -> None:
    for seed in range(3):
        same_as_brute_force(Problem.of(**instance(seed, {feature})))
        same_as_brute_force(Problem.of(**instance(seed, {feature, "capacity", "edge capacity", "service cost"})))


@settings(FIXED, max_examples=40)
@given(SEEDS, st.sets(st.sampled_from(FEATURES), max_size=5))
def test_budget_serves_the_most_then_costs_the_least(seed: int, features: set[str]) -> None:
    same_as_brute_force(Problem.of(**instance(seed, features, budget=True)), rel=1e-4)


@pytest.mark.parametrize("dear", [1e5, 1e7, 1e9])
def test_a_budget_is_kept_beside_what_is_far_too_dear_for_it(dear: float) -> None:
    cost, budget = [6.0, 5.0, dear], 10.95
    solution = same_as_brute_force(
        Problem.of(demand_weight=[4.0, 3.0, 5.0], option_cost=cost, service_use=np.eye(3), budget=budget)
    )
    assert solution.objective == pytest.approx(6.0)
    site = dict(site_cost=[0.0, 0.0, dear], option_site=[0, 1, 2], option_needs_backhaul=np.zeros(3, bool))
    same_as_brute_force(
        Problem.of(
            demand_weight=[4.0, 3.0, 5.0], option_cost=[6.0, 5.0, 1.0], service_use=np.eye(3), budget=budget, **site
        )
    )


@settings(FIXED, max_examples=15)
@given(SEEDS)
def test_more_budget_never_serves_less(seed: int) -> None:
    arrays = instance(seed, {"no target", "capacity", "service cost"}, budget=True)
    served = [solve(Problem.of(**arrays | {"budget": b}), gap=1e-6).stages[0].value for b in (0.0, 8.0, 20.0, 60.0)]
    assert all(more >= less - 1e-5 for less, more in pairwise(served))


@settings(FIXED, max_examples=25)
@given(SEEDS, st.sets(st.sampled_from(("capacity", "edge capacity", "penalty", "relays", "integral")), max_size=4))
def test_one_more_option_never_costs_more(seed: int, features: set[str]) -> None:
    arrays = instance(seed, features | {"service cost"})
    problem = Problem.of(**arrays)
    with_all = checked(problem).objective
    shut = np.where(np.arange(problem.shape[1]) == problem.shape[1] - 1, 0.0, problem.option_capacity)
    use = problem.service_use.copy()
    use.data = np.maximum(use.data, 1.0)
    without = checked(Problem.of(**arrays | {"option_capacity": shut, "service_use": use}))
    assert with_all <= without.objective + 1e-5 * (1 + abs(with_all))


@settings(FIXED, max_examples=25)
@given(SEEDS, st.sets(st.sampled_from(FEATURES), max_size=5))
def test_order_of_rows_does_not_matter(seed: int, features: set[str]) -> None:
    p = Problem.of(**instance(seed, features))
    n, m, s, e = p.shape
    rng = np.random.default_rng(seed)
    i, j, k, d, q = (rng.permutation(size) for size in (n, m, s, e, p.nodes))
    new_site = np.append(np.argsort(k), -1)
    renamed = np.append(q, -1)
    shuffled = Problem.of(
        demand_weight=p.demand_weight[i],
        demand_mbps=p.demand_mbps[i],
        demand_penalty=p.demand_penalty[i],
        demand_integral=p.demand_integral[i],
        target_member=p.target_member.toarray()[:, i],
        target_min=p.target_min,
        option_cost=p.option_cost[j],
        option_capacity=p.option_capacity[j],
        option_site=new_site[p.option_site[j]],
        option_needs_backhaul=p.option_needs_backhaul[j],
        service_use=p.service_use[i][:, j],
        service_cost=p.service_cost[i][:, j],
        service_max=p.service_max[i][:, j],
        site_cost=p.site_cost[k],
        site_node=renamed[p.site_node[k]],
        edge_tail=renamed[p.edge_head[d]],
        edge_head=renamed[p.edge_tail[d]],
        edge_cost=p.edge_cost[d],
        edge_capacity=p.edge_capacity[d],
        edge_site=new_site[p.edge_site[d]],
        roots=renamed[p.roots],
        limit_option=p.limit_option.toarray()[:, j],
        limit_site=p.limit_site.toarray()[:, k],
        limit_edge=p.limit_edge.toarray()[:, d],
        limit_lower=p.limit_lower,
        limit_upper=p.limit_upper,
    )
    first, second = checked(p), checked(shuffled)
    assert first.status == second.status
    assert first.objective == pytest.approx(second.objective, rel=1e-6, abs=1e-6)


@settings(FIXED, max_examples=15)
@given(SEEDS, st.sets(st.sampled_from(FEATURES), max_size=5))
def test_same_seed_gives_the_same_plan_and_files_lose_nothing(
    tmp_path_factory: pytest.TempPathFactory, seed: int, features: set[str]
) -> None:
    problem = Problem.of(**instance(seed, features, budget=bool(seed % 2)))
    path = tmp_path_factory.mktemp("p") / "problem.npz"
    problem.save(path)
    again = Problem.load(path)
    for name, value in vars(problem).items():
        other = getattr(again, name)
        if hasattr(value, "tocoo"):
            assert value.nnz == other.nnz and value.shape == other.shape, name
            value, other = value.toarray(), other.toarray()
        np.testing.assert_array_equal(value, other, err_msg=name)
    one, two = solve(problem, seed=7), solve(again, seed=7)
    assert one.objective == two.objective and one.status == two.status
    for name in ("option_open", "site_open", "edge_built", "edge_flow"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))
    assert (one.served != two.served).nnz == 0


@settings(FIXED, max_examples=20)
@given(SEEDS, st.sets(st.sampled_from(FEATURES), max_size=5))
def test_progress_only_improves(seed: int, features: set[str]) -> None:
    told: list[TracePoint] = []
    solution = checked(Problem.of(**instance(seed, features)), on_progress=told.append)
    if solution.status == "infeasible":
        return
    assert tuple(told) == solution.trace and told
    for before, after in pairwise(told):
        assert after.seconds >= before.seconds
        assert after.objective <= before.objective
        assert after.bound >= before.bound
    assert all(step.bound <= solution.objective + 1e-6 * (1 + abs(solution.objective)) for step in told)
    assert told[-1].objective == solution.objective >= solution.bound
    assert told[-1].bound == pytest.approx(solution.bound, rel=1e-9, abs=1e-9)


@settings(FIXED, max_examples=20)
@given(SEEDS, st.sets(st.sampled_from(FEATURES), max_size=5))
def test_progress_within_a_budget_tells_of_both_stages(seed: int, features: set[str]) -> None:
    told: list[TracePoint] = []
    solution = checked(Problem.of(**instance(seed, features, budget=True)), on_progress=told.append)
    if solution.status == "infeasible":
        return
    assert tuple(told) == solution.trace
    assert all(before.seconds <= after.seconds <= solution.seconds for before, after in pairwise(told))
    parts = [[step for step in told if step.stage == stage] for stage in ("weight served", "cost")]
    assert parts[0] + parts[1] == told and all(parts)
    for stage, steps in zip(solution.stages, parts, strict=True):
        assert steps[-1].objective == stage.value and steps[-1].bound == pytest.approx(stage.bound, rel=1e-9, abs=1e-9)
        assert (stage.bound >= stage.value) if stage.objective == "weight served" else (stage.bound <= stage.value)
    assert all(before.objective <= after.objective for before, after in pairwise(parts[0]))
    assert all(before.bound >= after.bound for before, after in pairwise(parts[0]))


def test_a_solver_that_fails_leaves_the_plan_in_hand() -> None:
    def work() -> str:
        raise SolverError("HiGHS stopped with Unknown")

    model = build(Problem.of(**base()))
    search = Search(model, 0.0, 10.0, None)
    with pytest.raises(SolverError):
        until_interrupted(search, work)
    plan = complete(model, np.ones(2, bool))
    assert until_interrupted(search, work, [(plan, "first plan")]) == "failure"
    assert search.point is plan and "Unknown" in search.trace[-1].phase


def test_a_plan_that_a_failure_left_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> str:
        raise SolverError("HiGHS stopped with Unknown")

    monkeypatch.setattr(sys.modules["netplan.planner.solve"], "optimise", fails)
    kept = solve(Problem.of(**base()), gap=0.0)
    assert kept.stopped_by == "failure" and kept.status == "feasible" and np.isfinite(kept.objective)


def test_the_first_plan_serves_who_must_be_served() -> None:
    """One option is enough for the target; who must be served takes two others, of which either costs alike."""
    use = np.array([[1, 0, 0, 0], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 1]], float)
    must = dict(demand_weight=np.ones(4), demand_penalty=[0.0, 0.0, np.inf, np.inf], option_cost=[1.0, 5.0, 2.0, 3.0])
    for asked in (dict(target_member=np.ones((1, 4)), target_min=[2.0]), dict[str, Any]()):
        model = build(Problem.of(**must, **asked, option_capacity=np.full(4, 9.0), service_use=use))
        opened = greedy_options(model)
        assert opened[1:].tolist() == [True, True, False]
        assert complete(model, opened) is not None


def test_interrupted_while_first_plans_are_made_the_one_in_hand_is_kept() -> None:
    def starts() -> Iterator[tuple[np.ndarray | None, str]]:
        yield None, "no plan"
        yield plan, "first plan"
        raise KeyboardInterrupt

    model = build(Problem.of(**base()))
    plan = complete(model, np.ones(2, bool))
    search = Search(model, 0.0, 10.0, None)
    assert until_interrupted(search, lambda: "gap", starts()) == "interrupt"
    assert search.point is plan


@settings(FIXED, max_examples=30)
@given(SEEDS, st.sets(st.sampled_from(FEATURES), max_size=5), st.sampled_from([1e-9, 1e-4, 1e5]))
def test_the_unit_of_people_does_not_matter(seed: int, features: set[str], times: float) -> None:
    given = instance(seed, features)
    other = {name: given[name] * times for name in ("demand_weight", "target_min") if name in given}
    one, two = same_as_brute_force(Problem.of(**given)), checked(Problem.of(**given | other))
    assert one.status == two.status
    if one.status == "optimal":
        assert two.objective == pytest.approx(one.objective, rel=1e-6, abs=1e-6)


def base(**changes: Any) -> dict[str, Any]:
    """Two demands, two options on two sites, a line of two links from the root: 0 – 1 – 2."""
    return {
        "demand_weight": [10.0, 5.0],
        "demand_mbps": [4.0, 2.0],
        "target_member": [[1.0, 1.0]],
        "target_min": [15.0],
        "option_cost": [3.0, 2.0],
        "option_site": [0, 1],
        "service_use": [[1.0, 0.0], [0.0, 1.0]],
        "site_cost": [5.0, 7.0],
        "site_node": [1, 2],
        "edge_tail": [0, 1],
        "edge_head": [1, 2],
        "edge_cost": [11.0, 13.0],
        "roots": [0],
    } | changes


def test_a_plan_added_up_by_hand() -> None:
    solution = checked(Problem.of(**base()))
    assert solution.objective == pytest.approx(3 + 2 + 5 + 7 + 11 + 13)
    assert np.abs(solution.edge_flow).tolist() == pytest.approx([6.0, 2.0])
    assert solution.edge_flow[0] < 0  # traffic runs from the head to the root at the tail


def test_an_idle_but_open_site_is_joined_all_the_same() -> None:
    """Traffic of zero does not excuse a site from the network."""
    assert checked(Problem.of(**base(demand_mbps=[0.0, 0.0]))).objective == pytest.approx(41)


def test_a_link_that_cannot_carry_the_traffic_needs_its_twin() -> None:
    twin = {"edge_tail": [0, 1, 0], "edge_head": [1, 2, 1], "edge_cost": [11.0, 13.0, 4.0]}
    assert checked(Problem.of(**base(**twin))).objective == pytest.approx(34)
    assert checked(Problem.of(**base(**twin, edge_capacity=[5.0, 5.0, 5.0]))).objective == pytest.approx(45)
    assert checked(Problem.of(**base(**twin, edge_capacity=[2.0, 5.0, 3.0]))).status == "infeasible"


def test_a_relay_is_paid_for() -> None:
    relay = base(site_cost=[5.0, 7.0, 100.0], site_node=[1, 2, -1], edge_site=[[-1, 2], [0, 1]])
    assert checked(Problem.of(**relay)).objective == pytest.approx(141)


def test_a_free_ring_does_not_stand_in_for_the_road_to_the_root() -> None:
    """A triangle of free links would close on itself; the links to the root cost 10 and 12."""
    ring = {"edge_tail": [1, 2, 3, 0, 0], "edge_head": [2, 3, 1, 1, 3]}
    problem = Problem.of(**base(**ring, edge_cost=[0.0, 0.0, 0.0, 10.0, 12.0]))
    assert checked(problem).objective == pytest.approx(brute_force(problem).cost)
    assert checked(problem).objective == pytest.approx(27)


def test_unreachable_target_says_how_much_is_missing_and_who() -> None:
    cut = Problem.of(**base(edge_tail=[0, 2], edge_head=[1, 2]))
    solution = solve(cut)
    assert (solution.status, solution.stopped_by) == ("infeasible", "infeasible")
    assert solution.shortfall == pytest.approx([5.0])
    assert solution.unreachable.tolist() == [False, True]
    assert np.isnan(solution.gap) and not solution.option_open.any()
    small = solve(Problem.of(**base(option_capacity=[0.4, np.inf])))
    assert small.status == "infeasible" and small.shortfall == pytest.approx([6.0])
    assert not small.unreachable.any()


def test_nothing_to_plan_costs_nothing() -> None:
    for arrays in ({}, {"roots": [0]}, {"demand_weight": [1.0]}, {"demand_weight": [1.0], "budget": 5.0}):
        solution = checked(Problem.of(**arrays))
        assert (solution.status, solution.objective) == ("optimal", 0.0)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("option_cost", [-1.0, 2.0]),
        ("edge_cost", [np.nan, 1.0]),
        ("site_cost", [np.inf, 1.0]),
        ("demand_weight", [1.0, np.nan]),
        ("demand_penalty", [-1.0, 0.0]),
        ("demand_mbps", [1.0]),
        ("option_site", [0, 2]),
        ("option_site", [0, -2]),
        ("edge_site", [[0, 9], [0, 0]]),
        ("edge_site", [0, 1]),
        ("edge_tail", [-1, 0]),
        ("edge_head", [1]),
        ("site_node", [-2, 0]),
        ("service_use", np.ones((2, 3))),
        ("service_use", [[-1.0, 0.0], [0.0, 1.0]]),
        ("service_use", ([0], [5], [1.0])),
        ("service_max", [[2.0, 0.0], [0.0, 1.0]]),
        ("service_cost", [[np.nan, 0.0], [0.0, 1.0]]),
        ("target_min", [np.nan]),
        ("target_member", np.ones((2, 2))),
        ("option_capacity", [-1.0, 1.0]),
        ("edge_capacity", [np.nan, 1.0]),
        ("option_needs_backhaul", [True]),
        ("demand_integral", [True]),
        ("roots", [-1]),
        ("budget", -1.0),
        ("budget", np.nan),
        ("limit_option", np.ones((1, 2))),
        ("colour", [1]),
    ],
)
def test_a_wrong_array_is_named(name: str, value: Any) -> None:
    with pytest.raises(InputError) as caught:
        Problem.of(**base(**{name: value}))
    assert {fault.place for fault in caught.value.faults} == {name}


def test_all_wrong_arrays_are_named_at_once() -> None:
    with pytest.raises(InputError) as caught:
        Problem.of(**base(option_cost=[-1.0, 2.0], edge_cost=[np.nan, 1.0], roots=[-3]))
    assert {fault.place for fault in caught.value.faults} == {"option_cost", "edge_cost", "roots"}


def district(seed: int, *, links: float, integral: bool = False) -> Problem:
    """A made-up district: 20 demands on a plane, two options at each of 7 masts, links to the near ones.

    `links` scales the capacity of the links.
    """
    rng = np.random.default_rng(seed)
    people, masts = rng.random((20, 2)), rng.random((7, 2))
    site = np.repeat(np.arange(7), 2)
    far = np.hypot(*(people[:, None] - masts[site][None]).transpose(2, 0, 1))
    seen = far < np.where(np.arange(14) % 2, 0.5, 0.35)
    apart = np.hypot(*(masts[:, None] - masts[None]).transpose(2, 0, 1))
    tail, head = np.nonzero(np.triu(apart < np.partition(apart, 3, axis=1)[:, 3:4], 1))
    reach = seen.any(axis=1)
    return Problem.of(
        demand_weight=rng.integers(1, 50, 20),
        demand_mbps=rng.integers(1, 9, 20),
        demand_integral=np.full(20, integral),
        target_member=[reach],
        target_min=[10.0 * reach.sum()],
        option_cost=np.tile([20.0, 45.0], 7),
        option_capacity=np.tile([25.0, 40.0], 7),
        option_site=site,
        service_use=seen * rng.integers(1, 6, far.shape),
        service_cost=seen * rng.integers(0, 4, far.shape),
        site_cost=rng.integers(10, 40, 7),
        site_node=np.arange(7),
        edge_tail=np.append(tail, np.arange(7)),
        edge_head=np.append(head, np.full(7, 7)),
        edge_cost=np.append(apart[tail, head] * 100, rng.integers(30, 200, 7)),
        roots=[7],
        edge_capacity=np.append(np.full(len(tail), links), rng.choice([links, 2 * links], 7)),
        edge_site=np.append(np.column_stack([tail, head]), np.full((7, 2), -1), axis=0),
    )


@pytest.mark.parametrize("links", [20.0, 60.0, np.inf])
@pytest.mark.parametrize("integral", [False, True])
@pytest.mark.parametrize("seed", [1, 2])
def test_a_district_costs_what_one_integer_program_says(seed: int, links: float, integral: bool) -> None:
    problem = district(seed, links=links, integral=integral)
    solution = checked(problem, gap=1e-6, time_limit_s=30)
    expected = compact(problem)
    assert np.isfinite(expected) and solution.edge_built.any()
    assert solution.objective == pytest.approx(expected, rel=1e-5)


def knapsack_like(seed: int, n: int = 60, m: int = 40) -> Problem:
    """A covering problem of a size that does not end in a blink."""
    rng = np.random.default_rng(seed)
    return Problem.of(
        demand_weight=rng.integers(1, 100, n),
        demand_mbps=np.ones(n),
        target_member=np.ones((1, n)),
        target_min=[40.0 * n],
        option_cost=rng.integers(20, 60, m),
        option_capacity=np.full(m, 5.0),
        service_use=(rng.random((n, m)) < 0.15) * rng.integers(1, 4, (n, m)),
        demand_integral=np.ones(n, bool),
    )


@pytest.mark.parametrize("limit", [0.0, 0.2, 1.0])
def test_a_time_limit_is_kept_and_claims_no_proof(limit: float) -> None:
    for problem in (knapsack_like(1), Problem.of(**base())):
        solution = checked(problem, gap=0.0, time_limit_s=limit)
        assert solution.seconds < limit + 6
        if solution.status == "none":
            assert not solution.option_open.any() and solution.stopped_by == "time"
        elif solution.status == "optimal":
            assert solution.bound >= solution.objective - 1e-3 * abs(solution.objective)
        else:
            assert solution.status == "feasible" and solution.bound < solution.objective


def covering(cost: np.ndarray, covers: np.ndarray, **more: Any) -> Problem:
    """Set covering: every demand must be served, options need no site."""
    return Problem.of(
        demand_weight=np.ones(len(covers)),
        demand_penalty=np.full(len(covers), np.inf),
        option_cost=cost,
        service_use=covers.astype(float),
        **more,
    )


def test_set_covering() -> None:
    rng = np.random.default_rng(5)
    covers, cost = rng.random((15, 10)) < 0.3, rng.integers(1, 20, 10).astype(float)
    covers[np.arange(15), rng.integers(0, 10, 15)] = True
    sets = [list(some) for size in range(11) for some in combinations(range(10), size)]
    best = min(cost[some].sum() for some in sets if covers[:, some].any(axis=1).all())
    assert checked(covering(cost, covers)).objective == pytest.approx(best)


def test_p_median_with_a_limit_row() -> None:
    rng = np.random.default_rng(8)
    where = rng.random((12, 2))
    far = np.hypot(*(where[:, None] - where[None]).transpose(2, 0, 1)) * 100
    best = min(far[:, list(some)].min(axis=1).sum() for some in combinations(range(12), 3))
    median = covering(np.zeros(12), np.ones((12, 12)), service_cost=far, limit_option=np.ones((1, 12)), limit_upper=[3])
    assert checked(median).objective == pytest.approx(best)


def test_costs_of_serving_whom_nobody_reaches() -> None:
    problem = Problem.of(
        demand_weight=np.ones(2), demand_penalty=[3.0, 4.0], option_cost=[1.0], service_use=np.zeros((2, 1)),
        service_cost=np.ones((2, 1)),
    )  # fmt: skip
    assert checked(problem).objective == pytest.approx(7.0)


def steiner(tail: np.ndarray, head: np.ndarray, cost: np.ndarray, terminals: np.ndarray) -> Problem:
    """Steiner tree: the first terminal is the root, each other one a must-serve demand with a free option on it."""
    count = len(terminals) - 1
    return Problem.of(
        demand_weight=np.ones(count),
        demand_penalty=np.full(count, np.inf),
        option_cost=np.zeros(count),
        option_site=np.arange(count),
        service_use=np.eye(count),
        site_cost=np.zeros(count),
        site_node=terminals[1:],
        edge_tail=tail,
        edge_head=head,
        edge_cost=cost,
        roots=terminals[:1],
    )


def tree_cost(nodes: set[int], edges: list[tuple[float, int, int]]) -> float:
    """Cheapest spanning tree of the graph on `nodes` (inf if it falls apart)."""
    part = {node: node for node in nodes}
    total, left = 0.0, len(nodes) - 1
    for cost, u, v in sorted(edges):
        if u in nodes and v in nodes and part[u] != part[v]:
            old, new = part[u], part[v]
            part = {node: new if name == old else name for node, name in part.items()}
            total, left = total + cost, left - 1
    return total if not left else float("inf")


@pytest.mark.parametrize("seed", range(4))
def test_steiner_tree(seed: int) -> None:
    """Best spanning tree over every choice of Steiner nodes."""
    rng = np.random.default_rng(seed)
    tail, head = np.triu_indices(11, 1)
    keep = rng.random(len(tail)) < 0.5
    tail, head = tail[keep], head[keep]
    cost = rng.integers(1, 30, len(tail)).astype(float)
    edges = list(zip(cost.tolist(), tail.tolist(), head.tolist(), strict=True))
    spare = [set(some) for size in range(7) for some in combinations(range(5, 11), size)]
    best = min(tree_cost({0, 1, 2, 3, 4} | some, edges) for some in spare)
    assert checked(steiner(tail, head, cost, np.arange(5))).objective == pytest.approx(best)


def read_stp(path: Path) -> Problem:
    lines = [line.split() for line in path.read_text().splitlines()]
    edges = np.array([line[1:] for line in lines if len(line) == 4 and line[0] == "E"], float)
    terminals = np.array([int(line[1]) for line in lines if len(line) == 2 and line[0] == "T"])
    return steiner(edges[:, 0].astype(int) - 1, edges[:, 1].astype(int) - 1, edges[:, 2], terminals - 1)


def read_cap(path: Path, capacitated: bool) -> Problem:
    numbers = np.array(path.read_text().split(), float)
    m, n = int(numbers[0]), int(numbers[1])
    sites, rest = numbers[2 : 2 + 2 * m].reshape(m, 2), numbers[2 + 2 * m :].reshape(n, m + 1)
    use = np.repeat(rest[:, :1], m, axis=1)
    capacity = {"option_capacity": sites[:, 0]} if capacitated else {}
    return Problem.of(
        demand_weight=np.ones(n),
        demand_penalty=np.full(n, np.inf),
        option_cost=sites[:, 1],
        service_use=use,
        service_cost=rest[:, 1:],
        **capacity,
    )


@pytest.mark.parametrize(("name", "optimum"), [("b01", 82), ("b02", 83), ("b05", 61)])
def test_published_steiner_trees(name: str, optimum: float) -> None:
    assert checked(read_stp(INSTANCES / f"{name}.stp"), time_limit_s=20).objective == pytest.approx(optimum)


@pytest.mark.parametrize("capacitated", [True, False])
def test_published_facility_location(capacitated: bool) -> None:
    solution = checked(read_cap(INSTANCES / "cap71.txt", capacitated), time_limit_s=20)
    assert solution.objective == pytest.approx(932615.75, rel=1e-6)


def test_optimal_is_not_said_while_more_might_be_served() -> None:
    """Twelve free options: their cost is proven at once, how many they serve at most is not within two seconds."""
    r = np.random.default_rng(0)
    apart = np.linalg.norm(r.uniform(0, 1, (150, 1, 2)) - r.uniform(0, 1, (1, 60, 2)), axis=2)
    problem = Problem.of(
        demand_weight=r.uniform(1, 10, 150),
        demand_integral=np.ones(150, bool),
        option_cost=np.zeros(60),
        option_capacity=np.full(60, 7.0),
        service_use=np.where(apart < 0.3, r.uniform(1, 3, apart.shape), 0.0),
        budget=0.0,
        limit_option=np.ones((1, 60)),
        limit_lower=[-np.inf],
        limit_upper=[12.0],
    )
    solution = solve(problem, gap=0.0, time_limit_s=2.0, threads=1)
    assert solution.stages[0].gap > 1e-3 and solution.gap == 0.0
    assert (solution.status, solution.stopped_by) == ("feasible", "time")


@pytest.mark.parametrize("times", [1e4, 1e7, 1e8, 1e10])
def test_large_sums_of_money_are_no_trouble(times: float) -> None:
    """HiGHS gives up on costs of 1e9, which a plan in francs or pesos has."""
    for seed in range(300360, 300372):
        problem = drawn(Random(seed), False, False)
        money = ("option_cost", "site_cost", "edge_cost", "service_cost", "demand_penalty")
        dear = dataclasses.replace(problem, **{name: getattr(problem, name) * times for name in money})
        cheap, found = (solve(each, gap=0.0, threads=1, time_limit_s=20.0) for each in (problem, dear))
        assert found.status == cheap.status
        if cheap.status == "optimal":
            assert found.objective == pytest.approx(cheap.objective * times, rel=1e-6)


def test_an_interior_bound_is_safe_where_a_large_penalty_all_but_cancels_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The relaxation costs 10 − 1e6 + 1e6: what the solver is unsure of is a part of a million, not of ten."""
    monkeypatch.setattr(lp, "LARGE", 0)
    monkeypatch.setattr(engine, "SMALL", 0)
    hops = [[0, 3], [2, 0], [1, 0], [2, 0], [-1, 0], [0, 2], [-1, 3], [0, 1], [2, 3]]
    rules = [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 5, 5, 5], [1, 2, 3, 4, 4, 5, 6, 7, 7, 8, 2, 3, 4, 6, 8]
    problem = Problem.of(
        demand_weight=[1.0],
        demand_mbps=[2.0],
        demand_penalty=[1e6],
        option_cost=[10.0, 10.0],
        option_capacity=[8.0, 3.0],
        option_site=[1, 0],
        option_needs_backhaul=[True, False],
        service_use=([0, 0], [0, 1], [1.0, 2.0]),
        site_cost=np.zeros(4),
        site_node=[2, 0, 1, 0],
        edge_tail=[1, 2, 2, 0, 0, 2, 3, 3, 3],
        edge_head=[1, 2, 2, 2, 2, 0, 2, 2, 2],
        edge_cost=[0.001, 0.001, 0.001, 1.0, 0.5, 0.3, 1.0, 1.0, 0.5],
        edge_capacity=[1.0, 5.0, 5.0, 5.0, 20.0, 20.0, np.inf, np.inf, np.inf],
        edge_site=hops,
        roots=[1],
        limit_edge=(*rules, [1.0, -1.0, 1.0, -1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]),
        limit_lower=[0.0, 0.0, -np.inf, -np.inf, -np.inf, -np.inf],
        limit_upper=[np.inf, np.inf, 0.0, 0.0, 0.0, 3.0],
    )
    solution = solve(problem, gap=0.0, time_limit_s=10.0, threads=1, seed=2)
    assert solution.objective == pytest.approx(10.0)
    assert len(solution.trace) > 2
    assert all(step.bound <= 10.0 + 1e-9 for step in solution.trace)
