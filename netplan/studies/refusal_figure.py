"""What each choice of what to build first costs in each case, as one picture."""

from __future__ import annotations

import textwrap
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from netplan.studies.refusal import Refusal

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#999999")
"""Okabe and Ito's palette, told apart by colour-blind readers."""
TITLE = 95
"""Letters of a line of the title."""


def draw_refusal(study: Refusal, path: Path) -> None:
    """One row per choice: a dot per case, a bar at the expected cost, a line at the proven bound."""
    economics = study.district.economics
    million = max(each.expected for each in study.strategies) >= 2e6
    scale, unit = (1e6, "million ") if million else (1e3, "thousand ")
    rows = list(study.strategies)[::-1]
    figure = Figure(figsize=(9, 1.6 + 0.62 * len(rows) + 0.22 * len(study.states)), layout="constrained")
    axes = figure.subplots()
    for y, each in enumerate(rows):
        costs = np.array(each.by_state) / scale
        axes.plot([costs.min(), costs.max()], [y, y], color="#bbbbbb", lw=2, zorder=1)
        for k, cost in enumerate(costs):
            axes.plot(cost, y, "o", color=COLOURS[k % len(COLOURS)], ms=8, zorder=2)
        axes.plot(each.expected / scale, y, "|", color="black", ms=20, mew=2.5, zorder=3)
        axes.annotate(
            f"{each.expected / scale:,.2f}",
            (each.expected / scale, y + 0.3),
            ha="center",
            va="bottom",
            fontsize=8,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
        )
    axes.set_yticks(range(len(rows)), [textwrap.fill(each.label.capitalize(), 34) for each in rows], fontsize=9)
    axes.set_ylim(-0.6, len(rows) - 0.2)
    handles = [
        Line2D([], [], ls="", marker="o", color=COLOURS[k % len(COLOURS)], ms=8,
               label=f"{textwrap.fill(state.label, 60)} ({state.probability:.0%})")
        for k, state in enumerate(study.states)
    ]  # fmt: skip
    handles.append(Line2D([], [], ls="", marker="|", color="black", ms=14, mew=2.5, label="expected"))
    if np.isfinite(study.expected_bound):
        axes.axvline(study.expected_bound / scale, color="black", ls=":", lw=1)
        handles.append(Line2D([], [], color="black", ls=":", lw=1, label="proven: no choice costs less in expectation"))
    axes.set_xlabel(f"Present value, {unit}{economics.currency} of {economics.price_year}")
    axes.grid(axis="x", color="#eeeeee")
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(axis="y", length=0)
    loaded = study.district.loaded
    title = f"What to build before the owners answer: {loaded.project.name}, {loaded.scenario}"
    figure.suptitle(textwrap.fill(title, TITLE), x=0.01, ha="left", fontsize=11)
    figure.legend(
        handles=handles, loc="outside lower left", ncols=1 if len(handles) < 5 else 2, fontsize=8, frameon=False
    )
    figure.savefig(path, dpi=150, format="png")
