"""A project with faults, read without them, so that what else is wrong with it can be told in the same run."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from netplan.project.schema import Project

MOST = 100
"""steps of mending"""
STAND_INS: tuple[Any, ...] = ({}, 0.5, "-")
"""what a key that is missing may be"""


def without_faults(raw: Mapping[str, Any]) -> Project | None:
    """The project without the values that are wrong, and with something for the keys that then are missing.

    None where that leads to no project. Only good for rules of keys that had no fault.
    """
    mended: Any = copy.deepcopy(dict(raw))
    tried = Counter[tuple[int | str, ...]]()
    for _ in range(MOST):
        try:
            return Project.model_validate(mended)
        except ValidationError as error:
            place = error.errors(include_url=False)[0]["loc"]
        parent, key = _found(mended, place)
        if parent is None:
            return None
        if isinstance(parent, list) or (key in parent and place not in tried):
            del parent[key]
        elif tried[place] < len(STAND_INS):
            parent[key] = STAND_INS[tried[place]]
            tried[place] += 1
        else:
            return None
    return None


def _found(mended: Any, place: tuple[int | str, ...]) -> tuple[Any, Any]:
    """The mapping or list that holds the deepest part of a place that there is, and its key there; None without one.

    A place may go on in what is no part of the file, such as which of several kinds a value was taken for.
    """
    parent: Any = None
    key: Any = None
    level = mended
    for step in place:
        if isinstance(level, list):
            if not (isinstance(step, int) and step < len(level)):
                break
            parent, key, level = level, step, level[step]
        elif isinstance(level, dict):
            parent, key, level = level, step, level.get(step)
        else:
            break
    return parent, key
