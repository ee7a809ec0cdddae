"""All pages of the reference."""

from __future__ import annotations

from pathlib import Path

from netplan.reference.catalogue_page import catalogue_page
from netplan.reference.commands import commands_page
from netplan.reference.outputs import outputs_page
from netplan.reference.project_file import project_page, project_schema


def pages() -> dict[str, str]:
    """File name -> text."""
    return {
        "project-file.md": project_page(),
        "netplan.schema.json": project_schema(),
        "outputs.md": outputs_page(),
        "catalogue.md": catalogue_page(),
        "commands.md": commands_page(),
    }


def write_pages(folder: Path) -> list[Path]:
    """Writes every page into `folder` (made if absent); returns the files."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")
        written.append(folder / name)
    return written
