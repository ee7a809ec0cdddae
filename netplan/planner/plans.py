"""Plans for branch and cut: built from the relaxation's values, and bettered by local search.

With limit rows the local searches, which know none, work on the model without them where that is safe: rows that admit
so many of some edges are met by leaving only that many (a prize-collecting tree without a root gets one), and any plan
that still breaks a row is dropped.
"""

from __future__ import annotations

import dataclasses
from types import TracebackType

import numpy as np
from scipy import sparse

from netplan.planner.anneal import Annealer, Ground
from netplan.planner.beside import Beside
from netplan.planner.construct import Server, assemble, complete, serve
from netplan.planner.cuts import Cuts
from netplan.planner.dive import Dive
from netplan.planner.greedy import greedy_options
from netplan.planner.improve import Improver
from netplan.planner.incumbent import Search
from netplan.planner.master import Master
from netplan.planner.master_lp import MasterLP
from netplan.planner.model import Model
from netplan.planner.prizes import Growing, PrizeTree
from netplan.planner.problem import Bools, Floats, Problem
from netplan.planner.rounding import lean, rounded

FIRST_S = 1.0
"""seconds for a first tree before the relaxation"""

MORE = 0.5
"""times its value in a relaxation that an option counts beside those that are open at a whole point"""


def within_limits(model: Model, point: Floats | None) -> Floats | None:
    """The point, or None where a limit row does not hold at it."""
    if point is None:
        return None
    problem, layout = model.problem, model.layout
    sums = problem.limit_option @ point[layout.y : layout.z] + problem.limit_site @ point[layout.z : layout.w]
    sums = sums + problem.limit_edge @ point[layout.b : layout.a]
    kept = (sums >= problem.limit_lower - 1e-9) & (sums <= problem.limit_upper + 1e-9)
    return point if kept.all() else None


def only_less_built(problem: Problem) -> bool:
    """Whether no limit row ever asks for an edge: the master knows only edges that carry somebody's traffic."""
    rows = problem.limit_edge.tocsr()
    asked = np.isfinite(problem.limit_lower) & (np.diff(rows.indptr) > 0)
    return bool((rows.data >= 0).all()) and not asked.any()


def without_rules(model: Model, liked: Floats) -> Model | None:
    """The model without limit rows, its dearest-to-break edges priced out; None for rows of another kind.

    Args:
        liked: (e,) of the edges in a row that admits U of them, the U with the highest values stay.
    """
    problem = model.problem
    rows = problem.limit_edge.tocsr()
    counts = bool((rows.data == 1).all()) and not problem.limit_option.nnz and not problem.limit_site.nnz
    if not counts or (problem.limit_lower > 0).any() or (problem.limit_upper < 0).any():
        return None
    shut = np.zeros(problem.shape[3], bool)
    for row in range(rows.shape[0]):
        edges = rows.indices[rows.indptr[row] : rows.indptr[row + 1]]
        most = int(min(problem.limit_upper[row], len(edges)))
        shut[edges[np.argsort(-liked[edges], kind="stable")[most:]]] = True
    out_of_reach = float(np.abs(model.cost).sum()) + 1.0
    cost = np.where(shut, out_of_reach, problem.edge_cost)
    _, m, s, e = problem.shape
    free = dataclasses.replace(
        problem,
        edge_cost=cost,
        limit_lower=np.zeros(0),
        limit_upper=np.zeros(0),
        limit_option=sparse.csr_array((0, m)),
        limit_site=sparse.csr_array((0, s)),
        limit_edge=sparse.csr_array((0, e)),
    )
    whole = model.cost.copy()
    whole[model.layout.b : model.layout.a] = cost
    return dataclasses.replace(model, problem=free, cost=whole)


