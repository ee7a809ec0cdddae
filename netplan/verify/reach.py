"""Rules of reach: nobody is counted twice where several antennas reach the same part of a cell.

`reach` says which aim points of a row an option serves, a 1 or 0 for each; without it the share is spread evenly over
the row, at most `reach_share` of every point. What serves a row, today or anew, must have room: by Hall's condition,
for every set of its points, what can only go there is at most the set's part of the row.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from netplan.verify.finding import Finding, where
from netplan.verify.reading import Written

TOLERANCE = 2e-6
MOST_POINTS = 8
NEAR_M = 1.0
"""Distances are true but for reprojection: existing equipment stands at its tower."""


def check_reach(written: Written) -> list[Finding]:
    """Shares within the reach of each row of service and baseline, and of all that serve a place together."""
    service = written.service.assign(by=written.service["option_id"], layer="service")
    today = written.baseline.assign(
        by=written.baseline["existing_id"] + "|" + written.baseline["technology"], layer="baseline"
    )
    columns = ["demand_id", "by", "layer", "share", "reach_share", "reach"]
    rows = pd.concat([service[columns], today[columns]], ignore_index=True)
    faults = _each(rows)
    return [*_far(written), *(faults if faults else _together(rows))]


def _far(written: Written) -> list[Finding]:
    """Nobody is served anew from farther away than the catalogue says that the technology reaches.

    A cell may be reached in part: some point of it is within the range, the one of its row within a diagonal of that.
    """
    rows, equipment = written.service, written.by_id("equipment")
    sited = equipment[equipment["site_id"] != ""]
    # People walk to a shared place, so the point of its row may lie beyond the range.
    walked = rows["demand_id"].map(written.by_id("demand")["class"])
    rows = rows[rows["option_id"].isin(sited.index) & ~walked.astype(str).str.startswith("community_")]
    place = written.by_id("demand").geometry.reindex(rows["demand_id"])
    away_m = shapely.distance(sited.geometry.reindex(rows["option_id"]).to_numpy(), place.to_numpy())
    limits = {name: range_m(written, name) for name in sited["technology"].unique()}
    limit_m = sited["technology"].map(limits).reindex(rows["option_id"]).to_numpy(float)
    ids = rows["demand_id"] + "|" + rows["option_id"]
    diagonal_m = np.sqrt(2.0) * float(written.project["demand"].get("cell_m", 0.0))
    return where(away_m > limit_m + diagonal_m + NEAR_M, "reach", "service", ids, away_m, limit_m)


def range_m(written: Written, technology: str) -> float:
    """How far a technology reaches at most, in metres; without end where the catalogue does not say."""
    entry = written.entry("technologies", technology)
    # aggregated carriers reach as far as the one that reaches farthest
    radios = [radio for radio in (entry.get("radio"), *(entry.get("carriers") or ())) if radio]
    reaches = [radio.get("max_range_m") for radio in radios] or [entry.get("reach_m")]
    return max(float(reach["value"]) if reach else np.inf for reach in reaches)


def _each(rows: pd.DataFrame) -> list[Finding]:
    """Every row by itself: its points are 1 or 0, as many as others of the place name, and all it serves it reaches."""
    text, ids = rows["reach"], rows["demand_id"] + "|" + rows["by"]
    many = text.str.len()
    named = many > 0
    most = many.groupby(rows["demand_id"]).transform("max")
    odd = named & (~text.str.fullmatch("[01]*1[01]*") | (many != most) | (many > MOST_POINTS))
    reached = np.where(named, text.str.count("1") / many.where(named, 1), rows["reach_share"])
    # A share of today is met by equipment that reaches more at a lower rate, which `reach_share` counts.
    other = named & (rows["layer"] == "service") & (np.abs(reached - rows["reach_share"]) > TOLERANCE)
    beyond = ~odd & (rows["share"] > np.minimum(reached, rows["reach_share"]) + TOLERANCE)
    found = []
    for layer, at in rows.groupby("layer").groups.items():
        here = [series.loc[at] for series in (odd, other, beyond, ids, text, rows["reach_share"], rows["share"])]
        names, due = here[3], pd.Series(reached, rows.index).loc[at]
        found += where(here[0], "reach", str(layer), names, here[4], "a 1 or 0 for each aim point of the place")
        found += where(here[1], "reach", str(layer), names, here[5], due)
        found += where(here[2], "reach", str(layer), names, here[6], due)
    return found


def _together(rows: pd.DataFrame) -> list[Finding]:
    """All that serve a place: no set of its points takes more than its part of the place."""
    place, ids = pd.factorize(rows["demand_id"])
    share, spread = rows["share"].to_numpy(float), rows["reach_share"].to_numpy(float)
    text = rows["reach"].to_numpy(object)
    bits = np.array([int(one[::-1] or "0", 2) for one in text], np.int64)
    points = np.zeros(len(ids), np.int64)
    np.maximum.at(points, place, np.array([len(one) for one in text], np.int64))
    worst, at = np.zeros(len(ids)), np.zeros(len(ids))
    for chosen in range(1, 1 << int(points.max(initial=0))):
        inside = chosen.bit_count()
        counts = points > chosen.bit_length() - 1
        outside = np.where(bits == 0, spread * (1 - inside / np.maximum(points, 1))[place], np.inf)
        outside[(bits > 0) & (bits & ~chosen == 0)] = 0.0
        must = np.bincount(place, np.maximum(share - outside, 0.0), minlength=len(ids))
        over = np.where(counts, must - inside / np.maximum(points, 1), 0.0)
        at = np.where(over > worst, must, at)
        worst = np.maximum(worst, over)
    broken = worst > TOLERANCE
    want = [
        f"at most {have - more:.6g}: that is all of it that they reach" for have, more in zip(at, worst, strict=True)
    ]
    return where(broken, "reach", "demand", ids, at, want)
