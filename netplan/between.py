"""What operators of one scenario are paid by operators of it: rent of masts and routes, and the host's price.

Of a price p the payer bears p and the tax on it less the relief that it brings; the payee keeps p (1 − t), t the tax on
its profit. So p (1 − t) is nobody's cost among them together, and what is left of the payment is the state's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from netplan.costs import OPERATOR, Economics

HOST = "host operator"
"""Owner of an operator model whose guests pay the operator with the most subscribers."""


def plain(name: object) -> str:
    """A name as owners are compared: without case and outer spaces."""
    return str(name).strip().casefold()


def operators_of(project: Mapping[str, Any]) -> dict[str, str]:
    """Owner, as `plain` has it -> the operator that it is; empty unless the project names several operators."""
    found: dict[str, str] = {}
    operators = project.get("operators") or ()
    for each in operators if len(operators) > 1 else ():
        towers = each.get("towers")
        for owner in (each["name"], *(towers or ())):
            found.setdefault(plain(owner), str(each["name"]))
    return found


def paid_rows(
    tables: Mapping[str, pd.DataFrame],
    catalogue: Mapping[str, Any],
    owners: Mapping[str, str],
    operators: Mapping[str, str],
) -> pd.DataFrame:
    """The items of a plan that one of its scenario's operators is paid.

    Args:
        tables: `costs` (layer, row_id, item), `sites` (site_id, structure), `links` (link_id, medium, owner).
        catalogue: entries of the plan by section, as `resolved.yaml` has them.
        owners: shared site -> who owns it.
        operators: from `operators_of`.
    """
    costs = tables["costs"]
    if not operators or not len(costs):
        return costs.iloc[:0]
    models = _model_lines(catalogue)
    hosted = {item for item, payee in models.items() if payee == HOST}
    mine = costs["item"].isin(hosted) & costs["layer"].isin(["sites", "equipment", "service", "links"])
    sites, links = tables["sites"], tables["links"]
    of_sites = {site: owner for site, owner in owners.items() if owner in operators.values()}
    of_links = routes_of(links, operators)
    for layer, section, kinds, known in (
        ("sites", "structures", dict(zip(sites["site_id"], sites["structure"], strict=True)), of_sites),
        ("links", "media", dict(zip(links["link_id"], links["medium"], strict=True)), of_links),
    ):
        entries = catalogue.get(section) or {}
        rents = {key: _rents(entry, catalogue, models) for key, entry in entries.items()}
        due = [
            row_id in known and item in rents.get(kinds.get(row_id), ())
            for row_id, item in zip(costs["row_id"], costs["item"], strict=True)
        ]
        mine |= (costs["layer"] == layer) & pd.Series(due, index=costs.index, dtype=bool)
    return costs[mine]


def kept(rows: pd.DataFrame, economics: Economics) -> float:
    """What the payees keep of these items after tax on profit, present value; nothing where rents are no cost."""
    if economics.perspective != OPERATOR or not len(rows):
        return 0.0
    return float(worth(rows, economics).sum())


def worth(rows: pd.DataFrame, economics: Economics) -> Any:
    """The same of each item (n): its price over the horizon without VAT, less the tax on profit."""
    untaxed = Economics.of({**vars(economics), "perspective": "society"})
    capex, opex, life = (rows[name].to_numpy(float) for name in ("capex", "opex_per_year", "life_years"))
    left = 1.0 - economics.terms().profit_tax
    return left * untaxed.npv(capex, opex, life, rows["category"].to_numpy(object))


def routes_of(links: pd.DataFrame, operators: Mapping[str, str]) -> dict[str, str]:
    """Link -> the operator that owns the pipe, pole or duct which it runs in, where one does."""
    pairs: Iterable[tuple[str, object]] = zip(links["link_id"], links["owner"], strict=True) if "owner" in links else ()
    return {str(link): operators[plain(owner)] for link, owner in pairs if plain(owner) in operators}


def _model_lines(catalogue: Mapping[str, Any]) -> dict[str, str]:
    """Item of every payment that an operator model asks for -> who owns the model."""
    return {
        str(line["item"]): str(lever.get("owner") or "")
        for lever in (catalogue.get("levers") or {}).values()
        for line in (lever.get("tenancy") or {}).get("coordination") or ()
        if line.get("transfer")
    }


def _rents(entry: Mapping[str, Any], catalogue: Mapping[str, Any], models: Mapping[str, str]) -> Sequence[str]:
    """Items of an entry that the owner is paid whose asset a lever opens."""
    if not (catalogue.get("levers") or {}).get(str(entry.get("lever") or "")):
        return ()
    return [line["item"] for line in entry.get("costs") or () if line.get("transfer") and line["item"] not in models]
