"""`comparison.csv`, `comparison.json` and `comparison.png`, each whole or not at all."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netplan.comparison.explain import explain
from netplan.comparison.model import Comparison
from netplan.comparison.phrases import ENGLISH
from netplan.language import Language

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PICTURE_FILE = "comparison.png"
TABLES = ("comparison.csv", "comparison.json", "accounts.csv", "built_apart.csv", "waterfall.csv")


def write_comparison(comparison: Comparison, out: Path) -> tuple[Path, Path, Path]:
    """Write the comparison into `out` (made if absent): the three files below, accounts.csv, built_apart.csv and, where
    it was asked for, waterfall.csv.

    Returns:
        Paths of comparison.csv, comparison.json and comparison.png.
    """
    out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(as_data(comparison), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    whole(out / "accounts.csv", lambda path: comparison.accounts.to_csv(path, index=False))
    whole(out / "built_apart.csv", lambda path: comparison.built_apart.to_csv(path, index=False))
    fall = comparison.waterfall
    if fall is None:
        (out / "waterfall.csv").unlink(missing_ok=True)  # one of an earlier comparison would not be of this one
    else:
        whole(out / "waterfall.csv", lambda path: fall.to_csv(path, index=False))
    return (
        whole(out / "comparison.csv", lambda path: comparison.table.to_csv(path, index=False)),
        whole(out / "comparison.json", lambda path: path.write_text(text, encoding="utf-8")),
        draw_comparison(comparison, out),
    )


def draw_comparison(comparison: Comparison, out: Path, language: Language = ENGLISH) -> Path:
    """Draws comparison.png alone, in a language (`comparison-fr.png`); labels are those of the plans' catalogues."""
    from netplan.comparison.figure import draw

    return picture(draw(comparison, language), out / spoken_file(PICTURE_FILE, language))


def spoken_file(name: str, language: Language) -> str:
    """Name of a picture's file in a language: English is not marked."""
    stem, _, suffix = name.rpartition(".")
    return name if language == ENGLISH else f"{stem}-{language.code}.{suffix}"


def picture(figure: Figure, target: Path) -> Path:
    """Save a figure as PNG, whole or not at all; returns the target."""
    return whole(target, lambda path: figure.savefig(path, format="png", dpi=figure.dpi, metadata={"Software": None}))


def as_data(comparison: Comparison) -> dict[str, Any]:
    """The comparison as plain data: `scenarios, currency, table, savings, more_served, differences, accounts,
    built_apart, waterfall, notes, words`; of scenarios that spend a budget `more_served` speaks, and `savings` does
    not."""
    savings = [
        {**asdict(saving), "proven": saving.bounded, "distinguishable": saving.distinguishable}
        for saving in comparison.savings
    ]
    served = [
        {**asdict(more), "proven": more.bounded, "distinguishable": more.distinguishable}
        for more in comparison.more_served
    ]
    differences = [
        {**{key: value for key, value in vars(d).items() if key != "links"}, "links": d.links.to_dict("records")}
        for d in comparison.differences
    ]
    data: dict[str, Any] = _plain(
        {
            "scenarios": comparison.names,
            "currency": comparison.currency,
            "table": comparison.table.to_dict("records"),
            "savings": savings,
            "more_served": served,
            "differences": differences,
            "accounts": comparison.accounts.to_dict("records"),
            "built_apart": comparison.built_apart.to_dict("records"),
            "waterfall": None if comparison.waterfall is None else comparison.waterfall.to_dict("records"),
            "notes": comparison.notes,
            "words": explain(comparison),
        }
    )
    return data


def _plain(value: Any) -> Any:
    """The same in types that JSON has; numbers that are not finite become null."""
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(entry) for entry in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value


def whole(target: Path, write: Callable[[Path], Any]) -> Path:
    """Write beside the target, then move into place; returns the target."""
    half = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        write(half)
        os.replace(half, target)
    finally:
        half.unlink(missing_ok=True)
    return target
