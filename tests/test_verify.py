"""The audit passes an honest plan and names the rule that each planted fault breaks."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from planbuilder import CRS, ECONOMICS, X0, Y0, make_plan
from pyproj import CRS as Proj
from shapely.geometry import LineString, Point

from netplan.errors import InputError
from netplan.plans import write_plan
from netplan.radio.geotiff import Band, write_geotiff
from netplan.tables import Raster
from netplan.verify import verify, verify_plan
from netplan.verify.graph import bridge_sides, components
from netplan.verify.payments import present_values
from netplan.verify.reading import read_written
from netplan.verify.ways import Ways, ways_out
from netplan.yamltext import dump_yaml, load_yaml


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("district")
    write_plan(make_plan(home), home / "out" / "sharing")
    coverage(home / "out" / "sharing")
    return home


def coverage(folder: Path, servers: tuple[str, ...] = ("o-hub", "o-mast", "o-sky"), rate_mbps: float = 9.0) -> None:
    """A raster in which the hub serves one pixel."""
    one = np.array([[rate_mbps, np.nan]])
    bands = [Raster(values, Affine(100, 0, X0, 0, -100, Y0), "") for values in (one, one * 0, one)]
    write_geotiff(
        bands[0], Proj(CRS), folder / "coverage.tif", title="rate", unit="Mbit/s",
        tags={"servers": json.dumps(servers)},
        further=[Band(bands[1], "server", ""), Band(bands[2], "signal", "dBm")],
    )  # fmt: skip


@pytest.fixture
def plan(honest: Path, tmp_path: Path) -> Path:
    """A copy of the project and its plan, to break."""
    shutil.copytree(honest, tmp_path / "district")
    return tmp_path / "district" / "out" / "sharing"


def sql(*statements: str) -> Callable[[Path], None]:
    """Edits attributes; the spatial triggers need functions that sqlite lacks, so geometry goes another way."""

    def edit(folder: Path) -> None:
        with closing(sqlite3.connect(folder / "plan.gpkg")) as base, base:
            base.execute("PRAGMA synchronous = OFF")
            triggers = base.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
            for (name,) in triggers:
                base.execute(f'DROP TRIGGER "{name}"')
            for statement in statements:
                assert base.execute(statement).rowcount != 0, statement  # -1: not of rows
            if not any("feature_count" in statement for statement in statements):  # a dropped trigger counted rows
                for (layer,) in base.execute("SELECT table_name FROM gpkg_ogr_contents").fetchall():
                    count = f'(SELECT COUNT(*) FROM "{layer}")'
                    base.execute(f"UPDATE gpkg_ogr_contents SET feature_count = {count} WHERE table_name = '{layer}'")

    return edit


def in_file(name: str, old: str, new: str) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        text = (folder / name).read_text()
        assert old in text, text
        (folder / name).write_text(text.replace(old, new))

    return edit


def move(layer: str, row: str, geometry: Any) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        frame = gpd.read_file(folder / "plan.gpkg", layer=layer)
        frame.loc[frame.iloc[:, 0] == row, "geometry"] = gpd.GeoSeries([geometry], crs=CRS).to_numpy()
        pyogrio.write_dataframe(frame, folder / "plan.gpkg", layer=layer)

    return edit


def summary(**changes: Any) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        path = folder / "summary.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | changes))

    return edit


def most_served(gap: float) -> dict[str, Any]:
    """The first stage of a plan within a budget, that far from its bound."""
    return {"objective": "weight served", "value": 100.0, "bound": 100.0 * (1 + gap), "gap": gap}


def scenario(**changes: Any) -> Callable[[Path], None]:
    """Changes the project in the settings."""

    def edit(folder: Path) -> None:
        path = folder / "resolved.yaml"
        resolved = load_yaml(path.read_text(encoding="utf-8"))
        resolved["project"].update(changes)
        path.write_text(dump_yaml(resolved), encoding="utf-8")

    return edit


def entry(technology: str, **changes: Any) -> Callable[[Path], None]:
    """Changes a technology of the settings."""

    def edit(folder: Path) -> None:
        path = folder / "resolved.yaml"
        resolved = load_yaml(path.read_text(encoding="utf-8"))
        resolved["catalogue"]["technologies"][technology].update(changes)
        path.write_text(dump_yaml(resolved), encoding="utf-8")

    return edit


def all_of(*edits: Callable[[Path], None]) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        for each in edits:
            each(folder)

    return edit


def rebate(capex: float, opex: float) -> Callable[[Path], None]:
    """An item of the whole project that pays the plan, with a row and a present value of its own."""

    def edit(folder: Path) -> None:
        line = {"category": "access", "capex": capex, "opex_per_year": opex, "life_years": np.nan}
        economics = load_yaml((folder / "resolved.yaml").read_text(encoding="utf-8"))["economics"]
        npv = float(present_values(pd.DataFrame([line]), economics)[0])
        sql(
            f"INSERT INTO other_costs (item, capex, opex_per_year, npv) VALUES ('Rebate', {capex}, {opex}, {npv})",
            "INSERT INTO costs (layer, row_id, item, category, quantity, unit, capex, opex_per_year, npv)"
            f" VALUES ('other_costs', 'Rebate', 'Rebate', 'access', 1, 'unit', {capex}, {opex}, {npv})",
        )(folder)

    return edit


def small_cells(folder: Path) -> None:
    path = folder / "resolved.yaml"
    settings = load_yaml(path.read_text(encoding="utf-8"))
    settings["project"]["demand"]["cell_m"] = 20.0
    path.write_text(dump_yaml(settings), encoding="utf-8")


def touch_input(folder: Path) -> None:
    with (folder.parent.parent / "area.geojson").open("a") as stream:
        stream.write("\n")


def twins(folder: Path) -> None:
    """Two options of one carrier on one mast."""
    entry("radio", radio={"frequency_mhz": {"value": 806}})(folder)
    sql("UPDATE equipment SET site_id = 's-hub' WHERE option_id = 'o-mast'")(folder)


def neighbours(folder: Path) -> None:
    """One carrier on two masts that stand at one place."""
    entry("radio", radio={"frequency_mhz": {"value": 806}})(folder)
    move("sites", "s-mast", Point(X0 + 8000, Y0 + 6040))(folder)


def again(folder: Path) -> None:
    """What is built on a tower of one's own stands there already."""
    sql("UPDATE sites SET status = 'existing' WHERE site_id = 's-hub'")(folder)
    sites = gpd.read_file(folder / "plan.gpkg", layer="sites").set_index("site_id")
    stands = {"existing_id": ["t/radio"], "technology": ["radio"], "capacity": [1.0], "capacity_unit": ["sectors"]}
    frame = gpd.GeoDataFrame(stands | {"utilisation": [0.0]}, geometry=[sites.geometry["s-hub"]], crs=CRS)
    pyogrio.write_dataframe(frame, folder / "plan.gpkg", layer="existing")


