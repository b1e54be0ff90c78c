"""The slow modes alone, at many points: what a full decomposition would say of them, at a fraction of its work."""

from __future__ import annotations

import contextlib
import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Complex128, Float, Float64, Int
from numpy.typing import NDArray
from torch import Tensor

from slowfold.dynamics.maps import Map
from slowfold.dynamics.modes import FADES, decompose, each_jacobian, time_constants
from slowfold.errors import OptionError

__all__ = ["SlowModes", "count_slow", "find_slow_modes"]

# At which powers of the Jacobian modes are looked for, and by how many Krylov steps for each mode that is asked for.
_TRIES = {16: 4, 128: 6, 1024: 6, 2048: 6}
# A map with fewer units than this for each mode that is asked for is as soon taken apart whole.
_WORTH_IT = 12
# The bound on the other modes gives up at this power.
_HIGHEST_POWER = 8192
# ||J^e v - mu v|| / |mu| below which a direction of the Krylov space counts as found ...
_FOUND = 1e-10
# ... unless it is so small beside the greatest that the rounding of the power drowns it.
_DROWNED = 1e-4
# ||J v - lambda v|| / ||J|| that a mode must keep, and likewise for left vectors: a tenth of what is promised.
_RESIDUAL = 1e-10
_EPSILON = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class SlowModes:
    """The slow group of modes at several points: those that grow, then those that fade most slowly, up to a gap.

    Groups differ in size; a place that a point has no mode for holds NaN.

    Attributes:
        point: Where, [point, unit].
        count: The number of modes in the group, [point].
        eigenvalue: Sorted by size, greatest first, conjugate partners side by side as in
            :class:`~slowfold.dynamics.Modes`, [point, mode].
        right: Right vectors of length 1 as columns, [point, unit, mode].
        left: Left vectors as rows, scaled so that left @ right is the identity, [point, mode, unit].
        time_constant: 1 / |ln |lambda||, in steps (tokens, where the map reads text), [point, mode].
        sensitivity: The condition number of each eigenvalue, ||l|| ||r||: how far a change of the Jacobian by a small
            dJ may move it, in units of ||dJ||, [point, mode].
        residual: The greater of ||J r - lambda r|| / ||J|| and ||l J - lambda l|| / (||l|| ||J||), [point, mode].
        gap: Whether the group ends at a gap; it ends at the most modes allowed otherwise, [point].
        rest: No mode outside the group is greater than this, [point].
        krylov: Whether the Krylov method found the group and proved that none is missing; the other points took the
            full decomposition, [point].
    """

    point: Float64[Tensor, "point unit"]
    count: Int[Tensor, " point"]
    eigenvalue: Complex128[Tensor, "point mode"]
    right: Complex128[Tensor, "point unit mode"]
    left: Complex128[Tensor, "point mode unit"]
    time_constant: Float64[Tensor, "point mode"]
    sensitivity: Float64[Tensor, "point mode"]
    residual: Float64[Tensor, "point mode"]
    gap: Bool[Tensor, " point"]
    rest: Float64[Tensor, " point"]
    krylov: Bool[Tensor, " point"]

    @property
    def unstable(self) -> Int[Tensor, " point"]:
        """The number of modes of the group that grow, |lambda| > 1, [point]."""
        return (self.eigenvalue.abs() > 1).sum(dim=1)

    @property
    def fallbacks(self) -> int:
        """At how many points the Krylov method came to nothing, or was not worth it, and all modes were computed."""
        return int((~self.krylov).sum())

    def remembered(self, length: float) -> Int[Tensor, " point"]:
        """The number of modes of the group that last at least ``length`` steps, growing ones included, [point]."""
        return ((self.eigenvalue.abs() > 1) | (self.time_constant >= length)).sum(dim=1)

    def __len__(self) -> int:
        return self.point.shape[0]

    def __repr__(self) -> str:
        return f"SlowModes({len(self)} points, {int(self.count.sum())} modes, {self.fallbacks} full decompositions)"


