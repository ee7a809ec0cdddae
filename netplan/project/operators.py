"""Rules of the key `operators` that types cannot say, and how an operator is called in folders."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from netplan.project.schema import Operator, Project

KeyFault = tuple[tuple[str, ...], str, str]
"""(keys, what was found, what to do)"""
SLACK = 1e-9
MULTIPLIED = "multiplied"
"""Value of `operators_alone`: one operator's plan stands for all."""


def slug(name: str) -> str:
    """The name of an operator's folder: small letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-") or "operator"


def operator_rules(project: Project) -> Iterator[KeyFault]:
    """Names that differ, shares that leave room for one another, spectrum above nothing."""
    operators = project.operators
    if operators is None:
        if project.operators_alone == MULTIPLIED:
            to_do = "name the operators, or leave it out (in a scenario without them: `operators_alone: planned`)"
            yield ("operators_alone",), f"{MULTIPLIED}, and no `operators`", to_do
        return
    if not operators:
        yield ("operators",), "an empty list", "name at least one operator, or leave the key out"
    seen: dict[str, int] = {}
    for number, operator in enumerate(operators):
        place = ("operators", str(number))
        first = seen.setdefault(slug(operator.name), number)
        if first != number:
            found = f"{operator.name!r}, as operator {first} (capitals and spaces do not count)"
            yield (*place, "name"), found, "give each operator a name of its own"
        for technology, mhz in (operator.spectrum or {}).items():
            if mhz <= 0:
                yield (*place, "spectrum", technology), f"{mhz:g}", "give MHz above 0, or leave the technology out"
        if operator.spectrum is not None and not operator.spectrum:
            yield (*place, "spectrum"), "{}", "name technologies with MHz, or leave the key out"
    total = sum(operator.share for operator in operators)
    if total > 1 + SLACK:
        yield ("operators",), f"shares that add up to {total:g}", "let the shares of all operators add up to 1 at most"
    yield from _claimed_twice(operators)
    if project.budget is not None:
        to_do = "leave one out; for one operator's budget give its market_share and no operators"
        yield ("budget",), f"{project.budget:g} beside operators: whose it is cannot be told", to_do
    if project.market_share != 1.0:
        yield ("market_share",), f"{project.market_share:g} beside operators", "leave it out: each operator has its own"


def _claimed_twice(operators: tuple[Operator, ...]) -> Iterator[KeyFault]:
    owners: dict[str, str] = {}
    for number, operator in enumerate(operators):
        for owner in owners_of(operator):
            other = owners.setdefault(plain(owner), operator.name)
            if slug(other) != slug(operator.name):  # twins are a fault of their own
                found = f"{owner!r}, whose towers are {other}'s already"
                yield ("operators", str(number), "towers"), found, "give each owner to one operator"


def owners_of(operator: Operator) -> tuple[str, ...]:
    """Owners in the layer of towers whose towers are this operator's."""
    return (operator.name,) if operator.towers is None else operator.towers


def plain(text: Any) -> str:
    """A name as it is compared: without case and outer spaces."""
    return str(text).strip().casefold()
