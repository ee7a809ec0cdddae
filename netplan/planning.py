"""From the arrays of a district to its plan: solve, and put the answer back into the tables."""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd

from netplan.carry import carried_over
from netplan.catalogue.schema import Catalogue
from netplan.dishes import mended_warning, with_dishes
from netplan.outlays import besides
from netplan.pipeline import District
from netplan.planner import Problem, Solution, TracePoint, serving_whom_it_can, solve
from netplan.plans import Chosen, Plan, Provenance, better, build_plan
from netplan.plans.overlap import overlap_warning
from netplan.plans.unfilled import unfilled_warning
from netplan.problem import Indexed
from netplan.project.opened import party_record
from netplan.project.parties import owners_of_sites

PACKAGES = ("netplan", "ortools", "highspy", "geopandas", "rasterio", "numpy", "scipy")


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
