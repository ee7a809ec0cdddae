"""How a plan values money: what its present values hold, and what the sums to build and to run it leave out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from netplan.cashflow import OTHER, slices
from netplan.catalogue.schema import HELD
from netplan.costs import OPERATOR, Economics
from netplan.report.content import Item
from netplan.report.read import Scenario
from netplan.report.words import Words

DISCOUNT, WACC = "discount", "wacc"


@dataclass(frozen=True)
class Terms:
    """What of a plan's economics is not trivial: no duty, VAT or profit tax where they do not count, and nothing of a
    roll-out where all is built at the start."""

    rate: float
    rate_is: str
    """DISCOUNT or WACC."""
    capital: dict[str, float]
    """What a WACC was built up from; empty where the rate itself is stated."""
    rollout: tuple[tuple[int, float], ...]
    """Year and share of what is built then."""
    growth: dict[str, float]
    """Category -> real growth of its yearly costs."""
    duty: float
    imported: dict[str, float]
    """Category -> part of its capex that bears duty."""
    vat: float
    profit_tax: float
    licence: bool = False
    """The plan pays for spectrum that it holds, which no roll-out puts off."""

    @property
    def taxes(self) -> str:
        """`duty_vat`, `duty`, `vat`, or '' where neither is added to what is bought."""
        return "_".join(name for name, rate in (("duty", self.duty), ("vat", self.vat)) if rate)

    @property
    def plain(self) -> bool:
        """Nothing but discounting."""
        return not (self.rollout or self.growth or self.taxes or self.profit_tax)


def terms_of(plan: Scenario) -> Terms:
    """The terms of a written plan."""
    economics = Economics.of(plan.economics)
    pays = economics.perspective == OPERATOR
    parts = tuple(slices(economics.terms()))
    bought = plan.tables["costs"]
    present = set(bought["category"][bought["capex"] > 0])
    imported = {name: part for name, part in sorted(economics.import_share.items()) if part > 0 and name in present}
    duty = economics.import_duty if pays and imported else 0.0
    stated: dict[str, Any] = plan.project.get("economics") or {}
    built_up = (stated.get("wacc") or {}) if pays else {}
    own = built_up or (pays and stated.get("discount_rate") is None)
    return Terms(
        rate=round(economics.discount_rate, 4) if built_up else economics.discount_rate,
        rate_is=WACC if own else DISCOUNT,
        capital={str(name): float(value) for name, value in built_up.items()},
        rollout=() if [year for year, _ in parts] == [0] else parts,
        growth={name: rate for name, rate in economics.opex_growth_per_year.items() if rate},
        duty=duty,
        imported=imported if duty else {},
        vat=economics.vat if pays else 0.0,
        profit_tax=economics.profit_tax if pays else 0.0,
        licence=bool((bought["category"] == HELD).any()),
    )


def before(words: Words, plans: Iterable[Scenario]) -> dict[str, str]:
    """What heads say of sums of these plans: `built` of those to build, `run` of those to run each year."""
    found = [terms_of(plan) for plan in plans if plan.planned]
    added = (("duty", any(each.duty for each in found)), ("vat", any(each.vat for each in found)))
    taxes = "_".join(name for name, there in added if there)
    return {
        "built": f" {words(f'terms.before.{taxes}')}" if taxes else "",
        "run": f" {words('terms.before.vat')}" if "vat" in taxes else "",
    }


def in_brackets(words: Words, terms: Terms) -> dict[str, str]:
    """The same inside a sentence of one plan, with when it builds."""
    built, run = [], []
    if terms.rollout:
        last = words.count("year", terms.rollout[-1][0] + (len(terms.rollout) > 1))
        built.append(words("terms.over" if len(terms.rollout) > 1 else "terms.after", years=last))
        run.append(words("terms.whole"))
    if terms.growth:
        run.append(words("terms.grows"))
    if terms.taxes:
        built.append(words(f"terms.before.{terms.taxes}"))
    if terms.vat:
        run.append(words("terms.before.vat"))
    return {name: f" ({', '.join(said)})" if said else "" for name, said in (("built", built), ("run", run))}


def at_rate(words: Words, terms: Terms) -> str:
    """`at 8 % a year`."""
    return words(f"terms.rate.{terms.rate_is}", rate=words.numbers.rate(terms.rate))


def held(words: Words, terms: Terms) -> str:
    """`, with import duty and VAT, less relief from profit tax`; '' where there are none."""
    keys = [terms.taxes, "relief" if terms.profit_tax else ""]
    return "".join(f", {words(f'terms.held.{key}')}" for key in keys if key)


def when_built(words: Words, terms: Terms) -> str:
    """`50 % at the start and 50 % after 1 year`."""
    said = [
        words(
            "terms.share",
            share=words.numbers.rate(share),
            when=words("terms.after", years=words.count("year", year)) if year else words("terms.start"),
        )
        for year, share in terms.rollout
    ]
    return words.listed(said)


def figures(words: Words, plans: Iterable[Scenario]) -> str:
    """What is in sums to build and to run and what in present values, in short; '' where they hold the same."""
    found = [terms_of(plan) for plan in plans if plan.planned]
    taxes = "_".join(name for name in ("duty", "vat") if any(getattr(each, name) for each in found))
    keys = [
        taxes,
        "relief" if any(each.profit_tax for each in found) else "",
        "rollout" if any(each.rollout for each in found) else "",
        "growth" if any(each.growth for each in found) else "",
    ]
    return " ".join(words(f"terms.figures.{key}") for key in keys if key)


def stated(words: Words, terms: Terms) -> list[Item]:
    """Every term that is not trivial, an item each."""
    numbers = words.numbers

    def by_category(rates: dict[str, float]) -> str:
        return words.listed(
            words("terms.of_category", of=words.name("category", name), rate=numbers.rate(rate))
            for name, rate in rates.items()
        )

    items = []
    if terms.rate:
        text = words("terms.stated.rate", rate=numbers.rate(terms.rate))
        if terms.capital:
            parts = {name: numbers.rate(value) for name, value in terms.capital.items()}
            text += " " + words("terms.stated.capital", profit_tax=numbers.rate(terms.profit_tax), **parts)
        items.append(Item(text, words(f"terms.label.{terms.rate_is}")))
    if terms.rollout:
        text = words("terms.stated.rollout", shares=when_built(words, terms))
        text += f" {words('terms.stated.licence')}" if terms.licence else ""
        items.append(Item(text, words("terms.label.rollout")))
    if terms.growth:
        named = {name: rate for name, rate in terms.growth.items() if name != OTHER}
        same = terms.growth.get(OTHER)
        rest = (
            [] if same is None else [numbers.rate(same) if not named else words("terms.rest", rate=numbers.rate(same))]
        )
        listed = words.semicolon.join([*([by_category(named)] if named else []), *rest])
        items.append(Item(words("terms.stated.growth", rates=listed), words("terms.label.growth")))
    if terms.duty:
        text = words("terms.stated.duty", rate=numbers.rate(terms.duty), parts=by_category(terms.imported))
        items.append(Item(text, words("terms.label.duty")))
    for key, rate in (("vat", terms.vat), ("profit_tax", terms.profit_tax)):
        if rate:
            items.append(Item(words(f"terms.stated.{key}", rate=numbers.rate(rate)), words(f"terms.label.{key}")))
    return items


def present_value(terms: Terms) -> str:
    """The formula of an item's present value in Typst's notation, with as much as the terms need."""
    later = bool(terms.rollout)
    bought = (
        "sum_(m >= 0, k + m L < T) K / (1 + r)^(k + m L) - R_k / (1 + r)^T"
        if later
        else "K + sum_(m L < T) K / (1 + r)^(m L) - R / (1 + r)^T"
    )
    cost = "O thin (1 + g)^t" if terms.growth else "O"
    yearly = f"sum_(t = {'k + 1' if later else '1'})^T ({cost}) / (1 + r)^t"
    bought = f"(1 + mu) ({bought})" if terms.taxes else bought
    yearly = f"(1 + nu) {yearly}" if terms.vat else yearly
    whole = f"sum_k a_k [{bought} + {yearly}]" if later else f"{bought} + {yearly}"
    return f"c = {whole}" + (" - p sum_(t = 1)^T W_t / (1 + r)^t" if terms.profit_tax else "")


def symbols(words: Words, terms: Terms) -> str:
    """What the letters stand for that only these terms need."""
    keys = [
        "rollout" if terms.rollout else "",
        "growth" if terms.growth else "",
        "taxes" if terms.taxes else "",
        "vat" if terms.vat else "",
        "profit_tax" if terms.profit_tax else "",
    ]
    return words.semicolon.join(words(f"terms.symbol.{key}") for key in keys if key)
