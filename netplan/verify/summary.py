"""Rules of the summary: its words, its proof, its counts."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from netplan.verify.finding import Finding, number
from netplan.verify.reading import Written
from netplan.verify.service import achieved

OPTIMAL_GAP = 1e-4


def check_summary(written: Written) -> list[Finding]:
    """Everything that `summary.json` says of itself and of the layers."""
    summary = written.summary
    return [
        *_words(summary),
        *_mode(written),
        *_bound(summary),
        *_most_served(summary),
        *_targets(written),
        *_coverage(written),
        *_counts(written),
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
            *((f"stages.{each['objective']}", each["gap"]) for each in _stages(summary)),
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
    if budgeted and summary["objective_npv"] is not None and not _stages(summary):
        return [Finding("status", "summary.json", "stages", "none", "how many are served, and how many could be")]
    return []


def _bound(summary: dict[str, Any]) -> list[Finding]:
    """The bound is not above the value it bounds (cost and penalties), and the gap is the one between them."""
    bound, gap = summary["bound_npv"], summary["gap"]
    if summary["objective_npv"] is None or bound is None:
        return _without_bound(gap, "gap")
    if not np.isfinite(bound):
        return [Finding("bound", "summary.json", "bound_npv", number(bound), "a finite number, or null")]
    value = float(summary["objective_npv"]) + float(summary["penalty_total"] or 0.0)
    slack = 1e-6 * max(1.0, abs(value))
    if bound > value + slack:
        return [Finding("bound", "summary.json", "bound_npv", number(bound), f"at most {number(value)}")]
    due = max(0.0, (value - bound) / max(abs(value), 1e-9))
    if gap is None or not np.isclose(gap, due, rtol=1e-3, atol=2e-6):
        return [Finding("gap", "summary.json", "gap", number(gap), number(due))]
    return []


def _without_bound(gap: float | None, key: str) -> list[Finding]:
    """Where there is no value or no bound there is no gap, so nothing is proven."""
    if gap is None:
        return []
    return [Finding("gap", "summary.json", key, number(gap), "null, for there is nothing to compare")]


def _most_served(summary: dict[str, Any]) -> list[Finding]:
    """What a plan within a budget serves is not above the most possible, and the gap is the one between them."""
    for each in _stages(summary):
        value, bound, gap = each["value"], each["bound"], each["gap"]
        if bound is None:
            findings = _without_bound(gap, "stages.weight served")
            if findings:
                return findings
            continue
        if not np.isfinite(bound):
            return [Finding("bound", "summary.json", "stages.weight served", number(bound), "a finite number, or null")]
        if value > bound + 1e-6 * max(1.0, abs(bound)):
            return [Finding("bound", "summary.json", "stages.weight served", number(value), f"at most {number(bound)}")]
        due = max(0.0, (bound - value) / max(abs(value), 1e-9))
        if gap is None or not np.isclose(gap, due, rtol=1e-3, atol=2e-6):
            return [Finding("gap", "summary.json", "stages.weight served", number(gap), number(due))]
    return []


def _stages(summary: dict[str, Any]) -> list[dict[str, Any]]:
    """The stages before the last one, whose value, bound and gap are the summary's own."""
    return [each for each in summary["stages"] or () if each["objective"] == "weight served"]


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
    demand = written.demand.drop_duplicates("demand_id").set_index("demand_id")
    technology = written.equipment.drop_duplicates("option_id").set_index("option_id")["technology"]
    kinds = technology.map(of).reindex(written.service["option_id"])
    plan = written.service.assign(generation=kinds.fillna("not stated").to_numpy(object))
    today = written.baseline.assign(generation=written.baseline["technology"].map(of).fillna("not stated"))
    total = demand.groupby("class")["weight"].sum()
    due: dict[tuple[str, str, str], float] = {}
    for name in ("any", *sorted({*plan["generation"], *today["generation"]})):
        own, new = (t if name == "any" else t[t["generation"] == name] for t in (today, plan))
        before = demand["baseline_share"] if name == "any" else own.groupby("demand_id")["share"].sum()
        shares = {
            "reached_before": own.groupby("demand_id")["reach_share"].max(),
            "served_before": before,
            "served_after": before.add(new.groupby("demand_id")["share"].sum(), fill_value=0.0),
        }
        for key, share in shares.items():
            weighed = demand["weight"] * share.reindex(demand.index).fillna(0.0).clip(upper=1.0)
            for kind, value in weighed.groupby(demand["class"]).sum().items():
                due[str(kind), name, key] = float(value) / float(total[kind]) if total[kind] > 0 else 0.0
    return due


def _same(stated: Any, due: Any) -> bool:
    if stated is None or due is None:
        return stated is None and due is None
    return bool(np.isclose(float(stated), float(due), rtol=1e-6, atol=1e-6))


def _counts(written: Written) -> list[Finding]:
    """Sites by status, kilometres by medium and status, and the cost of a person newly served."""
    summary, sites, links, demand = written.summary, written.sites, written.links, written.demand
    counts = summary["counts"]
    due: dict[str, Any] = {f"sites_{s}": int((sites["status"] == s).sum()) for s in ("new", "shared", "existing")}
    stated = {key: counts.get(key) for key in due}
    for medium, of in (counts.get("links_km") or {}).items():
        stated.update({f"links_km.{medium}.{status}": km for status, km in of.items()})
    due.update(dict.fromkeys((key for key in stated if key.startswith("links_km.")), 0.0))
    for row in links.itertuples():
        key = f"links_km.{row.medium}.{row.status}"
        due[key] = due.get(key, 0.0) + float(str(row.length_m)) / 1000.0
    new = demand["served_share"] - demand["baseline_share"]
    people = float(_people(written) @ new.to_numpy(float))
    if summary["objective_npv"] is not None and people > 0:
        due["cost_per_person_served"] = float(summary["objective_npv"]) / people
        stated["cost_per_person_served"] = summary["cost_per_person_served"]
    return [
        Finding("summary", "summary.json", key, number(stated.get(key)), number(value))
        for key, value in sorted(due.items())
        if not _same(stated.get(key), value)
    ]


def _people(written: Written) -> npt.NDArray[np.float64]:
    """Whom each row counts: people at home; where targets name shared places and no homes, people at those places."""
    demand = written.demand
    asked = {name for name, share in (written.project.get("targets") or {}).items() if share}
    homes = set(demand.loc[demand["level"] == "household", "class"])
    at_places = demand["class"].astype(str).str.startswith("community_")
    if asked & homes or not asked & set(demand.loc[at_places, "class"]):
        return np.asarray(demand["population"], dtype=float)
    return np.where(at_places, np.asarray(demand["weight"], dtype=float), 0.0)
