"""Sums of money in words."""

from __future__ import annotations

import math

from netplan.comparison.phrases import ENGLISH
from netplan.language import Language


def money(value: float, currency: str, language: Language = ENGLISH) -> str:
    """A sum as `USD 12.34 million`."""
    if not math.isfinite(value):
        return language.say("unknown_sum")
    sign = "−" if value < 0 else ""
    for size, word in ((1e9, "billion"), (1e6, "million")):
        if abs(value) >= size:
            return sign + language.sum_of(
                currency, language.say(word, value=language.figures(f"{abs(value) / size:,.2f}"))
            )
    return sign + language.sum_of(currency, language.figures(f"{abs(value):,.0f}"))
