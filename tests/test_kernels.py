"""Kernels are compiled before a search starts: none is left for a large problem to compile within its time."""

import gc
import os
import subprocess
import sys

import numpy as np
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


def missed() -> list[str]:
    """What large districts compile that was not compiled beforehand. To be asked in a process that did nothing else."""
    from benchmarks.synthetic import district

    compile_kernels(lambda: None)
    before = compiled()
    assert "netplan.planner.moves.walk" in {name for name, _ in before}
    for size, seconds in (("S", 12.0), ("M", 10.0)):  # branch and cut; walks beside a process for the bound
        solution = solve(district(size), time_limit_s=seconds)
        assert np.isfinite(solution.objective)
    return [" ".join(kernel) for kernel in sorted(compiled() - before)]


def test_nothing_is_left_to_compile() -> None:
    """In a process of its own: in this one, other tests have compiled much of it."""
    here = os.path.dirname(__file__)
    asked = "import test_kernels; print(*test_kernels.missed(), sep='\\n')"
    done = subprocess.run([sys.executable, "-c", asked], cwd=here, capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stdout + done.stderr


def test_what_is_cached_is_only_loaded() -> None:
    """Nobody is told of compiling in a process that comes after another."""
    asked = "from netplan.planner.kernels import compile_kernels as ready; ready(lambda: print('told'))"
    subprocess.run([sys.executable, "-c", asked], check=True, capture_output=True)
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_the_small_district_has_plans_of_some_size() -> None:
    solution = solve(small_district(), gap=0.0, time_limit_s=60.0)
    assert solution.status == "optimal"
    assert solution.option_open.sum() >= 2
    assert solution.edge_built.sum() >= 2
