"""Written plans -> one interactive page."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from netplan.counted import today_unknown
from netplan.datawords import data_words, spoken_languages
from netplan.webmap.facts import scenario_facts
from netplan.webmap.ground import plan_bounds, read_ground
from netplan.webmap.looks import catalogue_looks
from netplan.webmap.page import render
from netplan.webmap.pictures import class_colours, coverage_picture, rate_breaks, read_rate
from netplan.webmap.places import Places
from netplan.webmap.read import Written, read_folders
from netplan.written import written_on

COVERAGE = "coverage.tif"


def draw_webmap(
    folders: Sequence[Path],
    project_folder: Path | None,
    out: Path,
    language: str = "en",
    recommended: Sequence[Path] = (),
) -> Path:
    """Write the interactive map of one or more written plans as one HTML file.

    Args:
        folders: scenario folders that `write_plan` wrote; with more than one the page switches between them and
            compares two by a swipe.
        project_folder: where the project's layers are (relief, water, boundary, names of PoPs); None: the plan alone.
        out: the file to write; it opens from the disk, without a network.
        language: the language the page opens in (`en` or `fr`; the reader may change it).
        recommended: those of the folders that are called recommended; the page opens on the first of them, else on
            the first of all.

    Returns:
        `out`.

    Raises:
        InputError: a folder holds no readable plan.
    """
    plans = read_folders([Path(folder) for folder in folders])
    named = [rank for rank, folder in enumerate(folders) if folder in recommended]
    data = page_data(plans, project_folder, language, named)
    title = data["title"] if len(plans) > 1 else f"{data['title']} · {plans[0].scenario}"
    return _write(out, render(data, title))


def page_data(
    plans: Sequence[Written], project_folder: Path | None, language: str = "en", recommended: Sequence[int] = ()
) -> dict[str, Any]:
    """Everything the page shows, JSON-ready. Coordinates are whole hundred-thousandths of a degree.

    `recommended`: positions of the plans that are called so.
    """
    bounds, over_seam = plan_bounds(plans)
    places = Places()
    scenarios = [scenario_facts(plan, project_folder, places, over_seam) for plan in plans]
    rates = [read_rate(plan.folder / COVERAGE) for plan in plans]
    breaks = rate_breaks(np.concatenate(rates))
    for plan, scenario in zip(plans, scenarios, strict=True):
        scenario["coverage"] = coverage_picture(plan.folder / COVERAGE, breaks)
    first = plans[0]
    project, economics = first.project, first.economics
    existing = project.get("existing") or {}
    return {
        "title": str(first.summary.get("name") or project.get("name") or first.folder.resolve().parent.name),
        "language": language,
        "currency": str(economics.get("currency") or "USD"),
        "years": economics.get("years"),
        "price_year": economics.get("price_year"),
        "discount_rate": economics.get("discount_rate"),
        "today_unknown": all(today_unknown(plan.tables["demand"], plan.project) for plan in plans),
        "pops_assumed": bool(existing.get("pops_assumed")),
        "assumptions": _said(plans, "assumptions"),
        "licences": sorted({str(text) for plan in plans for text in (plan.summary.get("licences") or {}).values()}),
        "written": written_on(first.folder, first.summary),
        "netplan": str((first.summary.get("versions") or {}).get("netplan") or ""),
        "item_names": _item_names(scenarios),
        "places": places.as_json(),
        "scenarios": scenarios,
        "recommended": list(recommended),
        "rate_classes": {"breaks": breaks, "colours": class_colours(len(breaks) + 1) if breaks else []},
        "looks": catalogue_looks(plans),
        "ground": read_ground(first, project_folder, bounds, over_seam),
    }


def _item_names(scenarios: Sequence[dict[str, Any]]) -> dict[str, dict[str, str]]:
    """Language -> item of a price list in these scenarios -> what it is called there, where that is known."""
    used = {name for scenario in scenarios for table in scenario["items"].values() for name in table["names"]}
    known = {language: data_words(language).get("item", {}) for language in spoken_languages()}
    return {code: {name: names[name] for name in sorted(used & set(names))} for code, names in known.items()}


def _said(plans: Sequence[Written], key: str) -> list[str]:
    """Sentences of the summaries, each once, in order."""
    return list(dict.fromkeys(str(sentence) for plan in plans for sentence in plan.summary.get(key) or []))


def _write(out: Path, text: str) -> Path:
    """Write under a temporary name and rename: a reader never sees half a page."""
    out.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=f".{out.name}.", suffix=".tmp", dir=out.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)
        os.replace(temporary, out)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return out
