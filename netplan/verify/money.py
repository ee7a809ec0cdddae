"""Rules of money: present values from items, items at catalogue prices, sums from items to the objective."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from netplan.verify.finding import Finding, differs, number, where
from netplan.verify.payments import payments, present_values, revenue_worth
from netplan.verify.reading import COLUMNS, KEYS, Written

RELATIVE = 1e-6
VIABILITY = "demand_id revenue_npv cost_npv gap_npv subsidy_npv break_even_arpu"
CENT = 1e-2


def check_money(written: Written) -> list[Finding]:
    """Everything that can be said from costs, the sums of the layers and the economics."""
    return [
        *_items(written),
        *_below_nothing(written),
        *_rows(written),
        *_objective(written),
        *_budget(written),
        *_bill(written),
        *_cash_flow(written),
        *_viability(written),
    ]


def _layer_rows(written: Written) -> dict[str, pd.DataFrame]:
    """Layer -> row id and money of each of its rows."""
    tables = {}
    for layer, keys in KEYS.items():
        if "npv" not in COLUMNS[layer].split():
            continue
        frame = pd.DataFrame(getattr(written, layer))
        ids = ["|".join(map(str, row)) for row in frame[keys].itertuples(index=False, name=None)]
        tables[layer] = frame.assign(row_id=pd.Series(ids, index=frame.index, dtype=str))
    return tables


def _items(written: Written) -> list[Finding]:
    """Each item's present value follows from its capex, opex and life; it belongs to a row."""
    costs, economics = written.costs, written.economics
    ids = costs["layer"] + ": " + costs["row_id"] + ": " + costs["item"]
    life = costs["life_years"].to_numpy(float)
    bad_life = life <= 0
    due = present_values(costs, economics)
    known = {(layer, row) for layer, frame in _layer_rows(written).items() for row in frame["row_id"]}
    stray = [pair not in known for pair in zip(costs["layer"], costs["row_id"], strict=True)]
    return [
        *where(differs(costs["npv"], due, RELATIVE), "money-item", "costs", ids, costs["npv"], due),
        *where(bad_life, "money-item", "costs", ids, life, "a life above 0"),
        *where(stray, "money-stray", "costs", ids, costs["row_id"], "a row of its layer"),
    ]


def _below_nothing(written: Written) -> list[Finding]:
    """No quantity is below 0, and no item of the whole project pays the plan anything."""
    costs = written.costs
    ids = costs["layer"] + ": " + costs["row_id"] + ": " + costs["item"]
    # Items of other layers are held to the catalogue's prices, and credits for leaks belong to links.
    whole = costs["layer"] == "other_costs"
    findings = where(costs["quantity"] < 0, "money-item", "costs", ids + ": quantity", costs["quantity"], "at least 0")
    for column in ("capex", "opex_per_year"):
        below = whole & (costs[column] < 0)
        findings += where(below, "money-item", "costs", ids + f": {column}", costs[column], "at least 0")
    return findings


def _rows(written: Written) -> list[Finding]:
    """Each row's money is the sum of its items."""
    findings = []
    for layer, frame in _layer_rows(written).items():
        items = written.costs[written.costs["layer"] == layer]
        sums = items.groupby("row_id")[["capex", "opex_per_year", "npv"]].sum().reindex(frame["row_id"]).fillna(0.0)
        for column in sums.columns:
            wrong = differs(frame[column], sums[column], RELATIVE)
            ids = frame["row_id"] + f": {column}"
            findings += where(wrong, "money-row", layer, ids, frame[column], sums[column].to_numpy())
    return findings


def _objective(written: Written) -> list[Finding]:
    """Rows add up to the objective, items to the totals by category."""
    summary, costs = written.summary, written.costs
    total = sum(float(frame["npv"].sum()) for frame in _layer_rows(written).values())
    findings: list[Finding] = []

    def compare(key: str, stated: Any, due: float) -> None:
        if stated is None or not np.isclose(float(stated), due, rtol=RELATIVE, atol=CENT):
            findings.append(Finding("money-objective", "summary.json", key, number(stated), number(due)))

    if summary["objective_npv"] is not None or summary["status"] in ("optimal", "feasible"):
        compare("objective_npv", summary["objective_npv"], total)
    compare("capex_total", summary["capex_total"], float(costs["capex"].sum()))
    compare("opex_per_year_total", summary["opex_per_year_total"], float(costs["opex_per_year"].sum()))
    stated = summary.get("local_content")
    if stated:
        share = costs["category"].map(written.economics.get("import_share", {})).astype(float).fillna(0.0)
        imported = float((costs["capex"] * share).sum())
        compare("local_content.capex_imported", stated["capex_imported"], imported)
        compare("local_content.capex_local", stated["capex_local"], float(costs["capex"].sum()) - imported)
    by_category = costs.groupby("category")["npv"].sum()
    for name in sorted({*by_category.index, *summary["costs_npv"]}):
        compare(f"costs_npv.{name}", summary["costs_npv"].get(name, 0.0), float(by_category.get(name, 0.0)))
    return findings


def _budget(written: Written) -> list[Finding]:
    """A plan under a budget keeps to it."""
    budget = written.project.get("budget")
    total = sum(float(frame["npv"].sum()) for frame in _layer_rows(written).values())
    if budget is None or total <= float(budget) * (1 + RELATIVE) + CENT:
        return []
    return [Finding("budget", "summary.json", "objective_npv", number(total), f"at most {number(float(budget))}")]


