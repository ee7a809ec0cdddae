"""YAML as planners type it: a number is what looks like one, and a key stands once."""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import Any

import yaml

KEPT = ("tag:yaml.org,2002:null", "tag:yaml.org,2002:merge")
NUMBER = r"[-+]?(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?"


class TypedByHand(yaml.SafeLoader):
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
                    raise yaml.constructor.ConstructorError(
                        None, None, f"the key `{key}` is written twice", key_node.start_mark
                    )
                seen.add(key)
        return super().construct_mapping(node, deep)


TypedByHand.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag in KEPT]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
TypedByHand.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"[-+]?(?:0|[1-9][0-9_]*)$"), list("-+0123456789")
)
TypedByHand.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(rf"(?:{NUMBER}|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$"),
    list("-+0123456789."),
)
