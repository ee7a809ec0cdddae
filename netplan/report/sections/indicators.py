"""Indicators of the ITU, U4SSC and the Sustainable Development Goals, and the electricity of the plan."""

from __future__ import annotations

import numpy as np

from netplan.counted import today_unknown
from netplan.report.content import Paragraph, Section, Table
from netplan.report.context import Context
from netplan.report.insight import PEOPLE, people, reach

WIRED = ("fibre-access", "line-access")
"""Kinds of technology that bring a cable to the premises."""
MOBILE = "cellular"
GENERATIONS = ("3G", "4G", "5G")
ORDER = ("2G", "3G", "4G", "5G")


def indicators(context: Context) -> Section | None:
    """The section; None without a plan."""
    if not context.plan.planned:
        return None
    words = context.words
    names = ("name", "code", "before", "after", "how")
    rows = [*_household_rows(context), *_mobile_rows(context), *_facility_rows(context)]
    if today_unknown(context.plan.tables["demand"], context.plan.project):  # no service found is not no service
        rows = [(name, code, words("indicators.unknown"), after, how) for name, code, _, after, how in rows]
    columns = tuple(words(f"indicators.columns.{name}") for name in names)
    caption, widths = words("indicators.caption"), (3.4, 2.3, 1.4, 1.5, 4.4)
    table = Table(caption, columns, tuple(rows), numeric=(2, 3), widths=widths)
    blocks = (Paragraph(words("indicators.intro")), table, _energy(context))
    return Section("indicators", words("indicators.title"), blocks)


def _household_rows(context: Context) -> list[tuple[str, ...]]:
    words, plan, numbers = context.words, context.plan, context.numbers
    service, homes = plan.project.get("service") or {}, reach(plan, "households", PEOPLE)
    if homes.total <= 0:
        return []
    by_class = {name: reach(plan, "households", (name,)) for name in PEOPLE}
    adoption = {name: float((service.get(name) or {}).get("adoption") or 0.0) for name in PEOPLE}
    before = sum(adoption[name] * by_class[name].before for name in PEOPLE) / homes.total
    after = sum(adoption[name] * by_class[name].after for name in PEOPLE) / homes.total
    wired, fixed = _subscriptions(context)
    how = words("indicators.reachable_how")
    reachable = (numbers.percent(homes.share_before), numbers.percent(homes.share))
    access = (numbers.percent(before), numbers.percent(after))
    per_hundred = fixed / people(plan).total * 100.0
    return [
        (words("indicators.household"), "U4SSC EC: ICT: ICT: 1C", *access, words("indicators.household_how")),
        (words("indicators.reachable"), "–", *reachable, how),
        (words("indicators.wired"), "U4SSC EC: ICT: ICT: 2C", "–", numbers.percent(wired / homes.total),
         words("indicators.wired_how")),
        (words("indicators.subscriptions"), words("indicators.sdg", number="17.6.1"), "–",
         numbers.fixed(per_hundred, 1), words("indicators.subscriptions_how")),
    ]  # fmt: skip


def _subscriptions(context: Context) -> tuple[float, float]:
    """New household connections by cable, and by anything but mobile networks."""
    tables = context.plan.tables
    service, technologies = tables["service"], context.plan.catalogue.get("technologies", {})
    kinds = {key: str(entry.get("kind")) for key, entry in technologies.items()}
    of_option = tables["equipment"].set_index("option_id")["technology"].map(kinds)
    kind = of_option.reindex(service["option_id"]).fillna("").to_numpy(object)
    classes = tables["demand"].set_index("demand_id")["class"].reindex(service["demand_id"])
    premises = service["premises"].to_numpy(float) * classes.isin(PEOPLE).to_numpy(bool)
    return float(premises[np.isin(kind, WIRED)].sum()), float(premises[kind != MOBILE].sum())


