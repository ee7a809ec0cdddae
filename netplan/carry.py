"""A written plan in the arrays of another scenario of its project: what stands at the same place is the same."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy import sparse
from scipy.optimize import linprog

from netplan.parts import FloatArray, IntArray
from netplan.planner import Earlier
from netplan.plans import Plan
from netplan.problem import Indexed

NEAR_M = 1.0
"""Places and routes this near are the same."""


def carried_over(indexed: Indexed, options: pd.DataFrame, edges: gpd.GeoDataFrame, plan: Plan) -> Earlier:
    """What the plan builds, as far as it is offered here. Ids are of one scenario, so equipment is known by its
    technology and place, and links by their medium, capacity and route.

    Args:
        indexed: the arrays of this scenario and the ids behind them.
        options: its options table (`technology, x_m, y_m`).
        edges: its backhaul edges.
        plan: of another scenario, in the same CRS.
    """
    service = plan.service
    known = same_options(options, plan.equipment)
    column = indexed.option_ids.get_indexer(pd.Index([known.get(key, "") for key in service["option_id"]]))
    row = indexed.demand_ids.get_indexer(pd.Index(service["demand_id"]))
    kept = (row >= 0) & (column >= 0)
    served = _on_parts(indexed, row[kept], column[kept], service["share"].to_numpy(float)[kept])
    built = np.ones(len(indexed.edge_ids), bool)  # what hands over at a PoP of limited capacity costs nothing
    built[: len(edges)] = same_edges(edges, plan.links)
    return Earlier(served, built)


def _on_parts(indexed: Indexed, row: IntArray, column: IntArray, share: FloatArray) -> sparse.csr_array:
    """Shares of demand rows as shares of their parts (parts × options), each part served at most wholly.

    A linear program puts as much as possible of each share on the parts that the option reaches: all of it, where the
    plan keeps to them.
    """
    shape = len(indexed.parts.row), len(indexed.option_ids)
    part, option, most = indexed.arrays["service_max"]
    pair = pd.Index(row * shape[1] + column).get_indexer(pd.Index(indexed.parts.row[part] * shape[1] + option))
    part, option, most, pair = (values[pair >= 0] for values in (part, option, most, pair))
    weight, k = indexed.portion[part], np.arange(len(part))
    if not len(part):
        return sparse.csr_array(shape)
    at_most: Any = sparse.vstack(
        [
            sparse.csr_array((weight, (pair, k)), shape=(len(row), len(k))),
            sparse.csr_array((weight, (part, k)), shape=(shape[0], len(k))),
        ]
    )
    room = np.append(share, indexed.portion)
    found = linprog(-weight, A_ub=at_most, b_ub=room, bounds=[(0.0, float(one)) for one in most], method="highs")
    given = np.zeros(len(k)) if found.x is None else np.clip(found.x, 0.0, most)  # none: nothing is carried over
    return sparse.csr_array(sparse.coo_array((given, (part, option)), shape=shape))


def same_options(options: pd.DataFrame, equipment: gpd.GeoDataFrame) -> dict[str, str]:
    """Option ids of the plan -> those of the same technology at the same place here, in the order of their ids."""

    def keyed(ids: pd.Index, technology: pd.Series, x: npt.ArrayLike, y: npt.ArrayLike) -> pd.DataFrame:
        place = pd.DataFrame({"technology": technology.to_numpy(), "x": np.rint(x), "y": np.rint(y), "id": ids})
        place = place.sort_values("id")
        place["number"] = place.groupby(["technology", "x", "y"]).cumcount()
        return place

    there = keyed(pd.Index(equipment["option_id"]), equipment["technology"], equipment.geometry.x, equipment.geometry.y)
    here = keyed(options.index, options["technology"], options["x_m"], options["y_m"])
    both = there.merge(here, on=["technology", "x", "y", "number"], suffixes=("_there", "_here"))
    return dict(zip(both["id_there"], both["id_here"], strict=True))


def same_edges(edges: gpd.GeoDataFrame, links: gpd.GeoDataFrame) -> npt.NDArray[np.bool_]:
    """Edges that run wholly along a link of the plan with their medium and capacity; hops from end to end of one.

    Cable may be cut into other pieces here than in the plan, a hop is one piece: one that ends halfway is another.
    """
    built = np.zeros(len(edges), bool)
    lines, routes = edges.geometry.to_numpy(), links.geometry.to_numpy()
    if not len(lines) or not len(routes):
        return built
    edge, link = shapely.STRtree(shapely.buffer(routes, NEAR_M)).query(lines, predicate="within")
    capacity = [
        np.nan_to_num(table["capacity_mbps"].to_numpy(float), nan=np.inf, posinf=np.inf) for table in (edges, links)
    ]
    alike = edges["medium"].to_numpy()[edge] == links["medium"].to_numpy()[link]
    alike &= np.isclose(capacity[0][edge], capacity[1][link])
    hop = ((edges["site_a"] != "") | (edges["site_b"] != "")).to_numpy()[edge]
    alike &= ~hop | (shapely.length(routes[link]) - shapely.length(lines[edge]) < 2 * NEAR_M)
    built[edge[alike]] = True
    return built
