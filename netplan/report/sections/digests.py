"""Long files cut to what a reader needs: which columns, added up by what. A file of other columns is shown as it is."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from netplan.interval import CENT
from netplan.report.read import Scenario
from netplan.report.words import Words

Label = Callable[[str, str], str]
"""Section of the catalogue and id -> label."""


def digest(kind: str, table: pd.DataFrame, plan: Scenario, words: Words, label: Label | None = None) -> pd.DataFrame:
    """The table of a file of this kind, made short; the table itself where it is not as expected.

    Rows of other scenarios than the plan's are left out where the plan's are there; a file that speaks of scenarios,
    but not of the plan's, is of another comparison and left out whole. `label`: what an id is called, by section of
    the catalogue; by default, what the plan's calls it.
    """
    needs, make = DIGESTS.get(kind, ((), _same))
    if not needs or not set(needs) <= set(table.columns):
        return table
    if "scenario" in needs and (table["scenario"] == plan.name).any():
        table = table[table["scenario"] == plan.name]
    elif "scenario" in needs and not ("reference" in table and (table["reference"] == plan.name).any()):
        return table.iloc[:0]
    made = make(table)
    if "input" not in made:
        return made
    units = table["unit"].reindex(made.index).fillna("") if "unit" in table else [""] * len(made)
    named = [
        _named(str(text), label or plan.label, words)
        + (f" ({words.measure(unit)})" if unit and not str(text).endswith(unit) else "")  # years are in years
        for text, unit in zip(made["input"], map(str, units), strict=True)
    ]
    return made.assign(input=named)


def _named(text: str, label: Label, words: Words) -> str:
    """`media/duct: Cable: capex` with the catalogue's label for the id, and the rest in the report's language."""
    head, _, rest = text.partition(":")
    section, slash, key = head.partition("/")
    name = label(section, key) if slash else words.word(head.replace("_", " "))
    item, _, figure = rest.rpartition(":")
    parts = (name, words.item(item.strip()), _figure(figure.strip(), words))
    return words.colon.join(part for part in parts if part)


def _figure(text: str, words: Words) -> str:
    """`import_share.structure` as `import share, masts, …`: a figure, and the category that it is of."""
    name, dot, category = text.partition(".")
    said = words.word(name.replace("_", " "))
    return f"{said} ({words.name('category', category)})" if dot else said


def _same(table: pd.DataFrame) -> pd.DataFrame:
    return table


def _cash_flow(table: pd.DataFrame) -> pd.DataFrame:
    """By whole year: amount, present value, and what has been paid by then."""
    year = np.floor(table["year"].to_numpy(float) + 1e-6).astype(int)
    sums: pd.DataFrame = table.assign(year=year).groupby("year", as_index=False)[["amount", "present_value"]].sum()
    return sums.assign(present_value_so_far=sums["present_value"].cumsum())


def _viability(table: pd.DataFrame) -> pd.DataFrame:
    """By class and verdict: how many places and people, what they bring and cost, what is missing."""
    sums = ["places", "people", "revenue_npv", "cost_npv", "subsidy_npv"]
    return table.assign(places=1).groupby(["class", "verdict"], as_index=False)[sums].sum()


def _frontier(table: pd.DataFrame) -> pd.DataFrame:
    """By whom the targets ask for, then the budgets; a plan may serve more than it is asked for."""
    columns = ["people_asked", "people_served", "share_served", "cost_npv", "gap", "marginal_cost_per_person", "status"]
    rows = table.sort_values(["people_asked", "people_served"], kind="stable")
    return (
        rows[columns]
        .assign(share_served=rows["share_served"] * 100.0, gap=rows["gap"] * 100.0)
        .rename(columns={"share_served": "share_served_percent", "gap": "gap_percent"})
    )


def _sensitivity(table: pd.DataFrame) -> pd.DataFrame:
    """What moves the saving, or what a plan within its budget costs; the widest first, with the scenario's name where
    there are several."""
    ends = [name for name in ("saving_at_low", "saving_at_high", "over_at_low", "over_at_high") if name in table]
    columns = ["input", "value", "low", "high", *ends, "swing"]
    rows = table[table["swing"] > 0].sort_values("swing", ascending=False, kind="stable")
    return rows[["scenario", *columns] if rows["scenario"].nunique() > 1 else columns]


def _accounts(table: pd.DataFrame) -> pd.DataFrame:
    """Without columns that hold nothing: within budgets nobody saves."""
    return table.dropna(axis="columns", how="all")


def _waterfall(table: pd.DataFrame) -> pd.DataFrame:
    """What is known exactly is proven, were it nothing, as of a lever that has nothing here to open."""
    exact = (table["high"] - table["low"]) < CENT
    return table.assign(distinguishable=table["distinguishable"].astype(bool) | exact)


def _refusal(table: pd.DataFrame) -> pd.DataFrame:
    return table[["label", "state", "probability", "first_npv", "cost_npv", "regret_npv", "expected_npv"]]


DIGESTS: dict[str, tuple[tuple[str, ...], Callable[[pd.DataFrame], pd.DataFrame]]] = {
    "cashflow": (("year", "amount", "present_value"), _cash_flow),
    "viability": (("class", "verdict", "people", "revenue_npv", "cost_npv", "subsidy_npv"), _viability),
    "frontier": (
        ("people_asked", "people_served", "share_served", "cost_npv", "gap", "marginal_cost_per_person", "status"),
        _frontier,
    ),
    "sensitivity": (
        ("scenario", "input", "value", "low", "high", "swing"),
        _sensitivity,
    ),
    "waterfall": (("scenario", "lever", "low", "high", "distinguishable"), _waterfall),
    "accounts": (("scenario", "party", "saving_npv"), _accounts),
    "refusal": (("label", "state", "probability", "first_npv", "cost_npv", "regret_npv", "expected_npv"), _refusal),
}
"""Kind -> the columns that it needs, and what is made of them."""
