"""Rules of rates: nobody is promised more than the technology offers, nor more than the airtime taken is good for."""

from __future__ import annotations

from typing import Any

import numpy as np

from netplan.verify.finding import Finding, where
from netplan.verify.reading import Written
from netplan.verify.room import RADIO, peak_mbps
from netplan.verify.service import class_rules

RELATIVE = 1e-6


def check_rates(written: Written) -> list[Finding]:
    """The rate of each service is one that its technology offers there.

    Fibre and satellites offer the one of their entry, lines that of the farthest length at which the class's rate still
    holds. A radio offers at most that of its highest efficiency, and as many Mbit/s as the airtime taken is good for:
    the load over that airtime, which is the mean time a Mbit/s takes where people are. Where the answers of the
    terminals are slower than what they are sent, their airtime is less than one over the rate, or twice that where
    both take turns on a channel: the rate may then be lower, by terrain that is not worked out again here.
    """
    service = written.service
    option = written.by_id("equipment")["technology"]
    names = option.reindex(service["option_id"]).fillna("").to_numpy(object)
    demand = written.by_id("demand").reindex(service["demand_id"])
    need = class_rules(written)["rate_mbps"].reindex(demand["class"]).to_numpy(float)
    load = service["share"].to_numpy(float) * demand["demand_mbps"].to_numpy(float)
    used, rate = service["capacity_used"].to_numpy(float), service["rate_mbps"].to_numpy(float)
    entries = {name: written.entry("technologies", str(name)) for name in set(names)}
    least, most = np.full(len(service), -np.inf), np.full(len(service), np.inf)
    for name, entry in entries.items():
        mine = names == name
        low, high = _offers(entry, need[mine], load[mine], used[mine])
        least[mine], most[mine] = low, high
    ids = service["demand_id"] + "|" + service["option_id"]
    return [
        *where(rate > most * (1 + RELATIVE), "rate", "service", ids, rate, [f"at most {each:.9g}" for each in most]),
        *where(rate < least * (1 - RELATIVE), "rate", "service", ids, rate, [f"at least {each:.9g}" for each in least]),
    ]


def _offers(
    entry: dict[str, Any], need: np.ndarray[Any, Any], load: np.ndarray[Any, Any], used: np.ndarray[Any, Any]
) -> tuple[Any, Any]:
    """Least and most that rows of one technology may be promised, by the class's rate, load and capacity taken."""
    kind = entry.get("kind")
    if kind in RADIO:
        return _by_airtime(entry, need, load, used)
    if kind == "line-access":
        by_line = np.array([_by_line(entry, float(each)) for each in need])
        return by_line, by_line
    stated = entry.get("rate_mbps")
    return (-np.inf, np.inf) if stated is None else (float(stated["value"]), float(stated["value"]))


def _by_airtime(
    entry: dict[str, Any], need: np.ndarray[Any, Any], load: np.ndarray[Any, Any], used: np.ndarray[Any, Any]
) -> tuple[Any, Any]:
    """Of a radio: what the airtime is good for, and exactly that where the entry says nothing of an uplink.

    Of carriers whose uplinks are not alike the airtime does not say which answered: only their highest rate holds.
    """
    radios = [radio for radio in (entry.get("radio"), *(entry.get("carriers") or ())) if radio]
    if not radios:
        return -np.inf, np.inf
    uplinks = [radio["uplink"] for radio in radios if radio.get("uplink")]
    parts = {float(uplink["traffic_share"]["value"]) for uplink in uplinks}
    alike = not uplinks or (len(uplinks) == len(radios) and len(parts) == 1)
    good_for = np.divide(load, used, out=np.full(len(load), np.inf), where=(used > 0) & (load > 0) & alike)
    turns = 2.0 if any(uplink.get("shares_airtime") for uplink in uplinks) else 1.0
    # at the edge of the reach the class's rate counts, which rounding may have missed
    most = np.maximum(np.minimum(peak_mbps(entry), turns * good_for), need)
    return (np.where(np.isfinite(good_for), good_for, -np.inf) if not uplinks else -np.inf), most


def _by_line(entry: dict[str, Any], need: float) -> float:
    """Rate of the longest line that still carries what is needed; none where no line does."""
    enough = [
        (float(step["reach_m"]["value"]), float(step["rate_mbps"]["value"]))
        for step in entry.get("reach_rates") or ()
        if float(step["rate_mbps"]["value"]) >= need
    ]
    return max(enough)[1] if enough else float("nan")
