"""Pictures made fit for a report: maps at print size and no larger, formulas as drawings."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import typst
from PIL import Image

from netplan.errors import Fault, InputError

WIDEST = 1800
"""Pixels: some 270 dots an inch across a page."""
QUALITY = 82


@dataclass(frozen=True)
class Picture:
    """A picture as JPEG, with its size in pixels."""

    jpeg: bytes
    width: int
    height: int


@lru_cache(maxsize=64)
def _made(path: Path, written: float, widest: int) -> Picture:
    try:
        with Image.open(path) as source:
            image = source.convert("RGBA")
    except (OSError, ValueError) as error:
        raise InputError(Fault(str(path), f"it is no picture ({error})", "draw it again or remove it")) from error
    ground = Image.new("RGB", image.size, "white")
    ground.paste(image, mask=image.getchannel("A"))
    if ground.width > widest:
        height = max(round(ground.height * widest / ground.width), 1)
        ground = ground.resize((widest, height), Image.Resampling.LANCZOS)
    held = io.BytesIO()
    # Full colour resolution: thin coloured lines and small letters stay sharp.
    ground.save(held, "JPEG", quality=QUALITY, subsampling=0, optimize=True)
    return Picture(held.getvalue(), ground.width, ground.height)


def picture(path: Path, widest: int = WIDEST) -> Picture:
    """A picture file, on white, no wider than so many pixels.

    Raises:
        InputError: the file is no picture.
    """
    return _made(path, path.stat().st_mtime, widest)


@lru_cache(maxsize=64)
def formula_svg(notation: str) -> bytes:
    """A displayed formula as SVG with its letters as outlines, in black on nothing."""
    source = f"#set page(width: auto, height: auto, margin: 2pt, fill: none)\n#set text(size: 12pt)\n$ {notation} $\n"
    made = typst.compile(source.encode("utf-8"), format="svg")
    return made if isinstance(made, bytes) else b"".join(made)
