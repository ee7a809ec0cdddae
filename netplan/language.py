"""A reader's language: its signs in numbers, and the phrases of whoever speaks it. Each room holds its own phrases."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

NARROW = "\u202f"
"""The narrow space at which no line breaks: between thousands, and before a sign."""
WIDE = "\u00a0"
"""That of a word's width: before a currency, which a narrow one runs into the digits."""
Phrases = Mapping[str, Mapping[str, str]]
"""Key -> code of a language -> phrase, with named places for values, e.g. `{count}`."""
SIGNS = {"en": (",", "."), "fr": (NARROW, ",")}
"""Code -> what parts thousands, and the decimal sign."""


AFTER = frozenset({"fr"})
"""Codes of languages that set the currency after the number, and a sign after a space that no line breaks at."""


def sum_of(currency: str, size: str, code: str) -> str:
    """A sum from its currency and its size, which may end in a word: `USD 12,345`, `12 345 USD`."""
    return f"{size.replace(' ', WIDE)}{WIDE}{currency}" if code in AFTER else f"{currency} {size}"


def percent_sign(code: str) -> str:
    """The sign with the space before it."""
    return f"{NARROW}%" if code in AFTER else " %"


@cache
def unbroken(text: str, code: str) -> str:
    """A text whose lines do not break before a sign that the language sets apart: ` :`, ` ?`, `« … »`."""
    if code not in AFTER:
        return text
    return re.sub(r" (?=[;?!%])", NARROW, re.sub(r" (?=[:»])|(?<=«) ", WIDE, text))


@dataclass(frozen=True)
class Language:
    """One language: its code, its signs in numbers, and its phrases."""

    code: str = "en"
    thousands: str = ","
    decimal: str = "."
    phrases: Phrases = field(default_factory=dict, compare=False, repr=False)

    def say(self, key: str, **values: object) -> str:
        """A phrase with its values filled in."""
        return unbroken(self.phrases[key][self.code], self.code).format(**values)

    def count(self, key: str, number: float, shown: str = "", **values: object) -> str:
        """A phrase that counts, in the form for this number, rounded: `1 link`, `1,204 links`; `shown` in its place."""
        one, _, more = unbroken(self.phrases[key][self.code], self.code).partition("|")
        whole = round(number)
        return (one if self.singular(whole) else more).format(n=shown or self.figures(f"{whole:,}"), **values)

    def singular(self, number: int) -> bool:
        """Whether a number takes the form for one: in French, none does too."""
        return abs(number) < 2 if self.code == "fr" else abs(number) == 1

    def word(self, kind: str, key: str) -> str:
        """A word of the contract, such as a category of cost, in this language; as it is where it has no phrase."""
        phrase = self.phrases.get(f"{kind}_{key}")
        return key.replace("-", " ") if phrase is None else unbroken(phrase[self.code], self.code)

    def sum_of(self, currency: str, size: str) -> str:
        """A sum as this language sets it: `USD 12.34 million`, `12,34 millions USD`; `size` has its signs already."""
        return sum_of(currency, size, self.code)

    def percent(self, number: str) -> str:
        """A per cent, from its number formatted the English way; the French sign keeps to its number."""
        return self.figures(number) + percent_sign(self.code)

    def figures(self, text: str) -> str:
        """A number formatted the English way, with this language's signs."""
        if self.thousands == "," and self.decimal == ".":
            return text
        return text.replace(",", "\0").replace(".", self.decimal).replace("\0", self.thousands)


def languages(phrases: Phrases) -> dict[str, Language]:
    """Every language there is, by its code, with these phrases."""
    return {code: Language(code, *signs, phrases) for code, signs in SIGNS.items()}
