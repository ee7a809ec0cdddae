"""`sensitivity.csv` and `sensitivity.png`: the tornado of the saving, and what it says in words."""

from __future__ import annotations

import math
from collections.abc import Collection
from pathlib import Path

import pandas as pd

from netplan.comparison.model import Comparison
from netplan.comparison.phrases import ENGLISH, LANGUAGES
from netplan.comparison.sensitivity import ALL_PRICES, KEYS, sensitivity
from netplan.comparison.sensitivity_budget import ALL_ENDS, within_budget
from netplan.comparison.sums import money
from netplan.comparison.tornado import AsWritten, Names, tornado
from netplan.comparison.write import picture, spoken_file, whole
from netplan.language import Language

BUDGET = "budget"
"""Column of tables that are of plans within budgets."""
SENSITIVITY_FILE, TORNADO_FILE = "sensitivity.csv", "sensitivity.png"
RESOLVED_FILE = "sensitivity_resolved.csv"
"""What plans made anew at the ends of inputs come to (`netplan.studies.sensitivity`)."""
SENSITIVITY_TABLES = (SENSITIVITY_FILE, RESOLVED_FILE)


def moved(comparison: Comparison) -> pd.DataFrame:
    """What the answer hangs on: the saving of every scenario, or, where all spend budgets, whether they stay within."""
    table = sensitivity(comparison)
    return within_budget(comparison) if comparison.more_served and not len(table) else table


def write_sensitivity(comparison: Comparison, table: pd.DataFrame, out: Path) -> list[Path]:
    """Writes the table and its tornadoes (`draw_sensitivity`); returns the files made."""
    out.mkdir(parents=True, exist_ok=True)
    (out / RESOLVED_FILE).unlink(missing_ok=True)  # of an earlier comparison
    made = [whole(out / SENSITIVITY_FILE, lambda path: table.to_csv(path, index=False))]
    return made + draw_sensitivity(comparison, table, out)


def draw_sensitivity(
    comparison: Comparison, table: pd.DataFrame, out: Path, language: Language = ENGLISH, names: Names = AsWritten()
) -> list[Path]:
    """Draws the tornadoes alone, in a language (`sensitivity-fr.png`); none where nothing moves any saving.

    `sensitivity.png` has one for each scenario, below the other; where there are several, `sensitivity_SCENARIO.png`
    has that of one, large enough for a page.

    Args:
        comparison: whose plans the table is of; their catalogues name the entries.
        table: as `write_sensitivity` wrote it.
        out: the folder to draw into.
        language, names: as `netplan.comparison.tornado.tornado` has them.
    """
    clear_tornadoes(out, language)  # those of an earlier comparison
    apart = table
    if len(table) and BUDGET not in table:
        apart = table.groupby(KEYS[:2], sort=False).filter(lambda rows: not _alike(rows))
    if not len(apart):
        return []
    labels = {
        f"{section}/{key}": plan.label(section, key)
        for plan in comparison.plans for section, entries in plan.catalogue.items() for key in entries
    }  # fmt: skip
    wanted = {TORNADO_FILE: apart}
    unlike = [name for name in comparison.names[1:] if comparison.apart(name)]
    of_one = {str(name): rows for name, rows in apart.groupby(KEYS[1], sort=False)}
    wanted |= {tornado_file(name): rows for name, rows in of_one.items() if len(of_one) > 1}
    return [
        picture(tornado(rows, comparison.currency, labels, language, names, unlike), out / spoken_file(name, language))
        for name, rows in wanted.items()
    ]


def tornado_file(scenario: str) -> str:
    """Name of the picture of one scenario's tornado among several."""
    stem, _, suffix = TORNADO_FILE.rpartition(".")
    return f"{stem}_{scenario}.{suffix}"


def clear_tornadoes(out: Path, language: Language) -> None:
    """Removes the pictures that `draw_sensitivity` made in a language."""
    stem, _, suffix = TORNADO_FILE.rpartition(".")
    for path in out.glob(f"{stem}[-_.]*{suffix}"):
        spoken = path.stem.rpartition("-")[2]
        if language.code == (spoken if spoken in LANGUAGES and spoken != ENGLISH.code else ENGLISH.code):
            path.unlink()


