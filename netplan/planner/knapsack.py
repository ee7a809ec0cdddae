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
            continue
        ratio = np.empty(end - start)
        for k in range(start, end):
            ratio[k - start] = -value[k] / max(use[k], 1e-12)
        room = capacity[option]
        for place in np.argsort(ratio):
            k = start + place
            if value[k] <= 0:
                break
            part = largest[k]
            if use[k] > 0:
                part = min(part, room / use[k])
            if part <= 0:
                break
            room -= part * use[k]
            gain[option] += part * value[k]
    return gain
