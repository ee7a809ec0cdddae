"""What a row of the table amounts to, in a few words. A verdict that begins with WRONG fails the run."""

from __future__ import annotations

from .case import Outcome

SAME = 1e-6
"""relative difference within which two values are one"""
PROVEN = 1e-4
"""gap at or below which a plan is called optimal"""


def verdict(row: Outcome) -> str:
    """ok …, gap open, worse …, plan (no bound), no plan, a question about the published value, or WRONG: why."""
    if row.status in ("skipped", "killed", "crashed"):
        prefix = "WRONG: " if row.status == "crashed" and row.method == "netplan" else ""
        return f"{prefix}{row.status}: {row.note}" if row.note else prefix + row.status
    if row.faults:
        more = f" (and {len(row.faults) - 1} more)" if len(row.faults) > 1 else ""
        return f"WRONG: {row.faults[0]}{more}"
    if row.status == "infeasible":
        return "WRONG: called infeasible" if row.published is not None else "infeasible"
    beyond = _bound_beyond(row)
    if beyond:
        return beyond
    if row.found is None:
        return "no plan"
    off = row.gap_to_published
    proven = row.gap is not None and row.gap <= PROVEN
    if off is None and row.gap is None:
        return "plan"
    if off is None:
        return "ok, proven" if proven else "ok" if row.gap is not None and row.gap <= row.asked_gap else "gap open"
    if off < -SAME:
        return "WRONG: better than the published optimum" if row.certain else "better than best known: check it"
    if off <= SAME or (proven and off <= PROVEN):
        return "ok, proven" if proven else "ok, found"
    return f"worse than published by {100 * off:.3g} %"


def _bound_beyond(row: Outcome) -> str:
    """A bound that something better than it refutes: the plan itself, or the published value."""
    if row.bound is None:
        return ""
    sign = -1.0 if row.maximise else 1.0
    known = {"the plan's own value": row.found, "the published value": row.published}
    for what, value in known.items():
        if value is not None and sign * (row.bound - value) > SAME * max(1.0, abs(value)):
            if what == "the published value" and not row.certain:
                return "bound above a value not certain: check it"
            return f"WRONG: bound beyond {what}"
    return ""


def is_wrong(row: Outcome) -> bool:
    """Whether the row shows a mistake of the method (or of what was published)."""
    return verdict(row).startswith("WRONG")
