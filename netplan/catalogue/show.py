"""The catalogue as tables for the terminal: an overview, and one entry with every number and its source."""

from __future__ import annotations

from pydantic import BaseModel
from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from netplan.catalogue.read import nearest
from netplan.catalogue.schema import Catalogue, Quantity
from netplan.catalogue.walk import cost_items, quantities
from netplan.errors import Fault, InputError

GROUP_TITLES = {
    "technologies": "Access technologies",
    "media": "Backhaul media",
    "structures": "Structures",
    "power": "Power",
    "levers": "Sharing levers",
    "modulation": "Modulation and coding",
}
ECONOMICS_ID = "economics"
CLIMATE_ID = "climate"
DETAIL_FIELDS = ("kind", "generator", "status", "route", "line_kinds", "lever", "layer", "needs_backhaul", "enabled",
                 "serves", "generation", "upgrades", "line_layer",
                 "structures", "power", "materials", "crosses_exclusions", "what", "cost_lines", "capacity", "owner",
                 "source", "notes",
                 "sources")  # fmt: skip


def catalogue_table(catalogue: Catalogue) -> RenderableType:
    """Every entry in a line: what it is, what needs it, its first cost, and how many numbers are assumptions."""
    tables = [_overview(title, getattr(catalogue, group)) for group, title in GROUP_TITLES.items()]
    total, assumed = _count([entry for group in GROUP_TITLES for entry in getattr(catalogue, group).values()])
    note = f"{total} numbers in entries, {assumed} of them assumptions."
    note += f" `{ECONOMICS_ID}` and `{CLIMATE_ID}` show the defaults."
    return Group(*tables, Text(note, style="dim"))


def entry_table(catalogue: Catalogue, entry_id: str) -> RenderableType:
    """One entry: what it says, and every number with unit, year, range, source and whether it is an assumption.

    Raises:
        InputError: no entry of that id, with the nearest known one.
    """
    entry = _find(catalogue, entry_id)
    about = Table.grid(padding=(0, 2))
    about.add_column(style="bold")
    about.add_column()
    for name in DETAIL_FIELDS:
        value = getattr(entry, name, None)
        if value not in (None, "", ()) and not isinstance(value, BaseModel):
            about.add_row(name, escape(_words(value)))
    title = f"{entry_id}: {getattr(entry, 'label', 'defaults')}"
    return Group(Text(title, style="bold"), about, _numbers(entry))


def _find(catalogue: Catalogue, entry_id: str) -> BaseModel:
    known: dict[str, BaseModel] = {ECONOMICS_ID: catalogue.economics}
    for group in reversed(GROUP_TITLES):
        known |= getattr(catalogue, group)
    if catalogue.climate is not None:
        known[CLIMATE_ID] = catalogue.climate
    if entry_id not in known:
        fault = Fault(
            "netplan models",
            f"no entry {entry_id!r} in the catalogue",
            nearest(entry_id, known),
        )
        raise InputError(fault)
    return known[entry_id]


def _overview(title: str, entries: dict[str, BaseModel]) -> Table:
    marked = any(not getattr(entry, "enabled", True) for entry in entries.values())
    caption = "* used only where the project names it" if marked else None
    table = Table(
        title=title, title_justify="left", title_style="bold", caption=caption, caption_justify="left", box=SIMPLE_HEAD
    )
    levers = any(getattr(entry, "lever", None) for entry in entries.values())
    # An id is what the reader copies into a project file: never cut, on however narrow a terminal.
    table.add_column("id", no_wrap=True, min_width=max(map(len, entries), default=2))
    for column in ("label", "kind", "lever") if levers else ("label", "kind"):
        table.add_column(column)
    table.add_column("capex in USD", justify="right")
    table.add_column("opex a year", justify="right")
    table.add_column("assumed", justify="right")
    for key, entry in entries.items():
        kind = getattr(entry, "kind", None) or getattr(entry, "generator", None) or "sharing"
        off = "" if getattr(entry, "enabled", True) else " *"
        total, assumed = _count([entry])
        table.add_row(
            escape(key),
            escape(getattr(entry, "label", "")) + off,
            kind,
            *([getattr(entry, "lever", None) or ""] if levers else []),
            _sums(entry, "capex"),
            _sums(entry, "opex_per_year"),
            f"{assumed} of {total}" if total else "",
        )
    return table


def _sums(entry: BaseModel, field: str) -> str:
    """Sum of the catalogue's prices by what they are counted in, rents left out: `10000/km + 500/access-point`."""
    sums: dict[str, float] = {}
    for _, item in cost_items(entry):
        price: Quantity | None = getattr(item, field)
        if price is not None and not item.transfer and item.charged != "upgrade":
            sums[item.per] = sums.get(item.per, 0.0) + price.value
    return " + ".join(f"{value:,.6g}" + ("" if per == "unit" else f"/{per}") for per, value in sums.items())


def _count(entries: list[BaseModel]) -> tuple[int, int]:
    flags = [quantity.assumption for entry in entries for _, quantity in quantities(entry)]
    return len(flags), sum(flags)


def _numbers(entry: BaseModel) -> Table:
    table = Table(show_lines=False)
    for column, justify in (("what", "left"), ("value", "right"), ("unit", "left"), ("low", "right"), ("high", "right"),
                            ("year", "right"), ("assumed", "left"), ("source", "left")):  # fmt: skip
        table.add_column(column, justify="right" if justify == "right" else "left", overflow="fold")
    items = dict(cost_items(entry))
    for place, quantity in quantities(entry):
        line, _, field = place.rpartition(".")
        name = f"{items[line].item}{' (transfer)' if items[line].transfer else ''}: {field}" if line in items else place
        source = f"{quantity.source} ({quantity.note})" if quantity.note else quantity.source
        table.add_row(
            escape(name),
            f"{quantity.value:g}",
            escape(quantity.unit),
            "" if quantity.low is None else f"{quantity.low:g}",
            "" if quantity.high is None else f"{quantity.high:g}",
            "" if quantity.year is None else str(quantity.year),
            "assumed" if quantity.assumption else "",
            escape(source),
        )
    return table


def _words(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return "; ".join(str(part) for part in value)
    return str(value)
