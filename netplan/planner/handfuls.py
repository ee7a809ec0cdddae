"""Local cuts of a few demands: what sites can do for them at most, in whole numbers.

Take a handful A of demands, weights λ ≥ 0 of them, and a price c(T) of every subset T of A that neither falls when T
grows nor is more than the prices of two subsets that make up T. With m₀ = max over B ⊆ A of λ(B) − c(B) every plan has

    Σ_{i in A} λ_i u_i ≤ m₀ + Σ_sites c(what the open options of the site reach of A)

because B, those that are served, is no more than what the open sites reach together. A site's price is at most, for any
order of its options and any place k in it, with T_q all that the options from the q-th on reach,

    Σ_j c(T_j alone) y_j     and     Σ_{q<k} (c(T_q) − c(T_k)) y_q + c(T_k) w

(w, or z where some options need no backhaul: whether the site is open); the least at the present point is taken.
Three demands with λ = 1, and c = 1 for one or two of them and 2 for all, give a {0, ½}-cut: three sites that are half
open, each of which reaches two of the three, serve two of them and not all. Other prices come from a small linear
programme, whose rows are the cheapest ways to make up each subset from what single sites reach, found as they are
violated (local cuts after Applegate, Bixby, Chvátal and Cook 2001, over demands instead of options: every option of
the district is in the cut at the price of what it reaches of A, so that no other can take the place of those that
the cut forbids).
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import highspy
import numba as nb
import numpy as np
from scipy import sparse

from netplan.planner.master import Master
from netplan.planner.problem import Floats, Ints
from netplan.planner.rows import Rows, stack
from netplan.planner.triples import Triples, triples

MOST = 8
"""demands of a handful: 2⁸ subsets"""
OPEN = 0.003
"""an option that is open less than this plays no part in the search"""
WANTED, SPARE = 0.2, 0.4
"""demands of which less is wanted, or of which more is offered than that, are not looked at"""
TRIPLE = 0.03
"""violation from which on a triple's cut is added"""
NEAR = -0.2
"""violation from which on triples are joined to handfuls"""
DEEP = 0.004
"""violation of a cut, Σ λ ≤ 1, from which on it is added"""
SUBSETS = 12
"""rows added at a time"""
OF_TRIPLE = np.array([[0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 2.0]])
"""price of each subset of three"""
SIZE = np.array([bin(subset).count("1") for subset in range(1 << MOST)], float)
"""demands of each subset"""


@dataclass(frozen=True)
class Offers:
    """What a point of the master offers to demands that may be short of it."""

    demand: Ints
    """those, each of which sees other sites than the rest"""
    offers: sparse.csr_array
    """(demands, sites) how far each site is open for each"""
    slack: Floats
    """(demands,) share wanted less the sum of the offers, at most 0"""
    wanted: Floats
    """(asks,) share wanted"""
    y: Floats
    """(m,) in the order of sites"""
    open_: Floats
    """(s + m,) how far each site is open; options without a site count as sites that are"""


