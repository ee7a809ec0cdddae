"""Maps of a written plan: nothing here solves or reads the planner's tables, only what a plan wrote."""

from netplan.maps.atlas import KINDS, draw_map, draw_maps
from netplan.maps.read import WrittenPlan, read_written

__all__ = ["KINDS", "WrittenPlan", "draw_map", "draw_maps", "read_written"]
