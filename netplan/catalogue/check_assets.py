"""Do the rules of an asset that a medium runs in or on fit together?"""

from __future__ import annotations

from collections.abc import Iterator

from netplan.catalogue.schema import Medium, Quantity

PIPE_COUNTS = ("valve", "meter", "bypass", "bend", "access-point")


def check_assets(entry: Medium) -> Iterator[tuple[str, str, str]]:
    """(key, what was found, what to do) for each fault of a medium's asset rules."""
    used = {item.per for item in entry.costs}
    for per in PIPE_COUNTS:
        if per in used and entry.kind != "pipe" and per != "access-point":
            yield "costs", f"`per: {per}` for kind {entry.kind!r}", "only pipes have such points"
    if "bend" in used and entry.bend_deg is None:
        yield "bend_deg", "missing", "cost lines `per: bend` need it"
    if "make-ready" in used and entry.make_ready_share is None:
        yield "make_ready_share", "missing", "cost lines `per: make-ready` need it"
    if "make-ready" in used and "span" not in used and entry.pole_spacing_m is None:
        yield "pole_spacing_m", "missing", "cost lines `per: make-ready` need it"
    if entry.access and entry.kind != "pipe":
        yield "access", f"given for kind {entry.kind!r}", "only pipes have access rules"
    for k, rule in enumerate(entry.access):
        if not rule.words:
            yield f"access[{k}].words", "empty", "name the words that a point's kind has"
        for word in rule.words:
            if word != word.lower():
                yield f"access[{k}].words", repr(word), f"write {word.lower()!r}"
        if rule.counts is not None and rule.counts not in used:
            yield f"access[{k}].counts", repr(rule.counts), f"add a cost line `per: {rule.counts}`"
    yield from _shares(entry)
    both = set(entry.materials) & set(entry.eligibility.refused_materials if entry.eligibility else ())
    for material in sorted(both):
        yield "eligibility.refused_materials", repr(material), "it is among `materials` too; keep one"


def _shares(entry: Medium) -> Iterator[tuple[str, str, str]]:
    shares: dict[str, Quantity | None] = {"make_ready_share": entry.make_ready_share}
    if entry.approval is not None:
        shares["approval.probability"] = entry.approval.probability
        if entry.approval.delay_years.value < 0:
            yield "approval.delay_years", f"{entry.approval.delay_years.value:g}", "give 0 or more"
        if (cost := entry.approval.cost) is not None:
            if cost.unit != "USD":
                yield "approval.cost.unit", repr(cost.unit), "give a sum in 'USD'"
            if cost.year is None:
                yield "approval.cost.year", "missing", "give the year of the price"
            if cost.value < 0:
                yield "approval.cost", f"{cost.value:g}", "give a cost of 0 or more"
        if entry.lever is None:
            yield "approval", "given without a lever", "an owner can refuse only what a lever opens"
    for key, share in shares.items():
        if share is not None and not 0 <= share.value <= 1:
            yield key, f"{share.value:g}", "give a share between 0 and 1"