def find_slow_modes(held: Map, points: Float[Tensor, "point unit"], *, gap: float = 0.02, most: int = 8) -> SlowModes:
    """Finds the slow modes of a map at many points, in float64 on the CPU.

    The group ends at the first gap, see :func:`count_slow`. It is found by matrix products, and proven:

    1. The Jacobian J is squared again and again. Few modes hold all that is left of a high power J^e, and Arnoldi's
       method on J^e finds them; they are modes of J too.
    2. The subspace Q of the modes found is set aside, and the squaring goes on with what J^e does beside it,
       P = (1 - Q Q^T) J^e (1 - Q Q^T), in which Arnoldi's method finds further modes at higher powers.
    3. ||P||^(1 / e), rounding errors included, is a bound on every mode that was not found. Once it is below the size
       at which the group ends, none is missing.
    4. Left vectors come from the transposes of the same powers, and all residuals are checked with J itself.

    Where a step fails, or the map is so small that it is not worth it, all modes are computed, and the point counts as
    a fall-back. Where few modes are slow this takes about a quarter of the time of a full decomposition; where a
    hundred crowd within a few per cent of each other, as in a cell whose biases were drawn for long memories, high
    powers are needed to tell them apart, and little time is saved.

    Args:
        held: The map.
        points: Where, [point, unit].
        gap: By what share the next mode must be smaller to end the group.
        most: The most modes in a group; one fewer where it would split a conjugate pair.

    Returns:
        The group at each point, with a place for ``most`` modes, or for as many as there are units.

    Raises:
        TensorError: The points have the wrong shape or type, are none, or are not finite, or a Jacobian is not.
        OptionError: ``gap`` is not between 0 and 1, or ``most`` is less than 2.

    Source:
        Arnoldi, "The principle of minimized iterations in the solution of the matrix eigenvalue problem", Quarterly
        of Applied Mathematics 1951; the bound is Gelfand's formula for the spectral radius.

    Example:
        >>> sizes = torch.cat([torch.tensor([1.01, 0.995, 0.98]), torch.linspace(0.9, 0.1, 125)]).double()
        >>> modes = find_slow_modes(Map(lambda h: h * sizes, size=128), torch.zeros(1, 128))
        >>> modes.eigenvalue[0, :4].real.round(decimals=6).tolist()
        [1.01, 0.995, 0.98, nan]
        >>> modes.fallbacks
        0
    """
    if not 0 < gap < 1:
        raise OptionError(f"a gap is a share between 0 and 1, not {gap}", where="gap")
    if most < 2:
        raise OptionError(f"a group must have room for a conjugate pair, not for {most}", where="most")
    where = held.states(points).clone()
    groups = [_group_of(jacobian, gap, most) for jacobian in each_jacobian(held, where)]
    places = min(most, held.size)
    eigenvalue = _stack([group.eigenvalue for group in groups], (places,))
    left = _stack([group.left for group in groups], (places, held.size))
    return SlowModes(
        point=where.to("cpu", torch.float64),
        count=torch.tensor([len(group.eigenvalue) for group in groups]),
        eigenvalue=eigenvalue,
        right=_stack([group.right for group in groups], (held.size, places)),
        left=left,
        time_constant=time_constants(eigenvalue),
        sensitivity=left.abs().square().sum(dim=2).sqrt(),
        residual=_stack([group.residual for group in groups], (places,)),
        gap=torch.tensor([group.gap for group in groups]),
        rest=torch.tensor([group.rest for group in groups], dtype=torch.float64),
        krylov=torch.tensor([group.krylov for group in groups]),
    )


def count_slow(eigenvalues: NDArray[np.complex128], *, gap: float = 0.02, most: int = 8) -> tuple[int, bool]:
    """How many modes are in the slow group, and whether it ends at a gap.

    All modes that do not fade, |lambda| >= 1 up to rounding, are in it. It ends at the first mode k, the last of them
    or a later one, with |lambda_(k+1)| < (1 - gap) |lambda_k|; or with the last mode of all; or, where there is no gap
    among the ``most`` allowed, with these, one fewer where this would split a conjugate pair.

    Args:
        eigenvalues: Sorted by size, greatest first, conjugate partners side by side, [mode].
        gap: By what share the next mode must be smaller to end the group.
        most: The most modes in the group.

    Example:
        >>> count_slow(np.array([1.1, 0.99, 0.98, 0.9, 0.7], dtype=complex))
        (1, True)
        >>> count_slow(np.array([1.1, 0.99, 0.98, 0.9, 0.7], dtype=complex), gap=0.2)
        (4, True)
        >>> count_slow(np.array([0.99, 0.98 + 0.01j, 0.98 - 0.01j, 0.97, 0.5]), most=2)
        (1, False)
    """
    sizes = np.abs(eigenvalues)
    for count in range(1, min(most, len(sizes)) + 1):
        if count == len(sizes) or (sizes[count] < FADES and sizes[count] < (1 - gap) * sizes[count - 1]):
            return count, True
    return (most - 1 if eigenvalues[most - 1].imag > 0 else most), False


class _Group(NamedTuple):
    """The slow group at one point; the names are those of :class:`SlowModes`."""

    eigenvalue: NDArray[np.complex128]
    right: NDArray[np.complex128]
    left: NDArray[np.complex128]
    residual: NDArray[np.float64]
    gap: bool
    rest: float
    krylov: bool


