"""netplan in a notebook or a script: read a project, plan its scenarios, look at the answer, compare.

    import netplan as npn
    project = npn.read_project("data/rwamagana-kayonza")
    plan = npn.plan(project, scenario="sharing", time_limit_s=60)
    plan.sites, plan.summary, plan.map()
    npn.compare([npn.plan(project, scenario="greenfield"), plan]).waterfall()

Everything is written to disk as the command line writes it, so what a notebook shows can be audited, redrawn and sent.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from netplan.comparison import Comparison, explain
from netplan.errors import Fault, InputError
from netplan.interval import OPTIMAL_GAP, Interval, proven_percent
from netplan.maps import draw_map
from netplan.plans import read_plan as read_written
from netplan.project import LoadedProject, read_scenarios, scenario_names
from netplan.project.read import BASE, project_file
from netplan.publish import language_of, project_of, publish_comparison, publish_plan
from netplan.studies import Limits, plan_scenarios
from netplan.written import spends_budget

if TYPE_CHECKING:
    from netplan.planner import TracePoint
    from netplan.verify import Finding

MAP_FILE = "map.png"


@dataclass(frozen=True)
class District:
    """A project file and its scenarios, read and validated."""

    file: Path
    loaded: Mapping[str, LoadedProject]
    """Scenario (`base`: the project without any) -> its merged project."""

    @property
    def name(self) -> str:
        """As the project file says."""
        return self.loaded[BASE].project.name

    @property
    def folder(self) -> Path:
        """Paths in the project file are relative to it."""
        return self.file.parent

    @property
    def scenarios(self) -> list[str]:
        """Names of the scenarios, in the order of the file."""
        return [name for name in self.loaded if name != BASE]

    def __repr__(self) -> str:
        named = ", ".join(self.scenarios) or "none"
        return f"<netplan project {self.name!r}: scenarios {named}; {self.file}>"

    def _repr_html_(self) -> str:
        targets = {key: f"{share:.0%}" for key, share in self.loaded[BASE].project.targets.items()}
        rows = {"scenarios": ", ".join(self.scenarios) or "none", "targets": _said(targets), "file": str(self.file)}
        return f"<h4>{html.escape(self.name)}</h4>{_html_table(rows)}"


@dataclass(frozen=True)
class PlanResult:
    """A written plan: tables in the project's CRS, sums, and what can be drawn of it. Equal folders are equal plans."""

    folder: Path

    @cached_property
    def _plan(self) -> Any:
        return read_written(self.folder)

    @property
    def summary(self) -> dict[str, Any]:
        """What `summary.json` holds: status, objective, bound, gap, targets, costs, counts, warnings."""
        summary: dict[str, Any] = self._plan.summary
        return summary

    @property
    def scenario(self) -> str:
        """Name of the scenario."""
        return str(self.summary["scenario"])

    @property
    def cost(self) -> float:
        """Present value of everything over the horizon, project currency; NaN where there is no plan."""
        value = self.summary["objective_npv"]
        return float("nan") if value is None else float(value)

    @property
    def bound(self) -> float:
        """No plan costs less (within a budget: none that serves as many), project currency; NaN: not proven."""
        value = self.summary["bound_npv"]
        return float("nan") if value is None else float(value)

    @property
    def gap(self) -> float:
        """(cost − bound) / cost, 0–1; NaN without a bound."""
        value = self.summary["gap"]
        return float("nan") if value is None else float(value)

    @property
    def demand(self) -> gpd.GeoDataFrame:
        """Planning cells and facilities: people, target class, share served before and after, by what."""
        return self._plan.demand

    @property
    def sites(self) -> gpd.GeoDataFrame:
        """Sites in use: structure, status (existing, shared, new), backhaul, capex, opex a year, present value."""
        return self._plan.sites

    @property
    def equipment(self) -> gpd.GeoDataFrame:
        """Access equipment switched on: technology, capacity, utilisation (0–1), load in Mbit/s, cost."""
        return self._plan.equipment

    @property
    def service(self) -> pd.DataFrame:
        """Who is served by which equipment: share (0–1), rate in Mbit/s, premises and their cost."""
        frame: pd.DataFrame = self._plan.service
        return frame

    @property
    def links(self) -> gpd.GeoDataFrame:
        """Backhaul: medium, status, geodesic length in m, capacity and load in Mbit/s, cost."""
        return self._plan.links

    @property
    def nodes(self) -> gpd.GeoDataFrame:
        """Nodes of the backhaul: points of presence, gateways, sites, junctions, access points of pipes."""
        return self._plan.nodes

    @property
    def costs(self) -> pd.DataFrame:
        """Every priced item behind every row; `npv` adds up to `cost`."""
        frame: pd.DataFrame = self._plan.costs
        return frame

    @property
    def bill(self) -> pd.DataFrame:
        """Bill of quantities: items over all rows, dearest first (`item, category, quantity, unit, capex, …, npv`)."""
        money = ["quantity", "capex", "opex_per_year", "npv"]
        items = self.costs.groupby(["item", "category", "unit"], as_index=False)[money].sum()
        return items.sort_values("npv", ascending=False, ignore_index=True)

    def map(self) -> Any:
        """The map of the plan as an image that a notebook shows (also in `folder / "map.png"`)."""
        path = self.folder / MAP_FILE
        made = self.folder / "summary.json"
        if not path.exists() or path.stat().st_mtime < made.stat().st_mtime:
            draw_map(self.folder, project_of(self.folder), path, language=language_of(self.folder))
        return _Picture(path)

    def publish(self) -> list[Path]:
        """Every map, the interactive map, reports and exports, beside the plan; returns the files."""
        return publish_plan(self.folder, project_of(self.folder))

    def verify(self) -> list[Finding]:
        """Audit of the written plan, which shares no code with the planner; an empty list: every rule holds."""
        from netplan.verify import verify

        return [finding for found in verify(self.folder).values() for finding in found]

    def __repr__(self) -> str:
        that = " that serves as many" if spends_budget(self.summary) else ""
        most = "" if not self.gap > OPTIMAL_GAP else f"more than {proven_percent(self.gap):.1f}% "
        gap = f", proven: no plan{that} is {most}cheaper" if self.gap == self.gap else ""
        sites = f"{len(self.sites)} sites, {self.links['length_m'].sum() / 1000:,.0f} km of links"
        return f"<netplan plan {self.scenario!r}: {self.cost:,.0f} {_currency(self._plan)}{gap}; {sites}>"

    def _repr_html_(self) -> str:
        currency = _currency(self._plan)
        that = " that serves as many" if spends_budget(self.summary) else ""
        less = f"{proven_percent(self.gap):.1f}% less" if self.gap == self.gap else ""
        rows = {
            "cost (present value)": f"{self.cost:,.0f} {currency}",
            "proven": f"no plan{that} costs less than {self.bound:,.0f} {currency} ({less})" if less else "no bound",
            "sites": _said(self.sites["status"].value_counts().to_dict()),
            "links, km": _said((self.links.groupby("medium")["length_m"].sum() / 1000).round(1).to_dict()),
            "served": _said({key: f"{one['achieved']:.1%}" for key, one in self.summary["targets"].items()}),
            "folder": str(self.folder),
        }
        return f"<h4>{html.escape(self.scenario)}</h4>{_html_table(rows)}"


