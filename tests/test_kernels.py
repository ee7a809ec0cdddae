"""Kernels are compiled before a search starts: none is left for a large problem to compile within its time."""

import gc
import os

import numpy as np
from benchmarks.synthetic import district
from numba.core.dispatcher import Dispatcher

import netplan.planner
from netplan.planner import solve
from netplan.planner.kernels import compile_kernels, small_district

HOME = os.path.dirname(netplan.planner.__file__)


def compiled() -> set[tuple[str, str]]:
    """(kernel, types of its arguments) of every kernel of the planner that is compiled or loaded."""
    return {
        (f"{kernel.py_func.__module__}.{kernel.py_func.__name__}", str(types))
        for kernel in gc.get_objects()
        if isinstance(kernel, Dispatcher) and kernel.py_func.__code__.co_filename.startswith(HOME)
        for types in kernel.signatures
    }


def test_nothing_is_left_to_compile() -> None:
    compile_kernels(lambda phase: None)
    before = compiled()
    assert "netplan.planner.moves.walk" in {name for name, _ in before}
    for size, seconds in (("S", 12.0), ("M", 10.0)):  # branch and cut; walks beside a process for the bound
        solution = solve(district(size), time_limit_s=seconds)
        assert np.isfinite(solution.objective)
    assert compiled() - before == set()


def test_the_small_district_has_plans_of_some_size() -> None:
    solution = solve(small_district(), gap=0.0, time_limit_s=60.0)
    assert solution.status == "optimal"
    assert solution.option_open.sum() >= 2
    assert solution.edge_built.sum() >= 2
