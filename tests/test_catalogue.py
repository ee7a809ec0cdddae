"""The catalogue: shipped entries are whole and sourced, a new one is a file, and a mistake is one clear fault."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel
from rich.console import Console, RenderableType

import netplan
from netplan.catalogue import Catalogue, load_catalogue, schema, select, shipped_folder
from netplan.catalogue.check import check_numbers
from netplan.catalogue.show import catalogue_table, entry_table
from netplan.catalogue.walk import cost_items, quantities
from netplan.costs import Economics, price_items
from netplan.errors import InputError
from tests.districts import District, plan_of

GROUPS = ("technologies", "media", "structures", "power", "levers", "modulation")


@pytest.fixture(scope="module")
def shipped() -> Catalogue:
    return load_catalogue()


def entries(catalogue: Catalogue) -> list[Any]:
    return [entry for group in GROUPS for entry in getattr(catalogue, group).values()]


def read(group: str, name: str) -> dict[str, Any]:
    content = yaml.safe_load((shipped_folder() / group / f"{name}.yaml").read_text())
    assert isinstance(content, dict)
    return content


def write(folder: Path, group: str, content: dict[str, Any], stem: str | None = None) -> Path:
    (folder / group).mkdir(parents=True, exist_ok=True)
    file = folder / group / f"{stem or content['id']}.yaml"
    file.write_text(yaml.safe_dump(content))
    return file


def faults_of(folder: Path) -> list[str]:
    with pytest.raises(InputError) as caught:
        load_catalogue([folder])
    return [str(fault) for fault in caught.value.faults]


def text_of(renderable: RenderableType) -> str:
    console = Console(width=240, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    console.print(renderable)
    return console.export_text()


# What is shipped


def test_every_shipped_number_has_source_range_and_unit(shipped: Catalogue) -> None:
    numbers = [(e.id, p, q) for e in entries(shipped) for p, q in quantities(e)]
    numbers += [("economics", place, quantity) for place, quantity in quantities(shipped.economics)]
    assert len(numbers) > 250
    for owner, place, q in numbers:
        assert len(q.source) > 5 and q.unit, f"{owner}: {place}"
        assert q.low is not None and q.high is not None and q.low <= q.value <= q.high, f"{owner}: {place}"


def test_every_price_has_a_year_and_reasoned_prices_are_flagged(shipped: Catalogue) -> None:
    for entry in entries(shipped):
        for place, item in cost_items(entry):
            for price in (item.capex, item.opex_per_year):
                assert price is None or price.year is not None, f"{entry.id}: {place}"
        for place, number in quantities(entry):
            assert number.assumption or not number.source.startswith("Reasoned"), f"{entry.id}: {place}"


@pytest.mark.parametrize(
    ("name", "low_mhz", "high_mhz", "allowed_dbm"),
    [
        ("wifi-5ghz-ptmp", 5725, 5875, 36),  # ECC/REC/(06)04
        ("wifi-6ghz-ptmp", 5925, 6425, 36),  # FCC 15.407, standard power
        ("wifi-hotspot", 2400, 2483.5, 20),  # ETSI EN 300 328
    ],
)
def test_wifi_radiates_what_its_band_allows_and_each_sector_has_a_channel_there(
    shipped: Catalogue, name: str, low_mhz: float, high_mhz: float, allowed_dbm: float
) -> None:
    radio = shipped.technologies[name].radio
    assert radio is not None and radio.uplink is not None
    half_mhz = radio.sectors.value * radio.bandwidth_mhz.value / 2
    assert low_mhz <= radio.frequency_mhz.value - half_mhz and radio.frequency_mhz.value + half_mhz <= high_mhz
    assert radio.tx_power_dbm.value + radio.tx_gain_dbi.value - radio.tx_loss_db.value <= allowed_dbm
    assert radio.uplink.tx_power_dbm.value + radio.rx_gain_dbi.value <= allowed_dbm


def test_shipped_entries_have_distinct_colours(shipped: Catalogue) -> None:
    for group in (shipped.technologies, shipped.media, shipped.structures):
        colours = [entry.colour.upper() for entry in group.values()]
        assert len(set(colours)) == len(colours)


def test_sources_name_no_path_of_this_machine(shipped: Catalogue) -> None:
    for file in shipped_folder().rglob("*"):
        if file.is_file():
            assert "PARAMETERS" not in file.read_text(), file


def test_what_a_radio_link_pays_for_spectrum_is_a_fee_to_the_state(shipped: Catalogue) -> None:
    radio = [medium for medium in shipped.media.values() if medium.kind == "microwave"]
    assert radio
    for medium in radio:
        assert [line.category for line in medium.costs if line.transfer] == ["spectrum"], medium.id


def test_prices_are_of_the_order_that_planners_see(shipped: Catalogue) -> None:
    economics = Economics("USD", 2025, 0.08, 10, True, "society", 0.025)

    def npv(costs: tuple[schema.CostItem, ...], **per: float) -> float:
        quantity: dict[str, Any] = {key.replace("_", "-"): value for key, value in per.items()}
        return float(price_items(["row"], costs, quantity, economics)["npv"].sum())

    def site(structure: str, *technologies: str) -> float:
        held = [shipped.technologies[name] for name in technologies]
        base = shipped.structures[structure]
        load = base.base_load_w.value + sum(t.load_w.value for t in held if t.load_w)
        power = min(npv(shipped.power[name].costs, w=load, km=0) for name in base.power)
        new = [tuple(line for line in t.costs if line.charged != "upgrade") for t in held]
        return npv(base.costs) + power + sum(npv(costs) for costs in new)

    def km(medium: str) -> float:
        entry = shipped.media[medium]
        spans = 1000 / entry.pole_spacing_m.value if entry.pole_spacing_m else 0.0
        return npv(entry.costs, km=1, span=spans, access_point=2)

    bands = ("lte-800", "lte-1800")
    assert 150_000 < site("new-mast", *bands) < 250_000
    assert site("tower-colocation", *bands) < 0.8 * site("new-mast", *bands)
    assert 10_000 < site("village-hub", "wifi-5ghz-ptmp") < 25_000
    assert 6_000 < km("trench") < 12_000 and 6_000 < km("aerial-own") < 10_000
    assert 0.4 < km("water-pipe") / km("trench") < 0.65
    assert km("duct") < km("aerial-power") < km("aerial-own")
    for medium in shipped.media.values():
        if medium.kind == "microwave":
            two_radios = medium.fixed is not None and medium.fixed.polarisation == "dual"
            assert 15_000 < npv(medium.costs) < (45_000 if two_radios else 30_000), medium.id


# One file is one entry


def test_a_new_technology_is_one_file_in_an_extra_folder(tmp_path: Path, shipped: Catalogue) -> None:
    write(tmp_path, "technologies", read("technologies", "lte-800") | {"id": "lte-450", "label": "LTE 450"})
    loaded = load_catalogue([tmp_path])
    assert set(loaded.technologies) == {*shipped.technologies, "lte-450"}
    assert list(loaded.technologies) == sorted(loaded.technologies)
    assert loaded.technologies["lte-450"].label == "LTE 450"
    assert loaded.media == shipped.media


def test_a_new_technology_with_a_table_of_its_own_is_planned_with_no_code(tmp_path: Path) -> None:
    """One YAML of a radio nobody here has heard of, with a vendor's table: it is offered, and wins when it is free."""
    content = read("technologies", "lte-800") | {"id": "white-space-600", "label": "White space", "aliases": []}
    steps = [{"sinr_db": 3, "efficiency_bps_hz": 0.5}, {"sinr_db": 12, "efficiency_bps_hz": 2.0}]
    content["radio"] |= {"steps": steps}
    content |= {"costs": [], "premises": [], "upgrades": []}
    write(tmp_path, "technologies", content)
    district = District({(4, 4): 200.0, (7, 7): 200.0}, technologies=("white-space-600", "lte-800"))
    outcome = plan_of(district, load_catalogue([tmp_path]))
    assert set(outcome.opened) == {"white-space-600"}
    rates = outcome.options.service.set_index("option_id")["rate_mbps"]
    new = rates[rates.index.str.endswith("white-space-600")]
    assert 5 <= new.min() <= new.max() <= 20


