"""The ground of a plan's maps, read once and drawn on every sheet: area, relief, water, exclusions, roads, names."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from pyproj import CRS

from netplan.maps import base, labels
from netplan.maps.base import Extent
from netplan.maps.fonts import Typeface, typeface
from netplan.maps.languages import PHRASES
from netplan.maps.layers import centres
from netplan.maps.read import WrittenPlan, metres_per_unit

RELIEF_REACH = 1.35
"""Side of the square that is shaded, against the longer side of the first map."""
RELIEF_PX = 1500


@dataclass(frozen=True)
class Scene:
    """Background layers in the map's CRS. Absent ones are None: a map can do without them."""

    crs: CRS
    metre: float
    """True metres per map unit at the middle of the plan."""
    area: gpd.GeoDataFrame | None
    barred: tuple[gpd.GeoDataFrame, ...]
    roads: gpd.GeoDataFrame | None
    names: pd.DataFrame
    """`name, x, y, people, gap_pt`, the most important first."""
    elevation: Path | None
    face: Typeface
    _relief: dict[Extent, npt.NDArray[np.float64] | None] = field(default_factory=dict)

    def relief(self, extent: Extent) -> tuple[npt.NDArray[np.float64] | None, Extent]:
        """Hillshade of all that any sheet may show around an extent, worked out once, and what it covers.

        None: no elevation there.
        """
        for whole, found in self._relief.items():
            if whole[0] <= extent[0] and whole[1] <= extent[1] and whole[2] >= extent[2] and whole[3] >= extent[3]:
                return found, whole
        half = RELIEF_REACH * max(extent[2] - extent[0], extent[3] - extent[1]) / 2
        x, y = (extent[0] + extent[2]) / 2, (extent[1] + extent[3]) / 2
        whole = (x - half, y - half, x + half, y + half)
        found = None if self.elevation is None else base.shade(self.elevation, whole, self.crs, RELIEF_PX)
        self._relief[whole] = found
        return found, whole


def read_scene(plan: WrittenPlan, folder: Path | None, others: tuple[WrittenPlan, ...] = ()) -> Scene:
    """The ground of a plan (and of others of the same district, of which only the texts count)."""
    project, crs = plan.project, plan.crs
    existing, routes = project.get("existing") or {}, project.get("routes") or {}
    rough = plan.demand if len(plan.demand) else plan.nodes
    x, y = centres(rough) if len(rough) else (np.zeros(1), np.zeros(1))
    metre = metres_per_unit(crs, float(x.mean()), float(y.mean()))
    barred = [base.read_layer(folder, name, crs) for name in project.get("exclusions") or []]
    settlements = base.read_layer(folder, (project.get("demand") or {}).get("settlements"), crs)
    handover = base.read_layer(folder, existing.get("pops"), crs)
    named = [labels.named_points(handover, gap_pt=8.0), labels.ranked_places(settlements, plan.demand, metre)]
    names = pd.concat([part for part in named if len(part)] or named[:1], ignore_index=True)
    elevation = (project.get("terrain") or {}).get("elevation")
    return Scene(
        crs=crs,
        metre=metre,
        area=base.read_layer(folder, project.get("area"), crs),
        barred=tuple(layer for layer in barred if layer is not None),
        roads=base.main_roads(base.read_layer(folder, routes.get("roads"), crs, mend=False)),
        names=names,
        elevation=None if folder is None or not elevation else folder / str(elevation),
        face=typeface([*_texts(plan), *(text for other in others for text in _texts(other)), *names["name"][:400]]),
    )


def _texts(plan: WrittenPlan) -> list[str]:
    """Everything of a plan that a sheet may say in words, and all that the maps say themselves."""
    own = [text for phrase in PHRASES.values() for text in phrase.values()]
    entries = [str(entry.get("label", "")) for section in plan.catalogue.values() for entry in section.values()]
    said = [*(plan.summary.get("licences") or {}).values(), *(plan.summary.get("assumptions") or [])]
    said += [*(plan.project.get("assumptions") or []), *(plan.summary.get("targets") or {})]
    classes = [str(name) for name in plan.demand["class"].unique()]
    return [plan.name, plan.scenario, plan.currency, *own, *entries, *(str(text) for text in said), *classes]
