"""``python -m tests.benchmarks``: run cases of the registry, each in its own process, and print the table."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from .isolate import Settings, run_apart
from .measure import ENGINE, methods
from .registry import cases, choose
from .table import header, line, setting, summary, write_csv
from .verdict import is_wrong

SMOKE_LIMIT_S = 10.0
FULL_LIMIT_S = 300.0


def parser() -> argparse.ArgumentParser:
    """The command line."""
    take = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    take.add_argument("--smoke", action="store_true", help="a few small cases of every family, within two minutes")
    take.add_argument("--family", help="only this family, or all whose name begins with it and a slash")
    take.add_argument("--instance", help="only this instance")
    take.add_argument("--instances", type=Path, metavar="DIR", help="folder with optima.csv and the files it names")
    take.add_argument("--compare", action="store_true", help="the field's methods and other solvers beside the engine")
    take.add_argument("--method", action="append", help="only this method (may be given again); implies --compare")
    take.add_argument("--time-limit", type=float, metavar="S", help="seconds a run (default 300; with --smoke 10)")
    take.add_argument("--gap", type=float, help="relative gap at which to stop (default: the case's own)")
    take.add_argument("--threads", type=int, default=2)
    take.add_argument("--seed", type=int, default=0)
    take.add_argument("--csv", type=Path, metavar="FILE", help="write the table there too")
    take.add_argument("--list", action="store_true", help="name the cases and stop")
    return take


def main(argv: list[str] | None = None) -> int:
    """Run; 1 when any row of the engine is wrong, 2 when nothing matches."""
    asked = parser().parse_args(argv)
    folder = asked.instances.resolve() if asked.instances else None
    try:
        wanted = choose(cases(folder), smoke=asked.smoke, family=asked.family, name=asked.instance)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    if not wanted:
        print("no case matches; --list names them all", file=sys.stderr)
        return 2
    if asked.list:
        print("\n".join(f"{case.family:18} {case.name}" for case in wanted))
        return 0
    limit = asked.time_limit or (SMOKE_LIMIT_S if asked.smoke else FULL_LIMIT_S)
    settings = Settings(limit, asked.gap, asked.threads, asked.seed, folder)
    print(f"{setting(asked.threads, limit)}\n\n{header()}", flush=True)
    rows = []
    for case in wanted:
        for method in methods(case, asked.compare or bool(asked.method)):
            if asked.method and method not in asked.method:
                continue
            rows.append(run_apart(case, method, settings))
            print(line(rows[-1]), flush=True)
            if asked.csv:
                write_csv(asked.csv, rows, limit)
    print(f"\n{summary(rows)}")
    return 1 if any(is_wrong(row) and row.method == ENGINE for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
