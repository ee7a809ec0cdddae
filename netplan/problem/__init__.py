"""Problem room: the tables of a district → the arrays of `netplan.planner.Problem`, and back."""

from netplan.problem.assemble import Indexed, assemble

__all__ = ["Indexed", "assemble"]
