"""Cells in parts of equal reach: the planner's parts against sets counted one by one, and whole plans."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy.optimize import linprog

from netplan.parts import as_text, count_of, reached, split


def _sets(rng: np.random.Generator, rows: int, many: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    points = rng.integers(1, 6, rows)
    row = np.sort(rng.integers(0, rows, many))
    bits = np.where(rng.random(many) < 0.2, 0, rng.integers(1, 32, many) % (1 << points[row]))
    return points, row, bits


@pytest.mark.parametrize("seed", range(20))
def test_parts_are_the_coarsest_that_every_set_is_made_of(seed: int) -> None:
    points, row, bits = _sets(np.random.default_rng(seed), 12, 20)
    parts = split(points, row, bits)
    for r, many in enumerate(points):
        mine = parts.row == r
        of_point: dict[tuple[bool, ...], int] = {}
        for k in range(many):
            seen = tuple(bool(b >> k & 1) for b in bits[row == r] if b)
            of_point[seen] = of_point.get(seen, 0) | 1 << k
        assert sorted(parts.bits[mine].tolist()) == sorted(of_point.values())
        assert parts.share[mine] * many == pytest.approx(count_of(parts.bits[mine]))
    assert np.bincount(parts.row, parts.share) == pytest.approx(np.ones(len(points)))
    assert (np.diff(parts.row) >= 0).all()


@pytest.mark.parametrize("seed", range(20))
def test_a_set_reaches_the_parts_that_it_is_made_of(seed: int) -> None:
    points, row, bits = _sets(np.random.default_rng(seed), 12, 20)
    parts = split(points, row, bits)
    entry, part = reached(parts, row, bits)
    assert (parts.row[part] == row[entry]).all()
    union = np.zeros(len(row), np.int64)
    np.bitwise_or.at(union, entry, parts.bits[part])
    whole = (1 << points[row]) - 1
    assert (union == np.where(bits == 0, whole, bits)).all()
    assert np.bincount(entry, parts.share[part], minlength=len(row)) == pytest.approx(count_of(union) / points[row])


@pytest.mark.parametrize("seed", range(10))
def test_together_options_serve_at_most_the_points_that_any_of_them_reaches(seed: int) -> None:
    """The most that any choice of options can serve of a row over its parts is the union of their points."""
    rng = np.random.default_rng(seed)
    bits = rng.integers(1, 32, 4)
    row, points = np.zeros(4, np.int64), np.array([5])
    parts = split(points, row, bits)
    entry, part = reached(parts, row, bits)
    for size in range(1, 5):
        for chosen in combinations(range(4), size):
            use = np.isin(entry, chosen)
            at_most = np.zeros((len(parts.row), use.sum()))
            at_most[part[use], np.arange(use.sum())] = 1.0
            best = linprog(-parts.share[part[use]], A_ub=at_most, b_ub=np.ones(len(parts.row)), bounds=(0, 1))
            union = np.bitwise_or.reduce(bits[list(chosen)])
            assert -best.fun == pytest.approx(int(union).bit_count() / 5)


def test_sets_are_written_point_by_point() -> None:
    assert as_text(np.array([0b00101, 0, 1, 0b10]), np.array([5, 0, 1, 3])).tolist() == ["10100", "", "1", "010"]
