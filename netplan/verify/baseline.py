"""Rules of what is served today: no row counts more than the layers or the towers of the project bear out."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from netplan.verify.finding import Finding, differs, where
from netplan.verify.reach import NEAR_M, range_m
from netplan.verify.reading import Written
from netplan.verify.service import TOLERANCE, class_rules, serves
from netplan.verify.today import names_in, read_layer, stated_shares

BoolArray = npt.NDArray[np.bool_]


def check_baseline(written: Written) -> list[Finding]:
    """Everything that can be said of `baseline` and `existing` from the layers of the project and the catalogue."""
    return [
        *_sums(written),
        *_rows(written),
        *_capacity(written),
        *_reach(written),
        *_towers(written),
        *_sensors(written),
        *_layer(written),
    ]


def _id(written: Written) -> pd.Series:
    rows = written.baseline
    return rows["demand_id"] + "|" + rows["existing_id"] + "|" + rows["technology"]


def _sums(written: Written) -> list[Finding]:
    """The baseline share of a row is the sum of what serves it today."""
    demand = written.distinct("demand")
    due = written.baseline.groupby("demand_id")["share"].sum().reindex(demand["demand_id"]).fillna(0.0)
    found = demand["baseline_share"]
    # The plan takes shares within a millionth of none or all for none or all.
    return where(differs(found, due, absolute=2e-6), "baseline", "demand", demand["demand_id"], found, due)


def _rows(written: Written) -> list[Finding]:
    """Names exist, shares are shares, the rate is enough, the technology serves the level."""
    rows, ids = written.baseline, _id(written)
    rules = class_rules(written)
    kinds = written.by_id("demand")["class"]
    of = rules.reindex(kinds.reindex(rows["demand_id"]))
    need, level = of["rate_mbps"].to_numpy(float), of["level"].fillna("").to_numpy(object)
    share, reach = rows["share"].to_numpy(float), rows["reach_share"].to_numpy(float)
    counts = share > TOLERANCE
    silent = rows["rate_mbps"].isna() & (rows["technology"] == "") & (rows["existing_id"] == "")
    short = counts & ~silent & ~(rows["rate_mbps"].to_numpy(float) >= need * (1 - TOLERANCE))
    technology = rows["technology"].to_numpy(object)
    wrong = [
        a not in (serves(written, t) if t else ("household", "community"))
        for a, t in zip(level, technology, strict=True)
    ]
    standing = written.by_id("existing")["technology"]
    own = rows["existing_id"] != ""
    odd = own & (standing.reindex(rows["existing_id"]).fillna("").to_numpy(object) != technology)
    beyond = (share < 0) | (share > reach + TOLERANCE) | (reach > 1 + TOLERANCE)
    stray = ~own & (not (written.project["existing"].get("service")))
    return [
        *where(~rows["demand_id"].isin(kinds.index), "demand", "baseline", ids, rows["demand_id"], "a demand row"),
        *where(beyond, "share", "baseline", ids, share, "a share between 0 and its reach, at most 1"),
        *where(short, "rate", "baseline", ids, rows["rate_mbps"], need),
        *where(wrong, "level", "baseline", ids, technology, [f"a technology that serves {a}" for a in level]),
        *where(odd, "existing", "baseline", ids, technology, "the technology of that existing equipment"),
        *where(stray, "existing", "baseline", ids, technology, "existing equipment, for no layer states service"),
    ]


def _capacity(written: Written) -> list[Finding]:
    """Existing equipment is at most full, and serving takes at least the airtime or the ports that it must."""
    rows, ids, existing = written.baseline, _id(written), written.existing
    used = rows.groupby("existing_id")["capacity_used"].sum().reindex(existing["existing_id"]).fillna(0.0)
    capacity = existing["capacity"].to_numpy(float)
    full = np.divide(used, capacity, out=np.zeros(len(existing)), where=np.isfinite(capacity) & (capacity > 0))
    full = np.where((capacity <= 0) & (used > TOLERANCE), np.inf, full)
    unit = written.by_id("existing")["capacity_unit"]
    mbps = written.by_id("demand")["demand_mbps"]
    load = rows["share"].to_numpy(float) * mbps.reindex(rows["demand_id"]).to_numpy(float)
    # The rate of a row may be limited by the terminal's uplink, which leaves the downlink's airtime to others.
    best = {name: _peak_mbps(written, name) for name in rows["technology"].unique()}
    peak = np.maximum(rows["technology"].map(best).to_numpy(float), rows["rate_mbps"].to_numpy(float))
    airtime = (unit.reindex(rows["existing_id"]) == "sectors").to_numpy(bool) & (peak > 0)
    least = np.where(airtime, np.divide(load, peak, out=np.zeros(len(rows)), where=airtime), 0.0)
    cheap = rows["capacity_used"].to_numpy(float) < least * (1 - 1e-6) - 1e-9
    names = existing["existing_id"]
    found = existing["utilisation"]
    return [
        *where(differs(found, full), "utilisation", "existing", names, found, full),
        *where(full > 1 + TOLERANCE, "capacity", "existing", names, full, "utilisation of at most 1"),
        *where(cheap, "capacity", "baseline", ids, rows["capacity_used"], least),
    ]


def _reach(written: Written) -> list[Finding]:
    """Nobody is reached beyond the range that the catalogue gives the technology."""
    rows = written.baseline[written.baseline["existing_id"].isin(written.existing["existing_id"])]
    at = written.by_id("existing").geometry
    place = written.by_id("demand").geometry
    away_m = shapely.distance(at.reindex(rows["existing_id"]).to_numpy(), place.reindex(rows["demand_id"]).to_numpy())
    limit_m = np.array([range_m(written, name) for name in rows["technology"]])
    ids = _id(written).reindex(rows.index)
    return where(away_m > limit_m + NEAR_M, "reach", "baseline", ids, away_m, limit_m)


def _peak_mbps(written: Written, technology: str) -> float:
    """Downlink rate of one sector under the best conditions, Mbit/s, all carriers together; 0 without a radio."""
    entry = written.entry("technologies", technology)
    total = 0.0
    for radio in (entry.get("radio"), *(entry.get("carriers") or ())):
        if not radio or not {"bandwidth_mhz", "downlink_share", "mimo_layers"} <= set(radio):
            continue
        steps = [float(step["efficiency_bps_hz"]) for step in radio.get("steps") or ()]
        stated = float((radio.get("efficiency_max_bps_hz") or {}).get("value") or 0.0)
        ceiling = max(steps, default=stated)
        factors = (radio[name]["value"] for name in ("bandwidth_mhz", "downlink_share", "mimo_layers"))
        left = float((radio.get("mac_efficiency") or {"value": 1.0})["value"])
        total += ceiling * left * float(np.prod([float(factor) for factor in factors]))
    return total


def _towers(written: Written) -> list[Finding]:
    """Every piece of existing equipment stands on a tower of the project that states its technology."""
    existing = written.existing
    if existing.empty:
        return []
    path = written.project["existing"].get("towers")
    want = "a tower of existing.towers that states the technology"
    if not path:
        return where(
            np.ones(len(existing)), "existing", "existing", existing["existing_id"], existing["technology"], want
        )
    towers, findings = read_layer(written, path, points=True)
    named = names_in(written, towers)
    points = existing.geometry.to_numpy()
    missing: BoolArray = np.ones(len(existing), dtype=bool)
    for name in set(existing["technology"]):
        states = np.array([name in of for of in named], dtype=bool)
        own = (existing["technology"] == name).to_numpy(bool)
        there = shapely.union_all(shapely.centroid(towers.geometry.to_numpy()[states]))
        missing[own] = ~shapely.dwithin(points[own], there, NEAR_M)
    return findings + where(missing, "existing", "existing", existing["existing_id"], existing["technology"], want)


def _sensors(written: Written) -> list[Finding]:
    """As many sensors count as the layer has in the area (points on its edge may fall on either side)."""
    spec = written.project["demand"].get("sensors")
    counted = float(written.demand.loc[written.demand["class"] == "sensors", "weight"].sum())
    if not spec or not written.project.get("area"):
        return []
    layer, findings = read_layer(written, spec["layer"], points=True)
    area, more = read_layer(written, written.project["area"])
    ground = shapely.union_all(area.geometry.to_numpy())
    points = shapely.get_parts(layer.geometry.to_numpy())
    most = int(shapely.dwithin(points, ground, NEAR_M).sum())
    least = int((shapely.within(points, ground) & ~shapely.dwithin(points, shapely.boundary(ground), NEAR_M)).sum())
    wrong = not least <= counted <= most
    return [*findings, *more, *where([wrong], "demand", "demand", ["sensors"], [counted], f"{least} to {most}")]


def _layer(written: Written) -> list[Finding]:
    """What a layer states is worked out again; no row is served beyond it."""
    path = written.project["existing"].get("service")
    if not path or not written.existing.empty:
        return []
    due, slack, findings = stated_shares(written, path)
    demand = written.distinct("demand")
    off = np.abs(demand["baseline_share"].to_numpy(float) - due) > slack
    return findings + where(off, "baseline", "demand", demand["demand_id"], demand["baseline_share"], due)
