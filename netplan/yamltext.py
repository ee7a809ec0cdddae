"""YAML by the compiled reader and writer where PyYAML has them: settings are long, and Python's own are 5 to 7 times
slower. Wheels of PyYAML bring them; a bare source build may not."""

from __future__ import annotations

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


def load_yaml(text: str) -> Any:
    """What a text in YAML says.

    Raises:
        YAMLError: it is not valid.
        ValueError, RecursionError: a date that is none, brackets without end.
    """
    return yaml.load(text, Loader=SafeLoader)


def dump_yaml(data: Any) -> str:
    """The text of numbers, words, lists and mappings, whose keys stay in their order."""
    text: str = yaml.dump(data, Dumper=SafeDumper, sort_keys=False, allow_unicode=True, width=WIDTH)
    return text
