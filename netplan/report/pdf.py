"""The report as PDF: real text, tagged for screen readers, bookmarks, contents, page numbers, fonts embedded.

Typst sets it: wheels that need nothing of the system, an Apache licence, running heads over tables that break across
pages, formulas, letters of any script that a font of the machine has, shaped and in their right direction.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from typing import Any

import matplotlib
import typst

from netplan.report import content
from netplan.report.pictures import picture

SHEET, DATA = "report.typ", "report.json"


def to_pdf(report: content.Report) -> bytes:
    """The whole document. The words come in as data and are never read as markup.

    Raises:
        InputError: a picture cannot be read.
    """
    with tempfile.TemporaryDirectory(prefix="netplan-report-") as workshop:
        folder = Path(workshop)
        source = (files("netplan.report") / "templates" / SHEET).read_text(encoding="utf-8")
        (folder / SHEET).write_text(source, encoding="utf-8")
        data = _data(report, folder)
        (folder / DATA).write_text(json.dumps(data, ensure_ascii=False, allow_nan=False), encoding="utf-8")
        # matplotlib brings DejaVu, so headings look alike on a machine without any font.
        fonts = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
        made = typst.compile(folder / SHEET, root=folder, font_paths=[fonts], format="pdf")
    return made if isinstance(made, bytes) else b"".join(made)


def _data(report: content.Report, folder: Path) -> dict[str, Any]:
    """The report as plain data, each block with its kind, pictures as files in the folder."""
    held = 0

    def block(each: content.Block) -> dict[str, Any]:
        nonlocal held
        out: dict[str, Any] = {"kind": type(each).__name__, **asdict(each)}
        if isinstance(each, content.Figure):
            held += 1
            out |= {"file": f"picture-{held}.jpg", "path": ""}
            (folder / out["file"]).write_bytes(picture(each.path).jpeg)
        return out

    def section(each: content.Section) -> dict[str, Any]:
        return {
            "title": each.title,
            "wide": each.wide,
            "blocks": [block(one) for one in each.blocks],
            "parts": [section(part) for part in each.parts],
        }

    return {
        "title": report.title,
        "subtitle": report.subtitle,
        "date": report.date,
        "language": report.language,
        "labels": report.labels,
        "first": section(report.first),
        "sections": [section(each) for each in report.sections],
    }
