"""Runs go into the kept table by instance and method, and the page keeps what is written above its tables."""

from pathlib import Path

from benchmarks.case import Outcome
from benchmarks.report import FIRST, read, update
from benchmarks.table import write_csv


def ran(method: str, found: float, **more: object) -> Outcome:
    return Outcome("family", "one", method, n=3, status="feasible", found=found, bound=90.0, seconds=2.0, **more)  # type: ignore[arg-type]


def test_newer_runs_take_the_place_of_older_ones(tmp_path: Path) -> None:
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    (tmp_path / "RESULTS.md").write_text(f"# Measured\n\nBy hand.\n\n{FIRST}\n\nold tables\n")
    write_csv(first, [ran("netplan", 120.0), ran("tree-prune", 150.0)], 60.0)
    update(tmp_path, [first])
    write_csv(second, [ran("netplan", 100.0), ran("spopt", 100.0)], 300.0)
    update(tmp_path, [second])
    rows = read([tmp_path / "measured.csv"])
    assert [(row["method"], row["found"]) for row in rows] == [
        ("netplan", "100.0"),
        ("tree-prune", "150.0"),
        ("spopt", "100.0"),
    ]
    assert [row["time_limit_s"] for row in rows] == ["300", "60", "300"]
    page = (tmp_path / "RESULTS.md").read_text()
    assert page.startswith("# Measured\n\nBy hand.\n\n## By family") and "old tables" not in page
    assert "| family | one | 100, gap 10 %, 2 s | +50 %, gap 40 %, 2 s | +0 %, gap 10 %, 2 s |" in page


def test_serving_less_is_worse_where_weight_served_is_sought(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", [ran("netplan", 80.0, maximise=True), ran("spopt", 60.0, maximise=True)], 60.0)
    update(tmp_path, [tmp_path / "a.csv"])
    assert "| +25 %, gap 50 %, 2 s |" in (tmp_path / "RESULTS.md").read_text()
