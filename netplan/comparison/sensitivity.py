"""Does the saving survive the range of its inputs? Both plans stand as they are; one number at a time is moved.

The cost of a plan that stands is linear in every price, so its cost at the ends of a range is exact, whatever the
planner did. A planner who knew the other price could only do better than either plan, so the figures say what
committing to these plans risks; `netplan compare --resolve N` plans again at the ends that matter most.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from netplan.between import operators_of, paid_rows
from netplan.comparison.fees import SPECTRUM, approval_change, fee_escalation, fee_ranges, spectrum_change
from netplan.comparison.increments import INCREMENT, increment_change, increment_ranges
from netplan.comparison.leaks import LEAKS, leak_change, leak_range
from netplan.comparison.model import Comparison
from netplan.comparison.read import Written
from netplan.comparison.sensitivity_inputs import Input, Range, price_at, priced, range_of, ranges, unmoved
from netplan.consents import APPROVAL_UNIT
from netplan.costs import OPERATOR, Economics
from netplan.netted import WITH

KEYS = ["reference", "scenario", "input", "section", "entry", "item", "field", "per"]
RANGE = ["unit", "value", "low", "high", "assumption"]
COSTS = ["reference_cost_at_low", "reference_cost_at_high", "scenario_cost_at_low", "scenario_cost_at_high"]
COLUMNS = [*KEYS, *RANGE, *COSTS, "saving_at_low", "saving_at_high", "saving", "swing", "survives", "break_even"]
ALL_PRICES = "all prices at once, each at its worse end"
RATES = {"discount_rate": "discount_rate", "wacc": "discount_rate", "years": "years",
         "price_escalation_per_year": "escalation_per_year"}  # fmt: skip
"""Economic default -> field of Economics."""
SEARCHED = {"discount_rate": (0.0, 0.6), "escalation_per_year": (-0.1, 0.2), "life_years": (1.0, 60.0)}
"""Where a break-even value is looked for, beyond the range itself."""
LONGEST = 50
STEPS = 30


@dataclass(frozen=True)
class Stand:
    """A plan that stands, ready to be priced otherwise."""

    plan: Written
    items: pd.DataFrame
    economics: Economics
    cost: float
    groups: dict[tuple[str, ...], pd.DataFrame]
    """Section, entry, item and unit -> the items of that line."""
    paid: Stand | None = None
    """Payments between operators that the cost is net of, as items of their own, before tax; None where it is not."""
    kept: float = 1.0
    """Of those payments, what is left of them after tax on profit."""

    @classmethod
    def of(cls, plan: Written) -> Stand:
        """Reads the items of a written plan."""
        stand, paid = cls._of(plan), _between(plan)
        if paid is None:
            return stand
        inner, kept = cls._of(paid), 1.0 - stand.economics.terms().profit_tax
        due = float(inner.items["npv_capex"].sum() + inner.items["npv_opex"].sum())
        # approvals and other sums that links bring are no payments between operators
        bare = replace(paid, tables={**paid.tables, "links": paid.tables["links"].iloc[:0]})
        inner = replace(inner, plan=bare, cost=due)
        return replace(stand, cost=stand.cost - kept * inner.cost, paid=inner, kept=kept)

    @classmethod
    def _of(cls, plan: Written) -> Stand:
        items = priced(plan)
        groups = {
            tuple(map(str, key)): rows for key, rows in items.groupby(["section", "entry", "item", "unit"], sort=False)
        }
        return cls(plan, items, Economics.of(plan.economics), float(items["npv"].sum()), groups)

    @property
    def gross(self) -> float:
        """The cost with payments between operators."""
        return self.cost if self.paid is None else self.cost + self.kept * self.paid.cost

    def rows(self, which: Input) -> pd.DataFrame:
        """The items that a number prices."""
        found = self.groups.get((which.section, which.entry, which.item, which.per))
        return self.items.iloc[:0] if found is None else found


def _between(plan: Written) -> Written | None:
    """The plan with no items but the payments between operators that its cost is net of, at their prices before tax."""
    if WITH not in plan.summary:
        return None
    rows = paid_rows(plan.tables, plan.catalogue, plan.owners, operators_of(plan.project))
    untaxed = {**plan.economics, "perspective": "society"}
    return replace(plan, tables={**plan.tables, "costs": rows}, economics=untaxed) if len(rows) else None


def cost_at(stand: Stand, which: Input, span: Range, value: float) -> float:
    """What the plan costs when one number is `value`, everything else as it was; net of payments between operators
    where its cost is."""
    if stand.paid is None:
        return _cost_at(stand, which, span, value)
    gross = _cost_at(replace(stand, cost=stand.gross), which, span, value)
    return gross - stand.kept * _cost_at(stand.paid, which, span, value)


def _cost_at(stand: Stand, which: Input, span: Range, value: float) -> float:
    if which.entry == LEAKS:
        return stand.cost + leak_change(stand.plan, stand.items, stand.economics, value / span.value)
    if which.entry == SPECTRUM:
        return stand.cost + spectrum_change(stand.plan, stand.economics, span, value)
    if which.section == "economics":
        return _revalued(stand, which.entry, value)
    if which.field == INCREMENT:
        return stand.cost + increment_change(stand.plan, stand.items, which, value)
    if which.per == APPROVAL_UNIT:
        return stand.cost + approval_change(stand.plan, stand.economics, which, span, value)
    rows = stand.rows(which)
    if not len(rows):
        return stand.cost
    if which.field == "life_years":
        worth = stand.economics.npv(rows["capex"].to_numpy(float), 0.0, value, rows["category"].to_numpy(object))
        return stand.cost + float(worth.sum() - rows["npv_capex"].sum())
    if span.value == 0:
        return stand.cost + _from_nothing(stand, rows, which, span, value)
    part = "npv_capex" if which.field == "capex" else "npv_opex"
    return stand.cost + (value / span.value - 1.0) * float(rows[part].sum())


def _from_nothing(stand: Stand, rows: pd.DataFrame, which: Input, span: Range, value: float) -> float:
    """What items cost that are free now at another price: as much as there is of them times that price.

    Of several operators together the plan's own line is that of all, and so is its range.
    """
    own = range_of(rows["line"].iloc[0].get(which.field)) or span
    usd = value * (own.high - own.low) / (span.high - span.low)
    money = rows["quantity"].to_numpy(float) * price_at(stand.economics, own, usd)
    capex, opex = (money, 0.0) if which.field == "capex" else (0.0, money)
    life, category = rows["life_years"].to_numpy(float), rows["category"].to_numpy(object)
    return float(stand.economics.npv(capex, opex, life, category).sum())


def moved_by(stand: Stand) -> dict[Input, Range]:
    """Every number of the catalogue with a range that the plan's cost hangs on."""
    plan, economics = stand.plan, stand.economics
    left_out = unmoved(plan)
    found = {**ranges(stand.items), **increment_ranges(plan)}
    found |= {**leak_range(plan, economics), **fee_ranges(plan, economics)}
    return {which: span for which, span in found.items() if which.name not in left_out}


