"""``python -m tests.benchmarks.ready``: compile the planner's kernels for every family, by a small case of each."""

from __future__ import annotations

from .measure import ENGINE, measure
from .registry import cases, choose

FIRST = {
    "synthetic": "XS-0",
    "steinlib": "b01",
    "pcstp": "C01-A",
    "scp": "scp41",
    "ufl_orlib": "cap71",
    "pmed": "pmed1",
}
"""Family -> its smallest case."""


def compile_all() -> None:
    """Solve them: what was compiled before is only loaded."""
    small = choose(cases(), smoke=True)
    for family, name in FIRST.items():
        case = next(case for case in small if case.name == name and case.family.split("/")[0] == family)
        measure(case, ENGINE, time_limit_s=45.0, gap=0.3, threads=1, seed=0)


if __name__ == "__main__":
    compile_all()
