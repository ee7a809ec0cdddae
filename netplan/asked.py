"""In what two written plans do not ask the same: then their costs differ, and neither saves anything over the other."""

from __future__ import annotations

from typing import Any

from netplan.interval import Asked

ASKED = ("area", "targets", "service", "community", "demand", "budget", "market_share", "operators", "operators_alone")
"""Keys of a project that say what is asked for, where and of whom."""
ECONOMICS = "economics"
ECONOMIC_KEYS = (
    "discount_rate", "years", "price_year", "units_per_usd", "residual", "perspective", "rollout",
    "opex_growth_per_year", "import_duty", "import_share", "vat", "profit_tax",
)  # fmt: skip
"""Terms that must be alike for two costs to be."""


def asked_apart(first: Asked, plan: Asked) -> list[str]:
    """The keys of `ASKED`, and `economics`, in which two plans differ."""
    found = [key for key in ASKED if not asked_alike(first, plan, key)]
    if any(first.economics.get(key) != plan.economics.get(key) for key in ECONOMIC_KEYS):
        found.append(ECONOMICS)
    return found


def asked_alike(first: Asked, plan: Asked, key: str) -> bool:
    """Whether two plans have the same under one of `ASKED`."""
    return bool(_asked(first, key) == _asked(plan, key))


def _asked(plan: Asked, key: str) -> Any:
    """A key of the project; a target of nothing is none, and what all operators have together is the whole market."""
    found = plan.project.get(key)
    if key == "targets" and isinstance(found, dict):
        return {name: goal for name, goal in found.items() if goal}
    if key == "operators_alone":
        return found or "planned"
    if key == "market_share":
        share, operators = float(found or 1.0), plan.project.get("operators") or ()
        every = sum(float(each["share"]) for each in operators) if operators else 1.0
        return 1.0 if share >= every * (1 - 1e-9) else share
    return found or None
