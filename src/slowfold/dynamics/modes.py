"""How a held network moves near a point: its eigenvalues, their directions, and how long each is remembered."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Complex128, Float, Float64, Int
from numpy.typing import NDArray
from torch import Tensor

from slowfold.dynamics.maps import Map
from slowfold.errors import TensorError
from slowfold.threads import decomposing

__all__ = [
    "FADES",
    "Decomposition",
    "Modes",
    "count_before_gap",
    "decompose",
    "each_jacobian",
    "linearize",
    "time_constants",
]

FADES = 1 - 1e-9
"""A mode of at least this size need not fade: of a line of fixed points |lambda| is 1 to rounding, above or below."""

# Right vectors whose condition number is greater than this have no inverse that float64 can hold.
_SINGULAR = 1e14
# The slowest modes that are told in a line.
_TOLD = 3


@dataclass(frozen=True)
class Modes:
    """The linearisation J = R diag(lambda) L of a map at several points, modes sorted by |lambda|, greatest first.

    So modes that grow come first, the fastest of them foremost, then those that fade, the slowest foremost.

    Near a point h*, h_t - h* ~ sum over modes a of r_a lambda_a^t (l_a . (h_0 - h*)): a displacement is split by the
    left vectors, fades by the eigenvalues, and is put together by the right vectors.

    Attributes:
        point: Where, [point, unit].
        eigenvalue: Sorted by size, greatest first; of a conjugate pair the one with positive imaginary part comes
            first and its partner follows, [point, mode].
        right: Right vectors of length 1 as columns, [point, unit, mode].
        left: Left vectors as rows, scaled so that left @ right is the identity, [point, mode, unit].
        time_constant: 1 / |ln |lambda||, in steps (tokens, where the map reads text): the time in which a mode fades
            to 1 / e, or grows e-fold where it is unstable; infinite at |lambda| = 1, 0 at lambda = 0, [point, mode].
        conditioning: The condition number of the right vectors, [point]. Above 1e8 the modes are too nearly parallel
            for the split into them to be trusted.
    """

    point: Float64[Tensor, "point unit"]
    eigenvalue: Complex128[Tensor, "point mode"]
    right: Complex128[Tensor, "point unit mode"]
    left: Complex128[Tensor, "point mode unit"]
    time_constant: Float64[Tensor, "point mode"]
    conditioning: Float64[Tensor, " point"]

    @property
    def unstable(self) -> Int[Tensor, " point"]:
        """The number of modes that grow, |lambda| > 1, [point]."""
        return (self.eigenvalue.abs() > 1).sum(dim=1)

    @property
    def sensitivity(self) -> Float64[Tensor, "point mode"]:
        """The condition number of each eigenvalue, ||l_a|| ||r_a||, at least 1, [point, mode].

        A change of the Jacobian by a small dJ moves the eigenvalue by at most this times ||dJ||; it is 1 where the mode
        stands at a right angle to all others, and great where it is nearly parallel to one.

        Source:
            Wilkinson, "The algebraic eigenvalue problem", 1965.
        """
        return self.left.abs().square().sum(dim=2).sqrt() * self.right.abs().square().sum(dim=1).sqrt()

    def remembered(self, length: float) -> Int[Tensor, " point"]:
        """The number of modes that last at least ``length`` steps, those that grow included, [point]."""
        return ((self.eigenvalue.abs() > 1) | (self.time_constant >= length)).sum(dim=1)

    def before_gap(self) -> Int[Tensor, " point"]:
        """The number of modes before the widest gap in time constant, [point]; see :func:`count_before_gap`."""
        return torch.tensor([count_before_gap(row.abs().numpy()) for row in self.eigenvalue], dtype=torch.int64)

    def __len__(self) -> int:
        return self.point.shape[0]

    def __repr__(self) -> str:
        from slowfold.dynamics.showing import tokens

        points, units = self.point.shape
        slowest = ", ".join(tokens(time) for time in self.time_constant[:, :_TOLD].median(dim=0).values.tolist())
        grow = sorted({int(self.unstable.min()), int(self.unstable.max())})
        return (
            f"Modes({points} point{'s' * (points != 1)} of {units} units: {' to '.join(map(str, grow))} grow; "
            f"slowest, in the median: {slowest} tokens)"
        )

    def _repr_html_(self) -> str:
        # A notebook asks for this; whoever computes needs no markup.
        from slowfold.dynamics.showing import modes_html

        return modes_html(self)


def linearize(held: Map, points: Float[Tensor, "point unit"]) -> Modes:
    """Decomposes dF/dh at each point into modes, in float64 on the CPU.

    Args:
        held: The map.
        points: Where to linearise, [point, unit].

    Raises:
        TensorError: The points have the wrong shape or type, are none, or are not finite, or a Jacobian is not.

    Source:
        Maheswaranathan et al., "Reverse engineering recurrent networks for sentiment classification reveals line
        attractor dynamics", NeurIPS 2019.

    Example:
        >>> spin = torch.tensor([[0.0, -1.0], [0.25, 0.0]], dtype=torch.float64)
        >>> modes = linearize(Map(lambda h: h @ spin.T, size=2), torch.zeros(1, 2, dtype=torch.float64))
        >>> modes.eigenvalue[0].imag.round(decimals=6).tolist()
        [0.5, -0.5]
        >>> round(modes.time_constant[0, 0].item(), 3)
        1.443
    """
    where = held.states(points).clone()
    parts = [decompose(jacobian) for jacobian in each_jacobian(held, where)]
    eigenvalue, right, left, conditioning = (torch.from_numpy(np.stack(stack)) for stack in zip(*parts, strict=True))
    return Modes(
        point=where.to("cpu", torch.float64),
        eigenvalue=eigenvalue,
        right=right,
        left=left,
        time_constant=time_constants(eigenvalue),
        conditioning=conditioning,
    )


def time_constants(eigenvalues: Complex128[Tensor, "*batch"]) -> Float64[Tensor, "*batch"]:
    """1 / |ln |lambda||, in steps: infinite at |lambda| = 1 and 0 at lambda = 0.

    Example:
        >>> time_constants(torch.tensor([1.0, 0.0], dtype=torch.complex128)).tolist()
        [inf, 0.0]
    """
    return 1 / eigenvalues.abs().log().abs()


def count_before_gap(sizes: NDArray[np.float64]) -> int:
    """How many modes stand apart from the rest: those before the widest gap in time constant.

    The gap after mode k is |ln|lambda_(k+1)|| / |ln|lambda_k||, the ratio of two neighbouring time constants, over the
    modes k that outlast one token; a mode that does not remembers nothing, and gaps among such modes are left alone.
    Modes at or above 1, up to rounding, are remembered whatever follows: the first gap that counts is the one after the
    last of them.

    Args:
        sizes: |lambda|, in any order, [mode].

    Example:
        >>> count_before_gap(np.array([0.978, 0.912, 0.5, 0.45]))
        2
    """
    ordered = np.sort(sizes)[::-1]
    with np.errstate(divide="ignore"):  # an eigenvalue of 0 fades at once
        rates = np.abs(np.log(ordered))
    kept = int((ordered >= FADES).sum())
    candidates = [k for k in range(max(kept, 1), len(ordered)) if k == kept or rates[k - 1] <= 1]
    if not candidates:
        return kept + int((rates[kept:] <= 1).sum())
    with np.errstate(divide="ignore"):  # nor does a mode of size 1 ever fade
        gaps = [rates[k] / rates[k - 1] for k in candidates]
    return candidates[int(np.argmax(gaps))]


class Decomposition(NamedTuple):
    """One matrix taken apart, J = R diag(lambda) L, sorted as :class:`Modes` are.

    Attributes:
        eigenvalue: [mode].
        right: Right vectors of length 1 as columns, [unit, mode].
        left: Left vectors as rows; left @ right is the identity, [mode, unit].
        conditioning: The condition number of the right vectors, infinite where they are parallel.
    """

    eigenvalue: NDArray[np.complex128]
    right: NDArray[np.complex128]
    left: NDArray[np.complex128]
    conditioning: float


def each_jacobian(held: Map, points: Float[Tensor, "point unit"]) -> Iterator[NDArray[np.float64]]:
    """dF/dh at one point after another, [unit, unit], as NumPy arrays.

    Raises:
        TensorError: A Jacobian holds NaN or infinity.
    """
    # One at a time: many of them do not fit the memory.
    for row, point in enumerate(points):
        jacobian = held.jacobian(point.unsqueeze(0))[0].detach().to("cpu", torch.float64).numpy()
        if not np.isfinite(jacobian).all():
            raise TensorError("the Jacobian holds NaN or infinity", where=f"{held.name}, point {row}")
        yield jacobian


def decompose(jacobian: NDArray[np.float64]) -> Decomposition:
    """All eigenvalues of a real matrix, [unit, unit], with their right and left vectors.

    Example:
        >>> decompose(np.array([[0.5, 1.0], [0.0, 0.9]])).eigenvalue.real.tolist()
        [0.9, 0.5]
    """
    # By PyTorch, one matrix at a time: where cores are shared, NumPy's threads spin and take a hundred times as long.
    with decomposing(len(jacobian)):
        values, vectors = (part.numpy() for part in torch.linalg.eig(torch.from_numpy(jacobian)))
    # LAPACK puts conjugate partners side by side with exactly equal sizes and real parts; a stable sort keeps them so.
    order = np.lexsort((-values.real, -np.abs(values)))
    values, vectors = values[order], vectors[:, order]
    # Conjugate partners v and v* are sqrt(2) Re v and sqrt(2) Im v times a unitary matrix. So the right vectors have
    # the singular values of a real basis, and their inverse follows from its own, at a third of the work.
    first, second = values.imag > 0, values.imag < 0
    basis = vectors.real.copy()
    basis[:, first] *= math.sqrt(2)
    basis[:, second] = -math.sqrt(2) * vectors.imag[:, second]
    real = torch.from_numpy(basis)
    with decomposing(len(real)):
        singular = torch.linalg.svdvals(real).tolist()
    conditioning = singular[0] / singular[-1] if singular[-1] > 0 else math.inf
    # The pseudo-inverse stands a defective matrix, whose right vectors are parallel; the conditioning tells of it.
    inverse = (torch.linalg.pinv(real) if conditioning > _SINGULAR else torch.linalg.inv(real)).numpy()
    left = inverse.astype(np.complex128)
    left[first] = (inverse[first] - 1j * inverse[second]) / math.sqrt(2)
    left[second] = left[first].conj()
    return Decomposition(values, vectors, left, conditioning)
