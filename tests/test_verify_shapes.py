"""Whatever stands in the files of a plan, the audit ends in findings or in a fault that a planner can mend."""

from __future__ import annotations

import copy
import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pandas as pd
import pyogrio
import pytest
from planbuilder import NOTHING, make_plan
from test_verify import coverage

from netplan.catalogue import load_catalogue
from netplan.errors import InputError
from netplan.plans import write_plan
from netplan.verify import Finding, verify, verify_plan
from netplan.verify.audit import CHECKS
from netplan.verify.catalogue_shape import Catalogue
from netplan.verify.layers import COLUMNS, MAY_BE_EMPTY, TEXT, typed
from netplan.verify.reading import Written, read_written
from netplan.verify.shape import misshapen
from netplan.verify.summary_shape import Summary
from netplan.yamltext import dump_yaml, load_yaml

Readers = dict[str, list[Callable[[Written], list[Finding]]]]
GONE = object()
OTHERS: tuple[Any, ...] = (None, "x", 5.0, [], [None], {}, {"x": "x"}, True, GONE)
"""What a key may hold instead of what it should; nothing at all, too."""


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a plan without a finding."""
    home = tmp_path_factory.mktemp("district")
    folder = home / "out" / "sharing"
    write_plan(make_plan(home), folder)
    coverage(folder)
    assert verify_plan(folder) == []
    return folder


@pytest.fixture(scope="module")
def nothing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an answer without a plan."""
    home = tmp_path_factory.mktemp("beyond")
    short = {"urban": 3400.0, "rural": 640.0, "schools": 1.0}
    write_plan(make_plan(home, **NOTHING, status="infeasible", shortfall=short), home / "out" / "sharing")
    return home / "out" / "sharing"


def read(folder: Path) -> Written:
    found, _ = read_written(folder)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def written(honest: Path) -> Written:
    return read(honest)


@pytest.fixture(scope="module")
def reads(written: Written) -> Readers:
    return readers(written)


@pytest.fixture
def plan(honest: Path, tmp_path: Path) -> Path:
    """A copy of the project and its plan, to break."""
    shutil.copytree(honest.parent.parent, tmp_path / "district")
    return tmp_path / "district" / "out" / "sharing"