class Plans:
    """Finds plans of a model and offers them to the search."""

    def __init__(self, model: Model, search: Search, master: Master, seed: int, threads: int = 1) -> None:
        self.model, self.search, self.master, self.seed = model, search, master, seed
        self.ruled = bool(len(model.problem.limit_lower))
        tree = PrizeTree.of(model)
        self._growing = Growing(tree, search, seed, threads) if tree is not None else None
        anneals = tree is None and not self.ruled and Ground.suits(model)
        self._annealer = Annealer(Ground.of(model), search, seed) if anneals else None
        self._improver = None if self.ruled or tree is not None else Improver(model, search, seed)
        self._beside = (
            Beside(self._annealer.ground, search, seed, self.near) if threads > 1 and self._annealer else None
        )

    def __enter__(self) -> Plans:
        if self._beside is not None:
            self._beside.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._growing is not None:
            self._growing.stop()
        if self._beside is not None:
            self._beside.stop()
            self._beside.collect(None)

    def ease(self) -> bool:
        """Leave room for others beside the proof, if nothing was found there for long; whether there is room."""
        return self._beside is None or self._beside.ease()

    def collect(self, point: Floats) -> None:
        """Offer what was found beside the proof, and say where the relaxation stands now."""
        if self._growing is not None:
            self._growing.collect(self._built(point[self.master.a :]))
        if self._beside is not None:
            self._beside.collect(point[self.master.y : self.master.z])

    def better(self, share: float, point: Floats) -> None:
        """Look for better plans for a share of the time limit, near the relaxation's point if there is one.

        Does nothing where that is done all the time, beside the proof.
        """
        seconds = share * self.search.time_limit_s
        if self._growing is not None:
            self._growing.first(min(seconds, FIRST_S))
        if self._growing is not None or self._beside is not None:
            return
        if self._improver is None:
            self._within_rules(seconds, point)
            return
        likely = point[self.master.y : self.master.z] if len(point) else None
        if self._annealer is not None:
            self._annealer.run(0.8 * seconds, likely)
            self._improver.polish(0.2 * seconds)
        else:
            self._improver.polish(0.4 * seconds)
            self._improver.change(0.6 * seconds)

    def _within_rules(self, seconds: float, point: Floats) -> None:
        """The local search on the model whose edges already keep the limit rows."""
        model = self.model
        liked = self._built(point[self.master.a :]) if len(point) else self._prospects()
        view = without_rules(model, liked)
        if view is None:
            return
        inner = Search(view, self.search.wanted_gap, seconds, None)
        liking = self._lean(point) if len(point) else (None, None)
        for opened in (greedy_options(view, *liking), model.upper[model.layout.y : model.layout.z] > 0):
            inner.offer(complete(view, opened), "plan")
        improver = Improver(view, inner, self.seed)
        improver.polish(0.2 * seconds)
        improver.change(0.8 * seconds)
        self.search.offer(within_limits(model, inner.point), "within limits")

    def _prospects(self) -> Floats:
        """Before there is a relaxation: an edge is liked for the penalties saved at its ends. Shape (e,)."""
        problem, network, layout = self.model.problem, self.model.network, self.model.layout
        saved = np.zeros(network.nodes)
        site = problem.option_site[layout.x_option]
        mine = site >= 0
        node = network.site_node[site[mine]] if len(network.site_node) else np.zeros(0, np.int64)
        np.add.at(saved, np.maximum(node, 0), np.maximum(-self.model.cost[: layout.y][mine], 0.0))
        saved[0] = 0.0
        return np.asarray(np.bincount(network.edge, saved[network.head], problem.shape[3]), float)

    def _built(self, arcs: Floats) -> Floats:
        """How far each edge is built at given values of the arcs. Shape (e,)."""
        built = np.bincount(self.model.network.edge, np.clip(arcs, 0.0, 1.0), self.model.problem.shape[3])
        return np.asarray(built, float)

    def _lean(self, point: Floats) -> tuple[Floats, Floats]:
        """Factors on the costs of options and edges that favour what the relaxation opens and builds."""
        return lean(point[self.master.y : self.master.z]), lean(self._built(point[self.master.a :]))

    @property
    def hands_on(self) -> bool:
        """Whether a plan built from a relaxation is left to whoever looks for plans beside the proof."""
        return self._growing is None and self._beside is not None and self._beside.starts

    def guided(self, lp: MasterLP, cuts: Cuts) -> None:
        """A plan built from a relaxation, solved: by whoever looks for plans beside the proof, or else here.

        Does nothing where trees are regrown, which the relaxation guides as well.
        """
        if self._growing is not None:
            return
        point = lp.point
        likely = np.clip(point[self.master.y : self.master.z], 0.0, 1.0)
        built = self._built(point[self.master.a :])
        if self._beside is not None and self.hands_on:
            if self._beside.waits:
                self._beside.start_from(Dive(lp.twin(), cuts, likely))
            return
        model = self.model if not self.ruled else without_rules(self.model, built)
        if model is None:
            return
        options, edges = self._lean(point)
        for found in (
            rounded(Server(model), likely, built),
            complete(model, greedy_options(model, options, edges), model.problem.edge_cost * edges),
        ):
            self.search.offer(within_limits(self.model, found), "guided plan")

    def near(self, point: Floats, likely: Floats) -> Floats | None:
        """`of`, or where what is open there serves too few, with more of what a relaxation opens.

        Args:
            likely: (m,) the options' values in the relaxation.
        """
        plan = self.of(point)
        if plan is not None:
            return plan
        wanted = np.clip(point[self.master.y : self.master.z], 0.0, 1.0) + MORE * likely
        return rounded(Server(self.model), wanted, self._built(point[self.master.a :]))

    def of(self, point: Floats) -> Floats | None:
        """The plan that opens the options of a point of the master and prefers its arcs."""
        opened: Bools = point[self.master.y : self.master.z] > 0.5
        shares = serve(self.model, opened)
        if shares is None:
            return None
        problem, layout = self.model.problem, self.model.layout
        built = self._built(point[self.master.a :]) > 0.5
        price = np.where(built, 1e-3, 1.0) * problem.edge_cost
        if self.ruled:  # an edge that is free but not built may break a row
            price = np.where(built, price, problem.edge_cost + float(problem.edge_cost.sum()) + 1.0)
        plan = assemble(self.model, opened, shares, price)
        if plan is not None and self.ruled:
            sites = point[self.master.z : self.master.w] > 0.5
            plan[layout.z : layout.w] = np.maximum(plan[layout.z : layout.w], sites)
        return within_limits(self.model, plan)
