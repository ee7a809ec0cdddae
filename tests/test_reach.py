"""The audit's rule of reach against a linear program: shares hold if and only if people can be found for them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

from netplan.verify.reach import _each, _together

POINTS = 4


def _fits(share: np.ndarray, bits: np.ndarray, spread: np.ndarray) -> bool:
    """Whether each share can be put on the points that it reaches, no point beyond its part of the place."""
    k = len(share)
    pairs = zip(bits, spread, strict=True)
    most = np.array([[(1.0 if b >> p & 1 else 0.0) if b else s for p in range(POINTS)] for b, s in pairs])
    of_option, of_point = np.zeros((k, k * POINTS)), np.zeros((POINTS, k * POINTS))
    for o in range(k):
        for p in range(POINTS):
            of_option[o, o * POINTS + p] = of_point[p, o * POINTS + p] = 1.0
    found = linprog(
        np.zeros(k * POINTS), A_eq=of_option, b_eq=share, A_ub=of_point, b_ub=np.full(POINTS, 1 / POINTS),
        bounds=np.column_stack([np.zeros(k * POINTS), most.ravel() / POINTS]),
    )  # fmt: skip
    return bool(found.status == 0)


def test_shares_hold_where_a_linear_program_finds_people_for_them() -> None:
    rng = np.random.default_rng(7)
    seen = {True: 0, False: 0}
    for _ in range(300):
        k = int(rng.integers(1, 4))
        bits = np.where(rng.random(k) < 0.25, 0, rng.integers(1, 1 << POINTS, k))
        bits[0] = rng.integers(1, 1 << POINTS)
        spread = rng.integers(1, 9, k) / 8
        reached = np.array([int(b).bit_count() / POINTS if b else s for b, s in zip(bits, spread, strict=True)])
        share = np.round(reached * rng.choice([0.25, 0.5, 0.75, 1.0], k), 6)
        text = ["".join("1" if b >> p & 1 else "0" for p in range(POINTS)) if b else "" for b in bits]
        rows = pd.DataFrame(
            {"demand_id": "d", "by": [f"o{i}" for i in range(k)], "layer": "service", "share": share,
             "reach_share": reached, "reach": text}
        )  # fmt: skip
        assert _each(rows) == []
        fits = _fits(share, bits, reached)
        assert (_together(rows) == []) == fits, rows
        seen[fits] += 1
    assert min(seen.values()) > 50


def test_the_finding_says_how_much_and_how_much_is_reached() -> None:
    rows = pd.DataFrame(
        {"demand_id": "cell-1", "by": ["a", "b"], "layer": "service", "share": [0.5, 0.25], "reach_share": [0.5, 0.5],
         "reach": ["1100", "1100"]}
    )  # fmt: skip
    (finding,) = _together(rows)
    assert (finding.row, finding.found) == ("cell-1", "0.75") and "at most 0.5" in finding.expected
    assert _together(rows.assign(reach=["1100", "0110"])) == []


@pytest.mark.parametrize("layer", ["service", "baseline"])
def test_a_share_beyond_its_points_is_named(layer: str) -> None:
    rows = pd.DataFrame(
        {"demand_id": ["c"], "by": ["a"], "layer": layer, "share": [0.6], "reach_share": [0.9], "reach": ["1100"]}
    )
    assert "0.5" in {finding.expected for finding in _each(rows)}
