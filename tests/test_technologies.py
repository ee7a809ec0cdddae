"""Every access technology of the catalogue: a small district where the least-cost plan builds it, and one where not."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pytest

from netplan.catalogue import load_catalogue
from tests.districts import District, Outcome, plan_of

ROAD = (((0.5, 0.5), (2.5, 2.5), (5.0, 5.0), (9.0, 9.0)),)
TOWN = {(2, 2): 2500.0, (3, 2): 2500.0}
VILLAGE = {(6, 6): 400.0}
CLUSTER = {(c, r): 300.0 for c in range(3, 7) for r in range(3, 7)}
SCATTERED = {(c, r): 60.0 for c in range(0, 9, 3) for r in range(0, 9, 3)}
HAMLETS = {(8, 8): 20.0, (12, 3): 15.0, (15, 12): 25.0}
STREETS = tuple(((2.1, 2.1 + 0.2 * i), (3.9, 2.1 + 0.2 * i)) for i in range(5))
SENSORS = tuple((x + 0.5, y + 0.5) for x in range(2, 8) for y in range(2, 8))


def hills_m(x_km: Any, y_km: Any) -> Any:
    return 1500 + 120 * np.sin(np.pi * x_km) * np.cos(np.pi * y_km)


def place(people: dict[tuple[int, int], float], **more: Any) -> District:
    return District(people, **{"roads": ROAD, **more})


def country(**more: Any) -> District:
    """100 km2 of hills with nine hamlets."""
    wide: dict[str, Any] = {
        "size_km": (10.0, 10.0),
        "ground_m": hills_m,
        "target": 0.9,
        "spacing_m": 5000.0,
        "hub_spacing_m": 5000.0,
    }
    return place(SCATTERED, **{**wide, **more})


@dataclass(frozen=True)
class Case:
    """Why, where, what the plan builds, and what was offered and is not built."""

    why: str
    district: District
    wins: str
    loses: tuple[str, ...]


CASES = [
    Case("a town that asks for 50 Mbit/s beside the point of presence is wired",
         place(TOWN, rate_mbps=50, busy_hour_mbps=1, adoption=0.6), "gpon", ("lte-1800", "satellite-leo")),
    Case("the same town with little use is served from one pole",
         place(TOWN, busy_hour_mbps=0.1, adoption=0.1), "wifi-5ghz-ptmp", ("gpon", "lte-1800", "satellite-leo")),
    Case("three far hamlets are not worth a mast",
         place(HAMLETS, size_km=(20.0, 16.0)), "satellite-leo", ("lte-800", "wifi-5ghz-ptmp")),
    Case("hills stop Wi-Fi; the low band bends over them",
         country(), "lte-800", ("wifi-5ghz-ptmp",)),
    Case("a low band lower still does as well",
         country(), "lte-700", ("lte-1800", "lte-2600", "nr-3500")),
    Case("a busy cluster needs bandwidth rather than reach",
         place(CLUSTER, rate_mbps=10, busy_hour_mbps=0.2), "lte-1800", ("lte-800",)),
    Case("a busy small cluster needs bandwidth rather than reach",
         place(TOWN, rate_mbps=10, busy_hour_mbps=0.18), "lte-2600", ("lte-700",)),
    Case("no single carrier offers 60 Mbit/s",
         place(CLUSTER, rate_mbps=60), "lte-800-1800-ca", ("lte-800", "lte-1800")),
    Case("a second carrier that nobody needs is not bought",
         place(CLUSTER, busy_hour_mbps=0.1, adoption=0.1), "lte-800", ("lte-800-1800-ca",)),
    Case("5G carries 29 Mbit/s in 10 MHz, LTE does not",
         place(CLUSTER, rate_mbps=29, busy_hour_mbps=0.1), "nr-700", ("lte-700",)),
    Case("5G where LTE would do costs more",
         place(CLUSTER, busy_hour_mbps=0.1), "lte-700", ("nr-700",)),
    Case("100 Mbit/s by radio takes 80 MHz and beams",
         place(TOWN, rate_mbps=100, busy_hour_mbps=1), "nr-3500", ("lte-1800", "nr-700")),
    Case("a village of its own cell needs no mast",
         place(VILLAGE, rate_mbps=30, settlements=((6.5, 6.5),)), "local-5g", ("nr-3500",)),
    Case("many small cells cost more than one mast",
         place(CLUSTER, rate_mbps=30, busy_hour_mbps=1, settlements=((4, 4), (6, 6), (4, 6), (6, 4))),
         "nr-3500", ("local-5g",)),
    Case("telephones that are there need no terminal: 50 kbit/s",
         place(CLUSTER, rate_mbps=0.05, busy_hour_mbps=0.0005), "gsm-900", ("lte-800", "umts-2100")),
    Case("telephones that are there need no terminal: 1 Mbit/s",
         place(CLUSTER, rate_mbps=1, busy_hour_mbps=0.01), "umts-2100", ("lte-800", "gsm-900")),
    Case("neither carries 10 Mbit/s",
         place(CLUSTER, rate_mbps=10, busy_hour_mbps=0.05), "lte-800", ("gsm-900", "umts-2100")),
    Case("sensors that send 8 kbit/s are too fast for LoRa",
         place({(5, 5): 100.0}, target=0.0, sensors=SENSORS, sensor_rate_mbps=0.008, settlements=((5.5, 5.5),)),
         "nb-iot", ("lorawan",)),
    Case("meters that send a little need a gateway on a pole",
         place({(5, 5): 100.0}, target=0.0, sensors=SENSORS, sensor_rate_mbps=0.0003, settlements=((5.5, 5.5),)),
         "lorawan", ("nb-iot",)),
    Case("400 Mbit/s take 80 MHz, which only 6 GHz has",
         place(VILLAGE, rate_mbps=400, settlements=((6.5, 6.5),)), "wifi-6ghz-ptmp", ("wifi-5ghz-ptmp",)),
    Case("what 5 GHz carries it carries for less",
         place(VILLAGE, rate_mbps=10, settlements=((6.5, 6.5),)), "wifi-5ghz-ptmp", ("wifi-6ghz-ptmp",)),
    Case("a school needs an access point and no more",
         place({}, schools=((5, 5),)), "wifi-hotspot", ("wifi-5ghz-ptmp",)),
    Case("a public hotspot is no household's service",
         place(VILLAGE, settlements=((6.5, 6.5),)), "satellite-leo", ("wifi-hotspot",)),
    Case("telephone lines that stand carry 10 Mbit/s",
         place(TOWN, rate_mbps=10, copper=STREETS, target=0.35, roads=(*ROAD, *STREETS)), "xdsl", ("gpon",)),
    Case("television cable that stands carries 100 Mbit/s, telephone lines do not",
         place(TOWN, rate_mbps=100, copper=STREETS, coax=STREETS, target=0.5), "docsis", ("gpon", "xdsl")),
    Case("lines elsewhere carry nothing here",
         place(TOWN, rate_mbps=50, copper=(((8, 8), (9, 9)),), coax=(((8, 8), (9, 9)),), target=0.5),
         "gpon", ("docsis", "xdsl")),
]  # fmt: skip


@cache
def plan(number: int) -> Outcome:
    case = CASES[number]
    district = case.district
    named = {**vars(district), "technologies": (case.wins, *case.loses)}
    return plan_of(District(**named))


@pytest.mark.parametrize("number", range(len(CASES)), ids=[f"{c.wins}: {c.why}" for c in CASES])
def test_the_cheapest_wins(number: int) -> None:
    case, outcome = CASES[number], plan(number)
    assert outcome.status in ("optimal", "feasible") and math.isfinite(outcome.cost)
    total = sum(outcome.served.values())
    assert outcome.opened.get(case.wins, 0) > 0 and outcome.served[case.wins] > 0.99 * total, outcome.served
    assert not set(case.loses) & set(outcome.opened)


def test_every_technology_wins_somewhere_and_loses_somewhere() -> None:
    terrestrial = {key for key, entry in load_catalogue().technologies.items() if entry.kind != "satellite"}
    assert terrestrial <= {case.wins for case in CASES}
    assert terrestrial <= {name for case in CASES for name in case.loses}
