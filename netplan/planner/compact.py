"""The complete model of a `Problem` as one mixed-integer program, for any solver to check an answer with.

Nothing is left to be separated or repaired, and nothing is shared with the engine: it is written from the arrays alone.

    x_ij   share of demand i served by option j, on the pattern of service_use
    y_j    option open           z_s   site open           b_e   edge built
    w_s    site s must be joined to a root
    one    fixed at 1: carries the constant of the objective, which files of other solvers read with either sign
    unit_a units sent from the roots along arc a           flow_a  traffic in Mbit/s sent back along arc a

Arcs are the two directions of every edge that can join anything: not a loop, not between two roots, capacity above 0,
and never into a root, where paths end.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy import sparse

if TYPE_CHECKING:
    from netplan.planner.problem import Bools, Floats, Ints, Problem


Term = tuple[npt.ArrayLike, npt.ArrayLike, npt.ArrayLike]
"""(rows, columns, values) of one term of a block; the values may be one number"""


@dataclass(frozen=True)
class Block:
    """Rows lower ≤ A v ≤ upper of one formula, A in triplets; `key` numbers them in the problem's own terms."""

    name: str
    key: tuple[Ints, ...]
    row: Ints
    col: Ints
    value: Floats
    lower: Floats
    upper: Floats

    @staticmethod
    def of(
        name: str,
        key: tuple[npt.ArrayLike, ...],
        terms: Iterable[Term],
        lower: npt.ArrayLike,
        upper: npt.ArrayLike,
    ) -> Block:
        """As many rows as `key` has entries; bounds are arrays of that length or one number."""
        keys = tuple(np.asarray(part, np.int64) for part in key)
        rows, cols, values = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], [np.zeros(0)]
        for row, col, value in terms:
            rows.append(np.asarray(row, np.int64))
            cols.append(np.asarray(col, np.int64))
            values.append(np.broadcast_to(np.asarray(value, float), rows[-1].shape))
        shape = keys[0].shape
        low, high = np.broadcast_to(np.asarray(lower, float), shape), np.broadcast_to(np.asarray(upper, float), shape)
        return Block(name, keys, np.concatenate(rows), np.concatenate(cols), np.concatenate(values), low, high)

    def __len__(self) -> int:
        return len(self.lower)


@dataclass(frozen=True)
class Columns:
    """Where each family starts, in the order x | y | z | b | w | unit | flow | one, and what its columns stand for."""

    y: int
    z: int
    b: int
    w: int
    unit: int
    flow: int
    one: int
    x_demand: Ints
    x_option: Ints
    w_site: Ints
    """sites that an open option can put in need of a root: the site has a node and the node is no root"""
    w_of: Ints
    """column of w for each site, -1 where there is none. Shape (s,)"""
    arc_edge: Ints
    arc_from: Ints
    arc_to: Ints
    most: float
    """most traffic (Mbit/s) that can ever enter the network"""

    @property
    def binding(self) -> bool:
        """Whether the traffic block is part of the model: some edge holds less than could come its way."""
        return self.flow < self.one

    @property
    def count(self) -> int:
        """How many columns there are."""
        return self.one + 1

    def names(self) -> list[str]:
        """A readable name for every column: x_3_5 is demand 3 at option 5, unit_4_0_2 edge 4 from node 0 to node 2."""
        sizes = np.diff([self.y, self.z, self.b, self.w]).tolist()
        parts: list[tuple[str, tuple[Ints, ...]]] = [("x", (self.x_demand, self.x_option))]
        parts += [(name, (np.arange(size),)) for name, size in zip("yzb", sizes, strict=True)]
        parts += [("w", (self.w_site,)), ("unit", (self.arc_edge, self.arc_from, self.arc_to))]
        if self.binding:
            parts.append(("flow", (self.arc_edge, self.arc_to, self.arc_from)))
        return [name for prefix, key in parts for name in _names(prefix, key)] + ["one"]


@dataclass(frozen=True)
class CompactModel:
    """minimise (maximise) cost · v over row_lower ≤ A v ≤ row_upper, lower ≤ v ≤ upper, some v integer."""

    cost: Floats
    maximise: bool
    matrix: sparse.csr_array
    row_lower: Floats
    row_upper: Floats
    lower: Floats
    upper: Floats
    integer: Bools
    columns: Columns
    blocks: tuple[Block, ...]

    def row_names(self) -> list[str]:
        """A readable name for every row: its block and its numbers in the problem."""
        return [name for block in self.blocks for name in _names(block.name, block.key)]


