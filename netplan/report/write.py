"""`report.html` and `report.pdf`, each whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from netplan.catalogue.labels import in_language
from netplan.report.build import build
from netplan.report.content import Report
from netplan.report.context import Context
from netplan.report.html import to_html
from netplan.report.pdf import to_pdf
from netplan.report.read import Scenario, read_material
from netplan.report.verdict import ranked, recommended
from netplan.report.words import DEFAULT, Words

HTML_FILE, PDF_FILE = "report.html", "report.pdf"


def read_report(out: Path, language: str | None = None, country: str | None = None) -> Report:
    """What a report of the written plans says.

    Args:
        out: a scenario folder, or the parent of several.
        language: of the words, e.g. `en`; None: as the project says.
        country: ISO 3166-1, three letters, for the carbon of grid electricity; None: as the project says.

    Raises:
        InputError: there is no written plan, files are absent or unreadable, or there are no words in this language.
    """
    if language is not None:
        Words.of(language)  # a language that there is not is told before anything is read
    material = read_material(out)
    words = Words.of(language or str(material.scenarios[0].project.get("language") or DEFAULT))
    spoken = [replace(each, catalogue=in_language(each.catalogue, words.language)) for each in material.scenarios]
    return build(Context(replace(material, scenarios=tuple(spoken)), words, country))


def shown_folder(out: Path) -> Path | None:
    """Folder of the plan that the report in `out` shows in detail; None where no scenario has a plan.

    Raises:
        InputError: there is no written plan, or files are absent or unreadable.
    """
    return _shown(read_material(out).scenarios)


def recommended_folder(out: Path) -> Path | None:
    """The same, where the report recommends that plan; None where scenarios that do not ask the same are not ranked."""
    scenarios = read_material(out).scenarios
    return _shown(scenarios) if ranked(scenarios) else None


def _shown(scenarios: Sequence[Scenario]) -> Path | None:
    found = recommended(scenarios)
    return None if found is None else found.folder


def write_report(out: Path, language: str | None = None, country: str | None = None) -> tuple[Path, Path]:
    """Writes the report of the written plans in `out` beside them; arguments and errors as `read_report`.

    Returns:
        Paths of report.html and report.pdf.
    """
    report = read_report(out, language, country)
    page, paper = to_html(report).encode("utf-8"), to_pdf(report)
    return _whole(out / HTML_FILE, page), _whole(out / PDF_FILE, paper)


def _whole(target: Path, content: bytes) -> Path:
    """Write beside the target, then move into place."""
    half = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        half.write_bytes(content)
        os.replace(half, target)
    finally:
        half.unlink(missing_ok=True)
    return target
