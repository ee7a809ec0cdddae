"""The district as it is: people, facilities, ground, what stands there; what they need; what is served today."""

from __future__ import annotations

from typing import Any

from netplan.project.schema import COMMUNITY, SENSORS
from netplan.report.content import Block, Paragraph, Section, Table
from netplan.report.context import Context
from netplan.report.insight import PEOPLE, people, reach

LINES = ("roads", "power_lines", "water_pipes", "ducts", "fibre", "copper", "coax")


def district(context: Context) -> Section:
    """Figures of the district, each with where it comes from."""
    words = context.words
    columns = tuple(words(f"district.columns.{name}") for name in ("what", "value", "from"))
    rows = [*_people_rows(context), *_ground_rows(context), *_standing_rows(context)]
    table = Table(words("district.caption"), columns, tuple(rows), numeric=(1,), widths=(4, 4, 5))
    return Section("district", words("district.title"), (Paragraph(words("district.intro", name=context.name)), table))


def _people_rows(context: Context) -> list[tuple[str, str, str]]:
    words, plan, numbers = context.words, context.plan, context.numbers
    total = people(plan).total
    spec = plan.project.get("demand") or {}
    year = ""
    if spec.get("population_year"):
        price_year = plan.economics.get("price_year")
        year = words("district.people_year", year=spec["population_year"], price_year=price_year)
    layer = spec.get("population") or spec.get("settlements") or ""
    rows = [(words("district.people"), numbers.fixed(total), words("district.people_from", layer=layer, year=year))]
    for name in PEOPLE:
        of_class = reach(plan, "weight", (name,))
        if of_class.total > 0:
            share = words("district.class_from", share=numbers.percent(of_class.total / total))
            label = words("district.class", of=context.class_name(name))
            rows.append((label, numbers.fixed(of_class.total), share))
    households = reach(plan, "households", PEOPLE).total
    size = words("district.households_from", size=numbers.plain(spec.get("household_size")))
    rows.append((words("district.households"), numbers.fixed(households), size))
    for name in context.facilities(plan):
        count = numbers.fixed(reach(plan, "weight", (name,)).total)
        rows.append((context.head(context.class_name(name)), count, words("district.facility_from")))
    return rows


def _ground_rows(context: Context) -> list[tuple[str, str, str]]:
    words, numbers, found = context.words, context.numbers, context.profile
    rows = []
    if found.area_km2:
        area = f"{numbers.fixed(found.area_km2)} km²"
        rows.append((words("district.area"), area, words("district.area_from")))
        density = numbers.digits(people(context.plan).total / found.area_km2)
        rows.append((words("district.density"), density, words("district.computed")))
    if found.elevation_m:
        low, middle, high = (numbers.fixed(height) for height in found.elevation_m)
        heights = words("district.elevation_value", low=low, middle=middle, high=high)
        rows.append((words("district.elevation"), heights, words("district.elevation_from")))
    return rows


def _standing_rows(context: Context) -> list[tuple[str, str, str]]:
    words, plan, numbers, found = context.words, context.plan, context.numbers, context.profile
    existing = plan.project.get("existing") or {}
    pops = int((plan.tables["nodes"]["kind"] == "pop").sum())
    origin = words("district.pops_assumed" if existing.get("pops_assumed") else "district.layer")
    rows = [(words("district.pops"), numbers.fixed(pops), origin)]
    if "towers" in found.points:
        origin = words("district.towers_assumed" if existing.get("towers_assumed") else "district.layer")
        rows.append((words("district.towers"), numbers.fixed(found.points["towers"]), origin))
    for name in LINES:
        if name in found.lines_km:
            length = words("district.within", km=numbers.amount(found.lines_km[name]))
            rows.append((words(f"district.{name}"), length, words("district.layer")))
    return rows


def _level(project: dict[str, Any], name: str) -> dict[str, Any]:
    """What the project asks for one of a class: its rate and load and, of households, how many subscribe."""
    spec: dict[str, Any] = project.get("demand") or {}
    places = {**(project.get("service") or {}), **(spec.get("facilities") or {}), SENSORS: spec.get("sensors")}
    return (project.get("community") if name.startswith(COMMUNITY) else places.get(name)) or {}