def taken(folder: Path) -> None:
    """What is built on a tower of one's own needs spectrum that something else uses there."""
    again(folder)
    with_radio = load_yaml((folder / "resolved.yaml").read_text(encoding="utf-8"))["catalogue"]["technologies"]["radio"]
    entry("radio", radio={"frequency_mhz": {"value": 806}, "bandwidth_mhz": {"value": 10}})(folder)
    path = folder / "resolved.yaml"
    resolved = load_yaml(path.read_text(encoding="utf-8"))
    wide = {"frequency_mhz": {"value": 812}, "bandwidth_mhz": {"value": 10}}
    resolved["catalogue"]["technologies"]["other"] = with_radio | {"radio": wide}
    path.write_text(dump_yaml(resolved), encoding="utf-8")
    sql("UPDATE existing SET technology = 'other'")(folder)


def nested(*keys: str, value: Any) -> Callable[[Path], None]:
    """Changes one figure inside the summary's tables."""

    def edit(folder: Path) -> None:
        path = folder / "summary.json"
        whole = json.loads(path.read_text())
        table = whole
        for key in keys[:-1]:
            table = table[key]
        assert keys[-1] in table and table[keys[-1]] != value, keys
        table[keys[-1]] = value
        path.write_text(json.dumps(whole))

    return edit


def cell(name: str, row: int, column: str, value: object) -> Callable[[Path], None]:
    """Changes one cell of a table beside the plan."""

    def edit(folder: Path) -> None:
        table = pd.read_csv(folder / name, keep_default_na=False, dtype=str)
        assert table.loc[row, column] != str(value)
        table.loc[row, column] = str(value)
        table.to_csv(folder / name, index=False)

    return edit


def cost_stage(**changes: Any) -> Callable[[Path], None]:
    """A stage of the cost that is the summary's own but for the changes."""

    def edit(folder: Path) -> None:
        told = json.loads((folder / "summary.json").read_text())
        stage = {"objective": "cost", "value": told["objective_npv"], "bound": told["bound_npv"], "gap": told["gap"]}
        summary(stages=[stage | changes])(folder)

    return edit


def refuse(reason: str, found: str, **changes: Any) -> Callable[[Path], None]:
    """The pipe of the layer, refused for what the settings then ask of it; right but for the changes."""

    def edit(folder: Path) -> None:
        path = folder / "resolved.yaml"
        resolved = load_yaml(path.read_text(encoding="utf-8"))
        resolved["project"]["routes"]["water_pipe_defaults"] = {"diameter_mm": 150, "material": "PVC"}
        resolved["catalogue"]["media"]["pipe"] |= {"materials": ["PVC"], "min_diameter_mm": {"value": 200}}
        path.write_text(dump_yaml(resolved), encoding="utf-8")
        line = LineString([(X0 + 500, Y0 + 2000), (X0 + 4000, Y0 + 2000)])
        row = {
            "asset_id": "pipe-1",
            "medium": "pipe",
            "reason": reason,
            "found": found,
            "owner": "",
            "length_m": 3500.0,
        }
        frame = gpd.GeoDataFrame([row | changes], geometry=[line], crs=CRS)
        pyogrio.write_dataframe(frame, folder / "plan.gpkg", layer="refused")

    return edit


def medium(key: str, group: str = "media", **changes: Any) -> Callable[[Path], None]:
    """Changes a medium of the settings, or an entry of another group."""

    def edit(folder: Path) -> None:
        path = folder / "resolved.yaml"
        resolved = load_yaml(path.read_text(encoding="utf-8"))
        resolved["catalogue"][group][key].update(changes)
        path.write_text(dump_yaml(resolved), encoding="utf-8")

    return edit


def modulations(*rates: float) -> Callable[[Path], None]:
    """The hop's radio has these rates and no other."""
    return medium("air", fixed={"modulations": [{"rate_mbps": {"value": rate}} for rate in rates]})


