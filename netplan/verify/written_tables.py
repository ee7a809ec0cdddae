"""The tables of money beside a plan, as the audit reads them."""

from __future__ import annotations

import pandas as pd

from netplan.verify.finding import Finding
from netplan.verify.reading import Written

NAMES = ("category", "item", "unit", "kind", "demand_id", "class", "name", "verdict", "affordable")


def read_table(written: Written, name: str, columns: set[str]) -> tuple[pd.DataFrame | None, list[Finding]]:
    """A table of money beside the plan, its numbers as numbers; none, with findings, where it cannot be read."""
    path = written.folder / name
    if not path.is_file():
        return None, [Finding("money-table", name, "", "no such file", "the table")]
    try:
        # a name stays what it is, be it N/A or 007
        table = pd.read_csv(path, keep_default_na=False, na_values=[""], dtype=dict.fromkeys(NAMES, str))
        numbers = [column for column in columns & set(table.columns) if column not in NAMES]
        table = table.assign(**{column: table[column].astype(float) for column in numbers})
    except (OSError, ValueError) as error:
        return None, [Finding("money-table", name, "", str(error), "a readable table")]
    lost = sorted(columns - set(table.columns))
    return (None if lost else table), [Finding("money-table", name, column, "no such column", "it") for column in lost]
