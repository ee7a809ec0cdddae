"""Rules of `coverage.tif`: it is there, it shows equipment of the plan, and promises no more than that offers."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import numpy.typing as npt
import rasterio
import rasterio.errors

from netplan.verify.finding import Finding, number
from netplan.verify.reading import Written
from netplan.verify.room import peak_mbps

FILE = "coverage.tif"
BEAMED = ("cellular", "wifi")
"""Kinds whose reach is far more than a pixel."""
RELATIVE = 1e-5
"""Values are written in single precision."""
Floats = npt.NDArray[np.float64]


def check_coverage(written: Written) -> list[Finding]:
    """A plan has a raster of its best servers, with rates wherever radio of the plan serves anybody.

    Each pixel names equipment of the plan on the ground and a rate that this offers at most. Which pixels it reaches
    follows from terrain, which is not worked out again here.
    """
    if written.summary["objective_npv"] is None:
        return []
    path = written.folder / FILE
    if not path.is_file():
        return [Finding("coverage", FILE, "", "no such file", "the raster")]
    try:
        with rasterio.open(path) as raster:
            bands = [raster.read(k, masked=True).astype(float).filled(np.nan) for k in range(1, raster.count + 1)]
            named = json.loads(raster.tags().get("servers", "null"))
            code, due = None if raster.crs is None else raster.crs.to_epsg(), written.crs.to_epsg()
            same = raster.crs is not None and (None in (code, due) or code == due)
    except (OSError, ValueError, rasterio.errors.RasterioError) as error:
        return [Finding("coverage", FILE, "", str(error), "a readable raster")]
    if len(bands) < 2 or not isinstance(named, list):
        found = f"{len(bands)} bands, servers {json.dumps(named)[:40]}"
        return [Finding("coverage", FILE, "", found, "rates, their servers, and the names of these")]
    findings = [] if same else [Finding("crs", FILE, "", "another", str(written.crs.to_string()))]
    return [*findings, *_anything(written, bands[0]), *_servers(written, bands[0], bands[1], [str(x) for x in named])]


def _anything(written: Written, rate: Floats) -> list[Finding]:
    """Where radio on a mast serves anybody, some pixel has a rate."""
    serving = set(written.service.loc[written.service["share"] > 0, "option_id"])
    on = written.equipment[written.equipment["option_id"].isin(serving)]
    beams = [_on_ground(written, str(name), BEAMED) for name in on["technology"]]
    if not any(beams) or (rate > 0).any():
        return []
    return [
        Finding(
            "coverage", FILE, "", "no pixel with a rate", f"where {on['option_id'].iloc[beams.index(True)]} reaches"
        )
    ]


def _servers(written: Written, rate: Floats, server: Floats, named: list[str]) -> list[Finding]:
    """Rates are above 0 and have a server of the plan, whose technology offers as much."""
    technology = written.by_id("equipment")["technology"]
    lost = sorted({*named} ^ {*technology.index})
    findings = [Finding("coverage", FILE, name, "in one of raster and plan", "in both") for name in lost]
    there = np.isfinite(rate)
    if (there != np.isfinite(server)).any():
        findings.append(Finding("coverage", FILE, "server", "rates without a server", "both, or neither"))
    both = there & np.isfinite(server)
    rates, places = rate[both], server[both]
    right = (places >= 0) & (places < len(named)) & (places == np.floor(places))
    want = "the place of a server named"
    findings += [Finding("coverage", FILE, "server", number(place), want) for place in np.unique(places[~right])]
    least, highest = np.full(len(named), np.inf), np.full(len(named), -np.inf)
    row = places[right].astype(np.int64)
    np.minimum.at(least, row, rates[right])
    np.maximum.at(highest, row, rates[right])
    for name, low, high in zip(named, least.tolist(), highest.tolist(), strict=True):
        if name not in technology.index or high < low:  # told above, or nowhere the best
            continue
        most = _most_mbps(written.entry("technologies", str(technology[name])))
        if not _on_ground(written, str(technology[name])) or high > most * (1 + RELATIVE) or not low > 0:
            found = f"{low:.9g} to {high:.9g} Mbit/s"
            findings.append(Finding("coverage", FILE, name, found, f"above 0, at most {most:.9g}, from the ground"))
    return findings


def _on_ground(written: Written, technology: str, kinds: tuple[str, ...] = ()) -> bool:
    """Whether a technology is what the raster shows: no satellite, and not for sensors alone."""
    entry = written.entry("technologies", technology)
    shown = entry.get("kind") != "satellite" and set(entry.get("serves") or ()) != {"iot"}
    return shown and (not kinds or entry.get("kind") in kinds)


def _most_mbps(entry: dict[str, Any]) -> float:
    """Highest rate of a technology: of its radio, of its shortest line, or the one that it has."""
    if entry.get("radio"):
        return peak_mbps(entry)
    steps = [float(step["rate_mbps"]["value"]) for step in entry.get("reach_rates") or ()]
    stated = entry.get("rate_mbps")
    return max([*steps, *([] if stated is None else [float(stated["value"])])], default=float("inf"))