def compact_model(problem: Problem, served: float | None = None) -> CompactModel:
    """Every rule of `problem` in one model whose optimum is `Solution.objective`.

    minimise Σ option_cost y + Σ site_cost z + Σ edge_cost b + Σ service_cost x + Σ_i penalty_i (1 − Σ_j x_ij)

    over the demands of finite penalty. With a budget there are two stages: without `served` the model maximises
    Σ weight_i x_ij within the budget; with `served`, the weight that found, it is the least cost of serving it.

    Args:
        served: least weight to serve; None for no such row.
    """
    columns = _columns(problem)
    blocks = [*coverage(problem, columns), *capacity(problem, columns), *opening(problem, columns)]
    blocks += [*connectivity(problem, columns), *traffic(problem, columns), limits(problem, columns)]
    penalty = np.where(np.isfinite(problem.demand_penalty), problem.demand_penalty, 0.0)
    cost, weight = np.zeros(columns.count), np.zeros(columns.count)
    cost[: columns.y] = _on_pattern(problem, columns) - penalty[columns.x_demand]
    cost[columns.y : columns.w] = np.concatenate([problem.option_cost, problem.site_cost, problem.edge_cost])
    weight[: columns.y] = problem.demand_weight[columns.x_demand]
    cost[columns.one] = penalty.sum()
    maximise = problem.budget is not None and served is None
    if problem.budget is not None:
        blocks.append(_one_row("budget", cost, -np.inf, problem.budget))
    if served is not None:
        blocks.append(_one_row("served_weight", weight, served, np.inf))
    lower, upper, integer = _bounds(problem, columns)
    rows = _rows(blocks, columns)
    return CompactModel(weight if maximise else cost, maximise, *rows, lower, upper, integer, columns, tuple(blocks))


def coverage(problem: Problem, columns: Columns) -> tuple[Block, Block]:
    """Who is served, and the targets.

    serve_i: Σ_j x_ij ≤ 1, = 1 where the penalty is infinite
    target_k: Σ_i member_ki weight_i Σ_j x_ij ≥ target_min_k
    """
    n, entries = problem.shape[0], np.arange(columns.y)
    must = np.isinf(problem.demand_penalty)
    low = np.where(must, 1.0, -np.inf)
    serve = Block.of("serve", (np.arange(n),), [(columns.x_demand, entries, 1.0)], low, 1.0)
    spread = sparse.csr_array((problem.demand_weight[columns.x_demand], (columns.x_demand, entries)), (n, columns.y))
    counted = sparse.csr_array(problem.target_member @ spread).tocoo()
    number = (np.arange(len(problem.target_min)),)
    target = Block.of("target", number, [(counted.row, counted.col, counted.data)], problem.target_min, np.inf)
    return serve, target


def capacity(problem: Problem, columns: Columns) -> tuple[Block, Block]:
    """An option serves nothing unless it is open, and shares its capacity over what it serves.

    open_i_j: x_ij ≤ max_ij y_j
    room_j: Σ_i use_ij x_ij ≤ capacity_j y_j where the capacity is finite
    """
    entries = np.arange(columns.y)
    share = _x_upper(problem, columns)
    terms: list[Term] = [(entries, entries, 1.0), (entries, columns.y + columns.x_option, -share)]
    opened = Block.of("open", (columns.x_demand, columns.x_option), terms, -np.inf, 0.0)
    finite = np.isfinite(problem.option_capacity)
    row = np.cumsum(finite) - 1
    limited = np.flatnonzero(finite[columns.x_option])
    option = np.flatnonzero(finite)
    used = (row[columns.x_option[limited]], limited, problem.service_use.data[limited])
    terms = [used, (row[option], columns.y + option, -problem.option_capacity[option])]
    return opened, Block.of("room", (option,), terms, -np.inf, 0.0)


def opening(problem: Problem, columns: Columns) -> tuple[Block, Block, Block]:
    """An option opens its site, and a built edge the sites it stands on.

    site_j: y_j ≤ z_s of its site
    need_j: y_j ≤ w_s where the option needs backhaul and the site's node is no root
    stand_e_0, stand_e_1: b_e ≤ z_s for both columns of edge_site
    """
    option = np.flatnonzero(problem.option_site >= 0)
    site = problem.option_site[option]
    needs = problem.option_needs_backhaul[option]
    needs[needs] = columns.w_of[site[needs]] >= 0
    edge, side = np.nonzero(problem.edge_site >= 0)
    stands = problem.edge_site[edge, side]
    return (
        _below("site", (option,), columns.y + option, columns.z + site),
        _below("need", (option[needs],), columns.y + option[needs], columns.w_of[site[needs]]),
        _below("stand", (edge, side), columns.b + edge, columns.z + stands),
    )


