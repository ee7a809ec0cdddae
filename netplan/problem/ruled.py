"""The problem of a scenario under what its project forbids, forces and imposes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from netplan.catalogue.schema import Catalogue
from netplan.costs import Economics
from netplan.errors import Fault, InputError
from netplan.problem.approvals import with_approvals
from netplan.problem.assemble import Indexed, assemble
from netplan.problem.rules import Named, banned, limits, named, unserved, without
from netplan.project.schema import Project
from netplan.tables import Backhaul, Demand, Inputs, Options, Sites


def ruled(
    project: Project,
    file: str,
    inputs: Inputs,
    demand: Demand,
    sites: Sites,
    options: Options,
    backhaul: Backhaul,
    catalogue: Catalogue,
    economics: Economics,
) -> tuple[Options, Backhaul, Indexed]:
    """What may be built, and the arrays, under what the project forbids, forces and imposes and owners are paid.

    Raises:
        InputError: `force` or `forbid` name what is not there, or the same twice.
    """
    faults: list[Fault] = []
    found: dict[str, Named | None] = {}
    for key, ids in (("forbid", project.forbid), ("force", project.force)):
        try:
            found[key] = named(ids, demand, sites, options, backhaul, f"{file}: {key}") if ids else None
        except InputError as error:
            faults += error.faults
    for twice in sorted(set(project.force) & set(project.forbid)):
        faults.append(Fault(f"{file}: force", f"{twice!r}, which forbid names too", "name it once"))
    if faults:
        raise InputError(faults)
    forbid, force = found["forbid"], found["force"]
    imposed = [catalogue.levers[key] for key in project.impose]
    ban = banned(imposed, inputs, sites, backhaul, catalogue, options) if imposed else None
    kept_options, kept_backhaul = options, backhaul
    for gone in (forbid, ban):
        if gone is not None:
            same = replace(
                gone,
                options=np.asarray(kept_options.table.index.isin(options.table.index[gone.options]), bool),
                edges=np.asarray(kept_backhaul.edges.index.isin(backhaul.edges.index[gone.edges]), bool),
            )
            kept_options, kept_backhaul = without(same, sites, kept_options, kept_backhaul)
    if forbid is not None:
        kept_options = unserved(forbid.demand, demand, kept_options)
    indexed = assemble(demand, sites, kept_options, kept_backhaul, dict(project.targets), project.budget)
    must = named(project.force, demand, sites, kept_options, kept_backhaul, f"{file}: force") if force else None
    limited = limits(indexed, must, sites, kept_options, kept_backhaul, catalogue)
    return kept_options, kept_backhaul, with_approvals(limited, kept_backhaul, project, catalogue.media, economics)
