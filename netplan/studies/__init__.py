"""Studies: questions that take several plans to answer. Each runs the pipeline and compares what it wrote."""

from netplan.studies.limits import Limits
from netplan.studies.scenarios import plan_scenarios

__all__ = ["Limits", "plan_scenarios"]
