"""`compare`: from written plans to one comparison."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from netplan.asked import ASKED, ECONOMIC_KEYS, asked_alike, asked_apart
from netplan.comparison import budget
from netplan.comparison.accounts import accounts, without_savings
from netplan.comparison.built import built_apart
from netplan.comparison.metrics import side_by_side
from netplan.comparison.model import Comparison, Difference, Saving
from netplan.comparison.read import Written, read_all
from netplan.comparison.sensitivity_inputs import unmoved
from netplan.comparison.words import before_tax, multiplied_words, net_of_payments, paid_to_each_other
from netplan.interval import within_reason

SAME_PLACE = 1.0
"""Map units within which two lines of one medium run in the same place."""
SOLID = 1e-9
"""Relative difference of money below which two sums are the same."""


def compare(folders: Sequence[Path]) -> Comparison:
    """Compare written plans; the first is the reference.

    Args:
        folders: two or more scenario folders.

    Raises:
        InputError: a folder does not hold a written plan, or the currencies differ.
    """
    plans = read_all(list(folders))
    first = plans[0]
    differences = tuple(difference(first, plan) for plan in plans[1:])
    apart = [built_apart(first, plan, found) for plan, found in zip(plans[1:], differences, strict=True)]
    more = [found for plan in plans[1:] if (found := budget.more_served(first, plan)) is not None]
    spends = {each.scenario for each in more}
    unlike_first = {plan.name for plan in plans[1:] if asked_apart(first, plan)}
    paid = accounts(plans)
    return Comparison(
        plans=tuple(plans),
        table=side_by_side(plans),
        savings=tuple(saving(first, plan) for plan in plans[1:] if plan.name not in spends),
        differences=differences,
        tower_levers=tower_levers(plans),
        notes=(*unlike(plans), *net_of_payments(plans), *paid_to_each_other(plans, paid)),
        accounts=without_savings(paid, spends | unlike_first),
        built_apart=pd.concat([table for table in apart if len(table)] or apart[:1], ignore_index=True),
        more_served=tuple(more),
    )


def saving(reference: Written, scenario: Written) -> Saving:
    """The saving of B against A: objective_A − objective_B, inside [bound_A − objective_B, objective_A − bound_B].

    The least costs lie between bound and objective, so their difference lies in the interval; as a share of A's
    least cost it lies in [1 − objective_B / bound_A, 1 − bound_B / objective_A]. Penalties, if any, count on both
    sides, because the bounds include them. Where operators pay each other, costs and bounds are net of that. Where B
    opens more levers and differs in nothing else, neither is below 0.
    """
    cost_a, cost_b = (_with_penalty(plan) for plan in (reference, scenario))
    bound_a, bound_b = reference.number("bound_npv"), scenario.number("bound_npv")
    ends = (_clear(bound_a - cost_b, cost_a), _clear(cost_a - bound_b, cost_a))
    low, high = within_reason(reference, scenario, *ends)
    share_low, share_high = within_reason(reference, scenario, _share(cost_b, bound_a), _share(bound_b, cost_a))
    return Saving(
        reference=reference.name,
        scenario=scenario.name,
        value=cost_a - cost_b,
        low=low,
        high=high,
        share=_share(cost_b, cost_a),
        share_low=share_low,
        share_high=share_high,
        unproven=ends[1] - ends[0],
    )


def _with_penalty(plan: Written) -> float:
    penalty = plan.number("penalty_total")
    return plan.number("objective_npv") + (0.0 if math.isnan(penalty) else penalty)


def _clear(value: float, scale: float) -> float:
    """The value without the dust of floating point."""
    return 0.0 if abs(value) <= SOLID * abs(scale) else value


def _share(part: float, whole: float) -> float:
    return _clear(1.0 - part / whole, 1.0) if whole > 0 else float("nan")


def difference(reference: Written, scenario: Written) -> Difference:
    """Sites by id, links by medium and geometry."""
    sites_a, sites_b, sites_both = _sites_apart(reference.tables["sites"], scenario.tables["sites"])
    links_a, links_b = (_drawn(plan.tables["links"]) for plan in (reference, scenario))
    if links_a.crs is not None and links_b.crs is not None and links_a.crs != links_b.crs:
        links_b = links_b.to_crs(links_a.crs)
    media = sorted({*links_a["medium"], *links_b["medium"]})
    rows, only_a, only_b = [], [], []
    for medium in media:
        a, b = links_a[links_a["medium"] == medium], links_b[links_b["medium"] == medium]
        alone_a, alone_b = uncommon_share(a, b), uncommon_share(b, a)
        km_a, km_b = a["length_m"].to_numpy(float) / 1000.0, b["length_m"].to_numpy(float) / 1000.0
        rows.append((medium, km_a.sum(), km_b.sum(), float(km_a @ alone_a), float(km_b @ alone_b)))
        only_a += list(a["link_id"][alone_a > 0.5])
        only_b += list(b["link_id"][alone_b > 0.5])
    names = ["medium", "km_reference", "km_scenario", "km_only_reference", "km_only_scenario"]
    return Difference(
        reference=reference.name,
        scenario=scenario.name,
        sites_only_reference=sites_a,
        sites_only_scenario=sites_b,
        sites_both=sites_both,
        links=pd.DataFrame(rows, columns=names),
        links_only_reference=tuple(sorted(only_a)),
        links_only_scenario=tuple(sorted(only_b)),
    )


def _sites_apart(a: gpd.GeoDataFrame, b: gpd.GeoDataFrame) -> tuple[tuple[str, ...], ...]:
    """Ids of sites only in one, only in the other, and in both (as the first calls them).

    Sites are the same by id; in a market, where every operator numbers its own, by structure and place, and as often
    as both have one there.
    """
    if "operator" not in a and "operator" not in b:
        ids_a, ids_b = set(a["site_id"]), set(b["site_id"])
        return tuple(tuple(sorted(ids)) for ids in (ids_a - ids_b, ids_b - ids_a, ids_a & ids_b))
    keys = []
    for sites in (a, b):
        place = [sites["structure"], sites.geometry.x.round(), sites.geometry.y.round()]
        turn = sites.groupby(place).cumcount()
        keys.append(pd.MultiIndex.from_arrays([*place, turn]))
    in_b, in_a = keys[0].isin(keys[1]), keys[1].isin(keys[0])
    found = (a["site_id"][~in_b], b["site_id"][~in_a], a["site_id"][in_b])
    return tuple(tuple(sorted(ids)) for ids in found)


def _drawn(links: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return links[links.geometry.notna() & (links.geometry.length > 0)]


def uncommon_share(lines: gpd.GeoDataFrame, others: gpd.GeoDataFrame) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Share (0–1) of each line's length that runs nowhere near any of the others. Shape: len(lines)."""
    shapes, theirs = lines.geometry.to_numpy(), others.geometry.to_numpy()
    alone = np.ones(len(shapes))
    if not len(shapes) or not len(theirs):
        return alone
    pairs = shapely.STRtree(theirs).query(shapes, predicate="dwithin", distance=SAME_PLACE)
    pairs = pairs[:, np.argsort(pairs[0], kind="stable")]
    if not pairs.size:
        return alone
    starts = np.flatnonzero(np.diff(pairs[0], prepend=-1))
    for row, near in zip(pairs[0][starts], np.split(pairs[1], starts[1:]), strict=True):
        left = shapes[row].difference(shapely.union_all(shapely.buffer(theirs[near], SAME_PLACE)))
        # A crossing cuts the width of the buffer out of a line that shares nothing: that is dust.
        alone[row] = left.length / shapes[row].length
    return np.where(alone > 0.99, 1.0, np.where(alone < 0.01, 0.0, alone))