def _revalued(stand: Stand, entry: str, value: float) -> float:
    """The whole plan under another rate, horizon, escalation of old prices, or share of imports."""
    economics, items = stand.economics, stand.items
    capex, opex = items["capex"].to_numpy(float), items["opex_per_year"].to_numpy(float)
    name, _, category = entry.partition(".")
    changed: dict[str, Any] = {RATES.get(name, name): int(value) if name == "years" else value}
    if name == "import_share":
        changed = {name: {**economics.import_share, category: value}}
    economics, growth = replace(economics, **changed), 1.0
    if name == "price_escalation_per_year":
        growth = (1.0 + value) / (1.0 + stand.economics.escalation_per_year)
        capex, opex = (
            money * growth ** _age(stand, field) for money, field in ((capex, "capex"), (opex, "opex_per_year"))
        )
    worth = economics.npv(capex, opex, items["life_years"].to_numpy(float), items["category"].to_numpy(object))
    return float(worth.sum()) + (fee_escalation(stand.plan, economics, growth) if growth != 1.0 else 0.0)


def _age(stand: Stand, field: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Years from the price of each item to the price year; 0 where the price has no year."""
    year = stand.economics.price_year
    dated = [((line or {}).get(field) or {}).get("year") for line in stand.items["line"]]
    return np.array([0.0 if each is None else float(year - each) for each in dated])


def economic_ranges(plan: Written, economics: Economics) -> dict[Input, Range]:
    """Numbers of the economic defaults that this plan's cost hangs on, around the values that it was planned with."""
    stated = plan.economic_defaults
    operator = economics.perspective == OPERATOR
    out: dict[Input, Range] = {}
    for name in ("wacc" if operator and stated.get("wacc") else "discount_rate", "years", "price_escalation_per_year"):
        found = range_of(stated.get(name))
        if found is not None:
            out[Input("economics", name, "", "value")] = replace(found, value=float(getattr(economics, RATES[name])))
    if operator and economics.import_duty > 0:
        for category, quantity in (stated.get("import_share") or {}).items():
            found = range_of(quantity)
            if found is not None:
                now = float(economics.import_share.get(category, 0.0))
                out[Input("economics", f"import_share.{category}", "", "value")] = replace(found, value=now)
    shortest = len(economics.rollout)
    return {k: replace(r, low=max(r.low, shortest)) if k.entry == "years" else r for k, r in out.items()}


def sensitivity(comparison: Comparison) -> pd.DataFrame:
    """The tornado table of a comparison: COLUMNS, by scenario and then the widest swing of the saving first.

    One row per number of the catalogue with a range behind either plan of a pair, per increment of an operator model
    with which either was made, per economic default, for the worth of leaks, approvals and spectrum where they are
    counted, and one for all prices at once, each at the end that is worse for the saving (exact as well: prices add
    up). `survives`: the saving has the same sign at both ends; `break_even`: the value nearest to the catalogue's at
    which it is nil, empty where there is none. Empty when the plans hold no items. A scenario that spends a budget, as
    the first does, has no saving and no rows here (see `netplan.comparison.sensitivity_budget`).
    """
    if any(not {"discount_rate", "years", "price_year"} <= set(plan.economics) for plan in comparison.plans):
        return pd.DataFrame(columns=COLUMNS)  # a plan that does not say how it values money cannot be priced anew
    stands = [Stand.of(plan) for plan in comparison.plans]
    saves = [stand for stand in stands[1:] if comparison.within(stand.plan.name) is None]
    tables = [_pair(stands[0], stand) for stand in saves if len(stand.items) and len(stands[0].items)]
    tables = [table for table in tables if len(table)]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=COLUMNS)


