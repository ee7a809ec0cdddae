"""Reads one YAML file of the catalogue into its type, with every fault as a planner can mend it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from netplan.errors import Fault
from netplan.yamltext import YAMLError, load_typed

Entry = TypeVar("Entry", bound=BaseModel)


def nearest(word: str, known: Iterable[str]) -> str:
    """Advice in words: the known word most like `word`, else the list of what is known."""
    names = sorted(known)
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.5)
    return f"did you mean {close[0]!r}?" if close else f"use one of: {', '.join(names) or '(none)'}"


def read_entry(file: Path, model: type[Entry]) -> tuple[Entry | None, list[Fault]]:
    """What a YAML file says as a `model`; None with faults, one per wrong key, if it is none.

    A file whose text was read before is not parsed again: the entry is the same, and nobody may change it.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        found = "a folder, and no file" if file.is_dir() else f"not readable: {error.strerror}"
        return None, [Fault(str(file), found, "put a YAML file that can be read in its place, or take it away")]
    except ValueError as error:  # not UTF-8
        return None, [Fault(str(file), _one_line(error), "save it as UTF-8")]
    entry, faults = _parsed(text, model, file)
    return entry, list(faults)


@lru_cache(maxsize=1024)
def _parsed(text: str, model: type[Any], file: Path) -> tuple[Any, tuple[Fault, ...]]:
    try:
        content = load_typed(text)
    except (YAMLError, ValueError, RecursionError) as error:
        return None, (Fault(str(file), _one_line(error), "make it valid YAML"),)
    if not isinstance(content, dict):
        found = f"a {type(content).__name__}, not keys and values"
        return None, (Fault(str(file), found, "write `key: value` lines"),)
    try:
        return model.model_validate(content), ()
    except ValidationError as error:
        return None, tuple(_fault(dict(details), model, file) for details in error.errors())


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def _fault(details: dict[str, Any], model: type[BaseModel], file: Path) -> Fault:
    location: tuple[int | str, ...] = details["loc"]
    place = f"{file}: {_dotted(location)}"
    if details["type"] == "extra_forbidden":
        known = _keys_at(model, location[:-1])
        return Fault(place, f"unknown key {location[-1]!r}", nearest(str(location[-1]), known))
    if details["type"] == "missing":
        return Fault(place, "missing", "add it")
    return Fault(place, f"{details['input']!r}", str(details["msg"]))


def _dotted(location: tuple[int | str, ...]) -> str:
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f"{'.' if text else ''}{part}"
    return text


def _keys_at(model: type[BaseModel], location: tuple[int | str, ...]) -> list[str]:
    """Known keys of the model that stands at `location` below `model`."""
    inside = True
    for part in location:
        if isinstance(part, str) and inside and part in model.model_fields:
            below = _model_in(model.model_fields[part].annotation)
            # a mapping of models (grounds) has one more step, its key, which is no field
            inside = below is not None
            model = below or model
    return list(model.model_fields)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for part in get_args(annotation):
        found = _model_in(part)
        if found is not None:
            return found
    return None
