"""The report as PDF: real text, tagged for screen readers, bookmarks, contents, page numbers, fonts embedded.

Typst sets it: wheels that need nothing of the system, an Apache licence, running heads over tables that break across
pages, formulas, letters of any script that a font of the machine has, shaped and in their right direction.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from typing import Any

import matplotlib
import typst
from matplotlib.ft2font import FT2Font

from netplan.report import content
from netplan.report.pictures import picture

SHEET, DATA = "report.typ", "report.json"
LATIN = 0x24F
"""Up to here every font has its letters."""


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
        fonts = lend_fonts(folder / "fonts")
        if unset_letters(json.dumps(data, ensure_ascii=False), fonts):
            data["labels"]["made"] += " " + data["labels"]["letters"]
            (folder / DATA).write_text(json.dumps(data, ensure_ascii=False, allow_nan=False), encoding="utf-8")
        made = typst.compile(folder / SHEET, root=folder, font_paths=[fonts], format="pdf")
    return made if isinstance(made, bytes) else b"".join(made)


def lend_fonts(folder: Path) -> Path:
    """A folder with the DejaVu fonts that matplotlib brings, so that a report looks alike on a machine without any.

    Its font of last resort stays behind: its boxes would stand for every letter, and copy as the wrong one.
    """
    folder.mkdir()
    for font in (Path(matplotlib.get_data_path()) / "fonts" / "ttf").glob("DejaVu[!M]*.ttf"):
        shutil.copy(font, folder)
    return folder


def unset_letters(text: str, fonts: Path) -> set[str]:
    """Letters of the text that no font at hand has: the paper shows boxes for them, while its text layer is right."""
    wanted = {letter for letter in set(text) if ord(letter) > LATIN and letter.isalpha()}
    for path in {font.path for font in typst.Fonts(font_paths=[fonts]).fonts()} if wanted else ():
        if not path:
            continue
        try:
            wanted -= {chr(code) for code in FT2Font(str(path)).get_charmap()}
        except (RuntimeError, OSError):  # a font that cannot be opened sets nothing
            continue
    return wanted


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
        "labels": dict(report.labels),
        "first": section(report.first),
        "sections": [section(each) for each in report.sections],
    }
