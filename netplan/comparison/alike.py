"""What it means that two plans cost the same: nothing of what one opens is in use, or what is in use saves nothing."""

from __future__ import annotations

from netplan.comparison.model import Comparison
from netplan.comparison.phrases import ENGLISH
from netplan.interval import CENT
from netplan.language import Language
from netplan.levers import levers_used


def inside(label: str) -> str:
    """A label inside a sentence: a small first letter, but for what is all capitals."""
    return label[:1].lower() + label[1:] if label[1:2].islower() else label


def alike_sentence(comparison: Comparison, scenario: str, language: Language = ENGLISH) -> str:
    """Why a scenario costs what the first costs; '' where the two differ, in cost or in whom they serve."""
    first = comparison.plans[0]
    plan = next(each for each in comparison.plans if each.name == scenario)
    more = comparison.within(scenario)
    apart = first.number("objective_npv") - plan.number("objective_npv")
    if not abs(apart) < CENT or (more is not None and more.value != 0):
        return ""
    named = {"a": first.name, "b": plan.name}
    opened = {*(plan.project.get("sharing") or ()), *(plan.project.get("impose") or ())}
    opened -= {*(first.project.get("sharing") or ()), *(first.project.get("impose") or ())}
    models = plan.party.get("levers") or ()
    found = levers_used(plan.tables["sites"], plan.tables["links"], plan.catalogue, models)
    used = [inside(plan.label("levers", key)) for key in found if key in opened]
    if not opened:
        return language.say("alike_opens_nothing", **named)
    if used:
        return language.say("alike_used", list=", ".join(used), **named)
    saving = comparison.saving(scenario)
    proven = saving is not None and saving.bounded and saving.high < CENT
    return language.say("alike_unused_proven" if proven else "alike_unused", **named)
