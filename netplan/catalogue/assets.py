"""What a medium says of other people's assets that it runs in or on: who may refuse, what is fit, where one gets in."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from netplan.catalogue.quantity import Frozen, Quantity

Criterion = Literal["diameter", "material", "lining", "pressure", "year", "bores"]
"""What an asset's layer may leave unstated."""


class AccessRule(Frozen):
    """A kind of point on a pipe. The first rule of a medium one of whose words is in the point's kind applies."""

    words: tuple[str, ...]
    """In small letters; the empty word is in every kind."""
    reach_m: Quantity
    """Pipes this near to the point can be entered at it."""
    counts: Literal["valve", "meter", "bypass"] | None = None
    """The cost line that is due where cable passes the point. `bypass`: cable cannot pass inside the pipe; it leaves
    before the point and re-enters behind it, so a link always ends here."""


class Eligibility(Frozen):
    """Which pipes or ducts can take cable, besides `min_diameter_mm` and `materials` of the medium."""

    water: tuple[Literal["potable", "raw"], ...] = ("potable", "raw")
    refused_materials: dict[str, str] = Field(default_factory=dict)
    """Material (upper case) -> why not; materials in no list are refused as not suited."""
    refused_linings: dict[str, str] = Field(default_factory=dict)
    """Word in the lining (small letters) -> why not."""
    refused_status: dict[str, str] = Field(default_factory=dict)
    """Word in the status (small letters) -> why not."""
    min_pressure_class_bar: Quantity | None = None
    """Walls below this class are not tapped under pressure."""
    max_age_years: Quantity | None = None
    min_free_bores: Quantity | None = None
    unstated: dict[Criterion, Literal["accept", "refuse"]] = Field(default_factory=dict)
    """What an asset is taken for whose layer does not state this; default `refuse` for diameter and material, else
    `accept`."""

    def refuses_unstated(self, criterion: Criterion) -> bool:
        """Whether assets that do not state this are refused."""
        return self.unstated.get(criterion, "refuse" if criterion in ("diameter", "material") else "accept") == "refuse"


class Approval(Frozen):
    """Whether the owner of the asset is likely to consent, how long the answer takes and what the asking costs."""

    probability: Quantity
    """0–1."""
    delay_years: Quantity
    cost: Quantity | None = None
    """Paid once for each owner of whose assets any is used, in USD, besides what links pay; None: nothing."""


class CoBenefit(Frozen):
    """What the asset's owner gains from the cable. A plan counts it only at the value that the project states
    (`economics.leak_value_per_km_year`); the figure here is what to compare that value with."""

    item: str
    value_per_km_year: Quantity
