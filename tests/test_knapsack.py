"""Fractional knapsacks of many options: against a linear programme for each."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linprog

from netplan.planner.knapsack import ByOption


def _options(rng: np.random.Generator) -> tuple[ByOption, np.ndarray]:
    size = rng.integers(0, 9, int(rng.integers(1, 7)))
    pointer = np.concatenate([[0], np.cumsum(size)])
    count = int(pointer[-1])
    use = rng.uniform(0, 2, count) * (rng.random(count) < 0.9)
    capacity = np.where(rng.random(len(size)) < 0.2, np.inf, rng.choice([0.0, 0.5, 2.0], len(size)))
    entry = rng.permutation(count)
    largest = rng.uniform(0, 1, count) * (rng.random(count) < 0.8)
    return ByOption(entry, pointer, use, largest, capacity), np.repeat(np.arange(len(size)), size)


def _most(options: ByOption, mine: np.ndarray, value: np.ndarray, capacity: float) -> float:
    if not mine.any():
        return 0.0
    finite = np.isfinite(capacity)
    best = linprog(
        -value[options.entry][mine], A_ub=options.use[mine][None, :] if finite else None,
        b_ub=[capacity] if finite else None, bounds=[(0.0, most) for most in options.largest[mine]],
    )  # fmt: skip
    return float(-best.fun)


@pytest.mark.parametrize("seed", range(30))
def test_each_knapsack_whole_and_in_parts(seed: int) -> None:
    rng = np.random.default_rng(seed)
    options, option = _options(rng)
    value = rng.uniform(-0.5, 1.0, len(option))
    part = rng.integers(-1, 3, len(option))
    whole = options.most(value)
    of_part, of_option, gain = options.most_of_parts(value, part, 3)
    found = np.zeros((3, len(whole)))
    found[of_part, of_option] = gain
    for j in range(len(whole)):
        assert whole[j] == pytest.approx(_most(options, option == j, value, options.capacity[j]), abs=1e-8)
        for p in range(3):
            mine = (option == j) & (part[options.entry] == p)
            assert found[p, j] == pytest.approx(_most(options, mine, value, options.capacity[j]), abs=1e-8)


def test_a_share_that_may_not_be_served_does_not_hide_those_that_may() -> None:
    """The first has the most value per use, and no share of it may be served."""
    options = ByOption(
        np.arange(3), np.array([0, 3]), np.array([0.1, 2.0, 2.0]), np.array([0.0, 1.0, 1.0]), np.array([2.0])
    )
    value = np.ones(3)
    assert options.most(value) == pytest.approx([1.0])
    _, _, gain = options.most_of_parts(value, np.zeros(3, np.int64), 1)
    assert gain == pytest.approx([1.0])


def test_many_options_in_many_parts() -> None:
    size, parts = 200, 40
    pointer = np.arange(size + 1) * parts
    count = size * parts
    options = ByOption(np.arange(count), pointer, np.ones(count), np.full(count, 0.5), np.full(size, np.inf))
    part = np.tile(np.arange(parts), size)
    of_part, of_option, gain = options.most_of_parts(np.ones(count), part, parts)
    assert len(np.unique(of_part * size + of_option)) == len(gain) == count
    assert gain == pytest.approx(np.full(count, 0.5))
