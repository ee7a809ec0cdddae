"""``python -m tests.benchmarks.refusal PROJECT``: is the reported cost of a refusal that of planning without the pipes?

The study of refusals (`netplan refusal`) takes links out of one problem. Here the same is asked another way: the levers
of those who refuse are struck from the project, which is read, described and planned anew, as is the scenario itself.
No link, id or plan is handed over. The two answers must agree within the gaps of the plans behind them.
"""

from __future__ import annotations

import argparse
import csv
import math
import sys
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields, replace
from pathlib import Path

from netplan.pipeline import describe
from netplan.planning import plan_district
from netplan.project import LoadedProject, read_project
from netplan.studies import Limits
from netplan.studies.refusal import Refusal, refusal_study

SLACK = 1e-6
"""Relative, of money: what solvers round."""


@dataclass(frozen=True)
class Known:
    """A least cost as two plans know it: the cheapest found, and what none can cost less than."""

    found: float
    bound: float

    @property
    def open(self) -> float:
        """What is left unproven."""
        return self.found - self.bound


@dataclass(frozen=True)
class Row:
    """One refusal, told by the study and by planning anew."""

    refuses: str
    struck: str
    """levers taken out of the project"""
    reported: float
    reported_low: float
    reported_high: float
    resolved: float
    resolved_low: float
    resolved_high: float
    apart: float
    """of the two values"""
    gaps: float
    """what the four plans leave unproven: `apart` may be so much"""
    verdict: str


def levers_of(study: Refusal, owners: frozenset[str]) -> tuple[set[str], set[str]]:
    """(levers that open assets of these owners, owners besides them whose assets these levers open, too)."""
    edges, media = study.district.backhaul.edges, study.district.catalogue.media
    owned = edges[edges["owner"] != ""]
    lever = owned["medium"].map(lambda key: media[key].lever or "")
    struck = set(lever[owned["owner"].isin(owners)])
    return struck, set(owned["owner"][lever.isin(struck)]) - owners


def without(loaded: LoadedProject, levers: set[str]) -> LoadedProject:
    """The project with levers struck."""
    kept = {key: tuple(x for x in getattr(loaded.project, key) if x not in levers) for key in ("sharing", "impose")}
    return replace(loaded, project=loaded.project.model_copy(update=kept))


def planned(loaded: LoadedProject, limits: Limits) -> Known:
    """Read, describe and plan: nothing is known beforehand."""
    plan = plan_district(
        describe(loaded), gap=limits.gap, time_limit_s=limits.time_limit_s, threads=limits.threads, seed=limits.seed
    )
    found, bound = plan.summary["objective_npv"], plan.summary["bound_npv"]
    return Known(math.inf if found is None else float(found), -math.inf if bound is None else float(bound))


def verdict(pairs: Sequence[tuple[Known, Known]], reported: tuple[float, float], resolved: tuple[float, float]) -> str:
    """`pairs`: what study and re-solve know of the same least cost; then the two intervals of the difference."""
    for mine, theirs in pairs:
        slack = SLACK * max(abs(mine.found), 1.0) if math.isfinite(mine.found) else SLACK
        if mine.bound > theirs.found + slack or theirs.bound > mine.found + slack:
            return "WRONG: a bound lies above a plan of the same case"
    slack = SLACK * max(abs(each.found) for pair in pairs for each in pair if math.isfinite(each.found))
    if reported[0] > resolved[1] + slack or resolved[0] > reported[1] + slack:
        return "WRONG: the intervals have nothing in common"
    return "ok" if all(math.isfinite(each.open) for pair in pairs for each in pair) else "ok, but a bound is missing"


def compared(loaded: LoadedProject, limits: Limits = Limits()) -> list[Row]:
    """One row for each refusal whose cost the study reports.

    Raises:
        ValueError: an owner has refused already, which strikes no lever of a project.
    """
    study = refusal_study(loaded, limits)
    if any(utility.probability == 0 for utility in study.utilities):
        raise ValueError("an owner has refused already: take its lever out of the project first")
    constant = float(study.district.fixed["npv"].sum())  # agreements and the like, in no problem's arrays
    by = {
        state.refusing: Known(plan.objective + constant, plan.bound + constant)
        for state, plan in zip(study.states, study.plans, strict=True)
    }
    with_all = planned(loaded, limits)
    rows = []
    for name, reported in study.refusal_cost.items():
        refusing = max(by, key=len) if name == "all" else frozenset({name})
        struck, others = levers_of(study, refusing)
        if others:
            told = f"not asked: {', '.join(sorted(struck))} opens assets of {', '.join(sorted(others))}, too"
            rows.append(Row(name, "", reported.value, reported.low, reported.high, *[math.nan] * 5, told))
            continue
        anew = planned(without(loaded, struck), limits)
        low, high = max(anew.bound - with_all.found, 0.0), anew.found - with_all.bound
        pairs = [(by[frozenset()], with_all), (by[refusing], anew)]
        value = anew.found - with_all.found
        said = verdict(pairs, (reported.low, reported.high), (low, high))
        rows.append(
            Row(
                name, " ".join(sorted(struck)), reported.value, reported.low, reported.high, value, low, high,
                abs(reported.value - value), sum(each.open for pair in pairs for each in pair), said,
            )
        )  # fmt: skip
    return rows


def main(given: Sequence[str] | None = None) -> int:
    """Exit code 1 where study and re-solve contradict each other, 2 where there is nothing to compare."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.refusal", description=__doc__)
    parser.add_argument("project", type=Path)
    parser.add_argument("--scenario")
    parser.add_argument("--time-limit", type=float, help="seconds for each plan")
    parser.add_argument("--gap", type=float)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--csv", type=Path)
    asked = parser.parse_args(given)
    rows = compared(
        read_project(asked.project, asked.scenario), Limits(asked.gap, asked.time_limit, asked.threads, None)
    )
    for row in rows:
        print(
            f"{row.refuses} refuses: the study says {row.reported:,.0f} ({row.reported_low:,.0f} to "
            f"{row.reported_high:,.0f}); planned without [{row.struck}]: {row.resolved:,.0f} ({row.resolved_low:,.0f} "
            f"to {row.resolved_high:,.0f}). Apart by {row.apart:,.0f}, gaps leave {row.gaps:,.0f}: {row.verdict}"
        )
    if asked.csv:
        with asked.csv.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(field.name for field in fields(Row))
            writer.writerows(astuple(row) for row in rows)
    if any(row.verdict.startswith("WRONG") for row in rows):
        return 1
    return 0 if any(row.verdict.startswith("ok") for row in rows) else 2


if __name__ == "__main__":
    sys.exit(main())