@dataclass(frozen=True)
class Handfuls:
    """Separates the cuts of a master."""

    master: Master
    asks: sparse.csr_array
    """(asks, classes) classes that each sums: what is asked is to be served in one class, or in any"""
    reach: sparse.csr_array
    """(asks, m) whether an option, in the order of sites, reaches what is asked"""
    option: Ints
    """(m,) which option that is"""
    site: Ints
    """(m,) its site, s and its number without one"""
    column: Ints
    """(s,) column that says whether a site is open"""

    @staticmethod
    def of(master: Master) -> Handfuls:
        """From the entries that are left in a master."""
        model, classes = master.model, master.classes
        layout, problem = model.layout, model.problem
        n, m, s, _ = problem.shape
        count = len(classes.demand)
        by_demand = sparse.csr_array((np.ones(count), (classes.demand, np.arange(count))), shape=(n, count))
        several = np.flatnonzero(np.bincount(classes.demand, minlength=n) > 1)
        asks = sparse.csr_array(sparse.vstack([sparse.eye_array(count), by_demand[several]], format="csr"))
        has = problem.option_site >= 0
        site = np.where(has, problem.option_site, s + np.arange(m))
        order = np.argsort(site, kind="stable")
        place = np.empty(m, np.int64)
        place[order] = np.arange(m)
        live = np.flatnonzero((master.upper[master.y + layout.x_option] > 0) & (model.upper[: layout.y] > 0))
        by_class = sparse.csr_array(
            (np.ones(len(live)), (classes.of_entry[live], place[layout.x_option[live]])), shape=(count, m)
        )
        reach = sparse.csr_array(asks @ by_class)
        reach.data[:] = 1.0
        reach.sort_indices()
        loose = np.bincount(problem.option_site[has & ~master.wired], minlength=s) > 0
        column = np.where(loose, master.z, master.w) + np.arange(s)
        return Handfuls(master, asks, reach, order, site[order], column)

    def cuts(self, point: Floats, rng: np.random.Generator, most: int, seconds: float = np.inf) -> Rows:
        """The violated cuts of triples, and where these are few, of up to `most` handfuls for about the given time."""
        offers = self._offers(point, rng)
        if len(offers.demand) < 3:
            return stack([])
        near = triples(offers.offers, offers.slack, NEAR)
        found = self._of_triples(offers, near)
        if len(found) < len(offers.demand) / 10:
            found = stack([found, *self._of_handfuls(offers, near, rng, most, seconds)])
        return found

    def _offers(self, point: Floats, rng: np.random.Generator) -> Offers:
        """What a point offers, demands in any order."""
        master = self.master
        y = np.clip(point[master.y : master.z], 0.0, 1.0)[self.option]
        open_ = np.concatenate([np.clip(point[self.column], 0.0, 1.0), np.ones(len(y))])
        wanted = self.asks @ np.clip(point[: master.y], 0.0, 1.0)
        live = np.flatnonzero(y > OPEN)
        reach = self.reach[:, live]
        reach.data[:] = y[live[reach.indices]]
        by_site = sparse.csr_array(
            (np.ones(len(live)), (np.arange(len(live)), self.site[live])), shape=(len(live), len(open_))
        )
        offers = sparse.csr_array(reach @ by_site)
        offers.sort_indices()
        offers.data[:] = np.minimum(offers.data, open_[offers.indices])
        offered = np.asarray(offers.sum(axis=1)).ravel()
        mine = np.flatnonzero((wanted > WANTED) & (offered < wanted + SPARE) & (np.diff(offers.indptr) > 1))
        mine = mine[np.argsort(offered[mine] - wanted[mine], kind="stable")]
        seen: dict[bytes, int] = {}  # of those that see the same the one that is most short
        for i in mine.tolist():
            places = slice(offers.indptr[i], offers.indptr[i + 1])
            seen.setdefault(offers.indices[places].tobytes() + offers.data[places].tobytes(), i)
        demand = rng.permutation(np.fromiter(seen.values(), np.int64, len(seen)))
        slack = np.minimum(wanted[demand] - offered[demand], 0.0)
        return Offers(demand, sparse.csr_array(offers[demand]), slack, wanted, y, open_)

    def _of_triples(self, offers: Offers, near: Triples) -> Rows:
        """The cuts of the worst triple of each demand."""
        worst = np.flatnonzero(near.violation > TRIPLE)
        group = np.unique(np.sort(np.column_stack([worst, near.others[worst]]), axis=1), axis=0)
        if not len(group):
            return stack([])
        return self._rows(offers, offers.demand[group], np.ones(group.shape), np.ones(len(group)), OF_TRIPLE)

    def _of_handfuls(
        self, offers: Offers, near: Triples, rng: np.random.Generator, most: int, seconds: float
    ) -> list[Rows]:
        """Cuts of demands that near triples link, the worst ones sooner."""
        live = np.flatnonzero(near.others[:, 0] >= 0)
        until = time.monotonic() + seconds
        found: list[Rows] = []
        seen: set[tuple[int, ...]] = set()
        for start in live[np.argsort(rng.gumbel(size=len(live)) * DEEP * 10 - near.violation[live])].tolist():
            if len(seen) == most or time.monotonic() > until:
                break
            group = _linked(start, near.others)
            if len(group) < 4 or tuple(group) in seen:
                continue
            seen.add(tuple(group))
            row = self._of_handful(offers, offers.demand[group])
            if row is not None:
                found.append(row)
        return found

    def _of_handful(self, offers: Offers, group: Ints) -> Rows | None:
        """The deepest cut of a handful, None where none is violated."""
        reach = self.reach
        seen = _seen(
            reach.indptr.astype(np.int64),
            reach.indices.astype(np.int64),
            group,
            self.site,
            offers.y,
            offers.open_,
            SIZE,
        )
        subset = np.flatnonzero(seen > OPEN)
        wanted = offers.wanted[group]
        weight, price = _deepest(len(group), subset, wanted, seen[subset])
        if not weight.any():
            return None
        singles = 1 << np.arange(len(group))
        cost, _, _ = _cheapest(len(group), np.concatenate([subset, singles]), np.concatenate([price, weight]))
        base = float((_sums(weight) - cost).max())
        rows = self._rows(offers, group[None, :], weight[None, :], np.array([base]), cost[None, :])
        return rows if len(rows) else None

    def _rows(self, offers: Offers, group: Ints, weight: Floats, base: Floats, price: Floats) -> Rows:
        """The cuts of several handfuls that are violated.

        Args:
            group, weight: (cuts, demands of each) the asks, and λ.
            base: (cuts,) m₀.
            price: (cuts or 1, subsets) c.
        """
        master, reach = self.master, self.reach
        row, which, value, sum_ = _terms(
            reach.indptr.astype(np.int64),
            reach.indices.astype(np.int64),
            group,
            price,
            self.site,
            offers.y,
            offers.open_,
        )
        column = np.concatenate([master.y + self.option, self.column])[which]
        count = len(group)
        weights = sparse.csr_array(
            (weight.ravel(), (np.repeat(np.arange(count), group.shape[1]), group.ravel())),
            shape=(count, self.asks.shape[0]),
        )
        asked = sparse.coo_array(weights @ self.asks)
        largest = np.full(count, 1e-9)
        np.maximum.at(largest, row, value)
        np.maximum.at(largest, asked.row, asked.data)
        rows = Rows.of(
            np.concatenate([asked.row, row]),
            np.concatenate([asked.col, column]),
            np.concatenate([-asked.data / largest[asked.row], value * (1 + 1e-9) / largest[row]]),
            -base / largest - 1e-9,
            np.inf,
        )
        depth = (weight * offers.wanted[group]).sum(axis=1) - sum_ - base
        return rows.where(depth > DEEP)


