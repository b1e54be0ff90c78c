"""Whether two networks have the same fixed points, connected in the same way, wherever they lie in state space."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float64, Int
from torch import Tensor

from slowfold.dynamics import Connections, End
from slowfold.errors import TensorError

__all__ = ["Topology", "topology_distance", "topology_distances"]

# Neighbours of neighbours of neighbours: the graphs at hand are a few edges across.
_ROUNDS = 3

# What a point is so far taken for, and those of the points that lead to it and that it leads to.
_Colour = tuple[object, ...]
# In which round, too.
_Told = Counter[tuple[int, _Colour]]


@dataclass(frozen=True)
class Topology:
    """The fixed points of a map as a graph.

    Attributes:
        unstable: The number of directions in which each point is left, its stability index, [point].
        leads_to: Whether a step aside from one point (row) ends at another (column), [point, point].
    """

    unstable: Int[Tensor, " point"]
    leads_to: Bool[Tensor, "_from _to"]

    def __post_init__(self) -> None:
        if self.leads_to.shape != (len(self.unstable), len(self.unstable)):
            raise TensorError(
                f"{tuple(self.leads_to.shape)} for {len(self.unstable)} points",
                where="leads_to",
                cure="give one row and one column a point",
            )

    @classmethod
    def of(cls, connections: Connections) -> Topology:
        """The graph of what :func:`~slowfold.dynamics.find_connections` found.

        Ways that end elsewhere than at a listed point are left out.

        Example:
            >>> from slowfold.dynamics import Map, find_connections, find_fixed_points
            >>> cubic = Map(lambda h: h + 0.5 * (h - h**3), size=1)
            >>> points = find_fixed_points(cubic, torch.tensor([[-0.9], [0.1], [0.8]]))
            >>> graph = Topology.of(find_connections(cubic, points))
            >>> sorted(graph.unstable.tolist()), int(graph.leads_to.sum())
            ([0, 0, 1], 2)
        """
        count = len(connections.unstable)
        leads_to = torch.zeros(count, count, dtype=torch.bool)
        for saddle, end, row in zip(
            connections.saddle.tolist(), connections.end, connections.row.tolist(), strict=True
        ):
            if end is End.LISTED:
                leads_to[saddle, row] = True
        return cls(connections.unstable, leads_to)


def topology_distance(a: Topology, b: Topology) -> float:
    """How far apart two graphs of fixed points are, between 0 (alike) and 1 (nothing in common).

    Each point is told by its stability index, then by those of the points it leads to and that lead to it, then by
    theirs, and so on three times; the distance is one minus the share of what is told that both graphs have: the
    weighted Jaccard distance of two multisets, which is a metric. Of graphs it is a pseudometric: it is symmetric and
    the triangle inequality holds, and it does not depend on the order of the points, but different graphs that this
    telling cannot tell apart are at distance 0. None of the graphs that simplices and cubes give are such.

    Args:
        a: One graph.
        b: The other.

    Source:
        The telling is that of Weisfeiler and Leman, 1968, as Shervashidze and others count it, "Weisfeiler-Lehman graph
        kernels", JMLR 2011. The distance of multisets: Ioffe, "Improved consistent sampling, weighted minhash and L1
        sketching", ICDM 2010.

    Example:
        >>> line = Topology(torch.tensor([0, 1, 0]), torch.tensor([[0, 0, 0], [1, 0, 1], [0, 0, 0]]).bool())
        >>> point = Topology(torch.tensor([0]), torch.tensor([[False]]))
        >>> topology_distance(line, line), round(topology_distance(line, point), 3)
        (0.0, 0.933)
    """
    return _distance(_told(a), _told(b))


def topology_distances(graphs: Sequence[Topology]) -> Float64[Tensor, "network network"]:
    """The distances of each two of several graphs, by :func:`topology_distance`, [network, network].

    Example:
        >>> point = Topology(torch.tensor([0]), torch.tensor([[False]]))
        >>> topology_distances([point, point]).tolist()
        [[0.0, 0.0], [0.0, 0.0]]
    """
    told = [_told(graph) for graph in graphs]
    return torch.tensor([[_distance(a, b) for b in told] for a in told], dtype=torch.float64).reshape(
        len(told), len(told)
    )


def _told(graph: Topology) -> _Told:
    """What is told of all points, round by round."""
    leads = [row.nonzero().flatten().tolist() for row in graph.leads_to]
    led = [column.nonzero().flatten().tolist() for column in graph.leads_to.mT]
    colours: list[_Colour] = [(int(index),) for index in graph.unstable]
    told = Counter((0, colour) for colour in colours)
    for number in range(1, _ROUNDS + 1):
        # Sorted by what they print: colours of one round are nested tuples of numbers.
        colours = [
            (own, tuple(sorted((colours[i] for i in to), key=repr)), tuple(sorted((colours[i] for i in by), key=repr)))
            for own, to, by in zip(colours, leads, led, strict=True)
        ]
        told.update((number, colour) for colour in colours)
    return told


def _distance(a: _Told, b: _Told) -> float:
    either = (a | b).total()
    return 1 - (a & b).total() / either if either else 0.0
