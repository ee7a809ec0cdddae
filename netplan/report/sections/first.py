"""The first page: what a minister's adviser needs, without a term of art."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd

from netplan.asked import asked_apart
from netplan.counted import beside
from netplan.interval import CENT
from netplan.report.asked import by_levers
from netplan.report.content import Block, Box, Bullets, Fact, Facts, Item, Paragraph, Section
from netplan.report.context import Context
from netplan.report.insight import (
    PEOPLE,
    SHARED,
    kilometres,
    levers_used,
    people,
    price_origins,
    price_range,
    reach,
    shared_only,
    tower_levers,
)
from netplan.report.read import Scenario
from netplan.report.sections.care import of_the_data, of_the_proof, service_today
from netplan.report.sections.maps import overview
from netplan.report.sections.net import net_sentences, paid_between
from netplan.report.sections.within import more_fact, more_sentence
from netplan.report.terms import at_rate, held, in_brackets, terms_of
from netplan.report.verdict import More, Saving, certainty, complete, saving, served_within

SHOWN_IDS = 5
BUDGET = "budget"
"""among what is in the way of a plan, beside equipment and links"""
RADIO = "microwave"
"""Kind of medium whose grades are one thing to a reader."""


def first_page(context: Context) -> Section:
    """The page; of an answer without a plan it says why."""
    words = context.words
    blocks = _plan_blocks(context) if context.plan.planned else no_plan(context, context.plan)
    return Section("first", words("first.title"), tuple(blocks))


def _plan_blocks(context: Context) -> list[Block]:
    words, plan = context.words, context.plan
    items = [
        Item(what_to_build(context, plan), words("first.build")),
        Item(_for_whom(context), words("first.whom")),
        Item(_what_it_costs(context), words("first.cost")),
        Item(how_sure(context, plan), words("first.sure")),
    ]
    if context.several:
        shares = any(by_levers(context.reference, each) for each in context.material.scenarios[1:])
        head = words("first.sharing" if shares else "first.scenarios")
        items.append(Item(" ".join(sharing_sentences(context)), head))
    items += [
        Item(" ".join(what_it_hangs_on(context, plan)), words("first.hangs")),
        Item(" ".join([*_assumed(context), *of_the_data(context, plan)]), words("first.assumed")),
    ]
    blocks: list[Block] = [Paragraph(_lead(context), "lead"), _facts(context), Bullets(tuple(items))]
    if not complete(plan):
        blocks.insert(1, Box(words("first.short_title"), tuple(shortfalls(context, plan, "first.short")), "caution"))
    picture = overview(context)
    return [*blocks, replace(picture, fills=True)] if picture else blocks


def _lead(context: Context) -> str:
    words, plan, numbers = context.words, context.plan, context.numbers
    of_people = people(plan)
    parts = []
    shared = shared_only(plan)
    for name in context.facilities(plan):
        if shared and name in SHARED:
            continue  # they are the people of the sentence
        served = reach(plan, "weight", (name,))
        text = {"served": numbers.fixed(served.after), "total": numbers.fixed(served.total)}
        if text["served"] == text["total"] == "1":
            known = words.has(f"only.{name}")
            parts.append(words(f"only.{name}") if known else words("first.lead_only", of=words.name("numbered", name)))
            continue
        key = "first.lead_all" if text["served"] == text["total"] else "first.lead_facility"
        parts.append(words(key, of=words.name("numbered", name), **text))
    if parts and (of_people.total <= 0 or of_people.after - of_people.before < 0.5):
        return words("first.lead_places", list=words.listed(parts))
    return words(
        "first.lead_shared" if shared else "first.lead",
        rates=context.rates(plan),
        people=numbers.fixed(of_people.after - of_people.before),
        share=numbers.reached(of_people.share),
        total=numbers.fixed(of_people.total),
        facilities=words("first.lead_also", list=words.listed(parts)) if parts else "",
    )


def _facts(context: Context) -> Facts:
    words, plan, terms = context.words, context.plan, terms_of(context.plan)
    note = words(
        "first.fact_cost_note",
        years=context.years(plan),
        year=plan.economics.get("price_year"),
        rate=at_rate(words, terms),
        held=held(words, terms),
    )
    person = _cost_per_person(plan)
    facts = [
        Fact(words("first.fact_cost"), context.money(plan.number("objective_npv")), note),
        *([] if person is None else [Fact(words("first.fact_person"), context.money(person), _person_note(context))]),
        _sure_fact(context),
    ]
    if context.more_served:
        return Facts((*facts, more_fact(context, _headline_more(context))))
    found = headline_saving(context)
    return Facts((*facts, _saving_fact(context, found)) if found else tuple(facts))


def _headline_more(context: Context) -> More:
    """How many more the recommended plan serves than the reference; else what the next best scenario does."""
    found = context.more_served
    return next((each for each in found if each.scenario is context.plan), max(found, key=lambda each: each.value))


def _cost_per_person(plan: Scenario) -> float | None:
    """The plan's own figure, which is of people at home; else the cost over the people newly served as they count."""
    stated, cost, of_people = plan.number("cost_per_person_served"), plan.number("objective_npv"), people(plan)
    new = of_people.after - of_people.before
    return cost / new if stated is None and cost is not None and new >= 1 else stated


