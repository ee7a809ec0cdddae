"""What a report says, as data: sections of paragraphs, lists, tables, figures and formulas, rendered once per format.

Every string is plain text: the renderers escape it, so a name in any script or with any sign is safe.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias


@dataclass(frozen=True)
class Paragraph:
    """Running text. `lead` is set larger, `small` smaller."""

    text: str
    style: Literal["plain", "lead", "small"] = "plain"


@dataclass(frozen=True)
class Item:
    """One entry of a list; `label` (may be empty) stands before the text in bold."""

    text: str
    label: str = ""


@dataclass(frozen=True)
class Bullets:
    """A list."""

    items: tuple[Item, ...]


@dataclass(frozen=True)
class Fact:
    """A figure that is read at a glance: what it is, the figure, and a line on it."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True)
class Facts:
    """Figures side by side."""

    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class Table:
    """A table. Numbers are already text; every row is as long as `columns`."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[int, ...] = ()
    """Columns set flush right."""
    strong: tuple[int, ...] = ()
    """Rows that are totals or heads of groups, set bold; a head with nothing beside it spans the table."""
    widths: tuple[float, ...] = ()
    """Relative widths; empty: as the text asks."""
    note: str = ""
    small: bool = False


@dataclass(frozen=True)
class Figure:
    """A picture with its caption and what it shows in words, for those who cannot see it."""

    path: Path
    caption: str
    alt: str
    fills: bool = False
    """On paper it takes what is left of the page, and is left out where that is too little."""


@dataclass(frozen=True)
class Formula:
    """A formula in Typst's notation, and the same in words; `text` (may be empty) says beside it what it is for."""

    notation: str
    alt: str
    text: str = ""


@dataclass(frozen=True)
class Box:
    """A framed remark."""

    title: str
    items: tuple[Item, ...]
    tone: Literal["info", "caution"] = "info"


Block: TypeAlias = Paragraph | Bullets | Facts | Table | Figure | Formula | Box


@dataclass(frozen=True)
class Section:
    """A titled part of the report."""

    key: str
    """Anchor, unique in the report."""
    title: str
    blocks: tuple[Block, ...]
    parts: tuple[Section, ...] = ()
    wide: bool = False
    """Starts a page of its own on paper; others where their page has room for more than a head."""


@dataclass(frozen=True)
class Report:
    """A whole report."""

    title: str
    subtitle: str
    date: str
    """Of the plan, ISO."""
    language: str
    right_to_left: bool
    first: Section
    """The first page."""
    sections: tuple[Section, ...]
    labels: dict[str, str] = field(default_factory=dict)
    """The words of the frame: contents, page, of …"""

    def walk(self) -> Iterator[tuple[int, Section]]:
        """Every section with its depth (1: a section, 2: a part of one), the first page first."""
        for section in (self.first, *self.sections):
            yield 1, section
            for part in section.parts:
                yield 2, part

    def blocks(self) -> Iterator[Block]:
        """Every block, in reading order."""
        for _, section in self.walk():
            yield from section.blocks


def texts(block: Block) -> list[str]:
    """Every text that a reader sees of a block (alternative texts left out), in reading order."""
    if isinstance(block, Paragraph):
        return [block.text]
    if isinstance(block, Facts):
        return [text for fact in block.facts for text in (fact.label, fact.value, fact.note) if text]
    if isinstance(block, Table):
        return [block.caption, *block.columns, *(cell for row in block.rows for cell in row), block.note]
    if isinstance(block, Figure):
        return [block.caption]
    if isinstance(block, Formula):
        return [block.text]
    lines = [text for item in block.items for text in (item.label, item.text) if text]
    return [block.title, *lines] if isinstance(block, Box) else lines
