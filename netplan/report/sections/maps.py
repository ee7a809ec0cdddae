"""The maps that stand beside the plan."""

from __future__ import annotations

from netplan.report.content import Figure, Paragraph, Section
from netplan.report.context import Context
from netplan.report.insight import kilometres

KINDS = (
    "plan",
    "coverage",
    "served",
    "before_after",
    "backhaul",
    "load",
    "cost_per_person",
    "difference",
    "waterfall",
    "frontier",
)
"""Names of the pictures under `maps/`, in the order shown."""


def maps(context: Context) -> Section | None:
    """The section; None without a plan."""
    if not context.plan.planned:
        return None
    words = context.words
    figures = _figures(context)
    return Section("maps", words("maps.title"), figures or (Paragraph(words("maps.none")),), wide=True)


def _figures(context: Context) -> tuple[Figure, ...]:
    """Of the recommended plan's folder, then those of all scenarios; the map of old where there is no folder of maps."""
    words, plan = context.words, context.plan
    found = []
    for kind in KINDS:
        places = [plan.folder / "maps" / f"{kind}.png", context.material.out / "maps" / f"{kind}.png"]
        if kind == "plan":
            places.append(plan.folder / "map.png")
        path = next((place for place in places if place.is_file()), None)
        if path is not None:
            caption = words(f"maps.{kind}")
            named = {"name": context.name, "scenario": plan.name}
            alt = _of_plan(context) if kind == "plan" else words("maps.alt", caption=caption, **named)
            found.append(Figure(path, caption, alt))
    return tuple(found)


def _of_plan(context: Context) -> str:
    words, plan = context.words, context.plan
    km = context.numbers.amount(float(kilometres(plan)["km"].sum()))
    sites = words.count("site", len(plan.tables["sites"]))
    return words("maps.alt_plan", name=context.name, scenario=plan.name, sites=sites, km=km)
