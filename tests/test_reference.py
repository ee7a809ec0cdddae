"""The reference in docs/ is that of the code, and says something about every key and column."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from netplan.plans.model import LAYER_COLUMNS
from netplan.project.schema import Project
from netplan.reference import pages
from netplan.reference.outputs import COLUMNS, LAYERS

FOLDER = Path(__file__).parents[1] / "docs" / "reference"
PAGES = pages()


@pytest.mark.parametrize("name", sorted(PAGES))
def test_pages_are_not_stale(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == PAGES[name], "run `make reference`"


def test_no_page_is_left_over() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(PAGES)


def test_every_layer_and_column_is_explained() -> None:
    columns = {column for layer in LAYER_COLUMNS.values() for column in layer}
    assert set(LAYERS) == set(LAYER_COLUMNS) and set(COLUMNS) == columns


def test_every_key_stands_on_the_page() -> None:
    for name in Project.model_fields:
        assert f"| `{name}` |" in PAGES["project-file.md"]
    rows = [line for line in PAGES["project-file.md"].splitlines() if line.startswith("| `")]
    silent = [line.split("|")[1].strip() for line in rows if not line.rstrip(" |").split(" | ")[4:]]
    assert silent == [], "keys without a meaning: write the docstring below them in the schema"


def test_the_schema_accepts_the_demo() -> None:
    """Keys of the demo's file are properties of the schema that editors use."""
    schema = json.loads(PAGES["netplan.schema.json"])
    demo = yaml.safe_load((FOLDER.parents[1] / "data/rwamagana-kayonza/netplan.yaml").read_text(encoding="utf-8"))
    assert set(demo) <= set(schema["properties"]) and set(schema["required"]) <= set(demo)
