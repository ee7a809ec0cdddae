"""Where the data come from and under which licence, what makes the plan again, what netplan noticed."""

from __future__ import annotations

from netplan.report.content import Block, Bullets, Item, Paragraph, Section, Table
from netplan.report.context import Context

STANDARDS = ("u4ssc", "sdg", "itu", "urban", "ember")


def sources(context: Context) -> Section:
    """The last section."""
    words, summary = context.words, context.plan.summary
    blocks: list[Block] = []
    licences = summary.get("licences") or context.plan.project.get("attributions") or {}
    if licences:
        columns = (words("sources.licences_columns.layer"), words("sources.licences_columns.credit"))
        rows = tuple((str(layer), str(credit)) for layer, credit in licences.items())
        blocks.append(Table(words("sources.licences_caption"), columns, rows, widths=(2, 5)))
    else:
        blocks.append(Paragraph(words("sources.licences_none")))
    standards = tuple(Item(words(f"sources.standard_list.{key}")) for key in STANDARDS)
    parts = [Section("standards", words("sources.standards"), (Bullets(standards),))]
    warnings = summary.get("warnings") or ()
    if warnings:
        intro = Paragraph(words("sources.warnings_text", scenario=context.plan.name))
        listed = Bullets(tuple(Item(_plain(str(text))) for text in warnings))
        parts.append(Section("warnings", words("sources.warnings"), (intro, listed)))
    parts.append(_again(context))
    return Section("sources", words("sources.title"), tuple(blocks), tuple(parts), wide=True)


def _again(context: Context) -> Section:
    words, summary = context.words, context.plan.summary
    blocks: list[Block] = []
    inputs = summary.get("inputs") or {}
    if inputs:
        columns = (words("sources.inputs_columns.file"), words("sources.inputs_columns.hash"))
        rows = tuple((str(file), str(digest)) for file, digest in inputs.items())
        blocks.append(Table(words("sources.inputs_caption"), columns, rows, widths=(2, 5), small=True))
    versions = summary.get("versions") or {}
    if versions:
        columns = (words("sources.versions_columns.name"), words("sources.versions_columns.version"))
        rows = tuple((str(name), str(version)) for name, version in versions.items())
        blocks.append(Table(words("sources.versions_caption"), columns, rows, widths=(1, 1), small=True))
    blocks.append(Paragraph(words("sources.seed", seed=summary.get("seed", "–"))))
    return Section("again", words("sources.again"), tuple(blocks))


def _plain(text: str) -> str:
    """A warning as a sentence: a capital first, unless it begins with a key of the project or an id."""
    head = text.split(maxsplit=1)[0] if text.split() else ""
    return text if any(sign in head for sign in "._-:") else text[:1].upper() + text[1:]
