"""Maps of a written plan: nothing here solves or reads the planner's tables, only `OUT/<scenario>/`."""

from netplan.maps.draw import draw_map
from netplan.maps.read import WrittenPlan, read_written

__all__ = ["WrittenPlan", "draw_map", "read_written"]