def _group_of(jacobian: NDArray[np.float64], gap: float, most: int) -> _Group:
    """The slow group of one matrix, by the Krylov method if it serves."""
    if len(jacobian) >= _WORTH_IT * most:
        with contextlib.suppress(
            np.linalg.LinAlgError
        ):  # left vectors of other modes are no partners of the right ones
            found = _by_krylov(jacobian, gap, most)
            if found is not None:
                return found
    values, right, left, _ = decompose(jacobian)
    count, ends_at_gap = count_slow(values, gap=gap, most=most)
    values, rest = values[:count], np.abs(values[count:]).max(initial=0.0)
    right, left = right[:, :count], left[:count]
    residual = _residual(jacobian, values, right, left)
    return _Group(values, right, left, residual, ends_at_gap, float(rest), krylov=False)


def _by_krylov(jacobian: NDArray[np.float64], gap: float, most: int) -> _Group | None:
    """The slow group by Arnoldi's method on powers of the Jacobian, or None where it is not proven whole."""
    size = np.linalg.norm(jacobian, axis=0).max()  # the longest column: never more than the spectral norm
    basis = np.empty((len(jacobian), 0))
    values = np.empty(0, dtype=np.complex128)
    within = np.empty((0, 0), dtype=np.complex128)
    count, ends_at_gap, below = 0, False, 0.0
    fruitful = list[tuple[NDArray[np.float64], int]]()
    tries = dict(_TRIES)
    power = _power(jacobian)
    while power is not None and power.exponent <= _HIGHEST_POWER:
        bound = power.radius()
        if bound < below:
            rest = max(bound, float(np.abs(values[count:]).max(initial=0.0)))
            right = basis @ within[:, :count]
            return _checked(jacobian, values[:count], right, fruitful, ends_at_gap=ends_at_gap, rest=rest)
        steps = tries.pop(power.exponent, 0) * most
        found = _leading_subspace(power.matrix, steps) if steps else basis[:, :0]
        if found.shape[1] == 0:
            power = power.squared()
            continue
        # What is found is set aside, and the squaring goes on with what the power does beside it.
        fruitful.append((power.matrix, steps))
        basis = np.linalg.qr(np.concatenate([basis, found], axis=1))[0]
        image = jacobian @ basis
        if not np.linalg.norm(image - basis @ (basis.T @ image)) <= _RESIDUAL * size:
            return None
        power = power.beside(basis)
        values, within = _sorted_eig(basis.T @ image)
        # What was not found counts as 0 here; that it is small enough not to matter is what the bound has to prove.
        count, ends_at_gap = count_slow(np.append(values, 0), gap=gap, most=most)
        count = min(count, len(values))
        below = min((1 - gap) * abs(values[count - 1]), FADES) if ends_at_gap else abs(values[most - 1])
    return None


def _checked(
    jacobian: NDArray[np.float64],
    values: NDArray[np.complex128],
    right: NDArray[np.complex128],
    powers: list[tuple[NDArray[np.float64], int]],
    *,
    ends_at_gap: bool,
    rest: float,
) -> _Group | None:
    """The group with its left vectors, found in the same powers by as many Krylov steps, if all residuals are small.

    A left vector of what a power does beside the modes found before it is one of J itself: those modes span an
    invariant subspace, J is block triangular, and the left vectors of the second block begin with zeros.
    """
    found = [_leading_subspace(matrix.T, steps) for matrix, steps in powers]
    basis = np.linalg.qr(np.concatenate(found, axis=1))[0]
    _, within = _sorted_eig(basis.T @ (jacobian.T @ basis))
    left = (basis @ within[:, : len(values)]).T
    if len(left) < len(values):
        return None
    # Any basis of the same left subspace would do: this makes each row the partner of one right vector.
    left = np.linalg.solve(left @ right, left).astype(np.complex128)
    residual = _residual(jacobian, values, right, left)
    if not residual.max() <= _RESIDUAL:
        return None
    return _Group(values, right, left, residual, ends_at_gap, rest, krylov=True)


class _Power(NamedTuple):
    """J^exponent = exp(scale) (matrix + E), where the matrix has Frobenius norm 1 and E at most norm ``error``."""

    matrix: NDArray[np.float64]
    exponent: int
    scale: float
    error: float
    norm: float  # a bound on the spectral norm of |matrix|

    def squared(self) -> _Power | None:
        """The power of twice the exponent, or None where it vanishes or overflows."""
        # The product of two n x n matrices is off by at most n eps times the product of their absolute values.
        error = (2 * self.norm + self.error) * self.error + len(self.matrix) * _EPSILON * self.norm**2
        return _power(self.matrix @ self.matrix, 2 * self.exponent, 2 * self.scale, error)

    def beside(self, basis: NDArray[np.float64]) -> _Power | None:
        """What the power does beside an invariant subspace, given by an orthonormal basis [unit, direction]."""
        matrix = self.matrix - basis @ (basis.T @ self.matrix)
        matrix -= (matrix @ basis) @ basis.T
        error = self.error + 4 * len(matrix) * _EPSILON * self.norm
        return _power(matrix, self.exponent, self.scale, error)

    def radius(self) -> float:
        """A bound on the modes of J that are left in the power: the root of a bound on its norm."""
        return math.exp((self.scale + math.log(self.norm + self.error)) / self.exponent)


