"""What the catalogue calls things in a reader's language, on maps, in reports and on the page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pytest
import yaml
from mapbuilder import said_on, written
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from planbuilder import make_plan
from pydantic import ValidationError

from netplan.catalogue import load_catalogue
from netplan.catalogue.labels import in_language
from netplan.catalogue.schema import Power
from netplan.maps.atlas import in_words_of
from netplan.maps.draw import plan_sheet
from netplan.maps.fonts import BASE, settings, words_of
from netplan.maps.languages import ENGLISH, LANGUAGES
from netplan.maps.read import read_written
from netplan.maps.scene import read_scene
from netplan.plans import write_plan
from netplan.report.content import texts
from netplan.report.write import read_report
from netplan.webmap.looks import catalogue_looks
from netplan.webmap.read import read_folders

SECTIONS = ("technologies", "media", "structures", "power", "levers")


def labelled(folder: Path, labels: dict[str, str]) -> None:
    """French labels for entries of a written plan, by id."""
    resolved = yaml.safe_load((folder / "resolved.yaml").read_text(encoding="utf-8"))
    for entries in resolved["catalogue"].values():
        for key, entry in entries.items():
            if key in labels:
                entry["labels"] = {"fr": labels[key]}
    (folder / "resolved.yaml").write_text(yaml.safe_dump(resolved, allow_unicode=True), encoding="utf-8")


@pytest.mark.parametrize("section", SECTIONS)
def test_every_shipped_entry_has_a_french_label_of_its_own(section: str) -> None:
    entries: dict[str, Any] = getattr(load_catalogue(), section)
    named = {key: entry.labels.get("fr", "") for key, entry in entries.items()}
    assert entries and all(named.values()), [key for key, text in named.items() if not text]
    assert len(set(named.values())) == len(named)


def test_a_language_is_two_letters() -> None:
    base = {"id": "a", "label": "A", "kind": "solar", "costs": []}
    assert Power.model_validate(base).labels == {}
    assert Power.model_validate(base | {"labels": {"fr": "B"}}).labels == {"fr": "B"}
    with pytest.raises(ValidationError, match="labels"):
        Power.model_validate(base | {"labels": {"French": "B"}})


def test_an_entry_without_the_language_keeps_its_label() -> None:
    catalogue = {"media": {"a": {"label": "Cable", "labels": {"fr": "Câble"}}, "b": {"label": "Hop"}}}
    assert in_language(catalogue, "fr")["media"]["a"]["label"] == "Câble"
    assert in_language(catalogue, "fr")["media"]["b"]["label"] == "Hop"
    assert in_language(catalogue, "rw")["media"]["a"]["label"] == "Cable"
    assert catalogue["media"]["a"]["label"] == "Cable"


def test_a_french_sheet_says_it_in_french(tmp_path: Path) -> None:
    folder = written(tmp_path / "plan", coverage=False)
    labelled(folder, {"t1": "Radio un", "k1": "Sorte une", "m1": "Câble"})
    plan = read_written(folder)
    said = {}
    for language in (ENGLISH, LANGUAGES["fr"]):
        spoken = in_words_of(plan, language)
        scene = read_scene(spoken, None)
        with matplotlib.rc_context(settings(scene.face)):
            said[language.code] = said_on(plan_sheet(spoken, scene, language=language))
    assert {"Radio un", "Sorte une", "Câble", "Hop"} <= said["fr"] and "Radio one" not in said["fr"]
    assert {"Radio one", "Kind one", "Cable"} <= said["en"] and "Câble" not in said["en"]


def test_a_french_report_and_page_say_it_in_french(tmp_path: Path) -> None:
    write_plan(make_plan(tmp_path), tmp_path / "sharing")
    labelled(tmp_path / "sharing", {"air": "Faisceau d’essai", "trench": "Fouille", "pipe": "Fouille"})
    french = "\n".join(text for block in read_report(tmp_path / "sharing", "fr").blocks() for text in texts(block))
    english = "\n".join(text for block in read_report(tmp_path / "sharing").blocks() for text in texts(block))
    assert "Faisceau d’essai" in french and "Hop" not in french
    assert "Faisceau d’essai" not in english and "Hop" in english
    looks = catalogue_looks(read_folders([tmp_path / "sharing"]))["media"]
    assert looks["air"]["label"] == "Hop" and looks["air"]["labels"] == {"fr": "Faisceau d’essai"}
    # two ids under one label are told apart in that language too
    assert looks["trench"]["labels"]["fr"] == "Fouille [trench]" and looks["trench"]["label"] == "Trench"


def picture(text: str) -> np.ndarray[Any, Any]:
    figure = Figure(figsize=(3, 1), dpi=100)
    canvas = FigureCanvasAgg(figure)
    with matplotlib.rc_context({"font.family": [BASE]}):
        figure.text(0.1, 0.4, text, fontsize=20)
        canvas.draw()
    return np.asarray(canvas.buffer_rgba())[:, :, 0] < 128


def test_right_to_left_scripts_run_and_join_as_they_are_written() -> None:
    """Hebrew runs from the right; Arabic letters join, so that a word is not its letters one by one."""
    assert (picture("אבג") == picture("\u202dגבא")).all() and (picture("אבג") != picture("\u202dאבג")).any()
    apart = picture("\u200c".join("بحري"))
    joined = picture("بحري")
    assert joined.any() and np.flatnonzero(joined.any(axis=0)).size < np.flatnonzero(apart.any(axis=0)).size


def test_a_line_does_not_break_inside_a_number() -> None:
    assert words_of("2\u202f700 personnes, 98,2 % de 3\u202f600") == [
        "2\u202f700",
        "personnes,",
        "98,2 %",
        "de",
        "3\u202f600",
    ]