def demand(context: Context) -> Section:
    """What each class asks for, and the load that comes of it."""
    words, plan, numbers = context.words, context.plan, context.numbers
    table = plan.tables["demand"]
    rows, loads, connections = [], 0.0, 0.0
    for name in _classes(context):
        of_class = table[table["class"] == name]
        level = _level(plan.project, name)
        adoption = level.get("adoption")
        households, weight = float(of_class["households"].sum()), float(of_class["weight"].sum())
        premises = households * adoption if adoption is not None else weight
        load = float(of_class["demand_mbps"].sum())
        loads, connections = loads + load, connections + premises
        rows.append(
            (
                context.head(context.class_name(name)),
                numbers.fixed(weight),
                numbers.fixed(premises),
                numbers.plain(level.get("rate_mbps")),
                numbers.plain(level.get("busy_hour_mbps")),
                numbers.rate(adoption),
                numbers.fixed(load),
            )
        )
    rows.append((words("demand.total"), "", numbers.fixed(connections), "", "", "", numbers.fixed(loads)))
    names = ("of", "total", "premises", "rate", "busy", "adoption", "load")
    shown = Table(
        words("demand.caption"),
        tuple(words(f"demand.columns.{name}") for name in names),
        tuple(rows),
        numeric=(1, 2, 3, 4, 5, 6),
        strong=(len(rows) - 1,),
        widths=(3.4, 2, 2.6, 2, 2, 2, 2),
        note=words("demand.note"),
    )
    return Section("demand", words("demand.title"), (Paragraph(words("demand.intro")), shown))


def _classes(context: Context) -> list[str]:
    present = set(context.plan.tables["demand"]["class"])
    return [name for name in (*PEOPLE, *context.facilities(context.plan)) if name in present]


def today(context: Context) -> Section:
    """Who is served today, what is missing to the targets, and what the plan leaves out."""
    words, plan, numbers = context.words, context.plan, context.numbers
    targets = plan.summary.get("targets") or {}
    rows, served_today = [], 0.0
    for name in _classes(context):
        found, target = reach(plan, "weight", (name,)), (targets.get(name) or {}).get("target")
        served_today += found.before
        gap = None if target is None else max(target * found.total - found.before, 0.0)
        planned = plan.planned
        rows.append(
            (
                context.head(context.class_name(name)),
                numbers.fixed(found.total),
                numbers.reached(found.share_before),
                numbers.rate(target),
                numbers.fixed(gap),
                numbers.reached(found.share) if planned else "–",
                numbers.fixed(max(found.total - found.after, 0.0)) if planned else "–",
            )
        )
    names = ("of", "total", "before", "target", "gap", "after", "left")
    table = Table(
        words("today.caption"),
        tuple(words(f"today.columns.{name}") for name in names),
        tuple(rows),
        numeric=(1, 2, 3, 4, 5, 6),
        widths=(3.4, 2, 2.6, 2, 2, 2, 2),
        note=words("today.note"),
    )
    intro = Paragraph(words("today.some" if served_today > 0 else "today.none"))
    return Section("today", words("today.title"), (intro, table, *_generations(context)))


def _generations(context: Context) -> list[Block]:
    """By generation of network, where anything reaches people today."""
    words, numbers = context.words, context.numbers
    coverage = context.plan.summary.get("coverage") or {}
    if not any(shares.get("reached_before", 0.0) > 0 for by in coverage.values() for shares in by.values()):
        return []
    rows = []
    for name in _classes(context):
        for generation, shares in (coverage.get(name) or {}).items():
            network = words("today.any") if generation == "any" else _network(context, str(generation))
            figures = (shares.get(key) for key in ("reached_before", "served_before", "served_after"))
            rows.append((context.head(context.class_name(name)), network, *(numbers.reached(x) for x in figures)))
    columns = ("of", "generation", "reached", "before", "after")
    names = tuple(words(f"today.generation_columns.{name}") for name in columns)
    return [Table(words("today.generation_caption"), names, tuple(rows), numeric=(2, 3, 4))]


def _network(context: Context, key: str) -> str:
    return context.words.name("indicators.kind", key)
