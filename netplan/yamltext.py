"""YAML by the compiled reader and writer where PyYAML has them: settings are long, and Python's own are 5 to 7 times
slower. Wheels of PyYAML bring them; a bare source build may not. `netplan.yaml` itself, which is short and typed by
hand, is read by Python's own, whose messages are clearer."""

from __future__ import annotations

import pickle
import re
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import yaml
from yaml import YAMLError

__all__ = ["SafeLoader", "YAMLError", "dump_yaml", "load_yaml"]

if TYPE_CHECKING:
    from yaml import SafeDumper, SafeLoader
else:
    SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    SafeDumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)

WIDTH = 120
DEEPEST = 500
"""levels of brackets or dashes; the compiled reader ends the process at some ten thousand"""
LONG = 4_000
"""letters of a text that is worth keeping"""
KEPT = 16
"""texts whose content is kept: every room that shows or audits a plan reads its settings again"""
_BRACKET = re.compile(r"[\[\]{}]")
_RUN = re.compile(rf"(?:[-?:] +){{{DEEPEST}}}")


def load_yaml(text: str, loader: type[SafeLoader] = SafeLoader) -> Any:
    """What a text in YAML says.

    Raises:
        YAMLError: it is not valid, or nested more than DEEPEST levels deep.
        ValueError: a date that is none.
    """
    if loader is not SafeLoader or len(text) < LONG:
        return _loaded(text, loader)
    try:
        return pickle.loads(_packed(text))  # a copy of its own for everyone who asks
    except RecursionError:  # as deep as is allowed, asked for from deep down
        return _loaded(text, loader)


@lru_cache(maxsize=KEPT)
def _packed(text: str) -> bytes:
    return pickle.dumps(_loaded(text, SafeLoader))


def _loaded(text: str, loader: type[SafeLoader]) -> Any:
    if _too_deep(text):
        raise YAMLError(f"nested more than {DEEPEST} levels deep")
    return yaml.load(text, Loader=loader)


def _too_deep(text: str) -> bool:
    if _RUN.search(text):
        return True
    if text.count("[") + text.count("{") <= DEEPEST:
        return False
    return max(accumulate(1 if each in "[{" else -1 for each in _BRACKET.findall(text))) > DEEPEST


def dump_yaml(data: Any) -> str:
    """The text of numbers, words, lists and mappings, whose keys stay in their order, letters of any script as such."""
    told: dict[str, Any] = {"sort_keys": False, "allow_unicode": True, "width": WIDTH}
    try:
        text: str = yaml.dump(data, Dumper=SafeDumper, **told)
    except UnicodeEncodeError:  # a file's name that is no text
        text = r"\U"
    # The compiled writer writes Adlam, for one, by its numbers.
    return str(yaml.dump(data, Dumper=yaml.SafeDumper, **told)) if r"\U" in text else text
