"""Demand room: population and facilities → demand points with class, people and Mbit/s."""

from netplan.demand.build import build_demand

__all__ = ["build_demand"]
