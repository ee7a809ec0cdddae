"""Who pays and who is paid: each operator, and each owner whose assets are used, with transfers shown apart."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Any

import numpy as np
import pandas as pd

from netplan.between import HOST
from netplan.catalogue.schema import CO_BENEFIT, STATE_FEES
from netplan.comparison.read import Written
from netplan.comparison.transfers import of_company, transfer_items, transfers, untaxed
from netplan.comparison.words import MULTIPLIED
from netplan.costs import OPERATOR, Economics

BUILDER = "network builder"
STATE = "state"
"""Who is paid duty and tax, less the relief from profit tax that costs bring."""
COLUMNS = ["scenario", "party", "role", "builds_npv", "pays_npv", "receives_npv", "net_npv", "saving_npv",
           "saving_low_npv", "saving_high_npv", "distinguishable", "basis"]  # fmt: skip
SUMS = COLUMNS[:7]


def accounts(plans: list[Written]) -> pd.DataFrame:
    """One row per scenario and party.

    `builds_npv` is what the party spends on building and running (no transfers), `pays_npv` and `receives_npv` are
    rents, fees, wholesale prices, duties and taxes, `net_npv` = builds + pays − receives, and `saving_npv` how much
    less that is than in the first scenario (0 there). `saving_low_npv` and `saving_high_npv` are that sum if all that
    the bounds of the two plans leave open fell on this party alone; a saving that may be none so, or is smaller than
    that interval, is not `distinguishable`. (What rents would be in other plans of the same cost is in no interval.)
    Net costs of all parties add up to what society spends, at the
    plan's discount rate. Rents, fees and wholesale prices are worked out from the catalogue entries in the plan,
    whether its perspective counts them or not; what owners of pipes gain from leaks that cable hears is among what they
    receive, though nobody pays it; duties, taxes and the fees of `economics.spectrum` where it
    does. What one operator is paid by another is taxed as its revenue is, as far as it lowers the other's tax.
    `basis`: whether the plan behind a row is that of its scenario's builders (`planned`), or one plan counted for
    each operator (`multiplied`), which tells no operator's own cost; between the two an operator's saving is empty.
    """
    rows: list[dict[str, Any]] = []
    for plan in plans:
        rows += _of(plan)
    table = pd.DataFrame(rows, columns=SUMS)
    first = table[table["scenario"] == plans[0].name].set_index("party")["net_npv"]
    names = [plan.name for plan in plans]
    for name in names:  # a party that a scenario does not meet has nothing there
        mine = table[table["scenario"] == name]
        lost = [each for each in dict.fromkeys(table["party"]) if each not in set(mine["party"])]
        blank = [_row(name, each, table[table["party"] == each]["role"].iloc[0], 0.0, 0.0, 0.0) for each in lost]
        table = pd.concat([table, pd.DataFrame(blank, columns=table.columns)], ignore_index=True) if blank else table
    before = table["party"].map(first).fillna(0.0)
    table = _with_interval(table.assign(saving_npv=before - table["net_npv"]), plans)
    order = table["scenario"].map({name: k for k, name in enumerate(names)})
    basis = {plan.name: MULTIPLIED if plan.summary.get("multiplied") else "planned" for plan in plans}
    table = table.assign(
        basis=table["scenario"].map(basis), order=order, owner=table["role"] != "operator"
    ).sort_values(["order", "owner", "party"], kind="stable")
    return _where_known(table[COLUMNS].reset_index(drop=True), basis[plans[0].name])


def _where_known(table: pd.DataFrame, first: str) -> pd.DataFrame:
    """Without savings of operators between a plan of theirs and one that stands for all: what each would pay in a
    network of its own was not planned. What all of them save together is the saving of the comparison."""
    rows = (table["role"] == "operator") & (table["basis"] != first)
    return _blanked(table, rows)


def without_savings(table: pd.DataFrame, scenarios: Collection[str]) -> pd.DataFrame:
    """The accounts without what is saved in scenarios that spend a budget, or do not ask the same as the first: what a
    party spends less, it has not saved where the plans do not buy the same."""
    return _blanked(table, table["scenario"].isin(scenarios))


def _blanked(table: pd.DataFrame, rows: pd.Series) -> pd.DataFrame:
    blank = {key: table[key].mask(rows) for key in ("saving_npv", "saving_low_npv", "saving_high_npv")}
    return table.assign(**blank, distinguishable=table["distinguishable"] & ~rows)


def _with_interval(table: pd.DataFrame, plans: list[Written]) -> pd.DataFrame:
    """Between which sums each saving lies as far as the two plans are proven, and whether that tells it from nothing.

    The least cost of the reference may be lower than its plan by its gap, which lowers savings; that of the scenario
    likewise, which raises them.
    """
    gaps = {plan.name: _open(plan) for plan in plans}
    first = plans[0].name
    later = (table["scenario"] != first).to_numpy()
    saving = table["saving_npv"].to_numpy(float)
    low = saving - np.where(later, gaps[first], 0.0)
    high = saving + np.where(later, table["scenario"].map(gaps).to_numpy(float), 0.0)
    sure = ((low > 0.0) | (high < 0.0)) & (np.abs(saving) >= high - low)
    return table.assign(saving_low_npv=low, saving_high_npv=high, distinguishable=sure)


def _open(plan: Written) -> float:
    """What is not proven of a plan's cost; inf without a bound. The dust of floating point is nothing."""
    penalty = plan.number("penalty_total")
    cost = plan.number("objective_npv") + (0.0 if math.isnan(penalty) else penalty)
    gap = cost - plan.number("bound_npv")
    if math.isnan(gap):
        return math.inf
    return gap if gap > 1e-9 * abs(cost) else 0.0


