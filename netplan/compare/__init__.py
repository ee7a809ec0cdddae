"""Plans side by side, from what they wrote: what each costs, what differs where, what is proven of the difference."""

from netplan.compare.explain import explain
from netplan.compare.model import Comparison, Saving
from netplan.compare.run import compare
from netplan.compare.sensitivity import sensitivity
from netplan.compare.write import write_comparison

__all__ = ["Comparison", "Saving", "compare", "explain", "sensitivity", "write_comparison"]
