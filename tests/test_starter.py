"""A new project from OpenStreetMap: a recorded answer, served over plain HTTP as the public servers do."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import numpy as np
import pyogrio
import pytest
import rasterio
import yaml
from rasterio.transform import from_origin
from typer.testing import CliRunner

from netplan.cli import app
from netplan.licences import SHARE_ALIKE
from netplan.starter.osm import layers_of
from netplan.starter.write import project_text

RECORDED = Path(__file__).parent / "data" / "overpass.json"
BOX = "30.48,-1.95,30.54,-1.88"


@contextmanager
def serving(body: bytes, code: int = 200) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A server on this machine that answers everything alike; with it, what it was asked."""
    asked: list[dict[str, Any]] = []

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers["Content-Length"])).decode()
            asked.append({"agent": self.headers["User-Agent"], "query": parse_qs(text)["data"][0]})
            self.send_response(code)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/api/interpreter", asked
    finally:
        server.shutdown()
        server.server_close()


def new(folder: Path, server: str, box: str = BOX) -> Any:
    return CliRunner().invoke(app, ["new", str(folder), f"--from-osm={box}", "--osm-server", server])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, Any]]]:
    folder = tmp_path_factory.mktemp("new") / "kayonza"
    with serving(RECORDED.read_bytes()) as (server, asked):
        result = new(folder, server)
    assert result.exit_code == 0, result.output
    assert "roads.gpkg: 3" in result.output and "ODbL" in result.output
    return folder, asked


def test_the_question_names_the_box_and_who_asks(made: tuple[Path, list[dict[str, Any]]]) -> None:
    (asked,) = made[1]
    assert asked["agent"] == "netplan"
    assert "[bbox:-1.950000,30.480000,-1.880000,30.540000]" in asked["query"]  # south first, as Overpass has it
    for word in ("highway", "minor_line", "school", "clinic", "communications_tower", "out geom", "out center"):
        assert word in asked["query"]


def test_layers_hold_what_is_mapped(made: tuple[Path, list[dict[str, Any]]]) -> None:
    layers = {path.stem: pyogrio.read_dataframe(path) for path in made[0].glob("*.gpkg")}
    assert {name: len(layer) for name, layer in layers.items()} == {
        "area": 1, "roads": 3, "power_lines": 2, "towers": 2, "schools": 2, "clinics": 2, "settlements": 2, "pops": 1,
    }  # fmt: skip
    assert all(layer.crs.to_epsg() == 4326 for layer in layers.values())
    mast = layers["towers"].set_index("osm_id").loc["node/5512301"]
    assert (mast["height_m"], mast["operator"], mast["technologies"]) == (45.0, "MTN Rwanda", "2G;4G")
    assert set(layers["clinics"]["osm_id"]) == {"node/5512402", "relation/7712"}
    assert sorted(layers["settlements"]["population"].dropna()) == [19543.0]
    assert set(layers["power_lines"]["kind"]) == {"minor_line", "line"}
    for name in set(layers) - {"area"}:
        licence = pyogrio.read_info(made[0] / f"{name}.gpkg")["layer_metadata"]["LICENCE"]
        assert SHARE_ALIKE.search(licence) and "2026-11-20" in licence


def test_the_project_is_sound_but_for_the_population(made: tuple[Path, list[dict[str, Any]]], tmp_path: Path) -> None:
    folder = made[0]
    project = yaml.safe_load((folder / "netplan.yaml").read_text())
    assert project["name"] == "kayonza" and project["existing"]["pops_assumed"] is True
    named = {path.name for path in folder.glob("*.gpkg")} - {"area.gpkg"}
    assert set(project["attributions"]) == named and all("ODbL" in text for text in project["attributions"].values())
    lacking = CliRunner().invoke(app, ["check", str(folder)])
    assert lacking.exit_code == 2 and "population.tif" in lacking.output
    people = np.full((1, 40, 40), 9.0, dtype=np.float32)
    with rasterio.open(folder / "population.tif", "w", driver="GTiff", width=40, height=40, count=1, dtype="float32",
                       crs="EPSG:4326", transform=from_origin(30.48, -1.88, 0.0015, 0.00175)) as target:  # fmt: skip
        target.write(people)
    try:
        checked = CliRunner().invoke(app, ["check", str(folder)])
    finally:
        (folder / "population.tif").unlink()
    assert checked.exit_code == 0, checked.output
    for said in ("clinics: 2 rows", "schools: 2 rows", "`4G` is taken for", "6.7 km of distribution power lines"):
        assert said in checked.output, checked.output


