"""What a set of sites serves of a demand comes over links into the set: cuts where shares are columns.

For a demand i and any set W of nodes without a root

    Σ_{j at sites of W that needs backhaul} x_ij ≤ Σ_{a into W} a

which is a directed cut in the network of which the demand's options are the last arcs, x_ij wide. The cuts of
`terminals` have max_ij y_j in the place of x_ij: these are what is left of them without shares, and weaker wherever
capacity keeps an option from serving all that it is open for. Half-open sites of a town, each of which has room for a
part of the town, share a link by half when each demand is served by the one, and as far as links go by the other.
"""

from __future__ import annotations

import numpy as np

from netplan.planner.coverage_cuts import entered_sets, spread
from netplan.planner.master import Master
from netplan.planner.problem import Floats, Ints
from netplan.planner.rows import Rows
from netplan.planner.terminals import Terminals, sums_between


def share_cuts(
    master: Master, terminals: Terminals, point: Floats, share: Floats, column: Ints, order: Ints, most: int
) -> Rows:
    """Up to `most` violated cuts as rows ≥ 0, demands tried in the given order.

    Args:
        point: of the master.
        share: (entries,) the point's shares.
        column: (entries,) their columns.
        order: demands, not classes of them, whose cuts would say less.
    """
    cover = sums_between(terminals.entry_ptr, share[terminals.entry_number])
    need = sums_between(terminals.pair_ptr, cover)
    sets = entered_sets(master, terminals, point, need, cover, order, most, alone=True)
    count, pairs = len(sets.whose), len(cover)
    arc_row = np.repeat(np.arange(count), np.diff(sets.arc_ptr))
    row, pair = spread(terminals.pair_ptr, sets.whose)
    outside = np.repeat(np.arange(count), np.diff(sets.out_ptr)) * pairs + sets.out
    inside = ~np.isin(row * pairs + pair, outside)
    position, entry = spread(terminals.entry_ptr, pair[inside])
    return Rows.of(
        np.concatenate([arc_row, row[inside][position]]),
        np.concatenate([master.a + sets.arc, column[terminals.entry_number[entry]]]),
        np.concatenate([np.ones(len(arc_row)), -np.ones(len(entry))]),
        np.zeros(count),
        np.inf,
    )
