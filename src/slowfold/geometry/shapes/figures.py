"""Which figure corners make: how well a simplex, a line, an arc, a plane and a cube fit them, beside random corners."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import permutations

import torch
from jaxtyping import Bool, Float, Float64
from torch import Tensor

from slowfold.errors import OptionError, TensorError
from slowfold.geometry.dimensions.clouds import as_cloud

__all__ = ["FIGURES", "Figures", "Fit", "score_figures"]

FIGURES = ("simplex", "cube", "line", "arc", "plane")
"""The figures that corners are compared with, the most special first: a square is a plane as well."""

# Corners that spread by no more than this share of their size are one point and rounding noise.
_ROUNDING = 1e-6
# Scores are equal when they agree to so many digits.
_DIGITS = 6
# The arcs that are tried, from nearly straight to three quarters of what would close them to a regular polygon: half a
# circle for three corners, which on the polygon would make a simplex.
_OPENINGS = torch.linspace(0.05, 0.75, 15, dtype=torch.float64)
# So many corners without labels are tried on the corners of a square in every order.
_SQUARE = 4
_TEMPLATE_CORNERS = ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0))

_Measure = Callable[[Float64[Tensor, "*draw corner direction"]], Float64[Tensor, "*draw"]]


@dataclass(frozen=True)
class Fit:
    """How well a figure fits corners.

    Attributes:
        misfit: How far the corners are from the best placed figure, root mean square, over how far they are from their
            mean: 0 for the figure itself, at most 1.
        by_chance: The median misfit of random corners.
        score: 1 - misfit / by_chance: 1 for the figure itself, 0 for what chance does, below 0 for worse.
        p: The share of random corners that fit as well or better, those measured among them: no less than 1 / draws.
    """

    misfit: float
    by_chance: float
    score: float
    p: float


@dataclass(frozen=True)
class Figures:
    """What figure corners make.

    Attributes:
        fits: How well each figure fits; None where it fits any corners so few, or cannot be laid through so many.
        angles: The angle between two corners seen from the mean of all, in degrees, [corner, corner].
        edges: The distance of each two corners, [corner, corner].
        draws: How many random sets of corners they were compared with.
    """

    fits: dict[str, Fit | None]
    angles: Float64[Tensor, "corner corner"]
    edges: Float64[Tensor, "corner corner"]
    draws: int

    @property
    def best(self) -> str | None:
        """The figure of the greatest score, of equal ones the most special; None where no figure could be scored."""
        scored = {name: round(fit.score, _DIGITS) for name in FIGURES if (fit := self.fits[name]) is not None}
        return max(scored, key=lambda name: scored[name]) if scored else None


def score_figures(
    corners: Float[Tensor, "corner unit"],
    *,
    labels: Bool[Tensor, "corner label"] | None = None,
    in_order: bool = False,
    draws: int = 999,
    seed: int = 0,
) -> Figures:
    """Scores how well five figures fit corners, beside what they make of random corners.

    Each figure is moved, turned and scaled to lie as near the corners as it can (Procrustes), and what is left is its
    misfit: of a regular simplex, of corners evenly spaced on an arc, of a square or cube, of any line and any plane. An
    arc may go three quarters of the way round to the polygon that would close it, for three corners half a circle.

    Few corners fit many figures, so every misfit is set beside those of as many random corners, normal draws of as many
    dimensions as that number of corners spans: three corners make a random triangle.

    Args:
        corners: At least two corners, [corner, unit].
        labels: Which labels each corner has, [corner, label]: it then belongs on that corner of the cube. Without,
            three or four corners are tried on a square in every order, and more are not.
        in_order: Whether corners follow each other along an arc as they are listed; otherwise they are taken in the
            order of their first principal component.
        draws: How many sets of random corners, at least 19.
        seed: Draws them.

    Raises:
        TensorError: There are fewer than two corners, one is not finite, all are one point, or two have the same
            labels.
        OptionError: There are too few draws.

    Source:
        Gower, "Generalized Procrustes analysis", Psychometrika 1975; Kendall, "Shape manifolds, Procrustean metrics,
        and complex projective spaces", Bulletin of the London Mathematical Society 1984, for random shapes.

    Example:
        >>> triangle = score_figures(torch.eye(3))
        >>> triangle.best, round(triangle.fits["simplex"].score, 6), triangle.fits["plane"]
        ('simplex', 1.0, None)
    """
    if draws < 19:
        raise OptionError(f"{draws} draws tell nothing of chance", where="draws", cure="give 19 or more")
    cloud = as_cloud(corners)
    if len(cloud) < 2:
        raise TensorError("one corner makes no figure", where="corners", cure="give one for each of several classes")
    centred = cloud - cloud.mean(dim=0)
    if centred.norm() <= _ROUNDING * cloud.norm():
        raise TensorError("all corners are one point", where="corners", cure="look whether the network tells classes")
    if labels is not None and len(torch.unique(labels.cpu(), dim=0)) < len(cloud):
        raise TensorError("two corners have the same labels", where="labels", cure="give each its own")
    spanned = min(len(cloud) - 1, cloud.shape[1])
    generator = torch.Generator().manual_seed(seed)
    random = torch.randn(draws, len(cloud), spanned, generator=generator, dtype=torch.float64)
    random -= random.mean(dim=1, keepdim=True)
    measures = _measures(len(cloud), spanned, labels, in_order=in_order)
    # Turned into the directions that they span, the corners are the same figure in fewer numbers.
    own = centred @ torch.linalg.svd(centred, full_matrices=False)[2][:spanned].T
    edges = torch.cdist(cloud, cloud, compute_mode="donot_use_mm_for_euclid_dist")
    directions = centred / centred.norm(dim=1, keepdim=True)
    chord = torch.cdist(directions, directions, compute_mode="donot_use_mm_for_euclid_dist")
    return Figures(
        fits={name: None if measure is None else _fit(measure, own, random) for name, measure in measures.items()},
        angles=torch.rad2deg(2 * torch.asin((chord / 2).clamp(max=1))),
        edges=edges,
        draws=draws,
    )


def _fit(measure: _Measure, own: Tensor, random: Tensor) -> Fit:
    misfit, chance = float(_misfit(measure(own))), _misfit(measure(random))
    middle = float(chance.median())
    # A random set that fits as well but for rounding fits as well.
    reached = int((chance <= misfit + 1e-9).sum())
    return Fit(misfit, middle, 1 - misfit / middle, (1 + reached) / (1 + len(chance)))


def _misfit(share: Tensor) -> Tensor:
    """From the share of the variance that a figure accounts for."""
    return (1 - share).clamp_min(0).sqrt()


def _measures(corners: int, spanned: int, labels: Tensor | None, *, in_order: bool) -> dict[str, _Measure | None]:
    """How each figure is fitted to so many corners in so many dimensions, or None where a fit would tell nothing."""
    some = corners > 2
    cubes = _cubes(corners, labels) if some else None
    return {
        "simplex": _simplex if some else None,
        "cube": None if cubes is None else lambda places: _best_of(cubes, places),
        # Whatever lies in one dimension is on a line, and in two on a plane.
        "line": _along(1) if some and spanned > 1 else None,
        "arc": _arc(corners, in_order=in_order) if some else None,
        "plane": _along(2) if corners > 3 and spanned > 2 else None,
    }


def _simplex(places: Tensor) -> Tensor:
    # The products of a regular simplex with corners have the corners' own singular values.
    sizes = torch.linalg.svdvals(places)
    most = places.shape[-2] - 1
    return sizes.sum(dim=-1).square() / (most * sizes.square().sum(dim=-1))


def _along(directions: int) -> _Measure:
    def share(places: Tensor) -> Tensor:
        variances = torch.linalg.svdvals(places).square()
        return variances[..., :directions].sum(dim=-1) / variances.sum(dim=-1)

    return share


def _arc(corners: int, *, in_order: bool) -> _Measure:
    polygon = 2 * math.pi * (corners - 1) / corners
    angles = _OPENINGS.unsqueeze(1) * polygon * torch.linspace(-0.5, 0.5, corners, dtype=torch.float64)
    arcs = torch.stack([angles.sin(), angles.cos()], dim=2)

    def fit(places: Tensor) -> Tensor:
        if not in_order:
            first = (places @ torch.linalg.svd(places, full_matrices=False)[2][..., :1, :].mT).squeeze(-1)
            places = places.gather(-2, first.argsort(dim=-1).unsqueeze(-1).expand_as(places))
        return _best_of(arcs, places)

    return fit


def _cubes(corners: int, labels: Tensor | None) -> Float64[Tensor, "way corner direction"] | None:
    """The ways to lay corners on those of a square or cube."""
    if labels is not None:
        return labels.to("cpu", torch.float64).unsqueeze(0)
    if corners > _SQUARE:
        return None
    return torch.tensor(list(permutations(_TEMPLATE_CORNERS, corners)), dtype=torch.float64)


def _best_of(templates: Tensor, places: Tensor) -> Tensor:
    """The share of the corners' variance that the best of several templates of one or two kinds accounts for."""
    own = templates - templates.mean(dim=1, keepdim=True)
    own = own / own.norm(dim=(1, 2), keepdim=True)
    best = places.new_zeros(places.shape[:-2])
    for template in own:
        sizes = torch.linalg.svdvals(template.T @ places)
        best = torch.maximum(best, sizes.sum(dim=-1).square())
    return best / places.square().sum(dim=(-2, -1))
