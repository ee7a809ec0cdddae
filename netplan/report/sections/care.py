"""What changes the meaning of a plan's figures, in plain sentences: they belong on the first page, not in a list."""

from __future__ import annotations

from netplan.report.context import Context
from netplan.report.insight import people, reach
from netplan.report.read import Scenario

WIDE = 0.05
"""A proven gap above this is said to be wide."""
GROUND_RADIO = frozenset({"cellular", "wifi", "hotspot", "microwave"})
"""Kinds of technology and of medium whose radio runs along the ground."""


def service_today(context: Context, plan: Scenario) -> str:
    """Who is served today, and how far the data know it: what they do not show, the plan builds again."""
    words, of_people, all_ = context.words, people(plan), reach(plan)
    stated = bool((plan.project.get("existing") or {}).get("service"))
    if all_.before <= 0:
        return words("first.whom_nobody" if stated else "first.whom_unknown")
    share = context.numbers.reached(of_people.share_before if of_people.total > 0 else all_.share_before)
    said = words("first.whom_some" if of_people.total > 0 else "first.whom_some_places", share=share)
    return said if stated else f"{said} {words('first.whom_partly')}"


def of_the_proof(context: Context, plan: Scenario) -> list[str]:
    """Of the proven gap: that it is wide, that candidates were left out of the proof, whose plan it is."""
    words, gap = context.words, plan.number("gap")
    sentences = []
    if gap is not None and plan.bound is not None and gap > WIDE:
        sentences.append(words("first.sure_wide"))
    if plan.dropped and plan.bound is not None:
        sentences.append(words("first.sure_dropped", candidates=words.count("candidate", plan.dropped)))
    problem = plan.summary.get("problem") or {}  # plans of older versions state neither of the two
    if problem.get("sites_dropped"):
        left, proposed = (context.numbers.fixed(int(problem[key])) for key in ("sites_dropped", "sites_proposed"))
        sentences.append(words("first.sure_sites", left=left, proposed=proposed))
    if problem.get("plan_of"):
        sentences.append(words("first.sure_fewer", scenario=problem["plan_of"]))
    return sentences


def of_the_data(context: Context, plan: Scenario) -> list[str]:
    """Of what the data lack: the relief, and how many remarks of the planner stand at the end."""
    words = context.words
    flat = not (plan.project.get("terrain") or {}).get("elevation")
    sentences = [words("first.assumed_flat")] if flat and _by_radio(plan) else []
    count = len(plan.summary.get("warnings") or ())
    return [*sentences, words("first.remarks", remarks=words.count("remark", count))] if count else sentences


def _by_radio(plan: Scenario) -> bool:
    """Whether anything of the plan sends over the ground by radio: hills are in its way."""
    kinds = {
        str((plan.catalogue.get(section, {}).get(str(key)) or {}).get("kind"))
        for section, table, column in (("technologies", "equipment", "technology"), ("media", "links", "medium"))
        for key in set(plan.tables[table][column])
    }
    return bool(kinds & GROUND_RADIO)
