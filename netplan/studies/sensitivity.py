"""Planning again at the ends of the inputs that the saving hangs on most: what re-optimising changes."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from netplan.catalogue.load import shipped_folder
from netplan.comparison import compare
from netplan.comparison.fees import SPECTRUM
from netplan.comparison.increments import INCREMENT
from netplan.comparison.leaks import LEAKS
from netplan.comparison.sensitivity import ALL_PRICES, same_sign
from netplan.comparison.sensitivity_budget import ALL_ENDS
from netplan.comparison.sensitivity_inputs import Input
from netplan.comparison.sensitivity_write import BUDGET, RESOLVED_FILE
from netplan.consents import APPROVAL_UNIT
from netplan.errors import NoPlanError
from netplan.interval import gained, opens_more
from netplan.netted import netted
from netplan.pipeline import Say, describe
from netplan.planner import TracePoint
from netplan.planning import plan_district
from netplan.plans import write_plan
from netplan.project import LoadedProject
from netplan.studies.lever_costs import Known, cost_of, written_plans
from netplan.studies.limits import Limits
from netplan.studies.market import plan_market
from netplan.studies.shapley import Cost
from netplan.studies.write_market import written_market
from netplan.written import economics_of, read_settings
from netplan.yamltext import dump_yaml, load_yaml

AGREEMENTS = "levers"
"""Section of the catalogue that operator models stand in."""
COSTS = ["reference_cost", "reference_bound", "scenario_cost", "scenario_bound"]
SAVINGS = ["saving", "saving_low", "saving_high", "saving_as_planned", "survives"]
MORE = ["served_reference", "served_scenario", "more_served", "more_served_low", "more_served_high",
        "more_served_as_planned", "survives"]  # fmt: skip
BUDGET_COLUMNS = ["reference", "scenario", "input", "unit", "end", "value", *MORE]
COLUMNS = ["reference", "scenario", "input", "unit", "end", "value", *COSTS, *SAVINGS]


@dataclass(frozen=True)
class End:
    """One input at one end of its range."""

    which: Input
    unit: str
    name: str
    """low | high."""
    value: float
    ratio: float | None = None
    """The value over that of the table, whose price may be that of several operators together; None: of a value of 0,
    and the line's own end holds."""

    @property
    def folder(self) -> str:
        """A name for its folder."""
        return re.sub(r"[^a-z0-9]+", "-", f"{self.which.name} {self.name}".lower()).strip("-")


def widest_ends(table: pd.DataFrame, count: int) -> list[End]:
    """The ends that move any saving (of plans within budgets: any cost) most, from a tornado table; each once."""
    alone = table[~table["input"].isin([ALL_PRICES, ALL_ENDS])]
    what = "cost" if BUDGET in table else "saving"
    moves = [
        (abs(float(row[f"{what}_at_{name}"]) - float(row[what])), str(row["input"]), name, row)
        for row in alone.to_dict("records")
        for name in ("low", "high")
        if row[name] != row["value"]
    ]
    ends: dict[tuple[str, str], End] = {}
    for _, label, name, row in sorted(moves, key=lambda each: (-each[0], each[1], each[2])):
        which = Input(*(str(row[key]) for key in ("section", "entry", "item", "field", "per")))
        ratio = float(row[name]) / float(row["value"]) if float(row["value"]) else None
        ends.setdefault((label, name), End(which, str(row["unit"]), name, float(row[name]), ratio))
    return list(ends.values())[:count]


