"""The benchmark's small cases, solved and checked; and its own parts: readers, checker, other methods, verdicts."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from benchmarks.__main__ import main
from benchmarks.baselines import prune, suits, tree_first, waves
from benchmarks.case import Case, Drawn, Outcome
from benchmarks.compact import allocate, build
from benchmarks.confl import compose
from benchmarks.feasibility import faults
from benchmarks.filling import Filling
from benchmarks.measure import measure, methods
from benchmarks.readers_location import read_holmberg, read_pmed, read_rail, read_scp
from benchmarks.readers_steiner import prize_collecting, read_stp, steiner
from benchmarks.ready import compile_all
from benchmarks.registry import HERE, SMOKE, cases, choose
from benchmarks.solvers import solve_compact
from benchmarks.spopt_tool import serve_from
from benchmarks.synthetic import arrays, district
from benchmarks.verdict import verdict
from scipy import sparse

from netplan.planner import Problem, solve

SMALL = choose(cases(), smoke=True)


@pytest.fixture(scope="module")
def compiled() -> None:
    """The planner's kernels are compiled before its time is limited."""
    compile_all()


@pytest.mark.parametrize("case", SMALL, ids=lambda case: f"{case.family}:{case.name}")
def test_small_cases(case: Case, compiled: None) -> None:
    """Feasible; no bound above the published optimum, no plan below it; equal where the engine proves its plan."""
    row = measure(case, "netplan", time_limit_s=8.0, gap=None, threads=1, seed=0)
    assert row.faults == () and row.status in ("optimal", "feasible")
    assert row.found is not None and row.bound is not None
    sign = -1.0 if row.maximise else 1.0
    assert sign * (row.bound - row.found) <= 1e-6 * abs(row.found)
    if case.published is not None:
        assert row.bound <= case.published * (1 + 1e-6)
        assert row.found >= case.published * (1 - 1e-6)
        if row.status == "optimal":
            assert row.found == pytest.approx(case.published, rel=1e-6 if row.gap == 0 else 1e-4)
    assert not verdict(row).startswith("WRONG")


def test_the_smoke_set_names_cases_that_exist() -> None:
    named = {(family, name) for family, names in SMOKE.items() for name in names}
    assert {(case.family, case.name) for case in SMALL} == named
    assert len(cases()) > len(SMALL)


def test_the_command_runs_a_case_in_its_own_process(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = tmp_path / "table.csv"
    assert main(["--smoke", "--instance", "b01", "--time-limit", "5", "--threads", "1", "--csv", str(table)]) == 0
    assert "ok, proven" in capsys.readouterr().out
    assert len(table.read_text().splitlines()) == 2
    assert main(["--family", "nothing of the kind"]) == 2


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


STP = """33D32945 STP File, STP Format Version 1.0
SECTION Graph
Nodes 4
Edges 3
E 1 2 5
E 2 3 2
E 3 4 9.5
END
SECTION Terminals
Terminals {count}
{lines}
END
EOF
"""


def test_steiner_tree_file(tmp_path: Path) -> None:
    path = written(tmp_path, "a.stp", STP.format(count=2, lines="T 3\nT 1"))
    problem = steiner(read_stp(path))
    assert problem.roots.tolist() == [2] and problem.site_node.tolist() == [0]
    assert solve(problem).objective == pytest.approx(7)


def test_rooted_prize_collecting_file(tmp_path: Path) -> None:
    """Node 3 is worth its way of 7; node 4 is not; the root's own prize is collected whatever happens."""
    lines = "RootP 1\nTP 1 100\nTP 3 8\nTP 4 9"
    problem = prize_collecting(read_stp(written(tmp_path, "a.stp", STP.format(count=3, lines=lines))))
    assert solve(problem, gap=1e-6).objective == pytest.approx(7 + 9)


@pytest.mark.parametrize(("prizes", "least"), [((8, 8), 7), ((8, 3), 3), ((0, 0), 0), ((1, 0), 0)])
def test_unrooted_prize_collecting_takes_the_best_root(tmp_path: Path, prizes: tuple[int, int], least: float) -> None:
    lines = f"TP 1 {prizes[0]}\nTP 3 {prizes[1]}"
    problem = prize_collecting(read_stp(written(tmp_path, "a.stp", STP.format(count=2, lines=lines))))
    assert solve(problem, gap=1e-6).objective == pytest.approx(least)


@pytest.mark.parametrize("text", ["no magic number", STP.format(count=0, lines="").replace("Edges 3", "Edges 4")])
def test_a_broken_file_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ValueError, match=r"a\.stp"):
        read_stp(written(tmp_path, "a.stp", text))


