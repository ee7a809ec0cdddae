"""Locating options without capacity or network: p-median, uncapacitated facility location and what lies between."""

from netplan.planner.location.branch import locate
from netplan.planner.location.structure import Location

__all__ = ["Location", "locate"]
