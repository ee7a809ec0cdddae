"""The audit's own division of a plan's cost among the demand rows that it serves."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from netplan.verify.reading import Written
from netplan.verify.ways import ways_out

Floats = npt.NDArray[np.float64]


def cost_of_areas(written: Written) -> tuple[pd.Series, bool]:
    """Present cost of each demand row newly served, by demand id; and whether there is no choice in it.

    A row pays its own service, and of what it shares with others its part by load in the busy hour: of equipment, of
    the site that it stands on and of those that its traffic passes, of the links of the shortest way out, of what is
    paid for the whole plan. Where none that share an asset have a load, premises divide it, and rows where there are
    none; what nobody uses is divided over everybody. Where two ways out are of one length the plan chose one, which is
    not written: the parts then depend on that choice.
    """
    service = written.service
    demand = written.by_id("demand")["demand_mbps"]
    load = service["share"].to_numpy(float) * demand.reindex(service["demand_id"]).fillna(0.0).to_numpy(float)
    use = np.column_stack([load, service["premises"].to_numpy(float), np.ones(len(service))])
    options, sites = pd.Index(written.equipment["option_id"]), pd.Index(written.sites["site_id"])
    option = options.get_indexer(service["option_id"])
    site = np.append(sites.get_indexer(written.equipment["site_id"]), -1)[option]
    of_option, of_site = _summed(use, option, len(options)), _summed(use, site, len(sites))
    prices, idle = _prices(written.equipment["npv"].to_numpy(float), of_option)
    cost = service["npv"].to_numpy(float) + _paid(prices, option, use)
    ways = ways_out(written)
    whom = {row: [row] for row in range(len(sites))}
    links: dict[int, list[int]] = {row: [] for row in range(len(written.links))}
    for start in range(len(sites)):
        for passed in ways.past[start]:
            if start not in whom[passed]:
                whom[passed].append(start)
        for link in ways.over[start]:
            links[link].append(start)
    each = np.zeros((len(sites), 3))
    for npv, users in (
        *zip(written.sites["npv"], whom.values(), strict=True),
        *zip(written.links["npv"], links.values(), strict=True),
    ):
        price, left = _prices(np.array([npv], float), of_site[users].sum(axis=0, keepdims=True))
        each[users] += price
        idle += left
    cost += _paid(each, site, use)
    whole, left = _prices(np.array([float(written.other_costs["npv"].sum()) + idle]), use.sum(axis=0, keepdims=True))
    cost += (whole * use).sum(axis=1)
    sums: pd.Series = pd.Series(cost).groupby(service["demand_id"].to_numpy(object)).sum()
    return sums, ways.certain


def _summed(use: Floats, at: npt.NDArray[np.intp], count: int) -> Floats:
    """Load, premises and rows of each of `count` assets. Shape: (count, 3)."""
    total = np.zeros((count, use.shape[1]))
    np.add.at(total, at[at >= 0], use[at >= 0])
    return total


def _paid(prices: Floats, at: npt.NDArray[np.intp], use: Floats) -> Floats:
    """What each row pays for the asset that it uses (-1: none). Shape: rows."""
    none = np.zeros((1, use.shape[1]))
    return np.asarray((np.vstack([prices, none])[at] * use).sum(axis=1))


def _prices(npv: Floats, total: Floats) -> tuple[Floats, float]:
    """What a unit of load, of premises and of rows pays for each asset, by the first that there is any of; and the cost
    of assets that nobody uses."""
    first = np.argmax(total > 0, axis=1) if len(total) else np.zeros(0, np.intp)
    used = (total > 0).any(axis=1)
    out = np.zeros(total.shape)
    rows = np.flatnonzero(used)
    out[rows, first[rows]] = npv[rows] / total[rows, first[rows]]
    return out, float(npv[~used].sum())
