"""What entries of the catalogue are called in a reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Entries = dict[str, dict[str, Any]]


def in_language(catalogue: Mapping[str, Mapping[str, Mapping[str, Any]]], code: str) -> dict[str, Entries]:
    """The catalogue of a written plan with each `label` in a language where the entry has it so (`labels`).

    Args:
        catalogue: section -> id -> entry, as plain data.
        code: two letters, e.g. `fr`.
    """
    return {section: {key: _named(entry, code) for key, entry in held.items()} for section, held in catalogue.items()}


def _named(entry: Mapping[str, Any], code: str) -> dict[str, Any]:
    own = entry.get("labels")
    text = own.get(code) if isinstance(own, Mapping) else None
    return {**entry, "label": str(text)} if text else dict(entry)
