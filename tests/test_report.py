"""Reports from written plans: the figures are the plan's, page and paper say the same, awkward plans read well."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pyogrio
import pypdf
import pypdfium2
import pytest
import smalldistrict
from PIL import Image
from typer.testing import CliRunner

from netplan.catalogue.emissions import load_emissions
from netplan.catalogue.load import shipped_folder
from netplan.cli import app
from netplan.comparison import compare
from netplan.comparison.explain import told
from netplan.comparison.write import as_data
from netplan.datawords import data_words
from netplan.errors import InputError, NoPlanError
from netplan.export.written import read_written
from netplan.maps.languages import LANGUAGES
from netplan.maps.read import read_written as read_for_maps
from netplan.maps.scenarios import difference_in_words
from netplan.plans import Plan, stand_in
from netplan.plans.other_costs import FEE, LICENCE
from netplan.project import read_project
from netplan.publish import publish_comparison
from netplan.report import read_report, recommended_folder, shown_folder, write_report
from netplan.report.content import Figure, Formula, Report, Table, texts
from netplan.report.pdf import lend_fonts, to_pdf, unset_letters
from netplan.report.read import read_material
from netplan.report.sections.assumptions import _quantities as quantities
from netplan.report.verdict import certainty, recommended, savings
from netplan.report.words import Words
from netplan.studies.scenarios import plan_scenarios
from netplan.yamltext import dump_yaml, load_yaml

BODY = (20 / 297, 277 / 297)
"""Where the text of a page begins and ends, as shares of its height."""
VOID = {"meta", "img", "col", "br", "link", "input"}


@pytest.fixture
def out(published: Path, tmp_path: Path) -> Path:
    """A copy that a test may change."""
    return Path(shutil.copytree(published, tmp_path / "out"))


def change(folder: Path, **values: Any) -> None:
    """Rewrites figures of a written summary."""
    path = folder / "summary.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def said(report: Report) -> str:
    return "\n".join(text for block in report.blocks() for text in texts(block))


def pdf_text(path: Path) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(path).pages)


def squeezed(text: str) -> str:
    """Letters and digits alone: line breaks, hyphens and the breaks inside long words fall out."""
    return re.sub(r"[\W_]", "", text).lower()


# The figures


def numbers_in(text: str) -> Iterator[tuple[float, float]]:
    """Every number of a text with half a unit of its last digit."""
    for found in re.finditer(r"(?<![\w.-])(\d[\d,]*)(?:\.(\d+))?(?: (million|billion))?", text):
        size = {"million": 1e6, "billion": 1e9}.get(found[3] or "", 1.0)
        digits = found[2] or ""
        value = float(f"{found[1].replace(',', '')}.{digits or 0}")
        yield value * size, 0.5 * 10 ** -len(digits) * size


def figures_of(out: Path) -> list[float]:
    """What the first page may state, from summaries and settings alone (per cents as per cents)."""
    allowed: list[float] = []
    loaded = {path.parent.name: json.loads(path.read_text()) for path in out.glob("*/summary.json")}
    for summary in loaded.values():
        cost, bound = summary["objective_npv"], summary["bound_npv"]
        allowed += [cost, bound, cost - bound, summary["gap"] * 100, summary["cost_per_person_served"]]
        allowed += [summary["capex_total"], summary["opex_per_year_total"], summary["counts"]["premises_served"]]
        allowed += [share / sum(summary["costs_npv"].values()) * 100 for share in summary["costs_npv"].values()]
        allowed += [summary["counts"][f"sites_{kind}"] for kind in ("new", "shared", "existing")]
        allowed += list(summary["counts"]["equipment"].values())
        allowed += [km for by in summary["counts"]["links_km"].values() for km in by.values()]
        people = [summary["targets"][name] for name in ("urban", "rural") if name in summary["targets"]]
        total, served = (sum(each[key] for each in people) for key in ("total", "served"))
        allowed += [total, served, total - served, served / total * 100, (total - served) / total * 100]
        allowed += [each[key] for each in summary["targets"].values() for key in ("total", "served")]
        allowed += [summary["problem"]["dropped"], *(int(n) for n in re.findall(r"\d+", " ".join(summary["warnings"])))]
    for one in loaded.values():
        for other in loaded.values():
            for key in ("objective_npv", "bound_npv"):
                difference = abs(one["objective_npv"] - other[key])
                allowed += [difference, difference / one["objective_npv"] * 100]
    resolved = load_yaml((out / "sharing" / "resolved.yaml").read_text(encoding="utf-8"))
    economics, service = resolved["economics"], resolved["project"]["service"]
    allowed += [economics["years"], economics["price_year"], economics["discount_rate"] * 100]
    allowed += [level[key] * size for level in service.values() for key, size in (("rate_mbps", 1), ("adoption", 100))]
    return allowed


def test_every_number_on_the_first_page_is_the_summarys(out: Path) -> None:
    report = read_report(out)
    wanted = figures_of(out)
    settings = load_yaml((out / "sharing" / "resolved.yaml").read_text(encoding="utf-8"))
    labels = {entry["label"] for entry in settings["catalogue"]["technologies"].values()}
    checked = 0
    for block in report.first.blocks:
        for text in texts(block):
            if "assumption" in text:
                continue  # shares of published prices and price ranges have tests of their own
            for label in labels:
                text = text.replace(label, "")
            for value, half in numbers_in(text):
                checked += 1
                assert any(abs(value - each) <= half * 1.001 + 1e-6 for each in wanted), (value, text)
    assert checked > 20


def test_a_changed_summary_changes_the_first_page(out: Path) -> None:
    for name in ("greenfield", "sharing"):
        change(out / name, objective_npv=7_654_321.0, bound_npv=7_000_000.0, gap=0.0855)
    page = said(read_report(out))
    assert "USD 7.65 million" in page and "USD 7.00 million" in page


def page_one(out: Path) -> str:
    return "\n".join(text for block in read_report(out).first.blocks for text in texts(block))


def settings(folder: Path, **changes: Any) -> None:
    """Changes the project in the settings of a written plan."""
    path = folder / "resolved.yaml"
    resolved = load_yaml(path.read_text(encoding="utf-8"))
    path.write_text(dump_yaml({**resolved, "project": {**resolved["project"], **changes}}), encoding="utf-8")


def test_what_changes_the_meaning_of_the_figures_is_on_the_first_page(out: Path) -> None:
    home = out / "greenfield"  # two scenarios of one cost: that which asks least of others is recommended
    summary = json.loads((home / "summary.json").read_text())
    said = page_one(out)
    assert "The data do not say who is served today" in said and "the ground is taken as flat" in said
    assert f"own {len(summary['warnings'])} remarks on the data" in said
    assert "it pays for schools, too" in said
    assert _today(out) == {"not known"}
    left, proposed = (summary["problem"][key] for key in ("sites_dropped", "sites_proposed"))
    assert left and f"{left} of {proposed} places for new sites were left out beforehand" in said
    assert "That is wide" not in said and "which uses nothing" not in said

    project = load_yaml((home / "resolved.yaml").read_text(encoding="utf-8"))["project"]
    settings(home, existing={**project["existing"], "service": "today.gpkg"}, terrain={"elevation": "dem.tif"})
    said = page_one(out)
    assert "Nobody is served today at these rates." in said and "flat" not in said
    assert "not known" not in _today(out) and "0.0 %" in _today(out)

    plan = SimpleNamespace(summary={**summary, "scenario": "bare"}, resolved={"project": project})
    told = stand_in._summary(cast(Plan, plan), cast(Plan, plan))
    cost = summary["objective_npv"]
    change(home, gap=0.2, bound_npv=0.8 * cost, status="feasible", warnings=told["warnings"][-1:])
    change(home, problem={**told["problem"], "dropped": 7})
    said = page_one(out)
    assert "That is wide" in said and "without 7 candidates" in said
    assert (
        "the plan of scenario “bare”, which uses nothing that is not open here" in said
        and "own 1 remark on the data" in said
    )
    assert f"{left} of {proposed} places" in said
    counts = {key: n for key, n in told["problem"].items() if key not in ("sites_proposed", "sites_dropped", "plan_of")}
    change(home, problem=counts)  # as plans of older versions state it, whatever their warnings say
    said = page_one(out)
    assert "were left out beforehand" not in said and "which uses nothing" not in said


def test_a_copy_of_a_plan_has_the_date_of_the_plan(out: Path) -> None:
    home = out / "greenfield"
    assert json.loads((home / "summary.json").read_text())["planned_on"] == date.today().isoformat()
    change(home, planned_on="2024-05-06")
    assert read_report(home).date == read_written(home).written_on == "2024-05-06"
    settings = json.loads((home / "summary.json").read_text())
    del settings["planned_on"]  # as plans of older versions
    (home / "summary.json").write_text(json.dumps(settings))
    assert read_written(home).written_on == date.today().isoformat()


def _today(out: Path) -> set[str]:
    """What the table of indicators says of today."""
    section = next(each for each in read_report(out).sections if each.key == "indicators")
    table = section.blocks[1]
    assert isinstance(table, Table)
    return {row[2] for row in table.rows}


def test_service_of_today_that_the_data_only_partly_show_is_said_so(out: Path) -> None:
    for name in ("greenfield", "sharing"):
        with sqlite3.connect(out / name / "plan.gpkg") as database:
            for (trigger,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                database.execute(f'DROP TRIGGER "{trigger}"')  # they call functions that SQLite alone has not
            database.execute("UPDATE demand SET baseline_share = 0.25, served_share = max(served_share, 0.25)")
    said = page_one(out)
    assert "25.0 % of the people are served today" in said and "what they do not show, the plan pays for again" in said


def test_the_first_page_has_a_map_drawn_for_it(out: Path) -> None:
    shown = [block for block in read_report(out).first.blocks if isinstance(block, Figure)]
    assert [block.path.name for block in shown] == ["overview.png"] and shown[0].fills
    (out / "greenfield" / "maps" / "overview.png").unlink()
    shown = [block for block in read_report(out).first.blocks if isinstance(block, Figure)]
    assert [block.path.name for block in shown] == ["plan.png"]


ENGLISH_WORDS = re.compile(
    r"\b(the|of|and|with|years?|needs|subsidy|viable(?= \|)|shared|poles?|owners?|operator|network|rural|urban"
    r"|clinics|schools|existing|feasible|access|backhaul|premises|power|capex|opex|price"
    r"|radios?(?= and)|repairs|cable|survey|spares|microwave|height|load|rate"
    r"|life|share|unit|month|all|no|yes|each)\b",
    re.IGNORECASE,
)
AS_GIVEN = {"warnings", "project-assumptions", "sources", "standards", "again"}
"""Parts that repeat what the project or the planner wrote, in their words."""


def spoken(report: Report) -> list[str]:
    """Every text of the report but those parts, the catalogue's sources and names of scenarios and files."""
    lines = []
    for _, section in report.walk():
        for block in section.blocks if section.key not in AS_GIVEN else ():
            if isinstance(block, Table):
                last = -1 if section.key in ("catalogue", "accounts") else len(block.columns)
                lines += [block.caption, *block.columns, *(cell for row in block.rows for cell in row[:last])]
            else:
                lines += texts(block)
    return [line for line in lines if not line.endswith((".gpkg", ".tif"))]


