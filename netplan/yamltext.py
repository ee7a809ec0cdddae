"""YAML by the compiled reader and writer where PyYAML has them: settings are long, and Python's own are 5 to 7 times
slower. Wheels of PyYAML bring them; a bare source build may not. What netplan wrote is read as YAML; what people type,
`netplan.yaml` and the catalogue, with words as words and every key once."""

from __future__ import annotations

import pickle
import re
from collections.abc import Hashable
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import yaml
from yaml import YAMLError
from yaml.constructor import ConstructorError, SafeConstructor
from yaml.resolver import Resolver

__all__ = ["YAMLError", "dump_yaml", "load_typed", "load_yaml"]

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
TEXTS = 16
"""texts whose content is kept: every room that shows or audits a plan reads its settings again"""
_BRACKET = re.compile(r"[\[\]{}]")
_RUN = re.compile(rf"(?:[-?:] +){{{DEEPEST}}}")
KEPT = ("tag:yaml.org,2002:null", "tag:yaml.org,2002:merge")
NUMBER = r"[-+]?(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?"


class _Typed(SafeConstructor, Resolver):
    """YAML that refuses a key written twice (plain YAML silently keeps the last) and takes words as words.

    YAML 1.1 reads `01000` as octal, `12:30` in base 60, and `NO` and `on` as truth values, which count as 0 and 1 where
    a number is wanted. Here `01000` is a thousand, the others are text; what wants yes or no understands that.
    """

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = getattr(key_node, "value", None)
            if isinstance(key, str) and key != "<<":
                if key in seen:
                    raise ConstructorError(None, None, f"the key `{key}` is written twice", key_node.start_mark)
                seen.add(key)
        return super().construct_mapping(node, deep)


_Typed.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag in KEPT]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Typed.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"[-+]?(?:0|[1-9][0-9_]*)$"), list("-+0123456789"))
_Typed.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(rf"(?:{NUMBER}|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$"),
    list("-+0123456789."),
)


class _Fast(_Typed, SafeLoader):
    pass


class _Clear(_Typed, yaml.SafeLoader):
    pass


def load_yaml(text: str) -> Any:
    """What a text in YAML says.

    Raises:
        YAMLError: it is not valid, or nested more than DEEPEST levels deep.
        ValueError: a date that is none.
    """
    if len(text) < LONG:
        return _loaded(text, SafeLoader)
    try:
        return pickle.loads(_packed(text))  # a copy of its own for everyone who asks
    except RecursionError:  # as deep as is allowed, asked for from deep down
        return _loaded(text, SafeLoader)


@lru_cache(maxsize=TEXTS)
def _packed(text: str) -> bytes:
    return pickle.dumps(_loaded(text, SafeLoader))


def load_typed(text: str) -> Any:
    """What a text in YAML says that somebody typed: numbers are what looks like one, words and dates are text.

    Raises:
        YAMLError: it is not valid, a key stands twice in it, or it is nested more than DEEPEST levels deep.
        ValueError: a number of too many digits.
        RecursionError: it is faulty and nested some 300 levels deep.
    """
    try:
        return _loaded(text, _Fast)
    except yaml.MarkedYAMLError:
        return _loaded(text, _Clear)  # Python's own says more clearly what is wrong


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
