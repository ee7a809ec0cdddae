"""Every kind of map by name: one line a kind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import matplotlib

from netplan.maps.coverage import rate_sheet, server_sheet, signal_sheet
from netplan.maps.draw import plan_sheet
from netplan.maps.fonts import settings
from netplan.maps.languages import ENGLISH, Language
from netplan.maps.page import A4, Page
from netplan.maps.money import cost_sheet
from netplan.maps.people import before_after_sheet, people_sheet
from netplan.maps.traffic import backhaul_sheet, load_sheet
from netplan.maps.read import WrittenPlan, read_written
from netplan.maps.scene import Scene, read_scene
from netplan.maps.sheet import Sheet
from netplan.maps.write import save

Draw = Callable[[WrittenPlan, Scene, Page, Language], Sheet]
KINDS: dict[str, Draw] = {"plan": plan_sheet, "coverage": rate_sheet, "server": server_sheet, "signal": signal_sheet, "people": people_sheet, "before-after": before_after_sheet, "backhaul": backhaul_sheet, "load": load_sheet, "cost": cost_sheet}


def draw_map(folder: Path, project_folder: Path | None, target: Path) -> Path:
    plan = read_written(folder)
    scene = read_scene(plan, project_folder)
    with matplotlib.rc_context(settings(scene.face)):
        return save(plan_sheet(plan, scene, A4, ENGLISH), target)

draw_maps = None
