"""Words on a terminal or in a file of any encoding."""

from __future__ import annotations

import codecs
import io
import sys

PLAIN = str.maketrans({
    "−": "-", "–": "-", "—": "-", "…": "...", "’": "'", "‘": "'", "“": '"', "”": '"', "→": "->", "≤": "<=", "≥": ">=",
    "×": "x", "·": "-", "\u202f": " ", "\xa0": " ",
})  # fmt: skip
"""What stands for signs that an old encoding does not have."""


def write_anywhere() -> None:
    """Output never fails for its encoding, which on Windows is an old one as soon as it goes to a file."""
    codecs.register_error("plainly", _plainly)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="plainly")


def _plainly(error: UnicodeError) -> tuple[str, int]:
    """The signs that cannot be written, by the nearest that can: a sum keeps its minus in every log."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end].translate(PLAIN)
    return text.encode("ascii", "replace").decode("ascii"), error.end
