"""Candidates room: existing structures and proposed sites → one row per physical site, priced."""

from netplan.candidates.build import build_sites
from netplan.candidates.towers import cluster_towers

__all__ = ["build_sites", "cluster_towers"]
