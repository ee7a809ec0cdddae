"""Trees whose edges all cost the same: only their nodes matter, so sets of nodes are searched, not trees.

A tree over k nodes has k - 1 edges whichever way it spans them, so with edges at a fee f each node is worth its prize
less f: this is the maximum-weight connected subgraph problem (Álvarez-Miranda, Ljubić and Mutzel 2013). Nodes worth 0
or more are taken as soon as the set touches them; joined nodes of that kind form one group. What remains to be chosen
are the nodes that cost more than they bring, between the groups.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from netplan.planner.prizes.structure import PrizeTree
from netplan.planner.problem import Bools, Floats, Ints


@dataclass(frozen=True)
class Even:
    """Payers (nodes to choose) and groups (what they touch); two neighbouring payers share a group worth nothing."""

    fee: float
    """cost of every edge"""
    payer: Ints
    """(payers,) their nodes"""
    group: Ints
    """(nodes,) the group of each node that pays for itself, else -1"""
    price: Floats
    """(payers,) fee less prize, above 0"""
    gain: Floats
    """(groups,) worth of each group; above all prices together where it must be joined"""
    touch_ptr: Ints
    touch: Ints
    """groups that each payer touches"""
    member_ptr: Ints
    member: Ints
    """payers that touch each group"""

    @staticmethod
    def of(tree: PrizeTree) -> Even | None:
        """The search that a tree problem allows, or None where its edges differ or nothing is to be chosen."""
        cost = np.asarray(tree.model.problem.edge_cost, float)[tree.number]
        if not len(cost) or cost[0] <= 0 or (cost != cost[0]).any():
            return None
        fee, nodes = float(cost[0]), len(tree.prize)
        tail, head = np.repeat(np.arange(nodes), np.diff(tree.pointer)), tree.other
        prize = tree.prize.copy()
        if tree.rooted:
            prize[0] += prize.sum() + fee * nodes
        pays = (prize < fee) & (np.diff(tree.pointer) > 0)
        payer = np.flatnonzero(pays)
        if not len(payer):
            return None
        among = (prize[tail] >= fee) & (prize[head] >= fee)
        graph = sparse.csr_array((np.ones(among.sum()), (tail[among], head[among])), shape=(nodes, nodes))
        label = connected_components(graph, directed=False)[1]
        rich = np.flatnonzero(prize >= fee)
        kinds, of_rich = np.unique(label[rich], return_inverse=True)
        group = np.full(nodes, -1)
        group[rich] = of_rich
        price = fee - prize[payer]
        gain = np.bincount(of_rich, prize[rich] - fee, len(kinds))
        gain = np.minimum(gain, price.sum() + fee)  # more says nothing but that it must be joined
        number = np.full(nodes, -1)
        number[payer] = np.arange(len(payer))
        across = pays[tail] & (group[head] >= 0)
        beside = pays[tail] & pays[head] & (tail < head)
        pairs = len(kinds) + np.arange(beside.sum())
        who = np.concatenate([number[tail[across]], number[tail[beside]], number[head[beside]]])
        what = np.concatenate([group[head[across]], pairs, pairs])
        count = len(kinds) + len(pairs)
        who, what = np.divmod(np.unique(who * count + what), max(count, 1))
        order = np.lexsort((who, what))
        return Even(
            fee,
            payer,
            group,
            price,
            np.concatenate([gain, np.zeros(len(pairs))]),
            np.searchsorted(who, np.arange(len(payer) + 1)),
            what,
            np.searchsorted(what[order], np.arange(count + 1)),
            who[order],
        )

    def chosen(self, joined: Bools) -> Bools:
        """Which payers are among the nodes (nodes,) of a tree. Shape (payers,)."""
        return np.asarray(joined[self.payer])

    def joined(self, chosen: Bools) -> Bools:
        """The nodes of the set that some payers make: they and the groups they touch; the best group without any."""
        touched = np.zeros(len(self.gain), bool)
        touched[self.touch[np.repeat(chosen, np.diff(self.touch_ptr))]] = True
        if not chosen.any():
            touched[np.argmax(self.gain)] = True
        out = (self.group >= 0) & touched[self.group]
        out[self.payer[chosen]] = True
        return out
