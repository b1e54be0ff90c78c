"""Distance of graphs of fixed points: a pseudometric that knows no order of points."""

import itertools

import networkx
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from slowfold.errors import TensorError
from slowfold.geometry.comparison import Topology, topology_distance, topology_distances


@st.composite
def graphs(draw):
    count = draw(st.integers(0, 6))
    unstable = draw(st.lists(st.integers(0, 2), min_size=count, max_size=count))
    edges = draw(st.lists(st.booleans(), min_size=count**2, max_size=count**2))
    return Topology(torch.tensor(unstable, dtype=torch.int64), torch.tensor(edges).bool().reshape(count, count))


def shuffled(graph, order):
    return Topology(graph.unstable[order], graph.leads_to[order][:, order])


def faces(corners, *, figure):
    """The faces of a simplex or a cube as points, the lower ones what the higher lead to."""
    if figure == "simplex":
        kinds = [frozenset(c) for n in range(1, corners + 1) for c in itertools.combinations(range(corners), n)]
        unstable, within = [len(kind) - 1 for kind in kinds], [[a < b for a in kinds] for b in kinds]
    else:
        kinds = list(itertools.product((-1, 0, 1), repeat=corners))
        unstable = [kind.count(0) for kind in kinds]
        within = [[a != b and all(j in (0, i) for i, j in zip(a, b, strict=True)) for a in kinds] for b in kinds]
    return Topology(torch.tensor(unstable), torch.tensor(within))


@given(graphs(), st.randoms(use_true_random=False))
def test_the_order_of_points_does_not_matter(graph, random):
    order = list(range(len(graph.unstable)))
    random.shuffle(order)
    assert topology_distance(graph, shuffled(graph, torch.tensor(order, dtype=torch.int64))) == 0


@given(graphs(), graphs(), graphs())
def test_it_is_a_pseudometric(a, b, c):
    ab, bc, ac = topology_distance(a, b), topology_distance(b, c), topology_distance(a, c)
    assert 0 <= ab <= 1
    assert ab == topology_distance(b, a)
    assert ac <= ab + bc + 1e-12


@given(graphs(), graphs())
def test_graphs_at_distance_zero_have_the_same_points_and_edges_by_stability(a, b):
    def told(graph):
        edges = [(int(graph.unstable[i]), int(graph.unstable[j])) for i, j in graph.leads_to.nonzero().tolist()]
        return sorted(graph.unstable.tolist()), sorted(edges)

    if topology_distance(a, b) == 0:
        assert told(a) == told(b)


def test_graphs_at_distance_zero_are_the_same_graph_where_they_are_small():
    # All graphs of three points, against NetworkX: of so few, what is told tells all.
    every = [
        Topology(torch.tensor(unstable), torch.tensor(edges).reshape(3, 3).bool() & ~torch.eye(3, dtype=torch.bool))
        for unstable in ((0, 0, 0), (0, 0, 1))
        for edges in itertools.product((0, 1), repeat=9)
        if not (edges[0] or edges[4] or edges[8])
    ]
    kept = every[::3]

    def drawn(graph):
        made = networkx.from_numpy_array(graph.leads_to.int().numpy(), create_using=networkx.DiGraph)
        networkx.set_node_attributes(made, dict(enumerate(graph.unstable.tolist())), "unstable")
        return made

    table = topology_distances(kept)
    for i, j in itertools.combinations(range(len(kept)), 2):
        same = networkx.is_isomorphic(drawn(kept[i]), drawn(kept[j]), node_match=lambda a, b: a == b)
        assert (table[i, j] == 0) == same


def test_figures_are_told_apart():
    named = [faces(n, figure=figure) for figure in ("simplex", "cube") for n in (2, 3)]
    table = topology_distances(named)
    assert (table[~torch.eye(4, dtype=torch.bool)] > 0.2).all()
    assert topology_distances([]).shape == (0, 0)


def test_a_graph_of_another_size_than_its_points_is_refused():
    with pytest.raises(TensorError, match="leads_to"):
        Topology(torch.tensor([0, 1]), torch.zeros(3, 3, dtype=torch.bool))
