"""Trees that collect prizes: Steiner trees and prize-collecting Steiner trees, rooted or with a root to be chosen."""

from netplan.planner.prizes.beside import Growing
from netplan.planner.prizes.structure import PrizeTree

__all__ = ["Growing", "PrizeTree"]
