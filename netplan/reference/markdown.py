"""Markdown tables and cells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; cells are escaped here."""
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    lines += ["| " + " | ".join(cell(text) for text in row) + " |" for row in rows]
    return "\n".join(lines)


def cell(text: str) -> str:
    """Text that cannot end its cell."""
    return " ".join(text.split()).replace("|", "\\|")


def code(text: str) -> str:
    """As code; blank stays blank."""
    return f"`{text}`" if text else ""


def page(title: str, intro: str, parts: Iterable[str]) -> str:
    """A page with its notice that it is generated."""
    notice = "<!-- Generated from the code by `make reference`; do not edit. -->"
    return "\n\n".join([notice, f"# {title}", intro, *parts]) + "\n"
