"""How much half-open options can serve, from one point to the next: against the same programme solved afresh."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import linprog

from netplan.planner.service import Entries, Service


def _district(rng: np.random.Generator) -> tuple[Entries, int, int, int]:
    groups, options, pairs = (int(rng.integers(1, most)) for most in (8, 6, 5))
    count = int(rng.integers(1, 30))
    option = rng.integers(0, options, count)
    unlimited = rng.random(options) < 0.3
    pair = rng.integers(-1, pairs, count)
    entries = Entries(
        rng.integers(0, groups, count),
        np.where(unlimited[option], -1, groups + option),
        np.where(pair >= 0, groups + options + pair, -1),
        rng.uniform(0.1, 1.0, count),
        groups + options + pairs,
    )
    return entries, groups, options, pairs


@pytest.mark.parametrize("seed", range(40))
def test_a_sequence_of_points_is_served_as_each_alone(seed: int) -> None:
    rng = np.random.default_rng(seed)
    entries, groups, options, _ = _district(rng)
    service, count = Service(entries), len(entries.group)
    for _ in range(8):
        entry = np.flatnonzero(rng.random(count) < rng.choice([0.3, 0.7, 1.0]))
        if not len(entry):
            continue
        ceiling = rng.uniform(0, 1, len(entry)) * (rng.random(len(entry)) < 0.9)
        limit = rng.uniform(0, 1, entries.rows) * (rng.random(entries.rows) < 0.8)
        # as for cuts: a pair that cannot bind may be left out
        pair = entries.pair[entry]
        promised = np.bincount(pair[pair >= 0], ceiling[pair >= 0], entries.rows)
        binding = np.arange(entries.rows) >= groups + options
        binding &= promised > limit
        answer = service.most(entry, ceiling, binding, limit)
        assert answer is not None
        share, price = answer

        at = np.arange(len(entry))
        option = entries.option[entry]
        row = np.concatenate([entries.group[entry], option[option >= 0], pair[pair >= 0]])
        column = np.concatenate([at, at[option >= 0], at[pair >= 0]])
        value = np.concatenate([np.ones(len(entry)), entries.use[entry][option >= 0], np.ones(int((pair >= 0).sum()))])
        matrix = sparse.csr_array((value, (row, column)), shape=(entries.rows, len(entry)))
        best = linprog(-np.ones(len(entry)), A_ub=matrix, b_ub=limit, bounds=np.stack([0 * ceiling, ceiling], axis=1))
        assert share.sum() == pytest.approx(-best.fun, abs=1e-7)
        assert (matrix @ share <= limit + 1e-6).all()
        assert (share <= ceiling + 1e-7).all()
        # the prices prove that no more can be served
        assert (price >= 0).all()
        dear = np.maximum(1.0 - matrix.T @ price, 0.0)
        assert price @ limit + dear @ ceiling == pytest.approx(share.sum(), abs=1e-6)


def test_it_is_begun_afresh_once_it_holds_much_that_does_not_matter() -> None:
    count = 5000
    entries = Entries(np.arange(count), np.full(count, -1), np.full(count, -1), np.ones(count), count)
    service = Service(entries)
    none = np.zeros(count, bool)
    for first in range(0, count, 100):
        answer = service.most(np.arange(first, first + 100), np.full(100, 0.5), none, np.full(count, 0.25))
        assert answer is not None
        assert answer[0] == pytest.approx(np.full(100, 0.25))
    assert service._own.program.held < 2000


def test_points_of_like_size_are_solved_by_one_programme_from_its_last_basis() -> None:
    count = 300
    entries = Entries(np.arange(count) // 3, np.full(count, -1), np.full(count, -1), np.ones(count), count // 3)
    service, none = Service(entries), np.zeros(count // 3, bool)
    assert service.most(np.arange(count), np.full(count, 0.5), none, np.full(count // 3, 0.9)) is not None
    program = service._own.program
    for limit in (0.9, 0.8, 0.7):
        answer = service.most(np.arange(count), np.full(count, 0.5), none, np.full(count // 3, limit))
        assert answer is not None
        assert answer[0].sum() == pytest.approx(limit * count / 3)
    assert service._own.program is program
