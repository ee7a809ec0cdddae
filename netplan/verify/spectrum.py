"""Rules of spectrum: a place has each carrier of a cellular network once, and what stands there is not built again."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from netplan.verify.finding import Finding, where
from netplan.verify.reading import Written
from netplan.verify.today import names_in, owned, read_layer

SAME_PLACE_M = 1.0
ONE_PLACE_M = 50.0
"""Sites this near to each other are one place: registers list a tower once for every network on it."""
TOUCH_MHZ = 1e-6


def check_spectrum(written: Written) -> list[Finding]:
    """Everything that can be said from equipment, from what stands, and from the carriers of the settings."""
    return [*_carriers(written), *_twice(written)]


def _channels(written: Written, technology: str) -> list[tuple[float, float]]:
    """Centre and width (MHz) of the downlink channels of a cellular technology, ascending.

    None of what serves only sensors, which runs inside another's carrier.
    """
    entry = written.entry("technologies", technology)
    if entry.get("kind") != "cellular" or set(entry.get("serves") or ()) <= {"iot"}:
        return []
    found = []
    for radio in (entry.get("radio"), *(entry.get("carriers") or ())):
        if radio and "frequency_mhz" in radio:
            width = radio.get("bandwidth_mhz", {"value": 0.0})
            found.append((float(radio["frequency_mhz"]["value"]), float(width["value"])))
    return sorted(found)


def _share(one: tuple[float, float], other: tuple[float, float]) -> bool:
    """Whether two channels, given by centre and width, do more than touch."""
    return abs(one[0] - other[0]) < max((one[1] + other[1]) / 2.0 - TOUCH_MHZ, TOUCH_MHZ)


def _carriers(written: Written) -> list[Finding]:
    """No two options of a site, or of sites at one place, use one carrier."""
    sites = written.by_id("sites")
    sited = written.equipment[written.equipment["site_id"].isin(sites.index)].sort_values("option_id")
    options, channels = sited["option_id"].tolist(), [_channels(written, key) for key in sited["technology"]]
    places = sites.geometry.loc[sited["site_id"]].to_numpy()
    pairs = shapely.STRtree(places).query(places, predicate="dwithin", distance=ONE_PLACE_M).T
    findings = []
    for first, second in sorted((i, j) for i, j in pairs.tolist() if i < j):
        for channel in channels[second]:
            if any(_share(channel, taken) for taken in channels[first]):
                want = f"a carrier that {options[first]} at this place does not use"
                findings.append(Finding("spectrum", "equipment", options[second], f"{channel[0]:g} MHz", want))
    return findings


def _twice(written: Written) -> list[Finding]:
    """Nothing is mounted on a tower of one's own where the same already stands (in the layer `existing`), nor what
    needs spectrum that something else uses there today. Another owner's network there has spectrum of its own."""
    sites, equipment = written.by_id("sites"), written.equipment
    own = equipment["site_id"].isin(sites.index[sites["status"] == "existing"]).to_numpy(bool)
    points = _of_ones_own(written, written.existing[written.existing.geom_type == "Point"])
    again, taken = np.zeros(len(equipment), dtype=bool), np.zeros(len(equipment), dtype=bool)
    channels = {key: _channels(written, key) for key in {*equipment["technology"], *points["technology"]}}
    for row in np.flatnonzero(own):
        site, technology = equipment[["site_id", "technology"]].iloc[row]
        here = set(points["technology"][points.distance(sites.geometry.loc[site]) <= SAME_PLACE_M])
        again[row] = technology in here
        theirs = [channel for key in here - {technology} for channel in channels[key]]
        taken[row] = any(_share(mine, other) for mine in channels[technology] for other in theirs)
    option, mounted = equipment["option_id"], equipment["technology"]
    return [
        *where(again, "spectrum", "equipment", option, mounted, "a technology that does not stand there today"),
        *where(taken, "spectrum", "equipment", option, mounted, "a carrier that nothing there uses today"),
    ]


def _of_ones_own(written: Written, stands: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """What stands today without what the layer of towers gives to other owners alone."""
    path = (written.project.get("existing") or {}).get("towers")
    towers = (
        read_layer(written, path, points=True)[0] if path else stands.iloc[:0]
    )  # unread: told by the rules of place
    if towers.empty or stands.empty:
        return stands
    mine, names = owned(towers), names_in(written, towers)
    rows, near = shapely.STRtree(towers.geometry.to_numpy()).query(
        stands.geometry.to_numpy(), predicate="dwithin", distance=SAME_PLACE_M
    )
    technology = stands["technology"].to_numpy(object)
    found = [(row, tower) for row, tower in zip(rows, near, strict=True) if technology[row] in names[tower]]
    stated, own = {row for row, _ in found}, {row for row, tower in found if mine[tower]}
    return stands[[row in own or row not in stated for row in range(len(stands))]]
