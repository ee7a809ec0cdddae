"""Reads one YAML file of the catalogue into its type, with every fault as a planner can mend it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ValidationError

from netplan.errors import Fault

Entry = TypeVar("Entry", bound=BaseModel)
if TYPE_CHECKING:
    from yaml import SafeLoader as _SafeLoader
else:
    # the C parser is some ten times faster; wheels of PyYAML bring it, a bare source build may not
    _SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def nearest(word: str, known: Iterable[str]) -> str:
    """Advice in words: the known word most like `word`, else the list of what is known."""
    names = sorted(known)
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.5)
    return f"did you mean {close[0]!r}?" if close else f"use one of: {', '.join(names) or '(none)'}"


def read_yaml(file: Path) -> tuple[dict[str, Any] | None, list[Fault]]:
    """The mapping that a YAML file holds; None with faults when it is not readable as one."""
    try:
        content = yaml.load(file.read_text(encoding="utf-8"), Loader=_Strict)
    except (yaml.YAMLError, ValueError, RecursionError, OSError) as error:
        return None, [Fault(str(file), _one_line(error), "make it valid YAML")]
    if not isinstance(content, dict):
        return None, [
            Fault(
                str(file),
                f"a {type(content).__name__}, not keys and values",
                "write `key: value` lines",
            )
        ]
    return content, []


def parse(content: dict[str, Any], model: type[Entry], file: Path) -> tuple[Entry | None, list[Fault]]:
    """`content` as a `model`; None with one fault per wrong key when it does not fit."""
    try:
        return model.model_validate(content), []
    except ValidationError as error:
        return None, [_fault(dict(details), model, file) for details in error.errors()]


class _Strict(_SafeLoader):
    """A safe loader to which a key given twice is an error: the second would silently win."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, str) and key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"key {key!r} is given twice", key_node.start_mark)
            if isinstance(key, str):
                seen.add(key)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        return mapping


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