def _person_note(context: Context) -> str:
    """Over whom the cost is divided, and what else is in it."""
    others = beside(context.plan.tables["demand"], context.plan.project)
    if not others:
        return context.words("first.fact_person_note")
    listed = context.words.listed(context.words.name("others", name) for name in others)
    return context.words("first.fact_person_note_also", others=listed)


def _sure_fact(context: Context) -> Fact:
    words, plan = context.words, context.plan
    key = f"first.fact_sure_{_sure_key(plan)}"
    text = {"gap": context.numbers.proven(plan.number("gap")), "bound": context.money(plan.bound)}
    return Fact(words("first.fact_sure"), words(key, **text), words(f"{key}_note", **text))


def _sure_key(plan: Scenario) -> str:
    """How sure the cost is; within a budget only plans that serve as many are proven to cost no less."""
    sure = certainty(plan)
    among = "_served" if sure in ("optimal", "bounded") and served_within(plan) is not None else ""
    return sure + among


def headline_saving(context: Context) -> Saving | None:
    """What the plan shown saves against the reference; where that is itself shown, what the next cheapest scenario
    does. None where they do not ask the same."""
    if not context.several or context.reference not in context.peers:
        return None
    if context.plan is not context.reference:
        return saving(context.reference, context.plan)
    like = [each for each in context.savings if each.scenario in context.peers]
    return max(like, key=lambda each: each.value, default=None)


def _saving_fact(context: Context, found: Saving) -> Fact:
    words = context.words
    how = "proven" if found.distinguishable else "close" if found.bounded else "open"
    # what no lever brought about is not said to come of sharing
    against = "" if by_levers(found.reference, found.scenario) else "_against"
    named = {"scenario": found.scenario.name, "reference": found.reference.name}
    key = f"first.fact_saving_{how}{against if how == 'proven' else ''}"
    note = words(key, share=context.numbers.percent(abs(found.share)), **named)
    if found.value == 0:
        known = "equal" if found.low == found.high == 0 else "unknown"
        told = words("first.fact_saving_nothing" if known == "equal" else "first.fact_saving_not_known")
        return Fact(words(f"first.fact_saving_same{against}", **named), told, words(f"first.fact_saving_{known}"))
    key = "first.fact_saving" if found.value > 0 else "first.fact_saving_more"
    return Fact(words(f"{key}{against}", **named), context.money(abs(found.value)), note)


def what_to_build(context: Context, plan: Scenario) -> str:
    """Sites, equipment and links in one sentence."""
    words, numbers = context.words, context.numbers
    equipment = context.labelled("technologies", _counts(context, plan.tables["equipment"]["technology"]))
    sites = plan.tables["sites"]
    if sites.empty:
        return words("first.build_nothing", equipment=equipment) if equipment else words("first.build_none")
    links = words.listed(
        words("first.build_km", km=numbers.amount(km), what=lower(label)) for label, km in _by_medium(context, plan)
    )
    structures = context.labelled("structures", _counts(context, sites["structure"]))
    text = {"sites": words.count("site", len(sites)), "structures": structures, "equipment": equipment}
    return words("first.build_text", links=links, **text) if links else words("first.build_unlinked", **text)


def _by_medium(context: Context, plan: Scenario) -> list[tuple[str, float]]:
    """Kilometres by medium, longest first; the grades of microwave radio together."""
    sums: dict[str, float] = {}
    for medium, km in kilometres(plan)[["medium", "km"]].itertuples(index=False, name=None):
        radio = plan.catalogue.get("media", {}).get(medium, {}).get("kind") == RADIO
        label = context.words("first.build_radio") if radio else plan.label("media", str(medium))
        sums[label] = sums.get(label, 0.0) + float(km)
    return sorted(sums.items(), key=lambda pair: -pair[1])


def _counts(context: Context, column: pd.Series) -> list[tuple[str, str]]:
    return [(str(key), context.numbers.fixed(float(n))) for key, n in column.value_counts(sort=True).items()]


