"""What is drawn and exported from a written plan: the one list of it. Nothing here solves."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from netplan.compare import Comparison, sensitivity, write_comparison
from netplan.compare import compare as compare_plans
from netplan.compare.sensitivity_write import write_sensitivity
from netplan.export import FILES, export_plan
from netplan.maps import draw_map
from netplan.report import write_report
from netplan.webmap import draw_webmap

Say = Callable[[str], None]
DRAWN = ("map.png", "map.html", "coverage.tif", "report.html", "report.pdf", *FILES)
"""Files of a plan's folder that are made from the plan; they go when it has none."""


def publish_plan(folder: Path, project_folder: Path | None, say: Say = lambda text: None) -> list[Path]:
    """Draws and exports one written plan beside itself; returns the files made.

    Args:
        folder: a scenario folder that `write_plan` wrote.
        project_folder: where the project's layers are (for the ground of maps); None: the plan alone.
        say: told what is being done.
    """
    say("map")
    made = [draw_map(folder, project_folder, folder / "map.png")]
    made.append(draw_webmap([folder], project_folder, folder / "map.html"))
    say("export")
    made += export_plan(folder)  # formats of other programs
    say("report")
    return [*made, *write_report(folder)]  # last: it shows what was drawn before it


def unpublish_plan(folder: Path) -> None:
    """Removes what was drawn of an earlier plan in this folder."""
    for stale in DRAWN:
        path = folder / stale
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def publish_comparison(
    folders: Sequence[Path], out: Path, say: Say = lambda text: None, waterfall: pd.DataFrame | None = None
) -> Comparison:
    """Compares written plans, the first the reference, and writes the comparison with its pictures into `out`.

    `waterfall`: the saving by lever, where it was planned (`netplan.studies.waterfall`).
    """
    say("comparison")
    comparison = replace(compare_plans(folders), waterfall=waterfall)
    write_comparison(comparison, out)
    write_sensitivity(comparison, sensitivity(comparison), out)
    publish_together(folders, out)
    return comparison


def publish_together(folders: Sequence[Path], out: Path) -> list[Path]:
    """Draws what shows several written plans at once into `out`; returns the files made."""
    return [draw_webmap(folders, project_of(folders[0]), out / "map.html")]


def project_of(folder: Path) -> Path | None:
    """Where the layers of a written plan are, as the plan says; None when they are gone."""
    import yaml

    try:
        stated = yaml.safe_load((folder / "resolved.yaml").read_text(encoding="utf-8"))["project_folder"]
    except (OSError, KeyError, TypeError, yaml.YAMLError):
        return None
    home = folder / str(stated)
    return home.resolve() if home.is_dir() else None
