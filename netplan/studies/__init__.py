"""Studies: questions that take several plans to answer. Each runs the pipeline and compares what it wrote."""

from netplan.studies.scenarios import Limits, plan_scenarios

__all__ = ["Limits", "plan_scenarios"]
