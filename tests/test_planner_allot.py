"""Who is served at prices of capacity: never more than can be, and nearly as many."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linprog

from netplan.planner.allot import LOWEST, Offer, Room, allot, level, missing, offer_of, prices
from netplan.planner.problem import Floats

N, M = 40, 6


def _offer(seed: int, *, whole: bool) -> Offer:
    """Six options that reach some of 40 demands, of which those of the last tenth count for no target."""
    rng = np.random.default_rng(seed)
    reach = rng.random((M, N)) < 0.5
    option, demand = np.nonzero(reach)
    group = rng.integers(0, 2, N)
    group[-N // 10 :] = -1
    weight = rng.uniform(1.0, 50.0, N)
    use = weight[demand] * rng.uniform(0.5, 3.0, len(demand))
    largest = np.ones(len(demand)) if whole else rng.uniform(0.3, 1.0, len(demand))
    capacity = rng.uniform(50.0, 400.0, M)
    pointer = np.searchsorted(option, np.arange(M + 1))
    return offer_of(pointer, demand, use, largest, capacity, group, weight, np.zeros(2))


def _most(offer: Offer, opened: list[int]) -> float:
    """The weight that can be served in all, by linear programming."""
    option = np.repeat(np.arange(len(offer.capacity)), np.diff(offer.pointer))
    mine = np.flatnonzero(np.isin(option, opened))
    rows = np.zeros((len(offer.weight) + len(offer.capacity), len(mine)))
    rows[offer.demand[mine], np.arange(len(mine))] = 1.0
    rows[len(offer.weight) + option[mine], np.arange(len(mine))] = offer.use[mine]
    limits = np.concatenate([np.ones(len(offer.weight)), np.minimum(offer.capacity, 1e6)])
    bounds = [(0.0, float(most)) for most in offer.largest[mine]]
    return -float(linprog(-offer.weight[offer.demand[mine]], rows, limits, bounds=bounds).fun)


def _rounds(offer: Offer, opened: list[int], count: int, price: Floats) -> list[float]:
    room, out = Room.of(offer), []
    for _ in range(count):
        allot(offer, np.array(opened), price, 0.15, room)
        assert (room.got <= room.reached + 1e-9).all()
        out.append(float(room.got.sum()))
        assert (room.left == 1.0).all()
        assert np.isinf(room.least).all()
    return out


@pytest.mark.parametrize("whole", [True, False])
def test_it_serves_no_more_than_can_be_and_comes_near_to_that(whole: bool) -> None:
    first, last = [], []
    for seed in range(12):
        offer = _offer(seed, whole=whole)
        opened = [0, 1, 2, 3] if seed % 2 else list(range(M))
        most = _most(offer, opened)
        served = _rounds(offer, opened, 60, prices(offer))
        assert max(served) <= most * (1 + 1e-9)
        first.append(served[0] / most)
        last.append(max(served) / most)
    assert min(last) > 0.9
    assert np.mean(last) > 0.97
    assert np.mean(last) > np.mean(first)


def test_demands_of_no_target_take_no_room() -> None:
    offer = _offer(1, whole=True)
    assert (offer.group[offer.demand] >= 0).all()
    per_weight = offer.use / offer.weight[offer.demand]
    for j in range(M):
        assert (np.diff(per_weight[offer.pointer[j] : offer.pointer[j + 1]]) >= 0).all()


def test_room_without_end_serves_all_and_none_serves_nobody() -> None:
    offer = _offer(2, whole=True)
    offer.capacity[0], offer.capacity[1] = np.inf, 0.0
    price = prices(offer)
    assert price[0] == LOWEST
    room = Room.of(offer)
    for opened in ([0], [0, 1]):
        allot(offer, np.array(opened), price, 0.3, room)
        mine = offer.demand[offer.pointer[0] : offer.pointer[1]]
        assert room.got.sum() == pytest.approx(offer.weight[mine].sum())
    allot(offer, np.array([1]), price, 0.3, room)
    assert room.got.sum() == 0.0
    assert room.reached.sum() > 0.0
    level(offer, np.array([0, 1, 2]), price)
    assert price[0] == LOWEST


def test_what_is_missing_is_charged_target_by_target() -> None:
    offer = _offer(3, whole=True)
    offer.target[:] = 10.0, 20.0
    assert missing(offer, np.array([10.0, 25.0]), np.array([2.0, 3.0])) == 0.0
    assert missing(offer, np.array([9.0, 16.0]), np.array([2.0, 3.0])) == pytest.approx(2.0 + 12.0)


def test_levelled_prices_keep_their_ratios() -> None:
    offer, price = _offer(4, whole=True), np.array([1.0, 2.0, 4.0, 8.0, 16.0, 32.0])
    level(offer, np.array([1, 3, 5]), price)
    assert np.log(price[[1, 3, 5]]).sum() == pytest.approx(0.0)
    assert price[3] / price[1] == pytest.approx(4.0)
    assert price[[0, 2, 4]].tolist() == [1.0, 4.0, 16.0]
