"""What is served today enters the demand table: the plan serves the rest."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from netplan.tables import Baseline, Demand

DUST = 1e-6
"""Shares this near to none or all are none or all."""


def with_baseline(demand: Demand, baseline: Baseline) -> Demand:
    """The demand with `baseline_share`, the sum of the baseline's shares of each row, and the baseline itself.

    Args:
        demand: the table before anything is served.
        baseline: who serves which row; rows it does not name are not served today.

    Raises:
        ValueError: the baseline names a demand row that does not exist, or serves one more than wholly.
    """
    sums = baseline.service.groupby("demand_id")["share"].sum()
    lost = sums.index.difference(demand.points.index)
    if len(lost):
        raise ValueError(f"the baseline serves unknown demand {lost[0]!r}")
    share = sums.reindex(demand.points.index).fillna(0.0).to_numpy(float)
    if (share > 1 + DUST).any():
        raise ValueError(f"the baseline serves {demand.points.index[np.argmax(share)]!r} more than once")
    share = np.where(share < DUST, 0.0, np.where(share > 1 - DUST, 1.0, share))
    points = demand.points.assign(baseline_share=share)
    return replace(demand, points=points, baseline=baseline, warnings=(*demand.warnings, *baseline.warnings))


def of_market_share(demand: Demand, share: float) -> Demand:
    """The demand of a party with this share of the subscribers (0–1]: premises and load times it, people as they are.

    What is served today stays as it is for everybody, so it is the same whoever plans.
    """
    if share == 1.0:
        return demand
    points = demand.points
    scaled = {column: points[column].to_numpy(float) * share for column in ("premises", "demand_mbps")}
    return replace(demand, points=points.assign(**scaled))
