"""A drawn sheet as PNG, SVG or PDF: whole or not at all, and the same file each time."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from netplan.maps.sheet import Sheet

FORMATS = ("png", "svg", "pdf")
_NO_DATE: dict[str, dict[str, Any]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}


def save(sheet: Sheet, target: Path) -> Path:
    """Write the sheet beside its target, then move it into place. The suffix says the format.

    Raises:
        ValueError: the suffix is none of FORMATS.
        OSError: the disk refuses.
    """
    kind = target.suffix.lstrip(".").lower()
    if kind not in FORMATS:
        raise ValueError(f"{target.name}: no such format; use one of {', '.join(FORMATS)}")
    target.parent.mkdir(parents=True, exist_ok=True)
    half = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        # Level 4 packs a map about as small as the default in half the time.
        more: dict[str, Any] = {"pil_kwargs": {"compress_level": 4}} if kind == "png" else {}
        sheet.figure.savefig(half, format=kind, dpi=sheet.page.dpi, metadata=_NO_DATE[kind], **more)
        os.replace(half, target)
    finally:
        half.unlink(missing_ok=True)
    return target
