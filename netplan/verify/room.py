"""Rules of room: what equipment can serve is what its catalogue entry says, and serving people takes its due of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from netplan.verify.finding import Finding, where
from netplan.verify.place import planning_area
from netplan.verify.reading import Written

RELATIVE = 1e-6
AREA = 1e-3
"""part by which an area may be larger than the one that the plan was made with, for reprojection"""
RADIO = ("cellular", "wifi", "hotspot")


def check_room(written: Written) -> list[Finding]:
    """Everything that can be said from the capacities of equipment and what service takes of them."""
    return [*_stated(written), *_sky(written), *_taken(written)]


def _entries(written: Written, technologies: npt.NDArray[np.object_]) -> list[dict[str, Any]]:
    return [written.entry("technologies", str(name)) for name in technologies]


def _figure(entry: dict[str, Any], key: str, otherwise: float) -> float:
    quantity = entry.get(key)
    return float(quantity["value"]) if quantity else otherwise


def _stated(written: Written) -> list[Finding]:
    """Equipment on a site has at most the capacity of its entry: places for premises, or sectors at their load."""
    equipment = written.equipment
    most = []
    for entry in _entries(written, equipment["technology"].to_numpy(object)):
        if entry.get("kind") in RADIO:
            radio = entry.get("radio") or {}
            most.append(_figure(radio, "sectors", np.inf) * _figure(radio, "max_load", 1.0))
        else:
            most.append(np.inf if entry.get("kind") == "satellite" else _figure(entry, "capacity", np.inf))
    limit, found = np.array(most), equipment["capacity"].fillna(np.inf).to_numpy(float)
    return where(found > limit * (1 + RELATIVE), "capacity", "equipment", equipment["option_id"], found, limit)


def _sky(written: Written) -> list[Finding]:
    """Beams of one technology have together at most its premises a square kilometre, over the whole area."""
    equipment = written.equipment
    kinds = np.array([e.get("kind", "") for e in _entries(written, equipment["technology"].to_numpy(object))], object)
    beams = equipment[kinds == "satellite"]
    if beams.empty:
        return []
    km2 = float(shapely.area(planning_area(written)[0])) / 1e6
    if not km2 > 0:  # told by the rules of place
        return []
    sums = beams.assign(capacity=beams["capacity"].fillna(np.inf)).groupby("technology")["capacity"].sum()
    limit = np.array([_figure(written.entry("technologies", name), "capacity", np.inf) for name in sums.index]) * km2
    over = sums.to_numpy(float) > limit * (1 + AREA)
    return where(over, "capacity", "equipment", [f"{name}: all beams" for name in sums.index], sums, limit)


def _taken(written: Written) -> list[Finding]:
    """Nobody is served with less than it takes: a place each, more by the load, or the airtime at the highest rate."""
    service = written.service
    technology = written.by_id("equipment")["technology"]
    of = technology.reindex(service["option_id"]).fillna("").to_numpy(object)
    mbps = written.by_id("demand")["demand_mbps"]
    load = service["share"].to_numpy(float) * mbps.reindex(service["demand_id"]).fillna(0.0).to_numpy(float)
    known = {name: written.entry("technologies", str(name)) for name in set(of)}
    peak = np.array([peak_mbps(known[name]) for name in of], float)
    places = np.array([known[name].get("kind", "") not in (*RADIO, "") for name in of], bool)
    premises = np.where(places, service["premises"].to_numpy(float), 0.0)
    due = np.maximum(premises, load / peak)
    found = service["capacity_used"].to_numpy(float)
    ids = service["demand_id"] + "|" + service["option_id"]
    return where(found < due * (1 - RELATIVE) - 1e-9, "capacity", "service", ids, found, due)


def peak_mbps(entry: dict[str, Any]) -> float:
    """Most that a unit of capacity carries: a sector at its highest efficiency, or a place in its split."""
    if entry.get("kind") not in RADIO:
        return _figure(entry, "shared_mbps", np.inf) / _figure(entry, "split", 1.0)
    # aggregated carriers are one sector
    carriers = [_sector_mbps(radio) for radio in (entry.get("radio"), *(entry.get("carriers") or ())) if radio]
    return sum(carriers) if carriers else np.inf


def _sector_mbps(radio: dict[str, Any]) -> float:
    steps = [float(step["efficiency_bps_hz"]) for step in radio.get("steps") or ()]
    highest = max(steps) if steps else _figure(radio, "efficiency_max_bps_hz", np.inf)
    mhz = _figure(radio, "bandwidth_mhz", np.inf) / _figure(radio, "reuse", 1.0)
    left = _figure(radio, "downlink_share", 1.0) * _figure(radio, "mac_efficiency", 1.0)
    return mhz * left * _figure(radio, "mimo_layers", 1.0) * highest
