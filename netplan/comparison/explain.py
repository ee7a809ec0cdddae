"""A comparison in plain words, for a terminal."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Any

from netplan.comparison.alike import alike_sentence
from netplan.comparison.budget import served_sentence
from netplan.comparison.metrics import category_costs
from netplan.comparison.model import Comparison, Saving
from netplan.comparison.phrases import ENGLISH
from netplan.comparison.read import Written
from netplan.comparison.sums import money
from netplan.comparison.words import account_words, waterfall_words
from netplan.interval import CENT, OPTIMAL_GAP, proven_percent
from netplan.language import Language
from netplan.netted import CATEGORY, KEY
from netplan.written import spends_budget

SHOWN = 6
"""Lines of reasons."""


def explain(comparison: Comparison) -> str:
    """What each scenario costs, what is saved and how sure that is, why, and what rests on assumed masts."""
    lines = [_cost_line(plan, comparison.currency) for plan in comparison.plans]
    today = before_and_after(comparison)
    if today:
        lines += ["", *today]
    for name in comparison.names[1:]:
        lines += ["", told(comparison, name)]
        lines += reasons(comparison, name)
    for said in (waterfall_words(comparison), account_words(comparison)):
        lines += ["", *said] if said else []
    masts = without_masts(comparison)
    if masts:
        lines += ["", *masts]
    if comparison.notes:
        lines += ["", *(f"Note: {note}" for note in comparison.notes)]
    return "\n".join(lines)


def told(comparison: Comparison, scenario: str, language: Language = ENGLISH) -> str:
    """What a scenario saves against the first; where both spend a budget, how many more it serves for the sum."""
    served, saving = comparison.within(scenario), comparison.saving(scenario)
    if served is not None:
        said = served_sentence(served, comparison.currency, language)
    else:
        apart = comparison.apart(scenario)
        said = "" if saving is None else saving_sentence(saving, comparison.currency, language, apart)
    return f"{said} {alike_sentence(comparison, scenario, language)}".strip()


def _cost_line(plan: Written, currency: str) -> str:
    gap, cost = plan.number("gap"), plan.number("objective_npv")
    if not math.isfinite(cost):
        return f"{plan.name}: no plan ({plan.summary.get('status') or 'status unknown'})"
    that = " that serves as many" if spends_budget(plan.summary) else ""
    if not math.isfinite(gap):
        sure = "no proven bound"
    elif plan.summary.get("status") == "optimal" and gap <= OPTIMAL_GAP:
        sure = "proven optimal" + (f": no plan{that} is cheaper" if that else "")
    else:
        sure = f"proven: no plan{that} is more than {proven_percent(gap, 2):.2f} % cheaper"
    paid = (plan.summary.get(KEY) or {}).get("paid_npv", 0.0)
    net = " without what operators pay each other" if paid >= CENT else ""
    return f"{plan.name}: {money(cost, currency)} net present cost{net}, {sure}"


def before_and_after(comparison: Comparison) -> list[str]:
    """Who is served today and with each plan, by class, and what reaches people today; empty where nothing does."""
    coverage: dict[str, dict[str, dict[str, float]]] = comparison.plans[0].summary.get("coverage") or {}
    reach = {
        kind: {name: shares["reached_before"] for name, shares in by.items() if shares["reached_before"] > 0}
        for kind, by in coverage.items()
    }
    if not any(reach.values()):
        return []
    lines = ["Served at the rate of the class, today and with each plan:"]
    for kind in coverage:
        before = comparison.values("coverage before", kind)
        after = comparison.values("coverage after", kind)
        plans = ", ".join(f"{share:.1f} % in {name}" for name, share in after.items())
        today = f"  {kind}: {before.get(comparison.names[0], 0.0):.1f} % today; {plans}"
        named = ", ".join(f"{name} {share:.1%}" for name, share in reach[kind].items() if name != "any")
        lines.append(f"{today}; reached today at any rate: {named}" if named else today)
    return lines


def saving_sentence(saving: Saving, currency: str, language: Language = ENGLISH, apart: Collection[str] = ()) -> str:
    """The saving of one scenario with its interval; never a claim that the bounds do not carry.

    `apart`: in what the two do not ask the same (`Comparison.apart`); then one costs less, and saves nothing.
    """
    named = {"a": saving.reference, "b": saving.scenario}
    if not math.isfinite(saving.value):
        return language.say("no_saving", **named)
    if saving.value == 0 and saving.low == saving.high == 0:
        return language.say("exactly_alike", **named)
    if abs(saving.value) < CENT:
        head = language.say("costs_same", **named)
    else:
        share = f" ({_percent(abs(saving.share), language)})" if math.isfinite(saving.share) else ""
        value = money(abs(saving.value), currency, language)
        less = "costs_less" if apart else "saves"
        head = language.say(less if saving.value > 0 else "costs_more", value=value, share=share, **named)
    if apart:
        what = ", ".join(language.word("asked", key) for key in apart)
        return language.say("unlike" if saving.value >= CENT else "not_like_for_like", head=head, what=what)
    if not saving.bounded:
        return language.say("unproven", head=head)
    if saving.high - saving.low < CENT:
        return language.say("exactly", head=head)
    ends = (saving.share_low, saving.share_high)
    low, high = (_percent(end, language) for end in ends)
    interval = language.say(
        "interval",
        low=money(saving.low, currency, language),
        high=money(saving.high, currency, language),
        shares=language.say("shares", low=low, high=high) if all(map(math.isfinite, ends)) else "",
    )
    return language.say("proven" if saving.distinguishable else "indistinct", head=head, interval=interval)


def _percent(share: float, language: Language) -> str:
    return language.percent(f"{share * 100:.1f}").replace("-", "−")


def reasons(comparison: Comparison, scenario: str) -> list[str]:
    """The categories and media that make up the difference, largest first."""
    first = comparison.plans[0]
    plan = next(plan for plan in comparison.plans if plan.name == scenario)
    before, after = category_costs(first), category_costs(plan)
    changes = sorted(
        ((after.get(name, 0.0) - before.get(name, 0.0), name) for name in {*before, *after}),
        key=lambda change: (-abs(change[0]), change[1]),
    )
    scale = max(abs(first.number("objective_npv")), 1.0)
    saving = comparison.saving(scenario)
    width = 0.0 if saving is None else saving.unproven if math.isfinite(saving.unproven) else math.inf
    spent = "of the sum, " if saving is None else ""
    small = " (not distinguishable: smaller than what the two plans leave unproven)"
    lines = [
        f"  {spent}{_named(name)}: {money(abs(delta), comparison.currency)} {'less' if delta < 0 else 'more'}"
        f"{small if abs(delta) < width else ''}"
        for delta, name in changes[:SHOWN]
        if abs(delta) > 1e-4 * scale
    ]
    found = next(d for d in comparison.differences if d.scenario == scenario)
    kms = found.links[["medium", "km_reference", "km_scenario"]].itertuples(index=False, name=None)
    changed = [(str(medium), float(km_a), float(km_b)) for medium, km_a, km_b in kms]
    for medium, km_a, km_b in sorted(changed, key=lambda row: (-abs(row[2] - row[1]), row[0]))[:SHOWN]:
        if abs(km_b - km_a) >= 0.5:
            label = (plan if km_b > 0 else first).label("media", medium)
            lines.append(f"  {label}: {km_b:,.0f} km instead of {km_a:,.0f} km")
    gone, come = len(found.sites_only_reference), len(found.sites_only_scenario)
    if gone or come:
        lines.append(
            f"  sites: {gone:,} of {first.name} not needed, {come:,} others used, {len(found.sites_both):,} in both"
        )
    return lines


def _named(category: str) -> str:
    return category.replace("-", " ") if category == CATEGORY else category


def without_masts(comparison: Comparison) -> list[str]:
    """What sharing saves where other owners' masts stay closed, if masts are assumed and such a scenario is here.

    It must differ in nothing but the masts: another way of sharing says nothing of them.

    Read from the sharing lists and the catalogue's own statement of which lever opens masts.
    """
    masts = comparison.tower_levers
    open_masts = [
        plan
        for plan in comparison.plans
        if masts & set(plan.project.get("sharing") or ()) and (plan.project.get("existing") or {}).get("towers_assumed")
    ]
    if not open_masts:
        return []
    but_masts = [_but_masts(plan, masts) for plan in open_masts]
    closed = [
        plan.name for plan in comparison.plans[1:] if plan.project.get("sharing") and _but_masts(plan, ()) in but_masts
    ]
    names = ", ".join(plan.name for plan in open_masts)
    lines = [f"The masts that {names} may share stand at assumed positions."]
    if not closed:
        return [lines[0] + " Plan a scenario that shares everything but masts to see what does not rest on them."]
    return lines + [f"Without them: {told(comparison, name)}" for name in closed]


def _but_masts(plan: Written, masts: Collection[str]) -> dict[str, Any]:
    """A plan's project, without the levers that open masts."""
    return {**plan.project, "sharing": sorted(set(plan.project.get("sharing") or ()).difference(masts))}