def _pair(a: Stand, b: Stand) -> pd.DataFrame:
    spans = {**moved_by(b), **moved_by(a), **economic_ranges(a.plan, a.economics)}
    rows = [_row(a, b, which, span) for which, span in spans.items()]
    table = pd.DataFrame(rows, columns=COLUMNS)
    table = table[table["swing"] > 1e-9 * max(abs(a.cost), abs(b.cost), 1.0)]
    table = pd.concat([table, pd.DataFrame([_together(a, b, prices_of(spans))], columns=COLUMNS)])
    return table.sort_values(["swing", "input"], ascending=[False, True], kind="stable")


def prices_of(spans: dict[Input, Range]) -> dict[Input, Range]:
    """Those of the inputs that are prices of what is bought."""
    bought = ("capex", "opex_per_year")
    return {which: span for which, span in spans.items() if which.field in bought or which.entry == SPECTRUM}


def _row(a: Stand, b: Stand, which: Input, span: Range) -> dict[str, Any]:
    def saving(value: float) -> float:
        return cost_at(a, which, span, value) - cost_at(b, which, span, value)

    costs = {end: [cost_at(stand, which, span, getattr(span, end)) for stand in (a, b)] for end in ("low", "high")}
    low, high = costs["low"][0] - costs["low"][1], costs["high"][0] - costs["high"][1]
    now = a.cost - b.cost
    return {
        "reference": a.plan.name, "scenario": b.plan.name, "input": which.name, **vars(which),
        "unit": span.unit, "value": span.value,
        "low": span.low, "high": span.high, "assumption": span.assumption,
        "reference_cost_at_low": costs["low"][0], "reference_cost_at_high": costs["high"][0],
        "scenario_cost_at_low": costs["low"][1], "scenario_cost_at_high": costs["high"][1],
        "saving_at_low": low, "saving_at_high": high, "saving": now, "swing": max(low, high, now) - min(low, high, now),
        "survives": same_sign(now, (low, high)), "break_even": break_even(which, span, saving),
    }  # fmt: skip


