"""What every section is written from, worked out once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from netplan.asked import asked_apart
from netplan.report.asked import alike
from netplan.report.energy import Energy, energy
from netplan.report.figures import Numbers
from netplan.report.insight import facility_classes, shared_only
from netplan.report.profile import Profile, profile
from netplan.report.read import Material, Scenario
from netplan.report.terms import before
from netplan.report.verdict import More, Saving, more, ranked, recommended, savings
from netplan.report.words import Words


@dataclass(frozen=True)
class Context:
    """The material, the plan that the report recommends, and the words."""

    material: Material
    words: Words
    country: str | None = None

    @cached_property
    def plan(self) -> Scenario:
        """The recommended scenario; where none has a plan, the one that opens most, as the best hope."""
        found = recommended(self.material.scenarios)
        return found or max(self.material.scenarios, key=lambda each: len(each.sharing))

    @cached_property
    def alike(self) -> bool:
        """All scenarios that have a plan ask the same, so that one can be recommended."""
        planned = [each for each in self.material.scenarios if each.planned]
        return not planned or alike(planned)

    @cached_property
    def peers(self) -> list[Scenario]:
        """The scenarios that ask what the plan shown asks, itself among them."""
        return [each for each in self.material.scenarios if not asked_apart(self.plan, each)]

    @property
    def recommends(self) -> bool:
        """The plan shown is recommended: it is the best of several that ask the same."""
        return self.several and ranked(self.material.scenarios)

    @cached_property
    def savings(self) -> list[Saving]:
        """Of every further scenario against the first."""
        return savings(self.material)

    @cached_property
    def more_served(self) -> list[More]:
        """Of every further scenario that spends a budget, against the first if that does, too."""
        first, *others = self.material.scenarios
        return [found for each in others if (found := more(first, each)) is not None]

    @cached_property
    def energy(self) -> Energy:
        """Of the recommended plan."""
        return energy(self.plan, self.country)

    @cached_property
    def profile(self) -> Profile:
        """The district as the project's own layers show it."""
        return profile(self.plan)

    @property
    def reference(self) -> Scenario:
        """The scenario that others are compared with."""
        return self.material.scenarios[0]

    @property
    def several(self) -> bool:
        """There is more than one scenario."""
        return len(self.material.scenarios) > 1

    @property
    def numbers(self) -> Numbers:
        return self.words.numbers

    @property
    def name(self) -> str:
        """The project's name."""
        return str(self.plan.project.get("name") or self.plan.summary.get("name") or self.material.out.resolve().name)

    def money(self, value: float | None) -> str:
        """A sum at a glance, in the project's currency."""
        return self.numbers.money(value, self.plan.currency)

    def years(self, scenario: Scenario) -> str:
        """The horizon of a scenario: `10 years`."""
        return self.words.count("year", float(scenario.economics.get("years") or 0))

    def columns(self, group: str, names: Sequence[str]) -> tuple[str, ...]:
        """Heads of a table of the plan: what is a sum says its currency, and which taxes it is before."""
        said = before(self.words, [self.plan])
        return tuple(self.words(f"{group}.{name}", currency=self.plan.currency, **said) for name in names)

    def class_name(self, key: str) -> str:
        """What a class of demand is called, inside a sentence."""
        return self.words.name("class", key)

    def head(self, text: str) -> str:
        """The text with a capital first letter, as in a table's cell."""
        return text[:1].upper() + text[1:]

    def rates(self, scenario: Scenario) -> str:
        """`10 Mbit/s for people in towns and 5 Mbit/s for …`, for the classes of people that have demand."""
        service: dict[str, Any] = scenario.project.get("service") or {}
        if shared_only(scenario):
            rate = (scenario.project.get("community") or {}).get("rate_mbps")
            return f"{self.numbers.plain(rate)} Mbit/s"
        present = set(scenario.tables["demand"]["class"])
        parts = [
            self.words("rate_of", rate=self.numbers.plain(level.get("rate_mbps")), of=self.class_name(name))
            for name, level in service.items()
            if name in present
        ]
        return self.words.listed(parts)

    def facilities(self, scenario: Scenario) -> list[str]:
        """Classes that are no people at home."""
        return facility_classes(scenario)

    def label(self, section: str, key: str) -> str:
        """What the catalogue of the plan calls an id; that of another scenario where the plan has no such entry."""
        plans = (self.plan, *self.material.scenarios)
        return next((label for each in plans if (label := each.label(section, key)) != key), key)

    def labelled(self, section: str, counts: Sequence[tuple[str, str]]) -> str:
        """`41 hubs …, 29 relay masts …` with the catalogue's labels; counts as text by id."""
        return self.words.listed(f"{amount} × {self.plan.label(section, key)}" for key, amount in counts)
