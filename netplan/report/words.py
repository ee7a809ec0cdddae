"""The words of the report, one file a language: `words/<language>.yaml`, a sentence a key, figures in braces.

Words of the data (items, fields and units of the catalogue, states and parties of tables) are English; what they are
called in another language stands in `netplan.datawords`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from netplan.datawords import data_words
from netplan.errors import Fault, InputError
from netplan.language import Language, unbroken
from netplan.report.figures import Numbers
from netplan.yamltext import load_yaml

DEFAULT = "en"


def languages() -> list[str]:
    """The languages that words exist in."""
    folder = files("netplan.report") / "words"
    return sorted(each.name.removesuffix(".yaml") for each in folder.iterdir() if each.name.endswith(".yaml"))


@cache
def sentences(language: str) -> dict[str, str]:
    """Key -> sentence.

    Raises:
        InputError: there are no words in this language.
    """
    if language not in languages():
        to_do = f"use one of: {', '.join(languages())}"
        raise InputError(Fault("report language", repr(language), to_do))
    text = (files("netplan.report") / "words" / f"{language}.yaml").read_text(encoding="utf-8")
    return {key: unbroken(sentence, language) for key, sentence in _flat(load_yaml(text))}


def _flat(tree: dict[str, Any], prefix: str = "") -> Iterable[tuple[str, str]]:
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", str(value)


@dataclass(frozen=True)
class Words:
    """Sentences and numbers of one language."""

    language: str
    known: dict[str, str]
    numbers: Numbers
    data: dict[str, dict[str, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, language: str = DEFAULT) -> Words:
        """The words of a language.

        Raises:
            InputError: there are none.
        """
        known = sentences(language)
        style = {key: known[f"numbers.{key}"] for key in ("decimal", "thousands", "million", "billion")}
        return cls(language, known, Numbers(**style, code=language), data_words(language))

    def __call__(self, key: str, **values: Any) -> str:
        """The sentence of a key, its braces filled."""
        return self.known[key].format(**values).strip()

    @property
    def colon(self) -> str:
        """Between a thing and what is said of it, with the spaces of the language."""
        return self.known["colon"]

    @property
    def semicolon(self) -> str:
        """Between entries of a list that have commas of their own, with the spaces of the language."""
        return self.known["semicolon"]

    def file(self, name: str) -> str:
        """Name of a picture that speaks this language: `comparison.png`, `comparison-fr.png`."""
        stem, _, suffix = name.rpartition(".")
        return name if self.language == DEFAULT else f"{stem}-{self.language}.{suffix}"

    def has(self, key: str) -> bool:
        """There is a sentence of this key."""
        return key in self.known

    def name(self, group: str, key: str) -> str:
        """What a word of the contract (a class, category, status …) is called; an unknown one as it stands."""
        known = self.known.get(f"{group}.{key}") or self.data.get(group, {}).get(key)
        return known if known is not None else key.replace("_", " ").replace("-", " ")

    def item(self, text: str) -> str:
        """An item of the bill."""
        return self.data.get("item", {}).get(text, text)

    def word(self, text: str) -> str:
        """A word that another command wrote into a table: a verdict, a state, a party; an unknown one as it stands."""
        return self.data.get("word", {}).get(text, text)

    def measure(self, unit: str) -> str:
        """A unit of the catalogue, such as `USD/km/year`."""
        if not self.data:
            return unit
        known, one = self.data.get("unit", {}), self.data.get("per", {})
        first, *others = unit.split("/")
        of_one = (one.get(part) or known.get(part) or self.known.get(f"unit.{part}") or part for part in others)
        return "/".join((known.get(first) or self.known.get(f"unit.{first}") or first, *of_one))

    def count(self, key: str, number: float) -> str:
        """So many of a thing: `count.<key>.one` or `.many`."""
        form = "one" if Language(self.language).singular(round(number)) else "many"
        return self(f"count.{key}.{form}", n=self.numbers.fixed(number))

    def listed(self, parts: Iterable[str]) -> str:
        """`a, b and c`."""
        each = list(parts)
        if len(each) < 2:
            return "".join(each)
        return f"{', '.join(each[:-1])} {self('and')} {each[-1]}"
