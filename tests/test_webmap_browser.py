"""The interactive map in a real browser with its network off: what a reader does, and what the page then says.

Where no Chromium is installed these tests are skipped, unless NETPLAN_BROWSER=required (as in CI) makes that a failure.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyogrio
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from planbuilder import make_plan
from playwright.sync_api import Browser, Page, sync_playwright
from pyproj import Geod
from webmapplans import OVER_THE_SEAM, write_grid_plan

from netplan.datawords import data_words
from netplan.plans import write_plan
from netplan.webmap import draw_webmap
from netplan.yamltext import dump_yaml, load_yaml

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SHARES = {"alone": 0.5, "together": 0.9}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = os.environ.get("NETPLAN_CHROMIUM") or next((path for name in NAMES if (path := shutil.which(name))), None)
    if program is None:
        message = f"no browser: none of {', '.join(NAMES)} is installed"
        if os.environ.get("NETPLAN_BROWSER") == "required":
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as driver:
        # Without graphics hardware, as on the oldest laptop; root may not use Chromium's sandbox.
        made = driver.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-gpu", "--disable-webgl"]
        )
        yield made
        made.close()


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of two scenarios, with the folders of both beside it."""
    home = tmp_path_factory.mktemp("two")
    folders = [write_grid_plan(home / name, scenario=name, share=share, side=8) for name, share in SHARES.items()]
    return draw_webmap(folders, None, home / "map.html")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of the plan made by hand: a shared mast on fibre, a hub on microwave, a satellite beam, a lake."""
    home = tmp_path_factory.mktemp("small")
    write_plan(make_plan(home), home / "sharing")
    return draw_webmap([home / "sharing"], home, home / "sharing" / "map.html")


class Reader:
    """Somebody with the page open. Notes every request, console message and error."""

    def __init__(self, browser: Browser, path: Path, **how: Any) -> None:
        self.context = browser.new_context(**{"viewport": {"width": 1280, "height": 760}, "offline": True} | how)
        self.page: Page = self.context.new_page()
        self.asked: list[str] = []
        self.said: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.goto(path.as_uri())
        self.page.wait_for_selector("body[data-ready=yes]")
        self.settle()

    def settle(self) -> None:
        """Until what was asked for is drawn."""
        self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def ink(self, pane: str) -> int:
        """Pixels that a pane of the map has drawn."""
        return int(
            self.page.evaluate(
                """(name) => [...document.querySelectorAll(`.leaflet-${name}-pane canvas`)].reduce((sum, canvas) => {
                    const copy = new OffscreenCanvas(canvas.width, canvas.height);
                    const pen = copy.getContext("2d", { willReadFrequently: true });
                    pen.drawImage(canvas, 0, 0);
                    const data = pen.getImageData(0, 0, copy.width, copy.height).data;
                    let count = 0;
                    for (let k = 3; k < data.length; k += 4) count += data[k] > 0;
                    return sum + count;
                }, 0)""",
                pane,
            )
        )

    def spot(self, table: str, row: int, scenario: int = 0) -> tuple[float, float]:
        """Where something is on the screen."""
        x, y = self.page.evaluate(
            """([table, row, scenario]) => {
                const { map, scenarios } = netplanMap, at = scenarios[scenario][table].at[row];
                const point = map.latLngToContainerPoint(table === "links" ? [0, 1].map((k) =>
                    (at[0][0][k] + at[0][1][k]) / 2) : at);
                const box = document.getElementById("map").getBoundingClientRect();
                return [point.x + box.left, point.y + box.top];
            }""",
            [table, row, scenario],
        )
        return float(x), float(y)

    def place(self, demand_id: str) -> tuple[float, float]:
        """Where a place of the demand is on the screen."""
        x, y = self.page.evaluate(
            """(id) => {
                const { places } = JSON.parse(document.getElementById("data").textContent);
                const [lng, lat] = places.xy[places.id.indexOf(id)];
                const point = netplanMap.map.latLngToContainerPoint([lat / 1e5, lng / 1e5]);
                const box = document.getElementById("map").getBoundingClientRect();
                return [point.x + box.left, point.y + box.top];
            }""",
            demand_id,
        )
        return float(x), float(y)

    def click(self, table: str, row: int, scenario: int = 0) -> str:
        """Click it; what the page then explains."""
        self.page.mouse.click(*self.spot(table, row, scenario))
        self.settle()
        return self.page.inner_text("#details")

    def choose_layer(self, layer: str, on: bool) -> None:
        self.page.set_checked(f"#layer-{layer}", on)
        self.settle()


def close(reader: Reader) -> None:
    """Every test ends so: nothing was asked of a network, nothing went wrong, no word is missing."""
    assert [url[:40] for url in reader.asked if not url.startswith(("file:", "data:", "blob:"))] == []
    assert sum(url.startswith("file:") for url in reader.asked) == 1  # the page itself and nothing beside it
    assert reader.said == []
    assert reader.page.evaluate("[...netplanMap.unsaid]") == []
    reader.context.close()


def figures(text: str) -> list[float]:
    return [float(found.replace(",", "")) for found in re.findall(r"-?\d[\d,]*(?:\.\d+)?", text)]


def row_of(reader: Reader, title: str, table: str = "#details table.costs") -> list[float]:
    """Numbers of the row of a table that starts with `title`."""
    row = reader.page.locator(f"{table} tr", has=reader.page.locator(f'td:text-is("{title}")')).first
    return figures(" ".join(row.locator("td.number").all_inner_texts()))


def fact(reader: Reader, term: str) -> str:
    row = reader.page.locator("#details dl div", has=reader.page.locator(f"dt:text-is('{term}')")).first
    return row.locator("dd").inner_text()


# ---------------------------------------------------------------- layers


@pytest.mark.parametrize("layer", ["cells", "places", "links", "sites"])
def test_layers_come_and_go(browser: Browser, two: Path, layer: str) -> None:
    reader = Reader(browser, two)
    assert reader.ink(f"{layer}-a") > 50
    reader.choose_layer(layer, False)
    assert reader.ink(f"{layer}-a") == 0
    reader.choose_layer(layer, True)
    assert reader.ink(f"{layer}-a") > 50
    close(reader)


def test_coverage_raster_names_and_ground_come_and_go(browser: Browser, two: Path, small: Path) -> None:
    reader = Reader(browser, two)
    assert reader.page.locator(".leaflet-coverage-a-pane img").count() == 0
    reader.choose_layer("coverage", True)
    wide, high = reader.page.evaluate(
        "() => { const i = document.querySelector('.leaflet-coverage-a-pane img'); return [i.naturalWidth, i.width]; }"
    )
    assert wide > 10 and high > 10
    assert "Mbit/s" in reader.page.inner_text("#legend-coverage")
    assert reader.page.locator(".name").count() > 0
    reader.choose_layer("names", False)
    assert reader.page.locator(".name").count() == 0
    close(reader)
    reader = Reader(browser, small)
    assert reader.ink("ground") > 50 and reader.ink("closed") > 50
    reader.choose_layer("ground", False)
    assert reader.ink("ground") == reader.ink("closed") == 0
    close(reader)


@pytest.mark.parametrize("question", ["technology", "served", "rate", "people"])
def test_cells_answer_each_question_with_a_legend(browser: Browser, two: Path, question: str) -> None:
    reader = Reader(browser, two)
    reader.page.select_option("#cells", question)
    reader.settle()
    drawn = set(
        reader.page.evaluate("netplanMap.views[0].cellLayers.map(([layer]) => layer.options.fillColor.toLowerCase())")
    )
    legend = set(
        reader.page.evaluate(
            "[...document.querySelectorAll('#legend-cells rect')].map((r) => r.getAttribute('fill').toLowerCase())"
        )
    )
    assert len(drawn) > 1 or question == "rate"
    assert drawn <= legend
    close(reader)


def test_technologies_are_hatched_on_the_map_and_in_its_legend(browser: Browser, tmp_path: Path) -> None:
    """Printed in greys, they are told apart by more than their colour; another question takes the hatch away."""
    folder = write_grid_plan(tmp_path / "served", side=8, catalogue={"colour": "#00a000", "hatch": "||||"})
    reader = Reader(browser, draw_webmap([folder], None, tmp_path / "map.html"))
    tones = """() => { const canvas = document.querySelector(".leaflet-cells-a-pane canvas");
        const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data, found = new Set();
        for (let k = 0; k < data.length; k += 4) if (data[k + 3] > 60) found.add(data[k + 1] >> 5);
        return found.size; }"""
    hatched = reader.page.evaluate("netplanMap.views[0].cellLayers.map(([layer]) => layer.options.hatch)")
    assert "||||" in hatched and reader.page.evaluate(tones) >= 2
    assert reader.page.locator(".swatch image").count() >= 1
    reader.page.select_option("#cells", "people")
    reader.settle()
    assert set(reader.page.evaluate("netplanMap.views[0].cellLayers.map(([layer]) => layer.options.hatch)")) == {""}


def test_people_served_at_shared_places_alone_are_drawn_and_counted_there(browser: Browser, tmp_path: Path) -> None:
    """Nobody is served at home: the cells of homes give way, and the legend counts who has a shared place in reach."""
    folder = write_grid_plan(tmp_path / "shared", side=4, share=0.5)
    demand = pyogrio.read_dataframe(folder / "plan.gpkg", layer="demand")
    homes = demand[demand["class"] == "rural"]
    shared = homes.assign(demand_id=lambda rows: "x" + rows["demand_id"], level="community", population=0.0)
    shared["class"] = "community_rural"
    homes = homes.assign(served_share=0.0, technology=None)
    places = demand[demand["class"] != "rural"]
    pyogrio.write_dataframe(pd.concat([homes, shared, places]), folder / "plan.gpkg", layer="demand")
    resolved = load_yaml((folder / "resolved.yaml").read_text(encoding="utf-8"))
    resolved["project"]["targets"] = {"community_rural": 0.4}
    (folder / "resolved.yaml").write_text(dump_yaml(resolved), encoding="utf-8")
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    summary |= {"cost_per_person_served": None, "targets": {"community_rural": {"target": 0.4, "achieved": 0.4}}}
    summary |= {"status": "feasible", "gap": 0.0501, "bound_npv": summary["objective_npv"] * 0.9499}
    (folder / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
    reader = Reader(browser, draw_webmap([folder], None, tmp_path / "map.html"))
    reader.page.select_option("#cells", "served")
    reader.settle()
    people = shared["weight"].to_numpy(float)
    left = float(people[shared["served_share"].to_numpy(float) == 0].sum())
    assert f"{left:,.0f}" in reader.page.inner_text("#legend-cells")
    assert reader.page.evaluate("netplanMap.views[0].cellLayers.length") == len(shared)
    short = reader.page.inner_text("#short")
    each = summary["objective_npv"] / float(people @ shared["served_share"].to_numpy(float))
    assert "rural, shared place" in short and f"{each:,.2f}" in short
    assert "at most 5.1\u00a0%" in short  # rounded up: it is a proof
    close(reader)


def test_links_are_coloured_by_load_on_request(browser: Browser, two: Path) -> None:
    reader = Reader(browser, two)
    before = reader.page.inner_text("#legend-links")
    assert "Hop one" in before and "km" in before
    reader.page.select_option("#links", "load")
    assert "four fifths" in reader.page.inner_text("#legend-links")
    assert reader.ink("links-a") > 50
    close(reader)


# ---------------------------------------------------------------- a click says what the plan says


def test_a_site_tells_whom_it_serves_what_it_costs_and_its_way_out(browser: Browser, two: Path) -> None:
    reader, row = Reader(browser, two), 2
    read = {name: pyogrio.read_dataframe(two.parent / "alone" / "plan.gpkg", layer=name)
            for name in ("sites", "equipment", "service", "demand", "links", "costs")}  # fmt: skip
    text = reader.click("sites", row)
    site = read["sites"].iloc[row]
    option = read["equipment"].loc[read["equipment"]["site_id"] == site["site_id"], "option_id"].iloc[0]
    service = read["service"][read["service"]["option_id"] == option].merge(read["demand"], on="demand_id")
    people = (service["share"] * service["population"]).sum()
    assert reader.page.inner_text("#details-title") == site["name"]
    assert f"serves {people:,.0f} people" in text
    costs = read["costs"]
    for title, rows in (
        ("Site", costs[costs["row_id"] == site["site_id"]]),
        ("Equipment", costs[costs["row_id"] == option]),
        ("At the users' premises", costs[costs["row_id"].str.endswith(f"|{option}")]),
        ("Pole", costs[(costs["row_id"] == site["site_id"]) & (costs["item"] == "Pole")]),
    ):
        sums = rows[["capex", "opex_per_year", "npv"]].sum()
        assert row_of(reader, title) == pytest.approx(sums.tolist(), abs=0.51), title
    ours = (costs["row_id"].isin([site["site_id"], option])) | costs["row_id"].str.endswith(f"|{option}")
    assert row_of(reader, "Total") == pytest.approx(costs[ours][["capex", "opex_per_year", "npv"]].sum(), abs=0.51)
    way = read["links"].iloc[: row + 1]  # a chain: hop k leads to hub k
    assert f"{way['length_m'].sum() / 1000:.2f} km to n-pop" in re.sub(r"\s+", " ", text)
    for medium, label in (("m1", "Hop one"), ("m2", "Hop two")):
        metres = way.loc[way["medium"] == medium, "length_m"].sum()
        assert f"{metres / 1000:.2f} km" in reader.page.locator("tr", has_text=label).last.inner_text()
    assert "passes on the traffic of one other site" in text
    marked = reader.page.evaluate("netplanMap.views[0].groups.way.getLayers().length")
    assert marked == 2 * len(way)  # each link of the way and its border
    assert (
        reader.page.evaluate("netplanMap.views[0].groups.touched.getLayers().length")
        == (service["level"] == "household").sum()
    )
    close(reader)


def test_a_french_reader_reads_french_names_of_what_is_bought(browser: Browser, two: Path, tmp_path: Path) -> None:
    assert "Antennas, radio heads and baseband" in data_words("fr")["item"]
    folders = [shutil.copytree(two.parent / name, tmp_path / name) for name in SHARES]
    for folder in folders:
        with sqlite3.connect(folder / "plan.gpkg") as file:
            file.execute("UPDATE costs SET item = 'Antennas, radio heads and baseband' WHERE item = 'Pole'")
    page = draw_webmap(folders, None, tmp_path / "map.html", language="fr")
    reader = Reader(browser, page)
    text = reader.click("sites", 2)
    assert "Antennes, têtes radio et bande de base" in text and "Antennas" not in text
    assert reader.page.inner_text("#subtitle").startswith("alone : ")  # a colon as the French set it
    assert reader.page.inner_text("#subtitle").endswith("\u00a0USD")  # and the currency behind its sum
    hint = reader.page.evaluate("""() => {
        const field = document.getElementById('search');
        const pen = document.createElement('canvas').getContext('2d');
        pen.font = getComputedStyle(field).font;
        return [pen.measureText(field.placeholder).width, field.clientWidth];
    }""")
    assert hint[0] + 24 < hint[1]  # what may be searched is read to its end
    close(reader)


def test_a_cell_tells_its_people_and_who_serves_them_in_every_scenario(browser: Browser, two: Path) -> None:
    reader = Reader(browser, two)
    demand = pyogrio.read_dataframe(two.parent / "alone" / "plan.gpkg", layer="demand")
    row = int(np.flatnonzero(demand["demand_id"] == "c00012")[0])
    reader.choose_layer("links", False)
    reader.choose_layer("places", False)
    reader.page.mouse.click(*reader.place("c00012"))
    reader.settle()
    assert "c00012" in reader.page.inner_text("#details .under")
    assert figures(fact(reader, "People")) == [demand["population"].iloc[row]]
    assert fact(reader, "Served with this plan").startswith("50")
    assert fact(reader, "Served today") == "not known"  # the project names no layer of service
    service = pyogrio.read_dataframe(two.parent / "alone" / "plan.gpkg", layer="service").set_index("demand_id")
    hub = service.loc["c00012", "option_id"].split("/")[0]
    assert fact(reader, "Site") == f"Hub {int(hub[1:])}"
    assert fact(reader, "Rate") == "20 Mbit/s"
    for name, share in SHARES.items():
        assert row_of(reader, name, "#details section table") == [100 * share]
    reader.page.click("#details dd button")  # and on to the site
    assert reader.page.inner_text("#details-title") == f"Hub {int(hub[1:])}"
    close(reader)


def test_a_link_tells_its_load_its_cost_and_what_is_behind_it(browser: Browser, two: Path) -> None:
    reader, row = Reader(browser, two), 1
    reader.choose_layer("places", False)
    text = reader.click("links", row)
    links = pyogrio.read_dataframe(two.parent / "alone" / "plan.gpkg", layer="links")
    link = links.iloc[row]
    assert link["link_id"] in reader.page.inner_text("#details .under")
    assert figures(fact(reader, "Load")) == pytest.approx([link["load_mbps"]], rel=0.02)
    assert figures(fact(reader, "Capacity")) == [400]
    assert figures(fact(reader, "Length")) == pytest.approx([link["length_m"] / 1000], abs=0.006)
    assert row_of(reader, "Total") == [5000, 200, 6400]
    assert "3 sites that serve" in text  # hubs 1, 2 and 3 of four
    close(reader)


def test_a_pop_tells_what_is_handed_over(browser: Browser, two: Path) -> None:
    reader = Reader(browser, two)
    text = reader.click("nodes", 0)
    equipment = pyogrio.read_dataframe(two.parent / "alone" / "plan.gpkg", layer="equipment")
    assert "4 sites that serve" in text
    found = re.search(r"hand over ([\d.,]+) Mbit/s", text)
    assert found and float(found.group(1)) == pytest.approx(equipment["load_mbps"].sum(), rel=0.01)
    close(reader)


def test_mast_hub_beam_and_service_of_today_of_a_real_plan(browser: Browser, small: Path) -> None:
    reader = Reader(browser, small)
    sites = pyogrio.read_dataframe(small.parent / "plan.gpkg", layer="sites").sort_values("site_id")
    hub, mast = (list(sites["site_id"]).index(name) for name in ("s-hub", "s-mast"))
    text = reader.click("sites", hub)
    assert "600 people" in text and "Over the sites" in text  # 0.75 of 800
    links = pyogrio.read_dataframe(small.parent / "plan.gpkg", layer="links")
    total = links["length_m"].sum()
    assert f"{total / 1000:.2f} km" in text
    text = reader.click("sites", mast)
    assert "shared" in text and "3,800 people" in text and "passes on the traffic of one other site" in text
    reader.page.fill("#search", "d-rural")
    reader.page.keyboard.press("Enter")
    text = reader.page.inner_text("#details")
    assert "none (straight to the premises)" in text and fact(reader, "Served with this plan").startswith("85")
    reader.page.fill("#search", "town")
    reader.page.keyboard.press("Enter")
    assert fact(reader, "Served today").startswith("5") and "Served today by" in reader.page.inner_text("#details")
    close(reader)


# ---------------------------------------------------------------- scenarios


def test_scenarios_are_switched(browser: Browser, two: Path) -> None:
    reader = Reader(browser, two)
    reader.click("sites", 1)
    alone = row_of(reader, "At the users' premises")
    reader.page.check("#scenarios input[value='1']")
    reader.settle()
    assert "together" in reader.page.inner_text("#subtitle")
    together = row_of(reader, "At the users' premises")
    assert together[0] == pytest.approx(alone[0] * 0.9 / 0.5, rel=1e-3)  # the same site, explained anew
    assert "95" in reader.page.inner_text("#short .proof") or "5\u00a0%" in reader.page.inner_text("#short .proof")
    close(reader)


def test_the_page_opens_on_the_recommended_plan_with_the_reference_a_click_away(
    browser: Browser, two: Path, tmp_path: Path
) -> None:
    folders = [two.parent / name for name in SHARES]
    page = draw_webmap(folders, None, tmp_path / "map.html", recommended=[folders[1]])
    reader = Reader(browser, page)
    first, second = SHARES
    assert reader.page.inner_text("#subtitle").startswith(f"{second}:")
    assert f"{second} (recommended)" in reader.page.inner_text("#scenarios")
    reader.page.check("#scenarios input[value='0']")
    reader.settle()
    assert reader.page.inner_text("#subtitle").startswith(f"{first}:")
    close(reader)


def test_the_swipe_cuts_two_scenarios_by_mouse_and_keyboard(browser: Browser, two: Path) -> None:
    reader = Reader(browser, two)
    reader.page.select_option("#compare", "1")
    reader.settle()
    assert reader.page.inner_text(".side-a") == "alone" and reader.page.inner_text(".side-b") == "together"
    bar = reader.page.locator("#swipe").bounding_box()
    stage = reader.page.locator("#stage").bounding_box()
    assert bar and stage
    reader.page.mouse.move(bar["x"] + 16, bar["y"] + 60)
    reader.page.mouse.down()
    reader.page.mouse.move(stage["x"] + stage["width"] * 0.95, bar["y"] + 60, steps=4)
    reader.page.mouse.up()
    assert "alone" in reader.click("sites", 1)
    assert reader.page.evaluate("netplanMap.swipe.share") == pytest.approx(0.95, abs=0.01)
    reader.page.keyboard.press("Escape")
    reader.page.locator("#swipe").focus()
    reader.page.keyboard.press("Home")
    assert reader.page.get_attribute("#swipe", "aria-valuenow") == "0"
    assert "together" in reader.click("sites", 1)
    reader.page.locator("#swipe").focus()
    reader.page.keyboard.press("ArrowRight")
    assert reader.page.get_attribute("#swipe", "aria-valuenow") == "5"
    reader.page.select_option("#compare", "")
    assert reader.page.locator("#swipe").is_hidden()
    close(reader)


def test_the_legend_of_two_scenarios_tells_the_amounts_of_both(browser: Browser, tmp_path: Path) -> None:
    folders = [write_grid_plan(tmp_path / "few", scenario="few", side=8, sites=1),
               write_grid_plan(tmp_path / "many", scenario="many", side=8, sites=4)]  # fmt: skip
    reader = Reader(browser, draw_webmap(folders, None, tmp_path / "map.html"))
    assert "Roof" not in reader.page.inner_text("#legend-sites")
    reader.page.select_option("#compare", "1")
    keys = [text.split("\n") for text in reader.page.locator("#legend-sites .key").all_inner_texts()]
    assert keys == [["Mast", "1 · 2"], ["Roof", "– · 2"], ["Point of presence (PoP)", "1 · 1"]]
    assert "few · many" in reader.page.inner_text("#layers")
    close(reader)


def test_each_side_of_the_swipe_shows_its_own_scenario(browser: Browser, tmp_path: Path) -> None:
    """A cell that one scenario serves and the other does not has the colour of the side on which it lies."""
    folders = [
        write_grid_plan(tmp_path / "served", scenario="served", side=8, catalogue={"colour": "#00a000"}),
        write_grid_plan(tmp_path / "lost", scenario="lost", side=8, sites=0),
    ]
    reader = Reader(browser, draw_webmap(folders, None, tmp_path / "map.html"))
    reader.page.select_option("#compare", "1")
    for layer in ("links", "sites", "names", "places"):
        reader.choose_layer(layer, False)
    x, y = reader.place("c00036")

    def colour() -> tuple[int, int, int]:
        reader.settle()
        shot = reader.page.screenshot(clip={"x": x - 1, "y": y - 1, "width": 2, "height": 2})
        return Image.open(BytesIO(shot)).convert("RGB").getpixel((0, 0))

    reader.page.evaluate("netplanMap.swipe.move(0.95)")
    red, green, _ = colour()
    assert green > red + 30
    reader.page.evaluate("netplanMap.swipe.move(0.05)")
    red, green, _ = colour()
    assert red > green + 30
    close(reader)


# ---------------------------------------------------------------- search, measure, keyboard


@pytest.mark.parametrize(
    ("text", "title"), [("hub 3", "Hub 3"), ("VILLAGE 2", "Village 2"), ("ecole 1", "École 1"), ("n-pop", "n-pop")]
)
def test_search_finds_sites_settlements_and_facilities(browser: Browser, two: Path, text: str, title: str) -> None:
    reader = Reader(browser, two)
    reader.page.fill("#search", text)
    assert reader.page.locator("#found li").first.inner_text().startswith(title)
    reader.page.keyboard.press("Enter")
    assert reader.page.inner_text("#details-title") == title
    assert reader.page.evaluate("document.activeElement.id") == "details"
    reader.page.keyboard.press("Escape")
    assert reader.page.locator("#details").is_hidden()
    assert reader.page.evaluate("document.activeElement.id") == "search"
    close(reader)


def test_search_says_when_there_is_nothing(browser: Browser, two: Path) -> None:
    reader = Reader(browser, two)
    reader.page.fill("#search", "no such name")
    assert reader.page.inner_text("#found") == "Nothing of this name"
    reader.page.keyboard.press("Enter")
    assert reader.page.locator("#details").is_hidden()
    close(reader)


def until(reader: Reader, expression: str) -> None:
    """Waits until an expression holds in the page; Playwright's own waiting is stopped by the page's policy."""
    for _ in range(200):
        if reader.page.evaluate(expression):
            return
        reader.page.wait_for_timeout(50)
    raise AssertionError(f"never came to hold: {expression}")


def test_the_map_is_used_by_keyboard_alone(browser: Browser, two: Path) -> None:
    reader = Reader(browser, two)
    keys = reader.page.keyboard
    keys.press("Tab")
    assert reader.page.evaluate("document.activeElement.id") == "skip"
    keys.press("Enter")
    reader.settle()
    assert reader.page.evaluate("document.activeElement.id") == "map"
    assert reader.page.locator("#aim").evaluate("(node) => getComputedStyle(node).display") == "block"
    centre, zoom = "netplanMap.map.getCenter().lng", "netplanMap.map.getZoom()"
    east, near = reader.page.evaluate(centre), reader.page.evaluate(zoom)
    keys.press("+")
    until(reader, f"{zoom} > {near}")
    keys.press("ArrowRight")
    until(reader, f"{centre} > {east}")
    keys.press("-")
    reader.page.wait_for_timeout(400)
    keys.press("Enter")
    reader.settle()
    assert reader.page.locator("#details").is_visible()
    assert reader.page.evaluate("document.activeElement.id") == "details"
    keys.press("Escape")
    assert reader.page.locator("#details").is_hidden()
    assert reader.page.evaluate("document.activeElement.id") == "map"
    close(reader)


def test_every_control_is_reached_by_tab_in_the_order_read(browser: Browser, two: Path) -> None:
    reader = Reader(browser, two)
    seen: list[str] = []
    for _ in range(40):
        reader.page.keyboard.press("Tab")
        seen.append(reader.page.evaluate("document.activeElement.id || document.activeElement.name || ''"))
    order = [
        "skip",
        "search",
        "compare",
        "layer-sites",
        "links",
        "cells",
        "layer-coverage",
        "measure",
        "print",
        "language",
        "map",
    ]
    at = [seen.index(name) for name in order]
    assert at == sorted(at)
    close(reader)


def test_lengths_are_those_of_the_ellipsoid(browser: Browser, two: Path) -> None:
    reader, geod = Reader(browser, two), Geod(ellps="WGS84")
    rng = np.random.default_rng(3)
    pairs = np.column_stack([rng.uniform(-89, 89, 200), rng.uniform(-180, 180, 200), rng.uniform(-89, 89, 200),
                             rng.uniform(-180, 180, 200)])  # fmt: skip
    pairs[::2, 2:] = pairs[::2, :2] + rng.uniform(-0.3, 0.3, (100, 2))
    pairs = pairs[np.abs(pairs[:, 2]) < 89]
    ours = np.array(
        reader.page.evaluate("(all) => all.map(([a, b, c, d]) => netplanMap.geodesic([a, b], [c, d]))", pairs.tolist())
    )
    true = geod.inv(pairs[:, 1], pairs[:, 0], pairs[:, 3], pairs[:, 2])[2]
    assert np.allclose(ours, true, atol=1e-3)
    assert reader.page.evaluate("netplanMap.geodesic([0, 0], [0.3, 179.9])") == pytest.approx(
        geod.inv(0, 0, 179.9, 0.3)[2], rel=6e-3
    )  # nearly antipodal: on the sphere
    close(reader)


def test_the_measure_tool_adds_up_what_is_clicked(browser: Browser, two: Path) -> None:
    reader = Reader(browser, two)
    reader.page.click("#measure")
    assert reader.page.locator("#details").is_hidden()
    for row in (0, 1, 3):
        reader.page.mouse.click(*reader.spot("sites", row))
        reader.page.wait_for_timeout(350)
    points = np.array(reader.page.evaluate("netplanMap.measure.points"))
    assert points.shape == (3, 2)
    length = Geod(ellps="WGS84").line_length(points[:, 1], points[:, 0])
    assert figures(reader.page.inner_text("#ruler")) == pytest.approx([length / 1000], abs=0.006)
    assert reader.page.locator("#details").is_hidden()  # a click measures and explains nothing
    reader.page.keyboard.press("Escape")
    assert reader.page.locator("#ruler").is_hidden()
    close(reader)


def test_hovering_names_what_is_there(browser: Browser, two: Path) -> None:
    reader = Reader(browser, two)
    x, y = reader.spot("sites", 2)
    reader.page.mouse.move(x - 3, y)
    reader.page.mouse.move(x, y)
    reader.settle()
    assert reader.page.inner_text("#hover").startswith("Hub 2")
    close(reader)


# ---------------------------------------------------------------- any reader, any plan


@pytest.mark.parametrize("state", ["plain", "explaining", "comparing", "phone", "french"])
def test_axe_finds_no_fault_of_accessibility(browser: Browser, two: Path, state: str) -> None:
    phone = {"viewport": {"width": 390, "height": 800}} if state == "phone" else {}
    reader = Reader(browser, two, bypass_csp=True, **phone)
    if state == "explaining":
        reader.click("sites", 2)
    elif state == "comparing":
        reader.page.select_option("#compare", "1")
    elif state == "phone":
        reader.page.click("#menu")
    elif state == "french":
        reader.page.select_option("#language", "fr")
    found = Axe().run(reader.page)
    faults = [(fault["id"], [node["html"][:120] for node in fault["nodes"]]) for fault in found.response["violations"]]
    assert faults == []
    assert any(entry["id"] == "color-contrast" for entry in found.response["passes"])
    close(reader)


def test_a_phone_shows_the_map_and_opens_the_menu(browser: Browser, two: Path) -> None:
    how = {"viewport": {"width": 390, "height": 800}, "is_mobile": True, "has_touch": True}
    reader = Reader(browser, two, **how)
    assert reader.page.locator("#panel").is_hidden()
    assert reader.page.evaluate("document.documentElement.scrollWidth") <= 390
    reader.page.touchscreen.tap(*reader.spot("sites", 1))
    reader.page.wait_for_selector("#details-title:text-is('Hub 1')")
    box, point = reader.page.locator("#details").bounding_box(), reader.spot("sites", 1)
    assert box and point[1] < box["y"]  # what is explained stays in sight
    reader.page.click("#menu")
    assert reader.page.locator("#scenarios").is_visible()
    reader.page.check("#scenarios input[value='1']")
    assert reader.page.evaluate("document.documentElement.scrollWidth") <= 390
    close(reader)


def test_the_page_speaks_french(browser: Browser, two: Path) -> None:
    reader = Reader(browser, two)
    reader.click("sites", 2)
    reader.page.select_option("#language", "fr")
    assert reader.page.get_attribute("html", "lang") == "fr"
    assert "Le plan en bref" in reader.page.inner_text("#panel")
    assert "Ce que cela coûte" in reader.page.inner_text("#details")
    assert "Prouvé" in reader.page.inner_text("#short")
    reader.click("links", 0)
    reader.click("nodes", 0)
    close(reader)


def test_the_print_is_one_sheet_with_map_legend_and_sources(browser: Browser, two: Path, tmp_path: Path) -> None:
    reader = Reader(browser, two)
    reader.page.select_option("#compare", "1")
    before = reader.page.evaluate("[netplanMap.map.getZoom(), netplanMap.map.getCenter().lat]")
    reader.page.locator("#swipe").focus()
    reader.page.keyboard.press("ArrowRight")
    ring = "getComputedStyle(document.querySelector('#swipe .grip')).outlineStyle"
    assert reader.page.evaluate(ring) == "solid"  # of who holds the bar; around its grip, not across the map
    data = reader.page.pdf(prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/Type\s*/Page\b", data)) == 1
    reader.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    colours = reader.page.evaluate(
        """() => {
            const flat = document.getElementById("flat"), seen = new Set();
            const data = flat.getContext("2d").getImageData(0, 0, flat.width, flat.height).data;
            for (let k = 0; k < data.length; k += 40) seen.add(`${data[k]},${data[k + 1]},${data[k + 2]}`);
            return seen.size;
        }"""
    )
    assert colours > 10
    marked = "getComputedStyle(document.activeElement).outlineStyle"
    assert reader.page.evaluate("document.activeElement.id") == "swipe" and reader.page.evaluate(marked) == "none"
    for part in ("#legend-cells", "#foot", "#short", "#title"):
        assert reader.page.locator(part).is_visible()
    assert reader.page.locator("#tools").is_hidden()
    reader.page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    after = reader.page.evaluate("[netplanMap.map.getZoom(), netplanMap.map.getCenter().lat]")
    assert after == pytest.approx(before, abs=1e-3)
    close(reader)


def test_hostile_names_stay_text(browser: Browser, tmp_path: Path) -> None:
    hostile = "</script><script>window.pwned=1</script><img src=x onerror='window.pwned=2'>"
    folder = write_grid_plan(tmp_path / "base", name=hostile, site_name=hostile + " {}", place_name=hostile,
                             catalogue={"label": hostile}, scenario=hostile)  # fmt: skip
    reader = Reader(browser, draw_webmap([folder], None, tmp_path / "map.html"))
    assert hostile in reader.click("sites", 1)
    assert hostile in reader.page.inner_text("#title")
    reader.page.fill("#search", "<img")
    assert hostile in reader.page.inner_text("#found")
    x, y = reader.spot("sites", 2)
    reader.page.mouse.move(x, y)
    reader.settle()
    assert reader.page.evaluate("window.pwned") is None
    close(reader)


@pytest.mark.parametrize(
    "how",
    [
        {"sites": 1, "side": 1, "schools": 0}, {"sites": 0}, {"where": OVER_THE_SEAM, "side": 40},
        {"site_name": "A very long name of a site " * 12 + "{}", "name": "A very long name of a district " * 12},
    ],
)  # fmt: skip
def test_awkward_plans_open(browser: Browser, tmp_path: Path, how: dict[str, Any]) -> None:
    folder = write_grid_plan(tmp_path / "base", **how)
    reader = Reader(browser, draw_webmap([folder], None, tmp_path / "map.html"))
    assert reader.ink("cells-a") > 50
    assert reader.page.evaluate("document.documentElement.scrollWidth") <= 1280
    if how.get("sites", 4):
        title = reader.click("sites", 0)
        assert how.get("site_name", "Hub {}").format(0).strip()[:40] in title
    close(reader)
