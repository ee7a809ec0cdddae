"""netplan: least-cost connectivity plans for districts, with a proven bound.

In a notebook: `import netplan as npn`, then `npn.read_project`, `npn.plan`, `npn.compare`; see `netplan.api`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from netplan.api import ComparisonResult, District, PlanResult, compare, plan, read_plan, read_project

__version__ = "0.1.0"
__all__ = ["ComparisonResult", "District", "PlanResult", "compare", "plan", "read_plan", "read_project"]


def __getattr__(name: str) -> Any:
    """The API on first use: the command line must answer `--help` before geopandas is loaded."""
    if name not in __all__:
        raise AttributeError(f"module 'netplan' has no attribute {name!r}")
    from netplan import api

    return getattr(api, name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
