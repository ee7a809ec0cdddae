"""Leaflet as its maintainers built it, taken from an installed package, with its licence notice.

Leaflet, and not a WebGL library: it draws on an ordinary canvas, so the page opens on office laptops, remote desktops
and phones without a working graphics driver, prints as it is seen, and is a sixth of the size.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from importlib import metadata, resources

PACKAGE, FOLDER = "django-js-lib-leaflet", "js_lib_leaflet"
"""A distribution that holds Leaflet's own files and its licence, and no code; it does not need Django."""


@dataclass(frozen=True)
class Library:
    """A script and its style sheet, ready to stand inside a page."""

    name: str
    script: str
    style: str
    licence: str


def leaflet() -> Library:
    """Leaflet's script, its style sheet with the pictures inside it, and its licence text.

    Raises:
        FileNotFoundError: the installed package is not complete.
    """
    distribution = metadata.distribution(PACKAGE)
    licence = distribution.read_text("LICENSE")
    if licence is None:
        raise FileNotFoundError(f"{PACKAGE} has no licence file")
    home = resources.files(FOLDER) / "static" / FOLDER
    script = (home / "leaflet.js").read_text(encoding="utf-8")

    def picture(match: re.Match[str]) -> str:
        data = base64.b64encode((home / match.group(1)).read_bytes()).decode("ascii")
        return f'url("data:image/png;base64,{data}")'

    style = re.sub(r"url\([\"']?(images/[\w.-]+\.png)[\"']?\)", picture, (home / "leaflet.css").read_text("utf-8"))
    # Without this line a browser's developer tools would ask for the file it names.
    script = re.sub(r"//# sourceMappingURL=\S+", "", script)
    version = ".".join(distribution.version.split(".")[:3])
    return Library(f"Leaflet {version}", script, style, licence.strip())
