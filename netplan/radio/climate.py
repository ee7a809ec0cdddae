"""Rain, refraction and latitude of places: from the project, else the maps of the extra `rain`, else assumed."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from pyproj import Transformer

from netplan.catalogue.schema import Catalogue
from netplan.errors import Fault, InputError
from netplan.project.schema import Project
from netplan.radio.ground import values_at
from netplan.radio.slant import rain_height_km
from netplan.tables import FloatArray, Inputs, Raster

MAPS = "itur"
"""Package of the extra `rain`, which brings the maps of P.837, P.453 and P.839."""


@dataclass(frozen=True)
class Climate:
    """Arrays of n places, and what was assumed about them."""

    latitude_deg: FloatArray
    longitude_deg: FloatArray
    rain_mm_per_h: FloatArray
    gradient_n_per_km: FloatArray
    rain_height_km: FloatArray
    warnings: tuple[str, ...] = ()


def climate_of(inputs: Inputs, catalogue: Catalogue, project: Project | None, xy_m: FloatArray) -> Climate:
    """Climate of n map points (n, 2).

    What the project states is taken at every place (a raster of rain rates: bilinear, and a fault where a place has
    no value). Of the rest, the maps of the extra `rain` are read at the middle of the area (they are coarser than a
    district), and without the extra the catalogue's assumption is taken and said in the warnings.

    Raises:
        InputError: rain is not known at a place, or nowhere at all.
    """
    told = None if project is None else project.climate
    x, y = np.asarray(xy_m, float).reshape(-1, 2).T
    longitude, latitude = Transformer.from_crs(inputs.crs, 4326, always_xy=True).transform(x, y)
    centre = Transformer.from_crs(inputs.crs, 4326, always_xy=True).transform(*inputs.area.centroid.coords[0])
    asked_rain = inputs.rain is None and (told is None or told.rain_rate_mm_per_h is None)
    asked_gradient = told is None or told.refractivity_gradient_n_per_km is None
    asked_height = told is None or told.rain_height_m is None
    mapped = _maps(centre) if asked_rain or asked_gradient or asked_height else None
    warnings: list[str] = []
    n = len(x)
    if inputs.rain is not None:
        rain = _rain_from(inputs.rain, xy_m)
    elif told is not None and isinstance(told.rain_rate_mm_per_h, float | int):
        rain = np.full(n, float(told.rain_rate_mm_per_h))
    else:
        rain = np.full(n, mapped[0] if mapped else _assumed(catalogue, "rain_rate_mm_per_h", "mm/h", warnings))
    if told is not None and told.refractivity_gradient_n_per_km is not None:
        gradient = told.refractivity_gradient_n_per_km
    else:
        gradient = mapped[1] if mapped else _assumed(catalogue, "refractivity_gradient_n_per_km", "N/km", warnings)
    height = rain_height_km(latitude) if mapped is None else np.full(n, mapped[2])
    if told is not None and told.rain_height_m is not None:
        height = np.full(n, told.rain_height_m / 1000.0)
    return Climate(
        np.asarray(latitude, float),
        np.asarray(longitude, float),
        rain,
        np.full(n, gradient),
        height,
        tuple(warnings),
    )


def _assumed(catalogue: Catalogue, key: str, unit: str, warnings: list[str]) -> float:
    """The catalogue's assumption, with a word about it."""
    if catalogue.climate is None:
        raise InputError(Fault(f"climate.{key}", "not given, and the catalogue has no climate.yaml", "give it"))
    value = float(getattr(catalogue.climate, key).value)
    warnings.append(
        f"climate.{key} is not given: {value:g} {unit} is assumed for microwave and satellite links "
        "(give your own, or install the extra `rain` for the ITU's maps)"
    )
    return value


@lru_cache(maxsize=16)  # the maps take seconds to load, and every medium asks
def _maps(centre: tuple[float, float]) -> tuple[float, float, float] | None:
    """Rain rate (mm/h), refractivity gradient (N/km) and rain height (km) of the ITU's maps; None without them."""
    try:
        p453, p837, p839 = (importlib.import_module(f"{MAPS}.models.itu{number}") for number in (453, 837, 839))
    except ImportError:
        return None
    longitude, latitude = centre
    rain = float(np.squeeze(p837.rainfall_rate(latitude, longitude, 0.01).value))
    gradient = float(np.squeeze(p453.DN65(latitude, longitude, 1).value))
    return rain, gradient, float(np.squeeze(p839.rain_height(latitude, longitude).value))


def _rain_from(raster: Raster, xy_m: FloatArray) -> FloatArray:
    """Rain rates at map points."""
    rain = values_at(raster, xy_m)
    unknown = int(np.isnan(rain).sum())
    if unknown:
        found = f"no rain rate at {unknown} of {len(rain)} places where links could end"
        raise InputError(Fault(f"{raster.path} (climate.rain_rate_mm_per_h)", found, "give a raster that covers them"))
    return rain