def test_a_french_report_has_no_english_words_in_its_tables(out: Path) -> None:
    (out / "greenfield" / "viability.csv").write_text(
        "class,verdict,people,revenue_npv,cost_npv,subsidy_npv\nschools,needs subsidy,0,0,10,10\nrural,viable,9,8,7,0\n"
    )
    (out / "accounts.csv").write_text("scenario,party,role,net_npv\ngreenfield,network builder,operator,5\n")
    assert sum(bool(ENGLISH_WORDS.search(line)) for line in spoken(read_report(out))) > 100
    french = spoken(read_report(out, "fr"))
    assert {"subvention nécessaire", "constructeur du réseau", "opérateur", "Écoles"} <= set(french)
    assert len(french) > 400 and [line for line in french if ENGLISH_WORDS.search(line)] == []


def test_every_item_field_and_owner_of_the_catalogue_has_a_french_name() -> None:
    items, heads, owners = set(), set(), set()
    for path in shipped_folder().glob("*/*.yaml"):
        entry = load_yaml(path.read_text(encoding="utf-8"))
        owners |= {entry["owner"]} if entry.get("owner") else set()
        for place, _ in quantities(entry):
            *found, last = [part for part in place.split("/") if part]
            heads.add(last)
            items |= {part for part in found if not part.islower()}
            heads |= {re.sub(r" \d+$", "", part) for part in found if part.islower()}
    french = Words.of("fr")
    words = data_words("fr")
    assert len(items) > 100 and len(heads) > 60
    assert {item for item in items if item not in words["item"]} == set()
    lacking = {head for head in heads if not french.has(f"field.{head}") and head not in words["field"]}
    assert {head for head in lacking if head not in words["item"]} == set()
    assert {owner for owner in owners if owner not in words["word"]} == set()
    assert {LICENCE, FEE} <= words["item"].keys()  # what no entry of the catalogue costs
    assert {factor.name for factor in load_emissions().grid.values()} <= words["word"].keys()
    assert french.has("unit.MHz-head")
    increments = [load_yaml(path.read_text(encoding="utf-8")) for path in shipped_folder().glob("sharing/*.yaml")]
    parts = {part for lever in increments for part in (lever.get("tenancy") or {}).get("increments", {})}
    assert parts and {f"{part} of each further operator" for part in parts} <= words["item"].keys()


