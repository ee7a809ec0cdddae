"""`Problem`: what it refuses and how it says so, files that lose nothing, and models that other solvers can read."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import highspy
import numpy as np
import pytest
from oracle import code, optimum
from scipy import sparse

from netplan.errors import InputError
from netplan.planner import Problem, solve
from netplan.planner.compact import compact_model

INF, NAN = float("inf"), float("nan")


def arrays(**changes: Any) -> dict[str, Any]:
    """Every field, none at its default: 3 demands, 3 options on 2 sites and off site, 3 edges, 1 target, 2 limits."""
    return {
        "demand_weight": [10.0, 5.0, 2.0],
        "demand_mbps": [4.0, 2.0, 1.0],
        "demand_penalty": [30.0, INF, 0.5],
        "demand_integral": [False, True, False],
        "target_member": ([0, 0], [0, 2], [1.0, 1.0]),
        "target_min": [6.0],
        "option_cost": [3.0, 2.0, 50.0],
        "option_capacity": [8.0, 4.0, INF],
        "option_site": [0, 1, -1],
        "option_needs_backhaul": [True, True, False],
        "service_use": ([0, 1, 1, 2, 2], [0, 0, 1, 1, 2], [2.0, 1.0, 1.5, 0.0, 1.0]),
        "service_cost": ([0, 2], [0, 2], [1.0, 4.0]),
        "service_max": ([0, 2], [0, 1], [0.75, 0.5]),
        "site_cost": [5.0, 7.0],
        "site_node": [1, 2],
        "edge_tail": [0, 1, 0],
        "edge_head": [1, 2, 2],
        "edge_cost": [11.0, 3.0, 9.0],
        "edge_capacity": [4.5, 3.0, INF],
        "edge_site": [[-1, 0], [0, 1], [-1, -1]],
        "roots": [0],
        "limit_option": ([0], [0], [1.0]),
        "limit_site": ([1], [0], [2.0]),
        "limit_edge": ([0, 1], [1, 2], [-1.0, 1.0]),
        "limit_lower": [-INF, 0.0],
        "limit_upper": [1.0, 3.0],
    } | changes


def faults(**changes: Any) -> list[tuple[str, str]]:
    with pytest.raises(InputError) as caught:
        Problem.of(**arrays(**changes))
    return [(fault.place, fault.found) for fault in caught.value.faults]


WRONG = [
    ("demand_weight", [10.0, -5.0, 2.0], "negative: -5 at entry 1"),
    ("demand_weight", [10.0, NAN, 2.0], "NaN: nan at entry 1"),
    ("demand_weight", [10.0, INF, 2.0], "infinite: inf at entry 1"),
    ("demand_weight", ["a", "b", "c"], "values of type"),
    ("demand_weight", [[1.0], [2.0], [3.0]], "shape (3, 1)"),
    ("demand_mbps", [4.0, 2.0], "shape (2,)"),
    ("demand_mbps", [4.0, INF, 1.0], "infinite"),
    ("demand_penalty", [NAN, 1.0, 1.0], "NaN"),
    ("demand_penalty", [-INF, 1.0, 1.0], "negative: -inf at entry 0"),
    ("demand_integral", [0, 2, 1], "no flag: 2 at entry 1"),
    ("demand_integral", ["yes", "no", "no"], "values of type"),
    ("demand_integral", [True], "shape (1,)"),
    ("target_member", ([0], [0], [0.5]), "no member: 0.5 at entry 0"),
    ("target_member", ([0], [0], [NAN]), "NaN or infinite"),
    ("target_member", ([1], [0], [1.0]), "row 1 at entry 0"),
    ("target_member", np.ones((1, 2)), "shape (1, 2)"),
    ("target_member", [1.0, 1.0, 0.0], "shape (3,)"),
    ("target_min", [-1.0], "negative"),
    ("target_min", [INF], "infinite"),
    ("option_cost", [3.0, -0.5, -7.0], "negative: -0.5 at entry 1 (and 1 more)"),
    ("option_capacity", [NAN, 4.0, INF], "NaN"),
    ("option_capacity", [-1.0, 4.0, INF], "negative"),
    ("option_site", [0, 2, -1], "out of range: 2 at entry 1"),
    ("option_site", [0, -2, -1], "out of range: -2 at entry 1"),
    ("option_site", [0, 0.5, -1], "no index: 0.5 at entry 1"),
    ("option_site", [0, NAN, -1], "no index: nan at entry 1"),
    ("option_site", [0, 1], "shape (2,)"),
    ("option_needs_backhaul", [True, True, True], "True for 1 options without a site, the first at entry 2"),
    ("option_needs_backhaul", [True, False], "shape (2,)"),
    ("service_use", ([0, 3], [0, 0], [1.0, 1.0]), "row 3 at entry 1"),
    ("service_use", ([0, 0], [0, -1], [1.0, 1.0]), "column -1 at entry 1"),
    ("service_use", ([0, 0.5], [0, 0], [1.0, 1.0]), "row 0.5 at entry 1"),
    ("service_use", ([0, 1], [0, 0], [1.0]), "3 parts of different lengths"),
    ("service_use", ([0, 1], [0, 0]), "2 parts of different lengths"),
    ("service_use", ([0, 0], [1, 1], [1.0, 2.0]), "1 entries repeat a place, the first at (0, 1)"),
    ("service_use", ([0], [1], [-1.0]), "negative"),
    ("service_use", ([0], [1], [INF]), "NaN or infinite"),
    ("service_use", np.ones((2, 3)), "shape (2, 3)"),
    ("service_use", [[1.0, 2.0], [1.0]], "not an array of numbers"),
    ("service_cost", ([0], [0], [-1.0]), "negative"),
    ("service_cost", [[NAN, 0, 0], [0, 0, 0], [0, 0, 0]], "NaN or infinite: nan at entry 0"),
    ("service_max", ([0], [0], [1.5]), "above the whole: 1.5 at entry 0"),
    ("service_max", ([0], [0], [-0.5]), "negative"),
    ("site_cost", [INF, 1.0], "infinite"),
    ("site_node", [-2, 0], "out of range: -2 at entry 0"),
    ("site_node", [10**12, 0], "out of range"),
    ("edge_tail", [0, -1, 0], "out of range: -1 at entry 1"),
    ("edge_head", [1, 2.5, 2], "no index: 2.5 at entry 1"),
    ("edge_head", [1, INF, 2], "no index: inf at entry 1"),
    ("edge_cost", [11.0, NAN, 1.0], "NaN"),
    ("edge_capacity", [NAN, 1.0, INF], "NaN"),
    ("edge_site", [[-1, 0], [0, 2], [-1, -1]], "out of range: 2 at entry 1, 1"),
    ("edge_site", [0, 1, 1], "shape (3,)"),
    ("roots", [], "empty, with options that need backhaul"),
    ("roots", [-1], "out of range: -1 at entry 0"),
    ("roots", [0.5], "no index"),
    ("limit_option", ([0], [3], [1.0]), "column 3 at entry 0"),
    ("limit_site", ([0], [0], [NAN]), "NaN or infinite"),
    ("limit_edge", np.ones((1, 3)), "shape (1, 3)"),
    ("limit_lower", [2.0, 0.0], "2 at entry 0 is above limit_upper 1"),
    ("limit_lower", [-INF, INF], "infinite: inf at entry 1"),
    ("limit_lower", [-INF, NAN], "NaN"),
    ("limit_upper", [-INF, 3.0], "infinite: -inf at entry 0"),
    ("limit_upper", [1.0], "shape (1,)"),
    ("budget", -1.0, "-1.0"),
    ("budget", NAN, "nan"),
    ("budget", INF, "inf"),
    ("budget", [1.0, 2.0], "[1.0, 2.0]"),
    ("budget", "much", "values of type"),
    ("demand_penalty", [1e12, INF, 0.0], "1e+12 at entry 0, beside which the prices are lost in rounding"),
    ("colour", [1], "unknown array"),
]


@pytest.mark.parametrize(("name", "value", "found"), WRONG)
def test_a_wrong_array_is_named_with_what_was_found(name: str, value: Any, found: str) -> None:
    assert [(place, text[: len(found)]) for place, text in faults(**{name: value})] == [(name, found)]


def test_all_faults_come_at_once_and_in_one_message() -> None:
    with pytest.raises(InputError) as caught:
        Problem.of(**arrays(option_cost=[-1.0, NAN, 2.0], edge_tail=[0, 0.5, -7], service_max=([0], [0], [2.0])))
    places = [fault.place for fault in caught.value.faults]
    assert sorted(places) == ["edge_tail", "edge_tail", "option_cost", "option_cost", "service_max"]
    assert "option_cost: negative: -1 at entry 0; give numbers of 0 or more" in str(caught.value)


def test_a_place_given_twice_is_refused_in_every_form() -> None:
    twice = sparse.coo_array(([1.0, 1.0], ([0, 0], [1, 1])), shape=(3, 3))
    row_by_row = sparse.csr_array((np.ones(2), np.array([1, 1]), np.array([0, 2, 2, 2])), shape=(3, 3))
    for value in (twice, row_by_row):
        assert faults(service_use=value) == [("service_use", "1 entries repeat a place, the first at (0, 1)")]


def test_the_forms_of_a_sparse_array_mean_the_same() -> None:
    dense = np.array([[1.0, 2.0, 0.0], [0.0, 1.5, 0.0], [0.0, 0.0, 1.0]])
    row, col = np.nonzero(dense)
    forms = (dense, dense.tolist(), sparse.csc_array(dense), sparse.coo_array(dense), (row, col, dense[row, col]))
    for value in forms:
        use = Problem.of(**arrays(service_use=value)).service_use
        assert use.nnz == 4 and (use.toarray() == dense).all() and use.has_sorted_indices


def test_the_given_arrays_stay_as_they_are() -> None:
    cost = np.array([3.0, 2.0, 50.0])
    problem = Problem.of(**arrays(option_cost=cost))
    cost[0] = 99.0
    assert problem.option_cost[0] == 3.0


def test_defaults() -> None:
    problem = Problem.of(
        demand_weight=[1.0],
        option_cost=[1.0, 1.0],
        option_site=[-1, 0],
        site_cost=[1.0],
        edge_cost=[1.0],
        edge_tail=[0],
        edge_head=[0],
        roots=[0],
        service_use=([0], [1], [0.0]),
        limit_upper=[1.0],
    )
    assert problem.option_needs_backhaul.tolist() == [False, True]
    assert problem.option_capacity.tolist() == [INF, INF] and problem.edge_capacity.tolist() == [INF]
    assert problem.demand_penalty.tolist() == [0.0] and problem.demand_integral.tolist() == [False]
    assert problem.service_max.toarray().tolist() == [[0.0, 1.0]] and problem.service_use.nnz == 1
    assert problem.site_node.tolist() == [-1] and problem.edge_site.tolist() == [[-1, -1]]
    assert problem.limit_lower.tolist() == [-INF] and problem.budget is None


def test_options_without_a_site_need_no_root() -> None:
    problem = Problem.of(demand_weight=[1.0], option_cost=[1.0])
    assert not problem.option_needs_backhaul.any() and not len(problem.roots)


def same(one: Problem, other: Problem) -> None:
    for name, value in vars(one).items():
        again = getattr(other, name)
        if sparse.issparse(value):
            assert value.shape == again.shape and value.nnz == again.nnz, name
            value, again = value.toarray(), again.toarray()
        np.testing.assert_array_equal(value, again, err_msg=name)
        assert getattr(value, "dtype", None) == getattr(again, "dtype", None), name


@pytest.mark.parametrize("budget", [None, 70.0])
def test_a_file_keeps_every_field(tmp_path: Path, budget: float | None) -> None:
    problem = Problem.of(**arrays(budget=budget))
    empty = vars(Problem.of())
    assert all(np.size(getattr(problem, name)) > np.size(empty[name]) for name in empty if name != "budget")
    path = tmp_path / "district"  # the name is kept as it is
    problem.save(path)
    same(problem, Problem.load(path))
    assert [found.name for found in tmp_path.iterdir()] == ["district"]
    assert code(Problem.load(path)) == code(problem)


def test_absent_fields_take_their_default_and_others_are_ignored(tmp_path: Path) -> None:
    path = tmp_path / "p.npz"
    np.savez(
        path,
        demand_weight=np.ones(2),
        option_cost=np.ones(1),
        service_use_row=[0, 1],
        service_use_col=[0, 0],
        cell_xy_km=np.zeros((2, 2)),
    )
    same(Problem.load(path), Problem.of(demand_weight=[1, 1], option_cost=[1], service_use=([0, 1], [0, 0], [1, 1])))


def test_a_file_of_another_kind_is_named(tmp_path: Path) -> None:
    path = tmp_path / "p.npz"
    path.write_text("demand_weight")
    with pytest.raises(InputError, match=r"p\.npz: no file of arrays"):
        Problem.load(path)
    np.savez(path, demand_weight=np.ones(2), option_cost=np.ones(1), service_use_row=[0, 1])
    with pytest.raises(InputError, match="service_use: 3 parts of different lengths"):
        Problem.load(path)


def read(path: Path) -> highspy.Highs:
    """The model of a file in plain HiGHS (which does not unpack .gz itself)."""
    if path.suffix == ".gz":
        plain = path.with_suffix("")
        plain.write_bytes(gzip.decompress(path.read_bytes()))
        path = plain
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    assert solver.readModel(str(path)) == highspy.HighsStatus.kOk
    return solver


FORMATS = (".mps", ".lp", ".mps.gz", ".lp.gz")


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_written_model_has_the_optimum_of_solve(tmp_path: Path, suffix: str) -> None:
    problem = Problem.of(**arrays())
    path = tmp_path / f"model{suffix}"
    problem.write(path)
    assert [found.name for found in tmp_path.iterdir()] == [path.name]
    solution = solve(problem, gap=0.0)
    assert solution.status == "optimal" and solution.edge_built.any() and 0 < solution.served.sum() < 3
    assert optimum(read(path)) == pytest.approx(solution.objective, rel=1e-9)


@pytest.mark.parametrize("suffix", FORMATS[:2])
def test_a_budget_is_written_in_two_stages(tmp_path: Path, suffix: str) -> None:
    problem = Problem.of(**arrays(budget=70.0))
    solution = solve(problem, gap=0.0)
    first, second = tmp_path / f"weight{suffix}", tmp_path / f"cost{suffix}"
    problem.write(first)
    weight = optimum(read(first))
    assert weight == pytest.approx(solution.stages[0].value, rel=1e-9) and 0 < weight < 17
    problem.write(second, served=weight)
    assert optimum(read(second)) == pytest.approx(solution.objective, rel=1e-5)


@pytest.mark.parametrize("suffix", FORMATS[:2])
@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, 0.0),
        ({"demand_weight": [1.0], "demand_penalty": [3.0]}, 3.0),
        ({"demand_weight": [1.0], "demand_penalty": [INF]}, None),
        ({"demand_weight": [1.0], "budget": 5.0}, 0.0),
        ({"demand_weight": [1.0], "demand_penalty": [3.0], "budget": 2.0}, None),
        ({"site_cost": [2.0], "limit_lower": [1.0, -INF], "limit_site": [[1.0], [1.0]]}, 2.0),
        ({"site_cost": [2.0], "limit_lower": [1.0]}, None),
    ],
)
def test_models_with_hardly_anything_in_them(
    tmp_path: Path, suffix: str, given: dict[str, Any], expected: float | None
) -> None:
    path = tmp_path / f"model{suffix}"
    Problem.of(**given).write(path)
    assert optimum(read(path)) == expected


def test_columns_and_rows_have_names_of_their_own() -> None:
    model = compact_model(Problem.of(**arrays(budget=70.0)), served=3.0)
    columns, rows = model.columns.names(), model.row_names()
    assert model.matrix.shape == (len(rows), len(columns)) == (len(set(rows)), len(set(columns)))
    assert {"x_1_0", "y_2", "z_0", "b_2", "w_1", "unit_1_1_2", "flow_1_2_1", "one"} <= set(columns)
    blocks = {"serve_2", "target_0", "open_2_1", "room_0", "site_1", "need_0", "stand_1_1", "join_2", "wire_1"}
    assert blocks | {"load_2", "carry_1", "limit_1", "budget_0", "served_weight_0"} <= set(rows)
    assert not any(name.startswith("unit_0_1_0") for name in columns)  # no arc into a root


def test_a_suffix_that_is_no_format_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"model\.txt: unknown format; end the name in one of \.mps"):
        Problem.of(**arrays()).write(tmp_path / "model.txt")
    with pytest.raises(InputError):
        Problem.of(**arrays()).write(tmp_path / "nowhere.gz")
    assert not list(tmp_path.iterdir())
