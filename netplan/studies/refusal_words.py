"""The study of refusals in figures for other programs and in words for those who decide."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from netplan.catalogue.schema import CO_BENEFIT
from netplan.leaks import credit_of
from netplan.studies.refusal import Interval, Refusal, Strategy
from netplan.studies.refusal_problem import Purchase

RECKONED = (
    "Each owner answers once, for all of its assets, and independently of the others; everything that is not built "
    "first is built after the last answer.",
    "Nothing is laid in or on an asset before its owner consents. What is built first is paid for in full, with its "
    "upkeep, whether it is used in the end or not.",
    "The worth of service is one figure for all that is built, also for parts that serve nobody until a link of an "
    "owner that has still to answer joins them: such parts gain less from an early start than is reckoned here.",
)


def as_data(study: Refusal) -> dict[str, Any]:
    """What `refusal.json` holds. Money is present value in the project's currency; unknown figures are null."""
    economics = study.district.economics
    return {
        "project": study.district.loaded.project.name,
        "scenario": study.district.loaded.scenario,
        "currency": economics.currency,
        "price_year": economics.price_year,
        "utilities": [
            {"name": u.name, "media": list(u.media), "probability": u.probability, "delay_years": u.delay_years,
             "offered_km": round(u.offered_km, 3), "stated_by_project": u.stated,
             "approval_cost": approval_cost(study, u.name)}
            for u in study.utilities
        ],
        "states": [
            {"state": s.label, "refusing": sorted(s.refusing), "probability": s.probability,
             "objective_npv": _finite(p.objective), "bound_npv": _finite(p.bound)}
            for s, p in zip(study.states, study.plans, strict=True)
        ],
        "cost_of_refusal": {
            name: {
                "low": _finite(i.low),
                "value": _finite(i.value),
                "high": _finite(i.high),
                "high_proven_by": i.proven_by,
            }
            for name, i in study.refusal_cost.items()
        },
        "two_stage": {
            "method": study.method,
            "recourse_factor": study.factor,
            "delay_years": study.delay_years,
            "service_worth": study.district.loaded.project.refusal.service_worth,
            "expected_bound_npv": _finite(study.expected_bound),
            "strategies": [
                {"key": s.key, "label": s.label, "first_npv": s.first_cost, "expected_npv": s.expected,
                 "by_state_npv": list(s.by_state), "regret_npv": list(s.regret)}
                for s in study.strategies
            ],
        },
        "leak_sensing": leak_sensing(study),
        "notes": list(study.notes),
    }  # fmt: skip


def approval_cost(study: Refusal, owner: str) -> float:
    """What an owner is paid once for approval where its assets are used, whatever they carry; today's prices."""
    indexed, cost = study.district.indexed, study.instance.problem.site_cost
    first = len(indexed.site_ids)
    return float(sum(cost[first + at] for at, (_, who) in enumerate(indexed.approvals) if who == owner))


def as_table(study: Refusal) -> pd.DataFrame:
    """One row per choice and case: `strategy, label, state, probability, first_npv, cost_npv, regret_npv,
    expected_npv`."""
    rows = [
        (s.key, s.label, state.label, state.probability, s.first_cost, s.by_state[k], s.regret[k], s.expected)
        for s in study.strategies
        for k, state in enumerate(study.states)
    ]
    columns = ["strategy", "label", "state", "probability", "first_npv", "cost_npv", "regret_npv", "expected_npv"]
    return pd.DataFrame(rows, columns=columns)


