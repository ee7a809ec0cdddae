"""Find the rows that a point violates: connectivity cuts, capacity cuts, opening rows."""

from __future__ import annotations

import numpy as np

from netplan.planner.blocks.capacity import opening
from netplan.planner.blocks.connectivity import cut_rows
from netplan.planner.blocks.traffic import capacity_cut
from netplan.planner.flow import paired, traffic_flow, violated_cuts
from netplan.planner.model import Model
from netplan.planner.problem import Floats
from netplan.planner.rows import Rows

VIOLATION = 1e-4


def connectivity_cuts(model: Model, point: Floats, most: int = 600, nested: int = 4) -> Rows:
    """Cuts Σ_{a into W} a ≥ w_s violated by `point`, the neediest sites first."""
    network, layout = model.network, model.layout
    need = point[layout.w : layout.b]
    sites = np.flatnonzero((need > 10 * VIOLATION) & (network.site_node > 0))
    sites = sites[np.argsort(-need[sites], kind="stable")]
    use = np.clip(point[layout.a : layout.load], 0.0, 1.0)
    ptr, arcs, head, reverse = paired(network.nodes, network.tail, network.head)
    capacity = np.concatenate([use, np.zeros(len(use))])
    flags, whose = violated_cuts(
        ptr, arcs, head, reverse, capacity, network.site_node[sites], need[sites], nested, most
    )
    seen: set[tuple[bytes, int]] = set()
    cuts = []
    for inside, index in zip(flags, whose, strict=True):
        key = (np.packbits(inside).tobytes(), int(index))
        if key not in seen:
            seen.add(key)
            cuts.append((inside, int(sites[index])))
    return cut_rows(network, layout, cuts)


def capacity_cuts(model: Model, point: Floats) -> Rows:
    """The capacity cut that `point` violates most, if its loads cannot reach the roots (0 or 1 row)."""
    network, layout, problem = model.network, model.layout, model.problem
    none = Rows.of([], [], [], np.zeros(0), np.zeros(0))
    if not model.capacitated:
        return none
    load = point[layout.load :]
    sites = np.flatnonzero((load > 1e-6) & (network.site_node > 0))
    built = np.clip(point[layout.b : layout.a], 0.0, 1.0)
    ceiling = np.minimum(problem.edge_capacity, model.site_load_max.sum())
    total = float(load[sites].sum())
    arrived, cut_off, _ = traffic_flow(
        network.nodes, network.edge_u, network.edge_v, ceiling * built, network.site_node[sites], load[sites]
    )
    if arrived >= total - max(1e-5 * total, 1e-4):
        return none
    row = capacity_cut(problem, network, layout, cut_off, model.site_load_max)
    activity = float(row.value @ point[row.col])
    return row if activity < -1e-7 else none


def opening_rows(model: Model, point: Floats, most: int = 4000) -> Rows:
    """Rows x_ij ≤ max_ij y_j violated by `point`, the worst first."""
    layout = model.layout
    share = model.problem.service_max.data
    excess = point[: layout.y] - share * point[layout.y + layout.x_option]
    entries = np.flatnonzero(excess > 10 * VIOLATION)
    if len(entries) > most:
        entries = np.sort(entries[np.argsort(-excess[entries], kind="stable")[:most]])
    return opening(model.problem, layout, entries)