def paths(table: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every key path of nested tables and lists."""
    keys = table if isinstance(table, dict) else range(len(table)) if isinstance(table, list) else ()
    for key in keys:
        yield (*before, key)
        yield from paths(table[key], (*before, key))


def changed(table: Any, path: tuple[Any, ...], value: Any) -> Any:
    """A copy with another value at a path, or without the key."""
    out = copy.deepcopy(table)
    inner = out
    for key in path[:-1]:
        inner = inner[key]
    if value is GONE:
        del inner[path[-1]]
    else:
        inner[path[-1]] = copy.deepcopy(value)
    return out


class Watched(dict[str, Any]):
    """A summary that keeps in mind which of its keys are read."""

    def __init__(self, table: dict[str, Any]) -> None:
        super().__init__(table)
        self.read: set[str] = set()

    def __getitem__(self, key: str) -> Any:
        self.read.add(key)
        return super().__getitem__(key)

    def get(self, key: str, default: Any = None) -> Any:
        self.read.add(key)
        return super().get(key, default)


class Spy(Written):
    """A plan that keeps in mind which of its layers are read."""

    def __getattribute__(self, name: str) -> Any:
        object.__getattribute__(self, "__dict__").setdefault("read", set()).add(name)
        return super().__getattribute__(name)


def readers(written: Written) -> Readers:
    """Layer, or key of the summary -> the rules that read it."""
    found: Readers = {key: [] for key in (*written.summary, *COLUMNS)}
    for check in CHECKS:
        watched = Watched(written.summary)
        spy = Spy(
            **{each.name: getattr(written, each.name) for each in fields(Written) if each.init} | {"summary": watched}
        )
        spy.__dict__["read"] = set()
        check(spy)
        for key in (watched.read | spy.__dict__["read"]) & {*found}:
            found[key].append(check)
    return found


@pytest.mark.parametrize("which", ["honest", "nothing"])
def test_no_value_in_the_summary_ends_the_audit(which: str, request: pytest.FixtureRequest) -> None:
    written = read(request.getfixturevalue(which))
    reads = readers(written)
    for path in paths(written.summary):
        for value in OTHERS:
            summary = changed(written.summary, path, value)
            found = misshapen(Summary, summary, "summary", "summary.json")
            if not found:
                found = [each for check in reads[path[0]] for each in check(replace(written, summary=summary))]
            assert all(str(each) for each in found)


@pytest.mark.parametrize("layer", COLUMNS)
def test_no_column_of_a_layer_ends_the_audit(layer: str, honest: Path, written: Written, reads: Readers) -> None:
    """Columns taken out, emptied, or with text in them; words that pass for words meet every rule."""
    raw = pyogrio.read_dataframe(honest / "plan.gpkg", layer=layer)
    for number, column in enumerate(COLUMNS[layer].split()):
        lost = typed(layer, pd.DataFrame(raw.drop(columns=column)))[1]
        assert [(each.row, each.found) for each in lost] == [(column, "no such column")]
        if raw.empty:
            continue
        if column not in TEXT:
            empty = typed(layer, raw.assign(**{column: None}))[1]
            assert bool(empty) == (column not in MAY_BE_EMPTY), column
            assert typed(layer, pd.DataFrame(raw).assign(**{column: "x"}))[1], column
            continue
        table, findings = typed(layer, raw.assign(**{column: ("x", None)[number % 2]}))
        if not findings:
            findings = [each for check in reads[layer] for each in check(replace(written, **{layer: table}))]
        assert all(str(each) for each in findings)


def sql(folder: Path, *statements: str) -> None:
    """Edits the package as a careless program would; its triggers need functions that sqlite lacks."""
    with closing(sqlite3.connect(folder / "plan.gpkg")) as base, base:
        for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            base.execute(f'DROP TRIGGER "{name}"')
        for statement in statements:
            base.execute(statement)


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE viability SET cost_npv = 'much' WHERE demand_id = 'd-school'", "viability d-school: cost_npv: found"),
        ("UPDATE viability SET demand_id = NULL WHERE demand_id = 'd-school'", "nothing in demand_id"),
        ("UPDATE sites SET geom = NULL WHERE site_id = 's-hub'", "sites s-hub: found no geometry"),
        (
            "ALTER TABLE service RENAME rate_mbps TO x; ALTER TABLE service ADD rate_mbps TEXT DEFAULT 'fast'",
            "text in rate_mbps",
        ),
        ("UPDATE sites SET site_id = NULL WHERE site_id = 's-hub'", "nothing in site_id"),
    ],
)
def test_a_cell_of_another_kind_is_told_with_its_layer_and_row(statement: str, told: str, plan: Path) -> None:
    sql(plan, *statement.split("; "))
    assert told in "\n".join(map(str, verify_plan(plan)))


def test_a_refusal_without_a_length_or_a_line_is_told(honest: Path) -> None:
    raw = pyogrio.read_dataframe(honest / "plan.gpkg", layer="refused").reindex(["pipe-1"])
    told = " ".join(map(str, typed("refused", raw.assign(asset_id="pipe-1", length_m="long"))[1]))
    assert "refused pipe-1: found text in length_m" in told and "refused pipe-1: found no geometry" in told


def change(folder: Path, **changes: Any) -> None:
    path = folder / "summary.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_every_wrong_key_is_told_at_once(plan: Path) -> None:
    change(plan, stages=[{}], viability=None, bound_npv="x", inputs=["a"])
    told = [(each.layer, each.row, each.found, each.expected) for each in verify_plan(plan) if each.layer != "the plan"]
    assert told == [
        ("summary.json", "bound_npv", '"x"', "a number"),
        ("summary.json", "inputs", '["a"]', "a table of keys"),
        *(("summary.json", f"stages.0.{key}", "no such key", "the key") for key in ("bound", "gap", "objective")),
        ("summary.json", "stages.0.value", "no such key", "the key"),
        ("summary.json", "viability", "null", "a table of keys"),
    ]


def test_settings_of_another_kind_are_told(plan: Path) -> None:
    path = plan / "resolved.yaml"
    whole = load_yaml(path.read_text(encoding="utf-8"))
    whole["project"]["targets"] = ["rural"]
    whole["economics"]["years"] = "ten"
    path.write_text(dump_yaml(whole), encoding="utf-8")
    assert [(each.rule, each.row) for each in verify_plan(plan)] == [
        ("settings", "economics.years"), ("settings", "project.targets"),
    ]  # fmt: skip
    path.write_text(dump_yaml(whole | {"crs": "nowhere", "project": {}}), encoding="utf-8")
    assert {each.rule for each in verify_plan(plan)} == {"another version", "settings"}


def test_entries_of_the_catalogue_of_another_kind_are_told(plan: Path) -> None:
    path = plan / "resolved.yaml"
    whole = load_yaml(path.read_text(encoding="utf-8"))
    entries = whole["catalogue"]
    technology, medium = entries["technologies"]["radio"], entries["media"]["pipe"]
    technology["costs"][0]["capex"]["year"] = "x"
    del medium["costs"][0]["per"]
    technology["serves"] = 5.0
    technology["radio"] = []
    medium["min_diameter_mm"] = 100.0
    medium["kind"] = None
    entries["structures"] = ["mast"]
    path.write_text(dump_yaml(whole), encoding="utf-8")
    assert {(each.row, each.found) for each in verify_plan(plan) if each.rule == "settings"} == {
        ("catalogue.technologies.radio.costs.0.capex.year", '"x"'),
        ("catalogue.technologies.radio.serves", "5.0"),
        ("catalogue.technologies.radio.radio", "[]"),
        ("catalogue.structures", '["mast"]'),
        ("catalogue.media.pipe.kind", "null"),
        ("catalogue.media.pipe.costs.0.per", "no such key"),
        ("catalogue.media.pipe.min_diameter_mm", "100.0"),
    }


def test_every_shipped_entry_has_the_shape_that_the_audit_expects() -> None:
    catalogue = load_catalogue()
    tables = {"technologies": catalogue.technologies, "structures": catalogue.structures, "power": catalogue.power}
    tables |= {"media": catalogue.media, "levers": catalogue.levers}
    said = {
        group: {key: entry.model_dump(mode="json") for key, entry in each.items()} for group, each in tables.items()
    }
    assert {*Catalogue.model_fields} == {*tables}
    assert sum(map(len, said.values())) > 50
    assert misshapen(Catalogue, said, "settings", "resolved.yaml") == []


def test_a_coordinate_system_that_is_none_is_told(plan: Path) -> None:
    path = plan / "resolved.yaml"
    path.write_text(dump_yaml(load_yaml(path.read_text(encoding="utf-8")) | {"crs": "nowhere"}), encoding="utf-8")
    with pytest.raises(InputError, match="'nowhere' is no coordinate system"):
        verify_plan(plan)


def test_a_package_that_is_a_folder_is_told(plan: Path) -> None:
    (plan / "plan.gpkg").unlink()
    (plan / "plan.gpkg").mkdir()
    for folder in (plan, plan.parent):
        with pytest.raises(InputError, match=r"plan.gpkg: a folder, and no file"):
            verify(folder)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"operators": [{}]}'])
def test_a_sum_of_operators_that_is_none_does_not_hold(content: str, plan: Path) -> None:
    """A folder with a summary and no package is the sum of the plans inside it."""
    (plan / "mine").mkdir()
    for path in [*plan.iterdir()]:
        if path.is_file():
            shutil.copy(path, plan / "mine" / path.name)
    (plan / "plan.gpkg").unlink()
    (plan / "summary.json").write_text(content)
    assert "operators" in {each.rule for each in verify(plan)["sharing"]}


def test_a_plan_without_its_stages_does_not_hold(plan: Path) -> None:
    change(plan, stages=[])
    assert [(each.rule, each.row, each.found) for each in verify_plan(plan)] == [("status", "stages", "none")]


def test_spectrum_of_an_older_version_is_told_to_be_planned_again(plan: Path) -> None:
    sql(
        plan,
        "INSERT INTO costs (layer, row_id, item, category, quantity, unit, capex, opex_per_year, npv)"
        " VALUES ('other_costs', 'fee', 'spectrum fee', 'spectrum', 1, 'unit', 0, 10, 67)",
        "UPDATE gpkg_ogr_contents SET feature_count = feature_count + 1 WHERE table_name = 'costs'",
    )
    told = [str(each) for each in verify_plan(plan) if each.rule == "another version"]
    assert len(told) == 1 and "plan again" in told[0] and "spectrum fee" in told[0]