def leak_sensing(study: Refusal) -> dict[str, Any] | None:
    """What the cable in the plan with consent is worth to the owners of its pipes; None when it runs in none.

    `counted`: the costs of links in pipes are already less by it.
    """
    district, edges = study.district, study.district.backhaul.edges
    built = edges[study.plans[0].bought.edges[: len(edges)]]
    km = value = 0.0
    items, stated = set(), district.loaded.project.refusal.leak_value_per_km_year
    counted = district.economics.leak_value_per_km_year > 0
    for key, rows in built.groupby("medium"):
        for benefit in district.catalogue.media[str(key)].co_benefits[:1]:
            here = float(rows["length_m"].sum()) / 1000.0
            price = district.economics.price(benefit.value_per_km_year) if stated is None else stated
            credit = credit_of(district.catalogue.media[str(key)], district.economics)
            price = price if credit is None else credit.per_km_year
            km, value = km + here, value + here * price
            items.add(benefit.item)
    if not items:
        return None
    npv = float(district.economics.npv(0.0, value, np.nan, CO_BENEFIT))
    by = "project" if counted or stated is not None else "catalogue"
    return {"item": "; ".join(sorted(items)), "km": km, "value_per_year": value, "npv": npv, "stated_by": by,
            "counted": counted}  # fmt: skip


def explain(study: Refusal) -> str:
    """The study in plain words, as Markdown."""
    money = _Money(study.district.economics.currency)
    loaded = study.district.loaded
    lines = [
        f"# If an owner refuses: {loaded.project.name}, scenario {loaded.scenario}",
        "",
        f"All sums are present values over {study.district.economics.years} years in {money.currency} of "
        f"{study.district.economics.price_year}; the targets are met in every case.",
        "",
        "## Who decides",
        "",
    ]
    for u in study.utilities:
        where = "stated by the project" if u.stated else "the catalogue's assumption"
        lines.append(
            f"- **{u.name}** ({u.offered_km:,.0f} km on offer): {_answer(u.probability, u.delay_years, where)}"
        )
        fee = approval_cost(study, u.name)
        if fee > 0 and u.probability > 0:
            lines[-1] += f" Its approval costs {money(fee)} once, paid when it is given."
    lines += ["", "## What a refusal costs", ""]
    lines += [_refusal_line(name, interval, money) for name, interval in study.refusal_cost.items()]
    if not study.refusal_cost:
        lines.append("Every answer is known already, so nothing is left to be refused.")
    lines += ["", *_first(study, money)]
    sensing = leak_sensing(study)
    if sensing is not None:
        lines += [
            "",
            "## Leaks",
            "",
            f"{sensing['km']:,.1f} km of the plan's cable run in pipes and can be listened to for leaks. At the value "
            f"of the {sensing['stated_by']} that is worth {money(sensing['value_per_year'])} a year to the owners "
            f"({money(sensing['npv'])} over the horizon). "
            + ("Every cost above is already less by it." if sensing["counted"] else "It is in no figure above."),
        ]
    if study.strategies and study.refusal_cost:
        lines += ["", "## How it is reckoned", "", *(f"- {text}" for text in RECKONED)]
    lines += ["", *(f"- {note}" for note in study.notes)] if study.notes else []
    return "\n".join(lines).rstrip() + "\n"


class _Money:
    """Sums in three significant figures, in words where they are large."""

    def __init__(self, currency: str) -> None:
        self.currency = currency

    def __call__(self, value: float) -> str:
        if not math.isfinite(value):
            return "an unknown sum"
        if abs(value) >= 1e6:
            return f"{self.currency} {value / 1e6:,.2f} million"
        return f"{self.currency} {value:,.0f}"


def _after(years: float) -> str:
    return "after a year" if years == 1 else f"after {years:g} years"


def _answer(probability: float, delay: float, where: str) -> str:
    if probability >= 1:
        return "has consented."
    if probability <= 0:
        return "has refused; its assets are not used."
    return f"consents with a probability of {probability:.0%} ({where}), and answers {_after(delay)}."


