"""The raw graph as parallel arrays, and the builder that collects it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from pyproj import CRS, Geod, Transformer

FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]
ObjectArray: TypeAlias = npt.NDArray[np.object_]

PER = ("km", "span", "make-ready", "access-point", "valve", "meter", "bypass", "bend", "unit")
"""What the cost lines of a medium may count; columns of `quantity` and `weighted`."""

JUNCTION, ACCESS, SITE, POP, GATEWAY = "junction", "access-point", "site", "pop", "gateway"
TERMINALS = (SITE, POP, GATEWAY)


@dataclass(frozen=True)
class Graph:
    """Nodes and undirected edges. n nodes, m edges."""

    xy: FloatArray
    kind: ObjectArray
    label: ObjectArray
    """node id of sites, pops and gateways; '' otherwise"""
    tail: IntArray
    head: IntArray
    medium: ObjectArray
    length_m: FloatArray
    """geodesic"""
    capacity_mbps: FloatArray
    site_a: ObjectArray
    site_b: ObjectArray
    owner: ObjectArray
    """the utility whose consent an edge needs, '' if nobody's"""
    quantity: FloatArray
    """(m, len(PER))"""
    weighted: FloatArray
    """(m, len(PER)): quantity times the ground's multiplier, summed along the edge"""
    coords: list[FloatArray]

    def take(self, edges: npt.NDArray[np.bool_] | IntArray) -> Graph:
        """The graph with these edges only (all nodes stay)."""
        index = np.flatnonzero(edges) if edges.dtype == bool else edges
        return replace(
            self,
            tail=self.tail[index],
            head=self.head[index],
            medium=self.medium[index],
            length_m=self.length_m[index],
            capacity_mbps=self.capacity_mbps[index],
            site_a=self.site_a[index],
            site_b=self.site_b[index],
            owner=self.owner[index],
            quantity=self.quantity[index],
            weighted=self.weighted[index],
            coords=[self.coords[i] for i in index],
        )

    def is_terminal(self) -> npt.NDArray[np.bool_]:
        """Per node: a site, PoP or gateway."""
        return np.isin(self.kind.astype(str), TERMINALS)


def geodesic_m(coords: list[FloatArray], crs: CRS) -> FloatArray:
    """Length of each polyline on the WGS 84 ellipsoid, metres."""
    if not coords:
        return np.empty(0)
    flat = np.concatenate(coords)
    lon, lat = Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform(flat[:, 0], flat[:, 1])
    _, _, step = Geod(ellps="WGS84").inv(lon[:-1], lat[:-1], lon[1:], lat[1:])
    owner = np.repeat(np.arange(len(coords)), [len(c) for c in coords])
    inside = owner[1:] == owner[:-1]
    return np.bincount(owner[1:][inside], weights=np.asarray(step)[inside], minlength=len(coords)).astype(float)


@dataclass
class Draft:
    """Collects nodes and edges while the layers are read; `graph()` freezes it."""

    crs: CRS
    _nodes: list[tuple[FloatArray, ObjectArray, ObjectArray]] = field(default_factory=list)
    _count: int = 0
    _edges: list[Graph] = field(default_factory=list)

    def add_nodes(self, xy: FloatArray, kind: str | ObjectArray, labels: ObjectArray | None = None) -> IntArray:
        """Append nodes at (n, 2) positions; returns their numbers."""
        n = len(xy)
        kinds = np.full(n, kind, dtype=object) if isinstance(kind, str) else kind
        self._nodes.append((np.asarray(xy, float).reshape(-1, 2), kinds, _text(labels, n)))
        self._count += n
        return np.arange(self._count - n, self._count)

    def add_edges(
        self,
        tail: IntArray,
        head: IntArray,
        coords: list[FloatArray],
        medium: str | ObjectArray,
        *,
        length_m: FloatArray | None = None,
        counts: dict[str, FloatArray] | None = None,
        multiplier: npt.ArrayLike = 1.0,
        capacity_mbps: npt.ArrayLike = np.inf,
        site_a: ObjectArray | None = None,
        site_b: ObjectArray | None = None,
        owner: ObjectArray | None = None,
    ) -> None:
        """Append edges; `counts` gives the quantities of PER other than those left at zero."""
        n = len(tail)
        if n == 0:
            return
        quantity = np.zeros((n, len(PER)))
        for per, values in (counts or {}).items():
            quantity[:, PER.index(per)] = values
        empty = np.empty(0, dtype=object)
        self._edges.append(
            Graph(
                xy=np.empty((0, 2)),
                kind=empty,
                label=empty,
                tail=np.asarray(tail),
                head=np.asarray(head),
                medium=np.full(n, medium, dtype=object) if isinstance(medium, str) else medium,
                length_m=geodesic_m(coords, self.crs) if length_m is None else length_m,
                capacity_mbps=np.broadcast_to(np.asarray(capacity_mbps, float), (n,)).copy(),
                site_a=_text(site_a, n),
                site_b=_text(site_b, n),
                owner=_text(owner, n),
                quantity=quantity,
                weighted=quantity * np.broadcast_to(np.asarray(multiplier, float), (n,))[:, None],
                coords=list(coords),
            )
        )

    def graph(self) -> Graph:
        """Everything collected, as arrays."""
        text = np.empty(0, dtype=object)
        parts = self._edges

        def joined(name: str, empty: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
            return np.concatenate([getattr(p, name) for p in parts]) if parts else empty

        return Graph(
            xy=np.concatenate([n[0] for n in self._nodes]) if self._nodes else np.empty((0, 2)),
            kind=np.concatenate([n[1] for n in self._nodes]) if self._nodes else text,
            label=np.concatenate([n[2] for n in self._nodes]) if self._nodes else text,
            tail=joined("tail", np.empty(0, np.int64)).astype(np.int64),
            head=joined("head", np.empty(0, np.int64)).astype(np.int64),
            medium=joined("medium", text).astype(object),
            length_m=joined("length_m", np.empty(0)).astype(float),
            capacity_mbps=joined("capacity_mbps", np.empty(0)).astype(float),
            site_a=joined("site_a", text).astype(object),
            site_b=joined("site_b", text).astype(object),
            owner=joined("owner", text).astype(object),
            quantity=joined("quantity", np.empty((0, len(PER)))).astype(float),
            weighted=joined("weighted", np.empty((0, len(PER)))).astype(float),
            coords=[c for p in parts for c in p.coords],
        )


def _text(values: ObjectArray | None, n: int) -> ObjectArray:
    if values is None:
        return np.full(n, "", dtype=object)
    return np.asarray(values, dtype=object)
