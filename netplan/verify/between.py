"""Rules of what operators of one scenario pay each other: worked out anew from the plans, their prices and the layers.

Who owns a mast that is shared is told by the layer of towers, whose duct, pole or pipe by the links. Of each payment
the payee keeps what its tax on profit leaves. No bound is proven anew: it is held against the parts it is made of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from netplan.errors import InputError
from netplan.verify.finding import Finding, number
from netplan.verify.payments import present_values
from netplan.verify.reading import Written, read_written
from netplan.verify.today import read_layer, standing, texts_in

HOST = "host operator"
CENT = 0.01
RULE = "between operators"


def check_between(folder: Path, summary: Mapping[str, Any], parts: list[str]) -> Iterator[Finding]:
    """The payments, and cost, bound and gap net of them, of a scenario.

    Args:
        folder: of the scenario.
        summary: its `summary.json`.
        parts: folder of each operator's own plan, the same for several where one is multiplied; none: `folder` is one.
    """
    paid: dict[str, float | None] = {}
    for part in parts or ["."]:
        if part not in paid:
            paid[part], findings = _paid(folder / part)
            yield from findings
    each = [paid[part] for part in parts or ["."]]
    if None in each:  # a plan that cannot be read, which its own audit tells
        return
    due = sum(value for value in each if value is not None)
    told = summary.get("between_operators")
    if told is None:
        if due > CENT:
            yield Finding(RULE, "summary.json", "between_operators", "no such key", f"paid_npv {number(due)}")
        return
    cost = float(summary["objective_npv"])
    bound, gap, net = told["net_bound_npv"], told["net_gap"], float(told["net_npv"])
    yield from _alike("paid_npv", told["paid_npv"], due, cost)
    yield from _alike("net_npv", net, cost - due, cost)
    if float(told["most_npv"]) < due - CENT - 1e-9 * abs(cost):
        yield Finding(
            RULE, "summary.json", "between_operators.most_npv", number(told["most_npv"]), f"{due:.9g} or more"
        )
    yield from _bound(summary, told)
    want = None if bound is None else max(0.0, net - float(bound)) / max(abs(net), 1e-9)
    if (gap is None) != (want is None) or (want is not None and not np.isclose(float(gap), want, rtol=1e-6, atol=1e-9)):
        yield Finding(RULE, "summary.json", "between_operators.net_gap", number(gap), number(want))


def _alike(key: str, found: object, due: float, cost: float) -> Iterator[Finding]:
    if not np.isclose(float(str(found)), due, rtol=1e-9, atol=max(CENT, 1e-9 * abs(cost))):
        yield Finding(RULE, "summary.json", f"between_operators.{key}", number(found), number(due))


def _bound(summary: Mapping[str, Any], told: Mapping[str, Any]) -> Iterator[Finding]:
    """The net bound is no more than that of any way on offer less the most that operators could pay each other in it,
    and than what is proven of the cost with such payments at all."""
    offers, bound = summary.get("offers") or [], told["net_bound_npv"]
    key = "between_operators.net_bound_npv"
    for each in offers:
        stated = float(each.get("most_between_npv") or 0.0)
        if each["chosen"] and not np.isclose(stated, float(told["most_npv"]), rtol=1e-9, atol=CENT):
            yield Finding(RULE, "summary.json", "offers.most_between_npv", number(stated), number(told["most_npv"]))
    if bound is None:
        return
    if summary["bound_npv"] is None or any(each["bound_npv"] is None for each in offers):
        yield Finding(RULE, "summary.json", key, number(bound), "none: not every way on offer has a bound")
        return
    most = [float(each["bound_npv"]) - float(each.get("most_between_npv") or 0.0) for each in offers]
    least = min([float(summary["bound_npv"]), *most])
    if float(bound) > least + CENT + 1e-9 * abs(least):
        yield Finding(RULE, "summary.json", key, number(bound), f"{least:.9g} or less")


def _paid(folder: Path) -> tuple[float | None, list[Finding]]:
    """What operators keep of what this plan pays them, None where it cannot be read; and what of its inputs cannot."""
    try:
        written, _ = read_written(folder)
    except InputError:
        written = None
    if written is None:
        return None, []
    operators = written.project.get("operators") or []
    if written.economics["perspective"] != "operator" or len(operators) < 2:
        return 0.0, []
    owners, findings = _masts(written, operators)
    rows = written.costs[_between(written, owners, _named(operators))]
    plain = {**written.economics, "vat": 0.0, "import_duty": 0.0, "profit_tax": 0.0}
    kept = 1.0 - float(written.economics["profit_tax"])
    return kept * float(present_values(rows, plain).sum()) if len(rows) else 0.0, findings


def _plain(name: object) -> str:
    return str(name).strip().casefold()


def _named(operators: list[dict[str, Any]]) -> set[str]:
    """Every name under which operators own something, as names are compared."""
    return {_plain(name) for each in operators for name in (each["name"], *(each.get("towers") or ()))}


def _masts(written: Written, operators: list[dict[str, Any]]) -> tuple[dict[str, str], list[Finding]]:
    """Shared site -> the operator whose tower stands there, as the layer of towers says."""
    shared = written.sites[written.sites["status"] == "shared"]
    existing = written.project["existing"]
    if not existing.get("towers") or not len(shared):
        return {}, []
    towers, findings = read_layer(written, existing["towers"], points=True)
    towers = standing(towers)
    if not len(towers):
        return {}, findings
    holds = {
        _plain(name): str(each["name"])
        for each in operators
        for name in (each["towers"] if each.get("towers") is not None else [each["name"]])
    }
    tree = shapely.STRtree(shapely.centroid(towers.geometry.to_numpy()))
    (rows, nearest), away = tree.query_nearest(shared.geometry.to_numpy(), all_matches=False, return_distance=True)
    said, reach = texts_in(towers, "operator"), max(float(existing.get("tower_cluster_m") or 0.0), 1.0)
    names = {str(each["name"]) for each in operators}
    found = {}
    for row, tower, distance in zip(rows, nearest, away, strict=True):
        owner = str(said[tower]).strip()
        owner = holds.get(_plain(owner), owner)
        if distance <= reach and owner in names:
            found[str(shared["site_id"].iloc[row])] = owner
    return found, findings


def _between(written: Written, masts: Mapping[str, str], names: set[str]) -> pd.Series:
    """Which items one operator is paid by another (n): a host's price, rent of a mast, rent of a route."""
    models = {
        str(line["item"]): str(lever.get("owner"))
        for lever in written.catalogue["levers"].values()
        for line in (lever.get("tenancy") or {}).get("coordination") or []
        if line.get("transfer")
    }
    structure = written.by_id("sites")["structure"].to_dict()
    links = written.by_id("links")
    owner = links["owner"].to_dict() if "owner" in links else {}
    due = []
    for layer, row, item in written.costs[["layer", "row_id", "item"]].itertuples(index=False, name=None):
        entry: dict[str, Any] = {}
        if item in models:
            due.append(models[item] == HOST and layer != "other_costs")
            continue
        if layer == "sites" and row in masts:
            entry = written.entry("structures", str(structure.get(row)))
        elif layer == "links" and _plain(owner.get(row, "")) in names:
            entry = written.entry("media", str(links["medium"].get(row)))
        lever = written.entry("levers", str(entry.get("lever") or ""))
        rents = [line["item"] for line in entry.get("costs") or [] if line.get("transfer")] if lever else []
        due.append(item in rents)
    return pd.Series(due, index=written.costs.index, dtype=bool)
