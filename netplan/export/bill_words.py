"""The workbook in the project's language: every text of a sheet passes through here, formulas and figures do not."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from netplan.datawords import data_words
from netplan.datawords.remarks import remark

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

Say = Callable[[str], str]
TEXT = re.compile(r'"([^"]{12,})"')
"""A text that a formula shows."""
PREMISES, PREMISES_UNIT = "premises", "premises-unit"
"""A category and a unit of one name, and what parts them."""


def speaker(language: str) -> Say:
    """What a text of the workbook, an item or a unit is called in the language; as it stands where that is unknown."""
    items = data_words(language).get("item", {})

    def say(text: str) -> str:
        said = items.get(text) or remark(text, language, "workbook")
        return PREMISES if said == PREMISES_UNIT else said

    return say


def spoken_unit(unit: str) -> str:
    """A unit under the word that `speaker` knows it by."""
    return PREMISES_UNIT if unit == PREMISES else unit


def speaking(say: Say) -> type[Worksheet]:
    """Sheets that write every text, and the texts and names of sheets in formulas, as `say` says them."""
    from xlsxwriter.worksheet import Worksheet

    class Speaking(Worksheet):  # type: ignore[misc]  # the package has no types
        def write_string(self, row: int, column: int, text: str, *style: Any) -> Any:
            return super().write_string(row, column, say(text), *style)

        def write_formula(self, *place: Any) -> Any:
            said = (_formula(each, say) if isinstance(each, str) and each.startswith("=") else each for each in place)
            return super().write_formula(*said)

    return Speaking


def _formula(text: str, say: Say) -> str:
    return TEXT.sub(lambda found: f'"{say(found[1])}"', text).replace("Bill!", f"{say('Bill')}!")
