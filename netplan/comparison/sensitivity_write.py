"""`sensitivity.csv` and `sensitivity.png`: the tornado of the saving, and what it says in words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from netplan.comparison.explain import money
from netplan.comparison.model import Comparison
from netplan.comparison.sensitivity import ALL_PRICES, KEYS
from netplan.comparison.write import whole

SENSITIVITY_FILE, TORNADO_FILE = "sensitivity.csv", "sensitivity.png"
SHOWN = 12
"""Bars of a tornado; the table has all."""
LOW_COLOUR, HIGH_COLOUR, ZERO_COLOUR = "#0072B2", "#E69F00", "#B2182B"


def write_sensitivity(comparison: Comparison, table: pd.DataFrame, out: Path) -> list[Path]:
    """Writes the table, and a tornado for each scenario below the other; returns the files made."""
    out.mkdir(parents=True, exist_ok=True)
    made = [whole(out / SENSITIVITY_FILE, lambda path: table.to_csv(path, index=False))]
    apart = table.groupby(KEYS[:2], sort=False).filter(lambda rows: not _alike(rows)) if len(table) else table
    if not len(apart):
        (out / TORNADO_FILE).unlink(missing_ok=True)  # that of an earlier comparison
    else:
        labels = {
            f"{section}/{key}": plan.label(section, key)
            for plan in comparison.plans for section, entries in plan.catalogue.items() for key in entries
        }  # fmt: skip
        figure = tornado(apart, comparison.currency, labels)
        made.append(
            whole(
                out / TORNADO_FILE,
                lambda path: figure.savefig(path, format="png", dpi=figure.dpi, metadata={"Software": None}),
            )
        )
    return made


def read_sensitivity(path: Path) -> pd.DataFrame:
    """The table that `write_sensitivity` wrote."""
    table = pd.read_csv(path)
    texts = [*KEYS, "unit"]
    return table.assign(
        **{name: table[name].astype(object).where(table[name].notna(), "").astype(str) for name in texts}
    )


def sentences(table: pd.DataFrame, currency: str) -> list[str]:
    """Per scenario: how many inputs the saving survives, what it hangs on most, and all prices at once."""
    lines = []
    for (reference, scenario), rows in table.groupby(["reference", "scenario"], sort=False):
        if _alike(rows):
            lines.append(f"{scenario} builds what {reference} builds: no price and no default tells their costs apart.")
            continue
        alone = rows[rows["input"] != ALL_PRICES]
        lost = alone[~alone["survives"].astype(bool)]
        saving = float(rows["saving"].iloc[0])
        sum_ = money(abs(saving), currency)
        than = "less" if saving > 0 else "more"  # not `saves`: what is proven is said beside the comparison
        text = f"The plan found for {scenario} costs {sum_} {than} than that for {reference}"
        lines.append(
            f"{text}; that holds over the range of {len(alone) - len(lost)} of {len(alone)} inputs, each moved alone "
            "with both plans as they stand."
        )
        lines += [f"  turns with {row.input}{_turn(row.break_even, row.unit)}" for row in lost.head(3).itertuples()]
        if len(alone):
            top = alone.iloc[0]
            ends = " to ".join(money(float(x), currency) for x in sorted((top["saving_at_low"], top["saving_at_high"])))
            lines.append(
                f"  It hangs most on {top['input']}: {ends} over {top['low']:g} to {top['high']:g} {top['unit']}."
            )
        worst = rows[rows["input"] == ALL_PRICES]
        if len(worst):
            at_worst = money(float(worst["saving_at_low"].iloc[0]), currency)
            lines.append(f"  With every price at its worse end at once the saving is {at_worst}.")
    return lines


def _alike(rows: pd.DataFrame) -> bool:
    """Nothing moves the difference of the two plans, and there is none."""
    return bool((rows["input"] == ALL_PRICES).all() and not rows["saving"].round(2).any())


def _turn(break_even: object, unit: object) -> str:
    value = float(str(break_even))
    return f" (nil at {value:.4g} {unit})" if math.isfinite(value) else ""


def tornado(table: pd.DataFrame, currency: str, labels: Mapping[str, str]) -> Figure:
    """Bars from the saving at the low end to that at the high end of each input, the widest on top.

    `labels`: section/entry of the catalogue -> what it is called.
    """
    pairs = list(table.groupby(["reference", "scenario"], sort=False))
    counts = [min(len(rows), SHOWN + 1) for _, rows in pairs]
    figure = Figure(figsize=(11.0, 1.4 * len(pairs) + 0.3 * sum(counts) + 0.3), dpi=160, facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.subplots(len(pairs), 1, squeeze=False, height_ratios=[count + 2.5 for count in counts])[:, 0]
    for ax, ((reference, scenario), rows) in zip(axes, pairs, strict=True):
        together = rows[rows["input"] == ALL_PRICES]
        shown = pd.concat([rows[rows["input"] != ALL_PRICES].head(SHOWN), together]).iloc[::-1]
        for place, row in enumerate(shown.itertuples()):
            for value, colour in ((row.saving_at_low, LOW_COLOUR), (row.saving_at_high, HIGH_COLOUR)):
                ax.barh(place, float(str(value)) - float(str(row.saving)), left=float(str(row.saving)), height=0.62,
                        color=colour)  # fmt: skip
        saving = float(shown["saving"].iloc[0])
        ax.axvline(saving, color="#333333", linewidth=0.8)
        left, right = ax.get_xlim()
        if left < 0.25 * (left + right) / 2 or left <= 0 <= right:
            ax.axvline(0.0, color=ZERO_COLOUR, linewidth=1.1, linestyle="dashed")
        ax.set_yticks(range(len(shown)), [_label(row, labels) for row in shown.itertuples()], fontsize=7)
        ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x / 1e6:,.2f}"))
        ax.tick_params(axis="x", labelsize=7)
        ax.set_xlabel(f"saving, million {currency} (present value)", fontsize=7.5)
        ax.set_title(
            f"{scenario} against {reference}: saving {money(saving, currency)}\n"
            "each input moved over its range alone, both plans as they stand",
            fontsize=8.5,
            loc="left",
        )
        ax.spines[["top", "right"]].set_visible(False)
    handles = [axes[0].barh(0, 0, color=colour, label=label) for colour, label in
               ((LOW_COLOUR, "at the low value"), (HIGH_COLOUR, "at the high value"))]  # fmt: skip
    figure.legend(handles=handles, loc="lower right", ncols=2, fontsize=7, frameon=False)
    figure.tight_layout(rect=(0, 0.02, 1, 1))
    for ax in axes:  # titles begin at the edge of the picture, however long the names of the inputs are
        place = ax.get_position()
        ax.set_title(ax.get_title(loc="left"), fontsize=8.5, loc="left", x=(0.01 - place.x0) / place.width)
    return figure


def _label(row: Any, labels: Mapping[str, str]) -> str:
    """`Microwave hop: Two radios: capex [4,000–10,000 USD]`."""
    name = row.input
    if name == ALL_PRICES:
        return f"{name} (blue) or better end (orange)"
    entry, colon, rest = str(name).partition(":")
    short = f"{labels.get(entry, entry)}{colon}{rest}".replace("_", " ").removeprefix("economics: ")
    short = short if len(short) <= 62 else f"{short[:60]}…"
    ends = (f"{end:,.0f}" if abs(end) >= 1000 else f"{end:g}" for end in (row.low, row.high))
    unit = "" if short == row.unit else f" {row.unit}"  # `years [5–30]`
    return f"{short} [{'–'.join(ends)}{unit}]"
