"""Demand rows of several scenarios, each place held once: most scenarios serve the same people."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely

from netplan.webmap import shapes


@dataclass
class Places:
    """Places as columns; `area` is None for a point. Grows as scenarios are added."""

    id: list[str] = field(default_factory=list)
    name: list[str] = field(default_factory=list)
    kind: list[str] = field(default_factory=list)
    level: list[str] = field(default_factory=list)
    xy: list[list[int]] = field(default_factory=list)
    area: list[Any] = field(default_factory=list)
    km2: list[float | None] = field(default_factory=list)
    _seen: dict[tuple[str, str, bytes], int] = field(default_factory=dict)

    def rows(self, demand: Any, over_seam: bool) -> list[int]:
        """The place of each row of a demand table; those not yet held are added."""
        geometries = shapes.unwrap(demand.geometry.to_numpy(), over_seam)
        keys = list(zip(demand["demand_id"], demand["class"], shapely.to_wkb(geometries), strict=True))
        fresh = np.array([key not in self._seen for key in keys], dtype=bool)
        if fresh.any():
            self._add(demand[fresh], geometries[fresh], [key for key, new in zip(keys, fresh, strict=True) if new])
        return [self._seen[key] for key in keys]

    def _add(self, demand: Any, geometries: Any, keys: list[tuple[str, str, bytes]]) -> None:
        start = len(self.id)
        self._seen.update({key: start + rank for rank, key in enumerate(keys)})
        areal = np.isin(shapely.get_type_id(geometries), [3, 6])
        km2 = demand.geometry.to_crs("+proj=cea +lat_ts=0").area.to_numpy(float) / 1e6
        self.id += demand["demand_id"].to_list()
        self.name += demand["name"].to_list()
        self.kind += demand["class"].to_list()
        self.level += demand["level"].to_list()
        self.xy += shapes.points(geometries)
        drawn = iter(shapes.areas(geometries[areal]))
        self.area += [next(drawn) if is_area else None for is_area in areal]
        self.km2 += [round(float(size), 4) if is_area else None for size, is_area in zip(km2, areal, strict=True)]

    def as_json(self) -> dict[str, Any]:
        """The columns."""
        return {key: getattr(self, key) for key in ("id", "name", "kind", "level", "xy", "area", "km2")}
