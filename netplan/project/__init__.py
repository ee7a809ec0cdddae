"""The project file: schema, reading, scenarios."""

from netplan.project.read import LoadedProject, read_project, read_scenarios, scenario_names

__all__ = ["LoadedProject", "read_project", "read_scenarios", "scenario_names"]
