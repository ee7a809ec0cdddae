"""The maps that stand beside the plan."""

from __future__ import annotations

from pathlib import Path

from netplan.report.content import Figure, Paragraph, Section
from netplan.report.context import Context
from netplan.report.insight import kilometres

KINDS = (
    "coverage",
    "signal",
    "server",
    "served",
    "before_after",
    "backhaul",
    "load",
    "cost_per_person",
    "scenarios",
    "difference",
    "waterfall",
    "frontier",
)
"""Names of the pictures under `maps/`, in the order shown; the whole plan comes before them."""


def maps(context: Context) -> Section | None:
    """The section; None without a plan."""
    if not context.plan.planned:
        return None
    words = context.words
    figures = _figures(context)
    return Section("maps", words("maps.title"), figures or (Paragraph(words("maps.none")),))


def _figures(context: Context) -> tuple[Figure, ...]:
    words, plan = context.words, context.plan
    found = [figure] if (figure := plan_map(context)) else []
    for kind in KINDS:
        path = _path(context, kind)
        if path is not None:
            caption = words(f"maps.{kind}")
            found.append(
                Figure(path, caption, words("maps.alt", caption=caption, name=context.name, scenario=plan.name))
            )
    return tuple(found)


def plan_map(context: Context) -> Figure | None:
    """The map of the whole plan; None where there is none."""
    path = _path(context, "plan")
    if path is None and (context.plan.folder / "map.png").is_file():
        path = context.plan.folder / "map.png"
    return None if path is None else Figure(path, context.words("maps.plan"), _of_plan(context))


def overview(context: Context) -> Figure | None:
    """The plan at a glance, drawn for the first page; where there is none, the map of the whole plan."""
    path = _path(context, "overview")
    return plan_map(context) if path is None else Figure(path, context.words("maps.plan"), _of_plan(context))


def _path(context: Context, kind: str) -> Path | None:
    """In the recommended plan's folder, else beside the scenarios: of two scenarios that of the recommended one (the
    first compared has none of its own); in the report's language where it is drawn so."""
    folders = (context.plan.folder / "maps", context.material.out / "maps")
    pictures = (f"{kind}_{context.plan.folder.name}.png", f"{kind}.png")
    names = [name for picture in pictures for name in (context.words.file(picture), picture)]
    places = (folder / name for folder in folders for name in names)
    return next((place for place in places if place.is_file()), None)


def _of_plan(context: Context) -> str:
    words, plan = context.words, context.plan
    km = context.numbers.amount(float(kilometres(plan)["km"].sum()))
    sites = words.count("site", len(plan.tables["sites"]))
    return words("maps.alt_plan", name=context.name, scenario=plan.name, sites=sites, km=km)
