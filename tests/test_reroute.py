"""Rerouting takes out sites that stand near one another, wherever they stand in the problem's lists."""

import numpy as np

from netplan.planner import Problem
from netplan.planner.model import build
from netplan.planner.reroute import NEAREST, Rerouter

COUNT = 20


def a_line(seed: int) -> tuple[Problem, np.ndarray]:
    """Nodes in a row from the root, an edge of a random length between two; sites at most of them, in random order.

    Returns the problem and where each node stands.
    """
    rng = np.random.default_rng(seed)
    node = np.concatenate([rng.permutation(np.arange(1, COUNT)), rng.integers(1, COUNT, 3)])  # three share a node
    sites = len(node)
    length = rng.uniform(1.0, 9.0, COUNT - 1)
    problem = Problem.of(
        demand_weight=np.ones(sites),
        demand_mbps=np.ones(sites),
        target_member=(np.zeros(sites, int), np.arange(sites), np.ones(sites)),
        target_min=np.array([float(sites)]),
        option_cost=np.ones(sites),
        option_capacity=np.ones(sites),
        option_site=np.arange(sites),
        service_use=np.eye(sites),
        site_cost=np.ones(sites),
        site_node=node,
        edge_tail=np.arange(COUNT - 1),
        edge_head=np.arange(1, COUNT),
        edge_cost=length,
        edge_capacity=np.full(COUNT - 1, np.inf),
        roots=np.array([0]),
    )
    return problem, np.concatenate([[0.0], np.cumsum(length + 1.0)])


def test_the_nearest_of_a_site_are_sites_by_their_distance() -> None:
    for seed in range(20):
        problem, at = a_line(seed)
        rerouter = Rerouter(build(problem))
        rng = np.random.default_rng(seed)
        for some in (np.arange(len(problem.site_node)), rng.permutation(len(problem.site_node))[:9]):
            nodes = rerouter.model.network.site_node[some]
            found = rerouter.nearest(nodes)
            place = at[problem.site_node[some]]
            away = np.abs(place[:, None] - place)
            assert found.shape == (len(some), min(NEAREST, len(some)))
            np.testing.assert_allclose(np.take_along_axis(away, found, 1), np.sort(away, axis=1)[:, : found.shape[1]])
            assert all(len(set(row)) == len(row) for row in found.tolist())
