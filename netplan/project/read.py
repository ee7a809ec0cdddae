"""From `netplan.yaml` (and a scenario of it) to one validated project; every fault with the key it is at."""

from __future__ import annotations

import difflib
import types
import typing
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from netplan.errors import Fault, InputError
from netplan.project.operators import operator_rules, slug
from netplan.project.parties import Party
from netplan.project.schema import COMMUNITY, PEOPLE_CLASSES, SENSORS, Project
from netplan.project.wanted import wanted
from netplan.project.without_faults import without_faults
from netplan.yamltext import YAMLError, load_typed

PROJECT_FILE = "netplan.yaml"
BASE = "base"
HIGHEST_RAIN_MM_PER_H = 300.0

Keys = tuple[str, ...]


@dataclass(frozen=True)
class LoadedProject:
    """One scenario of a project, merged and validated, and where it came from."""

    project: Project
    folder: Path
    """Paths in the project file are relative to this folder."""
    file: Path
    scenario: str
    party: Party | None = None
    """The operators whose plan this is, in a project with `operators`; None: everybody as one."""

    def of(self, party: Party) -> LoadedProject:
        """The same scenario for these operators: their share of subscribers, and a folder of its own for one alone."""
        project = self.project.model_copy(update={"market_share": party.share})
        alone = len(party.operators) == 1 and not party.levers
        name = f"{self.scenario}/{slug(party.operators[0].name)}" if alone else self.scenario
        return replace(self, project=project, party=party, scenario=name)


def read_project(path: Path, scenario: str | None = None) -> LoadedProject:
    """Read PROJECT (a folder with `netplan.yaml`, or a YAML file) with a scenario laid over it.

    Raises InputError with every fault: key path, what was found, what to do.
    """
    file = project_file(path)
    raw = _load(file)
    overlay = _overlay(raw, scenario, file.name)
    base = {key: value for key, value in raw.items() if key != "scenarios"}
    merged = _without_nulls(deep_merge(base, overlay))
    project, faults = _validate(merged)
    if faults or project is None:
        raise InputError([_placed(keys, found, to_do, file.name, overlay, scenario) for keys, found, to_do in faults])
    return LoadedProject(project, file.parent, file, scenario or BASE)


def read_scenarios(project: Path, scenarios: Sequence[str | None]) -> list[LoadedProject]:
    """Every scenario's merged project.

    Raises:
        InputError: with the faults of all scenarios at once, each told once.
    """
    loaded, faults = [], []
    for name in scenarios:
        try:
            loaded.append(read_project(project, name))
        except InputError as error:
            faults += [fault for fault in error.faults if fault not in faults]
    if faults:
        raise InputError(faults)
    return loaded


def scenario_names(path: Path) -> list[str]:
    """Names of the scenarios of PROJECT, in the order written (the base is not among them)."""
    file = project_file(path)
    return list(_scenarios(_load(file), file.name))


def project_file(path: Path) -> Path:
    """The YAML file behind PROJECT, absolute. Raises InputError when there is none."""
    path = Path(path).resolve()
    if path.is_dir():
        file = path / PROJECT_FILE
        if not file.is_file():
            others = sorted(p.name for p in path.glob("*.y*ml"))
            hint = f"give one of its YAML files ({', '.join(others)})" if others else "write one with `netplan new`"
            raise InputError(Fault(str(path), f"no {PROJECT_FILE} in this folder", hint))
        return file
    if not path.is_file():
        raise InputError(Fault(str(path), "no such folder or file", f"give a folder holding {PROJECT_FILE}"))
    return path


