"""What operators of a scenario pay each other in a plan, and the most that they could in any plan of its candidates.

Plans are chosen, and bounds proven, with such payments as costs. A bound net of them is that bound less their most: of
every mast and route of an operator that a party may use, its rent once, and the host's price for every premises and
site that there is. It is crude where much may be rented and little is; it holds for every plan.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from netplan.between import kept, operators_of, paid_rows
from netplan.catalogue.schema import Catalogue
from netplan.costs import OPERATOR, Economics
from netplan.pipeline import District
from netplan.plans import Plan
from netplan.project.parties import owners_of_sites
from netplan.project.schema import Project


def paid_in(plan: Plan) -> float:
    """What operators are paid in this plan by operators of its scenario, and keep after tax; present value."""
    resolved = plan.resolved
    tables = {"costs": plan.costs, "sites": plan.sites, "links": plan.links}
    rows = paid_rows(tables, resolved["catalogue"], resolved["owners"], operators_of(resolved["project"]))
    return kept(rows, Economics.of(resolved["economics"]))


def most_paid(district: District) -> float:
    """No plan of these candidates pays operators of its scenario more than this, net of tax; present value."""
    operators = operators_of(_operators(district.loaded.project))
    if district.economics.perspective != OPERATOR or not operators:
        return 0.0
    sites, edges, options = district.sites, district.backhaul.edges, district.options
    owners = owners_of_sites(
        sites.points,
        district.inputs.towers,
        district.loaded.project.operators or (),
        district.loaded.project.existing.tower_cluster_m,
    )
    costs = [
        items.assign(layer=layer)
        for layer, items in (
            ("sites", sites.items),
            ("links", district.backhaul.items),
            ("equipment", options.items),
            ("service", options.premises_items),
        )
    ]
    tables = {
        "costs": pd.concat([frame for frame in costs if len(frame)], ignore_index=True),
        "sites": pd.DataFrame({"site_id": sites.points.index, "structure": sites.points["structure"].to_numpy()}),
        "links": pd.DataFrame({"link_id": edges.index, "medium": edges["medium"].to_numpy(), "owner": _owners(edges)}),
    }
    rows = paid_rows(tables, _entries(district.catalogue), owners, operators)
    each_home = rows["layer"] == "service"
    of_home = [kept(lines, district.economics) for _, lines in rows[each_home].groupby("row_id")]
    homes = float(district.demand.points["premises"].sum())
    return kept(rows[~each_home], district.economics) + homes * max(of_home, default=0.0)


def _operators(project: Project) -> dict[str, object]:
    return {"operators": [each.model_dump() for each in project.operators or ()]}


def _owners(edges: pd.DataFrame) -> object:
    return edges["owner"].to_numpy() if "owner" in edges else ""


def _entries(catalogue: Catalogue) -> dict[str, Any]:
    """The sections that payments are looked up in, as `resolved.yaml` has them."""
    sections: dict[str, Any] = {
        "structures": catalogue.structures,
        "media": catalogue.media,
        "levers": catalogue.levers,
    }
    return {name: {key: each.model_dump() for key, each in dict(found).items()} for name, found in sections.items()}