def test_an_entry_of_the_same_id_replaces_and_the_last_folder_wins(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write(tmp_path / name, "media", read("media", "trench") | {"label": name})
    assert load_catalogue([tmp_path / "a", tmp_path / "b"]).media["trench"].label == "b"
    assert load_catalogue([tmp_path / "b", tmp_path / "a"]).media["trench"].label == "a"


def test_a_catalogue_is_read_again_once_a_file_has_changed(tmp_path: Path) -> None:
    content = read("technologies", "lte-800")
    file = write(tmp_path, "technologies", content | {"aliases": ["one"]})
    first = load_catalogue([tmp_path])
    assert load_catalogue([tmp_path]) is first
    write(tmp_path, "technologies", content | {"aliases": ["two"]})
    assert load_catalogue([tmp_path]).technologies["lte-800"].aliases == ("two",)
    assert first.technologies["lte-800"].aliases == ("one",)
    file.rename(file.with_stem("lte-801"))
    assert faults_of(tmp_path) == [f"{file.with_stem('lte-801')}: id: 'lte-800'; make it the file's name, 'lte-801'"]
    (tmp_path / "technologies" / "lte-801.yaml").unlink()
    assert load_catalogue([tmp_path]) is not first
    (tmp_path / "technologies").rmdir()
    tmp_path.rmdir()
    assert faults_of(tmp_path) == [f"{tmp_path}: no such folder; give a folder laid out like models/"]


def test_own_economics_replace_the_shipped(tmp_path: Path) -> None:
    content = yaml.safe_load((shipped_folder() / "economics.yaml").read_text())
    content["years"]["value"] = 15
    (tmp_path / "economics.yaml").write_text(yaml.safe_dump(content))
    assert load_catalogue([tmp_path]).economics.years.value == 15


def test_a_wheel_brings_its_own_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from netplan.catalogue import load

    package = tmp_path / "site-packages" / "netplan"
    shutil.copytree(shipped_folder(), package / "_models")
    monkeypatch.setattr(load, "__file__", str(package / "catalogue" / "load.py"))
    assert load.shipped_folder() == package / "_models"
    assert len(load.load_catalogue().technologies) >= 6


# A mistake is one clear fault


def test_a_misspelt_key_is_one_fault_with_the_nearest(tmp_path: Path) -> None:
    content = read("technologies", "lte-800")
    content["radio"]["frequncy_mhz"] = content["radio"]["frequency_mhz"]
    file = write(tmp_path, "technologies", content)
    (fault,) = faults_of(tmp_path)
    assert str(file) in fault and "radio.frequncy_mhz" in fault and "did you mean 'frequency_mhz'?" in fault


@pytest.mark.parametrize(
    ("group", "name", "where", "key", "known"),
    [
        ("media", "trench", ("costs", 0), "capax", "capex"),
        ("media", "trench", ("costs", 0, "capex"), "sourc", "source"),
        ("media", "trench", ("grounds", "rock"), "colums", "columns"),
        ("structures", "new-mast", (), "heigth_m", "height_m"),
    ],
)
def test_misspelt_keys_are_found_at_any_depth(
    tmp_path: Path, group: str, name: str, where: tuple[Any, ...], key: str, known: str
) -> None:
    content = read(group, name)
    below: Any = content
    for step in where:
        below = below[step]
    below[key] = "x"
    write(tmp_path, group, content)
    (fault,) = faults_of(tmp_path)
    assert f"did you mean {known!r}?" in fault


@pytest.mark.parametrize(
    ("group", "name", "change", "says"),
    [
        ("technologies", "lte-800", {"structures": ["new-mats"]}, "did you mean 'new-mast'?"),
        ("structures", "new-mast", {"power": ["sollar"]}, "did you mean 'solar'?"),
        ("structures", "tower-colocation", {"lever": "tower"}, "did you mean 'towers'?"),
        ("structures", "new-mast", {"status": "shared"}, "names a lever"),
        ("sharing", "ducts", {"layer": "routes.duct"}, "did you mean 'routes.ducts'?"),
        ("media", "duct", {"lever": "duct"}, "did you mean 'ducts'?"),
        ("media", "trench", {"colour": "orange"}, "#RRGGBB"),
        ("media", "trench", {"dash": "dotty"}, "did you mean 'dotted'?"),
        ("media", "trench", {"route": None}, "needs a layer"),
        ("media", "microwave-8ghz", {"max_length_m": None}, "needs it"),
        ("media", "water-pipe", {"materials": ["pvc"]}, "'PVC'"),
        ("media", "aerial-power", {"pole_spacing_m": None}, "needs it"),
        ("media", "aerial-power", {"line_kinds": ["distributon"]}, "did you mean 'distribution'?"),
        ("technologies", "wifi-hotspot", {"radio": None}, "needs it"),
        ("technologies", "gpon", {"reach_m": None}, "needs it"),
        ("technologies", "gpon", {"kind": "fiber"}, "fibre-access"),
        ("technologies", "gpon", {"marker": "square"}, "Matplotlib marker"),
        ("technologies", "gpon", {"split": None}, "give both or neither"),
        ("technologies", "gpon", {"serves": []}, "household, community, iot"),
        ("technologies", "gpon", {"serves": ["houses"]}, "household"),
        ("technologies", "lte-800", {"generation": "6G"}, "5G"),
        ("technologies", "lte-800", {"upgrades": []}, "name the generations"),
        ("technologies", "xdsl", {"line_layer": None}, "needs it"),
        ("technologies", "xdsl", {"reach_rates": []}, "needs it"),
        ("modulation", "lte-cqi", {"steps": []}, "at least one"),
        (
            "modulation",
            "lte-cqi",
            {"steps": [{"sinr_db": 1, "efficiency_bps_hz": 2}, {"sinr_db": 2, "efficiency_bps_hz": 1}]},
            "does not rise",
        ),
    ],
)
def test_what_does_not_fit_together_is_one_fault(
    tmp_path: Path, group: str, name: str, change: dict[str, Any], says: str
) -> None:
    file = write(tmp_path, group, read(group, name) | change)
    (fault,) = faults_of(tmp_path)
    assert fault.startswith(f"{file}: ") and says in fault


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"modulation": "lte-cqo"}, "did you mean 'lte-cqi'?"),
        ({"modulation": "lte-cqi", "steps": [{"sinr_db": 0, "efficiency_bps_hz": 1}]}, "not both"),
        ({"steps": [{"sinr_db": 0, "efficiency_bps_hz": 0}]}, "above 0"),
        ({"reuse": {"value": 0.5, "unit": "1", "source": "test"}}, "1 or more"),
        ({"mac_efficiency": {"value": 1.2, "unit": "share", "source": "test"}}, "between 0 and 1"),
        ({"uplink": {"traffic_share": {"value": 0, "unit": "share", "source": "test"}}}, "above 0"),
        ({"uplink": {"time_share": {"value": 1.5, "unit": "share", "source": "test"}}}, "between 0 and 1"),
        ({"uplink": {"modulation": "lora"}}, "did you mean 'lora-125khz'?"),
    ],
)
def test_a_radio_that_does_not_fit_is_one_fault(tmp_path: Path, change: dict[str, Any], says: str) -> None:
    content = read("technologies", "lte-800")
    inner = change.get("uplink")
    content["radio"] |= {"uplink": content["radio"]["uplink"] | inner} if inner else change
    file = write(tmp_path, "technologies", content)
    (fault,) = faults_of(tmp_path)
    assert fault.startswith(f"{file}: radio.") and says in fault


