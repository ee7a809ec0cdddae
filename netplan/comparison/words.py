"""The saving by lever, who pays, and what is multiplied, as lines of text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from netplan.comparison.model import Comparison
from netplan.comparison.read import Written
from netplan.comparison.sums import money
from netplan.costs import OPERATOR, Economics
from netplan.interval import CENT, proven_percent
from netplan.netted import KEY, WITH, with_payments

MULTIPLIED = "multiplied"
"""`basis` in the accounts of a network that one plan stands for."""


def multiplied_words(plan: Written) -> str:
    """That the networks of a scenario are one plan times the operators; '' where each operator's own was planned."""
    of = plan.summary.get("multiplied")
    if not of:
        return ""
    return (
        f"{plan.name} is multiplied, not planned for each operator: one network, that of {of['operator']} at the mean "
        f"share of {float(of['share']):.0%}, counted {of['networks']} times. Its cost, its bound and all that it "
        "builds are so many times those of one plan."
    )


def before_tax(plans: Sequence[Written]) -> list[str]:
    """What the sums to build and to run leave out that costs hold; empty where no plan pays duty or VAT on them."""
    paid = [Economics.of(each.economics) for each in plans if each.economics.get("perspective") == OPERATOR]
    vat = any(each.vat for each in paid)
    duty = any(each.import_duty and any(each.import_share.values()) for each in paid)
    if not (vat or duty):
        return []
    built = " and ".join(name for name, there in (("import duty", duty), ("VAT", vat)) if there)
    yearly = ", yearly costs before VAT" if vat else ""
    return [f"Capex is before {built}{yearly}; present values hold them."]


def net_of_payments(plans: Sequence[Written]) -> list[str]:
    """That costs are without what operators pay each other, how much that is, and what their bounds are proven from."""
    said = []
    for plan in plans:
        found, currency = plan.summary.get(KEY), str(plan.economics.get("currency") or "USD")
        if WITH not in plan.summary or not found:
            continue
        most = money(found["most_npv"], currency)
        cost, gap = (with_payments(plan.summary, key) for key in ("objective_npv", "gap"))
        sure = "" if gap is None else f", proven to {proven_percent(gap, 2):.2f} %"
        if found["paid_npv"] >= CENT:
            head = (
                f"The cost of {plan.name} is net of {money(found['paid_npv'], currency)} that operators pay each other "
                f"and keep after tax; with it they pay {money(cost, currency)}{sure}."
            )
        else:
            head = f"Operators pay each other nothing in {plan.name}; what they pay is {money(cost, currency)}{sure}."
        bound = (
            "There is no bound on it."
            if found["net_bound_npv"] is None
            else f"The bound of its net cost is one proven with such payments, less the most they can be ({most} in the"
            " way that is chosen)."
        )
        said.append(f"{head} {bound}")
    if said:
        said.append(
            "Plans are chosen by what operators pay; capex, opex, cash flow and viability count payments between"
            " operators."
        )
    return said


def paid_to_each_other(plans: Sequence[Written], table: pd.DataFrame) -> list[str]:
    """How much of a cost from the operators' perspective is income of one of them, where the plan itself does not say
    so (those of older versions): its cost is not net of that. A sentence for each such scenario.

    Args:
        table: who pays and who is paid (`netplan.comparison.accounts`); what the operators bear there is without it.
    """
    said = []
    for plan in plans:
        if plan.economics.get("perspective") != OPERATOR or len(plan.summary.get("operators") or ()) < 2:
            continue
        mine = table[(table["scenario"] == plan.name) & (table["role"] == "operator")]
        cost, borne, currency = plan.number("objective_npv"), float(mine["net_npv"].sum()), plan.economics["currency"]
        if cost - borne > max(CENT, 1e-6 * abs(cost)):
            said.append(
                f"The cost of {plan.name} counts {money(cost - borne, currency)} that operators pay each other and "
                f"keep after tax: together they bear {money(borne, currency)}. Savings are counted with such payments."
            )
    return said


def waterfall_words(comparison: Comparison) -> list[str]:
    """The saving of each scenario by lever, largest first; what cannot be told from nothing is said to be so."""
    table = comparison.waterfall
    if table is None or table.empty:
        return []
    lines = []
    net = {plan.name for plan in comparison.plans if (plan.summary.get(KEY) or {}).get("paid_npv", 0.0) >= CENT}
    for scenario, rows in table.groupby("scenario", sort=False):
        method = (
            "Shapley value: the mean over all orders" if (rows["method"] == "Shapley").any() else "each as the last"
        )
        lines.append(f"What {scenario} saves against {rows['reference'].iloc[0]}, by lever ({method}):")
        if net & {str(scenario), str(rows["reference"].iloc[0])}:
            lines.append(
                "  (With what operators pay each other as cost, by which plans are chosen: not the net saving.)"
            )
        main = rows[~rows["method"].isin(["first in", "opens nothing"])]
        for row in main.sort_values("value", ascending=False, kind="stable").to_dict("records"):
            sure = "" if row["distinguishable"] else "; not distinguishable, for it is smaller than its interval"
            span = f"between {money(row['low'], comparison.currency)} and {money(row['high'], comparison.currency)}"
            lines.append(f"  {row['lever']}: {money(row['value'], comparison.currency)}, {span}{sure}")
        idle = list(rows.loc[rows["method"] == "opens nothing", "lever"])
        if idle:
            lines.append(f"  nothing here to open, so exactly nothing: {', '.join(idle)}")
    return lines


def account_words(comparison: Comparison) -> list[str]:
    """Who pays how much in each scenario and who is paid, where there is more than one party."""
    table: pd.DataFrame = comparison.accounts
    if table.empty or table["party"].nunique() < 2:
        return []
    currency, lines = comparison.currency, ["Who pays and who is paid (present value; rents and fees are transfers):"]
    for scenario, rows in table.groupby("scenario", sort=False):
        one = " (one network multiplied)" if (rows["basis"] == MULTIPLIED).any() else ""
        lines.append(f"  {scenario}{one}:")
        for row in rows.to_dict("records"):
            parts = [
                f"{word} {money(row[key], currency)}"
                for key, word in (
                    ("builds_npv", "builds and runs for"),
                    ("pays_npv", "pays"),
                    ("receives_npv", "receives"),
                )
                if row[key] > 0
            ]
            first = scenario == comparison.names[0]
            change = "" if first or not abs(row["saving_npv"]) >= 0.5 else f"; {_better(row, currency)}"
            if not parts:
                lines += [f"    {row['party']}: pays and receives nothing{change}"] if change else []
                continue
            lines.append(f"    {row['party']}: {', '.join(parts)}; net {money(row['net_npv'], currency)}{change}")
    if table["basis"].nunique() > 1:
        lines.append("  What each operator saves is not known: what it would pay alone was multiplied, not planned.")
    return lines


def _better(row: dict[Any, Any], currency: str) -> str:
    saving = float(row["saving_npv"])
    word = "better" if saving > 0 else "worse"
    sure = "" if row["distinguishable"] else " (not distinguishable: smaller than what the plans leave unproven)"
    return f"{money(abs(saving), currency)} {word} off{sure}"
