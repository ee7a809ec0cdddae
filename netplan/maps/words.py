"""A plan's key figures in plain words, in the language asked for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from netplan.interval import CENT, OPTIMAL_GAP, proven_percent
from netplan.maps.languages import ENGLISH, PHRASES, Language
from netplan.netted import KEY, WITH
from netplan.project.schema import COMMUNITY
from netplan.written import spends_budget


def number(value: float, language: Language = ENGLISH) -> str:
    """A whole number with grouping, e.g. 12,345."""
    return language.figures(f"{value:,.0f}")


def short(value: float, language: Language = ENGLISH) -> str:
    """A count at a glance: 950, 12.3k, 1.2M."""
    size = abs(value)
    if size >= 999_500:
        text = f"{value / 1e6:.1f}M"
    elif size >= 9_995:
        text = f"{value / 1e3:.0f}k"
    else:
        text = f"{value / 1e3:.1f}k" if size >= 1_000 else f"{value:.0f}"
    return language.figures(text)


def percent(share: float, language: Language = ENGLISH) -> str:
    """A share as a per cent that never rounds up to a target it misses, e.g. 98.2 %."""
    return language.percent(f"{math.floor(share * 1000 + 1e-6) / 10:.1f}")


def percent_left(left: float, total: float, language: Language = ENGLISH) -> str:
    """The share of those left out: what the share of those served, as `percent` says it, leaves of 100 %."""
    served = math.floor((1.0 - left / total) * 1000 + 1e-6) if total > 0 else 1000
    return language.percent(f"{(1000 - served) / 10:.1f}")


def class_name(name: str, language: Language = ENGLISH) -> str:
    """A class of demand: the usual ones in plain words of the language, others as the project calls them."""
    return language.word("class", name) if f"class_{name}" in PHRASES else name


def money(value: float, currency: str, language: Language = ENGLISH) -> str:
    """A sum to three or four figures, e.g. `USD 12.34 million`."""
    sign = "−" if value < 0 else ""
    value = abs(value)
    for size, word in ((1e9, "billion"), (1e6, "million")):
        if value >= size:
            text = language.say(word, value=language.figures(f"{value / size:,.2f}"))
            return sign + language.sum_of(currency, text)
    return sign + language.sum_of(currency, number(value, language))


def price(value: float, currency: str, language: Language = ENGLISH) -> str:
    """A small sum: with cents under a hundred, whole above."""
    return language.sum_of(currency, language.figures(f"{value:,.2f}" if abs(value) < 100 else f"{value:,.0f}"))


def class_names(bounds: Sequence[str], language: Language = ENGLISH) -> list[str]:
    """Names of the classes between bounds: `below 10`, `10 to 20`, …, `100 and above`."""
    if not bounds:
        return [language.say("served")]
    inner = [language.say("from_to", low=low, high=high) for low, high in pairwise(bounds)]
    return [language.say("below", high=bounds[0]), *inner, language.say("and_above", low=bounds[-1])]


def finite(value: Any) -> float | None:
    """The number, or None when it is absent, not a number or infinite."""
    try:
        found = float(value)
    except (TypeError, ValueError):
        return None
    return found if math.isfinite(found) else None


def gap_in_words(summary: dict[str, Any], currency: str, language: Language = ENGLISH) -> str:
    """How much cheaper any plan could possibly be, from the proven bound; nothing claimed without one."""
    gap, bound = finite(summary.get("gap")), finite(summary.get("bound_npv"))
    if gap is None or bound is None:
        return language.say("no_bound")
    among = "_served" if spends_budget(summary) else ""
    if is_optimal(summary, gap):
        return language.say(f"optimal{among}")
    return language.say(f"within{among}", gap=gap_width(gap, language), bound=money(bound, currency, language))


def net_of_payments(summary: dict[str, Any], currency: str, language: Language = ENGLISH) -> list[str]:
    """That a cost is net of what operators pay each other; empty where they pay each other nothing."""
    paid = finite((summary.get(KEY) or {}).get("paid_npv")) if WITH in summary else None
    return [language.say("net_of_payments", paid=money(paid, currency, language))] if paid and paid >= CENT else []


def is_optimal(summary: dict[str, Any], gap: float) -> bool:
    """Whether a plan is called the cheapest: proven to 0.01 %."""
    return gap <= OPTIMAL_GAP and summary.get("status") == "optimal"


def gap_width(gap: float, language: Language = ENGLISH) -> str:
    """A proven gap as a per cent, rounded up: two places while it is small."""
    places = 2 if gap < 0.1 else 0
    return language.percent(f"{proven_percent(gap, places):.{places}f}")


def targets_in_words(summary: dict[str, Any], language: Language = ENGLISH) -> str:
    """Which targets are met, class by class."""
    targets: dict[str, dict[str, Any]] = summary.get("targets") or {}
    parts = []
    for name, entry in sorted(targets.items()):
        target, achieved = finite(entry.get("target")), finite(entry.get("achieved"))
        if achieved is None:
            continue
        if target is None and (targets.get(COMMUNITY + name) or {}).get("target") is not None:
            continue  # its people are to be served at shared places, and said so
        goal = ""
        if target is not None:
            said = language.percent(f"{target * 100:g}")
            goal = language.say("goal" if achieved >= target - 1e-6 else "goal_missed", target=said)
        parts.append(f"{class_name(name, language)} {percent(achieved, language)}{goal}")
    return language.say("served_list", list=" · ".join(parts)) if parts else language.say("no_targets")


def headline(
    summary: dict[str, Any], economics: dict[str, Any], currency: str, language: Language = ENGLISH
) -> list[str]:
    """Two sentences under the title: what it costs and how sure that is; what it brings."""
    cost = finite(summary.get("objective_npv"))
    years, price_year = economics.get("years"), economics.get("price_year")
    if cost is None:
        first = language.say("no_plan", status=summary.get("status") or language.say("status_unknown"))
    else:
        first = language.say("npv", cost=money(cost, currency, language))
        first += language.count("over_years", years) if years else ""
        first += language.say("prices_of", year=price_year) if price_year else ""
        parts = [gap_in_words(summary, currency, language), *net_of_payments(summary, currency, language)]
        first += "".join(f" · {part}" for part in parts)
    return [first, targets_in_words(summary, language) + _shortfall(summary, language)]


def _shortfall(summary: dict[str, Any], language: Language) -> str:
    missing = {name: finite(value) for name, value in (summary.get("shortfall") or {}).items()}
    short_of = [
        f"{number(value, language)} {class_name(name, language)}" for name, value in sorted(missing.items()) if value
    ]
    return language.say("short_of", list=", ".join(short_of)) if short_of else ""


def assumed_notices(
    project: dict[str, Any], summary: dict[str, Any], assumed_sites: int, language: Language = ENGLISH
) -> list[str]:
    """What on the map is assumed and not known, a sentence each, said once; what is drawn comes first."""
    existing = project.get("existing") or {}
    notices = []
    if existing.get("pops_assumed"):
        notices.append(language.say("pops_assumed"))
    if existing.get("towers_assumed") or assumed_sites:
        count = language.count("sites_assumed", assumed_sites) if assumed_sites else language.say("masts_assumed")
        notices.append(count)
    said = [*(project.get("assumptions") or []), *(summary.get("assumptions") or [])]
    return list(dict.fromkeys([*notices, *(str(sentence).rstrip(". ") for sentence in said)]))
