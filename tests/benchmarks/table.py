"""The table: one line a run as it ends, and the same as CSV."""

from __future__ import annotations

import csv
import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from .case import Outcome
from .verdict import is_wrong, verdict

COLUMNS = (
    ("family", 16), ("instance", 16), ("method", 14), ("n", 6), ("m", 6), ("s", 5), ("e", 6), ("published", 13),
    ("found", 13), ("bound", 13), ("gap %", 8), ("to publ. %", 10), ("first s", 8), ("seconds", 8), ("MB", 6),
    ("verdict", 0),
)  # fmt: skip
LEFT = ("family", "instance", "method", "verdict")


def cells(row: Outcome) -> dict[str, str]:
    """The row as text, by column."""
    return {
        "family": row.family,
        "instance": row.instance,
        "method": row.method,
        **{name: str(getattr(row, name)) if row.n else "" for name in "nmse"},
        "published": _number(row.published),
        "found": _number(row.found),
        "bound": _number(row.bound),
        "gap %": _percent(row.gap),
        "to publ. %": _percent(row.gap_to_published),
        "first s": "" if row.first_plan_s is None else f"{row.first_plan_s:.1f}",
        "seconds": f"{row.seconds:.1f}" if row.seconds else "",
        "MB": "" if row.memory_mb is None else f"{row.memory_mb:.0f}",
        "verdict": verdict(row),
    }


def header() -> str:
    """The names of the columns, and a rule."""
    names = _line({name: name for name, _ in COLUMNS})
    return f"{names}\n{'-' * len(names)}"


def line(row: Outcome) -> str:
    """One row, in columns."""
    return _line(cells(row))


def setting(threads: int, time_limit_s: float) -> str:
    """What the figures were measured on and with."""
    tools = ", ".join(f"{name} {version(name)}" for name in ("netplan", "ortools", "highspy", "numpy", "scipy"))
    machine = f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
    day = datetime.now(UTC).date().isoformat()
    return f"{day} · {machine} · {tools} · {threads} threads, at most {time_limit_s:g} s a run"


def summary(rows: list[Outcome]) -> str:
    """Counts of verdicts."""
    proven = sum(verdict(row) == "ok, proven" for row in rows)
    fine = sum(verdict(row).startswith("ok") for row in rows)
    return f"{len(rows)} runs: {fine} ok, of these {proven} proven; {sum(map(is_wrong, rows))} wrong"


def write_csv(path: Path, rows: list[Outcome], time_limit_s: float) -> None:
    """All rows with full precision, the day and the time limit."""
    names = [*(name for name in Outcome.__dataclass_fields__ if name != "faults"), "gap", "gap_to_published"]
    day = datetime.now(UTC).date().isoformat()
    with path.open("w", newline="", encoding="utf-8") as sink:
        out = csv.writer(sink)
        out.writerow([*names, "verdict", "day", "time_limit_s"])
        for row in rows:
            out.writerow([*(getattr(row, name) for name in names), verdict(row), day, f"{time_limit_s:g}"])


def _line(text: dict[str, str]) -> str:
    parts = [text[name].ljust(width) if name in LEFT else text[name].rjust(width) for name, width in COLUMNS]
    return " ".join(parts).rstrip()


def _number(value: float | None) -> str:
    if value is None:
        return ""
    whole = abs(value) < 1e5 and abs(value - round(value)) < 1e-6 * max(1.0, abs(value))
    return f"{value:.0f}" if whole else f"{value:.9g}"


def _percent(value: float | None) -> str:
    return "" if value is None else f"{round(100 * value, 4) + 0.0:.4f}".rstrip("0").rstrip(".")
