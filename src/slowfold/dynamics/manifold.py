"""The slow manifold: the thin, curved surface that a held network falls onto, and along which it then moves slowly."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from slowfold.dynamics.maps import Map
from slowfold.errors import OptionError, TensorError

__all__ = ["SlowManifold", "slow_manifold"]

# The plane below the surface holds this share of the variance of the visited states.
_SHARE = 0.90
# A start has reached the surface when this much of its residual is left.
_REACHED = 1e-3
# It is brought this much nearer before the tangent is taken there.
_TARGET = 1e-6
# A residual no longer than this, relative to 1 + ||h||, is rounding.
_ROUNDING = 1e-13
# A point whose step is no longer than this, relative to 1 + ||h||, is fixed: q is about 1e-20, as in the search.
_STILL = 1e-10
# The most times that the equation is linearised from one start, and the most steps taken with one linearisation.
_LINEARISATIONS = 20
_STEPS = 12
# A linearisation serves on while each step leaves no more than this much of the residual.
_WORTH_IT = 0.5
# The damping to begin with, relative to the largest diagonal entry, and the least: there Cholesky still succeeds.
_DAMPING = 1e-6
_LEAST_DAMPING = 1e-14
# What a failed first step of a linearisation and one that succeeds do to the damping of the next.
_HARDER, _EASIER = 100.0, 0.1
# At most this many entries in all matrices of a chunk of starts, 128 MB in float64, and how many matrices a start has.
_ENTRIES = 2**24
_MATRICES = 8


@dataclass(frozen=True)
class SlowManifold:
    """The slow manifold as a graph over a plane: above each position in the plane, one point of the surface.

    Where a start has not reached the surface, the tangent, the velocity, q and the defect are NaN, and the point is
    only where the search ended.

    Attributes:
        start: Where the search started, [point, unit].
        point: Where it ended: above the same position in the plane as the start, [point, unit].
        coordinates: That position, measured from ``mean`` along ``axes``, [point, axis].
        start_residual: The length of (1 - U U^T) R at the start, with R = F(h) - h at first order and
            its differences along the orbit at higher ones, [point].
        residual: The same at the end, [point].
        inside: Whether the end is in the box that the map takes into itself; true where no box is known, [point].
        reached: Whether the start has reached the surface: it is inside, and no more than a thousandth of its residual,
            or nothing but rounding, is left, [point].
        tangent: Orthonormal directions along the surface, as columns, [point, unit, axis].
        velocity: The part of F(h) - h along the surface, [point, unit].
        q: 1/2 ||F(h) - h||^2 at the point, summed over units, [point].
        defect: ||F(h) - the surface's point above F(h)|| / ||F(h) - h||: how far one step leads off the surface,
            relative to its length. 0 at a fixed point, from which no step leads anywhere; infinite where no point of
            the surface was found above F(h), [point].
        axes: The leading principal axes of the visited states, orthonormal, [axis, unit].
        mean: The mean of the visited states, through which the plane passes, [unit].
        share: The share of the visited states' variance that the plane holds.
        order: 1, 2 or 3.
        held: What the map was held at.
    """

    start: Float[Tensor, "point unit"]
    point: Float[Tensor, "point unit"]
    coordinates: Float[Tensor, "point axis"]
    start_residual: Float[Tensor, " point"]
    residual: Float[Tensor, " point"]
    inside: Bool[Tensor, " point"]
    reached: Bool[Tensor, " point"]
    tangent: Float[Tensor, "point unit axis"]
    velocity: Float[Tensor, "point unit"]
    q: Float[Tensor, " point"]
    defect: Float[Tensor, " point"]
    axes: Float[Tensor, "axis unit"]
    mean: Float[Tensor, " unit"]
    share: float
    order: int
    held: str

    @property
    def dimensions(self) -> int:
        """The number of dimensions of the plane, and so of the surface."""
        return self.axes.shape[0]

    @property
    def kept(self) -> Float[Tensor, "kept unit"]:
        """The points of the starts that have reached the surface, [kept, unit]."""
        return self.point[self.reached]

    @property
    def q_along(self) -> Float[Tensor, " point"]:
        """1/2 ||velocity||^2, the part of q that is motion along the surface, [point]."""
        return 0.5 * self.velocity.square().sum(dim=1)

    @property
    def out_of_bounds(self) -> Bool[Tensor, " point"]:
        """Whether a start solves the equation outside the box, where no state of the network can be, [point]."""
        return _solved(self.start_residual, self.residual, self.point) & ~self.inside

    @property
    def median_defect(self) -> float:
        """The median defect of the points reached, NaN where none was."""
        return self.defect[self.reached].median().item() if self.reached.any() else float("nan")

    def __len__(self) -> int:
        return self.point.shape[0]

    def __repr__(self) -> str:
        return (
            f"SlowManifold(held at {self.held}: {self.dimensions} dimensions, order {self.order}, "
            f"{int(self.reached.sum())} of {len(self)} starts reached, median defect {self.median_defect:.2g})"
        )


def slow_manifold(
    held: Map,
    states: Float[Tensor, "state unit"],
    *,
    order: int = 3,
    dimensions: int | None = None,
    starts: Float[Tensor, "point unit"] | None = None,
) -> SlowManifold:
    """Finds the slow manifold of a map as a graph over the plane of the leading principal axes of visited states.

    What is fast has died out on the surface, so there a step F(h) - h (first order), or the change of the step from
    one to the next (second order), or the change of that change (third), has no part across the plane: with U the axes
    of the plane,

        first order   (1 - U U^T) (F(h) - h) = 0,
        second order  (1 - U U^T) (F(F(h)) - 2 F(h) + h) = 0,
        third order   (1 - U U^T) (F(F(F(h))) - 3 F(F(h)) + 3 F(h) - h) = 0,

    solved by damped Newton steps from every start with its position U^T h in the plane held fixed. Fixed points solve
    all; between them a higher order is nearer the invariant surface, and takes more steps of the map. The ``defect``
    measures how invariant the surface is.

    The state of an LSTM is [h, c], and the plane is one of both together, mostly of c, which varies more; planes of h
    alone or of c alone make a less invariant surface.

    Args:
        held: The map.
        states: Visited states, [state, unit]; they choose the plane.
        order: 1, 2 or 3.
        dimensions: How many principal axes span the plane; where None, as many as hold 90 % of the variance.
        starts: Where to start, [point, unit]; where None, from all of ``states``.

    Raises:
        TensorError: The states or starts have the wrong shape or type, are none, or are not finite; the states span
            fewer dimensions than asked for, or are all equal; or the map computes in float32.
        OptionError: ``order`` is not 1, 2 or 3, or ``dimensions`` is less than 1 or more than the map has units.

    Source:
        Gear, Kaper, Kevrekidis and Zagaris, "Projecting to a slow manifold: singularly perturbed systems and legacy
        codes", SIAM Journal on Applied Dynamical Systems 2005.

    Example:
        >>> bend = Map(lambda h: torch.stack([0.9 * h[:, 0], 0.5 * h[:, 1] + 0.31 * h[:, 0] ** 2], dim=1), size=2)
        >>> ramp = torch.linspace(-1, 1, 5, dtype=torch.float64)
        >>> surface = slow_manifold(bend, torch.stack([ramp, 0 * ramp], dim=1))
        >>> surface.reached.all().item(), surface.dimensions
        (True, 1)
        >>> slow_manifold(bend, surface.start, order=1).point[0].round(decimals=6).tolist()
        [-1.0, 0.62]
    """
    if order not in (1, 2, 3):
        raise OptionError(f"there is no order {order}", where="order", cure="use 1, 2 or 3")
    held.require_double()
    visited = held.states(states)
    begin = visited if starts is None else held.states(starts)
    mean, axes, share = _plane(visited, dimensions)
    equation = _Equation(held, axes, order)
    rows = max(1, _ENTRIES // (_MATRICES * held.size**2))
    with torch.no_grad():
        parts = [_surface(equation, chunk) for chunk in begin.split(rows)]
    columns = {name: torch.cat([part[name] for part in parts]) for name in parts[0]}
    inside = held.allows(columns["point"], around=begin)
    reached = inside & _solved(columns["start_residual"], columns["residual"], columns["point"])
    for name in ("tangent", "velocity", "q", "defect"):
        columns[name][~reached] = torch.nan
    return SlowManifold(
        start=begin.clone(),
        coordinates=(begin - mean) @ axes.T,
        inside=inside,
        reached=reached,
        axes=axes,
        mean=mean,
        share=share,
        order=order,
        held=held.name,
        **columns,
    )


def _plane(states: Tensor, dimensions: int | None) -> tuple[Tensor, Tensor, float]:
    """The mean of the states, their leading principal axes [axis, unit], and the share of variance these hold."""
    count, size = states.shape
    if dimensions is not None and not 1 <= dimensions <= size:
        raise OptionError(f"a plane of {dimensions} dimensions", where="dimensions", cure=f"use 1 to {size}")
    mean = states.mean(dim=0)
    _, singular, axes = torch.linalg.svd(states - mean, full_matrices=False)
    # Equal states differ from their mean by rounding, which has principal axes too.
    noise = max(count, size) * torch.finfo(states.dtype).eps * (states.norm() + singular[0])
    spanned = int((singular > noise).sum())
    if spanned == 0:
        raise TensorError(
            "one state spans no plane" if count == 1 else "the states are all equal, so they span no plane",
            where="states",
            cure="give states that the network visits while it reads",
        )
    if dimensions is not None and spanned < dimensions:
        raise TensorError(
            f"{count} states span {spanned} dimensions, not {dimensions}",
            where="states",
            cure="give more states, or ask for fewer dimensions",
        )
    shares = singular.square().cumsum(dim=0) / singular.square().sum()
    # Ten equal shares add up to 0.8999999999999999: the threshold forgives that much rounding.
    chosen = dimensions or int((shares < _SHARE - 1e-12).sum()) + 1
    axes = axes[:chosen]
    # A principal axis has no sign of its own: its entry of greatest size is made positive.
    largest = axes.gather(1, axes.abs().argmax(dim=1, keepdim=True))
    return mean, axes * largest.sign(), shares[chosen - 1].item()


@dataclass(frozen=True)
class _Linear:
    """The equation near one state a row: residual(h + d) ~ residual(h) + matrix d, for d across the plane."""

    matrix: Tensor  # P R' P + U U^T, which is regular wherever the surface is a graph over the plane
    along: Tensor  # P R' U: how the residual changes with the position in the plane, [row, unit, axis]
    factor: Tensor  # Cholesky factor of the damped normal matrix; NaN where there is none

    def solve(self, right: Tensor) -> Tensor:
        """The damped least-squares solution of matrix X = right, [row, unit, column]."""
        return torch.cholesky_solve(self.matrix.mT @ right, self.factor)

    def keep(self, rows: Tensor) -> _Linear:
        return _Linear(self.matrix[rows], self.along[rows], self.factor[rows])


@dataclass(frozen=True)
class _Equation:
    """P R(h) = 0 with P = 1 - U U^T, where R is the step F(h) - h, the change of the step, or the change of that."""

    held: Map
    axes: Tensor
    order: int

    def across(self, vectors: Tensor) -> Tensor:
        """The part of row vectors across the plane."""
        return vectors - (vectors @ self.axes.T) @ self.axes

    def residual(self, states: Tensor) -> Tensor:
        """P R(h), NaN where the map has left the numbers, [row, unit]."""
        orbit = [states]
        for _ in range(self.order):
            orbit.append(self.held(orbit[-1]))
        while len(orbit) > 1:
            orbit = [after - before for before, after in pairwise(orbit)]
        return self.across(orbit[0])

    def linearise(self, states: Tensor, damping: Tensor) -> _Linear:
        matrix = self._derivative(states)
        matrix -= self.axes.T @ (self.axes @ matrix)
        along = matrix @ self.axes.T
        matrix += (self.axes.T - along) @ self.axes
        normal = matrix.mT @ matrix
        diagonal = normal.diagonal(dim1=-2, dim2=-1)
        diagonal += (damping * diagonal.amax(dim=-1)).unsqueeze(-1)
        factor, failed = torch.linalg.cholesky_ex(normal)
        factor[failed != 0] = torch.nan
        return _Linear(matrix, along, factor)

    def _derivative(self, states: Tensor) -> Tensor:
        """R'(h), in memory of its own, [row, unit, unit]."""
        # The binomial sum of the Jacobians of h, F(h), F(F(h)), ...: products of those along the orbit.
        product = self.held.jacobian(states)
        derivative = product * ((-1) ** (self.order - 1) * self.order)
        for steps in range(2, self.order + 1):
            states = self.held(states)
            product = self.held.jacobian(states) @ product
            derivative.add_(product, alpha=(-1) ** (self.order - steps) * math.comb(self.order, steps))
        derivative.diagonal(dim1=-2, dim2=-1).add_((-1) ** self.order)
        return derivative


