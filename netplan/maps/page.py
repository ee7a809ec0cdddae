"""Sizes of page, and how much larger type and signs are on each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """A sheet, landscape."""

    name: str
    width_in: float
    height_in: float
    scale: float
    """Of type, markers and line widths, against A4."""
    dpi: int
    brief: bool = False
    """Shown on a screen for a minute: the footer keeps credits and what is assumed of things drawn."""


PAGES = {
    "a4": Page("a4", 11.69, 8.27, 1.0, 200),
    "a3": Page("a3", 16.54, 11.69, 1.25, 200),
    "slide": Page("slide", 13.333, 7.5, 1.25, 150, brief=True),
}
A4 = PAGES["a4"]
