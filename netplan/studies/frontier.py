"""Least cost against coverage: the same district planned for a ladder of targets, each point with its bound."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from netplan.counted import beside, counted
from netplan.errors import Fault, InputError
from netplan.maps.frontier import draw_frontier
from netplan.maps.languages import LANGUAGES
from netplan.pipeline import District, Say, describe
from netplan.planner import TracePoint
from netplan.planning import plan_district
from netplan.plans import Plan
from netplan.problem import asking
from netplan.project import LoadedProject
from netplan.studies.limits import Limits
from netplan.studies.one_network import one_network

LEVELS = (0.4, 0.6, 0.8, 0.9, 0.95, 0.98, 1.0)
"""Parts of every target, closer together where the curve bends."""
MET = 1e-9
"""share of a class that may be missing of one that is asked for"""
COLUMNS_TEXT = (
    "kind level budget status people_asked share_asked people_served share_served cost_npv bound_npv gap "
    "capex opex_per_year sites plan_from added_people marginal_cost_per_person marginal_low marginal_high "
    "cost_of_next_percent people_bound seconds"
)
COLUMNS = COLUMNS_TEXT.split()


@dataclass(frozen=True)
class Point:
    """One point of the frontier: money as present value, people of the classes with a target.

    People are counted at home, or at shared places where the targets name no homes. Facilities are planned for but not
    counted, unless the targets name nothing else.
    """

    kind: str
    """target | budget."""
    level: float
    """Part of every target that is asked for; NaN under a budget."""
    budget: float
    status: str
    people_asked: float
    """Whom the targets of people's classes ask for, today's service included; NaN under a budget."""
    people_served: float
    people_total: float
    cost_npv: float
    """NaN where there is no plan."""
    bound_npv: float
    """No plan that meets this level costs less; under a budget −inf."""
    capex: float
    opex_per_year: float
    sites: int
    seconds: float
    plan_from: float
    """The level whose plan this is: one for more may cost less, and one for less serve more."""
    people_bound: float = math.nan
    """Under a budget: no plan within it serves more weight (people and facilities together)."""
    people_before: float = 0.0
    """Of `people_total`, those served today at no cost of the plan."""
    counts: str = "people"
    """What is counted: people, or facilities where the targets name nothing else."""
    beside: tuple[str, ...] = ()
    """Classes whose service is in the cost and in no count of people (`netplan.counted.beside`)."""
    asked: dict[str, float] = field(default_factory=dict)
    """Share of each class that is asked for; empty where that is not known."""
    achieved: dict[str, float] = field(default_factory=dict)
    """Share of each class that the plan serves, today's service included."""
    shortfall: dict[str, float] = field(default_factory=dict)
    """Where no plan meets the level: what is missing at least of each class."""


def frontier(
    loaded: LoadedProject,
    levels: Sequence[float] = LEVELS,
    budgets: Sequence[float] = (),
    limits: Limits = Limits(),
    *,
    say: Say = lambda text: None,
    on_progress: Callable[[TracePoint], None] | None = None,
) -> list[Point]:
    """Plan the district once for each level and each budget, from the most asked to the least.

    Each search starts from the plan of its neighbour that asks for more, which serves the lower level as it is; a bound
    of less is a bound of more. So cost and bound both rise with the level, whatever the time limit left open.

    Args:
        loaded: the project (of one scenario).
        levels: parts of every target, above 0; a share above 1 is asked as far as 1 goes.
        budgets: sums, each to serve as many as it can (no target).
        limits: when each search stops.

    Raises:
        InputError: a level or budget is not above 0, there is no target, the scenario names
            operators, or the project's input is wrong.
    """
    _checked(loaded, levels, budgets)
    district = describe(loaded, say=say)
    found: dict[float, Point] = {}
    earlier: Plan | None = None
    stated = dict(loaded.project.targets)
    for level in sorted(set(levels), reverse=True):
        say(f"level {level:g} of the targets")
        targets = {name: min(1.0, share * level) for name, share in loaded.project.targets.items()}
        plan = _planned(_asking(district, targets, None), limits, on_progress, earlier)
        found[level] = _point("target", plan, targets, stated, level=level)
        earlier = plan if plan.summary["objective_npv"] is not None else earlier
    spent = []
    for budget in sorted(set(budgets)):
        say(f"budget {budget:,.0f}")
        nothing = dict.fromkeys(loaded.project.targets, 0.0)
        plan = _planned(_asking(district, nothing, budget), limits, on_progress, None)
        spent.append(_point("budget", plan, nothing, stated, budget=budget))
    return monotone([found[level] for level in sorted(found)]) + spent


