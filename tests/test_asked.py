"""The project's word on radios: coverage probability, indoor terminals, and no margin for clutter that is mapped."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import yaml
from smalldistrict import described, district, save_rates, write_whole
from test_radio import catalogue, hill_raster, inputs, project, radio, technology

from netplan.catalogue.schema import Radio, Technology
from netplan.errors import InputError
from netplan.planning import plan_district
from netplan.project import read_project
from netplan.radio import asked_radios, budget, building_entry_loss_db
from netplan.verify import verify_plan


def asked(entry: Technology, clutter: bool = False, **spec: Any) -> Radio:
    """The radio of a technology after the project's word on it."""
    elevation = hill_raster()
    if clutter:
        elevation = replace(elevation, clutter_m=np.zeros(elevation.values.shape))
    found = asked_radios(catalogue(entry), project(radio=spec), inputs(elevation)).technologies[entry.id]
    assert found.radio is not None
    return found.radio


def test_mapped_clutter_is_not_counted_in_the_margin_too() -> None:
    both = technology("cellular", radio=radio(), carriers=(radio(frequency_mhz=1800),))
    assert asked(both) == both.radio
    new = asked(both, clutter=True)
    assert new.location_sd_db.value == pytest.approx((0.52 + 0.024 * 0.8) * 500**0.28)
    assert new.location_sd_db.source and budget.shadow_margin_db(new) < 0.5 * budget.shadow_margin_db(radio())
    near = technology("hotspot", radio=radio())
    assert asked(near, clutter=True) == near.radio  # its paths meet no clutter
    clear = technology("wifi", radio=radio())
    assert asked(clear, clutter=True) == clear.radio  # trees and houses block it: its spread never stood for them


def test_coverage_probability_is_the_projects() -> None:
    entry = technology("cellular", radio=radio())
    share = asked(entry, coverage_probability=0.95)
    assert share.coverage_probability.value == 0.95
    assert budget.shadow_margin_db(share) == pytest.approx(1.645 * 8, abs=0.01)


def test_indoor_terminals_hold_with_both_spreads() -> None:
    entry = technology("cellular", radio=radio(entry_loss_db=0))
    inside = asked(entry, indoor="traditional", coverage_probability=0.9)
    median, nine = (building_entry_loss_db(800, p) for p in (0.5, 0.9))
    total = inside.entry_loss_db.value + budget.shadow_margin_db(inside)
    assert total == pytest.approx(median + np.hypot(nine - median, 1.2816 * 8), abs=0.01)
    assert median < inside.entry_loss_db.value < nine
    assert asked(technology("cellular", radio=radio()), indoor="traditional") == radio()  # indoors already
    for kind, more in (("wifi", {}), ("hotspot", {}), ("cellular", {"serves": ("iot",)})):
        outdoor = radio(entry_loss_db=0)
        assert asked(technology(kind, radio=outdoor, **more), indoor="thermally-efficient") == outdoor


@pytest.mark.parametrize(
    "spec", [{"coverage_probability": 0.5}, {"coverage_probability": 0.999}, {"indoor": "stone"}, {"probability": 0.9}]
)
def test_what_cannot_be_is_a_fault(tmp_path: Path, spec: dict[str, Any]) -> None:
    (key,) = spec
    with pytest.raises(InputError) as caught:
        read_project(district(tmp_path, radio=spec))
    assert [fault.place for fault in caught.value.faults] == [f"netplan.yaml: radio.{key}"]


def test_resolved_settings_say_so_and_the_plan_holds(tmp_path: Path) -> None:
    folder = district(tmp_path, radio={"coverage_probability": 0.95, "indoor": "traditional"})
    found = described(folder)
    write_whole(found, plan_district(found), folder / "out")
    entries = yaml.safe_load((folder / "out" / "resolved.yaml").read_text())["catalogue"]["technologies"]
    assert entries and all(entry["radio"]["coverage_probability"]["value"] == 0.95 for entry in entries.values())
    assert verify_plan(folder / "out") == []


def test_a_land_cover_layer_changes_the_margin_of_the_plan(tmp_path: Path) -> None:
    flat = save_rates(tmp_path, "dem.tif", np.full((6, 8), 1400.0), 1000.0)
    with rasterio.open(tmp_path / flat) as dem:
        profile = dem.profile | {"dtype": "uint8", "nodata": 0}
    with rasterio.open(tmp_path / "cover.tif", "w", **profile) as cover:
        cover.write(np.full((6, 8), 40, np.uint8), 1)
    folder = district(tmp_path, terrain={"elevation": flat, "clutter": "cover.tif"}, targets={"rural": 0.8})
    found = described(folder)
    write_whole(found, plan_district(found), folder / "out")
    entries = yaml.safe_load((folder / "out" / "resolved.yaml").read_text())["catalogue"]["technologies"]
    assert entries
    for entry in entries.values():
        assert "P.1812-7 §4.7" in entry["radio"]["location_sd_db"]["source"]
    for catalogue_of in (found.catalogue, found.whole):
        assert all(t.radio.location_sd_db.value < 4 for t in catalogue_of.technologies.values()
                   if t.radio is not None and t.kind == "cellular")  # fmt: skip
    assert verify_plan(folder / "out") == []
