"""What the tables of one plan add up to: people, money by origin, kilometres, levers at work."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from netplan import levers
from netplan.catalogue.schema import Quantity
from netplan.costs import Economics
from netplan.project.schema import COMMUNITY
from netplan.report.read import Scenario

HOUSEHOLD = "household"
PEOPLE = ("urban", "rural")
"""Classes of planning cells that count people at home."""
SHARED = tuple(f"{COMMUNITY}{name}" for name in PEOPLE)
"""Classes of the same cells that count who has a shared place within reach."""


@dataclass(frozen=True)
class Reach:
    """How many of a class: in all, served today, served with the plan (today's included)."""

    total: float
    before: float
    after: float

    @property
    def share(self) -> float | None:
        """With the plan; None where there is nobody."""
        return self.after / self.total if self.total > 0 else None

    @property
    def share_before(self) -> float | None:
        """Today; None where there is nobody."""
        return self.before / self.total if self.total > 0 else None


def reach(scenario: Scenario, column: str = "weight", classes: tuple[str, ...] | None = None) -> Reach:
    """Sums of `column` of the demand (weight, population, households) over the classes, all by default."""
    demand = scenario.tables["demand"]
    rows = demand if classes is None else demand[demand["class"].isin(classes)]
    amount = rows[column].to_numpy(float)
    before, after = (amount @ rows[name].to_numpy(float) for name in ("baseline_share", "served_share"))
    return Reach(float(amount.sum()), float(before), float(after))


def people(scenario: Scenario) -> Reach:
    """People, each once: at home, or at shared places where the project serves them there alone."""
    return reach(scenario, "population", (*PEOPLE, *SHARED))


def shared_only(scenario: Scenario) -> bool:
    """Whether people are served, and counted, at shared places alone."""
    return reach(scenario, "population", SHARED).total > 0


def facility_classes(scenario: Scenario) -> list[str]:
    """Classes that are no people at home, in the order of the project, those with demand only."""
    present = set(scenario.tables["demand"]["class"])
    named = list((scenario.project.get("demand") or {}).get("facilities") or {})
    others = sorted(present - set(PEOPLE) - set(named))
    return [name for name in [*named, *others] if name in present]


def kilometres(scenario: Scenario) -> pd.DataFrame:
    """`medium, status, links, km, capex, npv` of the links with a length, longest first."""
    links = scenario.tables["links"]
    links = links[links["length_m"] > 0].assign(km=lambda rows: rows["length_m"] / 1000.0, links=1)
    sums: pd.DataFrame = links.groupby(["medium", "status"], as_index=False)[["links", "km", "capex", "npv"]].sum()
    return sums.sort_values(["km", "medium"], ascending=[False, True]).reset_index(drop=True)


def level_payment(scenario: Scenario) -> float | None:
    """What the plan's present value is as an equal payment at the end of each year of the horizon."""
    cost, years = scenario.number("objective_npv"), scenario.economics.get("years")
    rate = float(scenario.economics.get("discount_rate") or 0.0)
    if cost is None or not years:
        return None
    return cost / float(years) if rate == 0 else cost * rate / (1.0 - (1.0 + rate) ** -float(years))


@dataclass(frozen=True)
class Lever:
    """Another owner's asset that the plan uses, or an operator model that it rests on (without sites and lengths)."""

    key: str
    label: str
    sites: int
    km: float


def levers_used(scenario: Scenario) -> list[Lever]:
    """What of others the plan makes use of, by lever; empty where it stands on its own.

    Assets of other owners, and the models by which several operators build or use one network.
    """
    found = levers.levers_used(scenario.tables["sites"], scenario.tables["links"], scenario.catalogue, scenario.agreed)
    return [
        Lever(key, scenario.label("levers", key), use.sites, use.km)
        for key, use in found.items()
        if use.sites or use.km or key in scenario.agreed
    ]


def tower_levers(scenario: Scenario) -> set[str]:
    """Levers that open other owners' masts, as the catalogue declares them."""
    levers = scenario.catalogue.get("levers", {})
    return {key for key, entry in levers.items() if entry.get("layer") == "existing.towers"}


ITEM_FIELDS = ("capex", "opex_per_year")
Ends = tuple[float, float, float, float]
"""Low and high of a price over its value; of a price of 0 low and high themselves, in the project's currency."""
STILL: Ends = (1.0, 1.0, 0.0, 0.0)
"""Without a range."""


def price_origins(scenario: Scenario) -> pd.DataFrame:
    """The items of the plan with where their prices come from: `category, npv, origin`.

    `origin` is `published` where every price of the item has a public source, `assumed` where one is marked as an
    assumption, `unknown` where the item is not in the catalogue that the plan carries.
    """
    costs = scenario.tables["costs"]
    marks = _item_marks(scenario)
    owners = _row_owners(scenario)
    named = [costs["item"], costs["category"]]
    found = marks.reindex(pd.MultiIndex.from_arrays([costs["row_id"].map(owners).fillna(""), *named])).to_numpy(object)
    # The power of a site is an entry of its own, and so are items that belong to no one row.
    any_entry = marks.groupby(level=[1, 2]).max().reindex(pd.MultiIndex.from_arrays(named)).to_numpy(object)
    assumed = np.where(pd.isna(found), any_entry, found)
    origin = np.where(pd.isna(assumed), "unknown", np.where(assumed == 1.0, "assumed", "published"))
    return pd.DataFrame({"category": costs["category"], "npv": costs["npv"], "origin": origin})


def _item_marks(scenario: Scenario) -> pd.Series:
    """(entry id, item, category) -> 1.0 when a price of it is an assumption, else 0.0."""
    rows: dict[tuple[str, str, str], float] = {}
    for section in scenario.catalogue.values():
        for key, entry in section.items():
            for gain in entry.get("co_benefits") or ():
                rows[key, str(gain.get("item")), "co-benefit"] = 1.0  # the project states the sum
    for key, item, _ in _lines(scenario):
        prices = [price for name in ITEM_FIELDS if isinstance(price := item.get(name), dict)]
        mark = float(any(bool(price.get("assumption")) for price in prices))
        place = (key, str(item.get("item")), str(item.get("category")))
        rows[place] = max(mark, rows.get(place, 0.0))
    index = pd.MultiIndex.from_tuples(list(rows) or [("", "", "")])
    return pd.Series(list(rows.values()) or [np.nan], index=index)


def price_range(scenario: Scenario) -> pd.DataFrame:
    """Items of the plan with their present value at the ends of the catalogue's price ranges, the plan kept as it is:
    `entry, item, category, npv, low, high`, a row each entry and item.

    The present value is linear in the price: that of running costs follows the yearly price, the rest (with
    replacements and what is left at the end) the building price, each with roll-out, growth and taxes as the plan
    counts them. A price of 0 comes to as much as the plan has of the item times its end; but for operator models and
    media of dearer grounds, where a plan says how much it pays by the price alone. A price without a range stays as it
    is.
    """
    costs, economics = scenario.tables["costs"], Economics.of(scenario.economics)
    yearly, category = costs["opex_per_year"].to_numpy(float), costs["category"].to_numpy(object)
    quantity, life = costs["quantity"].to_numpy(float), costs["life_years"].to_numpy(float)
    parts = {
        "running": economics.npv(0.0, yearly, np.nan, category),
        "build_at_1": economics.npv(quantity, 0.0, life, category),
        "run_at_1": economics.npv(0.0, quantity, np.nan, category),
    }
    rows = costs.assign(entry=costs["row_id"].map(_row_owners(scenario)).fillna(""), **parts)
    sums: pd.DataFrame = rows.groupby(["entry", "item", "category"], as_index=False)[["npv", *parts]].sum()
    ranges = _item_ranges(scenario, economics)
    ends = [
        ranges.get((entry, item, category)) or ranges.get(("", item, category), (STILL, STILL))
        for entry, item, category in sums[["entry", "item", "category"]].itertuples(index=False, name=None)
    ]
    build, run = np.array(ends, dtype=float).reshape(-1, 2, 4).transpose(1, 2, 0)
    low, high = (
        (sums["npv"] - sums["running"]) * build[end] + sums["build_at_1"] * build[2 + end]
        + sums["running"] * run[end] + sums["run_at_1"] * run[2 + end]
        for end in (0, 1)
    )  # fmt: skip
    return sums.assign(low=np.minimum(low, high), high=np.maximum(low, high)).drop(columns=list(parts))


def _item_ranges(scenario: Scenario, economics: Economics) -> dict[tuple[str, str, str], tuple[Ends, Ends]]:
    """(entry id, item, category) -> ends of the building price, and of the running cost.

    Under the entry '' stands what holds for an item of any entry (power is no row's own entry).
    """
    found: dict[tuple[str, str, str], tuple[Ends, Ends]] = {}
    for key, item, dearer in _lines(scenario):
        build, run = (_ends(item.get(name), economics, name not in dearer) for name in ITEM_FIELDS)
        place = (str(item.get("item")), str(item.get("category")))
        found[key, *place] = found["", *place] = (build, run)
    return found


def _lines(scenario: Scenario) -> Iterator[tuple[str, dict[str, Any], tuple[str, ...]]]:
    """(entry id, line, its prices that a plan pays more than once for each unit) of every price of the catalogue:
    equipment, what stands at premises, agreements of operators."""
    for section in scenario.catalogue.values():
        for key, entry in section.items():
            for line in (*(entry.get("costs") or ()), *(entry.get("premises") or ())):
                yield key, line, ITEM_FIELDS[:1] if entry.get("grounds") else ()
            for line in (entry.get("tenancy") or {}).get("coordination") or ():
                yield key, {**line, "category": "coordination"}, ITEM_FIELDS


def _ends(quantity: Any, economics: Economics, counted: bool) -> Ends:
    """Of a price; `counted`: the quantity of an item says how often it is paid."""
    if not isinstance(quantity, dict) or quantity.get("value") is None:
        return STILL
    value = float(quantity["value"])
    low, high = (value if quantity.get(name) is None else float(quantity[name]) for name in ("low", "high"))
    if value:
        return low / value, high / value, 0.0, 0.0
    if not counted:
        return STILL
    year = None if quantity.get("year") is None else int(quantity["year"])
    usd = economics.price(Quantity(value=1.0, unit="", year=year, source=""))
    return 1.0, 1.0, low * usd, high * usd


def _row_owners(scenario: Scenario) -> dict[str, str]:
    """Row id of the cost items -> id of the catalogue entry that prices it."""
    tables: dict[str, Any] = scenario.tables
    owners = dict(zip(tables["sites"]["site_id"], tables["sites"]["structure"], strict=True))
    owners |= dict(zip(tables["links"]["link_id"], tables["links"]["medium"], strict=True))
    technology = dict(zip(tables["equipment"]["option_id"], tables["equipment"]["technology"], strict=True))
    service = tables["service"]
    keys = service["demand_id"] + "|" + service["option_id"]
    by_service = service["option_id"].map(technology).astype(object).fillna("")
    return owners | technology | dict(zip(keys, by_service, strict=True))
