"""Text that fits: measured with the renderer, wrapped or shrunk, never run off the sheet."""

from __future__ import annotations

from functools import lru_cache

import matplotlib
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.font_manager import FontProperties

from netplan.maps.fonts import drawable, words_of


def width_px(renderer: RendererAgg, text: str, size: float, weight: str = "normal") -> float:
    """Width of one line in pixels of the figure. `size` in points."""
    words = text.split(" ")
    families = tuple(matplotlib.rcParams["font.family"])
    each = [_word_px(word, size, weight, families, float(renderer.dpi)) for word in words]
    space = _space_px(size, weight, families, float(renderer.dpi)) if len(words) > 1 else 0.0
    return sum(each) + space * (len(words) - 1)


@lru_cache(maxsize=50_000)
def _word_px(word: str, size: float, weight: str, families: tuple[str, ...], dpi: float) -> float:
    """Words recur on every sheet, and measuring one takes a millisecond."""
    if not word:
        return 0.0
    font = FontProperties(family=list(families), size=size, weight=weight)
    # A `$` is a letter here; `plain` escapes it for what is drawn, and a pair would be read as mathematics.
    shown = word.replace(r"\$", "S")
    return float(_ruler(dpi).get_text_width_height_descent(shown, font, False)[0])  # type: ignore[no-untyped-call]


def _space_px(size: float, weight: str, families: tuple[str, ...], dpi: float) -> float:
    apart, together = (_word_px(text, size, weight, families, dpi) for text in ("n\u00a0n", "nn"))
    return apart - together


@lru_cache(maxsize=8)
def _ruler(dpi: float) -> RendererAgg:
    return RendererAgg(8, 8, dpi)  # type: ignore[no-untyped-call]


def plain(text: str) -> str:
    """The text with nothing matplotlib would take for mathematics, no line breaks and no letter that no font has."""
    return drawable(" ".join(words_of(text))).replace("$", r"\$")


def wrap(renderer: RendererAgg, text: str, size: float, limit_px: float, weight: str = "normal") -> list[str]:
    """Lines no wider than `limit_px`; a single word longer than a line is broken."""
    lines: list[str] = []
    line, used = "", 0.0
    space = width_px(renderer, "n n", size, weight) - width_px(renderer, "nn", size, weight)
    for word in words_of(text):
        wide = width_px(renderer, word, size, weight)
        if line and used + space + wide <= limit_px:
            line, used = f"{line} {word}", used + space + wide
            continue
        if line:
            lines.append(line)
        while wide > limit_px and len(word) > 1:
            cut = _longest(renderer, word, size, limit_px, weight)
            lines.append(word[:cut])
            word = word[cut:]
            wide = width_px(renderer, word, size, weight)
        line, used = word, wide
    return [*lines, line] if line else lines


def _longest(renderer: RendererAgg, word: str, size: float, limit_px: float, weight: str) -> int:
    """How many letters of the word fit, at least one (by halving)."""
    low, high = 1, len(word) - 1
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if width_px(renderer, word[:middle], size, weight) <= limit_px else (low, middle - 1)
    return low


def fit(
    renderer: RendererAgg,
    text: str,
    limit_px: float,
    sizes: tuple[float, float],
    max_lines: int,
    weight: str = "normal",
) -> tuple[list[str], float]:
    """Wrapped lines and the largest size (points, from `sizes` = largest, smallest) at which they fit `max_lines`.

    At the smallest size what is beyond the last line is cut and marked with an ellipsis.
    """
    size = sizes[0]
    while True:
        lines = wrap(renderer, text, size, limit_px, weight)
        if len(lines) <= max_lines or size <= sizes[1]:
            break
        size = max(size - 0.5, sizes[1])
    if len(lines) > max_lines:
        lines = lines[:max_lines]
        while width_px(renderer, lines[-1] + "…", size, weight) > limit_px and lines[-1]:
            lines[-1] = lines[-1][:-1]
        lines[-1] += "…"
    return lines, size


def shorten(renderer: RendererAgg, text: str, size: float, limit_px: float) -> str:
    """The text on one line, its end replaced by an ellipsis when it is too long."""
    lines, _ = fit(renderer, text, max(limit_px, 1.0), (size, size), 1)
    return lines[0] if lines else ""