@dataclass(frozen=True)
class ComparisonResult:
    """Plans side by side; the first is the reference."""

    comparison: Comparison

    @property
    def table(self) -> pd.DataFrame:
        """Costs, sites, links and coverage: a row a figure, a column a scenario."""
        return self.comparison.table

    @property
    def savings(self) -> pd.DataFrame:
        """One row a further scenario: saving against the first, and the interval that is proven to hold it.
        Scenarios that spend a budget, as the first does, have none: see `more_served`."""
        columns = ["scenario", "value", "low", "high", "share", "proven", "distinguishable"]
        return _intervals(self.comparison.savings, columns)

    @property
    def more_served(self) -> pd.DataFrame:
        """One row a further scenario that spends a budget, as the first does: how many more people and facilities it
        serves, and the interval that is proven to hold the difference."""
        columns = ["scenario", "served_scenario", "value", "low", "high", "proven", "distinguishable"]
        return _intervals(self.comparison.more_served, columns)

    def waterfall(self, scenario: str | None = None) -> pd.DataFrame:
        """From the reference's cost to a scenario's, by category of cost.

        Args:
            scenario: default: the last one.

        Returns:
            `step, change, cost`: the first row the reference, then a row a category (negative: saved), the last the
            scenario; `cost` is the running sum.

        Raises:
            KeyError: no such scenario in the comparison.
        """
        first = self.comparison.names[0]
        last = self.comparison.names[-1] if scenario is None else scenario
        rows = self.table[self.table["group"] == "costs by category"]
        change = (rows[last].fillna(0.0) - rows[first].fillna(0.0)).set_axis(rows["metric"])
        change = change[change.abs() > 0.5].sort_values(key=abs, ascending=False)
        cost = self.comparison.values("cost", "objective NPV")
        steps = [(first, float("nan"), cost[first])]
        for name, value in change.items():
            steps.append((str(name), float(value), steps[-1][2] + float(value)))
        return pd.DataFrame([*steps, (last, float("nan"), cost[last])], columns=["step", "change", "cost"])

    def __repr__(self) -> str:
        return explain(self.comparison)

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(explain(self.comparison))}</pre>"


