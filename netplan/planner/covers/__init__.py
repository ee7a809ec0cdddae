"""Set covering alone: everybody must be served, by options of which each serves whole demands at no further cost."""

from netplan.planner.covers.dominance import reduced_cover
from netplan.planner.covers.lead import search_covers
from netplan.planner.covers.structure import Cover

__all__ = ["Cover", "reduced_cover", "search_covers"]
