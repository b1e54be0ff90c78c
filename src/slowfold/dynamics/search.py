"""Which equation is solved, by which solver, and what is tried where it does not lead to a root."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from slowfold.dynamics.distinct import DistinctPoints, cluster
from slowfold.dynamics.known import Known, known_roots
from slowfold.dynamics.maps import Map, Steady
from slowfold.dynamics.solution import Solution, is_still, q_of, slope_of_q
from slowfold.dynamics.solvers import levenberg_marquardt

__all__ = ["SOLVERS", "Method", "Solver", "roots_from", "search_from", "solver_for"]

Solver = Literal["levenberg-marquardt", "matrix-free", "adam"]

# Beyond this many units a stack of Jacobians is slower to factorise than products with it are to iterate.
_FORMED_UNITS = 1024
# Stationary points of the steady map this near each other, relative to 1 + ||h||, go on as one: a tenth of what ghosts
# are told apart by.
_SHARED = 1e-4


@dataclass(frozen=True)
class Method:
    """A solver as the search uses it.

    Attributes:
        solve: From a map, starts [start, unit], the most steps to try and roots that are known to where each start
            ended.
        max_steps: The most steps tried, unless asked.
        steady: Whether the steady map of a cell is solved first.
    """

    solve: Callable[[Map, Tensor, int, Known | None], Solution]
    max_steps: int
    steady: bool


def _adam(held: Map, starts: Tensor, max_steps: int, known: Known | None) -> Solution:
    del known  # each start goes the whole way
    from slowfold.dynamics.adam import descend_by_adam

    return descend_by_adam(held, starts, steps=max_steps)


def _matrix_free(held: Map, starts: Tensor, max_steps: int, known: Known | None) -> Solution:
    from slowfold.dynamics.matrix_free import krylov_levenberg_marquardt

    return krylov_levenberg_marquardt(held, starts, max_steps=max_steps, known=known)


def _levenberg_marquardt(held: Map, starts: Tensor, max_steps: int, known: Known | None) -> Solution:
    return levenberg_marquardt(held, starts, max_steps=max_steps, known=known)


SOLVERS: dict[Solver, Method] = {
    "levenberg-marquardt": Method(_levenberg_marquardt, max_steps=200, steady=True),
    "matrix-free": Method(_matrix_free, max_steps=200, steady=True),
    # As the papers do it: on F itself.
    "adam": Method(_adam, max_steps=5_000, steady=False),
}


def solver_for(held: Map) -> Solver:
    """The solver for a map of this many units.

    Example:
        >>> solver_for(Map(lambda h: h / 2, size=4096))
        'matrix-free'
    """
    units = held.size if held.steady is None else held.steady.map.size
    return "levenberg-marquardt" if units <= _FORMED_UNITS else "matrix-free"


def search_from(
    held: Map,
    starts: Float[Tensor, "start unit"],
    *,
    solver: Solver,
    max_steps: int,
    known: DistinctPoints | None = None,
) -> Solution:
    """Where each start ends, of the map itself.

    Where the cell has a steady map, that is solved first: gates that keep the state do not slow it down, its solutions
    do not wander out of the box, and of an LSTM it is half as large. The starts that it does not bring to rest go on
    with the map itself. Those that it led to a stationary point go on from there, so that a ghost is a ghost of the
    map; many come to the same few, and one of each goes on for all. Of an LSTM a ghost is one of the steady map, with c
    at rest: there, too, J has the eigenvalue 1, and q is the same; its gradient is the one by h.

    Args:
        held: The map.
        starts: Where to start, [start, unit], of the map's type.
        solver: Which solver; see :func:`find_fixed_points`.
        max_steps: The most steps tried from a start, on each of the two.
        known: Points that are known: a start that the steady map leads near one of them ends there.

    Example:
        >>> affine = Map(lambda h: h / 2 + 1, size=1)
        >>> start = torch.zeros(1, 1, dtype=torch.float64)
        >>> search_from(affine, start, solver="levenberg-marquardt", max_steps=9).point.item()
        2.0
    """
    method = SOLVERS[solver]
    if held.steady is None or not method.steady:
        return method.solve(held, starts, max_steps, None)
    first, found = _solve_steady(held, held.steady, method, starts, max_steps, known)
    rest = ~(found.still | found.stationary)
    from_start = (rest & ~first.stationary).nonzero().flatten()
    leaders, _, member = cluster(first.point, first.q, rest & first.stationary, within=_SHARED)
    begin = torch.cat([starts[from_start], found.point[leaders.to(starts.device)]])
    if not len(begin):
        return found
    further = method.solve(held, begin, max_steps, None)
    followers = (member >= 0).nonzero().flatten()
    own = torch.arange(len(from_start), device=starts.device)
    source = torch.cat([own, len(from_start) + member[followers]])
    return _with_rows(found, torch.cat([from_start, followers]), further.rows(source))


def roots_from(
    held: Map, starts: Float[Tensor, "start unit"], *, max_steps: int, known: DistinctPoints | None = None
) -> Float[Tensor, "root unit"]:
    """The still points that a quick search comes to, in the order of their starts; what it does not bring to rest goes.

    Of a cell only the steady map is solved, which has all its fixed points.

    Args:
        held: The map.
        starts: Where to start, [start, unit], of the map's type.
        max_steps: The most steps tried from a start.
        known: Points that are known; see :func:`search_from`.

    Example:
        >>> affine = Map(lambda h: h / 2 + 1, size=1)
        >>> roots_from(affine, torch.zeros(1, 1, dtype=torch.float64), max_steps=9)
        tensor([[2.]], dtype=torch.float64)
    """
    if held.steady is None:
        found = levenberg_marquardt(held, starts, max_steps=max_steps)
    else:
        _, found = _solve_steady(held, held.steady, SOLVERS["levenberg-marquardt"], starts, max_steps, known)
    return found.point[found.still]


def _solve_steady(
    held: Map, steady: Steady, method: Method, starts: Tensor, max_steps: int, known: DistinctPoints | None
) -> tuple[Solution, Solution]:
    """Where the steady map leads, and what that is for the map itself."""
    roots = None if known is None else known_roots(held, known)
    first = method.solve(steady.map, steady.restrict(starts), max_steps, roots)
    return first, _lifted(held, steady, first)


def _lifted(held: Map, steady: Steady, solution: Solution) -> Solution:
    """What a solution of the steady map is for the map itself."""
    point = steady.lift(solution.point)
    with torch.no_grad():
        residual = held(point) - point
    q = q_of(residual)
    # Twice the units are eight times the work. In a stack the layer below a moving one moves, too, and q is another.
    same = (q - solution.q).abs() <= 1e-6 * solution.q
    stays = solution.stationary & same & (steady.map.size < held.size)
    gradient = slope_of_q(held, point, residual).norm(dim=-1)
    return Solution(
        point=point,
        q=q,
        gradient=torch.where(stays, solution.gradient, gradient),
        steps=solution.steps,
        newton=solution.newton,
        still=solution.still & is_still(point, q),
        stationary=stays,
    )


def _with_rows(solution: Solution, rows: Tensor, further: Solution) -> Solution:
    """One solution with some rows replaced by those of a further search, whose steps come on top."""
    columns = {field.name: getattr(solution, field.name).clone() for field in fields(Solution)}
    for name, column in columns.items():
        column[rows] = column[rows] + further.steps if name == "steps" else getattr(further, name)
    return Solution(**columns)
