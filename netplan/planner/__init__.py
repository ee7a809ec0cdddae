"""The planner: `Problem` in arrays → `Solution` with a proven bound. Knows no geography."""

from netplan.planner.problem import Problem
from netplan.planner.solution import Solution, StageResult, TracePoint
from netplan.planner.solve import solve

__all__ = ["Problem", "Solution", "StageResult", "TracePoint", "solve"]
