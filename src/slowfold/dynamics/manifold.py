"""The slow manifold: the thin, curved surface that a held network falls onto, and along which it then moves slowly."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from slowfold.dynamics.ascent import LEAST_DAMPING, TARGET, Equation, Linear, climb, depart, is_solved, walk
from slowfold.dynamics.maps import Map
from slowfold.errors import OptionError, TensorError
from slowfold.threads import decomposing

__all__ = ["SlowManifold", "slow_manifold"]

# The plane below the surface holds this share of the variance of the visited states.
_SHARE = 0.90
# A point whose step is no longer than this, relative to 1 + ||h||, is fixed: q is about 1e-20, as in the search.
_STILL = 1e-10
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
        return is_solved(self.start_residual, self.residual, self.point) & ~self.inside

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
    equation = Equation(held, axes, order)
    rows = max(1, _ENTRIES // (_MATRICES * held.size**2))
    with torch.no_grad():
        parts = [_surface(equation, chunk) for chunk in begin.split(rows)]
    columns = {name: torch.cat([part[name] for part in parts]) for name in parts[0]}
    inside = held.allows(columns["point"], around=begin)
    reached = inside & is_solved(columns["start_residual"], columns["residual"], columns["point"])
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
    with decomposing(min(count, size)):
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


def _surface(equation: Equation, begin: Tensor) -> dict[str, Tensor]:
    """All that is known of the surface above the position of each start; one row each."""
    ascent = depart(equation, begin)
    climb(equation, ascent)
    count, size = begin.shape
    tangent = begin.new_full((count, size, len(equation.axes)), torch.nan)
    velocity, (q, defect) = torch.full_like(begin, torch.nan), begin.new_full((2, count), torch.nan)
    rows = ascent.solved.nonzero().flatten()
    if len(rows):
        linear = equation.linearise(ascent.point[rows], begin.new_full((len(rows),), LEAST_DAMPING))
        # It is there for the tangent; that it also carries the points down to rounding costs next to nothing.
        walk(equation, ascent, rows, linear, target=0.0)
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


def _tangent(equation: Equation, linear: Linear) -> Tensor:
    """Orthonormal directions along the surface by the implicit function theorem, [row, unit, axis]."""
    # Above a position moved by da the surface moves by U da + db across the plane, where P R' U da + P R' db = 0.
    across = linear.solve(linear.along)
    # The normal matrix squares the conditioning; one refinement gives the lost digits back.
    across += linear.solve(linear.along - linear.matrix @ across)
    directions, triangle = torch.linalg.qr(equation.axes.T - across)
    # Columns that point the way of the axes make a frame that does not flip from point to point.
    return directions * triangle.diagonal(dim1=-2, dim2=-1).sign().unsqueeze(-2)


def _defect(equation: Equation, point: Tensor, step: Tensor, linear: Linear) -> Tensor:
    """How far one step leads off the surface, relative to its length, [row]."""
    after = point + step
    ascent = depart(equation, after)
    # F(h) is near h, so the linearisation at h mostly serves there too.
    walk(equation, ascent, torch.arange(len(after), device=after.device), linear, target=TARGET)
    climb(equation, ascent)
    length = step.norm(dim=1)
    defect = (after - ascent.point).norm(dim=1) / length
    defect[~ascent.solved] = torch.inf
    defect[length <= _STILL * (1 + point.norm(dim=1))] = 0
    return defect
