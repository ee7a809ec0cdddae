"""The independent audit: recomputes every rule of a written plan from its files and the inputs alone.

It shares no code with what made the plan: its own reading, its own arithmetic, its own graph.
"""

from netplan.verify.audit import verify, verify_plan
from netplan.verify.finding import Finding
from netplan.verify.parties import multiplied

__all__ = ["Finding", "multiplied", "verify", "verify_plan"]