@dataclass
class _Ascent:
    """How far starts have come on their way to the surface; one row each."""

    point: Tensor
    residual: Tensor
    length: Tensor  # of the residual
    start_length: Tensor
    damping: Tensor

    @property
    def solved(self) -> Tensor:
        return _solved(self.start_length, self.length, self.point)

    def is_open(self, target: float) -> Tensor:
        """Whether more than ``target`` of the residual is left, and more than rounding, [row]."""
        rounding = _ROUNDING * (1 + self.point.norm(dim=1))
        return (self.length > target * self.start_length) & (self.length > rounding)


def _surface(equation: _Equation, begin: Tensor) -> dict[str, Tensor]:
    """All that is known of the surface above the position of each start; one row each."""
    ascent = _depart(equation, begin)
    _climb(equation, ascent)
    count, size = begin.shape
    tangent = begin.new_full((count, size, len(equation.axes)), torch.nan)
    velocity, (q, defect) = torch.full_like(begin, torch.nan), begin.new_full((2, count), torch.nan)
    rows = ascent.solved.nonzero().flatten()
    if len(rows):
        linear = equation.linearise(ascent.point[rows], begin.new_full((len(rows),), _LEAST_DAMPING))
        # It is there for the tangent; that it also carries the points down to rounding costs next to nothing.
        _walk(equation, ascent, rows, linear, target=0.0)
        point, directions = ascent.point[rows], _tangent(equation, linear)
        step = equation.held(point) - point
        tangent[rows], q[rows] = directions, 0.5 * step.square().sum(dim=1)
        velocity[rows] = (directions @ (directions.mT @ step.unsqueeze(-1))).squeeze(-1)
        defect[rows] = _defect(equation, point, step, linear)
    return {
        "point": ascent.point,
        "start_residual": ascent.start_length,
        "residual": ascent.length,
        "tangent": tangent,
        "velocity": velocity,
        "q": q,
        "defect": defect,
    }


