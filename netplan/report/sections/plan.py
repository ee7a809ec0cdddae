"""The recommended plan: why this one, its sites, equipment and links, and where the money goes."""

from __future__ import annotations

from netplan.asked import asked_apart
from netplan.interval import CENT
from netplan.netted import CATEGORY
from netplan.report.content import Block, Paragraph, Section, Table
from netplan.report.context import Context
from netplan.report.insight import PEOPLE, SHARED, kilometres, level_payment, levers_used, people
from netplan.report.sections.net import paid_between
from netplan.report.sections.within import why_most
from netplan.report.terms import figures
from netplan.report.verdict import budgets, complete, saving


def plan(context: Context) -> Section:
    """The section; empty of tables where there is no plan."""
    words = context.words
    if not context.plan.planned:
        return Section("plan", words("plan.title_one"), (Paragraph(words("first.none_title") + "."),))
    blocks: list[Block] = [Paragraph(" ".join(_why(context)))]
    payment = _payment(context)
    blocks += [Paragraph(payment)] if payment else []
    blocks += [_money(context), *_leaks(context), *_sites(context), _equipment(context), *_links(context)]
    title = words(f"plan.title{'' if context.recommends else '_shown' if context.several else '_one'}")
    return Section("plan", title, tuple(blocks))


def _why(context: Context) -> list[str]:
    words, chosen = context.words, context.plan
    if not context.several:
        sentences = [words("plan.why_only", scenario=chosen.name)]
    elif not context.recommends:
        sentences = [_why_shown(context)]
    elif budgets(context.peers):
        sentences = why_most(context)
    else:
        key = "plan.why_cheapest" if complete(chosen) else "plan.why_short"
        sentences = [words(key, scenario=chosen.name, n=context.numbers.fixed(len(context.peers)))]
        rivals = [each for each in context.peers if each is not chosen and each.planned]
        if any(saved is not None and saved.value == 0 for saved in (saving(chosen, each) for each in rivals)):
            sentences.append(words("plan.why_tie"))
        elif any(each.bound is None or each.bound < chosen.cost for each in rivals):
            sentences.append(words("plan.why_unproven"))
    if not context.alike and len(context.peers) > 1:
        sentences.insert(0, words("plan.why_among"))
    levers = [_small(chosen.label("levers", lever)) for lever in chosen.sharing]
    if not levers:
        return [*sentences, words("plan.opens_nothing")]
    used = [_small(lever.label) for lever in levers_used(chosen)]
    sentences.append(words("plan.opens", levers=words.listed(levers)))
    return [*sentences, words("plan.uses", used=words.listed(used)) if used else words("plan.uses_nothing")]


def _why_shown(context: Context) -> str:
    """That scenarios which do not ask the same are not ranked."""
    others = [each for each in context.material.scenarios if each.planned and each is not context.plan]
    keys = dict.fromkeys(key for each in others for key in asked_apart(context.plan, each))
    what = context.words.listed(_small(context.words(f"comparison.unlike.{key}")) for key in keys)
    return context.words("plan.why_shown", scenario=context.plan.name, what=what)


def _small(text: str) -> str:
    """A label inside a sentence."""
    return text[:1].lower() + text[1:]


def _payment(context: Context) -> str:
    chosen, yearly = context.plan, level_payment(context.plan)
    newly = people(chosen)
    count = newly.after - newly.before
    if yearly is None or count <= 0:
        return ""
    sums = {"payment": context.money(yearly), "person": context.money(round(yearly / count, 2))}
    return context.words("plan.payment", years=context.years(chosen), **sums)


def _columns(context: Context, key: str, names: tuple[str, ...]) -> tuple[str, ...]:
    return context.columns(f"plan.{key}_columns", names)


def _money(context: Context) -> Table:
    words, numbers, costs = context.words, context.numbers, context.plan.tables["costs"]
    sums = costs.groupby("category")[["npv", "capex", "opex_per_year"]].sum().sort_values("npv", ascending=False)
    paid = paid_between(context.plan)
    total = float(sums["npv"].sum()) - paid
    rows: list[tuple[str, ...]] = [
        (
            words.name("category", str(name)),
            numbers.whole_money(npv),
            numbers.percent(npv / total) if total else "–",
            numbers.whole_money(capex),
            numbers.whole_money(opex),
        )
        for name, npv, capex, opex in sums.itertuples(name=None)
    ]
    if paid >= CENT:
        share = numbers.percent(-paid / total) if total else "–"
        rows.append((words.name("category", CATEGORY), numbers.whole_money(-paid), share, "–", "–"))
    whole = (sums["capex"].sum(), sums["opex_per_year"].sum())
    rows.append(
        (words("plan.total"), numbers.whole_money(total), numbers.percent(1.0), *map(numbers.whole_money, whole))
    )
    names = _columns(context, "money", ("category", "npv", "share", "capex", "opex"))
    caption, note = words("plan.money_caption"), "" if context.several else figures(words, [context.plan])
    numeric, last = (1, 2, 3, 4), (len(rows) - 1,)
    return Table(caption, names, tuple(rows), numeric, last, widths=(5, 2, 1.4, 2, 2), note=note)


def _apart(context: Context) -> str:
    """That sums of sites and links hold power and running, where the plan pays for them."""
    paid = {"power", "site-operation"} & set(context.plan.tables["costs"]["category"])
    return context.words("plan.apart_note") if paid else ""


