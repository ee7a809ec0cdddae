"""The catalogue: every entry with every number, its unit, year, range and source."""

from __future__ import annotations

from typing import Any

from netplan.catalogue import load_catalogue
from netplan.catalogue.schema import Quantity
from netplan.catalogue.show import GROUP_TITLES
from netplan.catalogue.walk import cost_items, quantities
from netplan.reference.markdown import code, page, table

INTRO = """What a plan may build, and what each figure rests on. `netplan models ID` prints an entry; a project's own
folder of YAML files (`models:`) adds entries or replaces them. An **assumption** has no public figure behind it; its
source says what it was reasoned from. Money is in US dollars of the year given."""


def catalogue_page() -> str:
    """The page: a section for each kind of entry."""
    catalogue = load_catalogue()
    parts = []
    for group, title in GROUP_TITLES.items():
        entries = getattr(catalogue, group)
        parts.append(f"## {title}")
        parts += [_entry(key, entries[key]) for key in sorted(entries)]
    parts += ["## Economics", _numbers(catalogue.economics)]
    return page("The catalogue", INTRO, [part for part in parts if part])


def _entry(key: str, entry: Any) -> str:
    said = " ".join(str(getattr(entry, name)) for name in ("what", "notes") if getattr(entry, name, ""))
    off = "" if getattr(entry, "enabled", True) else " (used only where the project names it)"
    return "\n\n".join(part for part in (f"### {entry.label}: {code(key)}{off}", said, _numbers(entry)) if part)


def _numbers(entry: Any) -> str:
    items = {place: item.item for place, item in cost_items(entry)}
    rows = [(_place(where, items), *_quantity(one)) for where, one in quantities(entry)]
    return table(("figure", "value", "unit", "year", "range", "source"), rows) if rows else ""


def _place(where: str, items: dict[str, str]) -> str:
    """`costs[0].capex` by the name of the item: what a reader looks for."""
    line, _, figure = where.rpartition(".")
    return f"{items[line]}: {figure}" if line in items else where


def _quantity(one: Quantity) -> tuple[str, ...]:
    spread = f"{one.low:g} to {one.high:g}" if one.low is not None and one.high is not None else ""
    source = f"**assumption:** {one.source}" if one.assumption else one.source
    return f"{one.value:g}", one.unit, "" if one.year is None else str(one.year), spread, source
