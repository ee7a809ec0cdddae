"""Plans that spend a budget: how many they serve tells them apart, for the money is spent whatever is shared."""

from __future__ import annotations

from collections.abc import Sequence

from netplan.comparison.read import Written
from netplan.comparison.words import money
from netplan.written import SERVED


def served(plan: Written) -> float | None:
    """People and facilities that the plan serves within its budget; None where it meets targets instead."""
    stages = plan.summary.get("stages") or []
    return next((float(stage["value"]) + 0.0 for stage in stages if stage["objective"] == SERVED), None)


def served_sentence(reference: Written, plan: Written, currency: str) -> str:
    """How many more the plan serves than the reference, and what it spends; '' unless both spend a budget."""
    before, after = served(reference), served(plan)
    if before is None or after is None:
        return ""
    word = "more" if after > before else "fewer"
    than = "as many as" if after == before else f"{abs(after - before):,.0f} {word} than"
    spent = " and ".join(money(each.number("objective_npv"), currency) for each in (plan, reference))
    return (
        f"{plan.name} serves {after:,.0f} people and facilities within its budget, {than} {reference.name}. The two "
        f"spend {spent}."
    )


def note(plans: Sequence[Written]) -> list[str]:
    """The same of all plans, for the notes; empty where none spends a budget."""
    counts = {plan.name: count for plan in plans if (count := served(plan)) is not None}
    if not counts:
        return []
    told = ", ".join(f"{name} serves {count:,.0f}" for name, count in counts.items())
    return [
        f"Within a budget what tells plans apart is how many people and facilities they serve: {told}. The difference "
        "of their costs is no saving."
    ]