def _for_whom(context: Context) -> str:
    words, plan, numbers = context.words, context.plan, context.numbers
    service = plan.project.get("service") or {}
    present = set(plan.tables["demand"]["class"])
    adoption = [
        words("first.adoption", share=numbers.rate(level.get("adoption")), of=words.name("place", name))
        for name, level in service.items()
        if name in present and name in PEOPLE
    ]
    if shared_only(plan):
        share = numbers.rate((plan.project.get("community") or {}).get("adoption"))
        adoption = [words("first.adoption_shared", share=share)]
    of_people = people(plan)
    text = words(
        "first.whom_text",
        today=service_today(context, plan),
        adoption=words.listed(adoption),
        premises=words.count("connection", float(plan.tables["service"]["premises"].sum())),
    )
    left = of_people.total - of_people.after
    if left < 0.5:
        return text
    share = numbers.percent(left / of_people.total)
    why = "first.whom_left" if complete(plan) and served_within(plan) is None else "first.whom_left_over"
    return f"{text} {words(why, people=words.count('person', left), share=share)}"


def _what_it_costs(context: Context) -> str:
    words, plan = context.words, context.plan
    costs = plan.summary.get("costs_npv") or {}
    largest = max(costs, key=lambda name: costs[name], default="")
    total = sum(costs.values())
    if not plan.number("capex_total") and not plan.number("opex_per_year_total") and not total:
        return words("first.cost_nothing")
    return words(
        "first.cost_text",
        capex=context.money(plan.number("capex_total")),
        opex=context.money(plan.number("opex_per_year_total")),
        share=context.numbers.percent(costs[largest] / total, 0) if total else "–",
        category=lower(words.name("category", largest)),
        **in_brackets(words, terms_of(plan)),
    )


def lower(text: str) -> str:
    """The text with a small first letter, as inside a sentence."""
    return text[:1].lower() + text[1:]


def how_sure(context: Context, plan: Scenario) -> str:
    """What is proven of the plan's cost."""
    words, gap = context.words, plan.number("gap")
    width = None if gap is None or plan.bound is None else plan.cost - plan.bound
    text = {
        "bound": context.money(plan.bound),
        "gap": context.numbers.proven(gap),
        "width": context.money(width),
    }
    sentence = words(f"first.sure_{_sure_key(plan)}", **text)
    stages: list[dict[str, Any]] = plan.summary.get("stages") or []
    if len(stages) > 1:
        most = context.numbers.proven(stages[0].get("gap"))
        sentence = words("first.sure_stages", gap=most) + " " + sentence
    return " ".join([sentence, *net_sentences(context, plan), *of_the_proof(context, plan)])


def sharing_sentences(context: Context) -> list[str]:
    """What every further scenario saves against the first, and what is proven of it."""
    words, reference = context.words, context.reference
    found = {each.scenario.name: each for each in context.savings}
    within = {each.scenario.name: each for each in context.more_served}
    sentences = []
    for scenario in context.material.scenarios[1:]:
        if scenario.name in within:
            sentences.append(more_sentence(context, within[scenario.name]))
            continue
        if scenario.name not in found:
            sentences.append(words("first.sharing_none", scenario=scenario.name))
            continue
        sentences.append(saving_sentence(context, found[scenario.name]))
        unlike = asked_apart(reference, scenario)
        if unlike:
            sentences.append(_unlike(context, unlike))
        if (
            scenario in context.peers
            and scenario.cost > context.plan.cost
            and set(scenario.sharing) > set(context.plan.sharing)
        ):
            sentences.append(words("first.sharing_better"))
    if not reference.planned:
        sentences.insert(0, words("first.sharing_none", scenario=reference.name))
    return [*sentences, *multiplied(context)]


def _unlike(context: Context, keys: list[str]) -> str:
    """That two scenarios do not ask the same."""
    what = context.words.listed(lower(context.words(f"comparison.unlike.{key}")) for key in keys)
    return context.words("first.sharing_unlike", what=what)


def multiplied(context: Context) -> list[str]:
    """Of each scenario whose operators' networks are one plan times the operators: that they are."""
    found = [(each.name, each.summary.get("multiplied")) for each in context.material.scenarios]
    return [
        context.words(
            "within.multiplied", scenario=name, operator=of["operator"], n=context.numbers.fixed(of["networks"]),
            share=context.numbers.percent(of["share"], 0),
        )
        for name, of in found
        if of
    ]  # fmt: skip


def saving_sentence(context: Context, found: Saving) -> str:
    """The saving of one scenario with its interval; never a claim that the bounds do not carry.

    Of plans that are not asked the same the difference of their costs is told, for it is no saving.
    """
    words, reference = context.words, context.reference
    alike = not asked_apart(reference, found.scenario)
    less = "saves" if alike else "cheaper"
    key = "same" if found.value == 0 else less if found.value > 0 else "more"
    text = {"value": context.money(abs(found.value)), "share": context.numbers.percent(abs(found.share))}
    named = {"scenario": found.scenario.name, "reference": reference.name, "other": context.money(reference.cost)}
    from_nothing = "_nothing" if key == "more" and not reference.cost else ""
    sentence = words(f"first.sharing_{key}{from_nothing}", **named, **text)
    if not alike or (found.value == 0 and found.low == found.high == 0):
        return sentence
    if found.bounded and found.high - found.low < CENT:
        return f"{sentence} {words('within.exact')}"
    how = "proven" if found.distinguishable else "close" if found.bounded else "open"
    interval = {"low": context.money(found.low), "high": context.money(found.high)}
    return f"{sentence} {words(f'first.sharing_{how}', **interval)}"


