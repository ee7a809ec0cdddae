"""Three demands, each pair of which shares half-open sites: the commonest thing that relaxations get wrong.

With p_a the sum of what sites offer demand a, c_ab of what they offer both a and b, and c_abc all three, the cut that a
triple needs (see `handfuls`) is violated by

    u_a + u_b + u_c − p_a − p_b − p_c + c_ab + c_ac + c_bc − 2 c_abc − 1

at most (exactly so where every site has one option), so that triples are found from the pairs, and nearly all of them
can be looked at.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba as nb
import numpy as np
from scipy import sparse

from netplan.planner.problem import Floats, Ints

FAINT = 0.02
"""pairs that share less than this are left out"""
PAIRS, STEPS = 20_000_000, 200_000_000
"""pairs that are kept at most, both ways round, and steps of a search, some two seconds"""


@dataclass(frozen=True)
class Triples:
    """The triple that is most violated with each demand."""

    violation: Floats
    """(demands,) of the best triple of each"""
    others: Ints
    """(demands, 2) the two others of it, -1 where there is none"""


def triples(offers: sparse.csr_array, slack: Floats, least: float) -> Triples:
    """The most violated triple with each demand, of those violated by more than `least`, which may be negative.

    Where there are too many to look at, those of the first demands are.

    Args:
        offers: (demands, sites) how far each site is open for each demand; none is 0.
        slack: (demands,) share wanted less the sum of its offers.
    """
    rows, sites = sparse.csr_array(offers), sparse.csc_array(offers)
    pointer, site, offer = rows.indptr.astype(np.int64), rows.indices.astype(np.int64), rows.data
    first, other, much = _shared(
        pointer, site, offer, sites.indptr.astype(np.int64), sites.indices.astype(np.int64), sites.data, PAIRS
    )
    violation, others = _worst(rows.shape[1], pointer, site, offer, first, other, much, slack, least, STEPS)
    return Triples(violation, others)


@nb.njit(cache=True, nogil=True)
def _shared(pointer, site, offer, at_pointer, at, at_offer, most):  # type: ignore[no-untyped-def]
    """(pointer, demand, offer) of what demands share, both ways round."""
    n = len(pointer) - 1
    together, touched, seen_by = np.zeros(n), np.empty(n, np.int64), np.full(n, -1)
    first = np.zeros(n + 1, np.int64)
    other, much = np.empty(1 << 16, np.int64), np.empty(1 << 16)
    end = 0
    for a in range(n):
        count = 0
        for p in range(pointer[a], pointer[a + 1]):
            for q in range(at_pointer[site[p]], at_pointer[site[p] + 1]):
                b = at[q]
                if seen_by[b] != a:
                    seen_by[b] = a
                    touched[count] = b
                    count += 1
                together[b] += min(offer[p], at_offer[q])
        if end + count > most:
            first[a + 1 :] = end
            break
        if end + count > len(other):
            more = max(len(other), count)
            other = np.concatenate((other, np.empty(more, np.int64)))
            much = np.concatenate((much, np.empty(more)))
        for b in np.sort(touched[:count]):
            if b != a and together[b] > FAINT:
                other[end], much[end] = b, together[b]
                end += 1
            together[b] = 0.0
        first[a + 1] = end
    return first, other[:end], much[:end]


@nb.njit(cache=True, nogil=True)
def _worst(sites, pointer, site, offer, first, other, much, slack, least, steps):  # type: ignore[no-untyped-def]
    """(violation, others) of the worst triple of each demand."""
    n = len(pointer) - 1
    worst, others = np.full(n, least), np.full((n, 2), -1)
    of_a, of_both, with_a = np.zeros(sites), np.zeros(sites), np.zeros(n)
    for a in range(n):
        if steps < 0:
            break
        for p in range(pointer[a], pointer[a + 1]):
            of_a[site[p]] = offer[p]
        for p in range(first[a], first[a + 1]):
            with_a[other[p]] = much[p]
        for p in range(first[a], first[a + 1]):
            b = other[p]
            if b < a or steps < 0:
                continue
            for q in range(pointer[b], pointer[b + 1]):
                of_both[site[q]] = min(of_a[site[q]], offer[q])
            steps -= first[b + 1] - first[b]
            for q in range(first[b], first[b + 1]):
                c = other[q]
                if c < b or with_a[c] == 0.0:
                    continue
                value = slack[a] + slack[b] + slack[c] + much[p] + much[q] + with_a[c] - 1.0
                if value <= worst[a] and value <= worst[b] and value <= worst[c]:
                    continue
                steps -= pointer[c + 1] - pointer[c]
                for r in range(pointer[c], pointer[c + 1]):
                    value -= 2 * min(of_both[site[r]], offer[r])
                if value > worst[a]:
                    worst[a], others[a, 0], others[a, 1] = value, b, c
                if value > worst[b]:
                    worst[b], others[b, 0], others[b, 1] = value, a, c
                if value > worst[c]:
                    worst[c], others[c, 0], others[c, 1] = value, a, b
            for q in range(pointer[b], pointer[b + 1]):
                of_both[site[q]] = 0.0
        for p in range(pointer[a], pointer[a + 1]):
            of_a[site[p]] = 0.0
        for p in range(first[a], first[a + 1]):
            with_a[other[p]] = 0.0
    return worst, others