def _depart(equation: _Equation, begin: Tensor) -> _Ascent:
    residual = equation.residual(begin)
    length = residual.norm(dim=1)
    return _Ascent(begin.clone(), residual, length, length.clone(), torch.full_like(length, _DAMPING))


def _climb(equation: _Equation, ascent: _Ascent) -> None:
    """Brings every row to the surface, linearising anew where it has to."""
    for _ in range(_LINEARISATIONS):
        rows = ascent.is_open(_TARGET).nonzero().flatten()
        if not len(rows):
            break
        _walk(equation, ascent, rows, equation.linearise(ascent.point[rows], ascent.damping[rows]), target=_TARGET)


def _walk(equation: _Equation, ascent: _Ascent, rows: Tensor, linear: _Linear, *, target: float) -> None:
    """Steps of these rows with one linearisation for as long as it serves; sets the damping of the next."""
    # A linearisation costs as much as many steps, and where the surface bends gently one is enough.
    for number in range(_STEPS):
        move = linear.solve(ascent.residual[rows].unsqueeze(-1)).squeeze(-1)
        trial = ascent.point[rows] - equation.across(move)
        residual = equation.residual(trial)
        length = residual.norm(dim=1)
        # What is not finite compares as false, so such a step is never taken.
        better, serves = length < ascent.length[rows], length <= _WORTH_IT * ascent.length[rows]
        if number == 0:
            factor = torch.where(better, _EASIER, _HARDER)
            ascent.damping[rows] = (ascent.damping[rows] * factor).clamp_min(_LEAST_DAMPING)
        taken = rows[better]
        ascent.point[taken], ascent.residual[taken], ascent.length[taken] = (
            trial[better],
            residual[better],
            length[better],
        )
        serves &= ascent.is_open(target)[rows]
        if not serves.any():
            break
        if not serves.all():
            rows, linear = rows[serves], linear.keep(serves)


