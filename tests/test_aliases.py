"""Names of columns and words and numbers in cells, as people write them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from netplan.inputs.aliases import find_column, line_kinds, to_number, voltage_kv
from netplan.verify.water import _column


@pytest.mark.parametrize(
    ("written", "standard"),
    [
        ("Diamètre (mm)", "diameter_mm"),
        ("Matériau", "material"),
        ("état", "status"),
        ("Opérateur", "operator"),
        ("propriétaire", "owner"),
        ("Población", "population"),
        ("população", "population"),
        ("Tensión [kV]", "voltage"),
        ("Height (m)", "height_m"),
    ],
)
def test_column_names_may_have_accents_and_brackets(written: str, standard: str) -> None:
    assert find_column(pd.DataFrame({"a": [1], written: [2]}), standard) == written


def test_a_column_in_another_unit_is_not_taken() -> None:
    assert find_column(pd.DataFrame({"Height (ft)": [100]}), "height_m") is None


def test_the_audit_knows_accents_too() -> None:
    assert _column(pd.DataFrame({"Diamètre (mm)": [90]}), "diameter_mm").tolist() == [90]


def test_numbers_and_kinds_from_text() -> None:
    values = to_number(pd.Series(["12", "DN 90", "12,5 m", "1 200", "1,500", "n/a", None, "-3e2"]))
    np.testing.assert_allclose(values, [12, 90, 12.5, 1200, 1500, np.nan, np.nan, -300])
    frame = pd.DataFrame({"power": ["line", "minor_line", "line", ""], "voltage": ["110000", "", "15000", "33"]})
    assert list(voltage_kv(frame).fillna(0)) == [110, 0, 15, 33]
    assert list(line_kinds(frame)) == ["transmission", "distribution", "distribution", "distribution"]
