"""What may be wrong with a water utility's model, and what is said of it: one clear fault, or a stated fallback."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from waterdistrict import MODEL, water_district

from netplan.errors import InputError
from netplan.inputs import read_inputs
from netplan.project import read_project
from netplan.tables import Inputs

TEXT = MODEL.read_text()


def inputs_of(folder: Path, text: str | None = None, **routes: Any) -> Inputs:
    water_district(folder, routes=routes)
    if text is not None:
        (folder / "network.inp").write_text(text)
    return read_inputs(read_project(folder, "sharing"))


def fault(folder: Path, text: str | None = None, **routes: Any) -> str:
    with pytest.raises(InputError) as caught:
        inputs_of(folder, text, **routes)
    assert len(caught.value.faults) == 1, caught.value.faults
    said = str(caught.value.faults[0])
    assert "routes.water_pipes" in said and "nan" not in said and "Traceback" not in said
    return said


def without(section: str, text: str = TEXT) -> str:
    head, _, tail = text.partition(f"[{section}]")
    return head + tail[tail.index("[") :]


def with_diameters(value: str) -> str:
    head, _, tail = TEXT.partition("[PIPES]")
    body, _, rest = tail.partition("[")
    rows = [row.split(";")[0].split() for row in body.splitlines()]
    lines = [" ".join([*row[:4], value, *row[5:]]) if len(row) > 5 else "" for row in rows]
    return f"{head}[PIPES]\n" + "\n".join(lines) + f"\n\n[{rest}"


def test_metres_for_feet_are_refused(tmp_path: Path) -> None:
    """The map is in US survey feet; read as metres it is 3.28 times as large, and the scale of its zone besides."""
    said = fault(tmp_path, water_pipes_crs="EPSG:32616")
    assert "41.5 km long as stated" in said and "feet or metres" in said


def test_a_network_in_another_zone_adds_nothing_and_says_why(tmp_path: Path) -> None:
    found = inputs_of(tmp_path, water_pipes_crs="EPSG:2263")
    assert found.water_pipes is None or not len(found.water_pipes)
    told = [text for text in found.warnings if "routes.water_pipes" in text]
    assert any("no feature lies in the area" in text and "Check its CRS" in text for text in told)
    assert any("water-pipes" in text and "opens nothing" in text for text in told)


def test_feet_are_no_degrees(tmp_path: Path) -> None:
    assert "no degrees" in fault(tmp_path, water_pipes_crs="EPSG:4326")


def test_coordinates_where_the_crs_is_not_defined(tmp_path: Path) -> None:
    head, _, tail = TEXT.partition("[COORDINATES]")
    body, mark, rest = tail.partition("[")
    far = "\n".join(f" {row.split()[0]} 9e11 {9e11 + k * 1e9}" for k, row in enumerate(body.splitlines())
                    if row.split() and not row.strip().startswith(";"))  # fmt: skip
    said = fault(tmp_path, f"{head}[COORDINATES]\n{far}\n{mark}{without('VERTICES', '[' + rest)[1:]}")
    assert "is defined" in said or "on the map" in said


def test_a_model_without_coordinates_or_crs(tmp_path: Path) -> None:
    assert "none of the 223 nodes has coordinates" in fault(tmp_path, without("COORDINATES"))
    assert "states no coordinate reference system" in fault(tmp_path, None, water_pipes_crs=None)
    with pytest.raises(InputError) as both:
        inputs_of(tmp_path, without("COORDINATES"), water_pipes_crs=None)
    assert len(both.value.faults) == 2


def test_a_pipe_without_diameter_is_named_with_its_line(tmp_path: Path) -> None:
    said = fault(tmp_path, with_diameters("0"))
    assert "diameter must be greater than zero" in said.lower() and "line" in said


@pytest.mark.parametrize("text", ["hello world\n", "", TEXT.replace("[PIPES]", "[PIPES]\n Px nowhere J-1 9 9 100 0\n")])
def test_what_is_no_model_is_refused(tmp_path: Path, text: str) -> None:
    fault(tmp_path, text)


def test_us_and_metric_models_of_one_network_are_alike(tmp_path: Path) -> None:
    """GPM counts inches and feet, LPS millimetres and metres; the map of both is in feet."""
    ours, theirs = tmp_path / "us", tmp_path / "metric"
    ours.mkdir()
    theirs.mkdir()
    us = inputs_of(ours)
    head, _, tail = TEXT.partition("[PIPES]")
    body, _, rest = tail.partition("[")
    rows = [row.split(";")[0].split() for row in body.splitlines()]
    lines = [
        " ".join([*row[:3], repr(float(row[3]) * 0.3048), repr(float(row[4]) * 25.4), *row[5:]])
        for row in rows
        if len(row) > 5
    ]
    text = f"{head}[PIPES]\n" + "\n".join(lines) + f"\n\n[{rest}"
    assert "GPM" in text
    metric = inputs_of(theirs, text.replace("GPM", "LPS"))
    assert us.water_pipes is not None and metric.water_pipes is not None
    np.testing.assert_allclose(us.water_pipes["diameter_mm"], metric.water_pipes["diameter_mm"])
    assert set(us.water_pipes["diameter_mm"].round()) == {76, 102, 152, 203, 305, 406}
    assert us.water_access is not None and set(us.water_access["kind"]) >= {"pump", "tank", "reservoir"}
