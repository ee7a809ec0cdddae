"""Who may refuse, how likely, and what waiting for the answer costs."""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from netplan.errors import Fault, InputError
from netplan.pipeline import District

MOST_UTILITIES = 4
"""States double with each utility that may refuse."""


@dataclass(frozen=True)
class Utility:
    """An owner of pipes, poles or ducts whose consent the scenario needs."""

    name: str
    media: tuple[str, ...]
    probability: float
    """0–1, that it consents"""
    delay_years: float
    """until it answers"""
    offered_km: float
    """of its assets among the links that the planner may choose from"""
    stated: bool
    """whether the project says the probability; else the catalogue does"""

    @property
    def uncertain(self) -> bool:
        """Whether its answer is not known yet."""
        return 0.0 < self.probability < 1.0


@dataclass(frozen=True)
class State:
    """One way in which the utilities may answer."""

    refusing: frozenset[str]
    probability: float

    @property
    def label(self) -> str:
        """In words."""
        return "all consent" if not self.refusing else "refused by " + ", ".join(sorted(self.refusing))


def utilities_of(district: District) -> list[Utility]:
    """Every utility whose assets the planner may choose, by name. Answers are taken as independent of each other.

    A utility with several media is expected to answer as on the least likely and slowest of them.

    Raises:
        InputError: the scenario uses nobody's assets, or `approval` names a utility that owns none.
    """
    edges = district.backhaul.edges
    mine = edges[edges["owner"] != ""]
    project, file = district.loaded.project, district.loaded.file.name
    names = sorted(set(mine["owner"]))
    everybody = names or sorted(_all_owners(district))
    lost = [name for name in project.approval if name not in everybody and name not in _all_owners(district)]
    faults = [
        Fault(f"{file}: approval.{name}", "no asset of the scenario has this owner", _nearest(name, everybody))
        for name in lost
    ]
    if not names:
        to_do = "open a lever such as that of pipes or poles under `sharing`, and give the layer of the asset"
        found = "no link of it runs in or on an asset whose owner could refuse"
        faults.append(Fault(f"{file}: scenario {district.loaded.scenario}", found, to_do))
    if faults:
        raise InputError(faults)
    return [_utility(district, name, mine[mine["owner"] == name]) for name in names]


def _all_owners(district: District) -> set[str]:
    layers = (district.inputs.water_pipes, district.inputs.power_lines, district.inputs.ducts)
    return {str(name) for layer in layers if layer is not None for name in layer["owner"].unique() if name}


def _nearest(name: str, names: Sequence[str]) -> str:
    close = difflib.get_close_matches(name, names, n=1)
    known = ", ".join(names) or "none"
    return f"did you mean {close[0]!r}?" if close else f"owners in the layers: {known}"


def _utility(district: District, name: str, edges: pd.DataFrame) -> Utility:
    media = tuple(sorted(set(edges["medium"])))
    usual = [a for a in (district.catalogue.media[key].approval for key in media) if a is not None]
    stated = district.loaded.project.approval.get(name)
    probability = min(a.probability.value for a in usual)
    delay = max(a.delay_years.value for a in usual)
    if stated is not None:
        probability = probability if stated.probability is None else stated.probability
        delay = delay if stated.delay_years is None else stated.delay_years
    said = stated is not None and stated.probability is not None
    return Utility(name, media, float(probability), float(delay), float(edges["length_m"].sum()) / 1000.0, said)


def states_of(utilities: Sequence[Utility]) -> tuple[list[State], list[str]]:
    """Every way to answer with its probability, and what had to be simplified.

    With more than MOST_UTILITIES uncertain ones, those with the fewest kilometres are taken to consent.
    """
    uncertain = sorted((u for u in utilities if u.uncertain), key=lambda u: (-u.offered_km, u.name))
    notes = []
    if len(uncertain) > MOST_UTILITIES:
        spared = ", ".join(u.name for u in uncertain[MOST_UTILITIES:])
        notes.append(f"Taken to consent, for they are the smallest of {len(uncertain)} utilities: {spared}.")
        uncertain = uncertain[:MOST_UTILITIES]
    sure = frozenset(u.name for u in utilities if u.probability == 0.0)
    states = []
    for answers in itertools.product((True, False), repeat=len(uncertain)):
        chance = float(np.prod([u.probability if yes else 1.0 - u.probability for u, yes in _each(uncertain, answers)]))
        states.append(State(sure | {u.name for u, yes in _each(uncertain, answers) if not yes}, chance))
    return states, notes


def _each(uncertain: Sequence[Utility], answers: Sequence[bool]) -> list[tuple[Utility, bool]]:
    return list(zip(uncertain, answers, strict=True))


def recourse_factor(discount_rate: float, delay_years: float, service_worth: float) -> float:
    """What a thing costs that is bought after the answer, as a multiple of buying it now.

    v + worth * (1 - v) with v = (1 + r)^-delay: the cost is discounted, and the service that it brings is lost for
    that long. Service is worth `service_worth` times its cost, so at 1 waiting neither saves nor loses.
    """
    v = (1.0 + discount_rate) ** -delay_years
    return float(v + service_worth * (1.0 - v))
