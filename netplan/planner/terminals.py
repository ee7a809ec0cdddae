"""What must be joined to the roots: sites in need of backhaul and, more strongly, the demands they serve.

A demand is a terminal behind its sites: for any set W of nodes without a root,

    Σ_{a into W} a + Σ_{sites s at no node of W} cover_s + Σ_{options without backhaul} max_ij y_j ≥ Σ_g u_g

where cover_s is w_s or Σ_{j at s} max_ij y_j, whichever is smaller at the present point. With W empty this says that
somebody serves the demand; with a single site it is the directed cut of that site; in between it asks that a cluster
of half-open sites be reached by one whole path, which cuts for single sites do not see (Gollowitzer and Ljubić 2011).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from netplan.planner.master import Master
from netplan.planner.problem import Floats, Ints


@dataclass(frozen=True)
class Terminals:
    """Terminals t with their pairs (t, site), and the entries behind each pair; all grouped by index pointers."""

    count: int
    first_site: int
    """terminals from here on are sites"""
    sites: Ints
    """the site of each of those"""
    need_ptr: Ints
    need_column: Ints
    """columns u whose sum a demand terminal needs"""
    pair_ptr: Ints
    pair_site: Ints
    entry_ptr: Ints
    entry_option: Ints
    entry_max: Floats
    entry_number: Ints
    """entries of each pair: option, largest share and place in the pattern of `service_use`"""
    direct_ptr: Ints
    direct_option: Ints
    direct_max: Floats
    """entries of each terminal that need no backhaul"""
    has_network: bool

    @staticmethod
    def of(master: Master) -> Terminals:
        """One terminal a demand, one a class where a demand has several, one a site in need."""
        model = master.model
        problem, layout, network = model.problem, model.layout, model.network
        classes = master.classes
        n, count = problem.shape[0], len(classes.demand)
        per_demand = np.bincount(classes.demand, minlength=n)
        several = per_demand[classes.demand] > 1
        extra = np.cumsum(several) - 1 + n
        class_terminal = np.where(several, extra, -1)
        live = np.flatnonzero(model.upper[: layout.y] > 0)
        live = live[master.upper[master.y + layout.x_option[live]] > 0]
        both = class_terminal[classes.of_entry[live]]
        terminal = np.concatenate([layout.x_demand[live], both[both >= 0]])
        entry = np.concatenate([live, live[both >= 0]])
        demands = n + int(several.sum())
        option = layout.x_option[entry]
        site = problem.option_site[option]
        wired = (site >= 0) & problem.option_needs_backhaul[option]
        wired &= network.site_node[np.maximum(site, 0)] > 0 if len(network.site_node) else False
        need_terminal = np.concatenate([classes.demand, class_terminal[several]])
        need_column = np.concatenate([np.arange(count), np.flatnonzero(several)])
        needy = np.zeros(problem.shape[2], bool)
        needs = problem.option_needs_backhaul & (problem.option_site >= 0)
        needy[problem.option_site[needs]] = True
        needy &= network.site_node > 0
        sites = np.flatnonzero(needy)
        total = demands + len(sites)
        order = np.flatnonzero(wired)  # by terminal, site and option: one key sorts ten times as fast as three
        order = order[np.argsort((terminal[order] * problem.shape[2] + site[order]) * problem.shape[1] + option[order])]
        t, s = terminal[order], site[order]
        new = np.ones(len(order), bool)
        new[1:] = (t[1:] != t[:-1]) | (s[1:] != s[:-1])
        pair_terminal = np.concatenate([t[new], demands + np.arange(len(sites))])
        entry_ptr = np.append(np.flatnonzero(new), np.full(len(sites) + 1, len(order)))
        direct = np.flatnonzero(~wired)
        direct = direct[np.argsort(terminal[direct], kind="stable")]
        need = np.argsort(need_terminal, kind="stable")
        return Terminals(
            total,
            demands,
            sites,
            np.searchsorted(need_terminal[need], np.arange(total + 1)),
            need_column[need],
            np.searchsorted(pair_terminal, np.arange(total + 1)),
            np.concatenate([s[new], sites]),
            entry_ptr,
            option[order],
            model.upper[entry[order]],
            entry[order],
            np.searchsorted(terminal[direct], np.arange(total + 1)),
            option[direct],
            model.upper[entry[direct]],
            bool(len(sites)),
        )


def levels(master: Master, terminals: Terminals, point: Floats) -> tuple[Floats, Floats, Floats]:
    """(need (count,), cover of each pair, cover of each pair by its options alone) at a point of the master."""
    y = np.clip(point[master.y : master.z], 0.0, 1.0)
    w = np.clip(point[master.w : master.a], 0.0, 1.0)
    pairs = len(terminals.pair_site)
    sums = sums_between(terminals.entry_ptr, y[terminals.entry_option] * terminals.entry_max)
    whole = w[terminals.pair_site]
    by_option = sums.copy()
    by_option[terminals.pair_ptr[terminals.first_site] :] = np.inf
    cover = np.minimum(whole, by_option)
    need = sums_between(terminals.need_ptr, np.clip(point[terminals.need_column], 0.0, 1.0))
    need -= sums_between(terminals.direct_ptr, y[terminals.direct_option] * terminals.direct_max)
    need[terminals.first_site :] = w[terminals.sites]
    assert len(cover) == pairs
    return need, cover, by_option


def sums_between(pointer: Ints, values: Floats) -> Floats:
    """Sum of the values between consecutive pointers."""
    total = np.concatenate([[0.0], np.cumsum(values)])
    return np.asarray(total[pointer[1:]] - total[pointer[:-1]], float)