def read_project(path: str | Path) -> District:
    """A project with all of its scenarios.

    Args:
        path: a folder with `netplan.yaml`, or a YAML file.

    Raises:
        InputError: every fault of the file and of its scenarios at once.
    """
    file = project_file(Path(path))
    names = list(scenario_names(file))
    loaded = read_scenarios(file, [None, *names])
    return District(file, {each.scenario: each for each in loaded})


def plan(
    project: District | str | Path,
    scenario: str | None = None,
    *,
    out: str | Path | None = None,
    gap: float | None = None,
    time_limit_s: float | None = None,
    threads: int | None = None,
    seed: int | None = None,
    on_progress: Callable[[TracePoint], None] | None = None,
) -> PlanResult:
    """Plan one scenario and write it; `PlanResult.publish` adds the maps, reports and exports of `netplan plan`.

    Args:
        project: what `read_project` gave, or its path.
        scenario: None: the project as it stands, without a scenario.
        out: parent of the scenario folders; default: `out` beside the project file.
        gap, time_limit_s, threads, seed: when the planner stops; default: as the project says.
        on_progress: told every plan and bound that the planner finds.

    Raises:
        InputError: the input is wrong (all faults at once).
        NoPlanError: the targets cannot be met, or no plan was found in time; the message says why.
    """
    district = project if isinstance(project, District) else read_project(project)
    name = BASE if scenario is None else scenario
    if name not in district.loaded:
        known = ", ".join(district.scenarios) or "none"
        raise InputError(Fault(f"{district.file.name}: scenarios", f"no scenario {name!r}", f"use one of {known}"))
    target = district.folder / "out" if out is None else Path(out)
    limits = Limits(gap, time_limit_s, threads, seed)
    folders = plan_scenarios([district.loaded[name]], target, limits, on_progress=on_progress, drawn=False)
    return PlanResult(folders[name])


def read_plan(folder: str | Path) -> PlanResult:
    """A plan written earlier.

    Raises:
        InputError: the folder does not hold a written plan.
    """
    result = PlanResult(Path(folder))
    _ = result.summary  # a fault is told here, not at the first look
    return result


def compare(plans: Sequence[PlanResult], out: str | Path | None = None) -> ComparisonResult:
    """Compare plans, the first being the reference, and write the comparison with its pictures.

    Args:
        plans: two or more.
        out: where to write; default: the parent of the first plan's folder.

    Raises:
        InputError: fewer than two plans, or plans in different currencies.
    """
    if len(plans) < 2:
        raise InputError(Fault("compare", f"{len(plans)} plan", "give two or more"))
    target = plans[0].folder.parent if out is None else Path(out)
    return ComparisonResult(publish_comparison([each.folder for each in plans], target))


@dataclass(frozen=True)
class _Picture:
    """A file that notebooks show as an image."""

    path: Path

    def _repr_png_(self) -> bytes:
        return self.path.read_bytes()

    def __repr__(self) -> str:
        return str(self.path)


def _intervals(found: Sequence[Interval], columns: list[str]) -> pd.DataFrame:
    """A row an interval; the column `proven` says whether both of its ends are."""
    fields = ["bounded" if column == "proven" else column for column in columns]
    return pd.DataFrame([[getattr(one, field) for field in fields] for one in found], columns=columns)


def _currency(plan: Any) -> str:
    return str(plan.resolved.get("economics", {}).get("currency") or "")


def _said(counts: Mapping[Any, Any]) -> str:
    return ", ".join(f"{key} {value}" for key, value in counts.items()) or "none"


def _html_table(rows: Mapping[str, str]) -> str:
    cells = "".join(f"<tr><th>{html.escape(key)}</th><td>{html.escape(text)}</td></tr>" for key, text in rows.items())
    return f"<table>{cells}</table>"
