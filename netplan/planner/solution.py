"""`Solution`: what was chosen, how good it provably is, and why the search stopped."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from scipy import sparse

from netplan.planner.problem import Bools, Floats

Unfilled = Literal["", "interrupt", "size", "solver"]
Status = Literal["optimal", "feasible", "infeasible", "none"]
StoppedBy = Literal["gap", "time", "interrupt", "failure", "infeasible", "exhausted"]


@dataclass(frozen=True)
class TracePoint:
    """One step of the search: seconds since the start, best objective (inf: none yet) and best bound.

    With a budget the first stage's objective is the weight served (-inf: none yet), its bound the most that can be.
    """

    seconds: float
    phase: str
    objective: float
    bound: float
    stage: str = "cost"
    """what is decided: "cost", or before it "weight served" within a budget"""


@dataclass(frozen=True)
class StageResult:
    """One objective of a lexicographic run."""

    objective: str
    value: float
    bound: float
    gap: float


@dataclass(frozen=True)
class Solution:
    """The planner's answer. Arrays are empty when there is no plan.

    `bound` is a proven lower bound on the least cost (of the last stage); `gap` = (objective - bound) / objective,
    NaN where there is no plan. `edge_flow` is the traffic towards the roots in Mbit/s, positive from tail to head.
    An edge without capacity joins nothing. A budget caps costs and penalties together. `shortfall` gives, per target,
    the weight that cannot be reached when infeasible.
    """

    option_open: Bools
    served: sparse.csr_array
    site_open: Bools
    edge_built: Bools
    edge_flow: Floats
    objective: float
    bound: float
    gap: float
    status: Status
    stopped_by: StoppedBy
    seconds: float
    trace: tuple[TracePoint, ...] = ()
    stages: tuple[StageResult, ...] = ()
    shortfall: Floats = field(default_factory=lambda: np.zeros(0))
    unreachable: Bools = field(default_factory=lambda: np.zeros(0, bool))
    """n flags: demands that no option reaches."""
    missed: Floats = field(default_factory=lambda: np.zeros(0))
    """When infeasible: share of each demand that must be served and cannot be (n)."""
    binding_option: Bools = field(default_factory=lambda: np.zeros(0, bool))
    """When infeasible: options (m), edges (e) and limit rows (l) that would let more be served were they larger."""
    binding_edge: Bools = field(default_factory=lambda: np.zeros(0, bool))
    binding_limit: Bools = field(default_factory=lambda: np.zeros(0, bool))
    binding_budget: bool = False
    """When infeasible: the budget is in the way, by itself or with what else is named; where doing without a rule would
    do as well, the rule may be named alone."""
    unfilled: Unfilled = ""
    """Why some may be unserved whom it would cost nothing to serve (see `serving_whom_it_can`): Ctrl-C, too many shares
    for those served to move, or a solver that found nothing."""


def relative_gap(objective: float, bound: float) -> float:
    """(objective - bound) / |objective|; 0 when both are 0, NaN without an objective."""
    if not np.isfinite(objective):
        return float("nan")
    if objective - bound <= 1e-9 * max(1.0, abs(objective)):
        return 0.0
    return float((objective - bound) / max(abs(objective), 1e-9))
