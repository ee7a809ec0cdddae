"""What a sharing lever may say beside the layer it opens: one network for several operators, what imposing it forbids.

An asset lever opens another owner's structures and media: their own entries carry the make-ready, the rent and what
they can carry. A lever with `tenancy` is an operator model: it says how one network for several operators differs from
one for a single operator. `imposed` says what may no longer be built where a scenario imposes the lever.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from netplan.catalogue.quantity import Frozen, Quantity

Problem = tuple[str, str, str]
"""(key, what was found, what to do)"""

SharedCategory = Literal[
    "structure", "power", "site-operation", "access", "distribution", "backhaul", "rent", "spectrum", "utility-fee"
]
"""Categories of cost that operators can have once or each for itself; premises belong to subscribers."""
UNITS_OF = {"agreement": "USD", "site": "USD", "premises": "USD/premises"}


ASSET_LAYERS = (
    "existing.towers", "existing.fibre", "existing.copper", "existing.coax", "routes.roads", "routes.power_lines",
    "routes.water_pipes", "routes.ducts", "routes.railways",
)  # fmt: skip
"""Layers of a project whose assets a lever may open."""


class Coordination(Frozen):
    """A cost that sharing adds for every operator that joins a network which is not its own: all beyond the first, or
    all of them where a company builds that is no operator."""

    item: str
    per: Literal["agreement", "site", "premises"]
    """Once; on each site built or used; for each premises of the operators that join."""
    capex: Quantity | None = None
    opex_per_year: Quantity | None = None
    life_years: Quantity | None = None
    transfer: bool = False
    """Paid by one operator to another: counted only from an operator's perspective."""


class Tenancy(Frozen):
    """One network for n operators: what costs more than for one, and who may use whose spectrum."""

    increments: dict[SharedCategory, Quantity]
    """Category -> what each further operator adds to the cost lines of it, as a share of the first one's: 0 nothing,
    1 as much again. The load of equipment grows with `access`. A category that is absent: each has its own, 1."""
    carriers: Literal["own", "pooled", "host"]
    """own: each operator's subscribers only on its own carrier; pooled: one carrier as wide as all licences together;
    host: all on the carrier of the operator with the most subscribers."""
    coordination: tuple[Coordination, ...] = ()
    split: Literal["alone", "share", "equal", "host"] = "alone"
    """How the joint cost is divided: by what each would pay alone (by market share where that is not planned), by
    market share, in equal parts, or all to the host, whom the others pay a price (a coordination line that is a
    transfer)."""
    builder: Literal["operators", "company"] = "operators"
    """operators: one of them, or a company that is theirs, whose network it is as much as the first one's; company: one
    that is no operator, to which all of them are customers."""
    combines: bool = False
    """True: may be used together with other levers that say so; of each category the lower increment counts."""


class Loading(Frozen):
    """How much another owner's mast can take."""

    max_systems: Quantity
    """Radio systems that one tenant may mount on one mast."""


class Ban(Frozen):
    """What may no longer be built near the assets of a lever that a scenario imposes."""

    what: Literal["sites", "cable"]
    kinds: tuple[str, ...]
    """Generators of structures, or kinds of media."""
    within_m: Quantity
    """Of a feature of the lever's layer."""
    share: Quantity | None = None
    """Cable: banned where more than this share of a link lies so near; None: any part."""


def check_tenancy(tenancy: Tenancy) -> Iterator[Problem]:
    """Increments are shares from 0 to 1, or sharing would cost more than building twice; money is in its unit."""
    for name, quantity in tenancy.increments.items():
        if not 0 <= quantity.value <= 1:
            to_do = "give a share between 0 (nothing more) and 1 (as much again)"
            yield f"tenancy.increments.{name}", f"{quantity.value:g}", to_do
    for key in ("carriers", "split"):
        if tenancy.builder == "company" and getattr(tenancy, key) == "host":
            to_do = "a company that is no operator has neither carriers nor subscribers: use another rule"
            yield f"tenancy.{key}", "'host' with builder 'company'", to_do
    for position, line in enumerate(tenancy.coordination):
        place = f"tenancy.coordination[{position}]"
        if line.capex is None and line.opex_per_year is None:
            yield place, "neither capex nor opex_per_year", "give at least one"
        for field, unit in (("capex", UNITS_OF[line.per]), ("opex_per_year", f"{UNITS_OF[line.per]}/year")):
            quantity = getattr(line, field)
            if quantity is None:
                continue
            if quantity.unit != unit:
                yield f"{place}.{field}.unit", repr(quantity.unit), f"a line `per: {line.per}` is in {unit!r}"
            if quantity.year is None:
                yield f"{place}.{field}.year", "missing", "give the year of the price"
            if quantity.value < 0:
                yield f"{place}.{field}", f"{quantity.value:g}", "give a cost of 0 or more"


def check_ban(ban: Ban, place: str, known: frozenset[str]) -> Iterator[Problem]:
    """Kinds that exist; `known` are generators or kinds of media, as `ban.what` says."""
    for kind in ban.kinds:
        if kind not in known:
            yield f"{place}.kinds", repr(kind), f"use one of: {', '.join(sorted(known))}"
    if not ban.kinds:
        yield f"{place}.kinds", "empty", "name what may no longer be built"
