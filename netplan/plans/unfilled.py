"""Why people may be unserved in a plan that could serve them at no further cost."""

from __future__ import annotations

LEFT = (
    "more people may be in reach of what is built, and could be served at no further cost, than are counted as served"
)
UNFILLED = {
    "interrupt": f"Stopped before it was worked out whom the plan can serve besides: {LEFT}",
    "size": f"Only what has room is filled, and nobody moves to make room, for this is a large plan: {LEFT}",
    "solver": f"It could not be worked out whom the plan can serve besides: {LEFT}",
}
"""`Solution.unfilled` -> what the plan says of it"""


def unfilled_warning(why: str) -> list[str]:
    """One warning where the planner says why it stopped short of serving everybody it could, else none."""
    return [UNFILLED[why]] if why else []


def is_unfilled(warning: str) -> bool:
    """Whether it is such a warning: it speaks of what was chosen, where others speak of the data."""
    return LEFT in warning
