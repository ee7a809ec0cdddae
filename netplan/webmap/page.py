"""The page itself: template, style, scripts and data put together into one file that asks nothing of any network."""

from __future__ import annotations

import base64
import hashlib
import html
import json
from importlib import resources
from typing import Any

from netplan.webmap.library import Library, leaflet

STYLES = ("style.css", "print.css")
SCRIPTS = (
    "words.js", "data.js", "geodesy.js", "looks.js", "signs.js", "hatch.js", "view.js", "labels.js", "ways.js",
    "find.js", "elements.js", "costs.js", "details.js", "legend.js", "search.js", "measure.js", "swipe.js",
    "printing.js", "main.js",
)  # fmt: skip
"""Our own scripts, in the order they must run."""
LANGUAGES = ("en", "fr")


def words() -> dict[str, dict[str, str]]:
    """Language -> key -> text in the page."""
    home = resources.files("netplan.webmap") / "words"
    return {code: json.loads((home / f"{code}.json").read_text(encoding="utf-8")) for code in LANGUAGES}


def json_in_html(data: Any) -> str:
    """Compact JSON that nothing in the data can make the end of its script element, or a comment."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return (
        text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
        .replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    )  # fmt: skip


def render(data: dict[str, Any], title: str) -> str:
    """The page as HTML.

    Only scripts whose hash stands in the page's own security policy run, and nothing is fetched: a name in the data
    that looks like a script stays a name.
    """
    library = leaflet()
    home = resources.files("netplan.webmap") / "page"
    own = "\n".join((home / name).read_text(encoding="utf-8") for name in SCRIPTS)
    scripts = [
        _script(f"/* {_notice(library)} */\n{library.script}"),
        _script(f'"use strict";\n(() => {{\n{own}\n}})();'),
    ]
    styles = [library.style, *((home / name).read_text(encoding="utf-8") for name in STYLES)]
    policy = (
        "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data: blob:; style-src 'unsafe-inline'; "
        f"script-src {' '.join(_hash(script) for script in scripts)}"
    )
    parts = {
        "policy": policy,
        "title": html.escape(title),
        "style": "\n".join(styles).replace("</style", "<\\/style"),
        "data": json_in_html({**data, "words": words(), "library": {"name": library.name, "licence": library.licence}}),
        "library": scripts[0],
        "own": scripts[1],
    }
    # One pass, so that what stands in the data is never taken for a place to fill.
    pieces = (home / "page.html").read_text(encoding="utf-8").split("%%")
    return "".join(piece if rank % 2 == 0 else parts[piece] for rank, piece in enumerate(pieces))


def _notice(library: Library) -> str:
    return f"{library.name}\n{library.licence}".replace("*/", "* /")


def _script(text: str) -> str:
    return text.replace("\r\n", "\n").replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _hash(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode('utf-8')).digest()).decode('ascii')}'"
