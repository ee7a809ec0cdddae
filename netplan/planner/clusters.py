"""Clusters of sites: half-open sites that share half of a link are joined by it wholly, or not at all.

The cuts of `handfuls` say of a site that what its options do for a few demands counts no more than the site is open.
The same holds for any set W of nodes without a root: nobody in it is served by its sites unless an arc enters it, so
that Σ_{a into W} a takes the place of the site's w, and what the options of all its sites reach takes the place of what
those of one do. In a relaxation without such cuts sites that cover much the same people, each open by a third, are
joined by a third of one link: three times less than any of them costs alone.

Clusters are what arcs hold together that are built by more than a little, drawn anew each time: one partition of the
district for each cut, which holds for any.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from netplan.planner.handfuls import Handfuls
from netplan.planner.master import Master
from netplan.planner.problem import Bools, Floats, Ints

LEAST, MOST = 0.01, 0.5
"""part by which arcs are built from which on they hold a cluster together, the least and the most that is drawn"""


def drawn(handfuls: Handfuls, point: Floats, rng: np.random.Generator) -> Handfuls | None:
    """The cuts of handfuls with clusters drawn at random in place of sites; None where every cluster has one site."""
    return clustered(handfuls, point, float(np.exp(rng.uniform(np.log(LEAST), np.log(MOST)))))


def clustered(handfuls: Handfuls, point: Floats, least: float) -> Handfuls | None:
    """The cuts of handfuls with clusters that arcs built by more than `least` hold together in place of their sites.

    Sites where some options need no backhaul, or that stand on a root, remain what they are.

    Args:
        handfuls: with sites.
        point: of the master.
    """
    master, sites = handfuls.master, handfuls.opener.shape[0]
    network = master.model.network
    part, together = _held_together(master, point, least)
    if not together.any():
        return None
    at = part[np.maximum(network.site_node, 0)]
    numbers, of_site = np.unique(np.where(together, at, network.nodes + np.arange(sites)), return_inverse=True)
    clusters = numbers[numbers < network.nodes]
    alone = numbers[len(clusters) :] - network.nodes
    entered = _entered(master, part, clusters)
    opener = sparse.csr_array(sparse.vstack([entered, handfuls.opener[alone]], format="csr"))
    site = np.where(
        handfuls.site < sites, of_site[np.minimum(handfuls.site, sites - 1)], handfuls.site - sites + len(numbers)
    )
    order = np.argsort(site, kind="stable")
    reach = sparse.csr_array(handfuls.reach[:, order])
    reach.sort_indices()
    return replace(handfuls, reach=reach, option=handfuls.option[order], site=site[order], opener=opener)


def _held_together(master: Master, point: Floats, least: float) -> tuple[Ints, Bools]:
    """(nodes,) the component of each node over arcs built by more than `least`, and (s,) sites that share theirs."""
    network = master.model.network
    built = point[master.a : master.columns]
    strong = (built > least) & (network.tail > 0)
    graph = sparse.csr_array(
        (np.ones(int(strong.sum())), (network.tail[strong], network.head[strong])), shape=(network.nodes, network.nodes)
    )
    part = np.asarray(connected_components(graph, directed=False)[1], np.int64)
    joined = (network.site_node > 0) & ~master.loose_sites
    at = part[np.maximum(network.site_node, 0)]
    return part, joined & (np.bincount(at[joined], minlength=network.nodes)[at] > 1)


def _entered(master: Master, part: Ints, clusters: Ints) -> sparse.csr_array:
    """(clusters, columns) the arcs that enter each component: a cluster is open as far as they are built."""
    network = master.model.network
    number = np.full(network.nodes, -1)
    number[clusters] = np.arange(len(clusters))
    into = np.flatnonzero((part[network.tail] != part[network.head]) & (number[part[network.head]] >= 0))
    places = number[part[network.head[into]]], master.a + into
    return sparse.csr_array((np.ones(len(into)), places), shape=(len(clusters), master.columns))
