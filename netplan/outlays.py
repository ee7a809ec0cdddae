"""What a plan pays as a whole rather than for a site, a link or a premises."""

from __future__ import annotations

import difflib

import pandas as pd

from netplan.catalogue.schema import Catalogue
from netplan.consents import approval_items
from netplan.costs import Economics, price_items
from netplan.errors import Fault, InputError
from netplan.plans import project_items
from netplan.project import LoadedProject
from netplan.project.parties import agreement_items
from netplan.project.schema import Project
from netplan.tables import Backhaul, Demand, Inputs


def fixed_items(loaded: LoadedProject, catalogue: Catalogue, demand: Demand, economics: Economics) -> pd.DataFrame:
    """What agreements between operators and spectrum cost whatever is built."""
    lines = () if loaded.party is None else agreement_items(loaded.party, catalogue.levers)
    agreements = price_items(["agreement"] if lines else [], lines, {}, economics)
    holders = 1 if loaded.party is None else len(loaded.party.operators)
    spectrum = project_items(loaded.project.economics.spectrum, demand, economics, holders)
    full = [frame for frame in (agreements, spectrum) if len(frame)]
    return pd.concat(full, ignore_index=True) if full else agreements


def left_to_spend(loaded: LoadedProject, fixed: pd.DataFrame) -> float | None:
    """The budget less what is paid whatever is built.

    Raises:
        InputError: nothing is left.
    """
    budget = loaded.project.budget
    if budget is None or not len(fixed):
        return budget
    left = budget - float(fixed["npv"].sum())
    if left <= 0:
        found = f"{budget:,.0f}, all of it taken by project-wide costs of {budget - left:,.0f} (spectrum)"
        raise InputError(Fault(f"{loaded.file.name}: budget", found, "raise it, or mend `economics.spectrum`"))
    return left


def besides(
    fixed: pd.DataFrame, built: pd.Index, backhaul: Backhaul, loaded: LoadedProject, catalogue: Catalogue,
    economics: Economics,
) -> pd.DataFrame:  # fmt: skip
    """Project-wide items of a plan: the fixed ones, and the approvals of owners whose assets carry what is built.

    Args:
        fixed: from `fixed_items`.
        built: edge ids.
    """
    links = backhaul.edges.loc[built]
    if "owner" not in links:
        return fixed
    approvals = approval_items(links["owner"], links["medium"], loaded.project, catalogue.media, economics)
    full = [frame for frame in (fixed, approvals) if len(frame)]
    return pd.concat(full, ignore_index=True) if full else fixed


def check_fees(project: Project, inputs: Inputs, file: str) -> None:
    """Whether those whom the project pays for approval own anything in its layers.

    Raises:
        InputError: a sum is stated for somebody who owns nothing; all of them at once.
    """
    layers = (inputs.water_pipes, inputs.power_lines, inputs.ducts, inputs.railways)
    owners = {str(name) for layer in layers if layer is not None and "owner" in layer for name in layer["owner"]}
    known = sorted(owners - {""})
    faults = []
    for name, stated in project.approval.items():
        unnamed = name.startswith("owner of ")  # links in pipes whose layer names no owner
        if stated.cost is not None and name not in owners and not unnamed:
            close = difflib.get_close_matches(name, known, n=1)
            to_do = f"did you mean {close[0]!r}?" if close else f"owners in the layers: {', '.join(known) or 'none'}"
            faults.append(Fault(f"{file}: approval.{name}.cost", "no asset in the layers has this owner", to_do))
    if faults:
        raise InputError(faults)
