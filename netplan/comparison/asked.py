"""In what two plans do not ask the same: then their costs differ, and neither saves anything over the other."""

from __future__ import annotations

from netplan.comparison.read import Written

ASKED = ("targets", "service", "community", "demand", "budget", "operators", "operators_alone")
"""Keys of a project that say what is asked for, of whom."""
ECONOMIC_KEYS = ("discount_rate", "years", "price_year", "residual", "perspective", "rollout", "opex_growth_per_year",
                 "import_duty", "import_share", "vat", "profit_tax")  # fmt: skip
"""Terms that must be alike for two costs to be."""


def asked_apart(first: Written, plan: Written) -> list[str]:
    """The keys of `ASKED`, and `economics`, in which two plans differ."""
    found = [key for key in ASKED if plan.project.get(key) != first.project.get(key)]
    if any(plan.economics.get(key) != first.economics.get(key) for key in ECONOMIC_KEYS):
        found.append("economics")
    return found
