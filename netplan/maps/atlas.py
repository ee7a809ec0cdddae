"""Every kind of map by name, and the sets that are drawn of one plan and of several."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import matplotlib

from netplan.catalogue.labels import in_language
from netplan.errors import Fault, InputError
from netplan.maps.charts import frontier_sheet, waterfall_sheet
from netplan.maps.coverage import has_field, rate_sheet, server_sheet, signal_sheet
from netplan.maps.draw import plan_sheet
from netplan.maps.fonts import settings
from netplan.maps.languages import ENGLISH, LANGUAGES, Language
from netplan.maps.money import cost_sheet
from netplan.maps.overview import overview_sheet
from netplan.maps.page import A4, PAGES, Page
from netplan.maps.people import before_after_sheet, people_sheet
from netplan.maps.read import WrittenPlan, read_written
from netplan.maps.scenarios import difference_sheet, scenarios_sheet
from netplan.maps.scene import Scene, read_scene
from netplan.maps.sheet import Sheet
from netplan.maps.traffic import backhaul_sheet, load_sheet
from netplan.maps.write import FORMATS, save

Draw = Callable[[WrittenPlan, Scene, Page, Language], Sheet]
OF_ONE: dict[str, Draw] = {
    "plan": plan_sheet,
    "overview": overview_sheet,
    "coverage": rate_sheet,
    "server": server_sheet,
    "signal": signal_sheet,
    "served": people_sheet,
    "before_after": before_after_sheet,
    "backhaul": backhaul_sheet,
    "load": load_sheet,
    "cost_per_person": cost_sheet,
}
"""Maps of one plan."""
OF_SEVERAL = ("scenarios", "difference", "waterfall", "frontier")
"""Sheets of several plans, or of what stands beside them."""
KINDS = (*OF_ONE, *OF_SEVERAL)
FOLDER = "maps"
SET_DPI = 150
"""Of the set that is drawn without being asked for: sharp on a screen and in a report, and quick."""


@dataclass(frozen=True)
class Wish:
    """What to draw, and how. Empty `kinds`: all that can be drawn."""

    kinds: tuple[str, ...] = ()
    formats: tuple[str, ...] = ("png",)
    page: Page = A4
    language: Language = ENGLISH
    dpi: int | None = None

    @property
    def sheet(self) -> Page:
        """The page at the wished resolution."""
        return self.page if self.dpi is None else replace(self.page, dpi=self.dpi)

    def file(self, folder: Path, kind: str, suffix: str) -> Path:
        """Where a sheet is written: its kind, and its page and language where they are not the usual."""
        marks = [kind]
        marks += [self.page.name] if self.page.name != A4.name else []
        marks += [self.language.code] if self.language.code != ENGLISH.code else []
        return folder / FOLDER / f"{'-'.join(marks)}.{suffix}"


def wish(
    kinds: str | None = None, formats: str | None = None, page: str | None = None, language: str | None = None
) -> Wish:
    """A wish from the words of a command line, each a comma-separated list.

    Raises:
        InputError: words that name nothing; all of them at once.
    """
    faults: list[Fault] = []

    def known(asked: str | None, option: str, names: Sequence[str], usual: Sequence[str]) -> tuple[str, ...]:
        found = [word.strip().lower().replace("-", "_") for word in (asked or "").split(",") if word.strip()]
        for word in found:
            if word not in names:
                faults.append(Fault(option, f"`{word}` is none", f"use one of {', '.join(names)}"))
        return tuple(dict.fromkeys(found)) or tuple(usual)

    named = known(kinds, "--kind", KINDS, ())
    suffixes = known(formats, "--format", FORMATS, ("png",))
    pages = known(page, "--page", tuple(PAGES), (A4.name,))
    spoken = known(language, "--language", tuple(LANGUAGES), (ENGLISH.code,))
    for option, words in (("--page", pages), ("--language", spoken)):
        if len(words) > 1:
            faults.append(Fault(option, ", ".join(words), "name one"))
    if faults:
        raise InputError(faults)
    return Wish(named, suffixes, PAGES[pages[0]], LANGUAGES[spoken[0]])


def draw_map(
    folder: Path, project_folder: Path | None, target: Path, kind: str = "plan", language: Language = ENGLISH
) -> Path:
    """Draw one map of a written plan (A4 landscape, 200 dpi).

    Args:
        folder: a scenario folder (`plan.gpkg`, `summary.json`, `resolved.yaml`).
        project_folder: where paths in the project file start, for relief, boundary, exclusions and names of
            places; None, or files since gone: the map does without them.
        target: the PNG, SVG or PDF to write; it appears whole or not at all.
        kind: one of OF_ONE.
        language: of its words.

    Raises:
        InputError: the folder does not hold a written plan.
    """
    plan = in_words_of(read_written(folder), language)
    scene = read_scene(plan, project_folder)
    with matplotlib.rc_context(settings(scene.face)):
        return save(OF_ONE[kind](plan, scene, A4, language), target)


def draw_maps(
    folder: Path, project_folder: Path | None, wanted: Wish = Wish(), poster: Path | None = None
) -> list[Path]:
    """Draw maps of one written plan into its folder `maps/`; nothing is solved.

    Kinds of several plans are left to `draw_comparisons`. Without named kinds, those whose data the plan lacks are
    left out, and on other pages than A4 the overview, which has a size of its own.

    `poster`: where the map of the plan is drawn before them, as `draw_map` does: the ground is read once for all.

    Raises:
        InputError: the folder does not hold a written plan, or lacks what a named kind needs.
    """
    plan = in_words_of(read_written(folder), wanted.language)
    scene = read_scene(plan, project_folder)
    usual = [kind for kind in OF_ONE if kind != "overview" or wanted.page.name == A4.name]
    kinds = [
        kind
        for kind in OF_ONE
        if kind in wanted.kinds or (not wanted.kinds and kind in usual and _possible(plan, kind))
    ]
    made: list[Path] = []
    with matplotlib.rc_context(settings(scene.face)):
        if poster is not None:
            made.append(save(plan_sheet(plan, scene, A4, wanted.language), poster))
        for kind in kinds:
            drawn = OF_ONE[kind](plan, scene, wanted.sheet, wanted.language)
            made += [save(drawn, wanted.file(folder, kind, suffix)) for suffix in wanted.formats]
    return made


def in_words_of(plan: WrittenPlan, language: Language) -> WrittenPlan:
    """The plan with the catalogue's labels in a language, where the catalogue has them."""
    return plan if language == ENGLISH else replace(plan, catalogue=in_language(plan.catalogue, language.code))