def _power(matrix: NDArray[np.float64], exponent: int = 1, scale: float = 0.0, error: float = 0.0) -> _Power | None:
    frobenius = float(np.linalg.norm(matrix))
    if not 0 < frobenius < math.inf:
        return None
    matrix = matrix / frobenius
    sizes = np.abs(matrix)
    # ||M||_2^2 <= ||M||_1 ||M||_inf, which is the sharper bound where the diagonal leads, as with gates.
    by_sums = math.sqrt(float(sizes.sum(axis=0).max()) * float(sizes.sum(axis=1).max()))
    return _Power(matrix, exponent, scale + math.log(frobenius), error / frobenius, min(1.0, by_sums))


def _leading_subspace(matrix: NDArray[np.float64], steps: int) -> NDArray[np.float64]:
    """An orthonormal basis of the greatest modes that Arnoldi's method finds, conjugates whole, [unit, direction]."""
    krylov, hessenberg = _arnoldi(matrix, steps)
    done = len(krylov)
    values, vectors = _sorted_eig(hessenberg[:done])
    sizes = np.abs(values)
    found = np.abs(hessenberg[done, done - 1] * vectors[-1]) <= _FOUND * sizes
    found &= sizes >= _DROWNED * sizes[0]
    count = min(int(np.cumprod(found).sum()), done // 2)
    if count and values[count - 1].imag > 0:
        count -= 1
    values, vectors = values[:count], vectors[:, :count]
    # Conjugate partners span what the real and the imaginary part of either span.
    parts = np.concatenate([np.real(vectors)[:, values.imag >= 0], np.imag(vectors)[:, values.imag > 0]], axis=1)
    return np.linalg.qr(krylov.T @ parts)[0]


def _arnoldi(matrix: NDArray[np.float64], steps: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """An orthonormal basis V of v, M v, M^2 v, ... as rows [step, unit], and V M V^T [step + 1, step].

    It ends early where the space is invariant.
    """
    # Always the same start: what is found must not depend on a seed.
    start = np.random.default_rng(0).standard_normal(len(matrix))
    krylov = np.empty((steps + 1, len(matrix)))
    hessenberg = np.zeros((steps + 1, steps))
    krylov[0] = start / np.linalg.norm(start)
    for step in range(steps):
        along = krylov[: step + 1]
        image = matrix @ krylov[step]
        length = math.sqrt(image @ image)
        # Twice is enough: after two passes of Gram-Schmidt the rows are orthogonal to rounding.
        first = along @ image
        image -= first @ along
        second = along @ image
        image -= second @ along
        hessenberg[: step + 1, step] = first + second
        beyond = math.sqrt(image @ image)
        if beyond <= _EPSILON * len(matrix) * length:
            return along, hessenberg[: step + 2, : step + 1]
        hessenberg[step + 1, step] = beyond
        krylov[step + 1] = image / beyond
    return krylov[:steps], hessenberg


def _sorted_eig(matrix: NDArray[np.float64]) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
    """Eigenvalues and right vectors, sorted by size, conjugates side by side; see :func:`decompose`."""
    values, vectors = np.linalg.eig(matrix)
    values, vectors = values.astype(np.complex128), vectors.astype(np.complex128)
    order = np.lexsort((-values.real, -np.abs(values)))
    return values[order], vectors[:, order]


def _residual(
    jacobian: NDArray[np.float64],
    values: NDArray[np.complex128],
    right: NDArray[np.complex128],
    left: NDArray[np.complex128],
) -> NDArray[np.float64]:
    """How far right and left vectors are from being vectors of the Jacobian, the greater of the two, [mode]."""
    size = np.linalg.norm(jacobian, axis=0).max()
    of_right = np.linalg.norm(jacobian @ right - right * values, axis=0)
    of_left = np.linalg.norm(left @ jacobian - values[:, None] * left, axis=1) / np.linalg.norm(left, axis=1)
    return np.maximum(of_right, of_left) / (size if size > 0 else 1.0)


def _stack(parts: list[NDArray[Any]], shape: tuple[int, ...]) -> Tensor:
    """Arrays of different lengths as one tensor, [point, ...], NaN where they are shorter than ``shape``."""
    stacked = np.full((len(parts), *shape), np.nan, dtype=parts[0].dtype)
    for row, part in enumerate(parts):
        stacked[(row, *map(slice, part.shape))] = part
    return torch.from_numpy(stacked)