def test_fees_for_spectrum_and_the_worlds_electricity_have_french_words(out: Path) -> None:
    first = "rowid = (SELECT MIN(rowid) FROM costs)"
    for scenario in ("greenfield", "sharing"):
        with sqlite3.connect(out / scenario / "plan.gpkg") as held:
            held.execute(f"UPDATE costs SET item = '{LICENCE}', unit = 'MHz-head', category = 'spectrum' WHERE {first}")
    french, english = (" ".join(spoken(read_report(out, language, "XXX"))) for language in ("fr", "en"))
    assert "Licence de spectre" in french and "MHz × habitants" in french and "moyenne mondiale" in french
    assert not re.search("spectrum licence|MHz head|MHz-head|world mean", french)
    assert "MHz × people" in english and "world mean" in english
    assert re.search("[0-9]\\)\u202f; la table n'a pas de réseau pour XXX", french), "a space stands before a semicolon"
    assert "ODD 17.6.1" in french and "SDG 17.6.1" in english and "SDG" not in french
    assert "Afrique du Sud" in " ".join(spoken(read_report(out, "fr", "ZAF")))


def test_savings_are_those_of_the_comparison(published: Path) -> None:
    ours = savings(read_material(published))
    theirs = compare([published / "greenfield", published / "sharing"]).savings
    assert len(ours) == len(theirs) == 1
    for mine, other in zip(ours, theirs, strict=True):
        assert (mine.value, mine.low, mine.high) == pytest.approx((other.value, other.low, other.high))
        assert mine.distinguishable == other.distinguishable and mine.bounded == other.bounded


def test_tables_add_up_to_the_summary(published: Path) -> None:
    report = read_report(published)
    chosen = recommended(read_material(published).scenarios)
    assert chosen is not None
    whole = f"{chosen.summary['objective_npv']:,.0f}"
    totals = [table.rows[table.strong[-1]] for table in report.blocks() if isinstance(table, Table) and table.strong]
    assert sum(whole in row for row in totals) >= 3, "money, bill and prices each end in the plan's cost"


# The page and the paper


