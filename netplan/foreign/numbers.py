"""Numbers as people write them into cells."""

from __future__ import annotations

import re

NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
GROUPED = re.compile(r"[-+]?\d{1,3}(?:,\d{2,3})*,\d{3}|[-+]?\d{1,3}(?:\.\d{3})+")
"""Thousands parted by commas (in India two digits stand between them) or by dots."""
GAP = re.compile(r"(?<=\d)[\s'’](?=\d{3}(?!\d))")
FIRST = re.compile(r"[-+]?[.,]?\d+(?:[.,]\d+)*(?:[eE][-+]?\d+)?")


def number(text: str) -> float:
    """`1234.5`, `1 234,5`, `1'234.5`, `1,234`, `12,34,567`, `1.234.567`, `0,500`; NaN for what is no number.

    Of two signs the later is the decimal sign; one that comes twice parts thousands. So does one comma before three
    digits, unless a lone zero stands before it; one dot does not.
    """
    bare = GAP.sub("", text.strip().replace("\u2212", "-"))
    commas, dots = bare.count(","), bare.count(".")
    if commas and dots:
        thousands = "," if bare.rfind(".") > bare.rfind(",") else "."
        bare = bare.replace(thousands, "").replace(",", ".")
    elif (commas or dots > 1) and GROUPED.fullmatch(bare) and not bare.lstrip("+-").startswith("0,"):
        bare = bare.replace(",", "").replace(".", "")
    else:
        bare = bare.replace(",", ".")
    return float(bare) if NUMBER.fullmatch(bare) else float("nan")


def first_number(text: str) -> float:
    """The first number in a cell that may hold more: `DN 90`, `12,5 m`, `1'200 mm`; NaN where there is none."""
    found = FIRST.search(GAP.sub("", text))
    return number(found[0]) if found else float("nan")
