"""Rules of the summary: its words, its proof, and whom it says to be served."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from netplan.verify.finding import Finding, number
from netplan.verify.reading import Written
from netplan.verify.service import achieved
from netplan.verify.stages import before_cost, without_bound

OPTIMAL_GAP = 1e-4


def check_summary(written: Written) -> list[Finding]:
    """Status, mode, bound and gap hold together; targets and coverage are those of the layers.

    Its heading, stages, counts and money have rules of their own. That no cheaper plan exists is not proven anew.
    """
    summary = written.summary
    return [
        *_words(summary),
        *_mode(written),
        *_bound(summary),
        *_targets(written),
        *_coverage(written),
    ]


def _words(summary: dict[str, Any]) -> list[Finding]:
    findings = []
    for key, words in (
        ("status", ("optimal", "feasible", "infeasible", "none")),
        ("mode", ("target", "budget", "lexicographic")),
    ):
        if summary[key] not in words:
            findings.append(Finding("status", "summary.json", key, str(summary[key]), " | ".join(words)))
    if summary["status"] == "optimal":
        expected = f"a gap of at most {OPTIMAL_GAP:g} behind the word optimal"
        proven = [
            ("status", summary["gap"]),
            *((f"stages.{each['objective']}", each["gap"]) for each in before_cost(summary)),
        ]
        open_ = [(key, gap) for key, gap in proven if gap is None or not gap <= OPTIMAL_GAP]
        findings += [Finding("status", "summary.json", key, number(gap), expected) for key, gap in open_]
    if summary["status"] == "feasible" and summary["objective_npv"] is None:
        findings.append(Finding("status", "summary.json", "status", "feasible", "an objective_npv"))
    return findings


def _mode(written: Written) -> list[Finding]:
    """A project that states a budget is planned within it, who is served first; any other for its targets."""
    summary, mode = written.summary, written.summary["mode"]
    budgeted = written.project.get("budget") is not None
    if not budgeted and mode != "target":
        return [Finding("status", "summary.json", "mode", str(mode), "target, for the project states no budget")]
    if budgeted and mode == "target":
        return [Finding("status", "summary.json", "mode", str(mode), "budget, for the project states one")]
    if budgeted and summary["objective_npv"] is not None and not before_cost(summary):
        return [Finding("status", "summary.json", "stages", "none", "how many are served, and how many could be")]
    return []


def _bound(summary: dict[str, Any]) -> list[Finding]:
    """The bound is not above the value it bounds (cost and penalties), and the gap is the one between them."""
    bound, gap = summary["bound_npv"], summary["gap"]
    if summary["objective_npv"] is None or bound is None:
        return without_bound(gap, "gap")
    value = float(summary["objective_npv"]) + float(summary["penalty_total"] or 0.0)
    slack = 1e-6 * max(1.0, abs(value))
    if bound > value + slack:
        return [Finding("bound", "summary.json", "bound_npv", number(bound), f"at most {number(value)}")]
    due = max(0.0, (value - bound) / max(abs(value), 1e-9))
    if gap is None or not np.isclose(gap, due, rtol=1e-3, atol=2e-6):
        return [Finding("gap", "summary.json", "gap", number(gap), number(due))]
    return []


def _targets(written: Written) -> list[Finding]:
    """What the summary says of each class is what the layers add up to."""
    findings = []
    sums, stated = achieved(written), written.summary["targets"]
    asked = written.project["targets"]
    for name in sorted({*sums.index, *asked, *stated}):
        total, served, base = sums.loc[name, ["total", "served", "base"]] if name in sums.index else (0.0, 0.0, 0.0)
        due = {
            "target": asked.get(name),
            "achieved": served / total if total > 0 else 1.0,
            "baseline": base / total if total > 0 else 1.0,
            "total": total,
            "served": served,
        }
        have = stated.get(name, {})
        for key, value in due.items():
            if not _same(have.get(key), value):
                row = f"targets.{name}.{key}"
                findings.append(Finding("summary", "summary.json", row, number(have.get(key)), number(value)))
    return findings


def _coverage(written: Written) -> list[Finding]:
    """Coverage by class and generation, before and after, is what the layers add up to."""
    due = _covered(written)
    stated = {
        (str(kind), str(name), str(key)): value
        for kind, by in written.summary["coverage"].items()
        for name, sums in by.items()
        for key, value in sums.items()
    }
    findings = []
    for place in sorted({*due, *stated}):
        have, want = stated.get(place, 0.0), due.get(place, 0.0)
        if not _same(have, want):
            findings.append(
                Finding("summary", "summary.json", ".".join(("coverage", *place)), number(have), number(want))
            )
    return findings


def _covered(written: Written) -> dict[tuple[str, str, str], float]:
    """(class, generation, figure) -> share of the class's weight, from the layers demand, service and baseline."""
    entries = written.catalogue.get("technologies", {})
    of = {key: str(entry.get("generation") or entry.get("kind")) for key, entry in entries.items()}
    demand, plan, today = written.by_id("demand"), written.service, written.baseline
    technology = written.by_id("equipment")["technology"]
    new = technology.map(of).reindex(plan["option_id"]).fillna("not stated").to_numpy(object)
    old = today["technology"].map(of).fillna("not stated").to_numpy(object)
    kinds, of_class = np.unique(demand["class"].to_numpy(object), return_inverse=True)
    total = np.bincount(of_class, demand["weight"], len(kinds))
    due: dict[tuple[str, str, str], float] = {}
    for name in ("any", *sorted({*new, *old})):
        served, has = (t if name == "any" else t[of_t == name] for t, of_t in ((plan, new), (today, old)))
        before = demand["baseline_share"].to_numpy(float) if name == "any" else _by_demand(np.add, has, "share", demand)
        shares = {
            "reached_before": _by_demand(np.maximum, has, "reach_share", demand),
            "served_before": before,
            "served_after": before + _by_demand(np.add, served, "share", demand),
        }
        for key, share in shares.items():
            sums = np.bincount(of_class, demand["weight"] * np.minimum(share, 1.0), len(kinds))
            for kind, value, whole in zip(kinds, sums, total, strict=True):
                due[str(kind), name, key] = float(value / whole) if whole > 0 else 0.0
    return due


def _by_demand(way: np.ufunc, rows: pd.DataFrame, column: str, demand: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Sum or largest of a column of shares over the rows of each demand, 0 where it has none."""
    at = demand.index.get_indexer(pd.Index(rows["demand_id"]))
    out = np.zeros(len(demand))
    way.at(out, at[at >= 0], rows[column].to_numpy(float)[at >= 0])
    return out


def _same(stated: Any, due: Any) -> bool:
    if stated is None or due is None:
        return stated is None and due is None
    return bool(np.isclose(float(stated), float(due), rtol=1e-6, atol=1e-6))
