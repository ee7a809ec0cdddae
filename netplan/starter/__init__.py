"""A new project from open data: what OpenStreetMap has of a district, fetched once, as layers of the planner's own."""

from netplan.starter.box import Box, box_of
from netplan.starter.write import write_project

__all__ = ["Box", "box_of", "write_project"]
