"""Letters of any script: which installed fonts have them, and which scripts none has.

matplotlib shapes and orders text itself (HarfBuzz, bidirectional text); all it needs is a font with the letters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Set
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import matplotlib
from anyascii import anyascii
from matplotlib.font_manager import fontManager, get_font

BASE = "DejaVu Sans"
"""Ships with matplotlib: Latin, Greek, Cyrillic, Arabic, Hebrew, Armenian, Georgian, Lao and signs."""


@dataclass(frozen=True)
class Typeface:
    """Families to try in order, and the letters that none of them has."""

    families: tuple[str, ...]
    lacking: frozenset[str]

    @property
    def scripts(self) -> list[str]:
        """Names of the scripts whose letters are lacking."""
        return sorted({script_of(letter) for letter in self.lacking})

    def sayable(self, text: str) -> str:
        """The text with Latin letters for those that would be drawn as boxes; empty when too little is left to read."""
        return in_latin(text, self.lacking)


def in_latin(text: str, lacking: Set[str]) -> str:
    """The text with letters that no font has transliterated: a name that can be said rather than none.

    Empty when less than half of it has a transliteration.
    """
    if not lacking & set(text):
        return " ".join(words_of(text))
    unsaid = sum(c in lacking and not anyascii(c).strip() for c in text)
    return " ".join(_latin_word(word, lacking) for word in words_of(text)).strip() if 2 * unsaid <= len(text) else ""


def _latin_word(word: str, lacking: Set[str]) -> str:
    said = "".join(anyascii(c) if c in lacking else c for c in word)
    return said[:1].upper() + said[1:] if word[0] in lacking else said


def words_of(text: str) -> list[str]:
    """What a line may break between: not between the digits of a number, nor before its per cent sign."""
    return [word for word in re.split(r"[ \t\r\n\f\v]+(?!%)", text) if word]


def drawable(text: str) -> str:
    """`Typeface.sayable` for the fonts that are set at the moment."""
    if text.isascii():
        return text
    families = tuple(matplotlib.rcParams["font.family"])
    return in_latin(text, {c for c in text if c.isprintable() and not c.isspace() and not _has(families, ord(c))})


@lru_cache(maxsize=20_000)
def _has(families: tuple[str, ...], code: int) -> bool:
    return any(code in _letters(str(fontManager.findfont(family))) for family in families)


def script_of(letter: str) -> str:
    """The script of a letter as Unicode names it, e.g. Ethiopic."""
    return unicodedata.name(letter, "unknown").split(" ")[0].split("-")[0].capitalize()


def typeface(texts: Iterable[str]) -> Typeface:
    """The fewest installed families that have every letter of the texts, Noto first."""
    wanted = {letter for text in texts for letter in text if letter.isprintable() and not letter.isspace()}
    families, missing = [BASE], {letter for letter in wanted if ord(letter) not in _letters(_base_file())}
    if missing:
        for family, file in _others():
            found = {letter for letter in missing if ord(letter) in _letters(file)}
            if found:
                families.append(family)
                missing -= found
            if not missing:
                break
    return Typeface(tuple(families), frozenset(missing))


@lru_cache(maxsize=1)
def _base_file() -> str:
    return str(fontManager.findfont(BASE))


@lru_cache(maxsize=512)
def _letters(file: str) -> frozenset[int]:
    try:
        return frozenset(get_font(file).get_charmap())
    except (OSError, RuntimeError):
        return frozenset()


def _others() -> list[tuple[str, str]]:
    """Upright, regular fonts of this machine, one a family: Noto Sans first, then Noto, then any."""
    found: dict[str, str] = {}
    for entry in fontManager.ttflist:
        # The last resort draws a box for everything.
        if entry.name.startswith("Last Resort"):
            continue
        if entry.style == "normal" and entry.name != BASE and str(entry.weight) in ("400", "normal", "regular"):
            found.setdefault(entry.name, entry.fname)
    return sorted(
        found.items(), key=lambda item: (not item[0].startswith("Noto Sans"), not item[0].startswith("Noto"), item)
    )


def settings(face: Typeface) -> dict[Any, Any]:
    """matplotlib settings of a drawing: its fonts, and vector files that are the same each time."""
    return {
        "font.family": list(face.families),
        "svg.hashsalt": "netplan",
        "svg.fonttype": "path",
        "pdf.fonttype": 42,
        "hatch.linewidth": 0.5,
    }