def _checked(loaded: LoadedProject, levels: Sequence[float], budgets: Sequence[float]) -> None:
    faults = [
        Fault(f"frontier: {what}", f"{value:g}", "give numbers above 0")
        for what, values in (("--levels", levels), ("--budget", budgets))
        for value in values
        if not (math.isfinite(value) and value > 0)
    ]
    if not any(share > 0 for share in loaded.project.targets.values()):
        faults.append(Fault(f"{loaded.file.name}: targets", "none above 0", "give the shares that the ladder scales"))
    faults += one_network(loaded, "a frontier")
    if faults:
        raise InputError(faults)


def _asking(district: District, targets: dict[str, float], budget: float | None) -> District:
    """The same district asked for other targets, or within a budget: nothing before the problem changes."""
    project = district.loaded.project.model_copy(update={"targets": targets, "budget": budget})
    left = None if budget is None else budget - float(district.fixed["npv"].sum())
    if left is not None and left <= 0:
        raise InputError(Fault("frontier: --budget", f"{budget:,.0f}", "less than what is paid whatever is built"))
    indexed = asking(district.indexed, district.demand, targets, left)
    return replace(district, loaded=replace(district.loaded, project=project), indexed=indexed)


def _planned(
    district: District, limits: Limits, on_progress: Callable[[TracePoint], None] | None, earlier: Plan | None
) -> Plan:
    return plan_district(
        district,
        **limits.asked,
        on_progress=on_progress,
        earlier=earlier,
    )


def _point(
    kind: str,
    plan: Plan,
    targets: dict[str, float],
    stated: dict[str, float],
    level: float = math.nan,
    budget: float = math.nan,
) -> Point:
    """`targets` are those of this point, `stated` the project's."""
    summary, once = plan.summary, counted(plan.demand, {"targets": stated})
    rows = once[once["class"].isin(targets)]
    meant = rows[rows["class"].map(stated) > 0]
    of_people = bool(meant["population"].sum() > 0)  # each once; targets of facilities alone count facilities
    rows = rows[rows["population"] > 0] if of_people else meant
    total = rows.groupby("class")["weight"].sum()
    served = float((rows["weight"] * rows["served_share"]).sum())
    before = (rows["weight"] * rows["baseline_share"]).groupby(rows["class"]).sum()
    asked = sum(max(targets[str(name)] * float(people), float(before[name])) for name, people in total.items())
    cost, bound = summary["objective_npv"], summary["bound_npv"]
    stages = [stage for stage in summary["stages"] if stage["objective"] != "cost"]
    return Point(
        kind=kind,
        level=level,
        budget=budget,
        status=summary["status"],
        people_asked=asked if kind == "target" else math.nan,
        people_served=served if cost is not None else math.nan,
        people_total=float(total.sum()),
        cost_npv=math.nan if cost is None else float(cost),
        bound_npv=-math.inf if bound is None or kind == "budget" else float(bound),
        capex=math.nan if cost is None else float(summary["capex_total"]),
        opex_per_year=math.nan if cost is None else float(summary["opex_per_year_total"]),
        sites=len(plan.sites),
        seconds=float(summary["seconds"].get("planner", 0.0)),
        plan_from=level,
        people_bound=float(stages[0]["bound"]) if kind == "budget" and stages else math.nan,
        people_before=float(before.sum()),
        counts="people" if of_people else "facilities",
        beside=beside(plan.demand, {"targets": stated}) if of_people else (),
        asked=dict(targets),
        achieved={name: float(each["achieved"] or 0.0) for name, each in summary["targets"].items()},
        shortfall=dict(summary["shortfall"] or {}),
    )


def monotone(points: Sequence[Point]) -> list[Point]:
    """Points of rising level, each with the cheapest plan of all that meet it, and better bounds carried up.

    A plan for a higher level meets every lower one, and one for a lower level may serve more than it was asked for; so
    no level costs more than one above it. A bound below a lower level holds above it. Levels that no plan meets keep
    no cost.
    """
    carried = list(points)
    for k, here in enumerate(points):
        fit = [
            each for at, each in enumerate(points) if math.isfinite(each.cost_npv) and (at >= k or _meets(each, here))
        ]
        best = min(fit, key=lambda each: (each.cost_npv, abs(each.level - here.level)), default=here)
        kept = {key: getattr(here, key) for key in ("level", "people_asked", "asked", "bound_npv", "seconds")}
        carried[k] = here if best is here else replace(best, **kept)
    for k in range(1, len(carried)):
        carried[k] = replace(carried[k], bound_npv=max(carried[k].bound_npv, carried[k - 1].bound_npv))
    return carried


def _meets(point: Point, other: Point) -> bool:
    """Whether the plan of one point serves what another one asks for."""
    return bool(other.asked) and all(
        point.achieved.get(name, 0.0) >= share - MET for name, share in other.asked.items()
    )


