"""Rules of the summary's counts: what stands in the layers, counted again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from netplan.verify.finding import Finding, number
from netplan.verify.people import people_of
from netplan.verify.reading import Written


def check_counts(written: Written) -> list[Finding]:
    """Every figure of `counts` is that of the layers, and so is the cost of a person newly served."""
    due, stated = flat(_due(written)), flat(written.summary["counts"])
    findings = []
    for key in sorted({*due, *stated}):
        have, want = stated.get(key, 0), due.get(key, 0)
        if not _same(have, want):
            findings.append(Finding("summary", "summary.json", f"counts.{key}", number(have), number(want)))
    return [*findings, *_per_person(written)]


def flat(table: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """The leaves of nested tables, keys joined by dots."""
    out: dict[str, Any] = {}
    for key, value in table.items():
        name = f"{before}{key}"
        out |= flat(value, f"{name}.") if isinstance(value, Mapping) else {name: value}
    return out


def _due(written: Written) -> dict[str, Any]:
    """Sites by status and backhaul, equipment by technology, links and their kilometres, demand rows, premises."""
    sites, links = written.sites, written.links
    kilometres: dict[str, dict[str, float]] = {}
    for medium, status, length_m in zip(links["medium"], links["status"], links["length_m"], strict=True):
        of = kilometres.setdefault(str(medium), {})
        of[str(status)] = of.get(str(status), 0.0) + float(length_m) / 1000.0
    return {
        **{f"sites_{status}": int((sites["status"] == status).sum()) for status in ("new", "shared", "existing")},
        "sites_by_backhaul": _numbers(sites["backhaul"]),
        "equipment": _numbers(written.equipment["technology"]),
        "links": len(links),
        "links_km": kilometres,
        "demand": len(written.demand),
        "premises_served": float(written.service["premises"].sum()),
    }


def _numbers(words: pd.Series) -> dict[str, int]:
    out: dict[str, int] = {}
    for word in words:
        out[str(word)] = out.get(str(word), 0) + 1
    return out


def _per_person(written: Written) -> list[Finding]:
    """The cost of a person newly served is the objective over the people newly served; none where nobody is."""
    demand, cost = written.demand, written.summary["objective_npv"]
    new = demand["served_share"] - demand["baseline_share"]
    people = float(people_of(written) @ new.to_numpy(float))
    stated = written.summary["cost_per_person_served"]
    due = float(cost) / people if cost is not None and people > 0 else None
    if _same(stated, due):
        return []
    return [Finding("summary", "summary.json", "cost_per_person_served", number(stated), number(due))]


def _same(stated: object, due: object) -> bool:
    """Whether two figures are one; text and what is missing are no figures."""
    if not isinstance(stated, int | float) or not isinstance(due, int | float):
        return stated is None and due is None
    return bool(np.isclose(float(stated), float(due), rtol=1e-6, atol=1e-6))