def test_only_cellular_radios_are_aggregated_and_each_is_checked(tmp_path: Path) -> None:
    content = read("technologies", "lte-800-1800-ca")
    content["carriers"][0]["max_load"]["value"] = content["carriers"][0]["max_load"]["high"] = 1.2
    write(tmp_path, "technologies", content)
    wifi = read("technologies", "wifi-5ghz-ptmp")
    write(tmp_path, "technologies", wifi | {"carriers": [wifi["radio"]]})
    load, kind = faults_of(tmp_path)
    assert "carriers[0].max_load" in load and "only cellular" in kind


def test_lines_of_a_reach_table_stand_in_order(tmp_path: Path) -> None:
    content = read("technologies", "xdsl")
    content["reach_rates"].reverse()
    write(tmp_path, "technologies", content)
    (fault,) = faults_of(tmp_path)
    assert "reach_rates" in fault and "nearest first" in fault


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"low": 99}, "above value"),
        ({"high": 1}, "below value"),
        ({"value": float("nan")}, "finite"),
        ({"unit": "feet"}, "'m'"),
        ({"source": " "}, "where the number comes from"),
        ({"value": -35, "low": -40}, "above 0"),
    ],
)
def test_a_wrong_number_is_one_fault(tmp_path: Path, change: dict[str, Any], says: str) -> None:
    content = read("structures", "new-mast")
    content["height_m"] |= change
    write(tmp_path, "structures", content)
    (fault,) = faults_of(tmp_path)
    assert "height_m" in fault and says in fault


