"""What the stages noticed of the data, in another language: their English sentences, known by what stands in them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from netplan.datawords import data_words
from netplan.language import SIGNS, Language

NUMBER = re.compile(r"[\d,]*\d(\.\d+)?")
PERCENT = re.compile(r"([\d,.]*\d) ?%")


def remark(text: str, language: str, group: str = "remark") -> str:
    """The remark in this language; as it stands where it is not known there.

    `group`: of the words of the data, what the sentence is one of.
    Figures get the signs of the language, names and reasons of the data stay as they are.
    """
    spoken = Language(language, *SIGNS.get(language, SIGNS["en"]))
    for pattern, said in _known(language, group):
        if found := pattern.fullmatch(text):
            return said.format(**{key: _figure(value, spoken) for key, value in found.groupdict().items()})
    return text


def _figure(text: str, spoken: Language) -> str:
    if found := PERCENT.fullmatch(text):
        return spoken.percent(found[1])
    if not NUMBER.fullmatch(text):
        return text
    return spoken.figures(text)


@cache
def _known(language: str, group: str) -> list[tuple[re.Pattern[str], str]]:
    return list(_patterns(data_words(language).get(group, {}).items()))


def _patterns(pairs: Iterable[tuple[str, str]]) -> Iterable[tuple[re.Pattern[str], str]]:
    for english, said in pairs:
        parts = re.split(r"\{(\w+)\}", english)
        named = (f"(?P<{part}>.+?)" if odd % 2 else re.escape(part) for odd, part in enumerate(parts))
        yield re.compile("".join(named), re.DOTALL), said
