"""Names of columns and words and numbers in cells, as people write them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from netplan.inputs.aliases import find_column, line_kinds, to_number, voltage_kv
from netplan.verify.cells import cell_numbers
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
    assert find_column(pd.DataFrame({'Diameter (")': [4]}), "diameter_mm") is None
    assert find_column(pd.DataFrame({"Population (%)": [9], "Population": [400]}), "population") == "Population"


def test_the_audit_knows_accents_too() -> None:
    assert _column(pd.DataFrame({"Diamètre (mm)": [90]}), "diameter_mm").tolist() == [90]


def test_numbers_and_kinds_from_text() -> None:
    values = to_number(pd.Series(["12", "DN 90", "12,5 m", "1 200", "1,500", "n/a", None, "-3e2"]))
    np.testing.assert_allclose(values, [12, 90, 12.5, 1200, 1500, np.nan, np.nan, -300])
    frame = pd.DataFrame({"power": ["line", "minor_line", "line", ""], "voltage": ["110000", "", "15000", "33"]})
    assert list(voltage_kv(frame).fillna(0)) == [110, 0, 15, 33]
    assert list(line_kinds(frame)) == ["transmission", "distribution", "distribution", "distribution"]


@pytest.mark.parametrize(
    ("columns", "kilovolts"),
    [
        ({"kind": ["minor_line", "line", "line"], "voltage": ["400", "415/240", "132000;400"]}, [0.4, 0.415, 132]),
        ({"osm_id": ["way/1", "way/2"], "power": ["line", "line"], "voltage": ["400", "230"]}, [0.4, 0.23]),
        ({"power": ["line", "minor_line"], "voltage": [132, 11]}, [132, 11]),
        ({"voltage": ["230 V", "400V", "11kV/400V", "33/11 kV", "415/240 V"]}, [0.23, 0.4, 11, 33, 0.415]),
        ({"voltage": ["400", "415/240", "220/132", "132"]}, [400, 0.415, 220, 132]),
        ({"voltage": [400.0, 33000.0]}, [0.4, 33]),
        ({"voltage": [11, 33, 132, 33000]}, [11, 33, 132, 33]),
        ({"osm_id": [1, 2, 3], "voltage": ["0", "400", "230"]}, [0, 0.4, 0.23]),
        ({"voltage_v": [400, 11000]}, [0.4, 11]),
        ({"Voltage (kV)": [400.0, 0.4]}, [400, 0.4]),
    ],
)
def test_volts_are_told_from_kilovolts(columns: dict[str, list[Any]], kilovolts: list[float]) -> None:
    np.testing.assert_allclose(voltage_kv(pd.DataFrame(columns)), kilovolts)


def test_clear_words_beat_the_voltage_and_loose_ones_do_not() -> None:
    words = ["minor_line", "LV", "low-voltage", "Medium Voltage", "tower_line", "line", "HV", "hv"]
    frame = pd.DataFrame({"kind": words, "voltage": ["400 kV", "400 kV", "", "66 kV", "33 kV", "11 kV", "11 kV", ""]})
    assert list(line_kinds(frame)) == ["distribution"] * 4 + ["transmission"] + ["distribution"] * 2 + ["transmission"]


def test_signs_between_thousands_are_told_from_decimal_signs() -> None:
    cells = ["1.234.567", "1'234", "1’234’567", "12,34,567", "1.234,5", "1 234,5", "0,500", "1,500", "12.345", "30.1.2"]
    values = [1234567, 1234, 1234567, 1234567, 1234.5, 1234.5, 0.5, 1500, 12.345, np.nan]
    np.testing.assert_allclose(to_number(pd.Series(cells)), values)
    np.testing.assert_allclose(cell_numbers(pd.Series(cells)), values, err_msg="the audit reads the same")
