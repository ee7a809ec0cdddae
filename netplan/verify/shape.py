"""Whether a file that says keys and values has the keys, and values of the types, that the audit counts on."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from netplan.verify.finding import Finding

WORDS = {
    "missing": "the key",
    "float_type": "a number",
    "finite_number": "a finite number",
    "int_type": "a whole number",
    "string_type": "text",
    "bool_type": "true or false",
    "dict_type": "a table of keys",
    "model_type": "a table of keys",
    "list_type": "a list",
}
"""Kind of mistake -> what should be there, as a planner says it."""
LONGEST = 40


class Table(BaseModel):
    """A table of keys: text is no number and a number no text; keys of a later version may stand beside."""

    model_config = ConfigDict(strict=True, extra="allow", allow_inf_nan=False)


def misshapen(shape: type[Table], data: Any, rule: str, file: str) -> list[Finding]:
    """Every key that is missing or of a wrong type, with its path (`stages.0.gap`)."""
    try:
        shape.model_validate(data)
    except ValidationError as error:
        return [_finding(fault, rule, file) for fault in error.errors(include_url=False)]
    return []


def _finding(fault: Any, rule: str, file: str) -> Finding:
    expected = WORDS.get(fault["type"], str(fault["msg"]).removeprefix("Input should be "))
    found = "no such key" if fault["type"] == "missing" else json.dumps(fault["input"], default=str)
    found = found if len(found) <= LONGEST else f"{found[:LONGEST]}…"
    return Finding(rule, file, ".".join(map(str, fault["loc"])), found, expected)
