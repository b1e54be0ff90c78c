"""How far apart two networks' states are that read the same texts, whatever the units that they are kept in."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from slowfold.errors import OptionError, TensorError

__all__ = ["KEPT", "canonical_correlations", "representation_distance", "representation_distances"]

KEPT = 0.99
"""The share of the variance that the directions hold which are compared; the rest is thought of as noise."""


def representation_distance(
    a: Float[Tensor, "state a_unit"], b: Float[Tensor, "state b_unit"], *, kept: float = KEPT
) -> float:
    """One minus the mean canonical correlation of two networks' states, between 0 and 1.

    It is 0 where the states of the one are those of the other, turned, stretched and moved: no unit of the one need
    resemble a unit of the other. It is symmetric, but no metric: two spaces of different dimension are at distance 0
    where the smaller lies within the larger, and the triangle inequality need not hold. States that have nothing to do
    with each other are at less than 1, the more so the fewer they are: of k directions each in n states the mean
    correlation of chance is near the root of k / n.

    Args:
        a: The states of one network after each word of some documents, [state, unit].
        b: Those of another after the same words of the same documents, [state, unit].
        kept: The share of the variance that is kept of each, by its leading principal components.

    Raises:
        OptionError: The share is not above 0 and at most 1.
        TensorError: The states are not as many, are no more than the directions they are compared in, are all the
            same, or are not finite.

    Source:
        Raghu, Gilmer, Yosinski and Sohl-Dickstein, "SVCCA", NeurIPS 2017; as used by Maheswaranathan, Williams, Golub,
        Ganguli and Sussillo, "Universality and individuality in neural dynamics across large populations of recurrent
        networks", NeurIPS 2019.

    Example:
        >>> states = torch.randn(200, 3, generator=torch.Generator().manual_seed(0))
        >>> turned = states @ torch.tensor([[0.0, 2.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 3.0]]) + 1
        >>> round(representation_distance(states, turned, kept=1.0), 6)
        0.0
    """
    return 1 - float(canonical_correlations(a, b, kept=kept).mean())


def canonical_correlations(
    a: Float[Tensor, "state a_unit"], b: Float[Tensor, "state b_unit"], *, kept: float = KEPT
) -> Float64[Tensor, " direction"]:
    """The correlations of the directions in which two sets of states agree most, greatest first, [direction].

    As many as the smaller of the two has directions. For the arguments and errors see
    :func:`representation_distance`.

    Example:
        >>> states = torch.eye(4)[:, :2]
        >>> canonical_correlations(states, states[:, :1], kept=1.0).round(decimals=9).tolist()
        [1.0]
    """
    _require_matched([a, b])
    return _correlations(_whitened(a, kept, "a"), _whitened(b, kept, "b"))


def representation_distances(
    states: Sequence[Float[Tensor, "state _unit"]], *, kept: float = KEPT
) -> Float64[Tensor, "network network"]:
    """The distances of each two of several networks, by :func:`representation_distance`, [network, network].

    Args:
        states: The states of each network after the same words of the same documents, [state, unit].
        kept: The share of the variance that is kept of each.

    Raises:
        OptionError: The share is not above 0 and at most 1.
        TensorError: There is no network, or its states cannot be compared.

    Example:
        >>> some = torch.randn(50, 2, generator=torch.Generator().manual_seed(0))
        >>> representation_distances([some, -2 * some]).round(decimals=6).abs().tolist()
        [[0.0, 0.0], [0.0, 0.0]]
    """
    _require_matched(states)
    bases = [_whitened(one, kept, f"network {number}") for number, one in enumerate(states)]
    distances = torch.zeros(len(bases), len(bases), dtype=torch.float64)
    for row, a in enumerate(bases):
        for column in range(row):
            distances[row, column] = distances[column, row] = 1 - _correlations(a, bases[column]).mean()
    return distances


def _require_matched(states: Sequence[Tensor]) -> None:
    if not states:
        raise TensorError("there are no networks to compare", where="states", cure="give the states of at least one")
    counts = {len(one) for one in states}
    if len(counts) > 1:
        raise TensorError(
            f"there are {' and '.join(str(count) for count in sorted(counts))} states",
            where="states",
            cure="give the states after the same words of the same documents",
        )


def _whitened(states: Tensor, kept: float, where: str) -> Float64[Tensor, "state direction"]:
    """An orthonormal basis of the leading components, as columns over the states."""
    if not 0 < kept <= 1:
        raise OptionError(f"{kept} is out of range", where="kept", cure="give a share above 0, at most 1")
    rows = states.detach().to("cpu", torch.float64)
    if not torch.isfinite(rows).all():
        raise TensorError("a state holds NaN or infinity", where=where, cure="look at the network's weights")
    centred = rows - rows.mean(dim=0)
    basis, sizes, _ = torch.linalg.svd(centred, full_matrices=False)
    # What rounding alone can have made is no direction, and states that are all the same have none.
    rounding = max(rows.shape) * torch.finfo(states.dtype).eps * float(rows.norm(dim=1).max()) if len(rows) else 0.0
    real = int((sizes > rounding).sum())
    if not real:
        raise TensorError("the states are all the same", where=where, cure="give states that differ")
    shares = sizes[:real].square().cumsum(0) / sizes[:real].square().sum()
    # The first whose share reaches what is kept; of the whole, rounding must not leave the last one out.
    count = min(real, 1 + int((shares < kept * (1 - 1e-12)).sum()))
    if len(rows) <= count + 1:
        raise TensorError(
            f"{len(rows)} states in {count} directions agree with any others",
            where=where,
            cure="give many more states than directions",
        )
    return basis[:, :count]


def _correlations(a: Float64[Tensor, "state i"], b: Float64[Tensor, "state j"]) -> Float64[Tensor, " direction"]:
    return torch.linalg.svdvals(a.mT @ b).clamp(max=1.0)
