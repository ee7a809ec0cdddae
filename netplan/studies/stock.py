"""Plans made so far, from which plans of scenarios with more levers start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from netplan.plans import Plan, rank
from netplan.project import LoadedProject

Key = tuple[str, ...]
"""Whose plan it is: `()` of everybody as one, else see `market.warm_key`."""


@dataclass(frozen=True)
class _Made:
    rest: dict[str, Any]
    assets: frozenset[str]
    plan: Plan


@dataclass
class Stock:
    """Plans by whose they are. What a scenario with fewer levers builds may be built in one with more, so the best of
    those is the best start, and no answer with more levers need be worse than it."""

    _made: dict[Key, list[_Made]] = field(default_factory=dict)

    def add(self, loaded: LoadedProject, assets: frozenset[str], plans: Mapping[Key, Plan]) -> None:
        """Remember plans of a scenario that opens these assets; such without an answer are left out.

        Args:
            assets: its levers but for models of operators, which are in the key.
        """
        for key, plan in plans.items():
            if plan.summary["objective_npv"] is not None:
                self._made.setdefault(key, []).append(_Made(_rest(loaded), assets, plan))

    def start(self, loaded: LoadedProject, assets: frozenset[str], key: Key) -> Plan | None:
        """The best plan with none but these assets where nothing else differs, else the last one made for the same
        builders, else None."""
        made = self._made.get(key, [])
        rest = _rest(loaded)
        fewer = [each.plan for each in made if each.assets <= assets and each.rest == rest]
        last = made[-1].plan if made else None
        return min(fewer, key=lambda plan: rank(plan.summary), default=last)

    def starts(self, loaded: LoadedProject, assets: frozenset[str]) -> dict[Key, Plan]:
        """The start of every builder that has one."""
        found = {key: self.start(loaded, assets, key) for key in self._made}
        return {key: plan for key, plan in found.items() if plan is not None}


def _rest(loaded: LoadedProject) -> dict[str, Any]:
    """The project but for its levers (what is imposed stays: a plan without it is none with it)."""
    return loaded.project.model_dump(exclude={"scenarios", "sharing"})
