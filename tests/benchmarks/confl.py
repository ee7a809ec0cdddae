"""Connected facility location, composed of a facility location and a Steiner tree instance.

Connected facility location asks for facilities to open, a facility for every customer, and a tree that joins the open
facilities to a root; Gollowitzer & Ljubić (Computers & Operations Research 38, 2011) test it on instances made of two
published ones: the facilities, opening and serving costs of a facility location instance, and the graph of a Steiner
tree instance whose first nodes carry the facilities. Here facility k of an OR-Library `cap` file stands on node k of a
SteinLib C graph, the graph's first terminal is the root, capacities are left aside, and the graph's other terminals
are plain nodes. A facility on the root is joined for nothing.

The two files count in different money (a warehouse costs thousands, an edge 1 to 10). Edge costs are therefore
multiplied so that an edge costs on average a tenth of what a facility does: paths of some ten edges, opening costs
and serving costs then weigh alike, and neither half of the problem is idle. No optimum is published for this make-up.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np

from netplan.planner import Problem

from .readers_location import read_cap
from .readers_steiner import read_stp

EDGE_TO_FACILITY = 0.1
PAIRS = (
    ("cap71", "c01"),
    ("cap101", "c05"),
    ("cap102", "c10"),
    ("cap131", "c05"),
    ("cap131", "c10"),
    ("cap132", "c15"),
    ("cap134", "c20"),
)


def compose(cap: Path, stp: Path) -> Problem:
    """The instance made of a `cap` file and an `.stp` file."""
    location, graph = read_cap(cap, capacitated=False), read_stp(stp)
    m = len(location.option_cost)
    opening = location.option_cost
    scale = EDGE_TO_FACILITY * float(opening[opening > 0].mean()) / float(graph.cost.mean())
    return Problem.of(
        **{field.name: getattr(location, field.name) for field in dataclasses.fields(location)}
        | {
            "option_site": np.arange(m),
            "option_needs_backhaul": np.ones(m, bool),
            "site_cost": np.zeros(m),
            "site_node": np.arange(m),
            "edge_tail": graph.tail,
            "edge_head": graph.head,
            "edge_cost": np.round(graph.cost * scale, 3),
            "edge_capacity": None,
            "edge_site": None,
            "roots": graph.terminals[:1],
            "limit_site": None,
            "limit_edge": None,
        }
    )
