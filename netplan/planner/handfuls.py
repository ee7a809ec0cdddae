"""Local cuts of a few demands: what sites can do for them at most, in whole numbers.

Take a handful A of demands, weights λ ≥ 0 of them, and a price c(T) of every subset T of A that neither falls when T
grows nor is more than the prices of two subsets that make up T. With m₀ = max over B ⊆ A of λ(B) − c(B) every plan has

    Σ_{i in A} λ_i u_i ≤ m₀ + Σ_sites c(what the open options of the site reach of A)

because B, those that are served, is no more than what the open sites reach together. With R_j what option j reaches of
A, and T_q what the options of a site reach from the q-th on, in any order, a site's price is at most

    Σ_j c(R_j) y_j     and     Σ_{q<k} (c(T_q) − c(T_k)) y_q + c(T_k) w     for any k

(w, or z where some options need no backhaul: whether the site is open); in the order of falling c(R_j) the least
at the present point is taken.

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
from functools import cached_property

import numpy as np
from scipy import sparse

from netplan.planner.master import Master
from netplan.planner.problem import Floats, Ints
from netplan.planner.rows import Rows, stack
from netplan.planner.site_terms import reached, terms
from netplan.planner.subset_prices import DEEP, cheapest, deepest, sums
from netplan.planner.triples import Triples, triples

MOST = 8
"""demands of a handful: 2⁸ subsets"""
OPEN = 0.003
"""an option that is open less than this plays no part in the search"""
WANTED, SPARE = 0.2, 0.4
"""demands of which less is wanted, or that are offered so much more than is wanted, are not looked at"""
TRIPLE, TRIPLES = 0.03, 3000
"""violation from which on a triple's cut is added, and how many at a time, the worst ones"""
FEW = 0.1
"""triples for each demand that is looked at below which handfuls are sought, too"""
NEAR, NOISE = -0.2, 0.04
"""violation from which on triples are joined to handfuls; and what is added to it by chance for their order"""
ROUND = 1e-6
"""weights and prices are multiples of this"""
OF_TRIPLE = np.array([[0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 2.0]])
"""price of each subset of three"""
SIZE = np.array([bin(subset).count("1") for subset in range(1 << MOST)], float)
"""demands of each subset"""


@dataclass(frozen=True)
class Offers:
    """What a point of the master offers to demands that may be short of it."""

    demand: Ints
    """those (asks), each of which is offered something else than the rest"""
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
    """(m,) its unit, which is its site or, see `clusters`, a set of them; s and its number without one"""
    opener: sparse.csr_array
    """(s, columns) columns whose sum says whether a unit is open"""

    @cached_property
    def _pattern(self) -> tuple[Ints, Ints]:
        """Pointer and options of `reach`."""
        return self.reach.indptr.astype(np.int64), self.reach.indices.astype(np.int64)

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
        column = np.where(master.loose_sites, master.z, master.w) + np.arange(s)
        opener = sparse.csr_array((np.ones(s), (np.arange(s), column)), shape=(s, master.columns))
        return Handfuls(master, asks, reach, order, site[order], opener)

    def cuts(self, point: Floats, rng: np.random.Generator, most: int, seconds: float = np.inf) -> Rows:
        """The violated cuts of triples, and where these are few, of up to `most` handfuls for about the given time."""
        offers = self._offers(point, rng)
        if len(offers.demand) < 3:
            return stack([])
        near = triples(offers.offers, offers.slack, NEAR)
        found = self._of_triples(offers, near)
        if len(found) < FEW * len(offers.demand):
            found = stack([found, *self._of_handfuls(offers, near, rng, most, seconds)])
        return found

    def _offers(self, point: Floats, rng: np.random.Generator) -> Offers:
        """What a point offers, demands in any order."""
        master = self.master
        y = np.clip(point[master.y : master.z], 0.0, 1.0)[self.option]
        open_ = np.concatenate([np.clip(self.opener @ point, 0.0, 1.0), np.ones(len(y))])
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
        offers.eliminate_zeros()
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
        worst = np.argsort(-near.violation, kind="stable")[:TRIPLES]
        worst = worst[near.violation[worst] > TRIPLE]
        group = np.unique(np.sort(np.column_stack([worst, near.others[worst]]), axis=1), axis=0)
        if not len(group):
            return stack([])
        return self._rows(offers, offers.demand[group], np.ones(group.shape), np.ones(len(group)), OF_TRIPLE)

    def _of_handfuls(
        self, offers: Offers, near: Triples, rng: np.random.Generator, most: int, seconds: float
    ) -> list[Rows]:
        """Cuts of demands that near triples link, the worst ones sooner."""
        live = np.flatnonzero(near.others[:, 0] >= 0)
        until = time.thread_time() + seconds
        found: list[Rows] = []
        seen: set[tuple[int, ...]] = set()
        luck = NOISE * rng.gumbel(size=len(live))
        for start in live[np.argsort(luck - near.violation[live])].tolist():
            if len(seen) == most or time.thread_time() > until:
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
        open_ = reached(*self._pattern, group, self.site, offers.y, offers.open_, SIZE)
        subset = np.flatnonzero(open_ > OPEN)
        weight, price = deepest(len(group), subset, offers.wanted[group], open_[subset])
        mine = np.flatnonzero(weight > ROUND)
        if not len(mine):
            return None
        # any weights and prices make a cut: few digits keep its coefficients away from rounding
        weight, price = np.round(weight[mine] / ROUND) * ROUND, np.round(price / ROUND) * ROUND
        left = (((subset[:, None] >> mine) & 1) << np.arange(len(mine))).sum(axis=1)
        group, singles = group[mine], 1 << np.arange(len(mine))
        cost, _, _ = cheapest(len(mine), np.concatenate([left, singles]), np.concatenate([price, weight]))
        base = float((sums(weight) - cost).max())
        rows = self._rows(offers, group[None, :], weight[None, :], np.array([base]), cost[None, :])
        return rows if len(rows) else None

    def _rows(self, offers: Offers, group: Ints, weight: Floats, base: Floats, price: Floats) -> Rows:
        """The cuts of several handfuls that are violated.

        Args:
            group, weight: (cuts, demands of each) the asks, and λ.
            base: (cuts,) m₀.
            price: (cuts or 1, subsets) c.
        """
        master = self.master
        row, which, value, sum_ = terms(*self._pattern, group, price, self.site, offers.y, offers.open_)
        count, m = len(group), len(self.option)
        whole = which >= m
        opened = sparse.csr_array((value[whole], (row[whole], which[whole] - m)), shape=(count, self.opener.shape[0]))
        by_site = sparse.coo_array(opened @ self.opener)
        row, column, value = (
            np.concatenate(pair)
            for pair in (
                (row[~whole], by_site.row),
                (master.y + self.option[which[~whole]], by_site.col),
                (value[~whole], by_site.data),
            )
        )
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
