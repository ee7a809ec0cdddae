"""Approvals as fixed charges: a place of no node that every link of its owner needs open, and that is paid once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from netplan.catalogue.schema import Medium
from netplan.consents import approval_fees, approval_items
from netplan.costs import Economics, total_by_row
from netplan.problem.assemble import Indexed
from netplan.project.schema import Project
from netplan.tables import Backhaul


def with_approvals(
    indexed: Indexed, backhaul: Backhaul, project: Project, media: Mapping[str, Medium], economics: Economics
) -> Indexed:
    """The problem with what owners are paid once for approval: b_e ≤ z_a for every link e that approval a covers.

    Approvals stand behind the sites in `site_cost` and `site_node` (−1), in the order of `approvals`; links name them
    in the column of `edge_site` that they leave free.

    Raises:
        ValueError: a link that needs an approval stands on two sites already.
    """
    edges = backhaul.edges
    if "owner" not in edges or not (edges["owner"] != "").any():
        return indexed
    labels = approval_fees(edges["owner"], edges["medium"], project, media, economics)
    items = approval_items(edges["owner"], edges["medium"], project, media, economics)
    if not len(items):
        return indexed
    names = pd.Index(items["row_id"], dtype=object)
    arrays = dict(indexed.arrays)
    first = len(arrays["site_cost"])
    stand = np.array(arrays["edge_site"], np.int64)
    mine = np.flatnonzero((labels != "").to_numpy(bool))
    column = (stand[mine] >= 0).sum(axis=1)
    if (column > 1).any():
        raise ValueError("a link that needs an approval stands on two sites already")
    stand[mine, np.where(stand[mine, 0] >= 0, 1, 0)] = first + names.get_indexer(pd.Index(labels.iloc[mine]))
    arrays["site_cost"] = np.append(arrays["site_cost"], total_by_row(items, names))
    arrays["site_node"] = np.append(arrays["site_node"], np.full(len(names), -1, np.int64))
    arrays["edge_site"] = stand
    of = dict(zip(labels.iloc[mine], edges["owner"].iloc[mine], strict=True))
    return replace(indexed, arrays=arrays, approvals=tuple((str(name), str(of[name])) for name in names))