def deep_merge(base: Mapping[str, Any], overlay: Mapping[str, Any]) -> dict[str, Any]:
    """`overlay` over `base`: mappings are merged key by key, anything else is replaced."""
    merged = dict(base)
    for key, value in overlay.items():
        below = merged.get(key)
        merged[key] = deep_merge(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return merged


# --- YAML ------------------------------------------------------------------------------------------------


def _load(file: Path) -> dict[str, Any]:
    try:
        raw = load_typed(file.read_text(encoding="utf-8"))
        endless = _names_itself(raw, set(), set())
    except UnicodeDecodeError as error:
        raise InputError(Fault(file.name, "not UTF-8 text", "save it as UTF-8 YAML")) from error
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{file.name}: line {mark.line + 1}, column {mark.column + 1}" if mark else file.name
        problem = getattr(error, "problem", None) or str(error)
        raise InputError(Fault(place, f"not valid YAML: {problem}", "correct it here or on the line above")) from error
    except (ValueError, RecursionError) as error:  # a number of too many digits, brackets without end
        said = str(error).splitlines()[0] if isinstance(error, ValueError) else "nested too deeply"
        raise InputError(Fault(file.name, f"not valid YAML: {said}", "correct the value")) from error
    except OSError as error:
        raise InputError(Fault(str(file), error.strerror or str(error), "make the file readable")) from error
    if not isinstance(raw, dict):
        found = "the file is empty" if raw is None else f"a {type(raw).__name__}, not keys and values"
        raise InputError(Fault(file.name, found, "write `key: value` lines; `netplan new` makes a commented example"))
    if endless:
        raise InputError(Fault(file.name, "an anchor (`&`) that holds an alias (`*`) of itself", "write the value out"))
    return {str(key): value for key, value in raw.items()}


def _names_itself(value: Any, above: set[int], done: set[int]) -> bool:
    """Whether a list or mapping holds itself; those of `above` hold this one, those `done` are known not to."""
    if id(value) in above:
        return True
    if not isinstance(value, dict | list) or id(value) in done:
        return False
    parts = value.values() if isinstance(value, dict) else value
    if any(_names_itself(part, above | {id(value)}, done) for part in parts):
        return True
    done.add(id(value))
    return False


def _scenarios(raw: Mapping[str, Any], name: str) -> dict[str, dict[str, Any]]:
    found = raw.get("scenarios") or {}
    if not isinstance(found, dict):
        raise InputError(Fault(f"{name}: scenarios", repr(found), "write `scenarios: {name: {key: value}}`"))
    faults = [
        Fault(f"{name}: scenarios.{key}", repr(value), "write the keys it overrides, or {} for none")
        for key, value in found.items()
        if not (value is None or isinstance(value, dict))
    ]
    faults += [
        Fault(f"{name}: scenarios", f"the name {key!r}", "name it without / and \\ and not .. : it is a folder's name")
        for key in map(str, found)
        if key in (".", "..") or "/" in key or "\\" in key
    ]
    if faults:
        raise InputError(faults)
    return {str(key): dict(value or {}) for key, value in found.items()}


def _overlay(raw: Mapping[str, Any], scenario: str | None, name: str) -> dict[str, Any]:
    scenarios = _scenarios(raw, name)
    if scenario is None or (scenario == BASE and BASE not in scenarios):
        return {}
    if scenario not in scenarios:
        known = ", ".join(scenarios) or "none is defined"
        to_do = f"choose a known scenario ({known}){_nearest(scenario, scenarios)}"
        raise InputError(Fault(f"{name}: scenarios", f"no scenario `{scenario}`", to_do))
    overlay = scenarios[scenario]
    if "scenarios" in overlay:
        place = f"{name}: scenarios.{scenario}.scenarios"
        raise InputError(Fault(place, "scenarios inside a scenario", "define it beside the others"))
    return overlay


def _without_nulls(value: Any) -> Any:
    """An empty key (`towers:`) means its default, so it is dropped; in a scenario this unsets a key of the base."""
    if isinstance(value, dict):
        return {str(key): _without_nulls(item) for key, item in value.items() if item is not None}
    return value


# --- validation ------------------------------------------------------------------------------------------

_KeyFault = tuple[Keys, str, str]


def _validate(merged: dict[str, Any]) -> tuple[Project | None, list[_KeyFault]]:
    """The project, or None, with the faults of its types and, as far as they leave it readable, of its rules."""
    try:
        project = Project.model_validate(merged)
    except ValidationError as error:
        faults = [_key_fault(dict(item)) for item in error.errors(include_url=False)]
        readable = without_faults(merged)
        rules = [] if readable is None else _rules(readable)
        return None, faults + [rule for rule in rules if not any(_within(rule[0], keys) for keys, _, _ in faults)]
    return project, _rules(project)


def _within(keys: Keys, others: Keys) -> bool:
    """Whether one of two places is in the other."""
    short = min(len(keys), len(others))
    return keys[:short] == others[:short]


def _key_fault(item: dict[str, Any]) -> _KeyFault:
    keys = tuple(str(part) for part in item["loc"])
    if item["type"] == "extra_forbidden":
        known = _known_keys(Project, keys[:-1])
        return keys, f"unknown key `{keys[-1]}`", f"remove it or use a known key{_nearest(keys[-1], known, known)}"
    if item["type"] == "missing":
        return keys, "missing", "add this key"
    return keys, _shown(item.get("input")), wanted(keys[-1] if keys else "", item)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _nearest(word: str, known: Iterable[str], otherwise: Iterable[str] = ()) -> str:
    close = difflib.get_close_matches(word, list(known), n=1)
    if close:
        return f"; did you mean `{close[0]}`?"
    options = sorted(otherwise)
    return f" ({', '.join(options)})" if options else ""


def _known_keys(model: type[BaseModel], keys: Keys) -> list[str]:
    """The keys that the section at `keys` may have."""
    current: Any = model
    for key in keys:
        if isinstance(current, type) and issubclass(current, BaseModel):
            field = current.model_fields.get(key)
            current = _inner(field.annotation) if field else None
        else:
            arguments = typing.get_args(current)
            current = _inner(arguments[-1]) if arguments else None
    if isinstance(current, type) and issubclass(current, BaseModel):
        return list(current.model_fields)
    return []


def _inner(annotation: Any) -> Any:
    """`X` of `X | None`."""
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return next((part for part in typing.get_args(annotation) if part is not type(None)), None)
    return annotation


def _rules(project: Project) -> list[_KeyFault]:
    """What the types cannot say: shares in range, classes that exist, keys that need each other."""
    demand, faults = project.demand, list[_KeyFault]()
    classes = project.classes()
    for name, share in project.targets.items():
        if name not in classes:
            faults.append((("targets", name), f"no class `{name}`", _class_to_name(name, classes)))
        if not 0 <= share <= 1:
            faults.append((("targets", name), f"{share:g}", "give a share between 0 and 1"))
    if not project.targets and project.budget is None:
        faults.append((("targets",), "no target", "give the share to be served, e.g. {urban: 0.95, rural: 0.9}"))
    for name in PEOPLE_CLASSES:
        if name not in project.service:
            faults.append((("service", name), "missing", "give rate_mbps, busy_hour_mbps and adoption"))
    reserved = {name: "people" for name in PEOPLE_CLASSES} | {SENSORS: "sensors"}
    reserved |= {COMMUNITY + name: "community service" for name in PEOPLE_CLASSES}
    for name in reserved.keys() & demand.facilities.keys():
        found = f"`{name}` is a class of {reserved[name]}"
        faults.append((("demand", "facilities", name), found, "name it otherwise"))
    for name in project.service:
        if name not in PEOPLE_CLASSES:
            to_do = f"use urban and rural{_nearest(name, PEOPLE_CLASSES)}; facilities carry their own rates"
            faults.append((("service", name), f"no class `{name}`", to_do))
    for name in project.economics.arpu_per_month:
        if name not in classes:
            faults.append((("economics", "arpu_per_month", name), f"no class `{name}`", _class_to_name(name, classes)))
    rain = project.climate.rain_rate_mm_per_h
    if isinstance(rain, float | int) and not 0 <= rain <= HIGHEST_RAIN_MM_PER_H:
        to_do = f"give mm/h exceeded for 0.01 % of the year, 0 to {HIGHEST_RAIN_MM_PER_H:g}, or a raster"
        faults.append((("climate", "rain_rate_mm_per_h"), f"{rain:g}", to_do))
    return [*faults, *_demand_rules(project), *operator_rules(project)]


def _class_to_name(name: str, classes: list[str]) -> str:
    if name.startswith(COMMUNITY):
        return "give `community: {rate_mbps, busy_hour_mbps}` to have community classes"
    if name == SENSORS:
        return "give `demand.sensors: {layer}` to have a class of sensors"
    return f"name a class that exists ({', '.join(classes)}){_nearest(name, classes)}"


def _demand_rules(project: Project) -> list[_KeyFault]:
    demand, faults = project.demand, list[_KeyFault]()
    if demand.population is None and demand.settlements is None:
        to_do = "give `population` (raster) or `settlements` (layer with a population column)"
        faults.append((("demand",), "neither `population` nor `settlements`", to_do))
    if demand.population_total is not None and demand.growth_per_year is not None:
        found = "both `population_total` and `growth_per_year`"
        faults.append((("demand",), found, "give one: each of them alone sets the people of the price year"))
    if demand.growth_per_year is not None and demand.population_year is None:
        faults.append((("demand", "population_year"), "missing", "`growth_per_year` needs the year of the data"))
    return faults


def _placed(keys: Keys, found: str, to_do: str, name: str, overlay: Mapping[str, Any], scenario: str | None) -> Fault:
    """The fault at its key; under `scenarios.NAME` when the scenario is what says it."""
    level: Any = overlay
    for key in keys:
        if not (isinstance(level, Mapping) and key in level):
            return Fault(f"{name}: {'.'.join(keys)}", found, to_do)
        level = level[key]
    return Fault(f"{name}: {'.'.join(('scenarios', str(scenario), *keys))}", found, to_do)
