"""Shared places: people walk to a public hotspot, so it serves more of them than its radio range holds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from netplan.catalogue.schema import Catalogue
from netplan.radio.shapes import shares_within, xy
from netplan.tables import Demand, Options


def within_walk(options: Options, demand: Demand, catalogue: Catalogue, reach_m: float) -> Options:
    """Options whose technology serves communities and no household, for every community cell within walking distance.

    The share of a cell that can be served is that of its ground within `reach_m` of the site. Rate and capacity per
    Mbit/s are those that the option offers the community cells inside its own range: people use it there. Options
    without such a cell, and technologies that reach people at home, stay as they are.

    Args:
        options: as made from radio range alone.
        demand: the demand table (`level`, `class`, `demand_mbps`).
        catalogue: technologies.
        reach_m: how far people go, metres in a straight line.
    """
    shared = [
        key for key, t in catalogue.technologies.items() if "community" in t.serves and "household" not in t.serves
    ]
    points = demand.points
    cells = points[(points["level"] == "community") & (points["area_km2"] > 0)]
    table = options.table[options.table["technology"].isin(shared)]
    near = options.service["option_id"].isin(table.index) & options.service["demand_id"].isin(cells.index)
    if not near.any():
        return options
    inside = options.service[near]
    mbps = cells["demand_mbps"].reindex(inside["demand_id"]).to_numpy(float)
    per_mbps = np.divide(inside["capacity_used"], mbps, out=np.zeros(len(inside)), where=mbps > 0)
    # Of several cells in range the one that costs the option most speaks for all: nobody is promised too much.
    worst = inside.assign(per_mbps=per_mbps).groupby("option_id").agg({"rate_mbps": "min", "per_mbps": "max"})
    sites = table.loc[worst.index]
    place, row, share = shares_within(xy(sites), cells, reach_m)
    walked = pd.DataFrame(
        {
            "demand_id": cells.index.to_numpy(object)[row],
            "option_id": worst.index.to_numpy(object)[place],
            "rate_mbps": worst["rate_mbps"].to_numpy(float)[place],
            "capacity_used": worst["per_mbps"].to_numpy(float)[place] * cells["demand_mbps"].to_numpy(float)[row],
            "service_max": share,
            "loss_db": np.nan,
            "bits": 0,
            "points": 0,
        }
    )
    walked = walked[walked["rate_mbps"] >= cells["rate_mbps"].reindex(walked["demand_id"]).to_numpy(float)]
    kept = pd.concat([walked, options.service], ignore_index=True)
    kept = kept.sort_values(["demand_id", "option_id", "service_max"], ascending=[True, True, False], kind="stable")
    kept = kept.drop_duplicates(["demand_id", "option_id"])[list(options.service.columns)]
    return replace(options, service=kept.reset_index(drop=True))
