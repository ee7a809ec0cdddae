"""The report as one HTML file: pictures inside it, no script, nothing fetched, fit for print and for screen readers."""

from __future__ import annotations

import base64
from functools import cache
from importlib.resources import files

import jinja2
from markupsafe import Markup

from netplan.report import content
from netplan.report.pictures import WIDEST, formula_svg, picture
from netplan.report.words import DEFAULT

PAGE = "page.html.j2"
BESIDE = 1200
"""Pixels across of a picture that stands beside text and comes again in full."""


def to_html(report: content.Report) -> str:
    """The whole page.

    Raises:
        InputError: a picture cannot be read.
    """
    return _environment().get_template(PAGE).render(report=report, default=DEFAULT)


@cache
def _environment() -> jinja2.Environment:
    source = (files("netplan.report") / "templates" / PAGE).read_text(encoding="utf-8")
    environment = jinja2.Environment(
        loader=jinja2.DictLoader({PAGE: source}),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"kind": lambda block: type(block).__name__, "image": _image, "formula": _formula}
    return environment


def _image(figure: content.Figure) -> Markup:
    """The picture as an `img` with its size, so that the page does not jump."""
    made = picture(figure.path, BESIDE if figure.fills else WIDEST)
    tag = '<img src="data:image/jpeg;base64,{}" width="{}" height="{}" alt="{}">'
    return Markup(tag).format(base64.b64encode(made.jpeg).decode("ascii"), made.width, made.height, figure.alt)


def _formula(formula: content.Formula) -> Markup:
    svg = base64.b64encode(formula_svg(formula.notation)).decode("ascii")
    return Markup('<img class="formula" src="data:image/svg+xml;base64,{}" alt="{}">').format(svg, formula.alt)
