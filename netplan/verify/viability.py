"""Rules of viability: revenue against cost in each area newly served, in the table and in the layer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely

from netplan.verify.attribution import cost_of_areas
from netplan.verify.finding import Finding, differs, number, where
from netplan.verify.payments import revenue_worth
from netplan.verify.people import people_of
from netplan.verify.reading import Written
from netplan.verify.written_tables import read_table

TABLE, LAYER = "viability.csv", "viability"
TEXT = ("class", "name", "verdict", "affordable")
NUMBERS = (
    "people", "premises", "arpu_per_month", "revenue_npv", "cost_npv", "gap_npv", "subsidy_npv",
    "subsidy_per_premises", "break_even_arpu", "price_share_of_income",
)  # fmt: skip
RELATIVE, CENT = 1e-6, 1e-2
SOLID = 1e-6
"""Part of the cost below which a gap is none."""


def check_viability(written: Written) -> list[Finding]:
    """Table and layer say of each area what service, costs and economics say, and the summary adds them up.

    Where two ways out are of one length, whose shared cost is whose is not written: an area then pays its own service
    at least, and what follows from its cost is held to the cost that it states.
    """
    due, certain = _due(written)
    table, findings = read_table(written, TABLE, {"demand_id", *TEXT, *NUMBERS})
    for name, found in ((TABLE, table), (LAYER, written.viability)):
        if found is not None:
            findings += _rows(written, name, found.set_index(found["demand_id"].astype(str)), due, certain)
    if table is not None:
        mine = table.set_index(table["demand_id"].astype(str))
        findings += _sums(written, due if certain else _follow(written, due, mine["cost_npv"].reindex(due.index)))
    return findings


def _due(written: Written) -> tuple[pd.DataFrame, bool]:
    """Every column of viability for every area newly served; and whether the cost is certain."""
    own = written.service.groupby("demand_id")[["share", "premises", "npv"]].sum()
    cost, certain = cost_of_areas(written)
    demand = written.demand.assign(counted=people_of(written)).drop_duplicates("demand_id").set_index("demand_id")
    rows = demand.reindex(own.index)
    arpu = rows["class"].map(written.economics.get("arpu_per_month", {})).astype(float).fillna(0.0)
    income = written.economics.get("gni_per_head")
    price = arpu.where(arpu > 0) / (np.nan if income is None else float(income) / 12.0)
    may_pay = np.where(price <= float(written.economics.get("affordable_share", 0.0)), "yes", "no")
    table = pd.DataFrame(
        {
            "class": rows["class"],
            "name": rows["name"].fillna("").astype(str) if "name" in rows else "",
            "people": rows["counted"] * own["share"],
            "premises": own["premises"],
            "own_npv": own["npv"],
            "arpu_per_month": arpu,
            "revenue_npv": own["premises"] * arpu * 12.0 * revenue_worth(written.economics),
            "price_share_of_income": price,
            "affordable": np.where(price.isna(), "", may_pay),
            "geometry": rows["geometry"],
        }
    )
    return _follow(written, table, cost), certain


def _follow(written: Written, table: pd.DataFrame, cost: pd.Series) -> pd.DataFrame:
    """The table with what follows from the cost of each area."""
    cost = cost.reindex(table.index)
    gap = cost - table["revenue_npv"]
    premises = table["premises"].where(table["premises"] > 0)
    return table.assign(
        cost_npv=cost,
        gap_npv=gap,
        subsidy_npv=gap.clip(lower=0.0),
        subsidy_per_premises=gap.clip(lower=0.0) / premises,
        break_even_arpu=cost / (premises * 12.0 * revenue_worth(written.economics)),
        verdict=np.where(gap > SOLID * cost.abs(), "needs subsidy", "viable"),
    )


def _rows(written: Written, name: str, table: pd.DataFrame, due: pd.DataFrame, certain: bool) -> list[Finding]:
    """Cell by cell: numbers to a cent and the sixth place, words as they are, areas where their demand rows are."""
    lost = sorted({*table.index} ^ {*due.index})
    findings = [Finding("viability", name, row, "in one of table and service", "in both or neither") for row in lost]
    again = sorted(set(table.index[table.index.duplicated()]))
    findings += [Finding("viability", name, row, "the area twice", "each area once") for row in again]
    table = table.loc[~table.index.duplicated() & table.index.isin(due.index)]
    due = due.reindex(table.index)
    if not certain:
        due = _follow(written, due, table["cost_npv"])
        below = table["cost_npv"] < due["own_npv"] * (1 - RELATIVE) - CENT
        ids = [f"{row}: cost_npv" for row in table.index]
        findings += where(below, "viability", name, ids, table["cost_npv"], due["own_npv"])
    for column in NUMBERS:
        wrong = differs(table[column], due[column], RELATIVE, CENT if column.endswith("_npv") else RELATIVE)
        findings += where(wrong, "viability", name, [f"{i}: {column}" for i in table.index], table[column], due[column])
    near = (due["gap_npv"] - SOLID * due["cost_npv"].abs()).abs() <= RELATIVE * due["cost_npv"].abs()
    for column in TEXT:
        found = table[column].fillna("").astype(str)
        wrong = (found != due[column].astype(str)).to_numpy(bool) & ~(near.to_numpy(bool) & (column == "verdict"))
        findings += where(wrong, "viability", name, [f"{i}: {column}" for i in table.index], found, due[column])
    if "geometry" in table:
        wrong = ~shapely.equals_exact(table["geometry"].to_numpy(), due["geometry"].to_numpy(), 1e-6)
        away = ["another place"] * len(table)
        findings += where(wrong, "viability", name, table.index, away, "the place of the demand row")
    objective, total = written.summary["objective_npv"], float(table["cost_npv"].sum())
    if objective is not None and len(table) and not np.isclose(total, float(objective), rtol=RELATIVE, atol=CENT):
        findings.append(Finding("viability", name, "cost_npv", number(total), number(float(objective))))
    return findings


def _sums(written: Written, due: pd.DataFrame) -> list[Finding]:
    """The summary adds the areas up. Areas at the edge between two verdicts may count as either."""
    needy = (due["verdict"] == "needs subsidy").to_numpy(bool)
    people, judged = due["people"], due["affordable"] != ""
    asked = float(people[judged].sum())
    edge = (due["gap_npv"] - SOLID * due["cost_npv"].abs()).abs() <= RELATIVE * due["cost_npv"].abs()
    unsure = 0 if edge.empty else int(edge.sum())
    wavering = float(people[edge].sum()) if unsure else 0.0
    gap = float(due["gap_npv"].sum())
    wanted: dict[str, tuple[float | None, float]] = {
        "revenue_npv": (float(due["revenue_npv"].sum()), CENT),
        "cost_npv": (float(due["cost_npv"].sum()), CENT),
        "gap_npv": (gap, CENT),
        "subsidy_npv": (float(due["subsidy_npv"].sum()), CENT),
        "subsidy_npv_if_surplus_shared": (max(gap, 0.0), CENT),
        "areas_viable": (float((~needy).sum()), unsure),
        "areas_needing_subsidy": (float(needy.sum()), unsure),
        "people_viable": (float(people[~needy].sum()), wavering + RELATIVE),
        "people_needing_subsidy": (float(people[needy].sum()), wavering + RELATIVE),
        "people_affordable_share": (
            float(people[due["affordable"] == "yes"].sum()) / asked if asked > 0 else None, RELATIVE,
        ),
    }  # fmt: skip
    stated: dict[str, Any] = written.summary["viability"]
    findings = [
        Finding("viability", "summary.json", f"viability.{key}", number(stated.get(key)), number(want))
        for key, (want, slack) in wanted.items()
        if not _same(stated.get(key), want, slack)
    ]
    if stated.get("perspective") != written.economics["perspective"]:
        found, want = str(stated.get("perspective")), str(written.economics["perspective"])
        findings.append(Finding("viability", "summary.json", "viability.perspective", found, want))
    return findings


def _same(stated: float | None, due: float | None, slack: float) -> bool:
    if stated is None or due is None:
        return stated is None and due is None
    return bool(np.isclose(float(stated), due, rtol=RELATIVE, atol=slack))
