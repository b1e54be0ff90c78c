"""How sure a dimension is: the documents drawn anew, whole, for the states of one text depend on each other."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import torch
from jaxtyping import Float, Float64, Int
from torch import Tensor

from slowfold.errors import OptionError, TensorError
from slowfold.geometry.dimensions.clouds import as_cloud
from slowfold.geometry.dimensions.components import PrincipalComponents, principal_components
from slowfold.geometry.dimensions.weights import as_weights
from slowfold.threads import decomposing

__all__ = ["Resampled", "resample"]

# Beyond the components that hold all but this share of the variance, the variance counts and its directions do not: in
# the participation ratio that is a matter of the square of this share, and few components make a draw cheap.
_SCATTERED = 1e-4
# The products of so many documents are held at a time.
_AT_ONCE = 256


@dataclass(frozen=True)
class Resampled:
    """How a dimension changes when other documents are drawn.

    Attributes:
        documents: How many documents were drawn each time, as many as there are.
        level: The share of the draws that an interval holds.
        participation_ratio: The interval of the participation ratio, from and to.
        shares: The interval of each component's share of the variance, from and to, [component, 2]; components are
            ranked anew in each draw.
        drawn: The participation ratio of every draw, [draw].
    """

    documents: int
    level: float
    participation_ratio: tuple[float, float]
    shares: Float64[Tensor, "component 2"]
    drawn: Float64[Tensor, " draw"] = field(repr=False)


def resample(
    states: Float[Tensor, "state unit"],
    documents: Int[Tensor, " state"],
    *,
    weights: Float[Tensor, " weight"] | None = None,
    axes: PrincipalComponents | None = None,
    classes: Int[Tensor, " state"] | None = None,
    draws: int = 200,
    level: float = 0.95,
    components: int = 10,
    seed: int = 0,
) -> Resampled:
    """Percentile intervals for the participation ratio and the shares of variance, by a bootstrap over documents.

    As many documents as there are get drawn with replacement, and all states of a document come or stay away together.
    Each document is summed up once, by how many states it has, their sum and their products; a draw adds up documents,
    so that it costs the same however long they are.

    Args:
        states: The cloud, [state, unit].
        documents: The document of each state, [state].
        weights: How much each state counts, up to a factor, [state]; see :func:`principal_components`.
        axes: The principal components of these states by these weights, where they are known already.
        classes: The class of each state, [state], where as many documents of each class are to be drawn as there are:
            for documents that were chosen so in the first place.
        draws: How many times documents are drawn, at least 20.
        level: The share of the draws that an interval holds.
        components: How many components to give the shares of.
        seed: Draws the documents.

    Raises:
        TensorError: There is no state, one is not finite, there is only one document or one belongs to two classes, or
            nothing varies.
        OptionError: A number is out of range.

    Source:
        Davison and Hinkley, "Bootstrap methods and their application", 1997, section 3.8, for drawing whole clusters.

    Example:
        >>> cloud = torch.randn(600, 2, generator=torch.Generator().manual_seed(0))
        >>> low, high = resample(cloud, torch.arange(600) // 3).participation_ratio
        >>> bool(1.95 < low < high <= 2.0)
        True
    """
    if draws < 20:
        raise OptionError(f"{draws} draws make no interval", where="draws", cure="give 20 or more")
    if not 0 < level < 1:
        raise OptionError(f"{level} is no share of draws", where="level", cure="give a number between 0 and 1")
    cloud = as_cloud(states)
    share = torch.ones(len(cloud), dtype=torch.float64) if weights is None else as_weights(weights, len(cloud))
    names, document = torch.unique(documents.cpu(), return_inverse=True)
    if len(names) < 2:
        raise TensorError("there is only one document to draw", where="documents", cure="give states of several")
    counts = _draw(_class_of(document, len(names), classes), draws, torch.Generator().manual_seed(seed))
    main, scattered = _main(cloud, principal_components(cloud, share) if axes is None else axes)
    covariances, rest = _covariances(main, scattered, share, document, counts)
    total = covariances.diagonal(dim1=1, dim2=2).sum(dim=1) + rest
    if not (total > 0).all():
        raise TensorError("the states of some draws are all the same", where="states", cure="give more documents")
    ratios = total.square() / covariances.square().sum(dim=(1, 2))
    with decomposing(covariances.shape[-1]):
        shares = torch.linalg.eigvalsh(covariances).flip(1)[:, :components].clamp_min(0) / total.unsqueeze(1)
    tails = torch.tensor([(1 - level) / 2, (1 + level) / 2], dtype=torch.float64)
    low, high = ratios.quantile(tails).tolist()
    return Resampled(len(names), level, (low, high), shares.quantile(tails, dim=0).T.contiguous(), ratios)


def _class_of(document: Tensor, documents: int, classes: Tensor | None) -> Tensor:
    """The class of each document, [document]; all are of one where classes do not matter."""
    own = torch.zeros(documents, dtype=torch.int64)
    if classes is not None:
        given = classes.cpu().long()
        own[document] = given
        if not own[document].equal(given):
            raise TensorError("the states of one document have two classes", where="classes", cure="give one each")
    return own


def _draw(classes: Tensor, draws: int, generator: torch.Generator) -> Float64[Tensor, "draw document"]:
    """How often each document is drawn each time, as often as there are documents of its class."""
    counts = torch.zeros(draws, len(classes), dtype=torch.float64)
    for label in classes.unique():
        members = (classes == label).nonzero().flatten()
        drawn = members[torch.randint(len(members), (draws, len(members)), generator=generator)]
        counts.scatter_add_(1, drawn, torch.ones(drawn.shape, dtype=torch.float64))
    return counts


def _main(
    cloud: Tensor, axes: PrincipalComponents
) -> tuple[Float64[Tensor, "state component"], Float64[Tensor, " state"]]:
    """The states on the components that hold nearly all of the variance, and their squared distances from there."""
    held = axes.variances.cumsum(0) / axes.variances.sum()
    kept = int((held < 1 - _SCATTERED).sum()) + 1
    places = axes.project(cloud, kept)
    scattered = (cloud - axes.mean).square().sum(dim=1) - places.square().sum(dim=1)
    return places, scattered.clamp_min(0)


def _covariances(
    states: Tensor, scattered: Tensor, weights: Tensor, document: Tensor, counts: Tensor
) -> tuple[Float64[Tensor, "draw component component"], Float64[Tensor, " draw"]]:
    """The covariance of the states of each draw, and the variance besides, from the sums of each document.

    Documents are summed up some at a time, for their products are as many as the components squared.
    """
    size, order = states.shape[1], document.argsort(stable=True)
    lengths = torch.bincount(document)
    # With a 1 and the scattered part beside the states, one product of a document holds all that a draw adds up.
    own = torch.cat([states, scattered.unsqueeze(1), torch.ones_like(scattered).unsqueeze(1)], dim=1)[order]
    scaled = (own[:, [*range(size), size + 1]] * weights[order].unsqueeze(1)).T.contiguous()
    total = counts.new_zeros(len(counts), (size + 1) * (size + 2))
    begin = 0
    for some, drawn in zip(lengths.split(_AT_ONCE), counts.split(_AT_ONCE, dim=1), strict=True):
        ends = [begin, *(begin + some.cumsum(0)).tolist()]
        products = torch.stack([scaled[:, a:b] @ own[a:b] for a, b in pairwise(ends)])
        total += drawn @ products.flatten(1)
        begin = ends[-1]
    sums = total.unflatten(1, (size + 1, size + 2)) / total[:, -1].reshape(-1, 1, 1)
    mean = sums[:, -1, :size]
    return sums[:, :size, :size] - mean.unsqueeze(2) * mean.unsqueeze(1), sums[:, -1, size]
