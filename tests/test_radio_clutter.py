"""Clutter on the paths: roofs stand above their own, and what stands between is in the way."""

from __future__ import annotations

import numpy as np
from affine import Affine
from test_radio import EAST, NORTH, radio

from netplan.radio.serve import path_losses
from netplan.tables import FloatArray, Raster

PITCH = 30.0
HUB = np.array([[EAST, NORTH]])
HOME = np.array([[EAST + 3000.0, NORTH]])


def land(*patches: tuple[float, float, float]) -> Raster:
    """Flat ground with strips (from, to in metres east of the hub, height) of clutter."""
    rows, columns = 100, 400
    clutter = np.zeros((rows, columns))
    x = (np.arange(columns) + 0.5) * PITCH - 1500.0
    for start, stop, height in patches:
        clutter[:, (x >= start) & (x <= stop)] = height
    transform = Affine(PITCH, 0, EAST - 1500.0, 0, -PITCH, NORTH + rows * PITCH / 2)
    return Raster(np.full((rows, columns), 1500.0), transform, "test", clutter)


def wifi_loss(raster: Raster, hub_m: float = 20.0, **changes: float) -> FloatArray:
    unit = radio(**({"frequency_mhz": 5800, "rx_height_m": 5, "entry_loss_db": 0} | changes))
    return path_losses(raster, unit, True, HUB, np.array([hub_m]), HOME, np.array([200.0]))


def test_a_roof_stands_above_its_own_clutter() -> None:
    village = (2925.0, 3075.0, 10.0)
    assert np.isfinite(wifi_loss(land(village))).all()
    assert np.isinf(wifi_loss(land(village), entry_loss_db=12)).all()  # inside, below the roofs
    assert np.isinf(wifi_loss(land(village, (1400.0, 1600.0, 15.0)))).all()  # a forest on the way


def test_trees_beside_a_home_that_stands_in_the_open_are_in_the_way() -> None:
    """The pixel next to the home's own, 15 m from it."""
    assert np.isinf(wifi_loss(land((2970.0, 2999.0, 15.0)))).all()
    assert np.isfinite(wifi_loss(land((2970.0, 2999.0, 2.0)))).all()
    assert np.isfinite(wifi_loss(land((2970.0, 2999.0, 15.0), (3000.0, 3030.0, 15.0)))).all()  # it stands in them


def test_a_hub_among_trees_stands_above_them() -> None:
    assert np.isfinite(wifi_loss(land((-60.0, 60.0, 15.0)), hub_m=12.0)).all()
    assert np.isinf(wifi_loss(land((100.0, 200.0, 15.0)), hub_m=12.0)).all()