def _linked(start: int, others: Ints) -> list[int]:
    """A demand, those of its worst triple, those of theirs and so on, in increasing order."""
    group = [start]
    for one in group:
        for other in others[one].tolist():
            if other >= 0 and other not in group and len(group) < MOST:
                group.append(other)
    return sorted(group)


def _deepest(demands: int, subset: Ints, wanted: Floats, seen: Floats) -> tuple[Floats, Floats]:
    """(λ by demand, price of each subset) of the cut most violated at a point; zeros where none is.

    maximise λ · wanted − price · seen − m₀ over λ, price, m₀ ≥ 0 with Σ λ ≤ 1 and, for every B and every way to make it
    up of the subsets, λ(B) ≤ m₀ + the sum of their prices.

    Args:
        subset: subsets of the demands, by bits, that single sites reach.
        seen: how far sites that reach each of them are open.
    """
    columns = demands + len(subset) + 1
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = columns, 1
    lp.col_cost_ = np.concatenate([-wanted, seen, [1.0]])
    lp.col_lower_, lp.col_upper_ = np.zeros(columns), np.ones(columns)
    lp.row_lower_, lp.row_upper_ = np.array([-np.inf]), np.ones(1)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.array([0, demands])
    lp.a_matrix_.index_, lp.a_matrix_.value_ = np.arange(demands), np.ones(demands)
    solver.passModel(lp)
    members = (np.arange(1 << demands)[:, None] >> np.arange(demands)) & 1
    rows = np.hstack([members[subset], -np.eye(len(subset)), -np.ones((len(subset), 1))])
    while True:
        row, column = np.nonzero(rows)  # many small ones: building sparse arrays would take as long as solving
        solver.addRows(
            len(rows), np.full(len(rows), -np.inf), np.zeros(len(rows)), len(row),
            np.searchsorted(row, np.arange(len(rows))).astype(np.int32), column.astype(np.int32), rows[row, column],
        )  # fmt: skip
        solver.run()
        if solver.getInfo().objective_function_value > -DEEP:  # the rows still missing only make it shallower
            return np.zeros(demands), np.zeros(len(subset))
        value = np.maximum(np.array(solver.getSolution().col_value), 0.0)
        weight, price = value[:demands], value[demands:-1]
        cost, last, rest = _cheapest(demands, subset, price)
        over = _sums(weight) - cost - value[-1]
        worst = np.argsort(-over)[:SUBSETS]
        worst = worst[over[worst] > 1e-7]
        if not len(worst):
            return np.where(weight > 1e-9, weight, 0.0), price
        rows = np.hstack([members[worst], np.zeros((len(worst), len(subset))), -np.ones((len(worst), 1))])
        for number, made in enumerate(worst.tolist()):
            while made:
                rows[number, demands + last[made]] -= 1.0
                made = rest[made]


