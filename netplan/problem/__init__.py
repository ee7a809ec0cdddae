"""Problem room: the tables of a district → the arrays of `netplan.planner.Problem`, and back."""

from netplan.problem.assemble import Indexed, asking, assemble
from netplan.problem.ruled import ruled

__all__ = ["Indexed", "asking", "assemble", "ruled"]