def connectivity(problem: Problem, columns: Columns) -> tuple[Block, Block]:
    """A unit runs from the roots to every site in need, over built edges.

    join_v: Σ_into v unit − Σ_out of v unit = Σ_{s at v} w_s for every node v that is no root
    wire_e: unit_uv + unit_vu ≤ U b_e, with U the number of sites that can be in need
    """
    node = _inner_nodes(problem, columns)
    sites = len(columns.w_site)
    at = np.searchsorted(node, problem.site_node[columns.w_site])
    terms: list[Term] = [*_ends(columns, node, columns.unit), (at, columns.w + np.arange(sites), -1.0)]
    return Block.of("join", (node,), terms, 0.0, 0.0), _on_edges("wire", columns, columns.unit, np.full(1, sites))


def traffic(problem: Problem, columns: Columns) -> tuple[Block, ...]:
    """What the options of a site serve runs back to the roots within capacity, either way, both ways together.

    load_v: Σ_out of v flow − Σ_into v flow = Σ_{j at v} Σ_i mbps_i x_ij over the options that need backhaul
    carry_e: flow_uv + flow_vu ≤ min(capacity_e, most) b_e, with `most` all the traffic there can be

    No rows where no edge's capacity can bind.
    """
    if not columns.binding:
        return ()
    node = _inner_nodes(problem, columns)
    entry = _carried(problem, columns.x_option)
    entry = entry[columns.w_of[problem.option_site[columns.x_option[entry]]] >= 0]
    at = np.searchsorted(node, problem.site_node[problem.option_site[columns.x_option[entry]]])
    terms: list[Term] = [
        *_ends(columns, node, columns.flow),
        (at, entry, -problem.demand_mbps[columns.x_demand[entry]]),
    ]
    room = np.minimum(problem.edge_capacity, columns.most)
    return Block.of("load", (node,), terms, 0.0, 0.0), _on_edges("carry", columns, columns.flow, room)


def limits(problem: Problem, columns: Columns) -> Block:
    """limit_l: limit_lower_l ≤ limit_option y + limit_site z + limit_edge b ≤ limit_upper_l."""
    parts = [(problem.limit_option, columns.y), (problem.limit_site, columns.z), (problem.limit_edge, columns.b)]
    found = [(part.tocoo(), start) for part, start in parts]
    terms = [(part.row, start + part.col.astype(np.int64), part.data) for part, start in found]
    number = (np.arange(len(problem.limit_lower)),)
    return Block.of("limit", number, terms, problem.limit_lower, problem.limit_upper)


def _columns(problem: Problem) -> Columns:
    """Lay the columns out, and leave out sites and arcs that cannot matter."""
    n, m, s, e = problem.shape
    demand = np.repeat(np.arange(n), np.diff(problem.service_use.indptr))
    option = problem.service_use.indices.astype(np.int64)
    is_root = np.zeros(problem.nodes + 1, bool)
    is_root[problem.roots] = True
    needy = problem.option_site[problem.option_needs_backhaul & (problem.option_site >= 0)]
    site = np.unique(needy[(problem.site_node[needy] >= 0) & ~is_root[problem.site_node[needy]]])
    start = np.concatenate([problem.edge_tail, problem.edge_head])
    end = np.concatenate([problem.edge_head, problem.edge_tail])
    edge = np.tile(np.arange(e), 2)
    arc = np.flatnonzero((start != end) & ~is_root[end] & (problem.edge_capacity[edge] > 0))
    entry = _carried(problem, option)
    share = np.bincount(demand[entry], problem.service_max.data[entry], n)
    most = float(problem.demand_mbps @ np.minimum(share, 1.0))
    binds = bool((problem.edge_capacity[edge[arc]] < most).any())
    sizes = [len(demand), m, s, e, len(site), len(arc), len(arc) if binds else 0]
    y, z, b, w, unit, flow, one = np.cumsum(sizes).tolist()
    w_of = np.full(s, -1, np.int64)
    w_of[site] = w + np.arange(len(site))
    return Columns(y, z, b, w, unit, flow, one, demand, option, site, w_of, edge[arc], start[arc], end[arc], most)


def _bounds(problem: Problem, columns: Columns) -> tuple[Floats, Floats, Bools]:
    """(lower, upper, integer) of the columns; an option that needs backhaul at a site without a node stays shut."""
    lower, upper = np.zeros(columns.count), np.ones(columns.count)
    upper[: columns.y] = _x_upper(problem, columns)
    needs = np.flatnonzero(problem.option_needs_backhaul & (problem.option_site >= 0))
    upper[columns.y + needs[problem.site_node[problem.option_site[needs]] < 0]] = 0.0
    upper[columns.unit : columns.flow] = len(columns.w_site)
    upper[columns.flow : columns.one] = columns.most
    lower[columns.one] = 1.0
    integer = np.zeros(columns.count, bool)
    integer[: columns.y] = problem.demand_integral[columns.x_demand]
    integer[columns.y : columns.w] = True
    return lower, upper, integer


