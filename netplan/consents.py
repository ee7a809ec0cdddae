"""What it costs to be approved by the owners of pipes, poles and ducts: once for each owner whose assets are used."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from netplan.catalogue.schema import Medium
from netplan.costs import ITEM_COLUMNS, Economics
from netplan.project.schema import Project

APPROVAL_UNIT = "approval"
"""Unit of the items of project-wide cost that are paid for an approval."""
APPROVAL_CATEGORY = "backhaul"


def approval_fees(
    owners: pd.Series, mediums: pd.Series, project: Project, media: Mapping[str, Medium], economics: Economics
) -> pd.Series:
    """Fee of each link (n): a label of what is paid, '' where nothing is. Links with one label share one payment.

    A sum that the project states for an owner (`approval.<owner>.cost`) is paid once for all of its assets; the
    catalogue's is paid once for each owner and medium.

    Args:
        owners: per link, '' where nobody has to consent.
        mediums: per link, ids of `media`.
    """
    labels = pd.Series("", index=owners.index, dtype=object)
    pairs = pd.DataFrame({"owner": owners.astype(str), "medium": mediums.astype(str)})
    for owner, medium in pairs.drop_duplicates().itertuples(index=False, name=None):
        if owner and approval_cost(owner, medium, project, media, economics) > 0:
            mine = (pairs["owner"] == owner) & (pairs["medium"] == medium)
            labels[mine] = approval_item(owner, medium, project, media)
    return labels


def approval_cost(
    owner: str, medium: str, project: Project, media: Mapping[str, Medium], economics: Economics
) -> float:
    """What is paid once to have cable of a medium approved by an owner, in the project's currency."""
    stated = project.approval.get(owner)
    if stated is not None and stated.cost is not None:
        return stated.cost
    usual = media[medium].approval
    return 0.0 if usual is None else economics.price(usual.cost)


def approval_item(owner: str, medium: str, project: Project, media: Mapping[str, Medium]) -> str:
    """The name of the payment in the plan."""
    stated = project.approval.get(owner)
    whole = stated is not None and stated.cost is not None
    return f"Approval by {owner}" if whole else f"Approval by {owner}: {media[medium].label}"


def approval_items(
    owners: pd.Series, mediums: pd.Series, project: Project, media: Mapping[str, Medium], economics: Economics
) -> pd.DataFrame:
    """One item (ITEM_COLUMNS) for each payment that these links bring; by name. Approvals are never renewed."""
    labels = approval_fees(owners, mediums, project, media, economics)
    rows = []
    for label in sorted(set(labels) - {""}):
        first = labels.index[labels == label][0]
        cost = approval_cost(str(owners[first]), str(mediums[first]), project, media, economics)
        rows.append((label, label, APPROVAL_CATEGORY, 1.0, APPROVAL_UNIT, cost, 0.0, np.nan, 0.0))
    items = pd.DataFrame(rows, columns=ITEM_COLUMNS)
    return items.assign(npv=economics.npv(items["capex"].to_numpy(float), 0.0, np.nan, APPROVAL_CATEGORY))
