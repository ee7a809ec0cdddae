"""Fractional knapsacks of all options at once: the most an option can gain from whom it reaches within its capacity."""

from __future__ import annotations

from dataclasses import dataclass

import numba as nb
import numpy as np

from netplan.planner.model import Model
from netplan.planner.problem import Floats, Ints


@dataclass(frozen=True)
class ByOption:
    """Entries of service_use in option order."""

    entry: Ints
    pointer: Ints
    use: Floats
    largest: Floats
    capacity: Floats

    @staticmethod
    def of(model: Model) -> ByOption:
        """The entries of a model."""
        layout, problem = model.layout, model.problem
        entry = np.lexsort((layout.x_demand, layout.x_option))
        pointer = np.searchsorted(layout.x_option[entry], np.arange(problem.shape[1] + 1))
        return ByOption(
            entry, pointer, problem.service_use.data[entry], model.upper[: layout.y][entry], problem.option_capacity
        )

    def most(self, value: Floats) -> Floats:
        """max Σ value_i x_i, Σ use_i x_i ≤ capacity, 0 ≤ x ≤ largest, for every option. Shape (m,).

        Args:
            value: (entries,) worth of wholly serving each entry; entries of 0 or less are left out.
        """
        return np.asarray(_most(self.pointer, self.use, self.largest, value[self.entry], self.capacity))

    def most_of_parts(self, value: Floats, part: Ints, parts: int) -> tuple[Ints, Ints, Floats]:
        """(part, option, most) of the same knapsacks, one for each part of the entries that an option gains from.

        Args:
            part: (entries,) the part that each entry is of, -1 where it is of none.
            parts: how many there are.
        """
        of_part, option, gain = _most_of_parts(
            self.pointer, self.use, self.largest, value[self.entry], part[self.entry], self.capacity, parts
        )
        return np.asarray(of_part), np.asarray(option), np.asarray(gain)


@nb.njit(cache=True, nogil=True)
def _most(pointer, use, largest, value, capacity):  # type: ignore[no-untyped-def]
    """Best value of every option, entries in order of value per use."""
    gain = np.zeros(len(pointer) - 1)
    for option in range(len(gain)):
        start, end = pointer[option], pointer[option + 1]
        whole, taken = 0.0, 0.0
        for k in range(start, end):
            if value[k] > 0:
                whole += largest[k] * value[k]
                taken += largest[k] * use[k]
        if taken <= capacity[option]:
            gain[option] = whole
        else:
            gain[option] = _filled(np.arange(start, end), use, largest, value, capacity[option])
    return gain


@nb.njit(cache=True, nogil=True)
def _filled(entries, use, largest, value, room):  # type: ignore[no-untyped-def]
    """The most value of some entries within a room, those with most value per use first."""
    ratio = np.empty(len(entries))
    for place in range(len(entries)):
        ratio[place] = -value[entries[place]] / max(use[entries[place]], 1e-12)
    gain = 0.0
    for place in np.argsort(ratio):
        k = entries[place]
        if value[k] <= 0:
            break
        part = largest[k]
        if use[k] > 0:
            part = min(part, room / use[k])
        room = max(room - part * use[k], 0.0)
        gain += part * value[k]
    return gain


@nb.njit(cache=True, nogil=True)
def _most_of_parts(pointer, use, largest, value, part, capacity, parts):  # type: ignore[no-untyped-def]
    """(part, option, best value) where that is something."""
    whole, taken = np.zeros(parts), np.zeros(parts)
    seen, mine = np.empty(parts, np.int64), np.empty(len(use), np.int64)
    count, options = 0, len(pointer) - 1
    found = np.empty(options + 1024, np.int64), np.empty(options + 1024, np.int64), np.empty(options + 1024)
    for option in range(options):
        start, end = pointer[option], pointer[option + 1]
        size = 0
        for k in range(start, end):
            p = part[k]
            if p >= 0 and value[k] > 0 and largest[k] > 0:
                if whole[p] == 0.0:
                    seen[size] = p
                    size += 1
                whole[p] += largest[k] * value[k]
                taken[p] += largest[k] * use[k]
        for place in range(size):
            p = seen[place]
            gain = whole[p]
            if taken[p] > capacity[option]:
                entries = 0
                for k in range(start, end):
                    if part[k] == p and value[k] > 0 and largest[k] > 0:
                        mine[entries] = k
                        entries += 1
                gain = _filled(mine[:entries], use, largest, value, capacity[option])
            whole[p], taken[p] = 0.0, 0.0
            if gain <= 1e-9:
                continue
            if count == len(found[0]):
                found = (
                    np.concatenate((found[0], np.empty(count, np.int64))),
                    np.concatenate((found[1], np.empty(count, np.int64))),
                    np.concatenate((found[2], np.empty(count))),
                )
            found[0][count], found[1][count], found[2][count] = p, option, gain
            count += 1
    return found[0][:count], found[1][:count], found[2][:count]
