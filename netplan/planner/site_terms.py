"""What each site adds to a cut of `netplan.planner.handfuls`: its options one by one, or the site for several of them.

Subsets of a handful are numbers by bits; options and what is said of them are in the order of sites.
"""

from __future__ import annotations

import numba as nb
import numpy as np

NOTHING = 1e-12
"""differences of prices below this are rounding"""


@nb.njit(cache=True, nogil=True)
def _whom(pointer, option, group, bits, touched):  # type: ignore[no-untyped-def]
    """How many options reach anybody of the group; they come in order in `touched`, whom they reach in `bits`."""
    count = 0
    for i in range(len(group)):
        for p in range(pointer[group[i]], pointer[group[i] + 1]):
            j = option[p]
            if bits[j] == 0:
                touched[count] = j
                count += 1
            bits[j] |= 1 << i
    touched[:count] = np.sort(touched[:count])
    return count


@nb.njit(cache=True, nogil=True)
def _ordered(touched, first, last, bits, price, union):  # type: ignore[no-untyped-def]
    """Put the options of a site in order of falling price; `union` is what they reach from each on."""
    for p in range(first + 1, last):
        j = touched[p]
        q = p
        while q > first and price[bits[touched[q - 1]]] < price[bits[j]]:
            touched[q] = touched[q - 1]
            q -= 1
        touched[q] = j
    reached = 0
    for p in range(last - 1, first - 1, -1):
        reached |= bits[touched[p]]
        union[p - first] = reached


@nb.njit(cache=True, nogil=True)
def _place(touched, first, last, bits, price, union, y, whole):  # type: ignore[no-untyped-def]
    """(the place k from which on the site speaks for its options, -1 for nowhere; the sum that follows)."""
    least, place = 0.0, -1
    for p in range(first, last):
        least += price[bits[touched[p]]] * y[touched[p]]
    before = opened = 0.0  # Σ c(T_q) y_q and Σ y_q of the options before k
    for k in range(last - first):
        base = price[union[k]]
        sum_ = before - base * opened + base * whole
        if sum_ < least - 1e-9:
            least, place = sum_, k
        before += base * y[touched[first + k]]
        opened += y[touched[first + k]]
    return place, least


@nb.njit(cache=True, nogil=True)
def terms(pointer, option, groups, prices, site, y, open_):  # type: ignore[no-untyped-def]
    """(cut, option or m + site, coefficient) of all cuts, and each one's sum at the point."""
    m = len(site)
    bits, touched, union = np.zeros(m, np.int64), np.empty(m, np.int64), np.empty(m, np.int64)
    most = 0
    for g in range(len(groups)):
        for i in groups[g]:
            most += pointer[i + 1] - pointer[i]
    row, which, value = np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most)
    sums = np.zeros(len(groups))
    end = 0
    for g in range(len(groups)):
        price = prices[min(g, len(prices) - 1)]
        count = _whom(pointer, option, groups[g], bits, touched)
        first = 0
        while first < count:
            last = first + 1
            while last < count and site[touched[last]] == site[touched[first]]:
                last += 1
            here = site[touched[first]]
            _ordered(touched, first, last, bits, price, union)
            place, sum_ = _place(touched, first, last, bits, price, union, y, open_[here])
            sums[g] += sum_
            for p in range(first, last if place < 0 else first + place):
                more = price[bits[touched[p]]] if place < 0 else price[union[p - first]] - price[union[place]]
                if more > NOTHING:
                    row[end], which[end], value[end] = g, touched[p], more
                    end += 1
            if place >= 0 and price[union[place]] > NOTHING:
                row[end], which[end], value[end] = g, m + here, price[union[place]]
                end += 1
            first = last
        for p in range(count):
            bits[touched[p]] = 0
    return row[:end], which[:end], value[:end], sums


@nb.njit(cache=True, nogil=True)
def reached(pointer, option, group, site, y, open_, size):  # type: ignore[no-untyped-def]
    """How far sites are open that reach each subset of a group. Shape (2**len(group),)."""
    m = len(site)
    bits, touched, union = np.zeros(m, np.int64), np.empty(m, np.int64), np.empty(m, np.int64)
    total = np.zeros(1 << len(group))
    count = _whom(pointer, option, group, bits, touched)
    first = 0
    while first < count:
        last = first + 1
        while last < count and site[touched[last]] == site[touched[first]]:
            last += 1
        whole = open_[site[touched[first]]]
        _ordered(touched, first, last, bits, size, union)
        place, _ = _place(touched, first, last, bits, size, union, y, whole)
        for p in range(first, last if place < 0 else first + place):
            total[bits[touched[p]] if place < 0 else union[p - first]] += y[touched[p]]
            whole -= y[touched[p]]
        if place >= 0:
            total[union[place]] += max(whole, 0.0)
        first = last
    return total
