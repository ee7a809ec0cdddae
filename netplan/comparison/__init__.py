"""Plans side by side, from what they wrote: what each costs, what differs where, what is proven of the difference."""

from netplan.comparison.explain import explain
from netplan.comparison.model import Comparison, Saving
from netplan.comparison.run import compare
from netplan.comparison.sensitivity import sensitivity
from netplan.comparison.write import write_comparison

__all__ = ["Comparison", "Saving", "compare", "explain", "sensitivity", "write_comparison"]
