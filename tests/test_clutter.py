"""Land cover of any CRS and resolution becomes clutter heights on the grid of the terrain."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from pyproj import CRS

from netplan.catalogue.clutter import load_clutter
from netplan.inputs.clutter import with_clutter
from netplan.inputs.door import Door, Source
from netplan.tables import Raster

UTM = CRS.from_epsg(32736)
TERRAIN = Raster(np.full((20, 30), 1400.0), Affine(30, 0, 300_000, 0, -30, 9_800_000), "dem.tif")


def land_cover(folder: Path, classes: np.ndarray[tuple[int, int], np.dtype[np.uint8]], left: float = 300_000) -> Source:
    """A land-cover file with pixels of 10 m."""
    path = folder / "cover.tif"
    shape = {"count": 1, "height": classes.shape[0], "width": classes.shape[1], "nodata": 0}
    place = {"crs": 32736, "transform": Affine(10, 0, left, 0, -10, 9_800_000)}
    with rasterio.open(path, "w", driver="GTiff", dtype=classes.dtype, **shape, **place) as file:
        file.write(classes, 1)
    return Source("cover.tif", "terrain.clutter", path)


def test_the_table_is_of_p1812_and_has_sources() -> None:
    table = load_clutter()
    heights = {code: entry.height_m.value for code, entry in table.classes.items()}
    assert (heights[80], heights[40], heights[50], heights[10]) == (0, 0, 10, 15)
    assert all(entry.height_m.unit == "m" and entry.height_m.source for entry in table.classes.values())


def test_the_most_common_class_of_a_pixel_counts(tmp_path: Path) -> None:
    classes = np.full((60, 90), 40, np.uint8)
    classes[:30, :45] = 10
    classes[30:32, 0:3] = 50  # six of the nine small pixels of one pixel of terrain
    door = Door(tmp_path)
    found = with_clutter(door, land_cover(tmp_path, classes), TERRAIN, [], UTM)
    assert not door.faults and not door.warnings and found is not None and found.clutter_m is not None
    expected = np.zeros((20, 30))
    expected[:10, :15], expected[10, 0] = 15.0, 10.0
    assert (found.clutter_m == expected).all()
    assert found.values is TERRAIN.values


def test_land_cover_that_ends_is_open_ground_and_said(tmp_path: Path) -> None:
    door = Door(tmp_path)
    found = with_clutter(door, land_cover(tmp_path, np.full((60, 45), 10, np.uint8)), TERRAIN, [], UTM)
    assert found is not None and found.clutter_m is not None
    assert (found.clutter_m[:, :15] == 15).all() and (found.clutter_m[:, 15:] == 0).all()
    assert len(door.warnings) == 1 and "50.0% of the terrain has no land cover" in door.warnings[0]


@pytest.mark.parametrize(
    ("classes", "words"),
    [(np.full((60, 90), 311, np.int16), "unknown land-cover classes [311]"), (np.ones((60, 90), "f4"), "float32")],
)
def test_a_map_of_another_legend_is_a_fault(
    tmp_path: Path, classes: np.ndarray[tuple[int, int], np.dtype[np.uint8]], words: str
) -> None:
    door = Door(tmp_path)
    found = with_clutter(door, land_cover(tmp_path, classes), TERRAIN, [], UTM)
    assert [words in fault.found or words in str(fault) for fault in door.faults] == [True]
    assert found is TERRAIN


def test_a_table_of_the_project_s_own(tmp_path: Path) -> None:
    own = tmp_path / "models"
    own.mkdir()
    entry = "{value: 12, unit: m, source: a survey}"
    (own / "clutter.yaml").write_text(f"legend: CORINE\nclasses:\n  5: {{label: wood, height_m: {entry}}}\n")
    door = Door(tmp_path)
    found = with_clutter(door, land_cover(tmp_path, np.full((60, 90), 5, np.uint8)), TERRAIN, [own], UTM)
    assert not door.faults and found is not None and found.clutter_m is not None and (found.clutter_m == 12).all()
    (own / "clutter.yaml").write_text("legend: CORINE\nclasses: {}\n")
    with_clutter(door, land_cover(tmp_path, np.full((60, 90), 5, np.uint8)), TERRAIN, [own], UTM)
    assert len(door.faults) == 1 and "clutter.yaml" in door.faults[0].place


def test_a_copy_that_was_cut_short_is_a_fault(tmp_path: Path) -> None:
    door = Door(tmp_path)
    source = land_cover(tmp_path, np.full((60, 90), 10, np.uint8))
    source.path.write_bytes(source.path.read_bytes()[:-3000])
    with_clutter(door, source, TERRAIN, [], UTM)
    assert len(door.faults) == 1 and door.faults[0].found.startswith("its pixels cannot be read")


def test_clutter_without_terrain_is_left_out(tmp_path: Path) -> None:
    door = Door(tmp_path)
    assert with_clutter(door, land_cover(tmp_path, np.full((60, 90), 10, np.uint8)), None, [], UTM) is None
    assert "no terrain.elevation" in door.warnings[0] and not door.faults