@pytest.mark.parametrize(
    ("body", "code", "said"),
    [
        (b"busy", 429, "busy"),
        (b"no", 400, "refused the question"),
        (b"<html>welcome</html>", 200, "not that of an Overpass server"),
        (b'{"elements": [], "remark": "runtime error: Query timed out in \\"query\\""}', 200, "gave up"),
        (b'{"elements": []}', 200, "nothing is mapped"),
    ],
)
def test_a_server_that_does_not_answer_is_told(body: bytes, code: int, said: str, tmp_path: Path) -> None:
    with serving(body, code) as (server, _):
        result = new(tmp_path / "mine", server)
    assert result.exit_code == 2 and said in result.output and "Traceback" not in result.output
    assert list(tmp_path.iterdir()) == []


def test_without_a_network_it_says_what_to_do(tmp_path: Path) -> None:
    with socket.socket() as held:  # a port that is taken and answers nobody
        held.bind(("127.0.0.1", 0))
        result = new(tmp_path / "mine", f"http://127.0.0.1:{held.getsockname()[1]}/")
    assert result.exit_code == 2 and "cannot be reached" in result.output and "without --from-osm" in result.output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("box", "said"),
    [
        ("here", "west,south,east,north"),
        ("30.5,-1.8,30.4,-1.9", "no box of the world"),
        ("20,-10,40,10", "at most 40,000 km²"),
        ("nan,0,1,1", "no box of the world"),
    ],
)
def test_a_wrong_box_is_refused_before_anybody_is_asked(box: str, said: str, tmp_path: Path) -> None:
    with serving(b"{}") as (server, asked):
        result = new(tmp_path / "mine", server, box)
    assert result.exit_code == 2 and said in result.output and not asked
    result = new(tmp_path / "mine", "ftp://example.org/", BOX)
    assert result.exit_code == 2 and "--osm-server" in result.output


def test_a_project_that_stands_is_left_alone(made: tuple[Path, list[dict[str, Any]]]) -> None:
    before = (made[0] / "netplan.yaml").read_bytes()
    with serving(RECORDED.read_bytes()) as (server, asked):
        result = new(made[0], server)
    assert result.exit_code == 2 and "exists already" in result.output and not asked
    assert (made[0] / "netplan.yaml").read_bytes() == before


def test_layers_that_stand_are_not_written_over(tmp_path: Path) -> None:
    mine = [tmp_path / "roads.gpkg", tmp_path / "schools.gpkg"]
    for path in mine:
        path.write_bytes(b"surveyed for years")
    with serving(RECORDED.read_bytes()) as (server, _):
        result = new(tmp_path, server)
    assert result.exit_code == 2 and all(path.name in result.output for path in mine)
    assert sorted(tmp_path.iterdir()) == mine and all(path.read_bytes() == b"surveyed for years" for path in mine)


def _alone(test: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
    return [each for each in json.loads(RECORDED.read_text())["elements"] if test(each["tags"])]


def test_where_little_is_mapped_the_project_says_what_is_missing() -> None:
    layers = layers_of(_alone(lambda tags: "highway" in tags))
    assert list(layers) == ["roads"]
    project = yaml.safe_load(project_text('Kayonza: "north"', layers, "2026-11-20"))
    assert project["name"] == 'Kayonza: "north"' and "facilities" not in project["demand"]
    assert set(project["targets"]) == {"urban", "rural"} and project["existing"] == {"pops": "pops.gpkg"}


def test_broken_objects_are_left_out() -> None:
    odd = [
        {"type": "way", "id": 1, "tags": {"highway": "road"}, "geometry": [{"lat": 0.0, "lon": 1.0}, None]},
        {"type": "node", "id": 2, "tags": {"amenity": "school"}},
        {"type": "way", "id": 3},
    ]
    assert layers_of(odd) == {}
