"""What changes the meaning of a plan's figures, in plain sentences: they belong on the first page, not in a list."""

from __future__ import annotations

import re

from netplan.report.context import Context
from netplan.report.insight import people, reach
from netplan.report.read import Scenario

WIDE = 0.05
"""A proven gap above this is said to be wide."""
FEWER = re.compile(r"the plan of scenario (?P<name>.+), which has fewer levers")
"""How a plan tells that it is that of another scenario."""


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
    told = (FEWER.search(str(text)) for text in plan.summary.get("warnings") or ())
    sentences += [words("first.sure_fewer", scenario=found["name"]) for found in told if found]
    return sentences


def of_the_data(context: Context, plan: Scenario) -> list[str]:
    """Of what the data lack: the relief, and how many remarks of the planner stand at the end."""
    words = context.words
    flat = not (plan.project.get("terrain") or {}).get("elevation")
    sentences = [words("first.assumed_flat")] if flat and not plan.tables["sites"].empty else []
    count = len(plan.summary.get("warnings") or ())
    return [*sentences, words("first.remarks", remarks=words.count("remark", count))] if count else sentences