def resolve_ends(
    loaded: Sequence[LoadedProject],
    folders: Mapping[str, Path],
    table: pd.DataFrame,
    count: int,
    out: Path,
    limits: Limits = Limits(),
    *,
    say: Say = lambda text: None,
    on_progress: Callable[[TracePoint], None] | None = None,
) -> pd.DataFrame:
    """Plan every scenario again at each of the `count` most influential ends, from the plans that stand.

    A scenario with operators is planned as a market. The plans are written to
    `out/sensitivity/<input and end>/<scenario>/`, a table of them to `out/sensitivity_resolved.csv`. `saving_low` and
    `saving_high` hold the saving between the least costs, from objectives and bounds as in the comparison;
    `saving_as_planned` is that of the plans that stood. The saving is empty where one of the two has no plan there, its
    interval where one has no bound; what is not known does not survive. Of scenarios that spend budgets the table says
    how many are served instead: BUDGET_COLUMNS.

    Args:
        loaded: the scenarios, the reference first.
        folders: scenario -> its written plan.
        table: the tornado table of their comparison.
    """
    rows: list[dict[str, Any]] = []
    first, *others = (_settings(each.scenario, folders[each.scenario]) for each in loaded)
    more = {each.scenario: opens_more(first, each) for each in others}
    for end in widest_ends(table, count):
        say(f"planning again with {end.which.name} at {end.value:g}")
        home = out / "sensitivity" / end.folder
        costs = [
            (each.scenario, _again(changed(each, end, home / "models"), folders[each.scenario], home / each.scenario,
                                   limits, say, on_progress))
            for each in loaded
        ]  # fmt: skip
        rows += _rows_served(end, folders, home) if BUDGET in table else _rows(end, table, costs, more)
    resolved = pd.DataFrame(rows, columns=BUDGET_COLUMNS if BUDGET in table else COLUMNS)
    half = out / f".{RESOLVED_FILE}.tmp"
    resolved.to_csv(half, index=False)
    half.replace(out / RESOLVED_FILE)
    return resolved


def _again(
    loaded: LoadedProject,
    stood: Path,
    target: Path,
    limits: Limits,
    say: Say,
    on_progress: Callable[[TracePoint], None] | None,
) -> Cost | None:
    """What a scenario costs when it is planned again from the plans that stood; None: it has no plan now."""
    plans = written_plans(Known(loaded, Cost(math.nan, math.nan), stood))
    if loaded.project.operators is not None:
        try:
            market = plan_market(loaded, limits, say=say, on_progress=on_progress, earlier=plans)
        except NoPlanError:
            return None
        *_, written = written_market(market, target, say, drawn=False)
        net = netted(written)  # as the comparison counts it
        return Cost(float(net["objective_npv"]), -math.inf if net["bound_npv"] is None else float(net["bound_npv"]))
    plan = plan_district(
        describe(loaded, say=say),
        **limits.asked,
        on_progress=on_progress,
        earlier=plans.get(()),
    )
    write_plan(plan, target)
    return None if plan.summary["objective_npv"] is None else cost_of(plan.summary, loaded.scenario)


@dataclass(frozen=True)
class _Settings:
    """What a written scenario asks."""

    scenario: str
    summary: dict[str, Any]
    project: dict[str, Any]
    economics: dict[str, Any]


def _settings(scenario: str, folder: Path) -> _Settings:
    summary, resolved = read_settings(folder, [])
    return _Settings(scenario, summary, resolved.get("project") or {}, economics_of(resolved))


def _rows(
    end: End, table: pd.DataFrame, costs: Sequence[tuple[str, Cost | None]], more: Mapping[str, int]
) -> list[dict[str, Any]]:
    """A row for each scenario but the first; `more`: those that open more than it and differ in nothing else."""
    nothing = Cost(math.nan, math.nan)
    (reference, first), *others = ((name, cost or nothing) for name, cost in costs)
    cost_a, bound_a = first.found, _finite(first.bound)
    rows = []
    for scenario, cost in others:
        cost_b, bound_b = cost.found, _finite(cost.bound)
        mine = table[table["scenario"] == scenario]
        stood = mine[mine["input"] == end.which.name]
        now = float(mine["saving"].iloc[0]) if len(mine) else math.nan
        # an input that is in neither plan leaves their saving as it is
        planned = float(stood[f"saving_at_{end.name}"].iloc[0]) if len(stood) else now
        saving = cost_a - cost_b
        low, high = gained(bound_a - cost_b, cost_a - bound_b, more.get(scenario, 0))
        rows.append({
            "reference": reference, "scenario": scenario, "input": end.which.name, "unit": end.unit, "end": end.name,
            "value": end.value, "reference_cost": cost_a, "reference_bound": bound_a, "scenario_cost": cost_b,
            "scenario_bound": bound_b, "saving": saving, "saving_low": low, "saving_high": high,
            "saving_as_planned": planned,
            "survives": same_sign(now, (saving,)),
        })  # fmt: skip
    return rows


