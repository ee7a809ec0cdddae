"""The backhaul room: every way traffic can go, as one priced graph."""

from netplan.backhaul.build import build_backhaul

__all__ = ["build_backhaul"]