def _tangent(equation: _Equation, linear: _Linear) -> Tensor:
    """Orthonormal directions along the surface by the implicit function theorem, [row, unit, axis]."""
    # Above a position moved by da the surface moves by U da + db across the plane, where P R' U da + P R' db = 0.
    across = linear.solve(linear.along)
    # The normal matrix squares the conditioning; one refinement gives the lost digits back.
    across += linear.solve(linear.along - linear.matrix @ across)
    directions, triangle = torch.linalg.qr(equation.axes.T - across)
    # Columns that point the way of the axes make a frame that does not flip from point to point.
    return directions * triangle.diagonal(dim1=-2, dim2=-1).sign().unsqueeze(-2)


def _defect(equation: _Equation, point: Tensor, step: Tensor, linear: _Linear) -> Tensor:
    """How far one step leads off the surface, relative to its length, [row]."""
    after = point + step
    ascent = _depart(equation, after)
    # F(h) is near h, so the linearisation at h mostly serves there too.
    _walk(equation, ascent, torch.arange(len(after), device=after.device), linear, target=_TARGET)
    _climb(equation, ascent)
    length = step.norm(dim=1)
    defect = (after - ascent.point).norm(dim=1) / length
    defect[~ascent.solved] = torch.inf
    defect[length <= _STILL * (1 + point.norm(dim=1))] = 0
    return defect


def _solved(start_residual: Tensor, residual: Tensor, point: Tensor) -> Tensor:
    """Whether a thousandth of the residual, or nothing but rounding, is left; NaN is not solved, [row]."""
    return (residual <= _REACHED * start_residual) | (residual <= _ROUNDING * (1 + point.norm(dim=1)))
