"""The planner: `Problem` in arrays → `Solution` with a proven bound. Knows no geography."""

from netplan.planner.earlier import Earlier
from netplan.planner.problem import Problem
from netplan.planner.solution import Solution, StageResult, TracePoint
from netplan.planner.solve import solve
from netplan.planner.spare import serving_whom_it_can

__all__ = ["Earlier", "Problem", "Solution", "StageResult", "TracePoint", "serving_whom_it_can", "solve"]