def _together(a: Stand, b: Stand, prices: dict[Input, Range]) -> dict[str, Any]:
    """Every price at the end that is worse for the saving, and at the one that is better."""
    at = {"worse": [a.cost, b.cost], "better": [a.cost, b.cost]}
    for which, span in prices.items():
        moved = {
            end: [cost_at(stand, which, span, getattr(span, end)) - stand.cost for stand in (a, b)]
            for end in ("low", "high")
        }
        order = sorted(("low", "high"), key=lambda end: moved[end][0] - moved[end][1])
        for name, end in zip(("worse", "better"), order, strict=True):
            at[name] = [sum(pair) for pair in zip(at[name], moved[end], strict=True)]
    worse, better, now = (pair[0] - pair[1] for pair in (at["worse"], at["better"], (a.cost, b.cost)))
    return {
        "reference": a.plan.name, "scenario": b.plan.name, "input": ALL_PRICES, "section": "", "entry": "",
        "item": "", "field": "", "per": "", "unit": "", "value": math.nan,
        "low": math.nan, "high": math.nan, "assumption": True,
        "reference_cost_at_low": at["worse"][0], "reference_cost_at_high": at["better"][0],
        "scenario_cost_at_low": at["worse"][1], "scenario_cost_at_high": at["better"][1],
        "saving_at_low": worse, "saving_at_high": better, "saving": now, "swing": better - worse,
        "survives": same_sign(now, (worse, better)), "break_even": math.nan,
    }  # fmt: skip


def same_sign(now: float, others: Sequence[float]) -> bool:
    """Whether the sign of the saving is the same everywhere, and known."""
    return all(math.isfinite(each) for each in (now, *others)) and all(
        (other > 0) == (now > 0) and (other < 0) == (now < 0) for other in others
    )


def break_even(which: Input, span: Range, saving: Callable[[float], float]) -> float:
    """The value nearest to the number's own at which `saving` of it is nil; NaN where none makes sense."""
    if which.field in ("capex", "opex_per_year"):
        slope = (saving(span.high) - saving(span.low)) / (span.high - span.low)
        found = span.value - saving(span.value) / slope if slope else math.nan
        return found if math.isfinite(found) and found >= 0 else math.nan
    if which.entry == "years":
        years = range(max(int(span.low), 1), LONGEST + 1)
        turns = [y for y in years if (saving(y) > 0) != (saving(span.value) > 0)]
        return float(min(turns, key=lambda y: abs(y - span.value))) if turns else math.nan
    first, last = SEARCHED.get(RATES.get(which.entry, which.field), (span.low, span.high))
    grid = np.linspace(min(first, span.low), max(last, span.high), STEPS)
    signs = np.array([saving(float(x)) > 0 for x in grid])
    turns_at = [brentq(saving, grid[k], grid[k + 1]) for k in np.flatnonzero(signs[1:] != signs[:-1])]
    return float(min(turns_at, key=lambda x: abs(x - span.value))) if turns_at else math.nan