def _row(scenario: str, party: str, role: str, builds: float, pays: float, receives: float) -> dict[str, Any]:
    return {
        "scenario": scenario,
        "party": party,
        "role": role,
        "builds_npv": builds,
        "pays_npv": pays,
        "receives_npv": receives,
        "net_npv": builds + pays - receives,
    }


def _of(plan: Written) -> list[dict[str, Any]]:
    weights = payers(plan)
    share = {str(each["name"]): float(each["share"]) for each in plan.summary.get("operators") or []}
    host = max(share, key=lambda name: share[name]) if share else ""
    guests = {name: part for name, part in share.items() if name != host}
    pays, receives = dict.fromkeys(weights, 0.0), dict[str, float]()
    found = transfers(plan)
    builds, taxes = _builds(plan, weights), _taxes(plan, weights, {each.item for each in found if each.guests_only})
    profit_tax = Economics.of(plan.economics).terms().profit_tax
    for transfer in found:
        payee = host if transfer.payee == HOST and host else transfer.payee
        receives[payee] = receives.get(payee, 0.0) + transfer.npv
        if payee in taxes:
            taxes[payee] += profit_tax * transfer.npv
        for name, part in transfer.parts(weights, guests).items():
            pays[name] += transfer.npv * part
            taxes[name] += transfer.tax * part if transfer.guests_only else 0.0
    for owner, gain in _gains(plan).items():
        receives[owner] = receives.get(owner, 0.0) + gain
    rows = []
    company = _company(plan)
    if company:  # it builds, and those whose plan it is pay it what that costs
        spent = sum(builds.values())
        receives[company] = receives.get(company, 0.0) + spent
        pays = {name: pays[name] + builds[name] for name in weights}
        rows.append(_row(plan.name, company, "owner", spent, 0.0, receives.pop(company)))
        builds = dict.fromkeys(weights, 0.0)
    for name in weights:
        due, relief = max(taxes[name], 0.0), max(-taxes[name], 0.0)
        paid = receives.pop(name, 0.0) + relief
        rows.append(_row(plan.name, name, "operator", builds[name], pays[name] + due, paid))
    rows += [_row(plan.name, name, "owner", 0.0, 0.0, value) for name, value in sorted(receives.items())]
    due, relief = (sum(max(sign * tax, 0.0) for tax in taxes.values()) for sign in (1.0, -1.0))
    return [*rows, _row(plan.name, STATE, "state", 0.0, relief, due)] if due or relief else rows


