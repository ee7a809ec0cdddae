"""What is built in one scenario and not in another, by name, with what it costs."""

from __future__ import annotations

from typing import Any

import pandas as pd

from netplan.comparison.model import Difference
from netplan.comparison.read import Written

COLUMNS = ["reference", "scenario", "only_in", "what", "id", "name", "kind", "status", "length_m", "capex", "npv"]


def built_apart(reference: Written, scenario: Written, difference: Difference) -> pd.DataFrame:
    """One row per site or link that only one of two plans has, dearest first within each.

    A site's cost is that of the site and of the equipment on it. Links are those of which more than half runs where the
    other plan has none of the medium. Columns: COLUMNS; money as the plan has it.
    """
    parts = [
        (reference, difference.sites_only_reference, difference.links_only_reference),
        (scenario, difference.sites_only_scenario, difference.links_only_scenario),
    ]
    rows: list[dict[str, Any]] = []
    for plan, sites, links in parts:
        rows += _sites(plan, set(sites)) + _links(plan, set(links))
    table = pd.DataFrame(rows, columns=COLUMNS[2:])
    table.insert(0, "scenario", scenario.name)
    table.insert(0, "reference", reference.name)
    order = table["only_in"].map({reference.name: 0, scenario.name: 1})
    table = table.assign(order=order, least=-table["npv"]).sort_values(["order", "what", "least", "id"], kind="stable")
    return table[COLUMNS].reset_index(drop=True)


def _sites(plan: Written, ids: set[str]) -> list[dict[str, Any]]:
    sites = plan.tables["sites"]
    mine = sites[sites["site_id"].isin(ids)]
    equipment = plan.tables["equipment"]
    on = equipment["site_id"] if "site_id" in equipment else pd.Series("", index=equipment.index)
    whose = equipment["operator"] + ": " + on if "operator" in equipment else on
    added = (
        equipment.groupby(whose)[["capex", "npv"]].sum() if len(equipment) else pd.DataFrame(columns=["capex", "npv"])
    )
    return [
        {
            "only_in": plan.name,
            "what": "site",
            "id": str(row["site_id"]),
            "name": str(row["name"]),
            "kind": plan.label("structures", str(row["structure"])),
            "status": str(row["status"]),
            "length_m": None,
            "capex": float(row["capex"]) + float(added["capex"].get(row["site_id"], 0.0)),
            "npv": float(row["npv"]) + float(added["npv"].get(row["site_id"], 0.0)),
        }
        for row in mine.to_dict("records")
    ]


def _links(plan: Written, ids: set[str]) -> list[dict[str, Any]]:
    links = plan.tables["links"]
    mine = links[links["link_id"].isin(ids)]
    return [
        {
            "only_in": plan.name,
            "what": "link",
            "id": str(row["link_id"]),
            "name": f"{row['from_node']} – {row['to_node']}",
            "kind": plan.label("media", str(row["medium"])),
            "status": str(row["status"]),
            "length_m": float(row["length_m"]),
            "capex": float(row["capex"]),
            "npv": float(row["npv"]),
        }
        for row in mine.to_dict("records")
    ]
