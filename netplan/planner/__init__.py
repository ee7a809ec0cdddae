"""The planner: `Problem` in arrays → `Solution` with a proven bound. Knows no geography."""

from netplan.planner.earlier import Earlier
from netplan.planner.problem import Problem
from netplan.planner.solution import Solution, StageResult, TracePoint
from netplan.planner.solve import solve

__all__ = ["Earlier", "Problem", "Solution", "StageResult", "TracePoint", "solve"]