def test_covering_files_agree(tmp_path: Path) -> None:
    """Two rows, three columns: column 1 covers row 1, column 2 row 2, column 3 both."""
    by_row = read_scp(written(tmp_path, "scp.txt", "2 3\n4 5 8\n2\n1 3\n2\n2 3\n"))
    by_column = read_rail(written(tmp_path, "rail.txt", "2 3\n4 1 1\n5 1 2\n8 2 1 2\n"))
    assert (by_row.service_use != by_column.service_use).nnz == 0
    assert by_row.option_cost.tolist() == by_column.option_cost.tolist() == [4, 5, 8]
    assert solve(by_row, gap=1e-6).objective == pytest.approx(8)


def test_single_source_file(tmp_path: Path) -> None:
    """Two plants of room 5 and two customers of demand 3: neither plant holds both."""
    text = "2 2\n5 10\n5 20\n3 3\n1 2\n3 4\n"
    problem = read_holmberg(written(tmp_path, "p.txt", text))
    assert solve(problem, gap=1e-6).objective == pytest.approx(10 + 20 + 1 + 4)
    assert problem.demand_integral.all()


def test_p_median_file_last_entry_of_an_edge_counts(tmp_path: Path) -> None:
    problem = read_pmed(written(tmp_path, "p.txt", "3 3 1\n1 2 9\n2 3 4\n2 1 1\n"))
    assert problem.service_cost.toarray().tolist() == [[0, 1, 5], [1, 0, 4], [5, 4, 0]]
    assert solve(problem, gap=1e-6).objective == pytest.approx(5)


def test_districts_are_of_the_size_they_say() -> None:
    made = arrays("S", 0)
    assert [len(made[name]) for name in ("demand_weight", "option_cost", "site_cost", "edge_cost")] == [
        800, 240, 80, 1914,
    ]  # fmt: skip
    assert len(made["service_use"][0]) == 19_542
    again = arrays("S", 0)
    assert all(np.array_equal(made[name], again[name]) for name in ("edge_cost", "demand_weight", "target_min"))


def test_connected_facility_location_keeps_both_halves() -> None:
    problem = compose(HERE / "cap71.txt", HERE / "c01.stp")
    assert problem.shape == (50, 16, 16, 625)
    assert problem.site_node.tolist() == list(range(16)) and len(problem.roots) == 1


@dataclass
class Bent:
    """A plan to be bent out of shape."""

    option_open: Any
    served: Any
    site_open: Any
    edge_built: Any
    edge_flow: Any
    objective: float


def straight() -> tuple[Problem, Bent]:
    """Two demands and options on two sites, a line of links to the root, everything opened: 3+2 + 5+7 + 11+13 + 1."""
    problem = Problem.of(
        demand_weight=[10.0, 5.0],
        demand_mbps=[4.0, 2.0],
        demand_penalty=[np.inf, 6.0],
        demand_integral=[True, False],
        target_member=[[1.0, 1.0]],
        target_min=[15.0],
        option_cost=[3.0, 2.0],
        option_capacity=[1.0, np.inf],
        option_site=[0, 1],
        service_use=[[1.0, 0.0], [0.0, 1.0]],
        service_cost=[[1.0, 0.0], [0.0, 0.0]],
        site_cost=[5.0, 7.0],
        site_node=[1, 2],
        edge_tail=[0, 1],
        edge_head=[1, 2],
        edge_cost=[11.0, 13.0],
        edge_capacity=[6.0, 2.0],
        edge_site=[[0, -1], [-1, -1]],
        roots=[0],
        limit_option=[[1.0, 1.0]],
        limit_upper=[2.0],
    )
    yes = np.ones(2, bool)
    flow = np.array([-6.0, -2.0])
    return problem, Bent(yes, sparse.csr_array(np.eye(2)), yes.copy(), yes.copy(), flow, 42.0)