def _mobile_rows(context: Context) -> list[tuple[str, ...]]:
    """People covered by generation: that generation or a later one, and other wireless networks apart."""
    words, numbers = context.words, context.numbers
    coverage = context.plan.summary.get("coverage") or {}
    weight = {name: reach(context.plan, "weight", (name,)).total for name in PEOPLE}
    total = sum(weight.values())
    if total <= 0:
        return []

    def covered(keys: tuple[str, ...], figure: str) -> float:
        shares = {name: sum(float((coverage.get(name) or {}).get(key, {}).get(figure, 0.0)) for key in keys)
                  for name in PEOPLE}  # fmt: skip
        return sum(min(shares[name], 1.0) * weight[name] for name in PEOPLE) / total

    rows: list[tuple[str, ...]] = []
    for generation in GENERATIONS:
        later = ORDER[ORDER.index(generation) :]
        before = max(covered((key,), "reached_before") for key in later)
        after = max(before, covered(later, "served_after"))
        name = words("indicators.mobile", generation=generation)
        how = words("indicators.mobile_how")
        rows.append(
            (name, words("indicators.sdg", number="9.c.1"), numbers.percent(before), numbers.percent(after), how)
        )
    kinds = _wireless_kinds(context)
    if kinds:
        how = words("indicators.wireless_how", kinds=words.listed(words.name("indicators.kind", key) for key in kinds))
        figures = (numbers.percent(covered(kinds, name)) for name in ("served_before", "served_after"))
        rows.append((words("indicators.wireless"), "–", *figures, how))
    return rows


def _wireless_kinds(context: Context) -> tuple[str, ...]:
    """Kinds of wireless networks that are no mobile network and serve somebody, as the summary names them."""
    technologies = context.plan.catalogue.get("technologies", {}).values()
    wireless = {
        str(entry.get("generation") or entry.get("kind"))
        for entry in technologies
        if entry.get("kind") not in (*WIRED, MOBILE)
    }
    coverage = context.plan.summary.get("coverage") or {}
    served = {
        key
        for name in PEOPLE
        for key, shares in (coverage.get(name) or {}).items()
        if shares.get("served_after") or shares.get("served_before")
    }
    return tuple(sorted(wireless & served))


def _facility_rows(context: Context) -> list[tuple[str, ...]]:
    words, plan, numbers = context.words, context.plan, context.numbers
    stated = (plan.project.get("demand") or {}).get("facilities") or {}
    rows: list[tuple[str, ...]] = []
    for name in context.facilities(plan):
        if name not in stated:
            continue
        found = reach(plan, "weight", (name,))
        rate = numbers.plain(stated[name].get("rate_mbps"))
        how = words("indicators.facility_how", rate=rate, total=numbers.fixed(found.total))
        code = words("indicators.sdg", number="4.a.1") if name == "schools" else "–"
        shares = (numbers.reached(found.share_before), numbers.reached(found.share))
        rows.append((words("indicators.facility", of=context.class_name(name)), code, *shares, how))
    return rows


def _energy(context: Context) -> Table:
    words, numbers, found = context.words, context.numbers, context.energy
    served = people(context.plan).after
    rows = [
        (
            words("indicators.energy"),
            words("indicators.kwh", n=numbers.fixed(found.total_kwh)),
            words("indicators.energy_how"),
        )
    ]
    for kind, kwh in sorted(found.kwh.items(), key=lambda pair: -pair[1]):
        name = words("indicators.energy_kind", kind=words.name("power_kind", kind))
        rows.append((name, words("indicators.kwh", n=numbers.fixed(kwh)), ""))
    if served > 0:
        each = words("indicators.kwh", n=numbers.digits(found.total_kwh / served, 2))
        rows.append((words("indicators.energy_person"), each, ""))
    factor, code = found.factor, found.country
    unnamed = words("indicators.co2_unlisted", code=code) if code else words("indicators.co2_default")
    how = words(
        "indicators.co2_how",
        factor=numbers.fixed(factor.value),
        country=words.word(factor.name),
        year=factor.year,
        source=words.word(factor.source.partition(":")[0]),
        default="" if found.named else words.semicolon + unnamed,
    )
    rows.append((words("indicators.co2"), words("indicators.co2_value", t=numbers.digits(found.co2_t, 2)), how))
    columns = tuple(words(f"indicators.energy_columns.{name}") for name in ("what", "value", "how"))
    return Table(words("indicators.energy_caption"), columns, tuple(rows), numeric=(1,), widths=(3.5, 2, 6))
