"""The order of the stages up to the arrays of the problem: the only place that knows it (`planning` goes on)."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from netplan.backhaul import build_backhaul
from netplan.candidates import build_sites
from netplan.carry import same_options
from netplan.catalogue import load_catalogue, select
from netplan.catalogue.schema import Catalogue
from netplan.costs import Economics
from netplan.demand import build_demand, of_market_share, stated_service, with_baseline
from netplan.errors import Fault, InputError
from netplan.inputs import read_inputs
from netplan.outlays import check_fees, fixed_items, left_to_spend
from netplan.plans import Plan
from netplan.problem import Indexed, ruled
from netplan.project import LoadedProject
from netplan.project.opened import check_levers, idle_levers, open_grounds, opened
from netplan.project.parties import check_parties, own_towers, party_catalogue
from netplan.project.schema import Project
from netplan.radio import (
    BEST_SERVER_TITLE,
    Band,
    asked_radios,
    best_servers,
    build_hops,
    build_options,
    existing_service,
    within_walk,
    write_geotiff,
)
from netplan.tables import Backhaul, Demand, Hops, Inputs, Options, Sites
from netplan.valuation import economics_of

Say = Callable[[str], None]
COVERAGE_FILE = "coverage.tif"


@dataclass
class Clock:
    """Seconds spent in each stage."""

    seconds: dict[str, float] = field(default_factory=dict)
    say: Say = lambda text: None

    def run(self, stage: str, work: Callable[[], Any]) -> Any:
        """Do a stage, and note how long it took."""
        self.say(stage)
        started = time.monotonic()
        result = work()
        self.seconds[stage] = round(self.seconds.get(stage, 0.0) + time.monotonic() - started, 2)
        return result


@dataclass(frozen=True)
class District:
    """Everything known about one scenario before the planner sees it."""

    loaded: LoadedProject
    catalogue: Catalogue
    """What the plan may build."""
    whole: Catalogue
    """The same and all that the project does not name: what stands today may be of any technology."""
    economics: Economics
    inputs: Inputs
    demand: Demand
    sites: Sites
    options: Options
    hops: Hops
    backhaul: Backhaul
    indexed: Indexed
    seconds: dict[str, float]
    fixed: pd.DataFrame
    """Items of the project as a whole, paid whatever is built (agreements between operators, spectrum): a constant
    that the problem does not hold."""
    notes: tuple[str, ...] = ()

    @property
    def warnings(self) -> tuple[str, ...]:
        """Warnings of every stage, in order, each once."""
        stages = (self.inputs, self.demand, self.sites, self.options, self.hops, self.backhaul)
        said = [*(text for stage in stages for text in stage.warnings), *self.notes]
        known, unseen = (int(self.hops.table.attrs.get(key, 0)) for key in ("dropped", "unseen"))
        if known:
            said.append(
                f"{known:,} microwave hops and grades of radio are left out beforehand (farther partners, "
                "dearer radios that carry little more): the bound is that of the problem without them"
            )
        if unseen:
            said.append(
                f"{unseen:,} pairs of sites within reach of a microwave hop are left out unseen, beyond the nearest "
                "partners of both: the bound is that of the problem without them"
            )
        return tuple(dict.fromkeys(said))

    @property
    def dropped(self) -> int:
        """Candidates left out by rules of thumb: hops, grades of radio, and pairs that nobody looked at."""
        return sum(int(self.hops.table.attrs.get(key, 0)) for key in ("dropped", "unseen"))


def catalogue_of(loaded: LoadedProject) -> tuple[Catalogue, Catalogue]:
    """The shipped catalogue with the project's own entries over it, and that narrowed to what the project names.

    What stands today may be of any technology, what the plan builds only of those that the project names.

    Raises:
        InputError: for unknown ids of technologies or levers.
    """
    project = loaded.project
    catalogue = load_catalogue([loaded.folder / folder for folder in project.models])
    check_levers(loaded, catalogue)
    catalogue = open_grounds(catalogue, project)
    return catalogue, select(catalogue, project.technologies)


def check_entries(scenarios: Sequence[LoadedProject]) -> None:
    """That every scenario names entries that the catalogue has, so that none is planned beside one that has not.

    Raises:
        InputError: with the faults of all of them, each told once.
    """
    faults: list[Fault] = []
    for each in scenarios:
        try:
            catalogue_of(each)
        except InputError as error:
            faults += [fault for fault in error.faults if fault not in faults]
    if faults:
        raise InputError(faults)


def describe(loaded: LoadedProject, say: Say = lambda text: None, conditional: bool = False) -> District:
    """Every stage up to the arrays of the problem.

    `conditional`: keep the links that matter only when an owner of pipes, poles or ducts refuses (a larger problem).
    """
    clock = Clock(say=say)
    loaded = opened(loaded)
    project = loaded.project
    whole, catalogue = catalogue_of(loaded)
    economics = economics_of(project, catalogue)
    inputs = clock.run("inputs", lambda: read_inputs(loaded))
    check_parties(project, whole, inputs.towers, loaded.file.name)
    check_fees(project, inputs, loaded.file.name)
    if loaded.party is not None:
        catalogue = party_catalogue(catalogue, loaded.party)
    # what stands today and what is built are reckoned alike, so both catalogues
    whole, catalogue = (asked_radios(entries, project, inputs) for entries in (whole, catalogue))
    asked = clock.run("demand", lambda: build_demand(inputs, project))
    everybody = clock.run("baseline", lambda: served_today(inputs, asked, whole, project, economics))
    demand = of_market_share(everybody, project.market_share)
    if loaded.party is not None:
        inputs = replace(inputs, towers=own_towers(inputs.towers, loaded.party))
    # what is forbidden is taken out at the end, so that ids do not hang on it
    free = project.model_copy(update={"forbid": ()})
    sites = clock.run("candidates", lambda: build_sites(inputs, demand, free, catalogue, economics))
    options = clock.run("radio", lambda: build_options(inputs, demand, sites, catalogue, project, economics, whole))
    hops = clock.run("radio", lambda: build_hops(inputs, sites, catalogue, project, economics))
    backhaul = clock.run(
        "backhaul", lambda: build_backhaul(inputs, sites, hops, catalogue, project, economics, conditional)
    )
    if project.community is not None:
        options = within_walk(options, demand, catalogue, project.community.reach_m)
    _way_out(loaded, options, backhaul)
    fixed = fixed_items(loaded, catalogue, demand, economics)
    left = project.model_copy(update={"budget": left_to_spend(loaded, fixed)})
    parts = clock.run(
        "problem", lambda: ruled(left, loaded.file.name, inputs, demand, sites, options, backhaul, catalogue, economics)
    )
    options, backhaul, indexed = parts
    columns = () if inputs.roads is None else tuple(map(str, inputs.roads.columns))
    return District(
        loaded, catalogue, whole, economics, inputs, demand, sites, options, hops, backhaul, indexed, clock.seconds,
        fixed, tuple(idle_levers(project, whole, columns)),
    )  # fmt: skip


def served_today(inputs: Inputs, demand: Demand, whole: Catalogue, project: Project, economics: Economics) -> Demand:
    """The demand with its baseline: as `existing.service` states it, else worked out from towers with technologies.

    It depends on no lever, so it is the same in every scenario that has the same demand and layers.

    Raises:
        InputError: a layer names a technology that the catalogue does not have.
    """
    if inputs.service is not None or inputs.service_rate is not None:
        stated = stated_service(inputs, demand, whole)
        if inputs.towers is not None and (inputs.towers["technologies"] != "").any():
            said = "existing.service states what is served today: the technologies of towers are not counted to it"
            stated = replace(stated, warnings=(*stated.warnings, said))
        return with_baseline(demand, stated)
    return with_baseline(demand, existing_service(inputs, demand, whole, project, economics))


def _way_out(loaded: LoadedProject, options: Options, backhaul: Backhaul) -> None:
    """Traffic must be able to leave: over a PoP, a gateway in the sky, or options that need no backhaul.

    Raises:
        InputError: there is none of these, so no target can ever be met.
    """
    if backhaul.roots or not options.table["needs_backhaul"].all() or not any(loaded.project.targets.values()):
        return
    raise InputError(
        Fault(
            f"{loaded.file.name}: existing.pops",
            "no way out for traffic: no point of presence, and no technology "
            "among those named hands traffic over by itself",
            "name a layer of points of presence, or allow a satellite technology or backhaul",
        )
    )


def write_coverage(district: District, plan: Plan, folder: Path) -> Path:
    """Writes `coverage.tif` into a plan's folder, of the equipment switched on.

    Bands: best downlink rate (Mbit/s); its server, as the place in the file's tag `servers` (a JSON list of
    option ids of the plan, from 0); its signal (dBm).
    """
    known = same_options(district.options.table, plan.equipment)  # ids may be those of a scenario with fewer levers
    chosen_options = district.options.table.index.isin(list(known.values()))
    named = {here: there for there, here in known.items()}
    best = best_servers(
        district.inputs, district.sites.points, district.options.table[chosen_options], district.catalogue
    )
    path = folder / COVERAGE_FILE
    write_geotiff(
        best.rate_mbps,
        district.inputs.crs,
        path,
        title=BEST_SERVER_TITLE,
        unit="Mbit/s",
        further=[
            Band(best.server, "best server: place in the tag `servers`, from 0", ""),
            Band(best.signal_dbm, "median received power of the best server, margins left out", "dBm"),
        ],
        tags={"servers": json.dumps([str(named[key]) for key in best.options])},
    )
    return path


def scenario_folder(out: Path, loaded: LoadedProject) -> Path:
    """Where a scenario's plan is written."""
    return out / loaded.scenario
