"""The plan room: from what the planner chose to layers, sums and files that explain themselves."""

from netplan.plans.build import build_plan
from netplan.plans.model import Chosen, Plan, Provenance
from netplan.plans.other_costs import project_items
from netplan.plans.read import read_plan
from netplan.plans.stand_in import better, contradicts, rank, used
from netplan.plans.write import TABLES, write_plan

__all__ = [
    "TABLES",
    "Chosen",
    "Plan",
    "Provenance",
    "better",
    "build_plan",
    "contradicts",
    "project_items",
    "rank",
    "read_plan",
    "used",
    "write_plan",
]
