"""Which attractors each saddle lies between: where the network goes from a small step along what grows there."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float, Int
from torch import Tensor

from slowfold.dynamics.attractors import find_attractors
from slowfold.dynamics.ends import Attractors, End
from slowfold.dynamics.fixed_points import FixedPoints
from slowfold.dynamics.maps import Map
from slowfold.dynamics.modes import linearize
from slowfold.errors import OptionError
from slowfold.threads import decomposing

if TYPE_CHECKING:
    import networkx

__all__ = ["Connections", "find_connections"]

# The step aside from a saddle, relative to the spread of the states.
_ASIDE = 1e-4
# How many directions of a plane are tried, and half as many as are tried where more than two modes grow.
_MESH = 24
# Leaving a saddle may take so many times as long as the rest of the way.
_LEAVING = 4
# So many states of each path are kept, evenly along its length.
_PATH = 48
# Less spread than this, relative to 1 + ||h||, is none.
_NO_SPREAD = 1e-6
# Paths are followed in groups of at most this many numbers: 64 MB.
_NUMBERS = 2**23


@dataclass(frozen=True)
class Connections:
    """Where the network goes from its saddles, one row an edge: a saddle and a direction in which it was left.

    Attributes:
        saddle: The row in ``distinct`` of the point left, [edge].
        direction: The unit vector along which it was left, in the space of the modes that grow, [edge, unit].
        end: What was come to, one an edge.
        row: Which one, as in :class:`~slowfold.dynamics.Attractors`: a row in ``distinct``, in
            ``attractors.unlisted``, in ``attractors.cycles`` or in ``attractors.orbits``; else -1, [edge].
        steps: How many steps it took to know, [edge].
        path: States on the way, from the point left to where the end was known, evenly along the length of the way,
            [edge, time, unit].
        unstable: The number of modes that do not fade at each point of ``distinct``, [point].
        index: sign det(I - J) of each point of ``distinct``, [point].
        attractors: Where the steps aside came to, one row an edge.
    """

    saddle: Int[Tensor, " edge"]
    direction: Float[Tensor, "edge unit"]
    end: tuple[End, ...]
    row: Int[Tensor, " edge"]
    steps: Int[Tensor, " edge"]
    path: Float[Tensor, "edge time unit"]
    unstable: Int[Tensor, " point"]
    index: Int[Tensor, " point"]
    attractors: Attractors

    def reached(self, saddle: int) -> frozenset[tuple[End, int]]:
        """What a saddle leads to: kinds and rows."""
        edges = (self.saddle == saddle).nonzero().flatten().tolist()
        return frozenset((self.end[edge], int(self.row[edge])) for edge in edges)

    def to_networkx(self) -> networkx.DiGraph[tuple[End, int]]:
        """The graph of what leads where, for NetworkX.

        A node is a kind and a row, such as ``(End.LISTED, 2)``; all listed points are nodes, saddles too. Its
        attributes: ``kind``, one of "stable", "saddle", "unlisted point", "cycle", "quasi-periodic" and the like; for
        listed points also ``index`` and ``unstable``, for cycles ``period``. An edge has ``directions``, how many of
        the directions tried lead there, and ``steps``, the fewest it took.

        Example:
            >>> from slowfold.dynamics.fixed_points import find_fixed_points
            >>> cubic = Map(lambda h: h + 0.5 * (h - h**3), size=1)
            >>> points = find_fixed_points(cubic, torch.tensor([[-0.9], [0.1], [0.8]]))
            >>> graph = find_connections(cubic, points).to_networkx()
            >>> len(graph.nodes), len(graph.edges)
            (3, 2)
        """
        import networkx

        graph: networkx.DiGraph[tuple[End, int]] = networkx.DiGraph()
        for point, (unstable, index) in enumerate(zip(self.unstable.tolist(), self.index.tolist(), strict=True)):
            kind = "saddle" if unstable else "stable"
            graph.add_node((End.LISTED, point), kind=kind, index=index, unstable=unstable)
        for saddle, end, row, steps in zip(
            self.saddle.tolist(), self.end, self.row.tolist(), self.steps.tolist(), strict=True
        ):
            # A point that does not attract may be a listed saddle: then it is that node.
            at = (End.LISTED, row) if end is End.BALANCED and row >= 0 else (end, row)
            if at not in graph:
                period = {"period": self.attractors.cycles[row].period} if end is End.CYCLE else {}
                graph.add_node(at, kind=end.value, **period)
            before = graph.get_edge_data((End.LISTED, saddle), at, {"directions": 0, "steps": steps})
            graph.add_edge(
                (End.LISTED, saddle), at, directions=before["directions"] + 1, steps=min(before["steps"], steps)
            )
        return graph

    def __len__(self) -> int:
        return len(self.end)

    def __repr__(self) -> str:
        counts = ", ".join(f"{self.end.count(end)} to {end.value}" for end in End if end in self.end)
        saddles = len(self.saddle.unique())
        return f"Connections(held at {self.attractors.held}: {saddles} left, {len(self)} directions, {counts})"


def find_connections(
    held: Map,
    points: FixedPoints,
    attractors: Attractors | None = None,
    *,
    steps: int = 5_000,
    generator: torch.Generator | None = None,
) -> Connections:
    """Leaves every unstable point along what grows there and says which attractor is reached.

    The first step is 1e-4 of the spread of the points' starts. One growing mode is followed both ways. Where two grow,
    24 evenly spaced directions of their plane are tried; where more do, 24 drawn at random, and the 24 opposite ones;
    and beside them each real mode both ways, because in any other direction the fastest mode outruns the rest.

    A mode of 1.001 needs 9,000 steps to grow from that first step to the spread of the states; so as many as that takes
    are allowed beside ``steps``, up to four times ``steps``. One saddle leads to another only along a direction that a
    mesh meets with by chance: the network comes near the other saddle, and goes on.

    Args:
        held: The map that was searched.
        points: What the search came to.
        attractors: What was found from other starts: its cycles, unlisted points and orbits keep their rows.
        steps: The most steps of an edge, once it has left.
        generator: Draws directions where more than two modes grow; one seeded with 0 unless given.

    Returns:
        The edges, in the order of the points; none where no point is unstable.

    Raises:
        OptionError: ``steps`` is not positive.

    Example:
        >>> from slowfold.dynamics.fixed_points import find_fixed_points
        >>> cubic = Map(lambda h: h + 0.5 * (h - h**3), size=1)
        >>> points = find_fixed_points(cubic, torch.tensor([[-0.9], [0.1], [0.8]]))
        >>> find_connections(cubic, points)
        Connections(held at map: 1 left, 2 directions, 2 to listed point)
    """
    if steps < 1:
        raise OptionError(f"{steps} is no number of steps", where="steps", cure="give at least 1")
    draw = generator if generator is not None else torch.Generator().manual_seed(0)
    distinct = points.distinct
    saddles, directions, slowest = _directions(held, points, draw)
    saddle = torch.tensor(saddles, dtype=torch.int64)
    aside = _ASIDE * _spread(points)
    begin = distinct.point[saddle.to(distinct.point.device)] + aside * directions
    leaving = min(_LEAVING * steps, math.ceil(-math.log(_ASIDE) / math.log(slowest))) if saddles else 0
    found = find_attractors(held, points, begin, steps=steps + leaving, known=attractors)
    return Connections(
        saddle=saddle,
        direction=directions,
        end=found.end,
        row=found.row,
        steps=found.steps,
        path=_paths(held, points, found),
        unstable=distinct.unstable,
        index=distinct.index,
        attractors=found,
    )


def _directions(held: Map, points: FixedPoints, draw: torch.Generator) -> tuple[list[int], Tensor, float]:
    """The point of each edge, the unit vector it is left along, [edge, unit], and the least growth of all modes."""
    distinct = points.distinct
    saddles: list[int] = []
    directions = [distinct.point[:0]]
    slowest = math.inf
    for point in distinct.unstable.nonzero().flatten().tolist():
        modes = linearize(held, distinct.point[point : point + 1])
        growing = modes.eigenvalue[0].abs() > 1
        if not growing.any():
            # What grows by less than rounding, or only turns, is left by nothing that could be followed.
            continue
        slowest = min(slowest, float(modes.eigenvalue[0, growing].abs().min()))
        ways = _mesh(modes.right[0][:, growing], modes.eigenvalue[0, growing].imag == 0, draw)
        saddles += [point] * len(ways)
        directions.append(ways.to(distinct.point))
    return saddles, torch.cat(directions), slowest


def _mesh(vectors: Tensor, real: Tensor, draw: torch.Generator) -> Tensor:
    """Unit vectors in the real span of some modes, [direction, unit].

    Args:
        vectors: The right vectors of the modes, both of each conjugate pair, [unit, mode].
        real: Which of them are real, [mode].
        draw: Draws directions where there are more than two modes.
    """
    count = vectors.shape[1]
    # The real and imaginary parts of a conjugate pair span the plane in which it turns, each twice over.
    with decomposing(2 * count):
        basis = torch.linalg.svd(torch.cat([vectors.real, vectors.imag], dim=1), full_matrices=False).U[:, :count]
    if count == 1:
        return torch.cat([basis.T, -basis.T])
    if count == 2:
        angle = torch.arange(_MESH, dtype=torch.float64) * (2 * math.pi / _MESH)
        weights = torch.stack([angle.cos(), angle.sin()], dim=1)
    else:
        weights = torch.randn(_MESH, count, generator=draw, dtype=torch.float64)
        weights = torch.cat([weights, -weights])
    modes = vectors.real[:, real].T
    ways = torch.cat([weights @ basis.T, modes, -modes])
    return ways / ways.norm(dim=1, keepdim=True)


def _spread(points: FixedPoints) -> Tensor:
    """The root mean squared distance of the starts, and of the points they came to, from their mean."""
    states = torch.cat([points.start, points.distinct.point])
    spread = (states - states.mean(dim=0)).square().sum(dim=1).mean().sqrt()
    size = 1 + states.norm(dim=1).max()
    # States that are all but one say nothing of how far the network moves.
    return torch.where(spread > _NO_SPREAD * size, spread, size)


def _paths(held: Map, points: FixedPoints, found: Attractors) -> Tensor:
    """States on the way of each edge, evenly along its length, [edge, time, unit]."""
    paths = found.start.new_zeros(len(found), _PATH, held.size)
    order = found.steps.argsort(stable=True)
    while len(order):
        # Edges that take about as long as the longest that is left are followed together.
        longest = int(found.steps[order[-1]])
        together = max(1, _NUMBERS // ((longest + 1) * held.size))
        edges, order = order[-together:], order[:-together]
        states = held.follow(found.start[edges.to(found.start.device)], longest)
        for place, edge in enumerate(edges.tolist()):
            paths[edge] = _thinned(states[: int(found.steps[edge]) + 1, place])
            # A point is proven to be where the way ends, though nobody waited for it to get there.
            if found.end[edge] is End.LISTED:
                paths[edge, -1] = points.distinct.point[int(found.row[edge])]
            elif found.end[edge] is End.UNLISTED:
                paths[edge, -1] = found.unlisted[int(found.row[edge])]
    return paths


def _thinned(states: Tensor) -> Tensor:
    """So many states of a path, evenly along its length, the first and the last among them, [time, unit]."""
    lengths = states.diff(dim=0).norm(dim=1)
    # What runs away is followed as long as its steps have a length.
    lengths = lengths[: int(torch.isfinite(lengths).cumprod(dim=0).sum())]
    along = torch.cat([lengths.new_zeros(1), lengths.cumsum(dim=0)])
    wanted = torch.linspace(0, 1, _PATH, dtype=along.dtype, device=along.device) * along[-1]
    return states[torch.searchsorted(along, wanted).clamp_max(len(along) - 1)]