class Page(HTMLParser):
    """Reads a page and keeps what a reviewer would look for."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.open: list[str] = []
        self.headings: list[int] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.images: list[dict[str, str | None]] = []
        self.tables: list[set[str]] = []
        self.lang = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = dict(attrs)
        if tag not in VOID:
            self.open.append(tag)
        if tag == "html":
            self.lang = held.get("lang") or ""
        if re.fullmatch(r"h\d", tag):
            self.headings.append(int(tag[1]))
        if tag == "img":
            self.images.append(held)
        if tag == "table":
            self.tables.append(set())
        if self.tables and tag in ("caption", "thead", "th"):
            self.tables[-1].add(tag)
            assert tag != "th" or held.get("scope"), "a head cell says what it heads"
        self.ids += [held["id"] or ""] if "id" in held else []
        self.links += [held[key] or "" for key in ("src", "href", "srcset", "data", "action", "poster") if key in held]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style", "script"):
            self.text.append(data)


def read_page(path: Path) -> Page:
    page = Page()
    page.feed(path.read_text(encoding="utf-8"))
    page.close()
    assert not page.open, "every tag is closed"
    return page


def test_the_page_is_whole_and_stands_alone(published: Path) -> None:
    page = read_page(published / "report.html")
    assert page.lang == "en" and page.headings[0] == 1 and page.headings.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(page.headings, page.headings[1:], strict=False))
    assert len(page.ids) == len(set(page.ids))
    assert all(link.startswith(("data:image/", "#")) for link in page.links)
    assert all(link[1:] in page.ids for link in page.links if link.startswith("#"))
    assert page.images and all(len(image.get("alt") or "") > 15 for image in page.images)
    assert page.tables and all(parts >= {"caption", "thead", "th"} for parts in page.tables)
    raw = (published / "report.html").read_text(encoding="utf-8")
    style = raw[: raw.index("</style>")]
    assert "<script" not in raw and "@import" not in style and "url(" not in style
    assert len(raw) < 6_000_000


def test_the_page_and_the_paper_say_the_same(published: Path) -> None:
    report = read_report(published)
    page, paper = (
        squeezed(text)
        for text in ("".join(read_page(published / "report.html").text), pdf_text(published / "report.pdf"))
    )
    for block in report.blocks():
        for text in texts(block):
            assert squeezed(text) in page, text
            if not isinstance(block, Figure) and len(text) < 60:  # longer ones may break over a page's foot
                assert squeezed(text) in paper, text


def test_the_paper_holds_the_headline_in_real_text(published: Path) -> None:
    text = pdf_text(published / "report.pdf")
    for block in read_report(published).first.blocks:
        for each in texts(block):
            assert squeezed(each) in squeezed(text), each


def test_the_paper_has_bookmarks_contents_page_numbers_and_its_fonts(published: Path) -> None:
    reader, report = pypdf.PdfReader(published / "report.pdf"), read_report(published)

    def titles(outline: list[Any]) -> Iterator[str]:
        for each in outline:
            if isinstance(each, list):
                yield from titles(each)
            else:
                yield str(each.title)

    bookmarks = list(titles(reader.outline))
    assert [section.title for _, section in report.walk()] == bookmarks
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"] and str(reader.trailer["/Root"]["/Lang"]).startswith("en")
    assert reader.metadata is not None and reader.metadata.title == report.title
    contents = reader.pages[1].extract_text()
    assert all(squeezed(section.title) in squeezed(contents) for section in report.sections)
    for number, each in enumerate(reader.pages, start=1):
        assert f"{number} / {len(reader.pages)}" in each.extract_text()
        for font in each["/Resources"].get("/Font", {}).values():
            for part in font.get_object().get("/DescendantFonts", [font]):
                held = part.get_object().get("/FontDescriptor", {})
                assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(held.get_object()), "a font is not embedded"


# Awkward plans


def test_heads_on_paper_stay_with_what_they_head(published: Path) -> None:
    """The head of a group is never the last line of a page, and comes again where its rows go on; no page is left
    with a line or two alone."""
    report = read_report(published)
    groups = {
        row[0]
        for block in report.blocks()
        if isinstance(block, Table)
        for place, row in enumerate(block.rows)
        if place in block.strong and not any(row[1:])
    }
    paper = pypdf.PdfReader(published / "report.pdf").pages
    pages = [page.extract_text().split("\n") for page in paper]
    drawn = ["/XObject" in page["/Resources"] for page in paper]
    bodies = [[line.strip() for line in lines if line.strip()] for lines in pages]
    foot = report.labels["made"].split()[0]
    bodies = [[line for line in lines if not line.startswith(foot)] for lines in bodies]
    assert len(groups) > 5 and len(bodies) > 10
    assert not [lines[-1] for lines in bodies if lines and lines[-1] in groups]
    again = [head for head in groups if sum(head in lines for lines in bodies) > 1]
    assert again, "a long group says whose rows these are on every page"
    assert not [number for number, lines in enumerate(bodies[:-1]) if len(lines) < 6 and not drawn[number]]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_no_page_is_left_a_third_empty(published: Path, language: str) -> None:
    """Pictures fit what is left of a page; only before a section that starts anew, and at the end, is a page short."""
    report = read_report(published, language)
    starts = {section.title for section in report.sections if section.wide}
    paper = pypdfium2.PdfDocument(to_pdf(report))
    short = []
    for number in range(1, len(paper) - 1):  # not the first, which is a page of its own, nor the last
        ink = np.asarray(paper[number].render(scale=1).to_pil().convert("L")) < 200
        rows = np.flatnonzero(ink.any(axis=1)) / len(ink)
        free = BODY[1] - rows[(rows > BODY[0]) & (rows < BODY[1])].max()
        anew = paper[number + 1].get_textpage().get_text_bounded().split("\n")
        if free > (BODY[1] - BODY[0]) / 3 and not any(line.strip() in starts for line in anew[:4]):
            short.append(number + 1)
    assert not short


def test_an_infeasible_plan_says_why(tmp_path: Path) -> None:
    facilities = {"schools": {"layer": "schools.gpkg", "rate_mbps": 90_000, "busy_hour_mbps": 2}}
    plan = smalldistrict.planned(smalldistrict.district(tmp_path, demand={"facilities": facilities}))
    assert plan.summary["status"] == "infeasible" and plan.summary["objective_npv"] is None
    write_report(tmp_path / "out" / "base")
    text = pdf_text(tmp_path / "out" / "base" / "report.pdf")
    assert "There is no plan" in text and "cannot be met" in text
    short = plan.summary["shortfall"]["schools"]
    assert f"Schools: {short:,.0f} of 2 short of the target of 100 %" in text
    assert "satellite" in text, "what would help"
    assert "USD" not in text[: text.index("Contents")], "no sum of money where there is no plan"


def test_a_budget_that_is_too_small_for_the_targets_is_named(tmp_path: Path) -> None:
    folder = smalldistrict.district(tmp_path, budget=30_000)
    plan = smalldistrict.planned(folder)
    assert plan.summary["status"] == "infeasible" and plan.summary["binding"]["budget"] == ["30000"]
    with pytest.raises(NoPlanError, match=r"budget of 30,000: with more money .*\n.*Raise the budget of 30,000"):
        plan_scenarios([read_project(folder)], tmp_path / "again")
    write_report(tmp_path / "out" / "base")
    text = " ".join(pdf_text(tmp_path / "out" / "base" / "report.pdf").split())
    assert "The budget of USD 30,000: with more money more could be served." in text
    assert "Raise the budget" in text


def test_a_run_that_stopped_without_a_plan_says_so(out: Path) -> None:
    change(out / "sharing", status="none", objective_npv=None, bound_npv=None, gap=None, stopped_by="time")
    page = said(read_report(out / "sharing"))
    assert "the planner was stopped (its time limit) before it found one" in page and "more time" in page
    beside = said(read_report(out))
    assert "“sharing” has no plan to compare with" in beside and "no plan" in beside


def test_without_a_bound_nothing_is_claimed(out: Path) -> None:
    for name in ("greenfield", "sharing"):
        change(out / name, status="feasible", bound_npv=None, gap=None)
    first = "\n".join(text for block in read_report(out).first.blocks for text in texts(block))
    assert "not proven" in first and "could not prove" in first
    for claim in ("proven cheapest", "no cheaper plan", "proven to lie", "within "):
        assert claim not in first.replace("within reach", ""), claim


def test_a_gap_is_said_in_plain_words(out: Path) -> None:
    change(out / "greenfield", status="feasible", objective_npv=200_000.0, bound_npv=150_000.0, gap=0.25)
    page = said(read_report(out / "greenfield"))
    assert "no plan for these inputs can cost less than USD 150,000" in page
    assert "a perfect plan could save no more than USD 50,000, 25.0 % of the cost" in page
    assert certainty(read_material(out / "greenfield").scenarios[0]) == "bounded"


def test_a_budget_is_said_to_come_first(out: Path) -> None:
    stages = [
        {"objective": "weight served", "value": 3000.0, "bound": 3100.0, "gap": 0.0333},
        {"objective": "cost", "value": 90_000.0, "bound": 89_000.0, "gap": 0.0111},
    ]
    change(out / "greenfield", mode="budget", stages=stages)
    page = said(read_report(out / "greenfield"))
    assert "first serves as much as it can (proven within 3.4 % of the most possible)" in page
    assert "Objective “weight served”: 3,000, limit 3,100" in page


def test_nothing_saved_is_no_saving(out: Path) -> None:
    shutil.rmtree(out / "sharing")
    shutil.copytree(out / "greenfield", out / "sharing")
    change(out / "sharing", scenario="sharing")
    found = savings(read_material(out))[0]
    assert found.value == 0 and not found.distinguishable
    page = said(read_report(out))
    assert "“sharing” costs the same as “greenfield”" in page and "−USD" not in page


def test_a_proven_saving_is_called_proven(out: Path) -> None:
    change(out / "greenfield", objective_npv=300_000.0, bound_npv=290_000.0, gap=0.0333)
    change(out / "sharing", objective_npv=200_000.0, bound_npv=190_000.0, gap=0.05)
    page = said(read_report(out))
    assert "the saving is proven to lie between USD 90,000 and USD 110,000" in page
    change(out / "greenfield", bound_npv=195_000.0)
    assert "too close to call" in said(read_report(out))


def test_further_levers_alone_are_proven_to_save_no_less_than_nothing(out: Path) -> None:
    """As the waterfall says it: in the report, the comparison and the subtitles of maps, in both languages."""
    change(out / "greenfield", status="feasible", objective_npv=300_000.0, bound_npv=250_000.0, gap=1 / 6)
    change(out / "sharing", status="feasible", objective_npv=290_000.0, bound_npv=240_000.0, gap=5 / 29)
    assert "between USD 0 and USD 60,000" in page_one(out)
    assert "entre 0\u00a0USD et 60\u202f000\u00a0USD" in said(read_report(out, "fr"))
    comparison = compare([out / "greenfield", out / "sharing"])
    assert "between USD 0 and USD 60,000" in told(comparison, "sharing")
    assert as_data(comparison)["savings"][0]["low"] == 0.0
    plans = [read_for_maps(out / name) for name in ("greenfield", "sharing")]
    for language, ends in (("en", "between USD 0 and USD 60,000"), ("fr", "entre 0\u00a0USD et 60\u202f000\u00a0USD")):
        assert ends in difference_in_words(plans[0], plans[1], LANGUAGES[language])
    change(out / "sharing", objective_npv=310_000.0, bound_npv=305_000.0)  # the better plan was not found
    found = savings(read_material(out))[0]
    assert (found.value, found.low) == (-10_000.0, -60_000.0), "bounds that contradict this are left to see"
    change(out / "sharing", bound_npv=295_000.0)
    found = savings(read_material(out))[0]
    assert (found.value, found.low, found.high) == (-10_000.0, 0.0, 5_000.0) and not found.distinguishable


def test_of_equal_plans_the_one_that_asks_least_of_others_is_recommended(out: Path) -> None:
    cost = {"objective_npv": 100_000.0, "bound_npv": 100_000.0}
    for name in ("greenfield", "sharing"):
        change(out / name, **cost)
    chosen = recommended(read_material(out).scenarios)
    assert chosen is not None and chosen.name == "greenfield"
    change(out / "greenfield", shortfall={"rural": 10.0})
    chosen = recommended(read_material(out).scenarios)
    assert chosen is not None and chosen.name == "sharing", "a plan that reaches every target comes first"


def ask(folder: Path, **keys: Any) -> None:
    """Rewrites keys of a written project."""
    resolved = load_yaml((folder / "resolved.yaml").read_text(encoding="utf-8"))
    resolved["project"] |= keys
    (folder / "resolved.yaml").write_text(dump_yaml(resolved), encoding="utf-8")


def test_of_plans_that_do_not_ask_the_same_none_is_recommended(out: Path) -> None:
    targets = load_yaml((out / "sharing" / "resolved.yaml").read_text(encoding="utf-8"))["project"]["targets"]
    summary = json.loads((out / "sharing" / "summary.json").read_text())
    asked_nothing = {name: entry | {"target": 0.0} for name, entry in summary["targets"].items()}
    ask(out / "sharing", targets=dict.fromkeys(targets, 0.0))
    change(out / "sharing", objective_npv=0.0, bound_npv=0.0, targets=asked_nothing)
    chosen = recommended(read_material(out).scenarios)
    assert chosen is not None and chosen.name == "greenfield", "what asks for nothing costs nothing"
    page = said(read_report(out))
    assert "is recommended:" not in page and "proven; " not in page and "Saved by" not in page
    assert "they differ in the targets. “greenfield”, which asks for most, is shown in detail" in page
    assert "not like for like, and so no saving: they differ in the targets" in page
    assert "“sharing” costs" in page and "less than “greenfield”" in page and "“sharing” saves" not in page
    assert read_report(out).subtitle.startswith("Shown: ")
    shown = shown_folder(out)
    assert shown is not None and shown.name == "greenfield" and recommended_folder(out) is None
    head = "reference,scenario,input,value,low,high,saving_at_low,saving_at_high,swing"
    (out / "sensitivity.csv").write_text(head + "\ngreenfield,sharing,economics: years,10,5,30,1,3,2\n")
    moved = beside(out, "sensitivity")
    assert not any("aving" in text for text in (moved.caption, *moved.columns))
    titles = [section.title for _, section in read_report(out).walk()]
    assert "What the difference of costs hangs on" in titles and "What the saving hangs on" not in titles
    french = said(read_report(out, "fr"))
    assert "Aucun scénario n'est recommandé" in french and "(objectifs)" in french
    assert "de moins que «\u00a0greenfield\u00a0»" in french and "économise" not in french


def test_those_that_ask_the_same_are_ranked_among_themselves(out: Path) -> None:
    shutil.copytree(out / "greenfield", out / "other")
    change(out / "other", scenario="other")
    ask(out / "other", targets={})
    page, report = said(read_report(out)), read_report(out)
    assert report.subtitle.startswith("Recommended: scenario “greenfield”")
    assert recommended_folder(out) == shown_folder(out) == out / "greenfield"
    assert "only those that do are ranked" in page and "of the 2 scenarios it is the cheapest" in page


def test_what_no_lever_brought_about_is_not_saved_by_sharing(out: Path) -> None:
    change(out / "greenfield", objective_npv=300_000.0, bound_npv=290_000.0, gap=0.0333)
    change(out / "sharing", objective_npv=200_000.0, bound_npv=190_000.0, gap=0.05)
    assert "Saved by sharing" in said(read_report(out))
    levers = load_yaml((out / "sharing" / "resolved.yaml").read_text(encoding="utf-8"))["project"]["sharing"]
    ask(out / "sharing", technologies=["something-else"])  # levers, but not they alone
    assert "Saved by sharing" not in said(read_report(out))
    ask(out / "greenfield", sharing=levers)
    page = said(read_report(out))
    assert "Saved by “sharing”" in page and "of what “greenfield” costs" in page and "Saved by sharing" not in page
    assert "What the scenarios change" in page and "What sharing changes" not in page


def test_sharing_changes_nothing_where_a_scenario_opens_no_lever(out: Path) -> None:
    levers = load_yaml((out / "sharing" / "resolved.yaml").read_text(encoding="utf-8"))["project"]["sharing"]
    ask(out / "sharing", sharing=[])
    ask(out / "greenfield", sharing=levers)  # the reference shares, the other scenario does not
    (out / "comparison.json").write_text(json.dumps({"scenarios": ["greenfield", "sharing"]}))
    change(out / "sharing", objective_npv=50_000.0, bound_npv=40_000.0)
    page = page_one(out)
    assert "What the scenarios change" in page and "What sharing changes" not in page
    assert "Saved by sharing" not in page and "Sharing saves" not in page


def beside(out: Path, key: str, language: str = "en") -> Table:
    section = next(each for _, each in read_report(out, language).walk() if each.key == key)
    return next(block for block in section.blocks if isinstance(block, Table))


def test_a_lever_that_opens_nothing_is_proven_to_save_nothing(out: Path) -> None:
    rows = ["greenfield,sharing,towers,0.0,0.0,0.0,opens nothing,False", "greenfield,sharing,x,5,0,9,Shapley,False"]
    rows += ["greenfield,sharing,together,1,0,2,rest,False", "greenfield,sharing,other differences,1,0,2,rest,False"]
    head = "reference,scenario,lever,value,low,high,method,distinguishable"
    (out / "waterfall.csv").write_text("\n".join([head, *rows]) + "\n")
    english, french = (beside(out, "waterfall", language) for language in ("en", "fr"))
    place = english.columns.index("Proven")
    assert [row[place] for row in english.rows] == ["yes", "no", "no", "no"]
    assert [row[place] for row in french.rows] == ["oui", "non", "non", "non"]
    assert [row[-2] for row in french.rows] == ["n'ouvre rien", "Shapley", "reste", "reste"]
    assert [row[2] for row in french.rows][2:] == ["ensemble", "autres différences"]
    # the plan shown, greenfield, opens no towers: their name is that of the other scenario's catalogue
    assert english.rows[0][2] == "Co-location on towers of other owners" and "towers" not in french.rows[0][2]


def test_ids_of_another_scenarios_catalogue_have_their_names(out: Path) -> None:
    path = out / "sharing" / "resolved.yaml"
    resolved = load_yaml(path.read_text(encoding="utf-8"))
    resolved["catalogue"]["media"]["odd"] = {"label": "Odd cable"}
    path.write_text(dump_yaml(resolved), encoding="utf-8")
    head = "reference,scenario,input,value,low,high,saving_at_low,saving_at_high,swing"
    (out / "sensitivity.csv").write_text(head + "\ngreenfield,sharing,media/odd: Cable: capex,1,0,2,1,3,2\n")
    assert beside(out, "sensitivity").rows[0][0] == "Odd cable: Cable: capex"
    (out / "sensitivity.csv").write_text(head + "\ngreenfield,sharing,economics: import_share.access,1,0,2,1,3,2\n")
    assert beside(out, "sensitivity").rows[0][0] == "economics: import share (Access equipment)"
    french = beside(out, "sensitivity", "fr").rows[0][0]
    assert french == "paramètres économiques\u00a0: part importée (Équipements d'accès)"


def test_french_counts_people_without_a_second_article(out: Path) -> None:
    french = Words.of("fr")
    for key, known in french.known.items():
        if key.startswith("numbered."):
            assert not re.match(r"(les|des|la|le) ", known), key
    assert french("first.lead_facility", served="16", total="18", of=french.name("numbered", "community_urban")) == (
        "16 des 18 habitants des villes (lieu partagé)"
    )
    for settings_group in ("comparison.unlike.economics", "assumptions.sections.economics"):
        assert french(settings_group) == "Paramètres économiques"
    assert french.word("economics") == "paramètres économiques"
    assert "les 2 écoles" in page_one_in(out, "fr") or "2 des 2 écoles" in page_one_in(out, "fr")


def test_the_only_school_is_not_one_of_one(out: Path) -> None:
    for scenario in ("greenfield", "sharing"):
        package = out / scenario / "plan.gpkg"
        demand = pyogrio.read_dataframe(package, layer="demand")
        school = demand["class"] == "schools"
        kept = demand[~school | (school & ~demand["class"].duplicated())].copy()
        kept.loc[kept["class"] == "schools", ["served_share", "weight"]] = 1.0
        pyogrio.write_dataframe(kept, package, layer="demand")
    english, french = (" ".join(spoken(read_report(out, language))) for language in ("en", "fr"))
    assert "and the one school" in english and "ainsi que la seule école" in french


def test_formulas_speak_the_language(out: Path) -> None:
    said_in = {}
    for language in LANGUAGES:
        sections = [section for _, section in read_report(out, language).walk()]
        found = [block.notation for section in sections for block in section.blocks if isinstance(block, Formula)]
        said_in[language] = {word for notation in found for word in re.findall(r'"([^"]+)"', notation)}
    assert {"gap", "cost", "limit", "at"} <= said_in["en"]
    assert {"écart", "coût", "limite", "en"} <= said_in["fr"] and not {"gap", "cost", "at"} & said_in["fr"]
    assert LANGUAGES["fr"].say("proven_gap", gap="8,7 %") == "au plus 8,7 % à économiser"


def test_figures_of_a_tornado_have_their_unit(out: Path) -> None:
    head = "reference,scenario,input,unit,value,low,high,saving_at_low,saving_at_high,swing"
    rows = ("media/duct: Cable: capex,USD/km,1100,700,7000,3,1,2", "economics: years,years,10,5,30,3,2,1")
    rows = (*rows, "all prices at once,,,,,4,1,3")
    (out / "sensitivity.csv").write_text("\n".join([head, *(f"greenfield,sharing,{row}" for row in rows), ""]))
    section = next(each for _, each in read_report(out).walk() if each.key == "sensitivity")
    table = next(block for block in section.blocks if isinstance(block, Table))
    names = [row[0] for row in table.rows]
    assert names[1].endswith("Cable: capex (USD/km)") and names[0] == "all prices at once"
    assert names[2].endswith(": years")


def test_words_in_heads_of_tables_are_not_parted(out: Path) -> None:
    write_report(out, "fr")
    text = "\n".join(page.extract_text() for page in pypdf.PdfReader(out / "report.pdf").pages)
    heads = [
        name
        for _, section in read_report(out, "fr").walk()
        for block in section.blocks
        if isinstance(block, Table)
        for name in block.columns
    ]
    words = {word for name in heads for word in re.findall(r"\w{5,}", name)}
    assert {"actuelle", "Année", "chargée"} <= words
    for word in words:
        parted = "|".join(rf"\b{word[:cut]}[-\u2010\u00ad]\s*{word[cut:]}\b" for cut in range(2, len(word) - 1))
        assert not re.search(parted, text), word


def page_one_in(out: Path, language: str) -> str:
    return "\n".join(text for block in read_report(out, language).first.blocks for text in texts(block))


def test_a_picture_never_comes_between_the_rows_of_a_table(out: Path) -> None:
    (out / "greenfield" / "cashflow.csv").write_text(
        "year,amount,present_value\n" + "".join(f"{year},1000,900\n" for year in range(41))
    )
    head = "reference,scenario,input,value,low,high,saving_at_low,saving_at_high,swing\n"
    rows = (f"greenfield,sharing,media/m{k}: Cable: capex,1,0,2,1,3,2\n" for k in range(20))
    (out / "sensitivity.csv").write_text(head + "".join(rows))
    shutil.copy(out / "comparison.png", out / "sensitivity.png")
    write_report(out)
    pages = [page.extract_text() for page in pypdf.PdfReader(out / "report.pdf").pages]
    first = next(k for k, text in enumerate(pages) if "Money in and out year by year" in text and k > 1)
    caption = "How the saving changes when one figure changes"
    assert any(caption in text for text in pages[: first + 1])
    last = next(k for k, text in enumerate(pages) if k >= first and "36,900" in text)
    after = pages[first].partition("Money in and out year by year")[2]
    assert caption not in after and all(caption not in text for text in pages[first + 1 : last + 1])
    blocks = next(each for _, each in read_report(out).walk() if each.key == "sensitivity").blocks
    assert [type(block) for block in blocks] == [Figure, Table]
    own = f"sensitivity_{shown_folder(out).name}.png"  # of this plan alone: larger on the page
    shutil.copy(out / "comparison.png", out / own)
    figure = next(each for _, each in read_report(out).walk() if each.key == "sensitivity").blocks[0]
    assert isinstance(figure, Figure) and figure.path.name == own


def test_a_plan_that_builds_nothing_has_no_holes(out: Path) -> None:
    shutil.rmtree(out / "sharing")
    shutil.copytree(out / "greenfield", out / "nothing")
    nothing = {"objective_npv": 0.0, "bound_npv": 0.0, "capex_total": 0.0, "opex_per_year_total": 0.0, "costs_npv": {}}
    change(out / "nothing", scenario="nothing", gap=0.0, **nothing)
    for layer in ("sites", "links", "equipment", "costs"):
        with sqlite3.connect(out / "nothing" / "plan.gpkg") as file:
            file.execute(f"DELETE FROM {layer}")
    page = said(read_report(out / "nothing"))
    assert "()" not in page and "–." not in page and "Nothing, neither to build nor to run." in page
    change(out / "nothing", scenario="a")
    (out / "comparison.json").unlink()
    page = said(read_report(out))
    assert "costs nothing" in page and "(– %)" not in page


def test_within_a_budget_the_cost_is_proven_of_plans_that_serve_as_many(out: Path) -> None:
    stages = [
        {"objective": "weight served", "value": 3000.0, "bound": 3100.0, "gap": 0.0333},
        {"objective": "cost", "value": 90_000.0, "bound": 85_000.0, "gap": 0.0555},
    ]
    for name, budget in (("greenfield", 100_000.0), ("sharing", 100_000.0)):
        change(out / name, mode="budget", stages=stages, status="feasible", gap=0.0555, bound_npv=85_000.0)
        ask(out / name, budget=budget)
    page = said(read_report(out))
    assert "no plan for these inputs that serves as many can cost less than USD 85,000" in page
    assert "no plan for these inputs can cost less" not in page and "could still be saved; no plan" not in page
    assert "Served more by sharing" in page
    ask(out / "sharing", budget=200_000.0)
    change(out / "sharing", stages=[stages[0] | {"value": 3050.0}, stages[1]])
    page = said(read_report(out))
    assert "Served more by sharing" not in page and "Served more by “sharing”" in page
    assert "within USD 200,000 instead of USD 100,000" in page


NAMES = [
    "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch" * 3,
    "ሰሜን ሸዋ · Район Ёлкино · 北部区 · जिला · ولاية الجزيرة",
    "<script>alert('x')</script> & #set page(width: 1pt) $x$ *b* \\ `r` \"q\"",
]


@pytest.mark.parametrize("name", NAMES, ids=["very long", "many scripts", "markup"])
def test_any_name_is_set_as_it_is(out: Path, name: str) -> None:
    folder = out / "sharing"
    resolved = load_yaml((folder / "resolved.yaml").read_text(encoding="utf-8"))
    resolved["project"]["name"] = name
    resolved["project"]["assumptions"] = [f"Assumed in {name}."]
    (folder / "resolved.yaml").write_text(dump_yaml(resolved), encoding="utf-8")
    change(folder, assumptions=[f"Assumed in {name}."], licences={f"{name}.gpkg": name})
    page, paper = write_report(folder)
    assert name in "".join(read_page(page).text)
    reader = pypdf.PdfReader(paper)
    assert len(reader.pages) < 30 and reader.metadata is not None and name in str(reader.metadata.title)
    if name.isascii():
        assert squeezed(name) in squeezed(pdf_text(paper))


def test_letters_that_no_font_has_are_confessed(tmp_path: Path) -> None:
    fonts = lend_fonts(tmp_path / "fonts")
    assert not unset_letters("Ёлкино, Ελλάς, façade", fonts)
    assert unset_letters("a\U0001e900b", fonts) == {"\U0001e900"}, "Adlam, which hardly a machine can set"


def test_a_single_scenario_makes_no_comparison(published: Path) -> None:
    report = read_report(published / "greenfield")
    assert "comparison" not in {section.key for section in report.sections}
    assert "sharing" not in report.subtitle and "recommended" not in report.subtitle.lower()
    assert (published / "greenfield" / "report.pdf").is_file()


def test_pictures_and_tables_beside_the_plan_are_shown(out: Path) -> None:
    (out / "greenfield" / "maps").mkdir(exist_ok=True)
    (out / "sharing" / "maps").mkdir(exist_ok=True)
    for folder in ("greenfield", "sharing"):
        Image.new("RGBA", (300, 200), "#3366cc80").save(out / folder / "maps" / "served.png")
    rows = "\n".join(f"premises_opex,{value},{1e6 + value},true" for value in range(40))
    (out / "sensitivity.csv").write_text(f"parameter,value_usd,objective_npv,proven\n{rows}\n")
    report = read_report(out)
    captions = [block.caption for block in report.blocks() if isinstance(block, Figure)]
    assert "Who is served and who is left out" in captions
    extra = next(part for _, part in report.walk() if part.key == "sensitivity")
    table = extra.blocks[0]
    assert isinstance(table, Table) and table.columns == ("Parameter", "Value USD", "Objective NPV", "Proven")
    assert table.rows[3] == ("premises_opex", "3", "1,000,003", "yes")
    assert table.note == "The first 20 of 40 rows; the rest is in sensitivity.csv."


def test_of_maps_of_two_scenarios_that_of_the_recommended_one_is_shown(out: Path) -> None:
    """`difference.png` is of the first two scenarios; of a third one there is one of its own."""
    (out / "maps").mkdir(exist_ok=True)
    for name in ("difference", "difference_greenfield", "difference_sharing"):
        Image.new("RGB", (300, 200)).save(out / "maps" / f"{name}.png")
    names = {block.path.name for block in read_report(out).blocks() if isinstance(block, Figure)}
    assert len(names & {"difference_greenfield.png", "difference_sharing.png"}) == 1 and "difference.png" not in names


# What is wrong with the input


def test_faults_are_told_at_once(out: Path) -> None:
    (out / "sharing" / "resolved.yaml").write_text("{")
    (out / "greenfield" / "plan.gpkg").unlink()
    with pytest.raises(InputError) as caught:
        read_report(out)
    message = caught.value.message()
    assert "resolved.yaml" in message and "plan.gpkg" in message and len(caught.value.faults) == 2


def test_a_summary_without_its_keys_is_told(tmp_path: Path) -> None:
    (tmp_path / "summary.json").write_text("{}")
    (tmp_path / "resolved.yaml").write_text("{}")
    with pytest.raises(InputError) as caught:
        read_report(tmp_path)
    assert "summary.json: targets: the key is absent; plan the scenario again" in caught.value.message()


def test_the_command_writes_both_and_names_them(out: Path) -> None:
    for name in ("report.html", "report.pdf"):
        (out / name).unlink()
    run = CliRunner().invoke(app, ["report", str(out), "--country", "KEN"])
    assert run.exit_code == 0 and str(out / "report.pdf") in run.output.replace("\n", "")
    assert (out / "report.html").is_file() and not list(out.glob(".*tmp"))
    page = (out / "report.html").read_text("utf-8").replace("&#39;", "'")
    assert "no grid of KEN, so the world's mean stands" in page and "no country is named" not in page


def test_a_report_in_french_has_maps_in_french(out: Path) -> None:
    run = CliRunner().invoke(app, ["report", str(out), "--language", "fr"])
    assert run.exit_code == 0, run.output
    figures = [block.path for block in read_report(out, "fr").blocks() if isinstance(block, Figure)]
    assert len(figures) > 8 and all(path.name.endswith("-fr.png") for path in figures), figures
    beside = {f"{name}-fr.png" for name in ("comparison", "sensitivity") if (out / f"{name}.png").is_file()}
    assert "comparison-fr.png" in beside and beside <= {path.name for path in figures}
    drawn = {path: path.stat().st_mtime_ns for path in figures}
    assert CliRunner().invoke(app, ["report", str(out), "--lang", "fr"]).exit_code == 0
    assert {path: path.stat().st_mtime_ns for path in figures} == drawn  # once is enough


@pytest.mark.parametrize("how", ["nowhere", "language", "picture", "table"])
def test_a_users_mistake_ends_with_2_and_no_half_report(out: Path, how: str) -> None:
    for name in ("report.html", "report.pdf"):
        (out / name).unlink()
    arguments = {"nowhere": [str(out / "none")], "language": [str(out), "--language", "tlh"]}.get(how, [str(out)])
    if how == "picture":
        for name in ("greenfield", "sharing"):
            for picture in (out / name).rglob("*.png"):
                picture.write_bytes(b"no picture")
    if how == "table":
        (out / "frontier.csv").write_bytes(b"\xff\xfe\x00")
    run = CliRunner().invoke(app, ["report", *arguments])
    assert run.exit_code == 2 and "Traceback" not in run.output
    assert not (out / "report.html").exists() and not (out / "report.pdf").exists()


def test_a_project_says_which_language_its_maps_and_reports_speak(out: Path) -> None:
    for folder in (out / "greenfield", out / "sharing"):
        written = load_yaml((folder / "resolved.yaml").read_text(encoding="utf-8"))
        written["project"]["language"] = "fr"
        (folder / "resolved.yaml").write_text(dump_yaml(written), encoding="utf-8")
    for stale in (*out.rglob("maps"), *out.glob("*.png")):
        shutil.rmtree(stale) if stale.is_dir() else stale.unlink()
    publish_comparison([out / "greenfield", out / "sharing"], out)
    assert {path.name for path in out.glob("*.png")} >= {"comparison-fr.png"}
    assert not (out / "comparison.png").exists()
    assert {path.name for path in (out / "maps").iterdir()} == {
        f"{kind}-fr.png" for kind in ("scenarios", "difference", "waterfall")
    }
    assert 'lang="fr"' in (out / "report.html").read_text(encoding="utf-8")[:300]
    run = CliRunner().invoke(app, ["map", str(out / "sharing"), "--kind", "served"])
    assert run.exit_code == 0 and (out / "sharing" / "maps" / "served-fr.png").is_file(), run.output
    page, _ = write_report(out / "sharing")
    assert 'lang="fr"' in page.read_text(encoding="utf-8")[:300]
    page, _ = write_report(out / "sharing", "en")  # what the command line says goes first
    assert 'lang="en"' in page.read_text(encoding="utf-8")[:300]
