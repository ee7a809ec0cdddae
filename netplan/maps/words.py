"""A plan's key figures in plain words."""

from __future__ import annotations

import math
from typing import Any


def number(value: float) -> str:
    """A whole number with thin grouping, e.g. 12,345."""
    return f"{value:,.0f}"


def short(value: float) -> str:
    """A count at a glance: 950, 12.3k, 1.2M."""
    size = abs(value)
    if size >= 999_500:
        return f"{value / 1e6:.1f}M"
    if size >= 9_995:
        return f"{value / 1e3:.0f}k"
    return f"{value / 1e3:.1f}k" if size >= 1_000 else f"{value:.0f}"


def percent(share: float) -> str:
    """A share as a per cent that never rounds up to a target it misses, e.g. 98.2 %."""
    return f"{math.floor(share * 1000 + 1e-6) / 10:.1f} %"


def money(value: float, currency: str) -> str:
    """A sum to three or four figures, e.g. `USD 12.34 million`."""
    for size, word in ((1e9, " billion"), (1e6, " million")):
        if abs(value) >= size:
            return f"{currency} {value / size:,.2f}{word}"
    return f"{currency} {value:,.0f}"


def finite(value: Any) -> float | None:
    """The number, or None when it is absent, not a number or infinite."""
    try:
        found = float(value)
    except (TypeError, ValueError):
        return None
    return found if math.isfinite(found) else None


def gap_in_words(summary: dict[str, Any], currency: str) -> str:
    """How much cheaper any plan could possibly be, from the proven bound; nothing claimed without one."""
    gap, bound = finite(summary.get("gap")), finite(summary.get("bound_npv"))
    if gap is None or bound is None:
        return "no proven bound on the least cost"
    if gap <= 1e-4 and summary.get("status") == "optimal":
        return "proven optimal: no cheaper plan exists for these inputs"
    width = f"{gap * 100:.2f}" if gap < 0.1 else f"{gap * 100:.0f}"
    return f"proven within {width} % of the least possible cost (none below {money(bound, currency)})"


def targets_in_words(summary: dict[str, Any]) -> str:
    """Which targets are met, class by class."""
    targets: dict[str, dict[str, Any]] = summary.get("targets") or {}
    parts = []
    for name, entry in sorted(targets.items()):
        target, achieved = finite(entry.get("target")), finite(entry.get("achieved"))
        if achieved is None:
            continue
        goal = (
            "" if target is None else f" (target {target * 100:g} %{'' if achieved >= target - 1e-6 else ', missed'})"
        )
        parts.append(f"{name} {percent(achieved)}{goal}")
    return "Served: " + " · ".join(parts) if parts else "No targets stated"


def headline(summary: dict[str, Any], economics: dict[str, Any], currency: str) -> list[str]:
    """Two sentences under the title: what it costs and how sure that is; what it brings."""
    cost = finite(summary.get("objective_npv"))
    years, price_year = economics.get("years"), economics.get("price_year")
    if cost is None:
        first = f"No plan: {summary.get('status') or 'status unknown'}"
    else:
        over = f" over {years} years" if years else ""
        prices = f", {price_year} prices" if price_year else ""
        first = f"Net present cost {money(cost, currency)}{over}{prices} · {gap_in_words(summary, currency)}"
    return [first, targets_in_words(summary) + _shortfall(summary)]


def _shortfall(summary: dict[str, Any]) -> str:
    missing = {name: finite(value) for name, value in (summary.get("shortfall") or {}).items()}
    short_of = [f"{number(value)} {name}" for name, value in sorted(missing.items()) if value]
    return f" · targets cannot be met: short of {', '.join(short_of)}" if short_of else ""


def assumed_notices(project: dict[str, Any], summary: dict[str, Any], assumed_sites: int) -> list[str]:
    """What on the map is assumed and not known, a sentence each, said once."""
    existing = project.get("existing") or {}
    notices = []
    if existing.get("pops_assumed"):
        notices.append("positions of the points of presence (PoPs) are assumed")
    if existing.get("towers_assumed") or assumed_sites:
        count = f"{assumed_sites} site{'s' if assumed_sites != 1 else ''} in this plan" if assumed_sites else "masts"
        notices.append(f"{count} at assumed (crowd-sourced) positions")
    said = [*(project.get("assumptions") or []), *(summary.get("assumptions") or [])]
    return list(dict.fromkeys([*notices, *(str(sentence).rstrip(". ") for sentence in said)]))