def _x_upper(problem: Problem, columns: Columns) -> Floats:
    """Largest share of each entry: service_max, rounded down where the demand is served wholly or not at all."""
    share = problem.service_max.data
    return np.where(problem.demand_integral[columns.x_demand], np.floor(share), share)


def _on_pattern(problem: Problem, columns: Columns) -> Floats:
    """service_cost on the pattern of service_use, 0 where it is not given. Shape (entries,)."""
    width = problem.shape[1]
    given = problem.service_cost.tocoo()
    keys = np.append(columns.x_demand * width + columns.x_option, -1)
    order = np.argsort(keys)
    wanted = given.row.astype(np.int64) * width + given.col
    place = order[np.minimum(np.searchsorted(keys, wanted, sorter=order), len(keys) - 1)]
    hit = keys[place] == wanted
    out = np.zeros(len(keys))
    out[place[hit]] = given.data[hit]
    return out[:-1]


def _carried(problem: Problem, option: Ints) -> Ints:
    """Entries of x whose traffic enters the network: their option needs backhaul and has a site."""
    return np.flatnonzero(problem.option_needs_backhaul[option] & (problem.option_site[option] >= 0))


def _inner_nodes(problem: Problem, columns: Columns) -> Ints:
    """Nodes with a balance: ends of arcs and places of sites in need, without the roots. Sorted."""
    used = np.concatenate([columns.arc_from, columns.arc_to, problem.site_node[columns.w_site]])
    return np.setdiff1d(used, problem.roots)


def _ends(columns: Columns, node: Ints, start: int) -> list[Term]:
    """Terms of the balance at `node`: + the arcs into it, − the arcs out of it (out of a root: no balance)."""
    arc = start + np.arange(len(columns.arc_edge))
    inner = np.isin(columns.arc_from, node)
    return [
        (np.searchsorted(node, columns.arc_to), arc, 1.0),
        (np.searchsorted(node, columns.arc_from[inner]), arc[inner], -1.0),
    ]


def _on_edges(name: str, columns: Columns, start: int, most: Floats | Ints) -> Block:
    """Both arcs of an edge together ≤ most · b_e; `most` per edge, or one for all."""
    edge, row = np.unique(columns.arc_edge, return_inverse=True)
    room = np.broadcast_to(most, edge.shape) if len(most) == 1 else most[edge]
    arc = start + np.arange(len(columns.arc_edge))
    terms: list[Term] = [(row, arc, 1.0), (np.arange(len(edge)), columns.b + edge, -room)]
    return Block.of(name, (edge,), terms, -np.inf, 0.0)


def _below(name: str, key: tuple[Ints, ...], left: Ints, right: Ints) -> Block:
    """left ≤ right, row by row."""
    row = np.arange(len(left))
    return Block.of(name, key, [(row, left, 1.0), (row, right, -1.0)], -np.inf, 0.0)


def _one_row(name: str, coefficients: Floats, lower: float, upper: float) -> Block:
    """lower ≤ coefficients · v ≤ upper."""
    used = np.flatnonzero(coefficients)
    return Block.of(name, (np.zeros(1, np.int64),), [(np.zeros(len(used)), used, coefficients[used])], lower, upper)


def _rows(blocks: list[Block], columns: Columns) -> tuple[sparse.csr_array, Floats, Floats]:
    """(A, lower, upper) of all blocks, one below the other.

    A row without entries (a demand that must be served and that nobody can) becomes lower + 1 ≤ one ≤ upper + 1:
    solvers and file formats are not to be relied on for empty rows.
    """
    starts = np.cumsum([0] + [len(block) for block in blocks])
    row = np.concatenate([block.row + start for block, start in zip(blocks, starts[:-1], strict=True)])
    col, value = np.concatenate([block.col for block in blocks]), np.concatenate([block.value for block in blocks])
    row, col, value = row[value != 0], col[value != 0], value[value != 0]
    empty = np.bincount(row, minlength=starts[-1]) == 0
    row = np.append(row, np.flatnonzero(empty))
    col, value = np.append(col, np.full(empty.sum(), columns.one)), np.append(value, np.ones(empty.sum()))
    lower, upper = (np.concatenate([getattr(block, side) for block in blocks]) for side in ("lower", "upper"))
    matrix = sparse.csr_array((value, (row, col)), shape=(int(starts[-1]), columns.count))
    return matrix, lower + empty, upper + empty


def _names(prefix: str, key: tuple[Ints, ...]) -> list[str]:
    """prefix_1_2 for every row of the key."""
    return [f"{prefix}_{'_'.join(map(str, numbers))}" for numbers in zip(*(part.tolist() for part in key), strict=True)]