def _leaks(context: Context) -> list[Block]:
    """What the cable in pipes is credited with, where it is."""
    told = context.plan.summary.get("leak_sensing")
    if not isinstance(told, dict):
        return []
    km = context.numbers.fixed(float(told["km"]), 1)
    value, npv = (context.money(float(told[key])) for key in ("value_per_year", "npv"))
    return [Paragraph(context.words("plan.leaks", km=km, value=value, npv=npv))]


def _sites(context: Context) -> list[Block]:
    words, numbers, sites = context.words, context.numbers, context.plan.tables["sites"]
    if sites.empty:
        return []
    rows: list[tuple[str, ...]] = []
    groups = sites.groupby(["structure", "status"])
    for (structure, status), of_kind in sorted(groups, key=lambda pair: (-len(pair[1]), pair[0])):
        links = of_kind["backhaul"].value_counts()
        rows.append(
            (
                context.plan.label("structures", str(structure)),
                words.name("status", str(status)),
                numbers.fixed(len(of_kind)),
                numbers.fixed(int(links.get("fibre", 0))),
                numbers.fixed(int(links.get("microwave", 0) + links.get("satellite", 0))),
                numbers.whole_money(float(of_kind["capex"].sum())),
                numbers.whole_money(float(of_kind["npv"].sum())),
            )
        )
    by = sites["backhaul"].value_counts()
    counts = (len(sites), int(by.get("fibre", 0)), int(by.get("microwave", 0) + by.get("satellite", 0)))
    money = (float(sites["capex"].sum()), float(sites["npv"].sum()))
    rows.append((words("plan.total"), "", *map(numbers.fixed, counts), *map(numbers.whole_money, money)))
    names = _columns(context, "sites", ("structure", "status", "n", "fibre", "radio", "capex", "npv"))
    caption, last = words("plan.sites_caption"), (len(rows) - 1,)
    widths, note = (4, 2, 1.5, 1.5, 1.5, 2, 2), _apart(context)
    return [Table(caption, names, tuple(rows), numeric=(2, 3, 4, 5, 6), strong=last, widths=widths, note=note)]


def _equipment(context: Context) -> Table:
    words, numbers, tables = context.words, context.numbers, context.plan.tables
    equipment, demand = tables["equipment"], tables["demand"].set_index("demand_id")
    service = tables["service"]
    share = service["share"].to_numpy(float)
    population = demand["population"].reindex(service["demand_id"]).fillna(0.0).to_numpy(float)
    place = ~demand["class"].reindex(service["demand_id"]).isin((*PEOPLE, *SHARED)).to_numpy(bool)
    weight = demand["weight"].reindex(service["demand_id"]).fillna(0.0).to_numpy(float)
    technology = (
        equipment.set_index("option_id")["technology"].reindex(service["option_id"]).fillna("").to_numpy(object)
    )
    rows = []
    groups = equipment.groupby("technology")
    for name, units in sorted(groups, key=lambda pair: (-len(pair[1]), pair[0])):
        of_name = technology == name
        use = units["utilisation"]
        rows.append(
            (
                context.plan.label("technologies", str(name)),
                numbers.fixed(len(units)),
                numbers.fixed(float((share * population)[of_name].sum())),
                numbers.fixed(float((share * weight)[of_name & place].sum())),
                numbers.fixed(float(units["load_mbps"].sum())),
                numbers.percent(float(use.mean()), 0),
                numbers.percent(float(use.max()), 0),
            )
        )
    names = _columns(context, "equipment", ("technology", "n", "people", "places", "load", "use", "full"))
    note = words("plan.equipment_note")
    caption, widths = words("plan.equipment_caption"), (4, 1.3, 2, 2, 1.7, 1.5, 1.5)
    return Table(caption, names, tuple(rows), numeric=(1, 2, 3, 4, 5, 6), widths=widths, note=note)


def _links(context: Context) -> list[Block]:
    words, numbers, links = context.words, context.numbers, context.plan.tables["links"]
    sums = kilometres(context.plan)
    if sums.empty:
        return []
    used = links.assign(use=links["load_mbps"] / links["capacity_mbps"]).groupby(["medium", "status"])["use"].max()
    rows: list[tuple[str, ...]] = []
    for medium, status, count, km, capex, npv in sums.itertuples(index=False, name=None):
        use = float(used.get((medium, status), float("nan")))
        money = map(numbers.whole_money, (capex, npv))
        fullest = numbers.percent(use, 0) if use == use else words("plan.unlimited")
        label = context.plan.label("media", str(medium))
        rows.append(
            (label, words.name("status", str(status)), numbers.fixed(count), numbers.amount(km), fullest, *money)
        )
    km, capex, npv = (float(sums[name].sum()) for name in ("km", "capex", "npv"))
    total = (numbers.fixed(int(sums["links"].sum())), numbers.amount(km))
    rows.append((words("plan.total"), "", *total, "", numbers.whole_money(capex), numbers.whole_money(npv)))
    names = _columns(context, "links", ("medium", "status", "n", "km", "use", "capex", "npv"))
    caption, last = words("plan.links_caption"), (len(rows) - 1,)
    widths, note = (4, 2, 1.3, 1.5, 1.5, 2, 2), _apart(context)
    return [Table(caption, names, tuple(rows), numeric=(2, 3, 4, 5, 6), strong=last, widths=widths, note=note)]