def test_money_needs_year_and_the_unit_of_its_line(tmp_path: Path) -> None:
    content = read("media", "trench")
    content["costs"][0]["capex"] |= {"unit": "USD/m"}
    del content["costs"][1]["capex"]["year"]
    write(tmp_path, "media", content)
    first, second = faults_of(tmp_path)
    assert "costs[0].capex.unit" in first and "'USD/km'" in first
    assert "costs[1].capex.year" in second


def test_a_fee_to_the_state_is_a_transfer(tmp_path: Path) -> None:
    content = read("media", "trench")
    content["costs"][0]["category"] = "spectrum"
    write(tmp_path, "media", content)
    (fault,) = faults_of(tmp_path)
    assert "costs[0].transfer" in fault and "transfer: true" in fault


def test_all_faults_of_all_files_come_at_once(tmp_path: Path) -> None:
    write(tmp_path, "media", read("media", "trench") | {"colour": "red"})
    write(tmp_path, "structures", read("structures", "new-mast") | {"power": ["coal"]})
    write(tmp_path, "technologies", read("technologies", "gpon"), stem="gpom")
    (tmp_path / "technologies" / "broken.yaml").write_text("id: [")
    (tmp_path / "technologies" / "list.yaml").write_text("- id")
    (tmp_path / "technologies" / "twice.yaml").write_text("id: a\nid: b\n")
    (tmp_path / "loose.yaml").write_text("id: loose\n")
    faults = "\n".join(faults_of(tmp_path))
    for words in (
        "'red'",
        "'coal'",
        "'gpom'",
        "valid YAML",
        "not keys and values",
        "written twice",
        "move it to one of",
    ):
        assert words in faults


