"""The study of refusals on disk."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path

from netplan.studies.build_first import write_build_first
from netplan.studies.refusal import Refusal
from netplan.studies.refusal_figure import draw_refusal
from netplan.studies.refusal_words import as_data, as_table, explain, first_purchase

NAMES = ("refusal.json", "refusal.csv", "refusal.md", "refusal.png", "build_first.gpkg")


def write_refusal(study: Refusal, folder: Path) -> list[Path]:
    """Writes `refusal.json`, `refusal.csv`, `refusal.md`, `refusal.png` and, when something is to be built first,
    `build_first.gpkg` (layers sites, equipment, links; share-alike rows apart) into `folder`; returns the files.

    They are made in a hidden folder beside it and moved in when all are whole; files of an earlier study go.
    """
    folder = folder.resolve()
    folder.parent.mkdir(parents=True, exist_ok=True)
    workshop = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        data = json.dumps(as_data(study), indent=2, ensure_ascii=False, allow_nan=False)
        (workshop / "refusal.json").write_text(data + "\n", encoding="utf-8")
        as_table(study).to_csv(workshop / "refusal.csv", index=False)
        (workshop / "refusal.md").write_text(explain(study), encoding="utf-8")
        if study.strategies:
            draw_refusal(study, workshop / "refusal.png")
            layers = first_purchase(study, study.best.first)
            write_build_first(layers, study.district, workshop / "build_first.gpkg")
        folder.mkdir(exist_ok=True)
        for name in NAMES:
            (folder / name).unlink(missing_ok=True)
        made = sorted(workshop.iterdir())
        for file in made:
            os.replace(file, folder / file.name)
        return [folder / file.name for file in made]
    finally:
        shutil.rmtree(workshop, ignore_errors=True)
