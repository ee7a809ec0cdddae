"""Files written whole or not at all: made under a hidden name beside their place, then renamed."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A name to write under; on leaving without a fault the file takes the place of `path`.

    Raises:
        OSError: the disk refuses.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    made = Path(name)
    try:
        yield made
        made.chmod(0o644)
        os.replace(made, path)
    finally:
        made.unlink(missing_ok=True)


def write_json(data: Any, path: Path) -> Path:
    """Writes plain data as UTF-8 JSON; a number that is not finite is an error, not a file that nobody reads."""
    with whole(path) as made:
        made.write_text(json.dumps(data, ensure_ascii=False, allow_nan=False, indent=1) + "\n", encoding="utf-8")
    return path
