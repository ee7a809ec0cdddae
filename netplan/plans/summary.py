"""The sums of a plan: what `summary.json` holds, and the bill of quantities."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from netplan.catalogue.schema import CO_BENEFIT
from netplan.costs import Economics
from netplan.counted import counted
from netplan.plans.coverage import coverage
from netplan.plans.model import Chosen, Provenance
from netplan.project.schema import Project

PROBLEM = {
    "demand": "rows of demand, parts of cells counted each",
    "options": "access configurations offered",
    "sites": "places that may be opened",
    "edges": "links offered",
    "service": "pairs of a demand row and a configuration that may serve it",
    "dropped": "links, pairs of sites and radios left out beforehand by rules of thumb: the bound is that without them",
    "sites_proposed": "places for new sites before `candidates.max_sites`",
    "sites_dropped": "how many of them it leaves out: the bound is that of the problem without them",
    "plan_of": "scenario whose plan this is: no lever is used that is not open, and the search found none better",
}
"""What `problem` of summary.json says of the problem that was solved."""
BILL_COLUMNS = ["item", "category", "quantity", "unit", "unit_cost", "capex", "opex_per_year", "npv"]


def summarise(
    chosen: Chosen,
    layers: Mapping[str, pd.DataFrame],
    project: Project,
    economics: Economics,
    provenance: Provenance,
    generation_of: Mapping[str, str],
) -> dict[str, Any]:
    """Section 5 of the formats, as plain data that JSON can hold (no NaN, no infinity).

    `objective_npv` is money alone; `bound_npv` and `gap` are of objective_npv + penalty_total. In `targets`,
    `target`, `achieved` and `baseline` are shares of `total`; `served` is a weight, baseline included.
    `cost_per_person_served` divides by the people newly served: at home, or at shared places where nothing else is
    asked for (`netplan.counted`). `coverage` is by class and generation, before and after
    (`netplan.plans.coverage.coverage`); `generation_of`: technology id -> generation.
    """
    costs, demand = layers["costs"], layers["demand"]
    new_share = demand["served_share"] - demand["baseline_share"]
    once = counted(demand, {"targets": dict(project.targets)})
    people = float((once["population"] * new_share).sum())
    objective = None if chosen.objective is None else chosen.objective - chosen.penalty_total
    summary = {
        "name": project.name,
        "scenario": provenance.scenario,
        "mode": chosen.mode,
        "status": chosen.status,
        "stopped_by": chosen.stopped_by,
        "currency": economics.currency,
        "price_year": economics.price_year,
        "objective_npv": objective,
        "bound_npv": chosen.bound,
        "gap": chosen.gap,
        "stages": [dict(stage) for stage in chosen.stages],
        "targets": _targets(demand, project.targets),
        "coverage": coverage(demand, layers["service"], layers["equipment"], layers["baseline"], generation_of),
        "shortfall": None if chosen.shortfall is None else dict(chosen.shortfall),
        "binding": None if chosen.binding is None else {name: list(ids) for name, ids in chosen.binding.items()},
        "costs_npv": {str(k): v for k, v in costs.groupby("category")["npv"].sum().items()},
        "capex_total": costs["capex"].sum(),
        "opex_per_year_total": costs["opex_per_year"].sum(),
        "local_content": local_content(costs, economics),
        "leak_sensing": leak_sensing(costs),
        "penalty_total": chosen.penalty_total,
        "cost_per_person_served": objective / people if objective is not None and people > 0 else None,
        "counts": _counts(layers),
        "problem": dict(provenance.problem),
        "seconds": dict(provenance.seconds),
        "inputs": dict(provenance.inputs),
        "licences": dict(provenance.licences),
        "versions": dict(provenance.versions),
        "planned_on": provenance.planned_on,
        "seed": provenance.seed,
        "assumptions": list(provenance.assumptions),
        "warnings": list(provenance.warnings),
    }
    plain: dict[str, Any] = _plain(summary)
    return plain


def local_content(costs: pd.DataFrame, economics: Economics) -> dict[str, float | None]:
    """Capex bought once, before duty and tax, by where it is spent: `capex_imported, capex_local, local_share`."""
    share = costs["category"].map(lambda name: float(economics.import_share.get(str(name), 0.0))).to_numpy(float)
    capex = costs["capex"].to_numpy(float)
    imported, total = float(capex @ share), float(capex.sum())
    return {
        "capex_imported": imported,
        "capex_local": total - imported,
        "local_share": 1.0 - imported / total if total > 0 else None,
    }


def leak_sensing(costs: pd.DataFrame) -> dict[str, float] | None:
    """What cable in pipes is credited with for the leaks it hears: `km, value_per_year, npv`, all positive; None where
    nothing is. Every sum of the plan is already less by it."""
    rows = costs[costs["category"] == CO_BENEFIT]
    if not len(rows):
        return None
    sums = rows[["quantity", "opex_per_year", "npv"]].sum()
    return {"km": float(sums.iloc[0]), "value_per_year": float(-sums.iloc[1]), "npv": float(-sums.iloc[2])}


def _targets(demand: pd.DataFrame, targets: Mapping[str, float]) -> dict[str, dict[str, Any]]:
    """Per class that has demand or a target: what was asked, what is met."""
    weighted = demand.assign(
        served=demand["weight"] * demand["served_share"], before=demand["weight"] * demand["baseline_share"]
    )
    sums = weighted.groupby("class")[["weight", "served", "before"]].sum()
    out: dict[str, dict[str, Any]] = {}
    for name in sorted({*sums.index, *targets}):
        total, served, before = sums.loc[name] if name in sums.index else (0.0, 0.0, 0.0)
        out[str(name)] = {
            "target": targets.get(name),
            "achieved": served / total if total > 0 else 1.0,
            "baseline": before / total if total > 0 else 1.0,
            "total": total,
            "served": served,
        }
    return out


def _counts(layers: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """Sites by status and backhaul, equipment by technology, kilometres of link by medium and status."""
    sites, links, equipment = layers["sites"], layers["links"], layers["equipment"]
    km: dict[str, dict[str, float]] = {}
    lengths = links.groupby(["medium", "status"], as_index=False)["length_m"].sum()
    for medium, status, length_m in zip(lengths["medium"], lengths["status"], lengths["length_m"], strict=True):
        km.setdefault(str(medium), {})[str(status)] = length_m / 1000.0
    return {
        **{f"sites_{status}": int((sites["status"] == status).sum()) for status in ("new", "shared", "existing")},
        "sites_by_backhaul": {str(k): int(v) for k, v in sites["backhaul"].value_counts().sort_index().items()},
        "equipment": {str(k): int(v) for k, v in equipment["technology"].value_counts().sort_index().items()},
        "links": len(links),
        "links_km": km,
        "demand": len(layers["demand"]),
        "premises_served": layers["service"]["premises"].sum(),
    }


def _plain(value: Any) -> Any:
    """The same in types that JSON has; numbers that are not finite become null."""
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(v) for v in value]
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    return value


def bill_of_quantities(costs: pd.DataFrame) -> pd.DataFrame:
    """The items of all rows added up: BILL_COLUMNS, one row per category, item and unit. Σ npv is the objective.

    `unit_cost` is capex over quantity: the mean where the ground or the year makes unit prices differ.
    """
    sums = ["quantity", "capex", "opex_per_year", "npv"]
    bill = costs.groupby(["category", "item", "unit"], as_index=False)[sums].sum()
    quantity = bill["quantity"].to_numpy(float)
    bill["unit_cost"] = np.divide(bill["capex"].to_numpy(float), quantity, out=np.zeros(len(bill)), where=quantity > 0)
    # Solver dust and binary fractions are not quantities: a thousandth of a unit, a cent of money.
    return bill[BILL_COLUMNS].round({"quantity": 3, "unit_cost": 2, "capex": 2, "opex_per_year": 2, "npv": 2})