def chambers(paid: int) -> Callable[[Path], None]:
    """Two kilometres of pipe, of which cable can be pulled through 500 m at a time, with chambers paid for."""
    price = {"value": 100.0, "unit": "USD", "year": 2024}
    line = {"item": "chamber", "category": "backhaul", "per": "access-point", "capex": price}
    return all_of(
        medium("pipe", max_run_m={"value": 500.0}, costs=[line]),
        sql("INSERT INTO costs (layer, row_id, item, category, quantity, unit, capex, opex_per_year, npv)"
            f" VALUES ('links', 'e-2', 'chamber', 'backhaul', {paid}, 'access-point', {paid * 100}, 0, 0)"),
    )  # fmt: skip


def narrow_pop(folder: Path) -> None:
    """The PoP of the project takes less than the plan hands over there, which the plan's own layer does not say."""
    path = folder.parent.parent / "pop.geojson"
    pops = gpd.read_file(path)
    pops.assign(bandwidth_mbps=["Up to 300 Mbit/s"]).to_file(path)


def again_in(name: str) -> Callable[[Path], None]:
    """Splits the first row of a table in two, sums as they were."""

    def edit(folder: Path) -> None:
        table = pd.read_csv(folder / name)
        nothing = {column: 0.0 for column in table.select_dtypes("number")}
        pd.concat([table, table.iloc[:1].assign(**nothing)]).to_csv(folder / name, index=False)

    return edit


SECTORS = {
    "frequency_mhz": {"value": 806}, "bandwidth_mhz": {"value": 100}, "efficiency_max_bps_hz": {"value": 8},
    "sectors": {"value": 3}, "max_load": {"value": 1},
}  # fmt: skip

