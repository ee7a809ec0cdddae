"""Numbers for people: significant digits, units, currency, in the manner of the report's language."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from netplan.interval import proven_percent
from netplan.language import percent_sign, sum_of

MINUS = "−"
DASH = "–"
"""What stands for a figure that is not there."""


def finite(value: Any) -> float | None:
    """The number, or None when it is absent, not a number or infinite."""
    try:
        found = float(value)
    except (TypeError, ValueError):
        return None
    return found if math.isfinite(found) else None


@dataclass(frozen=True)
class Numbers:
    """How numbers are written."""

    decimal: str = "."
    thousands: str = ","
    million: str = "million"
    billion: str = "billion"
    code: str = "en"

    def signed(self, number: str) -> str:
        """A per cent from its number, with the sign in the manner of the language."""
        return f"{number}{percent_sign(self.code)}"

    def fixed(self, value: float | None, digits: int = 0) -> str:
        """With so many decimals and grouped thousands, e.g. 12,345.6; a dash where there is none."""
        if value is None or not math.isfinite(value):
            return DASH
        text = f"{abs(value):,.{digits}f}"
        text = text.replace(",", "\0").replace(".", self.decimal).replace("\0", self.thousands)
        negative = value < 0 and any(sign in "123456789" for sign in text)
        return MINUS + text if negative else text

    def digits(self, value: float | None, significant: int = 3) -> str:
        """Rounded to so many significant digits, never in powers of ten: 0.0123, 12.3, 12,300."""
        if value is None or not math.isfinite(value):
            return DASH
        if value == 0:
            return "0"
        places = significant - 1 - math.floor(math.log10(abs(value)))
        return self.fixed(round(value, places), max(places, 0))

    def plain(self, value: float | None) -> str:
        """A catalogue value as it was written: 0.087, 10,000, 5.5."""
        if value is None or not math.isfinite(value):
            return DASH
        text = f"{value:.10g}"
        if "e" in text:
            return text
        return self.fixed(value, len(text.partition(".")[2]))

    def percent(self, share: float | None, digits: int = 1) -> str:
        """A share as a per cent, rounded."""
        return DASH if share is None else self.signed(self.fixed(share * 100.0, digits))

    def proven(self, gap: float | None) -> str:
        """A proven gap as a per cent, rounded up."""
        return DASH if gap is None else self.signed(self.fixed(proven_percent(gap), 1))

    def rate(self, share: float | None) -> str:
        """A share that somebody set, as it was set: 98 %, 2.5 %."""
        return DASH if share is None else self.signed(self.plain(round(share * 100.0, 6)))

    def amount(self, value: float | None) -> str:
        """Kilometres, pieces, watts: whole from a hundred up, else to three digits without empty decimals."""
        if value is None or not math.isfinite(value):
            return DASH
        if abs(value) >= 100:
            return self.fixed(value)
        return self.plain(float(f"{value:.3g}"))

    def reached(self, share: float | None) -> str:
        """A coverage share as a per cent that never rounds up to a target it misses."""
        return DASH if share is None else self.signed(self.fixed(math.floor(share * 1000.0 + 1e-6) / 10.0, 1))

    def money(self, value: float | None, currency: str) -> str:
        """A sum at a glance: `USD 12.34 million`, `USD 134,161`, `USD 16.08`."""
        if value is None or not math.isfinite(value):
            return DASH
        sign, size = (MINUS if value < 0 else ""), abs(value)
        if size >= 1e9:
            said = f"{self.fixed(size / 1e9, 2)} {self.billion}"
        elif size >= 1e6:
            said = f"{self.fixed(size / 1e6, 2)} {self.million}"
        else:
            said = self.fixed(size, 2 if size < 100 and size != round(size) else 0)
        return sign + sum_of(currency, said, self.code)

    def whole_money(self, value: float | None) -> str:
        """A sum of a table, without currency; cents only below ten."""
        if value is None:
            return DASH
        return self.fixed(value, 2 if 0 < abs(value) < 10 else 0)
