"""Where the data come from and under which licence, what makes the plan again, what netplan noticed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from netplan.datawords.remarks import remark
from netplan.report.content import Block, Box, Bullets, Item, Paragraph, Section, Table
from netplan.report.context import Context

ASSUMED = "ASSUMPTION: "
"""What a warning of an assumption begins with."""
MISSING = re.compile(r"No layer for|.* holds? (no|nothing)\b|.* states? no\b")
"""How a warning of absent data reads."""
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
        parts.append(Section("warnings", words("sources.warnings"), tuple(_warnings(context, warnings))))
    parts.append(_again(context))
    return Section("sources", words("sources.title"), tuple(blocks), tuple(parts))


def _warnings(context: Context, warnings: Sequence[Any]) -> list[Block]:
    """Sorted into what the data lack, what was assumed, and the rest."""
    words = context.words
    groups: dict[str, list[Item]] = {"missing": [], "assumed": [], "other": []}
    for text in map(str, warnings):
        kind = "assumed" if text.startswith(ASSUMED) else "missing" if MISSING.match(text) else "other"
        groups[kind].append(Item(_plain(remark(text.removeprefix(ASSUMED), words.language))))
    blocks: list[Block] = [Paragraph(words("sources.warnings_text", scenario=context.plan.name))]
    blocks += [Box(words(f"sources.warnings_{kind}"), tuple(items)) for kind, items in groups.items() if items]
    return blocks


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