FAULTS: dict[str, tuple[str, Callable[[Path], None]]] = {
    "share above one": ("share", sql("UPDATE service SET share = 1.2 WHERE demand_id = 'd-school'")),
    "share with baseline above one": ("share", sql("UPDATE service SET share = 0.99 WHERE demand_id = 'd-urban'")),
    "served share wrong": ("served-share", sql("UPDATE demand SET served_share = 0.9 WHERE demand_id = 'd-rural'")),
    "served by another": ("served-by", sql("UPDATE demand SET served_by = 'o-sky' WHERE demand_id = 'd-rural'")),
    "weight inflated": ("demand", sql("UPDATE demand SET weight = 900 WHERE demand_id = 'd-rural'")),
    "class load understated": ("demand", sql("UPDATE demand SET demand_mbps = 1 WHERE demand_id = 'd-urban'")),
    "baseline overstated": ("baseline", sql("UPDATE demand SET baseline_share = 0.1 WHERE demand_id = 'd-rural'")),
    "baseline overstated with its rows": (
        "baseline",
        sql("UPDATE demand SET baseline_share = 0.4 WHERE demand_id = 'd-urban'",
            "UPDATE baseline SET share = 0.4, reach_share = 0.4"),
    ),
    "baseline beyond its reach": ("share", sql("UPDATE baseline SET reach_share = 0.01")),
    "beyond its reach": ("reach", sql("UPDATE service SET reach_share = 0.7 WHERE option_id = 'o-hub'")),
    "points that are not its share": (
        "reach", sql("UPDATE service SET reach = '1101' WHERE demand_id = 'd-rural' AND option_id = 'o-hub'")
    ),
    "points of another place": (
        "reach",
        sql("UPDATE service SET reach = '1111' WHERE demand_id = 'd-rural' AND option_id = 'o-hub'",
            "UPDATE service SET reach = '11' WHERE demand_id = 'd-rural' AND option_id = 'o-sky'"),
    ),
    "points that are none": ("reach", sql("UPDATE service SET reach = '0' WHERE demand_id = 'd-school'")),
    "served from beyond the range": (
        "reach",
        all_of(entry("radio", radio={"frequency_mhz": {"value": 806}, "max_range_m": {"value": 100}}), small_cells),
    ),
    "two on the same part of a cell": (
        "reach",
        sql("UPDATE service SET reach = '01111', reach_share = 0.8 WHERE demand_id = 'd-rural' AND option_id = 'o-hub'",
            "UPDATE service SET reach = '01000', reach_share = 0.2 WHERE option_id = 'o-sky'"),
    ),
    "anew and today on the same part of a cell": (
        "reach",
        sql("UPDATE service SET reach = '0111', reach_share = 0.75 WHERE demand_id = 'd-rural' AND option_id = 'o-hub'",
            "UPDATE baseline SET demand_id = 'd-rural', reach = '0001', reach_share = 0.25"),
    ),
    "baseline too slow": ("rate", sql("UPDATE baseline SET rate_mbps = 9")),
    "baseline without a rate": ("rate", sql("UPDATE baseline SET rate_mbps = NULL")),
    "baseline of no row": ("demand", sql("UPDATE baseline SET demand_id = 'd-x'")),
    "baseline of invented equipment": ("existing", sql("UPDATE baseline SET existing_id = 'tower-1'")),
    "baseline without a layer": ("existing", scenario(existing={"pops": "pop.geojson"})),
    "household served by a shared place": ("level", entry("radio", serves=["community"])),
    "level relabelled": ("demand", sql("UPDATE demand SET level = 'community' WHERE demand_id = 'd-rural'")),
    "coverage flattered": ("summary", summary(coverage={})),
    "rate below required": ("rate", sql("UPDATE service SET rate_mbps = 4 WHERE option_id = 'o-hub'")),
    "rate above what the radio has": (
        "rate",
        all_of(entry("radio", radio=SECTORS), sql("UPDATE service SET rate_mbps = 9000 WHERE option_id = 'o-mast'")),
    ),
    "rate above what the airtime is good for": (
        "rate",
        all_of(entry("radio", radio=SECTORS), sql("UPDATE service SET rate_mbps = 300 WHERE option_id = 'o-mast'")),
    ),
    "rate above that of the satellite": (
        "rate",
        all_of(entry("sky", rate_mbps={"value": 50}),
               sql("UPDATE service SET rate_mbps = 60 WHERE option_id = 'o-sky'")),
    ),
    "rate missing": ("rate", sql("UPDATE service SET rate_mbps = NULL WHERE option_id = 'o-hub'")),
    "premises wrong": ("premises", sql("UPDATE service SET premises = 50 WHERE demand_id = 'd-urban'")),
    "premises paid for fewer": ("premises", sql("UPDATE costs SET quantity = 1 WHERE row_id = 'd-urban|o-mast'")),
    "utilisation wrong": ("utilisation", sql("UPDATE equipment SET utilisation = 0.1 WHERE option_id = 'o-hub'")),
    "equipment overfull": (
        "capacity",
        sql("UPDATE service SET capacity_used = 9 WHERE demand_id = 'd-urban'",
            "UPDATE equipment SET utilisation = 3 WHERE option_id = 'o-mast'"),
    ),
    "capacity beyond the catalogue": (
        "capacity", entry("radio", radio=SECTORS | {"sectors": {"value": 2}, "max_load": {"value": 0.8}})
    ),
    "beams with more than the sky has": ("capacity", entry("sky", capacity={"value": 2.5})),
    "served without taking any room": (
        "capacity",
        all_of(
            entry("radio", radio=SECTORS),
            sql("UPDATE service SET capacity_used = 0 WHERE option_id = 'o-hub'",
                "UPDATE equipment SET utilisation = 0 WHERE option_id = 'o-hub'"),
        ),
    ),
    "served with less than a place each": (
        "capacity", sql("UPDATE service SET capacity_used = premises / 2 WHERE option_id = 'o-sky'")
    ),
    "load of equipment wrong": ("load", sql("UPDATE equipment SET load_mbps = 1 WHERE option_id = 'o-hub'")),
    "equipment missing": ("equipment", sql("DELETE FROM equipment WHERE option_id = 'o-mast'")),
    "site missing": ("equipment-site", sql("DELETE FROM sites WHERE site_id = 's-hub'")),
    "mast missing under a hop": ("mast", sql("DELETE FROM sites WHERE site_id = 's-hub'")),
    "target missed": ("target", scenario(targets={"urban": 0.9, "rural": 0.99, "schools": 1.0})),
    "link removed": ("reach", sql("DELETE FROM links WHERE link_id = 'e-2'")),
    "link removed, traffic lost": ("flow", sql("DELETE FROM links WHERE link_id = 'e-2'")),
    "link load too low": ("flow", sql("UPDATE links SET load_mbps = 300 WHERE link_id = 'e-1'")),
    "link load too high": ("flow", sql("UPDATE links SET load_mbps = 310 WHERE link_id = 'e-1'")),
    "link capacity exceeded": ("capacity", sql("UPDATE links SET capacity_mbps = 20 WHERE link_id = 'e-4'")),
    "link capacity below its medium": ("capacity", sql("UPDATE links SET capacity_mbps = 300 WHERE link_id = 'e-4'")),
    "link capacity invented": ("capacity", sql("UPDATE links SET capacity_mbps = 10000 WHERE link_id = 'e-1'")),
    "link capacity of no modulation": ("capacity", modulations(200.0, 350.0)),
    "hop longer than its radio reaches": ("length", medium("air", max_length_m={"value": 4000})),
    "link capacity above its medium": ("capacity", sql("UPDATE links SET capacity_mbps = 900 WHERE link_id = 'e-4'")),
    "pop overrun": ("flow", sql("UPDATE nodes SET capacity_mbps = 300 WHERE node_id = 'n-pop'")),
    "pop overrun, and the plan does not say what it takes": ("flow", narrow_pop),
    "node unknown": ("node", sql("UPDATE links SET to_node = 'n-x' WHERE link_id = 'e-4'")),
    "backhaul denied": ("reach", sql("UPDATE sites SET backhaul = 'none' WHERE site_id = 's-hub'")),
    "microwave without a hop": (
        "backhaul", sql("DELETE FROM links WHERE link_id = 'e-4'"),
    ),
    "gateway without a dish": (
        "gateway",
        sql("DELETE FROM links WHERE link_id = 'e-4'", "UPDATE nodes SET kind = 'gateway' WHERE node_id = 'n-hub'",
            "UPDATE sites SET backhaul = 'satellite' WHERE site_id = 's-hub'"),
    ),
    "gateway at the end of a cable": (
        "gateway", sql("UPDATE nodes SET kind = 'gateway' WHERE node_id = 'n-pop'")
    ),
    "new mast called existing": ("status", sql("UPDATE sites SET status = 'existing' WHERE site_id = 's-hub'")),
    "new cable called shared": ("status", sql("UPDATE links SET status = 'shared' WHERE medium = 'trench'")),
    "mast higher than its kind": ("height", sql("UPDATE sites SET height_m = 60 WHERE site_id = 's-hub'")),
    "shared mast higher than its kind": ("height", sql("UPDATE sites SET height_m = 60 WHERE site_id = 's-mast'")),
    "site without a supply": ("power", sql("UPDATE sites SET power = '' WHERE site_id = 's-hub'")),
    "length wrong": ("length", sql("UPDATE links SET length_m = 2100 WHERE link_id = 'e-1'")),
    "link elsewhere": (
        "geometry", move("links", "e-3", LineString([(X0 + 3000, Y0 + 2500), (X0 + 5000, Y0 + 2500)])),
    ),
    "site off its node": ("geometry", move("sites", "s-hub", Point(X0 + 8000, Y0 + 6100))),
    "site in the lake": ("exclusion", move("sites", "s-hub", Point(X0 + 10_000, Y0 + 1_000))),
    "site outside": ("site-area", move("sites", "s-mast", Point(X0 - 50, Y0 + 2_000))),
    "link through the lake": (
        "exclusion",
        move("links", "e-3", LineString([(X0 + 3000, Y0 + 2000), (X0 + 10_000, Y0 + 1500), (X0 + 5000, Y0 + 2000)])),
    ),
    "link beyond the margin": (
        "margin",
        move("links", "e-1", LineString([(X0 - 1000, Y0 + 2000), (X0 - 2500, Y0 + 2000), (X0 + 1000, Y0 + 2000)])),
    ),
    "medium of a closed lever": ("lever", scenario(sharing=["towers"])),
    "structure of a closed lever": ("lever", scenario(sharing=["water-pipes"])),
    "medium unknown": ("catalogue", sql("UPDATE links SET medium = 'string' WHERE link_id = 'e-1'")),
    "pipe left between access points": (
        "access-point",
        sql("UPDATE nodes SET kind = 'junction' WHERE node_id = 'n-a2'"),
    ),
    "access point invented": (
        "access-point",
        move("nodes", "n-a2", Point(X0 + 3000, Y0 + 2300)),
    ),
    "cable where no pipe is": (
        "pipe",
        move("links", "e-2", LineString([(X0 + 1000, Y0 + 2000), (X0 + 2000, Y0 + 2300), (X0 + 3000, Y0 + 2000)])),
    ),
    "trench away from roads": (
        "route",
        move("links", "e-3", LineString([(X0 + 3000, Y0 + 2000), (X0 + 4000, Y0 + 2800), (X0 + 5000, Y0 + 2000)])),
    ),
    "duct where none is": ("route", medium("trench", kind="duct", route="ducts")),
    "cable where no power line is": (
        "route",
        all_of(medium("trench", kind="aerial", route="power_lines"),
               scenario(routes={"power_lines": "served.geojson"})),
    ),
    "pop invented": ("pop", sql("UPDATE nodes SET kind = 'pop' WHERE node_id = 'n-mast'")),
    "forbidden site": ("forbidden", scenario(forbid=["s-hub"])),
    "one carrier twice on a mast": ("spectrum", twins),
    "one carrier on two masts at one place": ("spectrum", neighbours),
    "what stands is built again": ("spectrum", again),
    "a carrier in use today is built on": ("spectrum", taken),
    "cost off by one": ("money-item", sql("UPDATE costs SET capex = capex + 1 WHERE item = 'mast'")),
    "row does not add up": ("money-row", sql("UPDATE sites SET npv = npv + 1 WHERE site_id = 's-hub'")),
    "item dropped": ("item-missing", sql("DELETE FROM costs WHERE item = 'radio link'")),
    "more dishes than a pole carries": ("dishes", medium("mast", "structures", max_dishes={"value": 0.9})),
    "a hop's power left out": ("item-missing", medium("air", load_w={"value": 25.0})),
    "item of no row": ("money-stray", sql("UPDATE costs SET row_id = 's-x' WHERE item = 'mast'")),
    "cheaper than the catalogue": ("price", sql("UPDATE costs SET capex = 100 WHERE item = 'trench'")),
    "upkeep left out": ("price", sql("UPDATE costs SET opex_per_year = 0 WHERE item = 'trench'")),
    "a mast not paid for": (
        "quantity", sql("UPDATE costs SET quantity = 0, capex = 0, opex_per_year = 0 WHERE item = 'mast'")
    ),
    "a radio half paid for": (
        "quantity", sql("UPDATE costs SET quantity = 0.5, capex = capex / 2 WHERE item = 'radio set'")
    ),
    "panels left out": ("item-missing", sql("DELETE FROM costs WHERE item = 'panel' AND row_id = 's-hub'")),
    "panels for half the load": (
        "quantity", sql("UPDATE costs SET quantity = 25, capex = 500, opex_per_year = 25 WHERE item = 'panel'")
    ),
    "quantity below nothing": ("money-item", sql("UPDATE costs SET quantity = -quantity WHERE item = 'pull'")),
    "a rebate": ("money-item", rebate(-5e4, 0.0)),
    "a yearly rebate": ("money-item", rebate(0.0, -5e3)),
    "kilometres short": ("quantity", sql("UPDATE costs SET quantity = 0.5 WHERE item = 'pull'")),
    "chambers short": ("quantity", chambers(3)),
    "over budget": ("budget", scenario(budget=1000.0)),
    "bill of another plan": ("bill", in_file("bill_of_quantities.csv", "40800.0,40800.0", "40800.0,20400.0")),
    "viability: cost moved from one area to another": (
        "viability",
        sql("UPDATE viability SET cost_npv = cost_npv - 100, gap_npv = gap_npv - 100 WHERE demand_id = 'd-school'",
            "UPDATE viability SET cost_npv = cost_npv + 100, gap_npv = gap_npv + 100 WHERE demand_id = 'd-urban'"),
    ),
    "viability: area elsewhere": ("viability", move("viability", "d-school", Point(X0, Y0))),
    "viability: layer without an area": ("viability", sql("DELETE FROM viability WHERE demand_id = 'd-school'")),
    "viability: areas counted wrongly": ("viability", nested("viability", "areas_viable", value=2)),
    "viability: people counted wrongly": ("viability", nested("viability", "people_needing_subsidy", value=2.0)),
    "viability: surplus shared": ("viability", nested("viability", "subsidy_npv_if_surplus_shared", value=2.0)),
    "bill: unit cost": ("bill", cell("bill_of_quantities.csv", 0, "unit_cost", 1.0)),
    "bill: quantity": ("bill", cell("bill_of_quantities.csv", 0, "quantity", 77.0)),
    "bill: item twice": ("bill", again_in("bill_of_quantities.csv")),
    "cash flow: kind": ("cash-flow", cell("cashflow.csv", 0, "kind", "operation")),
    "cash flow: discount factor": ("cash-flow", cell("cashflow.csv", 0, "discount_factor", 0.5)),
    "cash flow: amount": ("cash-flow", cell("cashflow.csv", 0, "amount", 0.5)),
    "cash flow: present value": ("cash-flow", cell("cashflow.csv", 0, "present_value", 0.5)),
    "another currency": ("summary", summary(currency="EUR")),
    "another price year": ("summary", summary(price_year=2019)),
    "another scenario": ("summary", summary(scenario="greenfield")),
    "another name": ("summary", summary(name="Three cells")),
    "another seed": ("summary", summary(seed=8)),
    "premises miscounted": ("summary", nested("counts", "premises_served", value=1.0)),
    "links miscounted": ("summary", nested("counts", "links", value=3)),
    "demand miscounted": ("summary", nested("counts", "demand", value=9)),
    "equipment miscounted": ("summary", nested("counts", "equipment", "radio", value=3)),
    "equipment invented": ("summary", nested("counts", "equipment", value={"radio": 2, "sky": 1, "gpon": 1})),
    "sites by backhaul miscounted": ("summary", nested("counts", "sites_by_backhaul", value={"fibre": 2})),
    "kilometres miscounted": ("summary", nested("counts", "links_km", "trench", value={"new": 1.0})),
    "local share flattered": ("money-objective", nested("local_content", "local_share", value=0.99)),
    "cost of a stage": ("stages", cost_stage(value=1.0)),
    "bound of a stage": ("stages", cost_stage(bound=1.0)),
    "gap of a stage": ("stages", cost_stage(gap=0.5)),
    "stage of no objective": ("status", cost_stage(objective="time")),
    "more served in a stage than in the plan": (
        "stages",
        all_of(scenario(budget=1e9), summary(mode="budget", stages=[most_served(0.0) | {"value": 1e6, "bound": 1e6}])),
    ),
    "refused for a limit that is none": ("refused", refuse("narrower than 300 mm", "150 mm")),
    "refused for what is within the limit": ("refused", refuse("narrower than 200 mm", "250 mm")),
    "refused for what the layer does not say": ("refused", refuse("narrower than 200 mm", "110 mm")),
    "refused for a material that suits": ("refused", refuse("material not suited", "PVC")),
    "refused for one thing, found another": ("refused", refuse("material not suited", "150 mm")),
    "refused by another owner": ("refused", refuse("narrower than 200 mm", "150 mm", owner="Roads Agency")),
    "refused length": ("refused", refuse("narrower than 200 mm", "150 mm", length_m=10.0)),
    "refused by another medium": ("refused", refuse("narrower than 200 mm", "150 mm", medium="duct")),
    "refusals not told": (
        "refused", all_of(refuse("narrower than 200 mm", "150 mm"), sql("DELETE FROM refused")),
    ),
    "no coverage": ("coverage", lambda folder: (folder / "coverage.tif").unlink()),
    "coverage without a rate": ("coverage", lambda folder: coverage(folder, rate_mbps=np.nan)),
    "coverage of no file": ("coverage", lambda folder: (folder / "coverage.tif").write_text("") and None),
    "coverage of other equipment": ("coverage", lambda folder: coverage(folder, ("o-hub", "o-mast", "o-none"))),
    "coverage by a satellite": ("coverage", lambda folder: coverage(folder, ("o-sky", "o-mast", "o-hub"))),
    "coverage faster than the radio": (
        "coverage", all_of(entry("radio", radio=SECTORS), lambda folder: coverage(folder, rate_mbps=9000.0)),
    ),
    "objective off": ("money-objective", summary(objective_npv=1.0)),
    "capital off": ("money-objective", summary(capex_total=1.0)),
    "bound above objective": ("bound", summary(bound_npv=1e9)),
    "bound that is no number": ("summary", summary(status="optimal", bound_npv=float("nan"), gap=0.0)),
    "bound without end": ("summary", summary(bound_npv=float("-inf"), gap=None)),
    "optimal in a budget without a bound": (
        "gap", all_of(scenario(budget=1e9), summary(status="optimal", mode="budget", bound_npv=None, gap=0.0))
    ),
    "gap that is no number": ("summary", summary(status="optimal", gap=float("nan"))),
    "gap left out": ("gap", summary(gap=None)),
    "gap flattered": ("gap", summary(gap=0.0001)),
    "optimal without proof": ("status", summary(status="optimal")),
    "optimal, more might be served": ("status", summary(status="optimal", gap=0.0, stages=[most_served(0.02)])),
    "more served than can be": ("bound", summary(stages=[most_served(0.0) | {"value": 110.0}])),
    "gap of who is served flattered": ("gap", summary(stages=[most_served(0.02) | {"gap": 0.0}])),
    "most served without a bound": ("gap", summary(stages=[most_served(0.0) | {"bound": None}])),
    "most served, bound that is no number": ("summary", summary(stages=[most_served(0.0) | {"bound": float("nan")}])),
    "budget planned as if there were none": ("status", scenario(budget=1e9)),
    "within a budget, nobody says how many": ("status", all_of(scenario(budget=1e9), summary(mode="budget"))),
    "budget that no project states": ("status", summary(mode="budget")),
    "word of no contract": ("status", summary(status="great")),
    "target tables flattered": ("summary", summary(targets={})),
    "counts flattered": ("summary", summary(counts={"sites_new": 0, "sites_shared": 0, "sites_existing": 0})),
    "key missing": ("summary", lambda folder: (folder / "summary.json").write_text("{}") and None),
    "inputs not named": ("inputs", summary(inputs={})),
    "input changed": ("inputs", touch_input),
    "layer missing": ("layers", sql("DELETE FROM gpkg_contents WHERE table_name = 'costs'")),
    "rows that no program reads": (
        "layers", sql("UPDATE gpkg_ogr_contents SET feature_count = feature_count - 1 WHERE table_name = 'costs'")
    ),
    "supplies left out": ("layers", sql("ALTER TABLE sites DROP COLUMN power")),
    "row twice": ("layers", sql("UPDATE sites SET site_id = 's-hub'")),
}  # fmt: skip


