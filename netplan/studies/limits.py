"""When the planner stops, and what is said when it has no plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypedDict

from netplan.pipeline import District
from netplan.project.schema import SolverSpec

BUDGET = "budget"
"""among what is in the way of a plan"""


class Asked(TypedDict):
    """The limits as `netplan.planning.plan_district` takes them."""

    gap: float | None
    time_limit_s: float | None
    threads: int | None
    seed: int | None


@dataclass(frozen=True)
class Limits:
    """When the planner stops; None: as the project says."""

    gap: float | None = None
    time_limit_s: float | None = None
    threads: int | None = None
    seed: int | None = None

    @property
    def asked(self) -> Asked:
        """Handed over by name: `plan_district(district, **limits.asked)`."""
        return Asked(gap=self.gap, time_limit_s=self.time_limit_s, threads=self.threads, seed=self.seed)

    def over(self, solver: SolverSpec) -> SolverSpec:
        """What holds: the project's own, with what was asked in its place."""
        return solver.model_copy(update={name: value for name, value in self.asked.items() if value is not None})


def why_no_plan(scenario: str, summary: dict[str, Any], district: District) -> str:
    """Which targets cannot be met, by how much, and who is out of reach of everything."""
    if summary["status"] != "infeasible":
        return f"{scenario}: stopped by {summary['stopped_by']} before a plan was found; give it more time."
    lines = [f"{scenario}: the targets cannot be met."]
    points = district.demand.points
    reached = set(district.options.service["demand_id"])
    out_of_reach = points[~points.index.isin(reached)]
    anybody = False
    for name, short in (summary.get("shortfall") or {}).items():
        lost = out_of_reach[out_of_reach["class"] == name]
        anybody |= bool(len(lost))
        lines.append(
            f"  {name}: short by {short:,.0f} of {points.loc[points['class'] == name, 'weight'].sum():,.0f}; "
            + (
                f"out of reach of every option: {lost['weight'].sum():,.0f} in {len(lost)} rows, "
                f"e.g. {', '.join(lost.index[:5])}"
                if len(lost)
                else "every one of them is in reach of an option"
            )
        )
    binding = summary.get("binding") or {}
    for name, ids in binding.items():
        if name == BUDGET:
            continue
        more = f" and {len(ids) - 5} more" if len(ids) > 5 else ""
        lines.append(f"  {name} that are full and would serve more if they were larger: {', '.join(ids[:5])}{more}")
    budget = district.loaded.project.budget
    if BUDGET in binding:
        lines.append(f"  the budget of {budget:,.0f}: with more money more could be served")
    in_the_way = budget is not None and (BUDGET in binding or not binding)
    more = f"Raise the budget of {budget:,.0f}, which must pay for the targets, too. " if in_the_way else ""
    offer = "a technology that reaches them (satellite does)" if anybody else "a further technology beside these"
    lines.append(f"  {more}Lower the target or the required rate, or offer {offer}.")
    return "\n".join(lines)
