"""What is drawn and exported from a written plan: the one list of it. Nothing here solves."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib import rc_context

from netplan.catalogue.labels import in_language
from netplan.comparison import Comparison, write_comparison
from netplan.comparison import compare as compare_plans
from netplan.comparison.phrases import LANGUAGES as CHART_LANGUAGES
from netplan.comparison.sensitivity_write import (
    SENSITIVITY_FILE,
    SENSITIVITY_TABLES,
    clear_tornadoes,
    draw_sensitivity,
    moved,
    read_sensitivity,
    write_sensitivity,
)
from netplan.comparison.write import PICTURE_FILE, TABLES, draw_comparison, spoken_file
from netplan.errors import InputError
from netplan.export import FILES, export_plan
from netplan.language import Language
from netplan.maps import FOLDER, SET_DPI, Wish, draw_comparisons, draw_maps
from netplan.maps.fonts import settings, typeface
from netplan.maps.languages import ENGLISH, LANGUAGES
from netplan.report import recommended_folder, shown_folder, write_report
from netplan.report.words import Words
from netplan.webmap import draw_webmap
from netplan.yamltext import YAMLError, load_yaml

Say = Callable[[str], None]
RESOLVED_FILE = "resolved.yaml"
DRAWN = ("map.png", "map.html", "coverage.tif", FOLDER, "report.html", "report.pdf", *FILES)
"""Files of a plan's folder that are made from the plan; they go when it has none."""


def publish_plan(folder: Path, project_folder: Path | None, say: Say = lambda text: None) -> list[Path]:
    """Draws and exports one written plan beside itself, in the project's language; returns the files made.

    Args:
        folder: a scenario folder that `write_plan` wrote.
        project_folder: where the project's layers are (for the ground of maps); None: the plan alone.
        say: told what is being done.
    """
    say("maps")
    shutil.rmtree(folder / FOLDER, ignore_errors=True)  # whatever was drawn there was of an earlier plan
    spoken = language_of(folder)
    made = draw_maps(folder, project_folder, Wish(dpi=SET_DPI, language=spoken), folder / "map.png")
    made.append(draw_webmap([folder], project_folder, folder / "map.html", spoken.code))
    say("export")
    made += export_plan(folder)  # formats of other programs
    say("report")
    return [*made, *write_report(folder)]  # last: it shows what was drawn before it


def unpublish_plan(folder: Path) -> None:
    """Removes what was drawn of an earlier plan in this folder."""
    _remove(folder, DRAWN)


def unpublish_comparison(out: Path) -> None:
    """Removes an earlier comparison from this folder, and all that was drawn of it; the plans beside it stay."""
    for language in LANGUAGES.values():
        _clear_charts(out, language)
    _remove(out, (*TABLES, *SENSITIVITY_TABLES, "map.html", FOLDER, "report.html", "report.pdf"))


def _remove(folder: Path, names: Iterable[str]) -> None:
    for stale in names:
        path = folder / stale
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def publish_comparison(
    folders: Sequence[Path],
    out: Path,
    say: Say = lambda text: None,
    waterfall: pd.DataFrame | None = None,
    drawn: bool = True,
) -> Comparison:
    """Compares written plans, the first the reference, and writes the comparison with its pictures into `out`.

    Pictures, maps and report speak the language of the first plan's project.

    `waterfall`: the saving by lever, where it was planned (`netplan.studies.waterfall`). `drawn`: with maps and report.
    """
    say("comparison")
    comparison = replace(compare_plans(folders), waterfall=waterfall)
    unpublish_comparison(out)
    with _letters(comparison):
        write_comparison(comparison, out)
        write_sensitivity(comparison, moved(comparison), out)
    if not drawn:
        return comparison
    spoken = language_of(folders[0])
    planned = [folder for folder in folders if _plans_in(folder)]
    if len(planned) > 1 and planned[0] == folders[0]:
        draw_comparisons(planned, out, project_of(planned[0]), Wish(dpi=SET_DPI, language=spoken))
    if spoken != ENGLISH:
        _draw_charts(folders, out, spoken)
        _clear_charts(out, ENGLISH)
    _draw_together(folders, out, spoken)
    write_report(out, spoken.code)  # last: it shows what was drawn before it
    return comparison


def redraw(folders: Sequence[Path], parent: Path | None, wanted: Wish) -> list[Path]:
    """Maps of written plans, and of their comparison where `parent` holds several; returns the files made.

    Args:
        folders: scenario folders with a plan.
        parent: the folder above them; None: one plan alone was named.
        wanted: what to draw. Without kinds named, as A4 PNG and in the project's language, `map.png` and the
            interactive map are drawn anew too.
    """
    made: list[Path] = []
    spoken = wanted.language
    whole = wanted == Wish(language=language_of(folders[0]))
    for folder in folders:
        made += draw_maps(folder, project_of(folder), wanted, folder / "map.png" if whole else None)
        if whole:
            made.append(draw_webmap([folder], project_of(folder), folder / "map.html", spoken.code))
    # plans of operators stand one folder deeper: their scenario is the folder above
    scenarios = dict.fromkeys(each if parent in (None, each.parent) else each.parent for each in folders)
    ordered = _as_compared([each for each in scenarios if _has_plan(each)], parent)
    several = parent is not None and (len(ordered) > 1 or bool(wanted.kinds))
    if ordered and (several or (wanted.kinds and not made)):
        made += draw_comparisons(ordered, parent or folders[0], project_of(ordered[0]), wanted)
    if parent is not None and len(ordered) > 1 and whole:
        made += _draw_together(ordered, parent, spoken)
    if parent is not None and len(ordered) > 1 and wanted == Wish(dpi=wanted.dpi, language=spoken):
        made += _draw_charts(ordered, parent, spoken)
    return made