VIABILITY: dict[str, float | str] = {
    **dict.fromkeys(("people", "premises", "arpu_per_month", "revenue_npv", "cost_npv", "gap_npv"), 5.0),
    **dict.fromkeys(("subsidy_npv", "subsidy_per_premises", "break_even_arpu", "price_share_of_income"), 5.0),
    "class": "urban", "name": "Elsewhere", "verdict": "viable", "affordable": "yes",
}  # fmt: skip
for _column, _value in VIABILITY.items():
    _statement = f"UPDATE viability SET {_column} = '{_value}' WHERE demand_id = 'd-school'"
    FAULTS[f"viability: {_column} of the table"] = ("viability", cell("viability.csv", 1, _column, _value))
    FAULTS[f"viability: {_column} of the layer"] = ("viability", sql(_statement))


def test_honest_plan_has_no_finding(honest: Path) -> None:
    assert verify_plan(honest / "out" / "sharing") == []


def test_chambers_as_far_apart_as_cable_is_pulled_are_enough(plan: Path) -> None:
    chambers(4)(plan)
    assert "quantity" not in {finding.rule for finding in verify_plan(plan)}


def test_what_refuses_as_the_catalogue_says_is_right(plan: Path) -> None:
    refuse("narrower than 200 mm", "150 mm")(plan)
    assert "refused" not in {finding.rule for finding in verify_plan(plan)}