def test_words_and_numbers_are_what_they_look_like(tmp_path: Path) -> None:
    text = (shipped_folder() / "structures" / "new-mast.yaml").read_text(encoding="utf-8")
    text = text.replace("labels: {", "labels: {no: Ny mast, ").replace("{value: 35, unit: m", "{value: 035, unit: m")
    (tmp_path / "structures").mkdir()
    (tmp_path / "structures" / "new-mast.yaml").write_text(text, encoding="utf-8")
    entry = load_catalogue([tmp_path]).structures["new-mast"]
    assert entry.labels["no"] == "Ny mast" and entry.height_m.value == 35
    text = text.replace("{value: 035, unit: m", "{value: 12:30, unit: m")
    (tmp_path / "structures" / "new-mast.yaml").write_text(text, encoding="utf-8")
    (fault,) = faults_of(tmp_path)
    assert "height_m.value" in fault and "'12:30'" in fault


def test_only_a_shared_tower_has_a_tenant_below_its_top(tmp_path: Path) -> None:
    free = read("structures", "tower-colocation")["free_below_m"]
    write(tmp_path, "structures", read("structures", "own-tower") | {"free_below_m": free})
    (fault,) = faults_of(tmp_path)
    assert "own-tower.yaml: free_below_m: with status 'existing'" in fault


def test_a_broken_entry_is_not_reported_as_absent_too(tmp_path: Path) -> None:
    write(tmp_path, "structures", read("structures", "new-mast") | {"generator": "moonbase"})
    (fault,) = faults_of(tmp_path)
    assert "generator" in fault


def test_what_is_no_file_or_no_text_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "technologies" / "folder.yaml").mkdir(parents=True)
    (tmp_path / "technologies" / "latin.yaml").write_bytes("name: Téléphonie".encode("latin-1"))
    folder, latin = faults_of(tmp_path)
    assert "folder.yaml: a folder, and no file" in folder
    assert "UTF-8" in latin


def test_a_missing_folder_is_a_fault(tmp_path: Path) -> None:
    (fault,) = faults_of(tmp_path / "nowhere")
    assert "no such folder" in fault


# Selection


