"""The plan room: from what the planner chose to layers, sums and files that explain themselves."""

from netplan.plan.build import build_plan
from netplan.plan.fewer import better
from netplan.plan.model import Chosen, Plan, Provenance
from netplan.plan.read import read_plan
from netplan.plan.write import write_plan

__all__ = ["better", "Chosen", "Plan", "Provenance", "build_plan", "read_plan", "write_plan"]