def what_it_hangs_on(context: Context, plan: Scenario) -> list[str]:
    """Consents and assumed places that the plan stands on."""
    words, numbers = context.words, context.numbers
    used = levers_used(plan)
    sentences = []
    for lever in used:
        amounts = [words("first.hangs_sites", n=numbers.fixed(lever.sites))] if lever.sites else []
        amounts += [words("first.hangs_km", n=numbers.amount(lever.km))] if lever.km else []
        if lever.key in plan.agreed:
            sentences.append(words("first.hangs_operators", label=lever.label))
        if amounts:
            sentences.append(words("first.hangs_lever", label=lever.label, amount=words.listed(amounts)))
    if not used:
        sentences.append(words("first.hangs_alone"))
    existing = plan.project.get("existing") or {}
    if existing.get("towers_assumed") and tower_levers(plan) & {lever.key for lever in used}:
        sentences.append(words("first.hangs_towers"))
    if existing.get("pops_assumed"):
        sentences.append(words("first.hangs_pops"))
    return sentences


def _assumed(context: Context) -> list[str]:
    words, plan, numbers = context.words, context.plan, context.numbers
    origins = price_origins(plan)
    total = float(origins["npv"].sum())
    sentences = []
    if total > 0:
        sums = origins.groupby("origin")["npv"].sum()
        assumed = origins[origins["origin"] == "assumed"].groupby("category")["npv"].sum()
        if len(assumed):
            text = {name: numbers.percent(float(sums.get(name, 0.0)) / total, 0) for name in ("assumed", "published")}
            category = lower(words.name("category", str(assumed.idxmax())))
            key = "first.assumed_prices"
            sentences.append(words(key, share=text["assumed"], published=text["published"], category=category))
            ends = price_range(plan)[["low", "high"]].sum()
            low, high = (context.money(float(ends[name])) for name in ("low", "high"))
            sentences.append(words("first.assumed_range", low=low, high=high))
            if paid_between(plan) >= CENT:
                sentences.append(words("extra.prices.with_paid"))
    count = len(plan.summary.get("assumptions") or ())
    if count:
        sentences.append(words("first.assumed_list", n=numbers.fixed(count)))
    return sentences or [words("assumptions.project_none")]


def shortfalls(context: Context, plan: Scenario, key: str) -> list[Item]:
    """The targets that are missed, an item each."""
    words, numbers = context.words, context.numbers
    items = []
    for name, missing in (plan.summary.get("shortfall") or {}).items():
        target = (plan.summary.get("targets") or {}).get(name) or {}
        if missing:
            figures = {"missing": numbers.fixed(missing), "total": numbers.fixed(target.get("total"))}
            goal = numbers.rate(target.get("target"))
            items.append(Item(words(key, of=context.head(context.class_name(name)), target=goal, **figures)))
    return items


def no_plan(context: Context, plan: Scenario) -> list[Block]:
    """Why there is no plan, what is in the way, what would help."""
    words = context.words
    infeasible = plan.summary.get("status") == "infeasible"
    by = words.name("method.stopped", str(plan.summary.get("stopped_by") or "–"))
    why = words("first.none_infeasible") if infeasible else words("first.none_stopped", by=by)
    items = shortfalls(context, plan, "first.none_short")
    binding = plan.summary.get("binding") or {}
    for what, ids in binding.items():
        if what == BUDGET:
            items.append(Item(words("first.none_budget", sum=context.money(plan.project.get("budget")))))
        elif ids:
            shown = ", ".join(ids[:SHOWN_IDS])
            more = len(ids) - SHOWN_IDS
            named = words("first.none_more", ids=shown, n=context.numbers.fixed(more)) if more > 0 else shown
            items.append(Item(words("first.none_binding", what=words.name("first.none_what", what), ids=named)))
    help_ = words(f"first.none_todo_{'infeasible' if infeasible else 'stopped'}")
    blocks: list[Block] = [Paragraph(words("first.none_lead", scenario=plan.name, why=why), "lead")]
    if items:
        blocks.append(Box(words("first.none_title"), tuple(items), "caution"))
    helps = (Item(words("first.none_todo_budget")), Item(help_)) if BUDGET in binding else (Item(help_),)
    return [*blocks, Box(words("first.none_todo_title"), helps)]