def _refusal_line(name: str, interval: Interval, money: _Money) -> str:
    who = "all of them refuse" if name == "all" else f"{name} refuses"
    if not math.isfinite(interval.value):
        return f"- If {who}, **the targets cannot be met**, or no plan was found in the time given."
    if not math.isfinite(interval.high):
        return f"- If {who}: about {money(interval.value)} more by the plans found; nothing is proven of it."
    how = {
        "gaps": "by the bounds of both plans",
        "replacement": "for every pipe, pole line or duct in any plan could be replaced by other cable at that price",
    }[interval.proven_by]
    most = f"at most {money(interval.high)} more is proven, {how}"
    if interval.value > interval.high:
        return (
            f"- If {who}: {most}. The plans found differ by {money(interval.value)}, more than refusing can cost: the "
            "plan without was searched too briefly."
        )
    if interval.low <= 0:
        return (
            f"- If {who}: **{money(interval.value)}** more by the plans found; {most}. That it costs anything at all "
            "is **not proven**: the plans lie closer together than their gaps."
        )
    if money(interval.low) == money(interval.high):
        return f"- If {who}: **{money(interval.value)}** more; this is proven, {how}."
    return f"- If {who}: **{money(interval.value)}** more; at least {money(interval.low)} and {most}."


def _first(study: Refusal, money: _Money) -> list[str]:
    """What to build first, and why."""
    if not study.strategies:
        return ["## What to build first", "", "There is a case without a plan, so no choice can be recommended."]
    best, gap = study.best, _gap(study.expected_bound, money)
    how = {
        "whole": "All cases were planned together as one problem",
        "comparison": "The district is too large to plan all cases as one problem; the choices below were compared, "
        "each re-planned in every case with what is built first at no further cost",
    }[study.method]
    lines = [
        "## What to build before the answers",
        "",
        f"The answers come {_after(study.delay_years)}. What is built only then counts {study.factor:.3f} times "
        "what it costs now: money spent later is worth less, but the service is missing meanwhile (it is valued at "
        f"{study.district.loaded.project.refusal.service_worth:g} times its cost).",
        "",
        f"**{best.label.capitalize()}**: {money(best.first_cost)} now, {money(best.expected)} in expectation in all. "
        f"{how}; {gap}",
        "",
        "| choice | built now | " + " | ".join(s.label for s in study.states) + " | expected | most regret |",
        "| --- | ---: | " + "---: | " * len(study.states) + "---: | ---: |",
    ]
    for each in study.strategies:
        cells = " | ".join(f"{cost:,.0f}" for cost in each.by_state)
        lines.append(
            f"| {each.label} | {each.first_cost:,.0f} | {cells} | {each.expected:,.0f} | {max(each.regret):,.0f} |"
        )
    lines += [
        "",
        f"Regret is what a choice costs in a case above the plan of somebody who knew the answer. Least regret: "
        f"{_least_regret(study).label} (at most {money(max(_least_regret(study).regret))}).",
    ]
    return lines


def _least_regret(study: Refusal) -> Strategy:
    return min(study.strategies, key=lambda each: max(each.regret))


def _gap(bound: float, money: _Money) -> str:
    if not math.isfinite(bound):
        return "no bound was proven in the time given."
    return f"it is proven that no choice costs less than {money(bound)} in expectation."


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def first_purchase(study: Refusal, first: Purchase) -> dict[str, pd.DataFrame]:
    """Sites, equipment and links bought before the answers, as layers of the district with their cost."""
    indexed, problem = study.district.indexed, study.instance.problem
    edges, real = study.district.backhaul.edges, len(indexed.site_ids)
    tables = {
        "sites": (study.district.sites.points, indexed.site_ids, first.sites[:real], problem.site_cost[:real]),
        "equipment": (study.district.options.table, indexed.option_ids, first.options, problem.option_cost),
        "links": (edges, indexed.edge_ids[: len(edges)], first.edges[: len(edges)], problem.edge_cost[: len(edges)]),
    }
    layers = {}
    for name, (table, ids, flags, cost) in tables.items():
        rows = table.loc[ids[flags]]
        layers[name] = rows.rename_axis(f"{name.rstrip('s')}_id").reset_index().assign(npv=cost[flags])
    return layers