def test_the_checker_passes_a_good_plan() -> None:
    assert faults(*straight()) == []


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"objective": 41.0}, "adds up"),
        ({"option_open": np.array([True, False])}, "not open"),
        ({"site_open": np.array([True, False])}, "site of an open option"),
        ({"site_open": np.array([False, True])}, "built edge needs"),
        ({"edge_built": np.array([True, False])}, "not joined"),
        ({"edge_built": np.array([False, True])}, "not built"),
        ({"edge_flow": np.array([-6.0, 2.0])}, "lost or made"),
        ({"edge_flow": np.array([-6.0, -1.0])}, "lost or made"),
        ({"edge_flow": np.array([np.nan, -2.0])}, "NaN"),
        ({"served": sparse.csr_array([[0.5, 0.0], [0.0, 1.0]])}, "must be served"),
        ({"served": sparse.csr_array([[0.5, 0.0], [0.0, 1.0]])}, "split"),
        ({"served": sparse.csr_array([[1.0, 0.0], [0.0, 0.5]])}, "target"),
        ({"served": sparse.csr_array([[1.0, 0.0], [0.0, 1.2]])}, "more than once"),
        ({"served": sparse.csr_array([[1.0, 0.0], [0.0, 1.2]])}, "service_max"),
        ({"served": sparse.csr_array([[0.0, 1.0], [0.0, 1.0]])}, "cannot serve"),
        ({"served": sparse.csr_array(np.ones((3, 2)))}, "shape"),
    ],
)
def test_the_checker_names_each_fault_of_a_plan(change: dict[str, Any], word: str) -> None:
    problem, plan = straight()
    assert any(word in fault for fault in faults(problem, replace(plan, **change))), faults(
        problem, replace(plan, **change)
    )


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"option_capacity": [0.5, np.inf]}, "option over its capacity"),
        ({"edge_capacity": [5.0, 2.0]}, "edge over its capacity"),
        ({"limit_upper": [1.0]}, "above its upper"),
        ({"limit_lower": [3.0], "limit_upper": [4.0]}, "below its lower"),
        ({"site_node": [1, -1]}, "no node"),
        ({"roots": [3]}, "not joined"),
        ({"budget": 41.0}, "budget"),
        ({"service_max": [[0.9, 0.0], [0.0, 1.0]]}, "service_max"),
    ],
)
def test_the_checker_names_each_rule_of_a_problem(change: dict[str, Any], word: str) -> None:
    problem, plan = straight()
    given = {field.name: getattr(problem, field.name) for field in fields(problem)}
    found = faults(Problem.of(**given | change), plan)
    assert any(word in fault for fault in found), found


def test_compact_program_agrees_with_the_sum_by_hand_in_every_solver() -> None:
    problem, _ = straight()
    for solver in ("compact-highs", "compact-scip", "compact-cpsat"):
        plan, bound = solve_compact(problem, solver, 5.0, 1, 1e-6)
        assert plan is not None and faults(problem, plan) == []
        assert plan.objective == pytest.approx(42) and bound == pytest.approx(42, rel=1e-3)
    assert allocate(build(problem), np.array([True, False]), np.ones(2, bool)) is None


@pytest.mark.parametrize("seed", range(2))
def test_other_methods_keep_the_rules_and_do_not_beat_the_bound(seed: int) -> None:
    problem = district("XS", seed)
    assert suits(problem)
    bound = solve(problem, gap=0.3, time_limit_s=3, threads=1).bound
    for method in (prune, tree_first, waves):
        plan = method(problem, 5.0)
        assert isinstance(plan, Drawn), method.__name__
        assert faults(problem, plan) == []
        assert plan.objective >= bound


def test_filling_gives_no_more_than_there_is() -> None:
    problem = district("XS", 2)
    filling = Filling(problem)
    for option in range(problem.shape[1]):
        filling.take(option)
    assert filling.done() and filling.left.min() >= -1e-9


def test_facilities_of_another_tool_become_a_plan() -> None:
    case = next(case for case in SMALL if case.family == "p-median")
    problem = case.build()
    opened = np.arange(problem.shape[1]) < case.geometric.p if case.geometric else np.zeros(0, bool)
    assert faults(problem, serve_from(problem, opened)) == []
    assert set(methods(case, True)) >= {"netplan", "spopt", "compact-highs"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, "ok, proven"),
        ({"bound": 90.0}, "ok, found"),
        ({"found": 104.0, "bound": 90.0}, "worse than published by 4 %"),
        ({"found": 104.0, "bound": 101.0}, "WRONG: bound beyond the published value"),
        ({"found": 99.0, "bound": 99.0}, "WRONG: better than the published optimum"),
        ({"found": 99.0, "bound": 99.0, "certain": False}, "better than best known: check it"),
        ({"found": 104.0, "bound": 101.0, "certain": False}, "bound above a value not certain: check it"),
        ({"bound": 101.0, "published": None}, "WRONG: bound beyond the plan's own value"),
        ({"bound": 90.0, "published": None}, "gap open"),
        ({"bound": 90.0, "published": None, "maximise": True}, "WRONG: bound beyond the plan's own value"),
        ({"bound": 100.5, "published": None, "maximise": True, "asked_gap": 0.01}, "ok"),
        ({"bound": None, "published": None}, "plan"),
        ({"found": None, "bound": 90.0}, "no plan"),
        ({"status": "infeasible", "found": None, "bound": None}, "WRONG: called infeasible"),
        ({"faults": ("target missed (1, first 0)",)}, "WRONG: target missed (1, first 0)"),
        ({"status": "crashed", "note": "signal SIGSEGV"}, "WRONG: crashed: signal SIGSEGV"),
    ],
)
def test_verdicts(change: dict[str, Any], said: str) -> None:
    row = Outcome("family", "name", "netplan", published=100.0, status="feasible", found=100.0, bound=100.0)
    assert verdict(replace(row, **change)) == said
