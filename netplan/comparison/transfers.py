"""Payments between parties of one society in a plan: rents, fees and wholesale prices, by who is paid for what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from netplan.between import operators_of, routes_of
from netplan.catalogue.schema import STATE_FEES
from netplan.comparison.read import Written
from netplan.costs import OPERATOR, Economics

LANDLORDS, AUTHORITY = "landlords", "spectrum authority"
"""Who is paid for ground and for spectrum: lines of structures and of radio media that no lever opens."""


@dataclass(frozen=True)
class Transfer:
    """One payment between parties of the same society, as a present value."""

    payer: str
    """'' where it is divided as the joint cost is."""
    payee: str
    item: str
    npv: float
    guests_only: bool = False
    tax: float = 0.0
    """VAT less relief from profit tax that it brings to who pays it, where the plan's perspective counts them."""

    def parts(self, weights: dict[str, float], guests: dict[str, float]) -> dict[str, float]:
        """Who pays it -> part of it."""
        if self.payer:
            return {self.payer: 1.0}
        whose = guests if self.guests_only and guests else weights
        total = sum(whose.values()) or 1.0
        return {name: part / total for name, part in whose.items()}


def of_company(lever: dict[str, Any]) -> bool:
    return (lever.get("tenancy") or {}).get("builder") == "company"


def untaxed(plan: Written, rows: pd.DataFrame) -> pd.Series:
    """Present value of items without duty and tax."""
    capex, opex, life = (rows[name].to_numpy(float) for name in ("capex", "opex_per_year", "life_years"))
    worth = _economics(plan).npv(capex, opex, life, rows["category"].to_numpy(object))
    return pd.Series(worth, index=rows.index)


def _economics(plan: Written) -> Economics:
    """How the plan values money, without duty and tax."""
    return Economics.of({**plan.economics, "perspective": "society"})


def transfer_items(plan: Written) -> set[str]:
    return {line["item"] for _, _, line in _lines(plan)}


def _lines(plan: Written) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(group, entry, line) of every transfer of the catalogue in the plan."""
    for group in ("structures", "media", "technologies"):
        for key, entry in plan.catalogue.get(group, {}).items():
            for field in ("costs", "premises"):
                for line in entry.get(field) or []:
                    if line.get("transfer"):
                        yield group, key, line


def transfers(plan: Written) -> list[Transfer]:
    """Every rent, fee and wholesale price of a plan, by who is paid for what."""
    models = {
        line["item"]: lever
        for lever in plan.catalogue.get("levers", {}).values()
        for line in (lever.get("tenancy") or {}).get("coordination") or []
        if line.get("transfer")
    }
    found = []
    for group, key, line in _lines(plan):
        lever = plan.catalogue.get("levers", {}).get(str(plan.catalogue[group][key].get("lever") or ""), {})
        ours = LANDLORDS if group == "structures" else AUTHORITY
        model = models.get(line["item"])
        payee = str((model or {}).get("owner") or lever.get("owner") or lever.get("label") or ours)
        each, taxed = (_present_value(plan, line, terms) for terms in (_economics(plan), Economics.of(plan.economics)))
        guests = model is not None and not of_company(model)
        known = _owners(plan, group) if lever and model is None else {}
        for operator, owner, quantity in _quantity(plan, group, key, str(line.get("per") or "unit"), known):
            if quantity * each:
                more = quantity * (taxed - each)
                found.append(Transfer(operator, owner or payee, str(line["item"]), quantity * each, guests, more))
    return found + _state_fees(plan)


def _owners(plan: Written, group: str) -> dict[str, str]:
    """Site -> who owns it; link -> the operator whose duct, pole or pipe it runs in (others are paid as a group)."""
    routes = {} if group != "media" else routes_of(plan.tables["links"], operators_of(plan.project))
    return plan.owners if group == "structures" else routes


def _state_fees(plan: Written) -> list[Transfer]:
    """Fees for spectrum that the plan as a whole pays, where its perspective counts them."""
    fees = plan.tables["costs"][plan.tables["costs"]["category"].isin(STATE_FEES)]
    if not len(fees) or plan.economics.get("perspective") != OPERATOR:
        return []
    fees = fees[~fees["item"].isin(transfer_items(plan))]
    who = fees["operator"] if "operator" in fees else pd.Series("", index=fees.index)
    return [
        Transfer(str(payer), AUTHORITY, str(item), float(npv))
        for payer, item, npv in zip(who, fees["item"], untaxed(plan, fees), strict=True)
    ]


def _quantity(
    plan: Written, group: str, key: str, per: str, owners: dict[str, str]
) -> Iterator[tuple[str, str, float]]:
    """(operator, owner, how much of `per`) of the rows of one catalogue entry; '' where rows are everybody's."""
    layer, column = {"structures": ("sites", "structure"), "media": ("links", "medium")}.get(
        group, ("equipment", "technology")
    )
    frame = plan.tables[layer]
    rows = frame[frame[column] == key]
    amount = pd.Series(1.0, index=rows.index)
    if per == "premises":
        service = plan.tables["service"]
        rows = service[service["option_id"].isin(rows["option_id"])] if layer == "equipment" else service.iloc[:0]
        amount = rows["premises"]
    elif per == "km" and layer == "links":
        amount = rows["length_m"] / 1000.0
    elif per != "unit":
        costs = plan.tables["costs"]
        mine = (costs["layer"] == layer) & (costs["unit"] == per) & costs["row_id"].isin(rows.iloc[:, 0])
        rows = costs[mine].drop_duplicates("row_id")
        amount = rows["quantity"]
    who = rows["operator"] if "operator" in rows else pd.Series("", index=rows.index)
    ids = rows["row_id"] if "row_id" in rows else rows["link_id" if layer == "links" else "site_id"] if owners else None
    owner = pd.Series("", index=rows.index) if ids is None or not owners else ids.map(owners).fillna("")
    table = pd.DataFrame({"operator": who, "owner": owner, "amount": amount.astype(float)})
    sums: pd.DataFrame = table.groupby(["operator", "owner"], as_index=False).agg({"amount": "sum"})
    for row in sums.to_dict("records"):
        yield str(row["operator"]), str(row["owner"]), float(row["amount"])


def _present_value(plan: Written, line: dict[str, Any], economics: Economics) -> float:
    """Of one unit of a line over the horizon: roll-out, growth, replacements, and taxes where `economics` has them."""
    life = (line.get("life_years") or {}).get("value")
    capex, opex = (_price(plan.economics, line.get(field)) for field in ("capex", "opex_per_year"))
    years = float("nan") if life is None else float(life)
    return float(economics.npv(capex, opex, years, str(line.get("category") or "")))


def _price(economics: dict[str, Any], quantity: dict[str, Any] | None) -> float:
    if quantity is None:
        return 0.0
    year = int(economics.get("price_year") or 0)
    older = year - int(quantity.get("year") or year)
    escalation = 1.0 + float(economics.get("escalation_per_year") or 0.0)
    return float(quantity["value"]) * float(economics.get("units_per_usd") or 1.0) * escalation**older