def publish_report(
    out: Path, language: str | None = None, country: str | None = None, say: Say = lambda text: None
) -> tuple[Path, Path]:
    """The report of written plans in a language, with maps that speak it: those not drawn yet are drawn first.

    Args:
        out: a scenario folder, or the parent of several.
        language, country: as `netplan.report.write_report` has them, which names the errors, too.
        say: told what is being done.
    """
    language = language or language_of(out).code
    spoken = LANGUAGES.get(language, ENGLISH)
    if spoken != ENGLISH or language_of(out) != ENGLISH:  # English pictures of an English project stand there already
        wanted = Wish(dpi=SET_DPI, language=spoken)
        chosen = shown_folder(out)
        found = [] if (out / "summary.json").is_file() else [path.parent for path in out.glob("*/plan.gpkg")]
        several = _as_compared([folder for folder in found if _has_plan(folder)], out)
        if chosen is not None and (chosen / "plan.gpkg").exists() and not wanted.file(chosen, "plan", "png").exists():
            say("maps")
            draw_maps(chosen, project_of(chosen), wanted)
        if len(several) > 1 and not wanted.file(out, "scenarios", "png").exists():
            say("maps of the comparison")
            draw_comparisons(several, out, project_of(several[0]), wanted)
        if len(several) > 1 and not (out / spoken_file(PICTURE_FILE, spoken)).exists():
            _draw_charts(several, out, spoken)
    say("report")
    return write_report(out, language, country)


def _draw_together(folders: Sequence[Path], out: Path, language: Language) -> list[Path]:
    """The interactive map of several scenarios, opened on the recommended one; of operators, each one's plan."""
    plans = [plan.parent for folder in folders for plan in _plans_in(folder)]
    if not plans:
        return []
    best = _recommended(out)
    chosen = [plan for plan in plans if len(folders) > 1 and best in (plan.resolve(), plan.resolve().parent)]
    return [draw_webmap(plans, project_of(plans[0]), out / "map.html", language.code, recommended=chosen)]


def _clear_charts(out: Path, language: Language) -> None:
    """Removes the pictures of the comparison in `out`, in a language."""
    (out / spoken_file(PICTURE_FILE, language)).unlink(missing_ok=True)
    clear_tornadoes(out, language)


def _draw_charts(folders: Sequence[Path], out: Path, language: Language) -> list[Path]:
    """The pictures of the comparison that stands in `out`, in a language; none where none was written."""
    if not (out / "comparison.json").is_file():
        return []
    found = compare_plans(folders)
    plans = [replace(plan, catalogue=in_language(plan.catalogue, language.code)) for plan in found.plans]
    spoken, comparison = CHART_LANGUAGES[language.code], replace(found, plans=tuple(plans))
    with _letters(comparison):
        made = [draw_comparison(comparison, out, spoken)]
        if (out / SENSITIVITY_FILE).is_file():
            table = read_sensitivity(out / SENSITIVITY_FILE)
            made += draw_sensitivity(comparison, table, out, spoken, Words.of(language.code))
    return made


def _letters(comparison: Comparison) -> AbstractContextManager[None]:
    """Fonts that have the letters of every name that the pictures of a comparison show."""
    texts = [text for plan in comparison.plans for text in (plan.name, str(plan.project.get("name") or ""))]
    entries = (entry for plan in comparison.plans for held in plan.catalogue.values() for entry in held.values())
    texts += [str(entry.get("label") or "") for entry in entries]
    return rc_context(settings(typeface(texts)))


def _recommended(out: Path) -> Path | None:
    """The scenario that the report will recommend; None where it recommends none, or will say what is wrong."""
    try:
        found = recommended_folder(out)
    except InputError:
        return None
    return None if found is None else found.resolve()


def _plans_in(folder: Path) -> list[Path]:
    here = folder / "plan.gpkg"
    return [here] if here.exists() else sorted(folder.glob("*/plan.gpkg"))


def _has_plan(folder: Path) -> bool:
    """Whether a scenario is planned whole: of several operators, every one."""
    try:
        summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(summary, dict) and summary.get("objective_npv") is not None


def _as_compared(folders: Sequence[Path], parent: Path | None) -> list[Path]:
    """The folders in the order of the last comparison, its reference first; those it lacks come last."""
    try:
        named = json.loads(((parent or Path()) / "comparison.json").read_text(encoding="utf-8"))["scenarios"]
    except (OSError, ValueError, KeyError, TypeError):
        named = []
    rank = {str(name): place for place, name in enumerate(named)}
    return sorted(folders, key=lambda folder: (rank.get(folder.name, len(rank)), folder.name))


def language_of(out: Path) -> Language:
    """The language that the project of a written plan, or of the first of several in a folder, speaks."""
    places = [out / RESOLVED_FILE, *sorted(out.glob(f"*/{RESOLVED_FILE}"))]
    project = _resolved(next((place for place in places if place.is_file()), places[0])).get("project")
    return LANGUAGES.get(str(project.get("language")) if isinstance(project, dict) else "", ENGLISH)


def project_of(folder: Path) -> Path | None:
    """Where the layers of a written plan are, as the plan says; None when they are gone."""
    stated = _resolved(folder / RESOLVED_FILE).get("project_folder")
    home = folder / str(stated)
    return home.resolve() if stated is not None and home.is_dir() else None


def _resolved(path: Path) -> dict[str, Any]:
    """What `resolved.yaml` holds; nothing where it cannot be read."""
    try:
        found = load_yaml(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, YAMLError):
        return {}
    return found if isinstance(found, dict) else {}
