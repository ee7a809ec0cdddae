"""Mixed-integer runs in HiGHS find the optimum where plans differ by a millionth of the dearest cost."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from netplan.planner.highs_mip import run_highs
from netplan.planner.program import Program
from netplan.planner.rows import Rows


@pytest.mark.parametrize("unit", [1e-9, 1e-6, 1e-3])
def test_a_plan_that_is_better_by_a_millionth_is_found_from_a_hint(unit: float) -> None:
    choices = np.array(list(product([0, 1], repeat=10)))
    for seed in [*range(120, 140), 230, 303, 335]:
        r = np.random.default_rng(seed)
        held = (r.random((6, 10)) < 0.4) * r.integers(1, 5, (6, 10))
        least = np.minimum(r.integers(1, 8, 6), held.sum(axis=1)).astype(float)
        cost = unit * np.where(r.random(10) < 0.5, r.integers(1, 4, 10), 1e6 * r.integers(0, 3, 10))
        row, column = np.nonzero(held)
        rows = Rows.of(row, column, held[row, column], least, np.inf)
        program = Program(cost, 0.0, rows, np.zeros(10), np.ones(10), np.ones(10, bool))
        fits = choices[(choices @ held.T >= least).all(axis=1)]
        dearer = fits[np.argsort(fits @ cost)[min(3, len(fits) - 1)]].astype(float)
        answer = run_highs(program, {"mip_rel_gap": 0.0}, dearer)
        assert answer.point is not None
        assert np.round(answer.point) @ cost == pytest.approx((fits @ cost).min(), abs=0.1 * unit), seed
