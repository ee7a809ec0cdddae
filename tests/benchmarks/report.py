"""``python -m tests.benchmarks.report A.csv B.csv …``: runs into `measured.csv`, and its tables into `RESULTS.md`.

`measured.csv` keeps the last run of every instance by every method, with its day; the CSV files of newer runs take the
place of older ones. `RESULTS.md` keeps what is written above its tables.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable
from pathlib import Path

from .measure import ENGINE

HOME = Path(__file__).resolve().parent
FIRST = "## By family"
"""where the tables begin"""
Row = dict[str, str]
Key = tuple[str, str, str]


def read(paths: Iterable[Path]) -> list[Row]:
    """Rows of the CSV files, in the order given."""
    rows: list[Row] = []
    for path in paths:
        with path.open(newline="", encoding="utf-8") as lines:
            rows += list(csv.DictReader(lines))
    return rows


def merged(rows: list[Row], newer: list[Row]) -> list[Row]:
    """The rows with those of newer runs in their places; a run that is new stands at the end of its instance."""
    last = {_key(row): row for row in newer}
    out = [last.pop(_key(row), row) for row in rows]
    for row in last.values():
        alike = [place for place, old in enumerate(out) if old["family"] == row["family"]]
        same = [place for place in alike if out[place]["instance"] == row["instance"]]
        out.insert(max(same or alike or [len(out) - 1]) + 1, row)
    return out


def tables(rows: list[Row]) -> str:
    """A summary by family and method, the engine beside the other methods, then every run."""
    text = [FIRST, ""]
    text += _table(
        ["family", "method", "runs", "proven", "published value or better", "mean gap %", "longest s", "most MB"],
        [_family(family, method, mine) for (family, method), mine in _groups(rows).items()],
    )
    text += ["", "## Beside other methods", ""]
    text += [
        "How much dearer than netplan's each plan is (serves less, for `cover-most`), its own gap where it proves one,",
        "and its seconds. The methods: [README.md](README.md).",
        *_beside(rows),
    ]
    text += ["", "## Every run", ""]
    names = ["family", "instance", "method", "published", "found", "bound", "gap %", "first plan s", "seconds", "MB"]
    text += _table([*names, "verdict", "day"], [_run(row) for row in rows])
    return "\n".join(text) + "\n"


def _key(row: Row) -> Key:
    return row["family"], row["instance"], row["method"]


def _groups(rows: list[Row]) -> dict[tuple[str, str], list[Row]]:
    found: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        found.setdefault((row["family"], row["method"]), []).append(row)
    return dict(sorted(found.items(), key=lambda item: list(_families(rows)).index(item[0][0])))


def _families(rows: list[Row]) -> dict[str, None]:
    return dict.fromkeys(row["family"] for row in rows)


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


def _beside(rows: list[Row]) -> list[str]:
    """A table a family, with an instance a line and a method a column."""
    own = {_key(row)[:2]: row for row in rows if row["method"] == ENGINE and row["found"]}
    others = {_key(row): row for row in rows if row["method"] != ENGINE and _key(row)[:2] in own}
    text: list[str] = []
    for family in dict.fromkeys(key[0] for key in others):
        mine = [key for key in others if key[0] == family]
        methods = list(dict.fromkeys(method for _, _, method in mine))
        lines = []
        for instance in dict.fromkeys(key[1] for key in mine):
            ours = own[family, instance]
            beside = [others.get((family, instance, method)) for method in methods]
            cells = ["" if row is None else _against(row, ours) for row in beside]
            lines.append([family, instance, f"{_short(ours['found'])}{_told(ours)}", *cells])
        text += ["", *_table(["family", "instance", ENGINE, *methods], lines)]
    return text


def _against(row: Row, ours: Row) -> str:
    if not row["found"]:
        return f"no plan{_told(row)}"
    found, least = float(row["found"]), float(ours["found"])
    dearer = (found - least) / max(abs(least), 1e-9) * (-1 if row["maximise"] == "True" else 1)
    return f"{100 * dearer + 0.0:+.3g} %{_told(row)}"


def _told(row: Row) -> str:
    gap = f", gap {100 * float(row['gap']):.3g} %" if row["gap"] else ""
    return f"{gap}, {float(row['seconds'] or 0):.3g} s"


def _run(row: Row) -> list[str]:
    numbers = [_short(row[name]) for name in ("published", "found", "bound")]
    gap = f"{100 * float(row['gap']):.3g}" if row["gap"] else ""
    times = [f"{float(row[name]):.1f}" if row[name] else "" for name in ("first_plan_s", "seconds")]
    memory = f"{float(row['memory_mb']):.0f}" if row["memory_mb"] else ""
    return [*_key(row), *numbers, gap, *times, memory, row["verdict"], row["day"]]


def _short(number: str) -> str:
    return f"{float(number):.9g}" if number else ""


def _table(names: list[str], lines: list[list[str]]) -> list[str]:
    return ["| " + " | ".join(cells) + " |" for cells in (names, ["---"] * len(names), *lines)]


def update(folder: Path, newer: list[Path]) -> None:
    """Merge the runs into the folder's `measured.csv` and write the tables of its `RESULTS.md` anew."""
    kept, page = folder / "measured.csv", folder / "RESULTS.md"
    rows = merged(read([kept] if kept.is_file() else []), read(newer))
    head = page.read_text(encoding="utf-8").partition(FIRST)[0] if page.is_file() else "# Measured\n\n"
    names = list(dict.fromkeys(name for row in rows for name in row))
    with kept.open("w", newline="", encoding="utf-8") as sink:
        out = csv.DictWriter(sink, names, restval="", lineterminator="\n")
        out.writeheader()
        out.writerows(rows)
    page.write_text(head + tables(rows), encoding="utf-8")


if __name__ == "__main__":
    update(HOME, [Path(name) for name in sys.argv[1:]])
