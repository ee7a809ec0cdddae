"""What to do about a value of a wrong kind in the project file, in a planner's words."""

from __future__ import annotations

from typing import Any

WORDS = {
    "string_type": "write one word or text",
    "tuple_type": "write a list: [a, b]",
    "dict_type": "write `key: value` lines below it",
    "model_type": "write `key: value` lines below it",
    "float_type": "give a number",
    "float_parsing": "give a number",
    "int_type": "give a whole number",
    "int_parsing": "give a whole number",
    "int_from_float": "give a whole number",
    "bool_type": "write yes or no",
    "bool_parsing": "write yes or no",
}
"""Kind of pydantic's fault -> what to do."""


def wanted(key: str, item: dict[str, Any]) -> str:
    """What to do about the value of a key, from pydantic's account of it; its own words stand where they are plain."""
    given, kind = item.get("input"), str(item["type"])
    if kind == "string_type" and key.endswith("crs") and isinstance(given, int):
        return f"write EPSG:{given}"
    if kind == "string_type" and isinstance(given, int):
        return f'put it in quotes: "{given}"'
    if kind == "string_type" and isinstance(given, float):
        return "put it in quotes, as it is written"
    if kind == "tuple_type" and isinstance(given, str | int | float):
        return f"write a list: [{given}]"
    if kind == "string_pattern_mismatch" and key == "country":
        return "give the three capital letters of ISO 3166-1, e.g. RWA"
    if kind in WORDS:
        return WORDS[kind]
    message = str(item["msg"])
    return message[:1].lower() + message[1:].removeprefix("Value error, ")
