"""Demand room: population, facilities, sensors → demand points with class, people, Mbit/s and today's service."""

from netplan.demand.baseline import of_market_share, with_baseline
from netplan.demand.build import build_demand
from netplan.demand.stated import stated_service

__all__ = ["build_demand", "of_market_share", "stated_service", "with_baseline"]