def test_hops_at_a_rate_of_their_radio_are_right(plan: Path) -> None:
    all_of(modulations(200.0, 400.0), cost_stage())(plan)
    assert verify_plan(plan) == []


def test_a_stage_has_the_bound_of_the_way_to_build_that_was_chosen(plan: Path) -> None:
    """Another way might cost less, so the summary's bound is lower than that of the plan that was chosen."""
    told = json.loads((plan / "summary.json").read_text())
    cost, least = told["objective_npv"], told["bound_npv"] / 2
    offers = [{"objective_npv": cost, "bound_npv": told["bound_npv"], "chosen": True},
              {"objective_npv": 2 * cost, "bound_npv": least, "chosen": False}]  # fmt: skip
    cost_stage()(plan)
    summary(offers=offers, bound_npv=least, gap=(cost - least) / cost)(plan)
    assert verify_plan(plan) == []
    summary(offers=[])(plan)
    assert {finding.rule for finding in verify_plan(plan)} == {"stages"}


def test_whose_cost_it_is_hangs_on_a_choice_where_two_ways_are_alike(plan: Path) -> None:
    """A ring of two ways of one length: the areas may then state the one or the other, and all must add up."""
    sql("UPDATE links SET length_m = 1000")(plan)
    columns = "medium, status, load_mbps, capex, opex_per_year, npv, geom"
    sql(
        f"INSERT INTO links (link_id, from_node, to_node, length_m, {columns})"
        f" SELECT 'e-6', 'n-pop', 'n-mast', 3000, {columns} FROM links WHERE link_id = 'e-1'"
    )(plan)
    assert not _ways(plan).certain
    sql("UPDATE links SET length_m = 3001 WHERE link_id = 'e-6'")(plan)
    ways = _ways(plan)
    assert ways.certain and sorted(len(links) for links in ways.over.values()) == [3, 4]
    assert sorted(map(len, ways.past.values())) == [0, 1]


