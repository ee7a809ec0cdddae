"""Charts of a comparison: what each step takes off or adds to the cost, and the least cost of each coverage."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis

from netplan.errors import Fault, InputError
from netplan.interval import CENT
from netplan.maps import sheet, text, words
from netplan.maps.compared import alike_in_words, left_open
from netplan.maps.languages import ENGLISH, Language
from netplan.maps.page import A4, Page
from netplan.maps.read import WrittenPlan
from netplan.maps.scene import Scene
from netplan.maps.sheet import Sheet
from netplan.maps.style import INK, SOFT
from netplan.netted import with_payments

SAVES, ADDS, WHOLE = "#2C7FB8", "#D95F0E", "#4D4D4D"
COST = "objective_npv"
FIRST_IN = "first in"
"""Rows of a waterfall that stand apart: what a lever is worth when it is opened first."""
Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Step:
    """One bar of a waterfall. `value` > 0 saves."""

    label: str
    value: float
    low: float
    high: float
    sure: bool | None
    """Distinguishable from zero; None: nothing is said of it."""


def waterfall_steps(
    out: Path, reference: WrittenPlan, plan: WrittenPlan, language: Language = ENGLISH
) -> tuple[list[Step], bool]:
    """Steps from the reference to a scenario: by lever where the comparison says so, else by category of cost.

    Returns:
        The steps, and whether they are levers.

    Raises:
        InputError: comparison.json is there and cannot be read.
    """
    records = [
        row
        for row in _comparison(out).get("waterfall") or []
        if row.get("reference") == reference.scenario and row.get("scenario") == plan.scenario
        and FIRST_IN not in str(row.get("method", ""))
    ]  # fmt: skip
    if records:
        labels = {**reference.catalogue.get("levers", {}), **plan.catalogue.get("levers", {})}
        steps = []
        for row in records:
            value, low, high = (words.finite(row.get(key)) for key in ("value", "low", "high"))
            key = str(row.get("lever"))
            named = labels.get(key, {}).get("label") or language.word("step", key)
            label = str(named)[:1].upper() + str(named)[1:]
            missing = float("nan")
            steps.append(
                Step(label, value or 0.0, missing if low is None else low, missing if high is None else high,
                     _sure(row, low, high))
            )  # fmt: skip
        return sorted(steps, key=lambda step: -step.value), True
    before, after = (each.summary.get("costs_npv") or {} for each in (reference, plan))
    missing, width = float("nan"), left_open(reference, plan)
    found = [
        Step(
            language.word("cost", str(key)),
            float(before.get(key, 0.0)) - float(after.get(key, 0.0)),
            missing,
            missing,
            None if width is None else abs(float(before.get(key, 0.0)) - float(after.get(key, 0.0))) >= width,
        )
        for key in sorted({*before, *after})
    ]
    whole = max(sum(abs(float(value)) for value in before.values()), 1e-9)
    return sorted((step for step in found if abs(step.value) > 1e-6 * whole), key=lambda step: -step.value), False


def _sure(row: dict[str, Any], low: float | None, high: float | None) -> bool | None:
    """Whether a step is told from nothing, or is known exactly, were it nothing; None: nothing is said of it."""
    if "distinguishable" not in row:
        return None
    exact = low is not None and high is not None and high - low < CENT
    return exact or bool(row["distinguishable"])


def _comparison(out: Path) -> dict[str, Any]:
    path = out / "comparison.json"
    if not path.is_file():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return found if isinstance(found, dict) else {}
    except (OSError, ValueError) as error:
        said = f"it cannot be read ({str(error).splitlines()[0]})"
        raise InputError(Fault(str(path), said, "run `netplan compare` again")) from error


def unit_of(largest: float, currency: str, language: Language) -> tuple[float, str]:
    """Divisor and name of the unit that keeps an axis readable."""
    if largest >= 1e6:
        return 1e6, language.say("million_of", currency=currency)
    return (1e3, language.say("thousand_of", currency=currency)) if largest >= 1e4 else (1.0, currency)


def waterfall_sheet(
    out: Path, reference: WrittenPlan, plan: WrittenPlan, scene: Scene, page: Page = A4, language: Language = ENGLISH
) -> Sheet:
    """Bars from the reference's cost to the scenario's, one a step; a whisker where an interval is proven."""
    from netplan.maps.scenarios import difference_in_words

    made = Sheet(page, language)
    steps, levers = waterfall_steps(out, reference, plan, language)
    name = scene.face.sayable(plan.name) or plan.folder.resolve().parent.name
    title = "title_waterfall_levers" if levers else "title_waterfall"
    subject = language.say(title, reference=reference.scenario, scenario=plan.scenario)
    said = [difference_in_words(reference, plan, language)]
    if all(abs(step.value) < CENT for step in steps):  # a chart without a step: a sentence says what that means
        said.append(alike_in_words(reference, plan, language))
    if levers and any(words.net_of_payments(each.summary, each.currency) for each in (reference, plan)):
        said.append(language.say("steps_with_payments"))
    made.head(name, said, subject)
    notes = [language.say("whisker")] if any(np.isfinite(step.low) for step in steps) else []
    notes += [language.say("not_significant")] if any(step.sure is False for step in steps) else []
    sheet.foot(made, plan, scene, 0, notes, located=False)
    summed = [with_payments(each.summary, COST) if levers else each.summary.get(COST) for each in (reference, plan)]
    costs = [words.finite(each) or 0.0 for each in summed]
    divisor, unit = unit_of(max(costs), plan.currency, language)
    left = made.margin + 0.62 * page.scale
    low = made.bottom + 0.75 * page.scale
    box = (left, low, page.width_in - made.margin - left - 0.1, made.top - low - 0.15)
    ax = made.axes(box)
    names = [reference.scenario, *(step.label for step in steps), plan.scenario]
    broken = _draw_steps(ax, steps, costs, divisor, page.scale, language)
    _name_bars(ax, made, names, box[2])
    cut = language.say("broken_axis") if broken else ""
    ax.set_ylabel(language.say("npv_axis", unit=unit) + cut, fontsize=8 * page.scale, color=INK)
    _quiet(ax, page.scale, language)
    return made


def _draw_steps(
    ax: Axes, steps: list[Step], costs: list[float], divisor: float, scale: float, language: Language
) -> bool:
    """The bars. Returns whether the axis starts above zero."""
    level = np.array([costs[0], *(costs[0] - np.cumsum([step.value for step in steps]))]) / divisor
    ends = [costs[0] / divisor, costs[1] / divisor]
    reach = [*level, *ends]
    lows = [level[rank] - step.high / divisor for rank, step in enumerate(steps) if np.isfinite(step.high)]
    highs = [level[rank] - step.low / divisor for rank, step in enumerate(steps) if np.isfinite(step.low)]
    bottom, top = min([*reach, *lows]), max([*reach, *highs])
    room = max(top - bottom, 1e-9 * max(abs(top), 1.0), 0.02 * abs(top))
    # The steps are what is to be seen: the axis starts near them, and the broken bars say so.
    start = 0.0 if not steps or bottom - 1.5 * room <= 0.25 * top else bottom - 0.6 * room
    ax.set_ylim(start, top + 0.28 * room if start else top * 1.12 or 1.0)
    ax.set_xlim(-0.6, len(steps) + 1.6)
    for x, value in ((0, ends[0]), (len(steps) + 1, ends[1])):
        ax.bar([x], [value - start], bottom=start, width=0.62, color=WHOLE, zorder=2)
        _value(ax, x, value, language.figures(f"{value:,.2f}"), scale)
        if start:
            _broken(ax, x, start, room)
    for rank, step in enumerate(steps):
        high, lower = max(level[rank], level[rank + 1]), min(level[rank], level[rank + 1])
        colour = SAVES if step.value >= 0 else ADDS
        pale = step.sure is False
        ax.bar(
            [rank + 1], [high - lower], bottom=lower, width=0.62, color=colour, alpha=0.45 if pale else 1.0, zorder=2,
            hatch=None if step.value >= 0 else "////", edgecolor="white", linewidth=0.6,
        )  # fmt: skip
        ax.plot([rank, rank + 1.31], [level[rank]] * 2, color=SOFT, linewidth=0.6, zorder=1)
        if np.isfinite(step.low) and np.isfinite(step.high):
            ends_ = [level[rank] - step.high / divisor, level[rank] - step.low / divisor]
            ax.plot([rank + 1] * 2, ends_, color=INK, linewidth=1.2, marker="_", markersize=8 * scale, zorder=4)
            high = max(high, ends_[1])
        sign = "" if abs(step.value) < 0.5 else "−" if step.value > 0 else "+"
        size = abs(step.value) / divisor if sign else 0.0  # in the unit of the axis, as the bars at either end
        said = f"{size:,.2f}" if size >= 0.1 or not size else f"{float(f'{size:.2g}'):.10f}".rstrip("0").rstrip(".")
        _value(ax, rank + 1, high, sign + language.figures(said), scale)
    return start > 0


def _value(ax: Axes, x: float, y: float, said: str, scale: float) -> None:
    ax.annotate(
        said, (x, y), xytext=(0, 3 * scale), textcoords="offset points", ha="center", va="bottom", fontsize=8 * scale,
        color=INK, zorder=5,
    )  # fmt: skip


def _broken(ax: Axes, x: float, start: float, room: float) -> None:
    """A white slanted gap: the bar does not begin at zero."""
    low, step = start + 0.14 * room, 0.05 * room
    ax.fill(
        [x - 0.34, x + 0.34, x + 0.34, x - 0.34], [low, low + step, low + 2 * step, low + step], color="white", zorder=3
    )


def _name_bars(ax: Axes, made: Sheet, names: list[str], width_in: float) -> None:
    """Names under the bars, wrapped to the room of each."""
    room = made.pixels(width_in) / (len(names) + 0.2) * 0.92
    size = 8 * made.scale
    while size > 5 * made.scale and max(len(_lines(made, name, size, room)) for name in names) > 3:
        size -= 0.5
    labels = ["\n".join(_lines(made, name, size, room)[:4]) for name in names]
    ax.set_xticks(range(len(names)), labels, fontsize=size, color=INK)
    ax.tick_params(axis="x", length=0)


def _lines(made: Sheet, name: str, size: float, room: float) -> list[str]:
    """The name in lines, broken after hyphens too."""
    lines = text.wrap(made.renderer, text.plain(name).replace("-", "- "), size, room)
    return [line.replace("- ", "-") for line in lines] or [""]


def _quiet(ax: Axes, scale: float, language: Language) -> None:
    """Only the lines that carry something."""
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    ax.grid(axis="y", color="#DDDDDD", linewidth=0.6, zorder=0)
    ax.set_axisbelow(True)
    ax.tick_params(axis="y", labelsize=7.5 * scale, colors=SOFT)
    ax.yaxis.set_major_formatter(_even(ax.yaxis, language))


def _even(axis: Axis, language: Language) -> Callable[[float, float], str]:
    """Numbers of an axis, all with as many decimals as the one that needs most."""

    def said(value: float, _: float) -> str:
        low, high = sorted(axis.get_view_interval())
        ticks = [tick for tick in axis.get_majorticklocs() if low <= tick <= high]
        digits = max((len(f"{tick:.10g}".partition(".")[2]) for tick in ticks), default=0)
        return language.figures(f"{value:,.{digits}f}")

    return said


NAMES = {
    "coverage": ("target", "coverage", "served_share", "share", "achieved", "points"),
    "cost": ("cost", "objective_npv", "npv", "cost_npv"),
    "bound": ("bound", "bound_npv", "lower_bound"),
}
"""Columns of frontier.csv by the names they may have, the first found counts."""


def read_frontier(path: Path) -> pd.DataFrame:
    """`coverage` (0-1), `cost`, `bound` (NaN where none) in order of coverage.

    Raises:
        InputError: the file is absent, unreadable or lacks its columns.
    """
    to_do = "run `netplan frontier` again"
    try:
        table = pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise InputError(Fault(str(path), f"it cannot be read ({str(error).splitlines()[0]})", to_do)) from error
    found: dict[str, Any] = {}
    for key, names in NAMES.items():
        column = next(
            (name for name in names if name in table.columns and pd.api.types.is_numeric_dtype(table[name])), None
        )
        found[key] = table[column] if column else None
    lacking = [key for key in ("coverage", "cost") if found[key] is None]
    if lacking or table.empty:
        said = f"no numbers for {' and '.join(lacking)}" if lacking else "no rows"
        raise InputError(Fault(str(path), said, to_do))
    frame = pd.DataFrame({key: found[key] if found[key] is not None else np.nan for key in NAMES}).astype(float)
    if frame["coverage"].max() > 1.5:
        frame["coverage"] /= 100.0
    return frame.dropna(subset=["coverage", "cost"]).sort_values("coverage", ignore_index=True)


def frontier_sheet(path: Path, plan: WrittenPlan, scene: Scene, page: Page = A4, language: Language = ENGLISH) -> Sheet:
    """Cost of the plans found and the proven bound under it, against the coverage asked for."""
    table = read_frontier(path)
    made = Sheet(page, language)
    name = scene.face.sayable(plan.name) or plan.folder.resolve().parent.name
    made.head(f"{name} — {plan.scenario}", _last_step(table, plan, language), language.say("title_frontier"))
    sheet.foot(made, plan, scene, located=False)
    divisor, unit = unit_of(float(table["cost"].max()), plan.currency, language)
    left, low = made.margin + 0.62 * page.scale, made.bottom + 0.55 * page.scale
    ax = made.axes((left, low, page.width_in - made.margin - left - 0.1, made.top - low - 0.1))
    x, cost, bound = 100 * table["coverage"], table["cost"] / divisor, table["bound"] / divisor
    if bound.notna().any():
        ax.fill_between(x, bound, cost, color=SAVES, alpha=0.16, linewidth=0, label=language.say("between"))
        ax.plot(x, bound, color=SAVES, linestyle=(0, (4, 2)), linewidth=1.4, marker="v", markersize=5 * page.scale,
                label=language.say("bound"))  # fmt: skip
    ax.plot(x, cost, color=INK, linewidth=1.8, marker="o", markersize=5.5 * page.scale, label=language.say("plan_cost"))
    for at, value in zip(x, cost, strict=True):
        ax.annotate(
            language.figures(f"{value:,.2f}"), (at, value), xytext=(-5 * page.scale, 4 * page.scale), ha="right",
            textcoords="offset points", fontsize=7.2 * page.scale, color=INK,
        )  # fmt: skip
    ax.set_ylim(0, float(cost.max()) * 1.12)
    ax.margins(x=0.06)
    ax.set_xlabel(language.say("coverage_axis"), fontsize=8 * page.scale, color=INK)
    ax.set_ylabel(language.say("npv_axis", unit=unit), fontsize=8 * page.scale, color=INK)
    ax.legend(loc="upper left", fontsize=8 * page.scale, frameon=False)
    _quiet(ax, page.scale, language)
    ax.tick_params(axis="x", labelsize=7.5 * page.scale, colors=SOFT)
    ax.xaxis.set_major_formatter(lambda value, _: language.figures(f"{value:,.10g}"))
    return made


def _last_step(table: pd.DataFrame, plan: WrittenPlan, language: Language) -> list[str]:
    """What the last people cost."""
    people = float(plan.demand["population"].sum())
    if len(table) < 2 or people <= 0:
        return []
    last = table.iloc[-2:]
    more = float(last["coverage"].diff().iloc[-1]) * people
    extra = float(last["cost"].diff().iloc[-1])
    if more <= 0:
        return []
    return [language.say("marginal", cost=words.price(extra / more, plan.currency, language))]
