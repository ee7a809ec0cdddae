"""Rules of spectrum: a mast has each carrier of a cellular network once, and what stands there is not built again."""

from __future__ import annotations

import numpy as np

from netplan.verify.finding import Finding, where
from netplan.verify.reading import Written

SAME_PLACE_M = 1.0


def check_spectrum(written: Written) -> list[Finding]:
    """Everything that can be said from equipment, from what stands, and from the carriers of the settings."""
    return [*_carriers(written), *_twice(written)]


def _mhz(written: Written, technology: str) -> set[float]:
    """Carriers of a cellular technology; none of what serves only sensors, which runs inside another's carrier."""
    entry = written.entry("technologies", technology)
    if entry.get("kind") != "cellular" or set(entry.get("serves") or ()) <= {"iot"}:
        return set()
    radios = [entry.get("radio"), *(entry.get("carriers") or ())]
    return {float(radio["frequency_mhz"]["value"]) for radio in radios if radio and "frequency_mhz" in radio}


def _carriers(written: Written) -> list[Finding]:
    """No two options of a site use one carrier."""
    sited = written.equipment[written.equipment["site_id"] != ""]
    findings = []
    for _, here in sited.sort_values("option_id").groupby("site_id"):
        used: dict[float, str] = {}
        for option, technology in zip(here["option_id"], here["technology"], strict=True):
            for mhz in sorted(_mhz(written, technology)):
                if mhz in used:
                    want = f"a carrier that {used[mhz]} does not use"
                    findings.append(Finding("spectrum", "equipment", option, f"{mhz:g} MHz", want))
                used.setdefault(mhz, option)
    return findings


def _twice(written: Written) -> list[Finding]:
    """Nothing is mounted on a tower of one's own where the same already stands (in the layer `existing`)."""
    sites, equipment = written.sites.drop_duplicates("site_id").set_index("site_id"), written.equipment
    own = equipment["site_id"].isin(sites.index[sites["status"] == "existing"]).to_numpy(bool)
    points = written.existing[written.existing.geom_type == "Point"]
    again = np.zeros(len(equipment), dtype=bool)
    for row in np.flatnonzero(own):
        site, technology = equipment[["site_id", "technology"]].iloc[row]
        alike = points[points["technology"] == technology]
        again[row] = bool((alike.distance(sites.geometry.loc[site]) <= SAME_PLACE_M).any())
    want = "a technology that does not stand there today"
    return where(again, "spectrum", "equipment", equipment["option_id"], equipment["technology"], want)