def _ways(folder: Path) -> Ways:
    written, _ = read_written(folder)
    assert written is not None
    return ways_out(written)


@pytest.mark.parametrize("name", FAULTS)
def test_planted_fault_is_named(name: str, plan: Path) -> None:
    rule, plant = FAULTS[name]
    plant(plan)
    findings = verify_plan(plan)
    assert rule in {finding.rule for finding in findings}, findings
    assert all(str(finding) for finding in findings)


def test_medium_access_takes_its_part_of_what_a_sector_carries(plan: Path) -> None:
    """80 Mbit/s a sector are too few for 285 Mbit/s in 1.8 of them, and for 15 Mbit/s in a tenth of one today."""
    again(plan)
    today = "existing_id = 't/radio', technology = 'radio', rate_mbps = 10, capacity_used = 0.1"
    sql(f"UPDATE baseline SET {today}")(plan)
    air = SECTORS | {"downlink_share": {"value": 1}, "mimo_layers": {"value": 1}}
    entry("radio", radio=air)(plan)
    assert "capacity" not in {f.rule for f in verify_plan(plan)}
    entry("radio", radio=air | {"mac_efficiency": {"value": 0.1}})(plan)
    assert {f.layer for f in verify_plan(plan) if f.rule == "capacity"} == {"service", "baseline"}