def read_sensitivity(path: Path) -> pd.DataFrame:
    """The table that `write_sensitivity` wrote."""
    table = pd.read_csv(path)
    texts = [*KEYS, "unit"]
    return table.assign(
        **{name: table[name].astype(object).where(table[name].notna(), "").astype(str) for name in texts}
    )


def sentences(table: pd.DataFrame, currency: str, apart: Collection[str] = ()) -> list[str]:
    """Per scenario: how many inputs the saving survives, what it hangs on most, and all prices at once; of budgets,
    whether the plans stay within them.

    `apart`: scenarios that do not ask what the first asks; what one of them costs less is no saving.
    """
    if BUDGET in table:
        return [line for _, rows in table.groupby(KEYS[:2], sort=False) for line in _budget_sentences(rows, currency)]
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
            ends = " to ".join(money(float(top[key]), currency) for key in ("saving_at_low", "saving_at_high"))
            lines.append(f"  It hangs most on {top['input']}: {ends} over {_range(top)}.")
        worst = rows[rows["input"] == ALL_PRICES]
        if len(worst):
            at_worst = money(float(worst["saving_at_low"].iloc[0]), currency)
            what = "difference" if scenario in apart else "saving"
            lines.append(f"  With every price at its worse end at once the {what} is {at_worst}.")
        if scenario in apart:
            lines.append("  The two do not ask for the same: that is no saving.")
    return lines


def _budget_sentences(rows: pd.DataFrame, currency: str) -> list[str]:
    alone, all_ = rows[rows["input"] != ALL_ENDS], rows[rows["input"] == ALL_ENDS]
    lost = alone[~alone["fits"].astype(bool)]
    scenario, cost, budget = (rows[key].iloc[0] for key in ("scenario", "cost", BUDGET))
    lines = [
        f"The plan found for {scenario} costs {money(float(cost), currency)} of its budget of "
        f"{money(float(budget), currency)}; it stays within it over the range of {len(alone) - len(lost)} of "
        f"{len(alone)} inputs, each moved alone with the plan as it stands."
    ]
    lines += [f"  exceeds it with {row.input}{_edge(row.break_even, row.unit)}" for row in lost.head(3).itertuples()]
    if len(alone):
        top = alone.iloc[0]
        ends = " to ".join(money(float(top[key]), currency) for key in ("cost_at_low", "cost_at_high"))
        lines.append(f"  It hangs most on {top['input']}: it costs {ends} over {_range(top)}.")
    for row in all_.to_dict("records"):
        over = float(row["over_at_high"])
        said = f"{money(abs(over), currency)} {'more than the budget' if over > 0 else 'within the budget'}"
        at_high = money(float(row["cost_at_high"]), currency)
        lines.append(f"  With every price at its high end at once it costs {at_high}, {said}.")
    return lines


def _range(row: pd.Series) -> str:
    return f"{_plain(row['low'])} to {_plain(row['high'])} {row['unit']}".rstrip()


def _plain(value: float) -> str:
    """To four digits, never as a power of ten where it is a thousand or more: `18,410`, `0.025`."""
    shown = float(f"{value:.4g}")
    return f"{shown:,.0f}" if abs(shown) >= 1000 else f"{shown:g}"


def _edge(break_even: object, unit: object) -> str:
    value = float(str(break_even))
    return f" (the budget is spent at {_plain(value)} {unit})" if math.isfinite(value) else ""


def _alike(rows: pd.DataFrame) -> bool:
    """Nothing moves the difference of the two plans, and there is none."""
    return bool((rows["input"] == ALL_PRICES).all() and not rows["saving"].round(2).any())


def _turn(break_even: object, unit: object) -> str:
    value = float(str(break_even))
    return f" (nil at {_plain(value)} {unit})" if math.isfinite(value) else ""
