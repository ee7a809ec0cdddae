"""The project file: merging, defaults, and faults that say where, what and what to do."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from netplan.errors import InputError
from netplan.language import SIGNS, unbroken
from netplan.project.read import deep_merge, read_project, scenario_names
from netplan.project.schema import Project
from netplan.project.without_faults import without_faults
from netplan.report.words import languages, sentences

BASE: dict[str, Any] = {
    "name": "Two hills",
    "demand": {
        "population": "population.tif",
        "facilities": {"schools": {"layer": "s.gpkg", "rate_mbps": 20, "busy_hour_mbps": 5}},
    },
    "existing": {"pops": "pops.geojson"},
    "targets": {"urban": 0.98, "rural": 0.9, "schools": 1.0},
    "scenarios": {
        "greenfield": {"sharing": []},
        "sharing": {"sharing": ["towers"], "targets": {"rural": 0.95}},
    },
}


def write(folder: Path, **changes: Any) -> Path:
    (folder / "netplan.yaml").write_text(yaml.safe_dump(deep_merge(BASE, changes)))
    return folder


def faults_of(folder: Path, scenario: str | None = None) -> dict[str, str]:
    """place -> message of every fault."""
    with pytest.raises(InputError) as caught:
        read_project(folder, scenario)
    return {fault.place: str(fault) for fault in caught.value.faults}


def test_folder_and_file_read_alike(tmp_path: Path) -> None:
    folder = write(tmp_path)
    by_folder, by_file = read_project(folder), read_project(folder / "netplan.yaml")
    assert by_folder == by_file
    assert by_folder.scenario == "base" and by_folder.folder == tmp_path.resolve()
    assert by_folder.project.targets == {"urban": 0.98, "rural": 0.9, "schools": 1.0}


def test_scenario_overlays_key_by_key_and_is_dropped_after(tmp_path: Path) -> None:
    loaded = read_project(write(tmp_path), "sharing")
    assert loaded.scenario == "sharing"
    assert loaded.project.sharing == ("towers",)
    assert loaded.project.targets == {"urban": 0.98, "rural": 0.95, "schools": 1.0}
    assert loaded.project.scenarios == {}
    assert scenario_names(tmp_path) == ["greenfield", "sharing"]


def test_null_in_a_scenario_unsets_a_key_of_the_base(tmp_path: Path) -> None:
    folder = write(tmp_path, scenarios={"satellite": {"existing": {"pops": None}}})
    assert read_project(folder, "satellite").project.existing.pops is None


def test_unknown_scenario_names_the_known_ones(tmp_path: Path) -> None:
    message = faults_of(write(tmp_path), "sharring")["netplan.yaml: scenarios"]
    assert "sharring" in message and "greenfield, sharing" in message and "did you mean `sharing`" in message


def test_missing_project_and_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no netplan"):
        read_project(tmp_path)
    with pytest.raises(InputError, match="no such folder or file"):
        read_project(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("text", "line"),
    [("name: a\ntargets: {urban: 0.9\nrural: [\n", "line "), ("name: a\nname: b\n", "line 2, column 1")],
)
def test_yaml_faults_have_line_and_column(tmp_path: Path, text: str, line: str) -> None:
    (tmp_path / "netplan.yaml").write_text(text)
    ((place, message),) = faults_of(tmp_path).items()
    assert line in place and "column" in place and "not valid YAML" in message


def test_yaml_that_holds_itself(tmp_path: Path) -> None:
    (tmp_path / "netplan.yaml").write_text("name: x\ntargets: &t\n  urban: *t\n")
    assert "alias" in faults_of(tmp_path)["netplan.yaml"]
    (tmp_path / "netplan.yaml").write_text("name: x\ntargets: &t {urban: 0.5}\nscenarios: {a: {targets: *t}}\n")
    assert "alias" not in str(faults_of(tmp_path))


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "just words\n"])
def test_yaml_that_is_not_a_mapping(tmp_path: Path, text: str) -> None:
    (tmp_path / "netplan.yaml").write_text(text)
    assert "netplan.yaml" in faults_of(tmp_path)


@pytest.mark.parametrize(
    ("changes", "place", "suggestion"),
    [
        ({"tragets": {}}, "netplan.yaml: tragets", "targets"),
        ({"existing": {"tower": "t.gpkg"}}, "netplan.yaml: existing.tower", "towers"),
        (
            {"demand": {"facilities": {"schools": {"rate": 3}}}},
            "netplan.yaml: demand.facilities.schools.rate",
            "rate_mbps",
        ),
        (
            {"service": {"urban": {"rate_mbps": 1, "busy_hour_mbps": 1, "adoptoin": 1}}},
            "netplan.yaml: service.urban.adoptoin",
            "adoption",
        ),
    ],
)
def test_unknown_key_suggests_the_nearest(tmp_path: Path, changes: dict[str, Any], place: str, suggestion: str) -> None:
    assert f"did you mean `{suggestion}`?" in faults_of(write(tmp_path, **changes))[place]


def test_an_unknown_language_is_told_with_those_there_are(tmp_path: Path) -> None:
    message = faults_of(write(tmp_path, language="tlh"))["netplan.yaml: language"]
    assert "'tlh'" in message and "en, fr" in message
    assert read_project(write(tmp_path, language="fr")).project.language == "fr"
    assert languages() == sorted(SIGNS)  # the report's words, too, are in every language that a project may name


def test_no_french_line_breaks_before_a_sign() -> None:
    assert unbroken("« seul » : 9 % ?", "fr") == "«\u00a0seul\u00a0»\u00a0: 9\u202f%\u202f?"
    assert unbroken("a : b", "en") == "a : b"
    assert not [each for each in sentences("fr").values() if re.search("« | [:;?!%»]", each)]


def test_all_faults_at_once(tmp_path: Path) -> None:
    found = faults_of(
        write(
            tmp_path,
            targets={"urban": 1.2, "clinic": 0.5},
            service={"urban": {"rate_mbps": 10, "busy_hour_mbps": 1, "adoption": 0.5}},
        )
    )
    assert "1.2" in found["netplan.yaml: targets.urban"] and "between 0 and 1" in found["netplan.yaml: targets.urban"]
    assert (
        "no class `clinic`" in found["netplan.yaml: targets.clinic"]
        and "schools" in found["netplan.yaml: targets.clinic"]
    )
    assert "netplan.yaml: service.rural" in found


def test_rules_of_other_keys_are_told_beside_faults_of_types(tmp_path: Path) -> None:
    """A missing key, an unknown one, one of the wrong type, and a list with one: none hides what else is wrong."""
    folder = write(tmp_path, targets={"urban": 2}, bogus=3, economics={"wacc": {"equity_share": 0.4}})
    (folder / "netplan.yaml").write_text(
        (folder / "netplan.yaml").read_text().replace("demand:", "demnad:") + "candidates: {radius_m: wide}\n"
    )
    found = faults_of(folder)
    assert "between 0 and 1" in found["netplan.yaml: targets.urban"]
    assert "missing" in found["netplan.yaml: demand"] and "`demand`" in found["netplan.yaml: demnad"]
    assert "unknown key `bogus`" in found["netplan.yaml: bogus"] and "did you mean" not in found["netplan.yaml: bogus"]
    assert {"netplan.yaml: economics.wacc.cost_of_equity", "netplan.yaml: candidates.radius_m"} < set(found)


WORD = st.sampled_from(["urban", "name", "share", "layer", ""])
VALUE = st.recursive(
    st.none() | st.integers(-1, 2) | WORD,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(WORD, inner, max_size=2),
    max_leaves=4,
)


@given(st.dictionaries(st.sampled_from(["name", "demand", "targets", "operators", "forbid", "service"]), VALUE))
def test_any_project_is_read_without_its_faults_or_not_at_all(raw: dict[str, Any]) -> None:
    before = repr(raw)
    assert without_faults(raw) is None or isinstance(without_faults(raw), Project)
    assert repr(raw) == before


def test_a_fault_of_the_scenario_is_placed_in_the_scenario(tmp_path: Path) -> None:
    folder = write(tmp_path, scenarios={"more": {"targets": {"rural": 7}}})
    assert set(faults_of(folder, "more")) == {"netplan.yaml: scenarios.more.targets.rural"}
    assert read_project(folder).project.targets["rural"] == 0.9


def test_people_are_required_and_scaled_one_way_only(tmp_path: Path) -> None:
    assert "neither" in faults_of(write(tmp_path, demand={"population": None}))["netplan.yaml: demand"]
    both = faults_of(write(tmp_path, demand={"population_total": 10, "growth_per_year": 0.02, "population_year": 2020}))
    assert "both" in both["netplan.yaml: demand"]
    alone = faults_of(write(tmp_path, demand={"growth_per_year": 0.02}))
    assert set(alone) == {"netplan.yaml: demand.population_year"}


def test_wrong_types_say_key_and_value(tmp_path: Path) -> None:
    found = faults_of(write(tmp_path, demand={"cell_m": "wide"}, name=None))
    assert "'wide'" in found["netplan.yaml: demand.cell_m"]
    assert "missing" in found["netplan.yaml: name"]


def test_words_and_numbers_are_what_they_look_like(tmp_path: Path) -> None:
    file = tmp_path / "netplan.yaml"
    file.write_text(
        "name: a\ndemand: {population: p.tif, cell_m: 01000, population_total: 1_000_000}\ntargets: {urban: 1}\n"
        "existing: {towers_assumed: YES}\neconomics: {residual: no, vat_recoverable: Off}\n"
    )
    project = read_project(tmp_path).project
    assert (project.demand.cell_m, project.demand.population_total) == (1000, 1_000_000)
    assert project.existing.towers_assumed and not project.economics.residual and not project.economics.vat_recoverable
    file.write_text(
        "name: 2024\ncountry: NO\ncrs: 32736\nexclusions: parks.geojson\nexisting: towers.gpkg\nbudget: 12:30\n"
        "demand: {population: p.tif, household_size: yes}\ntargets: {urban: on}\neconomics: {residual: 2}\n"
    )
    assert faults_of(tmp_path) == {
        place: f"{place}: {said}"
        for place, said in {
            "netplan.yaml: name": '2024; put it in quotes: "2024"',
            "netplan.yaml: country": "'NO'; give the three capital letters of ISO 3166-1, e.g. RWA",
            "netplan.yaml: crs": "32736; write EPSG:32736",
            "netplan.yaml: exclusions": "'parks.geojson'; write a list: [parks.geojson]",
            "netplan.yaml: existing": "'towers.gpkg'; write `key: value` lines below it",
            "netplan.yaml: budget": "'12:30'; give a number",
            "netplan.yaml: demand.household_size": "'yes'; give a number",
            "netplan.yaml: targets.urban": "'on'; give a number",
            "netplan.yaml: economics.residual": "2; write yes or no",
        }.items()
    }


trees = st.recursive(
    st.integers(), lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3), max_leaves=8
)
mappings = st.dictionaries(st.sampled_from("abc"), trees, max_size=3)


@given(mappings, mappings)
def test_merge_keeps_the_overlay_and_is_idempotent(base: dict[str, Any], overlay: dict[str, Any]) -> None:
    merged = deep_merge(base, overlay)
    assert deep_merge(merged, overlay) == merged
    assert deep_merge(base, {}) == base and deep_merge({}, overlay) == overlay
    assert set(merged) == set(base) | set(overlay)