def _table(written: Written, name: str, columns: set[str]) -> tuple[pd.DataFrame | None, list[Finding]]:
    """A table of money beside the plan; plans from before there were such tables need not have it."""
    path = written.folder / name
    if not path.is_file():
        older = "rollout" not in written.economics
        return None, [] if older else [Finding("money-table", name, "", "no such file", "the table")]
    try:
        # a name stays what it is, be it N/A or 007
        names = dict.fromkeys(("category", "item", "unit", "demand_id"), str)
        table = pd.read_csv(path, keep_default_na=False, na_values=[""], dtype=names)
    except (OSError, ValueError) as error:
        return None, [Finding("money-table", name, "", str(error), "a readable table")]
    lost = sorted(columns - set(table.columns))
    return (None if lost else table), [Finding("money-table", name, column, "no such column", "it") for column in lost]


def _bill(written: Written) -> list[Finding]:
    """The bill of quantities is the items added up by category, item and unit, to a cent."""
    name, keys, sums = "bill_of_quantities.csv", ["category", "item", "unit"], ["capex", "opex_per_year", "npv"]
    table, findings = _table(written, name, {*keys, *sums})
    if table is None:
        return findings
    for column in sums:
        due = written.costs.groupby(keys)[column].sum()
        stated = table.groupby(keys)[column].sum()
        rows = due.index.union(stated.index)
        found, wanted = (each.reindex(rows).fillna(0.0).to_numpy(float) for each in (stated, due))
        ids = [f"{', '.join(map(str, row))}: {column}" for row in rows]
        findings += where(differs(found, wanted, RELATIVE, CENT), "bill", name, ids, found, wanted)
    return findings


def _cash_flow(written: Written) -> list[Finding]:
    """Payments by year and category are those of the items, and their present values add up to the objective."""
    name = "cashflow.csv"
    table, findings = _table(written, name, {"year", "category", "amount", "discount_factor", "present_value"})
    if table is None:
        return findings
    due = payments(written.costs, written.economics)
    stated: dict[tuple[float, str], float] = {}
    for year, category, amount in zip(table["year"].round(6), table["category"], table["amount"], strict=True):
        stated[float(year), str(category)] = stated.get((float(year), str(category)), 0.0) + float(amount)
    places = sorted({*due, *stated}, key=str)
    found, wanted = (np.array([sums.get(place, 0.0) for place in places]) for sums in (stated, due))
    scale = max(float(np.abs(wanted).max(initial=0.0)), 1.0)
    wrong = differs(found, wanted, RELATIVE, max(CENT, 1e-9 * scale))
    rows = [f"year {year:g}: {category}" for year, category in places]
    findings += where(wrong, "cash-flow", name, rows, found, wanted)
    factor = (1.0 + float(written.economics["discount_rate"])) ** -table["year"].to_numpy(float)
    each = table["amount"].to_numpy(float) * factor
    ids = [f"year {year:g}: {category}" for year, category in zip(table["year"], table["category"], strict=True)]
    findings += where(differs(table["present_value"], each, RELATIVE, CENT), "cash-flow", name, ids,
                      table["present_value"], each)  # fmt: skip
    objective = written.summary["objective_npv"]
    total = float(table["present_value"].sum())
    if objective is not None and not np.isclose(total, float(objective), rtol=RELATIVE, atol=CENT):
        findings.append(Finding("cash-flow", name, "present_value", number(total), number(float(objective))))
    return findings


def _viability(written: Written) -> list[Finding]:
    """Costs by area add up to the plan's, revenue follows from who is served, gaps and sums from both."""
    name = "viability.csv"
    table, findings = _table(written, name, set(VIABILITY.split()))
    if table is None:
        return findings
    own = written.service.groupby("demand_id")[["premises", "npv"]].sum()
    table = table.assign(demand_id=table["demand_id"].astype(str)).set_index("demand_id")
    for lost in sorted({*own.index} ^ {*table.index}):
        findings.append(Finding("viability", name, lost, "in one of table and service", "in both or neither"))
    table = table.loc[table.index.isin(own.index)]
    own = own.reindex(table.index)
    kind = written.demand.drop_duplicates("demand_id").set_index("demand_id")["class"].reindex(table.index)
    arpu = kind.map(written.economics.get("arpu_per_month", {})).fillna(0.0).to_numpy(float)
    revenue = own["premises"].to_numpy(float) * arpu * 12.0 * revenue_worth(written.economics)
    cost = table["cost_npv"].to_numpy(float)
    gap = cost - revenue
    worth = own["premises"].to_numpy(float) * 12.0 * revenue_worth(written.economics)
    price = np.divide(cost, worth, out=np.full(len(worth), np.nan), where=worth > 0)
    expected = (revenue, gap, np.maximum(gap, 0.0), price)
    for column, due in zip(("revenue_npv", "gap_npv", "subsidy_npv", "break_even_arpu"), expected, strict=True):
        wrong = differs(table[column], due, RELATIVE, CENT)
        findings += where(wrong, "viability", name, [f"{i}: {column}" for i in table.index], table[column], due)
    below = cost < own["npv"].to_numpy(float) * (1 - RELATIVE) - CENT
    findings += where(below, "viability", name, [f"{i}: cost_npv" for i in table.index], table["cost_npv"],
                      own["npv"])  # fmt: skip
    objective = written.summary["objective_npv"]
    total = float(cost.sum())
    if objective is not None and len(table) and not np.isclose(total, float(objective), rtol=RELATIVE, atol=CENT):
        findings.append(Finding("viability", name, "cost_npv", number(total), number(float(objective))))
    stated = written.summary.get("viability") or {}
    for key, due_sum in (
        ("revenue_npv", revenue.sum()),
        ("gap_npv", gap.sum()),
        ("subsidy_npv", np.maximum(gap, 0).sum()),
    ):
        if not np.isclose(float(stated.get(key, np.nan)), due_sum, rtol=RELATIVE, atol=CENT):
            findings.append(
                Finding("viability", "summary.json", f"viability.{key}", number(stated.get(key)), number(due_sum))
            )
    return findings
