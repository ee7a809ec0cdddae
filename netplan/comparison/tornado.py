"""`sensitivity.png`: by how much each input moves the saving, the widest on top."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Mapping
from typing import Any, Protocol

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter

from netplan.comparison.phrases import ENGLISH
from netplan.comparison.sensitivity import ALL_PRICES, KEYS
from netplan.comparison.sensitivity_budget import ALL_ENDS
from netplan.comparison.sums import money
from netplan.language import Language

SHOWN = 10
"""Bars of a tornado; the table has all."""
LOW_COLOUR, HIGH_COLOUR, ZERO_COLOUR = "#0072B2", "#E69F00", "#B2182B"
LETTERS = 62
"""In a line of a label, of which there are two."""
WRAP: dict[str, Any] = {"break_long_words": False, "break_on_hyphens": False}


class Names(Protocol):
    """What the words of the data are called: items, fields and units of the catalogue."""

    def item(self, text: str) -> str:
        """An item of a price list."""

    def word(self, text: str) -> str:
        """A field, such as `opex per year`."""

    def measure(self, unit: str) -> str:
        """A unit, such as `USD/km`."""


class AsWritten:
    """Names as the data have them."""

    def item(self, text: str) -> str:
        """The text itself."""
        return text

    word = measure = item


def tornado(
    table: pd.DataFrame,
    currency: str,
    labels: Mapping[str, str],
    language: Language = ENGLISH,
    names: Names = AsWritten(),
    unlike: Collection[str] = (),
) -> Figure:
    """Bars from the saving at the low end to that at the high end of each input, the widest on top.

    Args:
        table: of `netplan.comparison.sensitivity` or `sensitivity_budget`.
        currency: of all sums.
        labels: section/entry of the catalogue -> what it is called.
        language: of all that the chart itself says.
        names: what items, fields and units are called in it.
        unlike: scenarios that do not ask what the first asks (`Comparison.apart`); they cost less, and save nothing.
    """
    pairs = list(table.groupby(KEYS[:2], sort=False))
    counts = [min(len(rows), SHOWN + 1) for _, rows in pairs]
    figure = Figure(figsize=(8.2, 1.1 * len(pairs) + 0.31 * sum(counts) + 0.3), dpi=200, facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.subplots(len(pairs), 1, squeeze=False, height_ratios=[count + 2.5 for count in counts])[:, 0]
    for ax, (_, rows) in zip(axes, pairs, strict=True):
        together = rows["input"].isin([ALL_PRICES, ALL_ENDS])
        shown = pd.concat([rows[~together].head(SHOWN), rows[together]]).iloc[::-1]
        _bars(ax, shown)
        ax.set_yticks(range(len(shown)), [_label(row, labels, language, names) for row in shown.itertuples()])
        apart = str(shown["scenario"].iloc[0]) in unlike
        _axes(ax, currency, language, "budget_axis" if "budget" in table else "apart_axis" if apart else "saving_axis")
        ax.set_title(_plain(_head(shown.iloc[0], currency, language, apart)), fontsize=8.5, loc="left")
    ends = ((LOW_COLOUR, "at_low"), (HIGH_COLOUR, "at_high"))
    handles = [Patch(color=colour, label=language.say(key)) for colour, key in ends]
    figure.legend(handles=handles, loc="lower right", ncols=2, fontsize=7, frameon=False)
    figure.tight_layout(rect=(0, 0.02, 1, 1))
    for ax in axes:  # titles begin at the edge of the picture, however long the names of the inputs are
        place = ax.get_position()
        ax.set_title(ax.get_title(loc="left"), fontsize=8.5, loc="left", x=(0.01 - place.x0) / place.width)
    return figure


def _head(row: pd.Series, currency: str, language: Language, apart: bool) -> str:
    """Whose bars they are, and what stood still; in two lines."""
    if "budget" in row:
        sums = {key: money(float(row[key]), currency, language) for key in ("cost", "budget")}
        head = language.say("tornado_budget", scenario=row["scenario"], **sums)
        return f"{head}\n{language.say('tornado_budget_note')}"
    saving = money(float(row["saving"]), currency, language)
    said = "tornado_apart" if apart else "tornado"
    head = language.say(said, scenario=row["scenario"], reference=row["reference"], saving=saving)
    return f"{head}\n{language.say('tornado_note')}"


def _bars(ax: Axes, shown: pd.DataFrame) -> None:
    """From the saving as planned to either end, with a dashed line where it is nil; of a plan within a budget, from its
    cost, with a dashed line at the budget."""
    what = "cost" if "budget" in shown else "saving"
    now = float(shown[what].iloc[0])
    for end, colour in (("low", LOW_COLOUR), ("high", HIGH_COLOUR)):
        for place, value in enumerate(shown[f"{what}_at_{end}"].to_numpy(float)):
            ax.barh(place, value - now, left=now, height=0.62, color=colour)
    ax.axvline(now, color="#333333", linewidth=0.8)
    left, right = ax.get_xlim()
    if what == "cost":
        ax.axvline(float(shown["budget"].iloc[0]), color=ZERO_COLOUR, linewidth=1.1, linestyle="dashed")
    elif left < 0.25 * (left + right) / 2 or left <= 0 <= right:
        ax.axvline(0.0, color=ZERO_COLOUR, linewidth=1.1, linestyle="dashed")


def _axes(ax: Axes, currency: str, language: Language, axis: str) -> None:
    def figure(value: float, _: int) -> str:
        return language.figures(f"{value / 1e6:,.2f}").replace("-", "−")

    ax.xaxis.set_major_formatter(FuncFormatter(figure))
    ax.tick_params(axis="both", labelsize=7.5)
    unit = language.say("million_of", currency=currency)
    ax.set_xlabel(_plain(language.say(axis, unit=unit)), fontsize=7.5)
    ax.spines[["top", "right"]].set_visible(False)


def _label(row: Any, labels: Mapping[str, str], language: Language, names: Names) -> str:
    """`Microwave hop: Two radios: capex [4,000–10,000 USD]`, in two lines at most."""
    if row.input in (ALL_PRICES, ALL_ENDS):
        key = "all_prices" if row.input == ALL_PRICES else "all_ends"
        return "\n".join(textwrap.wrap(language.say(key), LETTERS))
    entry, _, rest = str(row.input).partition(":")
    item, _, field = rest.rpartition(":")
    head = "" if entry == "economics" else labels.get(entry, entry)
    parts = (head, names.item(item.strip()), _field(field.strip(), language, names))
    said = language.say("colon").join(part for part in parts if part)
    unit = names.measure(row.unit)
    ends = "–".join(language.figures(f"{end:,.0f}" if abs(end) >= 1000 else f"{end:g}") for end in (row.low, row.high))
    range_ = f"[{ends}{'' if unit in ('', said) else f' {unit}'}]".replace(" ", "\u00a0")  # `years [5–30]`
    lines = _two_lines(said, range_)
    return _plain("\n".join(lines))


def _field(field: str, language: Language, names: Names) -> str:
    """`opex per year`; of a figure of one category of cost, such as `import_share.structure`, the category besides."""
    name, dot, category = field.partition(".")
    said = names.word(name.replace("_", " "))
    return f"{said} ({language.word('cost', category)})" if dot else said


def _two_lines(said: str, range_: str) -> list[str]:
    """The name, cut where it must be, and its range, which is never cut."""
    lines = textwrap.wrap(f"{said} {range_}", LETTERS, **WRAP)
    room = min(len(said), 2 * LETTERS)
    while len(lines) > 2 and room > 0:
        room -= 1
        lines = textwrap.wrap(f"{said[:room].rstrip()}… {range_}", LETTERS, **WRAP)
    return lines


def _plain(text: str) -> str:
    """Without signs that matplotlib takes for mathematics."""
    return text.replace("$", r"\$")