def test_none_selects_what_is_enabled(shipped: Catalogue) -> None:
    chosen = select(shipped, None)
    assert set(chosen.technologies) == {key for key, entry in shipped.technologies.items() if entry.enabled}
    assert 6 <= len(chosen.technologies) < len(shipped.technologies)
    assert set(chosen.media) == {key for key, medium in shipped.media.items() if medium.enabled}


def test_a_disabled_medium_is_used_only_when_named(shipped: Catalogue) -> None:
    (disabled,) = [key for key, medium in shipped.media.items() if not medium.enabled]
    chosen = select(shipped, (disabled, "gpon"))
    assert set(chosen.technologies) == {"gpon"}
    assert chosen.media[disabled].enabled and set(chosen.media) == set(shipped.media)
    assert not shipped.media[disabled].enabled


def test_media_alone_leave_the_technologies_enabled(shipped: Catalogue) -> None:
    assert select(shipped, ("trench",)).technologies == select(shipped, None).technologies


def test_a_disabled_technology_is_used_only_when_named(shipped: Catalogue) -> None:
    disabled = [key for key, entry in shipped.technologies.items() if not entry.enabled]
    assert disabled and set(select(shipped, tuple(disabled)).technologies) == set(disabled)


def test_unknown_names_are_one_fault_each_with_the_nearest(shipped: Catalogue) -> None:
    with pytest.raises(InputError) as caught:
        select(shipped, ("lte-80O", "gpon", "trensh"))
    first, second = caught.value.faults
    assert "did you mean 'lte-800'?" in str(first) and "did you mean 'trench'?" in str(second)


@given(data=st.data())
def test_selection_is_independent_of_order_and_of_repetition(data: st.DataObject, shipped: Catalogue) -> None:
    names = data.draw(st.lists(st.sampled_from(sorted({*shipped.technologies, *shipped.media}))))
    chosen = select(shipped, tuple(names))
    assert chosen == select(shipped, tuple(sorted(set(names), reverse=True)))
    assert set(names) <= {*chosen.technologies, *chosen.media}
    assert all(medium.enabled for medium in chosen.media.values())


# Tables


def test_overview_names_every_entry(shipped: Catalogue) -> None:
    text = text_of(catalogue_table(shipped))
    assert all(entry.id in text for entry in entries(shipped))


def test_entry_table_shows_every_number_with_its_source(shipped: Catalogue) -> None:
    for key in ("gpon", "trench", "solar", "new-mast", "towers", "economics"):
        text = " ".join(text_of(entry_table(shipped, key)).split())
        assert key in text
    text = text_of(entry_table(shipped, "gpon"))
    entry = shipped.technologies["gpon"]
    assert all(f"{number.value:g}" in text and number.source[:20] in text for _, number in quantities(entry))
    assert text.count("assumed") == 1 + sum(number.assumption for _, number in quantities(entry))


def test_unknown_entry_is_a_fault_with_the_nearest(shipped: Catalogue) -> None:
    with pytest.raises(InputError, match="did you mean 'gpon'"):
        entry_table(shipped, "gpom")


# A technology is data


def contract_words(model: type[BaseModel]) -> set[str]:
    """Values of the Literals of the schema: kinds, generators … are words of the code."""
    words: set[str] = set()
    for info in model.model_fields.values():
        words |= {word for word in get_args(info.annotation) if isinstance(word, str)}
    return words


def test_no_catalogue_id_is_a_literal_in_the_package(shipped: Catalogue) -> None:
    words: set[str] = set()
    for model in (schema.Technology, schema.Structure, schema.Power, schema.Medium):
        words |= contract_words(model)
    ids = {*shipped.technologies, *shipped.structures, *shipped.power} - words
    assert {"lte-800", "gpon", "tower-colocation"} <= ids
    found = []
    for file in sorted(Path(netplan.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in ids:
                found.append(f"{file.name}:{node.lineno}: {node.value}")
    assert not found, "branch on kind or generator, not on an id: " + "; ".join(found)


def test_numbers_of_the_economics_are_checked_too(shipped: Catalogue) -> None:
    years = shipped.economics.years.model_copy(update={"low": 11.0})
    problems = check_numbers(shipped.economics.model_copy(update={"years": years}))
    assert [place for place, _, _ in problems] == ["years"]