def _rows_served(end: End, stood: Mapping[str, Path], home: Path) -> list[dict[str, Any]]:
    """How many more each scenario serves within its budget at this end, and did with the plans that stood."""
    reference, *others = (name for name, folder in stood.items() if (home / name).is_dir())
    now = compare([home / name for name in (reference, *others)])
    then = compare([stood[name] for name in (reference, *others)])
    rows = []
    for scenario in others:
        found, before = now.within(scenario), then.within(scenario)
        if found is None or before is None:  # without a plan nobody is served that could be counted
            continue
        rows.append({
            "reference": reference, "scenario": scenario, "input": end.which.name, "unit": end.unit, "end": end.name,
            "value": end.value, "served_reference": found.served_reference, "served_scenario": found.served_scenario,
            "more_served": found.value, "more_served_low": found.low, "more_served_high": found.high,
            "more_served_as_planned": before.value, "survives": same_sign(before.value, (found.value,)),
        })  # fmt: skip
    return rows


def _finite(bound: float) -> float:
    return bound if math.isfinite(bound) else math.nan


def changed(loaded: LoadedProject, end: End, folder: Path) -> LoadedProject:
    """The project with one number at `end`: in its own `economics`, or in a catalogue folder written to `folder`."""
    project, which = loaded.project, end.which
    if which.section == "economics" and which.entry != "price_escalation_per_year":
        name, _, category = which.entry.partition(".")
        update: dict[str, Any] = {"discount_rate": end.value, "wacc": None}
        if name == "years":
            update = {"years": int(end.value)}
        elif name == LEAKS:  # in proportion: a scenario may state another worth, or none
            stated = project.economics.leak_value_per_km_year
            update = {LEAKS: end.value if end.ratio is None else stated * end.ratio}
        elif name == SPECTRUM:
            fees = project.economics.spectrum
            update = {} if fees is None else {"spectrum": fees.model_copy(update={"per_mhz_head": end.value})}
        elif name == "import_share":
            update = {"import_share": {**project.economics.import_share, category: end.value}}
        economics = project.economics.model_copy(update=update)
        return replace(loaded, project=project.model_copy(update={"economics": economics}))
    if which.section == AGREEMENTS:
        return _agreed(loaded, end, folder)
    path = "economics.yaml" if which.section == "economics" else f"{which.section}/{which.entry}.yaml"
    content = load_yaml(_file(loaded, path).read_text(encoding="utf-8"))
    if which.section == "economics":
        content[which.entry]["value"] = end.value
    elif which.per == APPROVAL_UNIT:
        content["approval"]["cost"]["value"] = end.value
    else:
        lines = [*content.get("costs", []), *content.get("premises", [])]
        if not _set(lines, end, lambda line: line.get("per", "unit") == which.per):
            return _agreed(loaded, end, folder)
    return _with_file(loaded, content, folder, path)


def _agreed(loaded: LoadedProject, end: End, folder: Path) -> LoadedProject:
    """The same where the line is one that operator models add to the entry, or charge for the whole agreement."""
    opened = dict.fromkeys((*loaded.project.sharing, *loaded.project.impose))
    for lever in [end.which.entry] if end.which.section == AGREEMENTS else opened:
        path = f"sharing/{lever}.yaml"
        content = load_yaml(_file(loaded, path).read_text(encoding="utf-8"))
        if end.which.field == INCREMENT:
            content["tenancy"]["increments"][end.which.per]["value"] = end.value
            loaded = _with_file(loaded, content, folder, path)
        elif _set((content.get("tenancy") or {}).get("coordination", []), end, lambda line: True):
            loaded = _with_file(loaded, content, folder, path)
    return loaded  # as it was where this scenario opens no such model


def _set(lines: Sequence[dict[str, Any]], end: End, mine: Callable[[dict[str, Any]], bool]) -> bool:
    """Puts the number of the lines that are meant at its end; whether there is one."""
    found = [line for line in lines if line["item"] == end.which.item and mine(line) and end.which.field in line]
    for line in found:
        quantity = line[end.which.field]
        quantity["value"] = quantity.get(end.name, end.value) if end.ratio is None else quantity["value"] * end.ratio
    return bool(found)


def _with_file(loaded: LoadedProject, content: dict[str, Any], folder: Path, path: str) -> LoadedProject:
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(dump_yaml(content), encoding="utf-8")
    models = (*loaded.project.models, str(folder.resolve()))
    return replace(loaded, project=loaded.project.model_copy(update={"models": models}))


def _file(loaded: LoadedProject, path: str) -> Path:
    """Where the catalogue's entry stands: the last folder that has it."""
    folders = [shipped_folder(), *(loaded.folder / name for name in loaded.project.models)]
    return [folder / path for folder in folders if (folder / path).is_file()][-1]
