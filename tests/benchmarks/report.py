"""``python -m tests.benchmarks.report RESULTS.md A.csv B.csv …``: the tables of several runs as one Markdown page."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable
from pathlib import Path

Row = dict[str, str]


def read(paths: Iterable[Path]) -> list[Row]:
    """Rows of the CSV files, in the order given."""
    rows: list[Row] = []
    for path in paths:
        with path.open(newline="", encoding="utf-8") as lines:
            rows += list(csv.DictReader(lines))
    return rows


def page(rows: list[Row], said: str) -> str:
    """A summary by family and method, then every run."""
    text = ["# Measured", "", said, "", "## By family", ""]
    text += _table(
        ["family", "method", "runs", "proven", "published value or better", "mean gap %", "longest s", "most MB"],
        [_family(family, method, mine) for (family, method), mine in _groups(rows).items()],
    )
    text += ["", "## Every run", ""]
    names = ["family", "instance", "method", "published", "found", "bound", "gap %", "first plan s", "seconds", "MB"]
    text += _table([*names, "verdict"], [_run(row) for row in rows])
    return "\n".join(text) + "\n"


def _groups(rows: list[Row]) -> dict[tuple[str, str], list[Row]]:
    found: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        found.setdefault((row["family"], row["method"]), []).append(row)
    return found


def _family(family: str, method: str, rows: list[Row]) -> list[str]:
    gaps = [float(row["gap"]) for row in rows if row["gap"]]
    judged = [row for row in rows if row["published"]]
    good = sum(bool(row["gap_to_published"]) and float(row["gap_to_published"]) <= 1e-6 for row in judged)
    return [
        family,
        method,
        str(len(rows)),
        str(sum(row["verdict"] == "ok, proven" for row in rows)),
        f"{good} of {len(judged)}" if judged else "",
        f"{100 * sum(gaps) / len(gaps):.3g}" if gaps else "",
        f"{max((float(row['seconds'] or 0) for row in rows), default=0):.0f}",
        f"{max((float(row['memory_mb'] or 0) for row in rows), default=0):.0f}",
    ]


def _run(row: Row) -> list[str]:
    numbers = [_short(row[name]) for name in ("published", "found", "bound")]
    gap = f"{100 * float(row['gap']):.3g}" if row["gap"] else ""
    times = [f"{float(row[name]):.1f}" if row[name] else "" for name in ("first_plan_s", "seconds")]
    memory = f"{float(row['memory_mb']):.0f}" if row["memory_mb"] else ""
    return [row["family"], row["instance"], row["method"], *numbers, gap, *times, memory, row["verdict"]]


def _short(number: str) -> str:
    return f"{float(number):.9g}" if number else ""


def _table(names: list[str], lines: list[list[str]]) -> list[str]:
    return ["| " + " | ".join(cells) + " |" for cells in (names, ["---"] * len(names), *lines)]


def main(argv: list[str]) -> int:
    """Write the page; the first line of standard input, if any, says what it was measured on."""
    if len(argv) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    said = "" if sys.stdin.isatty() else sys.stdin.read().strip()
    Path(argv[0]).write_text(page(read(map(Path, argv[1:])), said), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