def tower_levers(plans: Sequence[Written]) -> frozenset[str]:
    """Levers that open other owners' masts, as the catalogue entries in the plans declare them."""
    found: set[str] = set()
    for plan in plans:
        for entry in plan.catalogue.get("structures", {}).values():
            if entry.get("generator") == "existing-tower" and entry.get("lever"):
                found.add(str(entry["lever"]))
        for key, entry in plan.catalogue.get("levers", {}).items():
            if entry.get("layer") == "existing.towers":
                found.add(str(key))
    return frozenset(found)


def _served_today(plan: Written) -> pd.Series:
    """Weight served today by class, to a thousandth."""
    demand = plan.tables["demand"]
    served: pd.Series = (demand["weight"] * demand["baseline_share"]).groupby(demand["class"]).sum().round(3)
    return served


def unlike(plans: Sequence[Written]) -> list[str]:
    """Sentences on what, besides the levers, differs between the scenarios and so is part of any saving."""
    notes = []
    what = "comparison" if all(budget.served(plan) is not None for plan in plans) else "saving"
    for key in ASKED:
        odd = [p.name for p in plans[1:] if not asked_alike(plans[0], p, key)]
        if odd:
            notes.append(f"`{key}` of {', '.join(odd)} differs from {plans[0].name}: the {what} is not like for like.")
    notes += budget.note(plans)
    notes += [text for plan in plans if (text := multiplied_words(plan))]
    before = [_served_today(plan) for plan in plans]
    odd = [p.name for p, now in zip(plans[1:], before[1:], strict=True) if not before[0].equals(now)]
    if odd:
        notes.append(f"What is served today differs between {plans[0].name} and {', '.join(odd)}: part of the {what}.")
    for key in ECONOMIC_KEYS:
        odd = [p.name for p in plans[1:] if p.economics.get(key) != plans[0].economics.get(key)]
        if odd:
            notes.append(f"`economics.{key}` of {', '.join(odd)} differs from {plans[0].name}: costs are not alike.")
    notes += before_tax(plans)
    still = dict.fromkeys(name for plan in plans for name in unmoved(plan))
    notes += [f"{name} is 0, and how much of it a plan would pay is not written: it is not moved." for name in still]
    for plan in plans:
        if plan.summary.get("shortfall"):
            notes.append(f"{plan.name} does not reach its targets; a cost is compared that buys less.")
        dropped = (plan.summary.get("problem") or {}).get("dropped")
        count = sum(dropped.values()) if isinstance(dropped, dict) else dropped
        if count:
            what = "candidate" if count == 1 else f"{count:,} candidates"
            notes.append(f"The bound of {plan.name} is of the problem without the {what} dropped beforehand.")
    return notes
