"""KML and KMZ: every folder of the file as one layer, with the attributes that its placemarks carry."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pyogrio
import pyogrio.errors
import shapely

from netplan.errors import InputError
from netplan.foreign.open import Asked, Foreign, fault

DRAWN = ("id", "timestamp", "begin", "end", "altitudeMode", "tessellate", "extrude", "visibility", "drawOrder", "icon")
"""Fields that say how a placemark is drawn, not what it is."""


def read_kml(asked: Asked) -> Foreign:
    """All placemarks of the file, or of the folder asked for; the column `folder` says where each stood.

    Raises:
        InputError: unreadable, no such folder, or no placemark with a place.
    """
    warnings: list[str] = []
    try:
        names = [str(name) for name in pyogrio.list_layers(asked.path)[:, 0]]
        if asked.layer is not None and asked.layer not in names:
            to_do = f"name one of its folders: {', '.join(dict.fromkeys(names))}"
            raise InputError(fault(asked, f"no folder `{asked.layer}`", to_do))
        wanted = [at for at, name in enumerate(names) if asked.layer in (None, name)]
        frames = [_folder(asked, at, names[at], warnings) for at in wanted]
    except (
        pyogrio.errors.DataSourceError,
        pyogrio.errors.DataLayerError,
        pyogrio.errors.FeatureError,
        shapely.errors.ShapelyError,
    ) as error:
        text = str(error).splitlines()[0]
        to_do = "open it in Google Earth and save it again"
        raise InputError(fault(asked, f"cannot be read as KML ({text[:100]})", to_do)) from error
    frames = [frame for frame in frames if frame is not None and len(frame)]
    if not frames:
        raise InputError(fault(asked, "no placemark with a place", "give a file with placemarks"))
    frame = gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), crs=4326)
    if asked.points:
        points = shapely.get_dimensions(frame.geometry.to_numpy()) == 0
        if points.any() and not points.all():
            warnings.append(f"{asked.place}: {int((~points).sum())} placemarks that are not points left out.")
            frame = frame[points].reset_index(drop=True)
    if len(frames) > 1:
        folders = ", ".join(dict.fromkeys(frame["folder"]))
        warnings.append(f"{asked.place}: {len(frames)} folders read together ({folders}); |layername= picks one.")
    return Foreign(frame, warnings)


def _folder(asked: Asked, at: int, name: str, warnings: list[str]) -> gpd.GeoDataFrame | None:
    frame = pyogrio.read_dataframe(asked.path, layer=at, on_invalid="ignore")
    if not isinstance(frame, gpd.GeoDataFrame):
        return None
    placed = frame.geometry.notna() & ~frame.geometry.is_empty
    if not placed.all():
        warnings.append(f"{asked.place}: {int((~placed).sum())} placemarks of `{name}` without a place left out.")
    frame = frame[placed]
    frame = frame.drop(columns=[column for column in DRAWN if column in frame.columns])
    text = {column: frame[column].astype(object) for column in frame.columns if column != "geometry"}
    return gpd.GeoDataFrame(frame.assign(**text, folder=name).set_crs(4326, allow_override=True))
