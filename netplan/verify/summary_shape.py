"""The keys of `summary.json` and their types, as the contract of the files says them."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from netplan.verify.shape import Table

Share = Annotated[float, Field(gt=0, le=1)]


class Stage(Table):
    """One stage of the search."""

    objective: str
    value: float
    bound: float | None
    gap: float | None


class Target(Table):
    """What was asked of a class, and what is met. What is not there is told by the rule of targets."""

    target: float | None = None
    achieved: float
    baseline: float
    total: float
    served: float


class LocalContent(Table):
    """Capital by where it is spent."""

    capex_imported: float
    capex_local: float
    local_share: float | None


class LeakSensing(Table):
    """What cable in pipes is credited with."""

    km: float
    value_per_year: float
    npv: float


class Counts(Table):
    """What stands in the layers, counted."""

    __pydantic_extra__: dict[str, float] = Field(init=False)
    sites_by_backhaul: dict[str, float]
    equipment: dict[str, float]
    links_km: dict[str, dict[str, float]]


class Viability(Table):
    """Sums over the areas newly served."""

    __pydantic_extra__: dict[str, float | None] = Field(init=False)
    perspective: str
    attribution: str = ""


class Operator(Table):
    """Who pays what, in a project with operators."""

    name: str
    share: Share
    folder: str | None = None
    pays_npv: float
    alone_npv: float | None = None


class Offer(Table):
    """A way in which operators could build."""

    objective_npv: float
    bound_npv: float | None
    chosen: bool
    most_between_npv: float | None = None


class Between(Table):
    """What operators pay each other, and what is left without it."""

    paid_npv: float
    most_npv: float
    net_npv: float
    net_bound_npv: float | None
    net_gap: float | None


class Multiplied(Table):
    """A plan that stands for those of several operators."""

    operator: str
    share: Share
    networks: int


class Summary(Table):
    """The whole of it, of a plan or of the sum of operators' plans."""

    name: str
    scenario: str
    currency: str
    price_year: float
    mode: str
    status: str
    stopped_by: str
    objective_npv: float | None
    bound_npv: float | None
    gap: float | None
    stages: list[Stage]
    targets: dict[str, Target]
    coverage: dict[str, dict[str, dict[str, float]]]
    shortfall: dict[str, float] | None = None
    costs_npv: dict[str, float]
    capex_total: float
    opex_per_year_total: float
    local_content: LocalContent
    leak_sensing: LeakSensing | None = None
    penalty_total: float | None
    cost_per_person_served: float | None
    counts: Counts
    viability: Viability
    problem: dict[str, Any]
    seconds: dict[str, float]
    inputs: dict[str, str]
    licences: dict[str, str]
    versions: dict[str, str]
    seed: int
    warnings: list[str]
    operators: list[Operator] | None = None
    offers: list[Offer] | None = None
    between_operators: Between | None = None
    multiplied: Multiplied | None = None
