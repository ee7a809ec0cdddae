"""`viability.csv`: revenue against cost in each area that the plan newly serves, and the subsidy that is missing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from netplan.attribution import attributed_cost
from netplan.cashflow import opex_factor
from netplan.costs import Economics
from netplan.counted import counted
from netplan.plans.model import Plan

VIABILITY_FILE = "viability.csv"
VIABILITY_COLUMNS = {
    "demand_id": "str",
    "class": "str",
    "name": "str",
    "people": "float64",
    "premises": "float64",
    "arpu_per_month": "float64",
    "revenue_npv": "float64",
    "cost_npv": "float64",
    "gap_npv": "float64",
    "subsidy_npv": "float64",
    "subsidy_per_premises": "float64",
    "break_even_arpu": "float64",
    "verdict": "str",
    "price_share_of_income": "float64",
    "affordable": "str",
}
SOLID = 1e-6


def revenue_factor(economics: Economics) -> float:
    """Present value of one unit of money that subscribers pay a year, as far as it is left for this network.

    Subscribers come as the roll-out does and pay at the end of each year, without real growth; an operator's revenue
    is taxed.
    """
    terms = replace(economics.terms(), growth=0.0, opex_markup=0.0)  # profit tax takes its part of revenue as of cost
    return opex_factor(terms) * economics.network_share


def viability(plan: Plan, economics: Economics) -> pd.DataFrame:
    """One row per demand row newly served: VIABILITY_COLUMNS, sorted by demand_id; money as present values.

    `revenue_npv`: premises newly subscribing × ARPU × 12 over the horizon, as far as it is left for the network;
    `cost_npv`: the plan's cost attributed by `attributed_cost`, Σ is the objective; `gap_npv` = cost − revenue;
    `subsidy_npv`: the gap where it is above 0; `break_even_arpu`: the monthly price at which there is none;
    `verdict`: viable | needs subsidy; `price_share_of_income`: ARPU over a month of gross national income per head,
    empty where the project gives none; `affordable`: yes | no | ''.
    """
    demand = counted(plan.demand, plan.resolved["project"]).set_index("demand_id")
    other = float(plan.other_costs["npv"].sum())
    cost = attributed_cost(plan.service, plan.equipment, plan.sites, plan.links, plan.nodes, plan.demand, other)
    served = plan.service.groupby("demand_id")[["share", "premises"]].sum()
    table = pd.DataFrame(index=pd.Index(sorted(cost.index), name="demand_id"))
    rows = demand.reindex(table.index)
    table["class"], table["name"] = rows["class"].astype(object), rows["name"].astype(object)
    table["people"] = rows["population"].to_numpy(float) * served["share"].reindex(table.index).to_numpy(float)
    table["premises"] = served["premises"].reindex(table.index)
    arpu = np.array([float(economics.arpu_per_month.get(str(name), 0.0)) for name in rows["class"]])
    table["arpu_per_month"] = arpu
    table["revenue_npv"] = table["premises"] * arpu * 12.0 * revenue_factor(economics)
    table["cost_npv"] = cost.reindex(table.index)
    table["gap_npv"] = table["cost_npv"] - table["revenue_npv"]
    table["subsidy_npv"] = table["gap_npv"].clip(lower=0.0)
    premises = table["premises"].to_numpy(float)
    table["subsidy_per_premises"] = np.divide(
        table["subsidy_npv"].to_numpy(float), premises, out=np.full(len(table), np.nan), where=premises > 0
    )
    worth = premises * 12.0 * revenue_factor(economics)
    table["break_even_arpu"] = np.divide(
        table["cost_npv"].to_numpy(float), worth, out=np.full(len(table), np.nan), where=worth > 0
    )
    table["verdict"] = np.where(table["gap_npv"] > SOLID * table["cost_npv"].abs(), "needs subsidy", "viable")
    income = np.nan if economics.gni_per_head is None else economics.gni_per_head / 12.0
    table["price_share_of_income"] = np.where(arpu > 0, arpu / income, np.nan)
    share = table["price_share_of_income"]
    table["affordable"] = np.where(share.isna(), "", np.where(share <= economics.affordable_share, "yes", "no"))
    return table.reset_index()[list(VIABILITY_COLUMNS)]


def viability_summary(table: pd.DataFrame, economics: Economics) -> dict[str, Any]:
    """The sums of a viability table, for `summary.json`.

    `subsidy_npv` pays every gap and leaves surpluses to the operator; `subsidy_npv_if_surplus_shared` is what is
    missing when viable areas pay for the others as far as they go.
    """
    needy = table["verdict"] == "needs subsidy"
    gap = float(table["gap_npv"].sum())
    judged = table[table["affordable"] != ""]
    people = float(judged["people"].sum())
    return {
        "perspective": economics.perspective,
        "revenue_npv": float(table["revenue_npv"].sum()),
        "cost_npv": float(table["cost_npv"].sum()),
        "gap_npv": gap,
        "subsidy_npv": float(table["subsidy_npv"].sum()),
        "subsidy_npv_if_surplus_shared": max(gap, 0.0),
        "areas_viable": int((~needy).sum()),
        "areas_needing_subsidy": int(needy.sum()),
        "people_viable": float(table.loc[~needy, "people"].sum()),
        "people_needing_subsidy": float(table.loc[needy, "people"].sum()),
        "people_affordable_share": (
            float(judged.loc[judged["affordable"] == "yes", "people"].sum()) / people if people > 0 else None
        ),
        "attribution": (
            "shared assets by busy-hour load; links and relays by the load whose shortest built way out they lie on; "
            "project-wide costs by all load"
        ),
    }