def _possible(plan: WrittenPlan, kind: str) -> bool:
    return {
        "coverage": lambda: has_field(plan),
        "server": lambda: has_field(plan, further=True),
        "signal": lambda: has_field(plan, further=True),
    }.get(kind, lambda: True)()


def draw_comparisons(
    folders: Sequence[Path], out: Path, project_folder: Path | None, wanted: Wish = Wish()
) -> list[Path]:
    """Draw sheets of several written plans into `out/maps/`; the first plan is the reference.

    Sheets: scenarios side by side; what each changes against the first (`difference`, further ones with the
    scenario's name); the waterfall likewise; the frontier where `frontier.csv` stands in `out` or in a plan's folder.

    Raises:
        InputError: a folder does not hold a written plan, or a file beside them cannot be read.
    """
    plans = [in_words_of(read_written(folder), wanted.language) for folder in folders]
    kinds = [kind for kind in OF_SEVERAL if not wanted.kinds or kind in wanted.kinds]
    if not plans or not kinds:
        return []
    scene = read_scene(plans[0], project_folder, tuple(plans[1:]))
    made: list[Path] = []
    page, language = wanted.sheet, wanted.language

    def keep(name: str, drawn: Sheet) -> None:
        made.extend(save(drawn, wanted.file(out, name, suffix)) for suffix in wanted.formats)

    with matplotlib.rc_context(settings(scene.face)):
        if "scenarios" in kinds and len(plans) > 1:
            keep("scenarios", scenarios_sheet(plans, scene, page, language))
        for rank, plan in enumerate(plans[1:]):
            mark = "" if rank == 0 else f"_{plan.folder.name}"
            if "difference" in kinds:
                keep(f"difference{mark}", difference_sheet(plans[0], plan, scene, page, language))
            if "waterfall" in kinds:
                keep(f"waterfall{mark}", waterfall_sheet(out, plans[0], plan, scene, page, language))
        found = [(out / "frontier.csv", plans[0]), *((plan.folder / "frontier.csv", plan) for plan in plans)]
        frontier = next(((path, plan) for path, plan in found if path.is_file()), None)
        if "frontier" in kinds and frontier is not None:
            keep("frontier", frontier_sheet(*frontier, scene, page, language))
    _nothing_of(wanted, kinds, made, out)
    return made


def _nothing_of(wanted: Wish, kinds: Sequence[str], made: Sequence[Path], out: Path) -> None:
    """Kinds that were named and could not be drawn are told, not passed over."""
    faults = []
    for kind in kinds if wanted.kinds else []:
        if not any(path.name.startswith(kind) for path in made):
            lacking = "no frontier.csv" if kind == "frontier" else "fewer than two written plans"
            to_do = "run `netplan frontier` first" if kind == "frontier" else "name the folder above the scenarios"
            faults.append(Fault(f"{out}: {kind}", lacking, to_do))
    if faults:
        raise InputError(faults)
