"""What every sign of a plan means and how much of it there is: sections of the legend."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.colors import to_rgba

from netplan.maps.languages import ENGLISH, Language
from netplan.maps.layers import TINTS, Looks, reach_classes, site_kind
from netplan.maps.legend import Row
from netplan.maps.read import WrittenPlan
from netplan.maps.style import BASELINE, EXCLUDED, INK, ROAD, UNSERVED, WATER, area_patch
from netplan.maps.words import class_name, number, percent, short


def people_by_technology(plan: WrittenPlan) -> dict[str, float]:
    """People whom the plan serves, by the technology of the option that serves them (facilities hold none)."""
    people = plan.demand.set_index("demand_id")["population"]
    if len(plan.service):
        technology = plan.equipment.drop_duplicates("option_id").set_index("option_id")["technology"]
        names = plan.service["option_id"].map(technology).fillna("")
        served = plan.service["demand_id"].map(people).fillna(0.0).astype(float) * plan.service["share"]
    else:
        names = plan.demand["technology"]
        new = (plan.demand["served_share"] - plan.demand["baseline_share"]).clip(lower=0)
        served = plan.demand["population"] * new
    sums = served.groupby(names).sum()
    return {str(name): float(total) for name, total in sums.items() if name}


def access_rows(
    plan: WrittenPlan,
    styles: Looks,
    language: Language = ENGLISH,
    breaks: npt.NDArray[np.float64] | None = None,
    more: int = 0,
) -> list[Row]:
    """Equipment by technology with the people it serves, and the signs of who is not served."""
    people, counts = people_by_technology(plan), plan.equipment["technology"].value_counts()
    rows = [Row(language.say("access"), language.say("units_people"), heading=True)]
    for name in sorted(styles.technologies, key=lambda n: (-people.get(n, 0.0), n)):
        look = styles.technologies[name]
        value = f"{number(float(counts.get(name, 0)), language)} · {short(people.get(name, 0.0), language)}"
        rows.append(Row(look.label, value, patch=area_patch(look, TINTS[-1], more)))
    rows += reach_rows(plan, language)
    if breaks is not None and breaks.any():
        greys = tuple((0.15, 0.15, 0.15, tint) for tint in TINTS)
        rows.append(Row(language.say("tint"), ramp=(greys, tuple(number(value, language) for value in breaks))))
    return rows


def reach_rows(plan: WrittenPlan, language: Language = ENGLISH) -> list[Row]:
    """People served today, left out in part, and left out."""
    rows = []
    demand = plan.demand
    reach, population = reach_classes(demand), demand["population"].to_numpy(float)
    left = population * (1.0 - demand["served_share"].to_numpy(float))
    if (reach == "baseline").any():
        value = short(float(population[reach == "baseline"].sum()), language)
        rows.append(Row(language.say("served_today"), value, patch={"facecolor": BASELINE, "alpha": 0.5}))
    for kind, hatch, face in (("partly", "////", "none"), ("unserved", "xxxx", to_rgba(UNSERVED, 0.25))):
        if (reach == kind).any():
            style = {"facecolor": face, "edgecolor": UNSERVED, "hatch": hatch, "hatch_linewidth": 0.5, "linewidth": 0.4}
            rows.append(Row(language.say(kind), short(float(left[reach == kind].sum()), language), patch=style))
    return rows


def people_rows(plan: WrittenPlan, language: Language = ENGLISH) -> list[Row]:
    """Served by class: share after the plan, share today, of how many."""
    rows = [Row(language.say("by_class"), language.say("with_today_of"), heading=True)]
    demand = plan.demand
    for name in sorted(set(demand["class"])):
        of = demand[demand["class"] == name]
        weight = float(of["weight"].sum())
        if weight <= 0:
            continue
        after, before = ((of["weight"] * of[c]).sum() / weight for c in ("served_share", "baseline_share"))
        today = "–" if plan.today_unknown else percent(before, language)
        value = f"{percent(after, language)} · {today} · {number(weight, language)}"
        rows.append(Row(class_name(name, language), value))
    return rows


def site_rows(
    plans: WrittenPlan | Sequence[WrittenPlan],
    styles: Looks,
    assumed: frozenset[str] = frozenset(),
    language: Language = ENGLISH,
    grouped: bool = False,
) -> list[Row]:
    """Sites by structure, PoPs, and the ring of satellite backhaul; numbers plan by plan where there are several."""
    plans = [plans] if isinstance(plans, WrittenPlan) else list(plans)
    rows = [Row(language.say("sites"), _heading(language.say("number"), plans, language), heading=True)]
    counts = [site_kind(plan.sites).value_counts() for plan in plans]
    kinds = sorted({str(kind) for count in counts for kind in count.index})
    for kind in kinds:
        look = styles.structures[kind]
        value = _each([float(count.get(kind, 0)) for count in counts], language) + ("*" if kind in assumed else "")
        rows.append(Row(look.label, value, line={"marker": look.marker, "color": look.colour, "markersize": 5.5}))
    if assumed & set(kinds):
        rows.append(Row(language.say("assumed_positions")))
    if grouped:
        ring = {"marker": "o", "markerfacecolor": "#BBBBBB", "color": INK, "markersize": 7, "markeredgewidth": 0.5}
        rows.append(Row(language.say("grouped"), line=ring))
    satellite = [int((plan.sites["backhaul"] == "satellite").sum()) for plan in plans]
    if any(satellite):
        ring = {"marker": "o", "markerfacecolor": "none", "color": INK, "markersize": 7, "markeredgewidth": 0.8}
        rows.append(Row(language.say("satellite_backhaul"), _each(satellite, language), line=ring))
    pops = [int((plan.nodes["kind"] == "pop").sum()) for plan in plans]
    if any(pops):
        star = {"marker": "*", "color": "black", "markersize": 9}
        rows.append(Row(language.say("pop"), _each(pops, language), line=star))
    return rows if len(rows) > 1 else [*rows, Row(language.say("none"))]


def _heading(what: str, plans: Sequence[WrittenPlan], language: Language) -> str:
    return language.say("left_to_right", what=what) if len(plans) > 1 else what


def _each(values: Sequence[float], language: Language) -> str:
    return " · ".join(number(value, language) for value in values)


def link_rows(
    plans: WrittenPlan | Sequence[WrittenPlan], styles: Looks, language: Language = ENGLISH, counted: bool = False
) -> list[Row]:
    """Kilometres by medium; links without length (satellite) are counted."""
    plans = [plans] if isinstance(plans, WrittenPlan) else list(plans)
    heading = ("medium", "km_links") if counted else ("links", "km")
    rows = [Row(language.say(heading[0]), _heading(language.say(heading[1]), plans, language), heading=True)]
    for medium in sorted(styles.media, key=lambda m: styles.media[m].label):
        look = styles.media[medium]
        of = [plan.links[plan.links["medium"] == medium] for plan in plans]
        km = [float(links["length_m"].sum()) / 1000.0 for links in of]
        if any(km):
            value = " · ".join(kilometres(each, language) for each in km)
            value += f" · {len(of[0])}" if counted else ""
            style = {"color": look.colour, "linestyle": look.dash, "linewidth": 1.8}
            rows.append(Row(look.label, value, line=style))
        else:
            counts = [len(each) for each in of]
            rows.append(Row(look.label, language.count("n_links", max(counts), _each(counts, language))))
    return rows if len(rows) > 1 else [*rows, Row(language.say("none"))]


def kilometres(km: float, language: Language = ENGLISH) -> str:
    """A length at a glance: one place under 100 km."""
    return language.figures(f"{km:,.1f}" if km < 100 else f"{km:,.0f}")


def ground_rows(
    drawn: dict[str, bool],
    facilities: dict[str, str] | None = None,
    language: Language = ENGLISH,
    left_out: bool = True,
) -> list[Row]:
    """Background signs that are on this map. `facilities`: class -> marker; `left_out`: some have no service."""
    rows = [Row(language.say("places_ground"), heading=True)]
    for name, marker in (facilities or {}).items():
        style: dict[str, Any] = {
            "marker": marker, "markerfacecolor": "white", "color": "#444444", "markersize": 4.5,
            "markeredgewidth": 0.6,
        }  # fmt: skip
        rows.append(Row(class_name(name, language), line=style))
    if facilities and left_out:
        cross = {"marker": "x", "color": UNSERVED, "markersize": 5, "markeredgewidth": 1.2}
        rows.append(Row(language.say("place_unserved"), line=cross))
    if drawn.get("area"):
        rows.append(Row(language.say("area"), line={"color": "#333333", "linestyle": "dashdot", "linewidth": 1.0}))
    if drawn.get("roads"):
        rows.append(Row(language.say("roads"), line={"color": ROAD, "linestyle": "solid", "linewidth": 1.2}))
    if drawn.get("water"):
        rows.append(Row(language.say("water"), patch={"facecolor": WATER, "edgecolor": "#7FA8C9", "linewidth": 0.4}))
    if drawn.get("excluded"):
        style = {"facecolor": (0.54, 0.65, 0.51, 0.2), "edgecolor": EXCLUDED, "hatch": "....", "linewidth": 0.4}
        rows.append(Row(language.say("no_sites"), patch=style))
    return rows if len(rows) > 1 else []


def assumed_structures(plan: WrittenPlan) -> frozenset[str]:
    """Kinds of site at assumed positions: marked so, or masts of a layer that the project calls assumed."""
    kinds: pd.Series = site_kind(plan.sites)
    marked = set(kinds[plan.sites["assumed"]])
    if (plan.project.get("existing") or {}).get("towers_assumed"):
        entries = plan.catalogue.get("structures", {})
        marked |= {k for k in kinds if entries.get(k, {}).get("generator") == "existing-tower"}
    return frozenset(marked)
