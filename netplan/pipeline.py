"""The order of the stages: the only place that knows it."""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from netplan.backhaul import build_backhaul
from netplan.candidates import build_sites
from netplan.carry import carried_over, same_options
from netplan.catalogue import load_catalogue, select
from netplan.catalogue.schema import Catalogue
from netplan.costs import Economics
from netplan.demand import build_demand, of_market_share, stated_service, with_baseline
from netplan.dishes import mended_warning, with_dishes
from netplan.errors import Fault, InputError
from netplan.inputs import read_inputs
from netplan.outlays import besides, check_fees, fixed_items, left_to_spend
from netplan.planner import Problem, Solution, TracePoint, serving_whom_it_can, solve
from netplan.plans import Chosen, Plan, Provenance, better, build_plan
from netplan.plans.overlap import overlap_warning
from netplan.plans.unfilled import unfilled_warning
from netplan.problem import Indexed, ruled
from netplan.project import LoadedProject
from netplan.project.opened import check_levers, idle_levers, open_grounds, opened, party_record
from netplan.project.parties import check_parties, own_towers, owners_of_sites, party_catalogue
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
PACKAGES = ("netplan", "ortools", "highspy", "geopandas", "rasterio", "numpy", "scipy")


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


def plan_district(
    district: District,
    *,
    gap: float | None = None,
    time_limit_s: float | None = None,
    threads: int | None = None,
    seed: int | None = None,
    on_progress: Callable[[TracePoint], None] | None = None,
    earlier: Plan | None = None,
) -> Plan:
    """Solve and put the answer back into the district's tables. The plan's status says whether there is one.

    `earlier`: a plan of another scenario of the project; the search starts from its equipment and links where they
    exist here, and where it has fewer levers and stays cheaper it is the plan of this scenario, too.
    """
    solver = district.loaded.project.solver
    problem = Problem.of(**district.indexed.arrays)
    wanted = solver.gap if gap is None else gap
    search = partial(
        solve,
        gap=wanted,
        threads=solver.threads if threads is None else threads,
        seed=solver.seed if seed is None else seed,
    )
    offered = problem
    problem, solution = with_dishes(
        problem,
        district.indexed.dishes,
        lambda problem, seconds, start, tell: search(problem, time_limit_s=seconds, earlier=start, on_progress=tell),
        gap=wanted,
        time_limit_s=solver.time_limit_s if time_limit_s is None else time_limit_s,
        earlier=None
        if earlier is None
        else carried_over(district.indexed, district.options.table, district.backhaul.edges, earlier),
        on_progress=on_progress,
    )
    solution = serving_whom_it_can(problem, solution)
    seconds = district.seconds | {"planner": round(solution.seconds, 2)}  # kernels are compiled before
    choice = chosen(district, problem, solution)
    plan = build_plan(
        choice,
        district.demand,
        district.sites,
        district.options,
        district.backhaul,
        district.loaded.project,
        _with_standing(district),
        district.economics,
        replace(
            _provenance(district, problem, solver.seed if seed is None else seed, seconds),
            warnings=[
                *district.warnings,
                *overlap_warning(choice.served, district.options.service, district.demand.points),
                *unfilled_warning(solution.unfilled),
                *mended_warning(offered, problem),
            ],
        ),
        besides(
            district.fixed,
            pd.Index(choice.edges_built["edge_id"]),
            district.backhaul,
            district.loaded,
            district.catalogue,
            district.economics,
        ),
    )
    return better(plan, earlier)


def _with_standing(district: District) -> Catalogue:
    """The catalogue that the plan leans on: what it may build, and the technologies that serve people today."""
    technologies = {**district.whole.technologies, **district.catalogue.technologies}
    return district.catalogue.model_copy(update={"technologies": technologies})


