"""Rules of money: present values from items, items at catalogue prices, sums from items to the objective."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from netplan.verify.finding import Finding, differs, number, where
from netplan.verify.layers import COLUMNS, KEYS
from netplan.verify.payments import present_values
from netplan.verify.reading import Written

RELATIVE = 1e-6
CENT = 1e-2


def check_money(written: Written) -> list[Finding]:
    """Everything that can be said from costs, the sums of the layers and the economics."""
    tables = _layer_rows(written)
    return [
        *_items(written, tables),
        *_below_nothing(written),
        *_rows(written, tables),
        *_objective(written, tables),
        *_budget(written, tables),
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


def _items(written: Written, tables: dict[str, pd.DataFrame]) -> list[Finding]:
    """Each item's present value follows from its capex, opex and life; it belongs to a row."""
    costs, economics = written.costs, written.economics
    ids = costs["layer"] + ": " + costs["row_id"] + ": " + costs["item"]
    life = costs["life_years"].to_numpy(float)
    bad_life = life <= 0
    due = present_values(costs, economics)
    known = {(layer, row) for layer, frame in tables.items() for row in frame["row_id"]}
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


def _rows(written: Written, tables: dict[str, pd.DataFrame]) -> list[Finding]:
    """Each row's money is the sum of its items."""
    findings = []
    for layer, frame in tables.items():
        items = written.costs[written.costs["layer"] == layer]
        sums = items.groupby("row_id")[["capex", "opex_per_year", "npv"]].sum().reindex(frame["row_id"]).fillna(0.0)
        for column in sums.columns:
            wrong = differs(frame[column], sums[column], RELATIVE)
            ids = frame["row_id"] + f": {column}"
            findings += where(wrong, "money-row", layer, ids, frame[column], sums[column].to_numpy())
    return findings


def _objective(written: Written, tables: dict[str, pd.DataFrame]) -> list[Finding]:
    """Rows add up to the objective, items to the totals by category."""
    summary, costs = written.summary, written.costs
    total = sum(float(frame["npv"].sum()) for frame in tables.values())
    findings: list[Finding] = []

    def compare(key: str, stated: Any, due: float) -> None:
        if stated is None or not np.isclose(float(stated), due, rtol=RELATIVE, atol=CENT):
            findings.append(Finding("money-objective", "summary.json", key, number(stated), number(due)))

    if summary["objective_npv"] is not None or summary["status"] in ("optimal", "feasible"):
        compare("objective_npv", summary["objective_npv"], total)
    compare("capex_total", summary["capex_total"], float(costs["capex"].sum()))
    compare("opex_per_year_total", summary["opex_per_year_total"], float(costs["opex_per_year"].sum()))
    by_category = costs.groupby("category")["npv"].sum()
    for name in sorted({*by_category.index, *summary["costs_npv"]}):
        compare(f"costs_npv.{name}", summary["costs_npv"].get(name, 0.0), float(by_category.get(name, 0.0)))
    return [*findings, *_local_content(written)]


def _local_content(written: Written) -> list[Finding]:
    """Capital by where it is spent follows from the shares that are imported; without capital there is no share."""
    costs, stated = written.costs, written.summary["local_content"]
    share = costs["category"].map(written.economics.get("import_share", {})).astype(float).fillna(0.0)
    imported, total = float((costs["capex"] * share).sum()), float(costs["capex"].sum())
    due = {
        "capex_imported": (imported, CENT),
        "capex_local": (total - imported, CENT),
        "local_share": (1.0 - imported / total if total > 0 else np.nan, RELATIVE),
    }
    return [
        Finding("money-objective", "summary.json", f"local_content.{key}", number(stated.get(key)), number(want))
        for key, (want, slack) in due.items()
        if differs(np.nan if stated.get(key) is None else float(stated[key]), want, RELATIVE, slack).item()
    ]


def _budget(written: Written, tables: dict[str, pd.DataFrame]) -> list[Finding]:
    """A plan under a budget keeps to it."""
    budget = written.project.get("budget")
    total = sum(float(frame["npv"].sum()) for frame in tables.values())
    if budget is None or total <= float(budget) * (1 + RELATIVE) + CENT:
        return []
    return [Finding("budget", "summary.json", "objective_npv", number(total), f"at most {number(float(budget))}")]
