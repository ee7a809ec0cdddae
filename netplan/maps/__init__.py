"""Maps of written plans: nothing here solves or reads the planner's tables, only what a plan wrote."""

from netplan.maps.atlas import FOLDER, KINDS, SET_DPI, Wish, draw_comparisons, draw_map, draw_maps, wish
from netplan.maps.read import WrittenPlan, read_written

__all__ = [
    "FOLDER",
    "KINDS",
    "SET_DPI",
    "Wish",
    "WrittenPlan",
    "draw_comparisons",
    "draw_map",
    "draw_maps",
    "read_written",
    "wish",
]
