"""Every key of the project file: its type, default and meaning, read from the schema and its docstrings."""

from __future__ import annotations

import ast
import inspect
import json
import textwrap
import types
import typing
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from netplan.project.schema import Project
from netplan.reference.markdown import code, page, table

SIMPLE = {"NoneType": "null", "str": "text", "float": "number", "int": "whole number", "bool": "true or false",
          "Any": "any"}  # fmt: skip
INTRO = """Keys of `netplan.yaml`. Paths are relative to the file; an unknown key is an error that names the nearest
one. `netplan new FOLDER` writes a commented starter. Editors that know JSON Schema can check the file as it is
written: [netplan.schema.json](netplan.schema.json)."""


def project_page() -> str:
    """The page: a section for each block of the file."""
    parts: list[str] = []
    queue: list[tuple[str, type[BaseModel]]] = [("The file", Project)]
    done: set[type[BaseModel]] = {Project}
    while queue:
        title, model = queue.pop(0)
        parts.append(_section(title, model))
        for name, info in model.model_fields.items():
            for inner in _models(info.annotation):
                if inner not in done:
                    done.add(inner)
                    queue.append((f"`{name}`", inner))
    return page("The project file", INTRO, parts)


def project_schema() -> str:
    """JSON Schema of the file, for editors."""
    return json.dumps(Project.model_json_schema(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _section(title: str, model: type[BaseModel]) -> str:
    said = field_words(model)
    rows = [
        (code(name), _type(info.annotation), _limits(info), _default(info), said.get(name, ""))
        for name, info in model.model_fields.items()
    ]
    about = "" if model is Project else inspect.cleandoc(model.__doc__ or "") + "\n\n"
    return f"## {title}\n\n{about}{table(('key', 'value', 'range', 'default', 'meaning'), rows)}"


def field_words(model: type[BaseModel]) -> dict[str, str]:
    """Field -> the string that stands below it in the source."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(model))).body[0]
    assert isinstance(tree, ast.ClassDef)
    said: dict[str, str] = {}
    for before, after in zip(tree.body, tree.body[1:], strict=False):
        named = isinstance(before, ast.AnnAssign) and isinstance(before.target, ast.Name)
        if named and isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
            said[before.target.id] = str(after.value.value)  # type: ignore[attr-defined]
    return said


def _type(annotation: Any) -> str:
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _type(inner[0])
    if origin in (typing.Union, types.UnionType):
        return " or ".join(dict.fromkeys(_type(one) for one in inner))
    if origin is typing.Literal:
        return " or ".join(code(str(one)) for one in inner)
    if origin is tuple:
        return f"list of {_type(inner[0])}" if inner else "list"
    if origin is dict:
        return f"map to {_type(inner[1])}"
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        return "block"
    name = getattr(annotation, "__name__", str(annotation))
    return SIMPLE.get(name, name)


def _models(annotation: Any) -> list[type[BaseModel]]:
    """Blocks inside an annotation."""
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for inner in typing.get_args(annotation) for model in _models(inner)]


def _limits(info: FieldInfo) -> str:
    signs = {"gt": ">", "ge": "≥", "lt": "<", "le": "≤"}
    found = [f"{sign} {getattr(rule, key):g}" for rule in info.metadata for key, sign in signs.items()
             if hasattr(rule, key)]  # fmt: skip
    return ", ".join(found)


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "**required**"
    value = info.default if info.default is not PydanticUndefined else info.get_default(call_default_factory=True)  # type: ignore[call-arg,unused-ignore]
    if isinstance(value, BaseModel):
        return "see below"
    if isinstance(value, dict):
        value = {key: one.model_dump() if isinstance(one, BaseModel) else one for key, one in value.items()}
    return code(json.dumps(value, ensure_ascii=False)) if value not in ((), {}) else ""