def table_of(points: Sequence[Point]) -> pd.DataFrame:
    """COLUMNS, one row per point: levels from the least asked to the most, then budgets.

    `marginal_cost_per_person`: what the step from the level below costs per person more that is asked for;
    `marginal_low`, `marginal_high`: the interval that bounds and costs of both prove for it (of least costs);
    `cost_of_next_percent`: the same for one per cent of the people. `gap`: (cost − bound) / cost.
    """
    rows, below = [], None
    for point in points:
        row: dict[str, Any] = {key: value for key, value in asdict(point).items() if key in COLUMNS}
        row |= {
            "share_asked": point.people_asked / point.people_total if point.people_total else math.nan,
            "share_served": point.people_served / point.people_total if point.people_total else math.nan,
            "gap": max(0.0, point.cost_npv - point.bound_npv) / point.cost_npv if point.cost_npv > 0 else math.nan,
        }
        if point.kind == "target" and below is not None:
            row |= _step(below, point)
        below = point if point.kind == "target" else below
        rows.append(row)
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.replace([math.inf, -math.inf], math.nan)


def _step(below: Point, above: Point) -> dict[str, float]:
    people = above.people_asked - below.people_asked
    if not people > 0:
        return {"added_people": max(people, 0.0)}
    each = (above.cost_npv - below.cost_npv) / people
    return {
        "added_people": people,
        "marginal_cost_per_person": each,
        "marginal_low": max(0.0, above.bound_npv - below.cost_npv) / people,
        "marginal_high": (above.cost_npv - below.bound_npv) / people,
        "cost_of_next_percent": each * above.people_total / 100.0,
    }


def write_frontier(points: Sequence[Point], loaded: LoadedProject, folder: Path) -> list[Path]:
    """Writes `frontier.csv`, `frontier.json` and `frontier.png` into `folder`, each whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    table, project = table_of(points), loaded.project
    said = {
        "name": project.name,
        "scenario": loaded.scenario,
        "currency": project.economics.currency,
        "price_year": project.economics.price_year,
        "targets": dict(project.targets),
        "in_the_cost_not_counted": sorted({name for point in points for name in point.beside}),
        "points": [{k: _plain(v) for k, v in row.items()} for row in table.to_dict("records")],
        "words": in_words(points, project.economics.currency),
    }
    figure = draw_frontier(
        table,
        f"{project.name}, {loaded.scenario}",
        project.economics.currency,
        LANGUAGES[project.language],
        points[0].counts if points else "people",
    )
    works: tuple[tuple[str, Callable[[Path], Any]], ...] = (
        ("frontier.csv", lambda path: table.to_csv(path, index=False)),
        ("frontier.json", lambda path: path.write_text(json.dumps(said, indent=2, ensure_ascii=False) + "\n", "utf-8")),
        ("frontier.png", lambda path: figure.savefig(path, format="png", dpi=figure.dpi, metadata={"Software": None})),
    )
    made = []
    for name, work in works:
        half = folder / f".{name}.{os.getpid()}.tmp"
        try:
            work(half)
            os.replace(half, folder / name)
        finally:
            half.unlink(missing_ok=True)
        made.append(folder / name)
    return made


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _first_ones(point: Point, currency: str) -> str:
    """What each of those costs whom a plan is asked to serve and nobody serves today."""
    added, more = point.people_asked - point.people_before, " more than today" if point.people_before > 0 else ""
    if added < 1.0:
        return ""
    return f"; the first {added:,.0f} {point.counts}{more} cost {currency} {point.cost_npv / added:,.0f} each"


def in_words(points: Sequence[Point], currency: str) -> str:
    """The last step that costs, how much more a person costs there than on average, and what the count leaves out."""
    met = [p for p in points if p.kind == "target" and math.isfinite(p.cost_npv)]
    missed = [p for p in points if p.kind == "target" and not math.isfinite(p.cost_npv)]
    lines = []
    if len(met) > 1 and met[-1].people_asked > met[-2].people_asked:
        below, last = met[-2:]
        step, noun = _step(below, last), last.counts
        one = {"people": "a person", "facilities": "a facility"}[noun]
        lines.append(
            f"From {below.people_asked / below.people_total:.1%} to {last.people_asked / last.people_total:.1%} of the "
            f"{noun} each per cent more costs {currency} {step['cost_of_next_percent']:,.0f} "
            f"({currency} {step['marginal_cost_per_person']:,.0f} {one}; between {step['marginal_low']:,.0f} and "
            f"{step['marginal_high']:,.0f} is proven){_first_ones(below, currency)}."
        )
    others = sorted({name for point in points for name in point.beside})
    if others:
        lines.append(
            f"People are counted once; the costs also hold the service of {', '.join(others).replace('_', ' ')}, which "
            "a cost per person does not count."
        )
    for point in missed:
        short = [
            f"{name.replace('_', ' ')} by {f'{weight:,.0f} at least' if round(weight) else 'a part of one'}"
            for name, weight in point.shortfall.items()
        ]
        lines.append(
            f"No plan for {point.level:g} of the targets: {point.status}"
            + (f" (short of {', '.join(short)})." if short else ".")
        )
    return "\n".join(lines)