@nb.njit(cache=True, nogil=True)
def _sums(weight):  # type: ignore[no-untyped-def]
    """λ(B) of every subset."""
    total = np.zeros(1 << len(weight))
    for i in range(len(weight)):
        for subset in range(1 << i):
            total[subset | 1 << i] = total[subset] + weight[i]
    return total


@nb.njit(cache=True, nogil=True)
def _cheapest(demands, subset, price):  # type: ignore[no-untyped-def]
    """(cost, last subset, what was there before it) of the cheapest way to make up each set, or more than it."""
    cost = np.full(1 << demands, np.inf)
    last, rest = np.full(1 << demands, -1), np.zeros(1 << demands, np.int64)
    cost[0] = 0.0
    for made in range(1, 1 << demands):
        lowest = made & -made
        for t in range(len(subset)):
            if subset[t] & lowest:
                before = made & ~subset[t]
                if cost[before] + price[t] < cost[made]:
                    cost[made], last[made], rest[made] = cost[before] + price[t], t, before
    return cost, last, rest


@nb.njit(cache=True, nogil=True)
def _reached(pointer, option, group, bits, touched):  # type: ignore[no-untyped-def]
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
    for k in range(last - first):
        base = price[union[k]]
        sum_ = base * whole
        for q in range(k):
            sum_ += (price[union[q]] - base) * y[touched[first + q]]
        if sum_ < least - 1e-9:
            least, place = sum_, k
    return place, least


@nb.njit(cache=True, nogil=True)
def _terms(pointer, option, groups, prices, site, y, open_):  # type: ignore[no-untyped-def]
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
        count = _reached(pointer, option, groups[g], bits, touched)
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
                row[end], which[end], value[end] = g, touched[p], price[bits[touched[p]]]
                if place >= 0:
                    value[end] = price[union[p - first]] - price[union[place]]
                end += 1
            if place >= 0:
                row[end], which[end], value[end] = g, m + here, price[union[place]]
                end += 1
            first = last
        for p in range(count):
            bits[touched[p]] = 0
    return row[:end], which[:end], value[:end], sums


@nb.njit(cache=True, nogil=True)
def _seen(pointer, option, group, site, y, open_, size):  # type: ignore[no-untyped-def]
    """How far sites are open that reach each subset of a group. Shape (2**len(group),)."""
    m = len(site)
    bits, touched, union = np.zeros(m, np.int64), np.empty(m, np.int64), np.empty(m, np.int64)
    seen = np.zeros(1 << len(group))
    count = _reached(pointer, option, group, bits, touched)
    first = 0
    while first < count:
        last = first + 1
        while last < count and site[touched[last]] == site[touched[first]]:
            last += 1
        whole = open_[site[touched[first]]]
        _ordered(touched, first, last, bits, size, union)
        place, _ = _place(touched, first, last, bits, size, union, y, whole)
        for p in range(first, last if place < 0 else first + place):
            seen[bits[touched[p]] if place < 0 else union[p - first]] += y[touched[p]]
            whole -= y[touched[p]]
        if place >= 0:
            seen[union[place]] += max(whole, 0.0)
        first = last
    return seen
