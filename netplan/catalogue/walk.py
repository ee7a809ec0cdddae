"""Walks an entry of the catalogue and yields every number in it with the place where it stands."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel

from netplan.catalogue.schema import CostItem, Quantity


def quantities(entry: BaseModel, prefix: str = "") -> Iterator[tuple[str, Quantity]]:
    """Every quantity below `entry`, in the order of the schema.

    Yields:
        (place, quantity), e.g. ``("radio.frequency_mhz", …)`` or ``("costs[0].capex", …)``.
    """
    for name in type(entry).model_fields:
        yield from _below(getattr(entry, name), f"{prefix}{name}")


def cost_items(entry: BaseModel) -> Iterator[tuple[str, CostItem]]:
    """Every bill-of-quantities line of `entry` with its place, e.g. ``("costs[0]", …)``."""
    for name in type(entry).model_fields:
        value = getattr(entry, name)
        if isinstance(value, tuple):
            for position, item in enumerate(value):
                if isinstance(item, CostItem):
                    yield f"{name}[{position}]", item


def _below(value: object, place: str) -> Iterator[tuple[str, Quantity]]:
    if isinstance(value, Quantity):
        yield place, value
    elif isinstance(value, BaseModel):
        yield from quantities(value, f"{place}.")
    elif isinstance(value, tuple):
        for position, item in enumerate(value):
            yield from _below(item, f"{place}[{position}]")
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _below(item, f"{place}.{key}")
