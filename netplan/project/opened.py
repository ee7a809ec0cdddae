"""What a scenario opens: levers that it imposes are open too, and classes of ground count only where theirs is."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

from netplan.catalogue.read import nearest
from netplan.catalogue.schema import Catalogue, Medium
from netplan.errors import Fault, InputError
from netplan.project.read import BASE, LoadedProject
from netplan.project.schema import Project


def opened(loaded: LoadedProject) -> LoadedProject:
    """The project with what it imposes opened, too."""
    project = loaded.project
    sharing = tuple(dict.fromkeys((*project.sharing, *project.impose)))
    return replace(loaded, project=project.model_copy(update={"sharing": sharing}))


def check_levers(loaded: LoadedProject, catalogue: Catalogue) -> None:
    """Every lever is one of the catalogue.

    Raises:
        InputError: naming each that is not, with the nearest that is.
    """
    of = "" if loaded.scenario == BASE else f" (scenario {loaded.scenario})"
    faults = [
        Fault(f"{loaded.file.name}: {key}{of}", f"unknown lever {name!r}", nearest(name, catalogue.levers))
        for key in ("sharing", "impose")
        for name in getattr(loaded.project, key)
        if name not in catalogue.levers
    ]
    if faults:
        raise InputError(faults)


def open_grounds(catalogue: Catalogue, project: Project) -> Catalogue:
    """The catalogue without the classes of ground whose lever is closed."""
    levers = {*project.sharing, *project.impose}
    media = {key: _open(medium, levers) for key, medium in catalogue.media.items()}
    return catalogue.model_copy(update={"media": media})


def _open(medium: Medium, levers: set[str]) -> Medium:
    grounds = {key: each for key, each in medium.grounds.items() if each.lever is None or each.lever in levers}
    return medium.model_copy(update={"grounds": grounds})


def idle_levers(project: Project, catalogue: Catalogue, roads: Collection[str]) -> Iterator[str]:
    """Warnings for levers that open nothing: operator models without operators, ground that no road's column tells.

    `roads`: columns of the layer of roads.
    """
    known = {column.casefold() for column in roads}
    for medium in catalogue.media.values():
        for ground in medium.grounds.values():
            if ground.lever in project.sharing and not known & {column.casefold() for column in ground.columns}:
                columns = " or ".join(f"`{column}`" for column in ground.columns)
                yield f"Sharing lever {ground.lever}: routes.roads has no column {columns}, so it opens nothing."
    if project.operators is not None and len(project.operators) > 1:
        return
    for key in project.sharing:
        if catalogue.levers[key].tenancy is not None:
            yield (
                f"Sharing lever {key}: an agreement between operators, and the project does not name two, so it opens "
                "nothing."
            )


def party_record(loaded: LoadedProject) -> dict[str, Any] | None:
    """Whose plan it is, as `resolved.yaml` holds it; None: everybody as one."""
    if loaded.party is None:
        return None
    return {
        "operators": [operator.name for operator in loaded.party.operators],
        "share": loaded.party.share,
        "levers": list(loaded.party.levers),
    }