def test_finding_says_where_and_what(plan: Path) -> None:
    sql("UPDATE links SET length_m = 2100 WHERE link_id = 'e-1'")(plan)
    finding = next(f for f in verify_plan(plan) if f.rule == "length")
    assert (finding.layer, finding.row, finding.found) == ("links", "e-1", "2100")
    assert float(finding.expected) == pytest.approx(1998.57, abs=0.01)


def test_a_plan_of_an_older_version_is_told_to_be_planned_again(plan: Path) -> None:
    with sqlite3.connect(plan / "plan.gpkg") as package:
        package.execute("ALTER TABLE service DROP COLUMN reach_share")
    first, *others = verify_plan(plan)
    assert "older" in str(first) and "plan again" in str(first)
    assert [(finding.layer, finding.row) for finding in others] == [("service", "reach_share")]


def test_a_plan_moved_away_from_its_project_is_told_so_once(plan: Path) -> None:
    resolved = load_yaml((plan / "resolved.yaml").read_text(encoding="utf-8"))
    (plan / "resolved.yaml").write_text(dump_yaml({**resolved, "project_folder": "../elsewhere"}), encoding="utf-8")
    with pytest.raises(InputError, match=r"project_folder.*put the plan back"):
        verify_plan(plan)


def test_a_package_that_cannot_be_read_is_a_fault_not_a_finding(plan: Path) -> None:
    whole = (plan / "plan.gpkg").read_bytes()
    (plan / "plan.gpkg").write_bytes(whole[: len(whole) // 3])
    with pytest.raises(InputError, match=r"plan.gpkg.*cannot be read"):
        verify_plan(plan)


def test_lexicographic_plan_may_fall_short_by_what_it_declares(plan: Path) -> None:
    scenario(targets={"urban": 0.9, "rural": 0.95, "schools": 1.0}, budget=1e9)(plan)
    summary(mode="lexicographic", shortfall={"rural": 80.0})(plan)
    assert "target" not in {f.rule for f in verify_plan(plan)}
    summary(shortfall={"rural": 20.0})(plan)
    assert "target" in {f.rule for f in verify_plan(plan)}
    summary(shortfall={"rural": 80.0})(plan)
    scenario(budget=None)(plan)
    assert "target" in {f.rule for f in verify_plan(plan)}


def test_parent_audits_every_scenario(honest: Path, tmp_path: Path) -> None:
    assert verify(honest / "out") == {"sharing": []}
    assert verify(honest / "out" / "sharing") == {"sharing": []}
    with pytest.raises(InputError):
        verify(tmp_path)


def test_audit_shares_no_code_with_the_plan() -> None:
    import netplan.verify

    for path in Path(str(netplan.verify.__file__)).parent.glob("*.py"):
        for line in path.read_text().splitlines():
            words = line.split()
            if words[:1] in (["import"], ["from"]) and words[1].startswith("netplan"):
                # these only open files, as GDAL does for the others
                allowed = words[1] in ("netplan.errors", "netplan.foreign", "netplan.yamltext")
                assert allowed or words[1].startswith("netplan.verify"), (path, line)


@settings(max_examples=60, deadline=None)
@given(
    st.floats(0, 1e6), st.floats(0, 1e5), st.one_of(st.just(np.nan), st.integers(1, 40), st.just(2.5)),
    st.sampled_from([0.0, 0.08, 0.2]), st.integers(1, 30), st.booleans(),
)  # fmt: skip
def test_present_value_agrees_with_the_planners(
    capex: float, opex: float, life: float, rate: float, years: int, residual: bool
) -> None:
    from dataclasses import replace

    other = replace(ECONOMICS, discount_rate=rate, years=years, residual=residual)
    row = {"category": "access", "capex": capex, "opex_per_year": opex, "life_years": life}
    stated = {"discount_rate": rate, "years": years, "residual": residual, "perspective": "society"}
    mine = present_values(pd.DataFrame([row]), stated)
    assert mine[0] == pytest.approx(float(other.npv(capex, opex, life)), rel=1e-9, abs=1e-6)


@settings(max_examples=80, deadline=None)
@given(st.integers(1, 8), st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=12), st.data())
def test_bridges_are_what_cuts_nodes_off(n: int, pairs: list[tuple[int, int]], data: st.DataObject) -> None:
    pairs = [(a % n, b % n) for a, b in pairs]
    supply = np.array(data.draw(st.lists(st.integers(0, 9), min_size=n, max_size=n)), float)
    tail, head = np.array([p[0] for p in pairs], int), np.array([p[1] for p in pairs], int)
    found = bridge_sides(n, tail, head, supply)
    whole = components(n, tail, head)
    for k in range(len(pairs)):
        rest = np.arange(len(pairs)) != k
        group = components(n, tail[rest], head[rest])
        cut = (whole == whole[0]) & (group != group[0])
        if whole[tail[k]] != whole[0]:
            assert found[k] == 0
        elif cut.any():
            assert found[k] == supply[cut].sum()
        else:
            assert np.isnan(found[k])
