"""What it costs to serve each cell: every sum of the plan laid on the demand that causes it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from netplan.attribution import attributed_cost
from netplan.counted import is_cell
from netplan.maps import layers, rows, sheet, words
from netplan.maps.base import draw_classes
from netplan.maps.draw import close_sheet, draw_names, open_sheet
from netplan.maps.languages import ENGLISH, Language
from netplan.maps.legend import Row
from netplan.maps.page import A4, Page
from netplan.maps.people import people_of
from netplan.maps.read import WrittenPlan
from netplan.maps.scene import Scene
from netplan.maps.sheet import Sheet
from netplan.maps.style import WARMS, classed
from netplan.maps.words import number, price, short

MOST_CLASSES = 6
Money = npt.NDArray[np.float64]


def cost_by_demand(plan: WrittenPlan) -> pd.Series:
    """Present value laid on each demand row (index `demand_id`), as `viability.csv` lays it: see `attributed_cost`.

    The values add up to all that the plan costs.
    """
    other = float(plan.other_costs["npv"].sum())
    laid = attributed_cost(plan.service, plan.equipment, plan.sites, plan.links, plan.nodes, plan.demand, other)
    return laid.reindex(plan.demand["demand_id"]).fillna(0.0)


def cost_breaks(values: Money, people: Money) -> list[float]:
    """Breaks of two figures that part the people in about equal classes, the dearest twentieth in one of its own."""
    if len(values) < 2 or values.max() <= values.min() * 1.001:
        return []
    order = np.argsort(values)
    ranked = values[order]
    reached = np.cumsum(people[order]) / people.sum()
    wanted = [float(ranked[int(np.searchsorted(reached, share))]) for share in (0.2, 0.45, 0.7, 0.85, 0.95)]
    rounded = sorted({float(f"{value:.2g}") for value in wanted if value > 0})
    return [each for each in rounded if values.min() < each <= values.max()][: MOST_CLASSES - 1]


def cost_sheet(plan: WrittenPlan, scene: Scene, page: Page = A4, language: Language = ENGLISH) -> Sheet:
    """Present value per person whom the plan serves, by cell."""
    held = people_of(plan)
    laid = cost_by_demand(plan)
    new = (held["served_share"] - held["baseline_share"]).clip(lower=0.0).to_numpy(float)
    served = new * held["population"].to_numpy(float)
    mine = served > 0.05
    spent = held["demand_id"].map(laid).fillna(0.0).to_numpy(float)
    each = np.divide(spent, served, out=np.full(len(held), np.nan), where=mine)
    made = open_sheet(
        plan,
        scene,
        page,
        language,
        language.say("title_cost"),
        _sentences(plan, each[mine], served[mine], laid, language),
    )
    drawn = sheet.ground(made.ax, scene, made.extent, made.scale)
    breaks = cost_breaks(each[mine], served[mine]) if mine.any() else []
    colours = np.array(classed(len(breaks) + 1, WARMS))
    rank = np.searchsorted(breaks, np.where(mine, each, 0.0), side="right")
    face = np.where(mine, colours[rank], "#EDEDED")
    cell = is_cell(held)
    draw_classes(made.ax, held.geometry.to_numpy()[cell], face[cell], alpha=0.9, zorder=2.0)
    x, y = layers.centres(held[~cell])
    made.ax.scatter(x, y, s=16 * made.scale**2, c=face[~cell], edgecolors="#555555", linewidths=0.3, zorder=4.0)
    styles = layers.plan_looks(plan)
    grouped = layers.draw_sites(made.ax, plan.sites, styles, 0.7 * made.scale, over_subject=True)
    layers.draw_pops(made.ax, plan.nodes, made.scale)
    draw_names(made, plan, scene, most=9)
    sections: list[Any] = [
        _class_rows(plan, breaks, colours, rank, mine, served, spent, language),
        rows.people_rows(plan, language),
        rows.site_rows(plan, styles, rows.assumed_structures(plan), language, grouped),
        rows.ground_rows(drawn, None, language),
    ]
    return close_sheet(made, scene, sections)


def _sentences(plan: WrittenPlan, each: Money, served: Money, laid: pd.Series, language: Language) -> list[str]:
    headline = words.headline(plan.summary, plan.economics, plan.currency, language)
    if not served.sum():
        return headline
    order = np.argsort(each)
    reached = np.cumsum(served[order]) / served.sum()
    ranked = each[order]
    middle, dear = (float(ranked[min(int(np.searchsorted(reached, share)), len(order) - 1)]) for share in (0.5, 0.9))
    said = language.say(
        "cost_mean",
        cost=price(float((each * served).sum() / served.sum()), plan.currency, language),
        all=price(float(laid.sum() / served.sum()), plan.currency, language),
        median=price(middle, plan.currency, language),
        high=price(dear, plan.currency, language),
    )
    return [headline[0], said]


def _class_rows(
    plan: WrittenPlan,
    breaks: list[float],
    colours: npt.NDArray[np.str_],
    rank: npt.NDArray[np.intp],
    mine: npt.NDArray[np.bool_],
    served: Money,
    spent: Money,
    language: Language,
) -> list[Row]:
    """Classes of cost per person with the people and the money in each."""
    currency = plan.currency
    heading = Row(
        language.say("cost_person", currency=currency), language.say("people_sum", currency=currency), heading=True
    )
    found = [heading]
    text = [language.figures(f"{value:,.2f}" if value < 10 else f"{value:,.0f}") for value in breaks]
    labels = words.class_names(text, language)
    for each in reversed(range(len(colours))):
        of = mine & (rank == each)
        value = f"{short(float(served[of].sum()), language)} · {short(float(spent[of].sum()), language)}"
        found.append(Row(labels[each], value, patch={"facecolor": colours[each], "edgecolor": "#777777"}))
    left = float((people_of(plan)["population"].to_numpy(float))[~mine].sum())
    found.append(Row(language.say("not_by_plan"), f"{number(left, language)}", patch={"facecolor": "#EDEDED"}))
    found.append(Row(language.say("cost_note"), soft=True))
    return found