def _company(plan: Written) -> str:
    """Who builds the network of a model that is a company's which is no operator; '' where the operators do."""
    levers = (plan.catalogue.get("levers", {}).get(key, {}) for key in plan.party.get("levers") or ())
    return next((str(lever.get("owner") or "") for lever in levers if of_company(lever)), "")


def payers(plan: Written) -> dict[str, float]:
    """Who bears the plan's cost -> weight: the operators, or the one builder of a project without operators."""
    operators = plan.summary.get("operators") or []
    if not operators:
        return {BUILDER: 1.0}
    total = sum(float(each["pays_npv"]) for each in operators) or 1.0
    return {str(each["name"]): float(each["pays_npv"]) / total for each in operators}


def _builds(plan: Written, weights: dict[str, float]) -> dict[str, float]:
    """Cost of building and running by operator, transfers left out: no rent, no fee, no duty and no tax."""
    costs = plan.tables["costs"]
    if not len(costs):  # a plan without items: its objective
        return {name: plan.number("objective_npv") * weight for name, weight in weights.items()}
    if plan.economics.get("perspective") != OPERATOR:
        spent = costs[costs["category"] != CO_BENEFIT]
        return _by_payer(spent, spent["npv"], weights)
    real = costs[~costs["item"].isin(transfer_items(plan)) & ~costs["category"].isin(STATE_FEES)]
    return _by_payer(real, untaxed(plan, real), weights)


def _gains(plan: Written) -> dict[str, float]:
    """What owners of pipes gain from leaks that the cable hears, where it is counted: nobody pays for it.

    From an operator's perspective it is what they pay for it, so it stays with the operator, and is nothing to them.
    """
    costs = plan.tables["costs"]
    rows = costs[costs["category"] == CO_BENEFIT] if len(costs) else costs
    if not len(rows) or plan.economics.get("perspective") == OPERATOR:
        return {}
    links = plan.tables["links"].drop_duplicates("link_id").set_index("link_id")["medium"]
    media, levers = plan.catalogue.get("media", {}), plan.catalogue.get("levers", {})
    gains: dict[str, float] = {}
    for medium, npv in rows["npv"].groupby(rows["row_id"].map(links).fillna("").to_numpy(object)).sum().items():
        lever = levers.get(str(media.get(str(medium), {}).get("lever") or ""), {})
        owner = str(lever.get("owner") or lever.get("label") or "owner of the pipes")
        gains[owner] = gains.get(owner, 0.0) - float(npv)
    return gains


def _taxes(plan: Written, weights: dict[str, float], others: Collection[str]) -> dict[str, float]:
    """Duty and tax less relief by operator: what its costs are worth with them less what they are without.

    `others`: items that are not divided as the plan's cost is.
    """
    costs = plan.tables["costs"]
    costs = costs[~costs["item"].isin(list(others))]
    if plan.economics.get("perspective") != OPERATOR or not len(costs):
        return dict.fromkeys(weights, 0.0)
    taxes = _by_payer(costs, costs["npv"] - untaxed(plan, costs), weights)
    scale = 1e-9 * float(costs["npv"].abs().sum())  # the dust of floating point is no tax
    return {name: tax if abs(tax) > scale else 0.0 for name, tax in taxes.items()}


def _by_payer(rows: pd.DataFrame, worth: pd.Series, weights: dict[str, float]) -> dict[str, float]:
    """Sum by operator: of its own rows where rows say whose they are, else by weight."""
    if "operator" in rows:
        sums = worth.groupby(rows["operator"]).sum()
        return {name: float(sums.get(name, 0.0)) for name in weights}
    return {name: float(worth.sum()) * weight for name, weight in weights.items()}
