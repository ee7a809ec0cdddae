"""Remarks on the data in French: sentences that the stages still say, figures in the language's signs."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import netplan
from netplan.datawords import data_words, spoken_languages
from netplan.datawords.remarks import remark
from netplan.inputs.layers import ABSENT
from netplan.report.sections.sources import ASSUMED


@pytest.mark.parametrize(
    ("english", "french"),
    [
        (
            "5,555 microwave hops and grades of radio are left out beforehand (farther partners, dearer radios that "
            "carry little more): the bound is that of the problem without them",
            "5\u202f555 bonds hertziens et classes de radio sont écartés d'avance",
        ),
        ("dem.tif: terrain covers 98.5% of the area; elsewhere it is not known.", "le relief couvre 98,5\u202f% de"),
        (
            "Trench: 797.8 of 925.2 km refused (797.8 km narrow)",
            "Trench\u00a0: 797,8 des 925,2 km refusés (797.8 km narrow)",
        ),
        (
            "lte: outside the validity of P.1812, losses there are extrapolated: 9 paths are shorter than 250 m",
            "9 trajets",
        ),
        ("words that nobody has in French", "words that nobody has in French"),
    ],
)
def test_a_remark_is_said_in_the_language_with_its_figures(english: str, french: str) -> None:
    assert french in remark(english, "fr") and remark(english, "en") == english


def test_every_absent_layer_is_said_in_every_language() -> None:
    said = {f"No layer for {key}: {meaning}." for key, meaning in ABSENT.items()}
    assert {text for text in said for language in spoken_languages() if remark(text, language) == text} == set()


def test_remarks_are_those_that_the_stages_say() -> None:
    """Each template is what some string of the stages comes to: none is left of a sentence since put otherwise."""
    package = Path(netplan.__file__).parent
    stages = ("inputs", "demand", "candidates", "radio", "backhaul")
    files = [package / "pipeline.py", package / "plans/overlap.py"]
    files += [file for stage in stages for file in (package / stage).glob("*.py")]
    said = [_pattern(each) for file in files for each in ast.walk(ast.parse(file.read_text(encoding="utf-8")))]
    patterns = [re.compile(each) for each in said if sum(map(str.isalpha, each)) >= 10]
    templates = [re.sub(r"\{\w+\}", "7", each) for each in data_words("fr")["remark"]]
    assert len(templates) > 25
    assert [
        each
        for each in templates
        if not any(pattern.fullmatch(ASSUMED + each) or pattern.fullmatch(each) for pattern in patterns)
    ] == []


def _pattern(each: ast.AST) -> str:
    """What a string with places comes to, as an expression; empty for all else."""
    if isinstance(each, ast.JoinedStr):
        return "".join(re.escape(str(p.value)) if isinstance(p, ast.Constant) else ".*" for p in each.values)
    return re.escape(each.value) if isinstance(each, ast.Constant) and isinstance(each.value, str) else ""