def chosen(district: District, problem: Problem, solution: Solution) -> Chosen:
    """The solution by ids. Shares become shares of the whole demand, what is served today included elsewhere."""
    indexed = district.indexed
    served = solution.served.tocoo()
    keep = served.data > 1e-9
    frame = pd.DataFrame(
        {
            "demand_id": indexed.demand_ids[indexed.parts.row[served.row[keep]]],
            "option_id": indexed.option_ids[served.col[keep]],
            "share": served.data[keep] * indexed.portion[served.row[keep]],
        }
    )
    frame = frame.groupby(["demand_id", "option_id"], as_index=False, sort=False).sum()
    real = len(district.backhaul.edges)
    built = np.flatnonzero(solution.edge_built[:real])
    edges = pd.DataFrame({"edge_id": indexed.edge_ids[built], "load_mbps": np.abs(solution.edge_flow[built])})
    shortfall = {
        name: float(short) for name, short in zip(indexed.target_classes, solution.shortfall, strict=False) if short > 0
    }
    finite = np.isfinite(solution.objective)
    constant = float(district.fixed["npv"].sum())
    cost, bound = float(solution.objective) + constant, float(solution.bound) + constant
    return Chosen(
        site_open=list(indexed.site_ids[solution.site_open[: len(indexed.site_ids)]]),
        option_open=list(indexed.option_ids[solution.option_open]),
        served=frame,
        edges_built=edges,
        objective=cost if finite else None,
        bound=bound if np.isfinite(bound) else None,
        gap=_gap(cost, bound, float(solution.gap), constant),
        status=solution.status,
        stopped_by=solution.stopped_by,
        mode="target" if problem.budget is None else "budget",
        stages=[_stage(vars(stage), constant) for stage in solution.stages],
        shortfall=shortfall or None,
        binding=_binding(indexed, solution, district.loaded.project.budget),
    )


def _gap(cost: float, bound: float, gap: float, constant: float) -> float | None:
    """The gap with the constant in it; None where it is not known."""
    if not np.isfinite(gap):
        return None
    return gap if not constant else max(0.0, cost - bound) / max(abs(cost), 1e-9)


def _stage(stage: dict[str, Any], constant: float) -> dict[str, Any]:
    """A stage of the solve with the constant in what is money."""
    if not constant or stage["objective"] != "cost":
        return dict(stage)
    cost, bound = stage["value"] + constant, stage["bound"] + constant
    return {**stage, "value": cost, "bound": bound, "gap": _gap(cost, bound, stage["gap"], constant)}


def _binding(indexed: Indexed, solution: Solution, budget: float | None) -> dict[str, list[str]] | None:
    """Capacities that keep an infeasible plan from its targets, by id, and the budget, by its sum."""
    named = {
        "options": (indexed.option_ids, solution.binding_option),
        "links": (indexed.edge_ids, solution.binding_edge[: len(indexed.edge_ids)]),
    }
    found = {name: [str(key) for key in ids[flags]] for name, (ids, flags) in named.items() if flags.any()}
    if solution.binding_budget:
        found["budget"] = [f"{budget:.0f}"]
    return found or None


def _provenance(district: District, problem: Problem, seed: int, seconds: dict[str, float]) -> Provenance:
    """Where the plan comes from."""
    demands, options, sites, edges = problem.shape
    return Provenance(
        project_folder=district.loaded.folder,
        scenario=district.loaded.scenario,
        seed=seed,
        inputs=district.inputs.files,
        licences=district.inputs.licences,
        planned_on=date.today().isoformat(),
        versions={"python": platform.python_version()} | {name: version(name) for name in PACKAGES},
        warnings=district.warnings,
        seconds=seconds,
        problem={
            "demand": demands,
            "options": options,
            "sites": sites,
            "edges": edges,
            "service": int(problem.service_use.nnz),
            "dropped": district.dropped,
            "sites_proposed": district.sites.proposed,
            "sites_dropped": district.sites.dropped,
        },
        assumptions=district.loaded.project.assumptions,
        party=party_record(district.loaded),
        owners=owners_of_sites(
            district.sites.points,
            district.inputs.towers,
            district.loaded.project.operators or (),
            district.loaded.project.existing.tower_cluster_m,
        ),
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
