"""`frontier.png`: least cost against coverage, with the proven bound, and what the steps cost."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from netplan.maps.charts import unit_of
from netplan.maps.languages import ENGLISH, Language
from netplan.maps.style import FALLBACK_COLOURS, INK, SOFT
from netplan.maps.words import percent

COST, BOUND, BUDGET = FALLBACK_COLOURS[0], FALLBACK_COLOURS[4], FALLBACK_COLOURS[5]


def draw_frontier(
    table: pd.DataFrame, title: str, currency: str, language: Language = ENGLISH, counts: str = "people"
) -> Figure:
    """The sheet: cost and bound over the share of people asked for; below it the cost of a person more at each step.

    Args:
        table: the columns of `frontier.csv`.
        title: of the district and scenario.
        currency: of the money.
        language: of the words.
        counts: what is counted, people or facilities.
    """
    figure = Figure(figsize=(8.27, 6.6), dpi=160, facecolor="white")
    FigureCanvasAgg(figure)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[3, 2])
    asked = table[(table["kind"] == "target") & table["cost_npv"].notna()]
    biggest = float(np.nanmax([*table["cost_npv"], *table["budget"], 1.0]))
    size, unit = unit_of(biggest, currency, language)
    _costs(upper, table, asked, size, language)
    upper.set_ylabel(language.say("npv_axis", unit=unit), fontsize=8)
    upper.set_title(f"{title} — {language.say('title_frontier')}", fontsize=10, loc="left", color=INK)
    _steps(lower, asked, language)
    lower.set_ylabel(language.say(f"{counts}_more_axis", currency=currency), fontsize=8)
    lower.set_xlabel(language.say(f"{counts}_asked_axis"), fontsize=8)
    lower.xaxis.set_major_formatter(FuncFormatter(lambda x, _: language.percent(f"{100 * x:.10g}")))
    if asked["share_asked"].max() <= 1.0:
        lower.set_xlim(right=1.005)
    for ax in (upper, lower):
        ax.spines[["top", "right"]].set_visible(False)
        ax.tick_params(labelsize=7.5)
        ax.grid(True, color="#E5E5E5", linewidth=0.6)
        ax.set_axisbelow(True)
    missed = table[(table["kind"] == "target") & table["cost_npv"].isna()]
    if len(missed):
        levels = ", ".join(percent(level, language) for level in missed["share_asked"])
        said = language.say(f"{counts}_none_for", levels=levels)
        upper.text(0.99, 0.03, said, transform=upper.transAxes, fontsize=7.5, color=SOFT, ha="right")
    figure.tight_layout()
    return figure


def _costs(ax: Axes, table: pd.DataFrame, asked: pd.DataFrame, size: float, language: Language) -> None:
    share, cost = asked["share_asked"].to_numpy(float), asked["cost_npv"].to_numpy(float) / size
    bound = asked["bound_npv"].to_numpy(float) / size
    ax.fill_between(share, bound, cost, color=BOUND, alpha=0.35, linewidth=0)
    ax.plot(share, bound, color=BOUND, linewidth=1.2, linestyle="dashed", label=language.say("bound"))
    ax.plot(share, cost, color=COST, marker="o", markersize=4.5, linewidth=1.6, label=language.say("plan_cost"))
    budget = table[(table["kind"] == "budget") & table["cost_npv"].notna()]
    if len(budget):
        ax.plot(budget["share_served"], budget["budget"] / size, color=BUDGET, marker="D", markersize=5,
                linestyle="none", label=language.say("served_within"))  # fmt: skip
    ax.set_ylim(bottom=0)
    ax.yaxis.set_major_formatter(_as_they_are(language))
    ax.legend(fontsize=7.5, frameon=False, loc="upper left")


def _steps(ax: Axes, asked: pd.DataFrame, language: Language) -> None:
    """A bar from each level to the next, as high as a person more costs; whiskers hold what is proven."""
    share, each = asked["share_asked"].to_numpy(float), asked["marginal_cost_per_person"].to_numpy(float)
    low, high = asked["marginal_low"].to_numpy(float), asked["marginal_high"].to_numpy(float)
    for k in range(1, len(share)):
        if not np.isfinite(each[k]):
            continue
        middle, width = (share[k] + share[k - 1]) / 2, share[k] - share[k - 1]
        ax.bar(middle, each[k], width=width, color=COST, alpha=0.75, edgecolor="white", linewidth=0.8)
        if np.isfinite(low[k]) and np.isfinite(high[k]):
            down, up = max(each[k] - low[k], 0.0), max(high[k] - each[k], 0.0)
            ax.errorbar(middle, each[k], yerr=[[down], [up]], color=INK, linewidth=0.9, capsize=2.5)
    ax.set_ylim(bottom=0)
    ax.yaxis.set_major_formatter(_as_they_are(language))


def _as_they_are(language: Language) -> FuncFormatter:
    """Figures of an axis with the decimals that they have: rounded, steps of 2.5 would read 2, 5, 8."""
    return FuncFormatter(lambda y, _: language.figures(f"{y:,.2f}".rstrip("0").rstrip(".") or "0"))
