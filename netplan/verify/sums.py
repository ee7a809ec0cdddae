"""Rules of the summary of a scenario whose operators plan alone: it adds the plans inside up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from netplan.verify.counts import flat
from netplan.verify.finding import Finding, number

Part = tuple[dict[str, Any], dict[str, Any]]
"""What the sum says of an operator, and the summary of that operator's plan."""
ALIKE = ("name", "mode", "currency", "price_year", "seed", "viability.perspective", "counts.demand")
"""Keys that every plan has alike, and their sum too."""
ADDED = ("counts.", "costs_npv.", "local_content.capex_", "viability.")


def check_sums(summary: Mapping[str, Any], parts: Sequence[Part]) -> list[Finding]:
    """Counts and money are the sums of the plans; what is of the district or of the money is what each plan says.

    Shares of people are audited with the targets; the shares of `viability` and `coverage` are not.
    """
    stated = flat(summary)
    plans = [flat(plan) for _, plan in parts]
    findings = [
        Finding("operators", "summary.json", key, number(stated.get(key)), number(plan.get(key)))
        for plan in plans
        for key in ALIKE
        if stated.get(key) != plan.get(key)
    ]
    return [*findings, *_added(stated, plans), *_local_share(stated)]


def _added(stated: Mapping[str, Any], plans: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    keys = {key for table in (stated, *plans) for key in table if key.startswith(ADDED) and key not in ALIKE}
    for key in sorted(
        key for key in keys if not key.startswith("viability.people_") and key != "viability.attribution"
    ):
        have, want = float(stated.get(key) or 0.0), sum(float(plan.get(key) or 0.0) for plan in plans)
        if not np.isclose(have, want, rtol=1e-9, atol=1e-6):
            yield Finding("operators", "summary.json", key, number(have), number(want))


def _local_share(stated: Mapping[str, Any]) -> Iterator[Finding]:
    """The share that is spent here is that of the sums."""
    local, imported = (float(stated.get(f"local_content.capex_{of}") or 0.0) for of in ("local", "imported"))
    found, total = stated.get("local_content.local_share"), local + imported
    if (found is None) != (total <= 0) or (found is not None and not np.isclose(found, local / total)):
        want = local / total if total > 0 else None
        yield Finding("operators", "summary.json", "local_content.local_share", number(found), number(want))
