"""Damped Newton steps from states to the surface above them, each with its position in the plane held fixed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from slowfold.dynamics.maps import Map

__all__ = ["LEAST_DAMPING", "TARGET", "Ascent", "Equation", "Linear", "climb", "depart", "is_solved", "walk"]

# A start has reached the surface when this much of its residual is left.
_REACHED = 1e-3
TARGET = 1e-6
"""The share of a start's residual that may be left where it has arrived."""

# A residual no longer than this, relative to 1 + ||h||, is rounding.
_ROUNDING = 1e-13
# The most times that the equation is linearised from one start, and the most steps taken with one linearisation.
_LINEARISATIONS = 20
_STEPS = 12
# A linearisation serves on while each step leaves no more than this much of the residual.
_WORTH_IT = 0.5
# The damping to begin with, relative to the largest diagonal entry.
_DAMPING = 1e-6
LEAST_DAMPING = 1e-14
"""Next to no damping: the matrix is one whose rounding Cholesky still stands."""

# What a failed first step of a linearisation and one that succeeds do to the damping of the next.
_HARDER, _EASIER = 100.0, 0.1


@dataclass(frozen=True)
class Linear:
    """The equation near one state a row: residual(h + d) ~ residual(h) + matrix d, for d across the plane."""

    matrix: Tensor  # P R' P + U U^T, which is regular wherever the surface is a graph over the plane
    along: Tensor  # P R' U: how the residual changes with the position in the plane, [row, unit, axis]
    factor: Tensor  # Cholesky factor of the damped normal matrix; NaN where there is none

    def solve(self, right: Tensor) -> Tensor:
        """The damped least-squares solution of matrix X = right, [row, unit, column]."""
        return torch.cholesky_solve(self.matrix.mT @ right, self.factor)

    def keep(self, rows: Tensor) -> Linear:
        return Linear(self.matrix[rows], self.along[rows], self.factor[rows])


@dataclass(frozen=True)
class Equation:
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

    def linearise(self, states: Tensor, damping: Tensor) -> Linear:
        matrix = self._derivative(states)
        matrix -= self.axes.T @ (self.axes @ matrix)
        along = matrix @ self.axes.T
        matrix += (self.axes.T - along) @ self.axes
        normal = matrix.mT @ matrix
        diagonal = normal.diagonal(dim1=-2, dim2=-1)
        diagonal += (damping * diagonal.amax(dim=-1)).unsqueeze(-1)
        factor, failed = torch.linalg.cholesky_ex(normal)
        factor[failed != 0] = torch.nan
        return Linear(matrix, along, factor)

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
class Ascent:
    """How far starts have come on their way to the surface; one row each."""

    point: Tensor
    residual: Tensor
    length: Tensor  # of the residual
    start_length: Tensor
    damping: Tensor

    @property
    def solved(self) -> Tensor:
        return is_solved(self.start_length, self.length, self.point)

    def is_open(self, target: float) -> Tensor:
        """Whether more than ``target`` of the residual is left, and more than rounding, [row]."""
        rounding = _ROUNDING * (1 + self.point.norm(dim=1))
        return (self.length > target * self.start_length) & (self.length > rounding)


def depart(equation: Equation, begin: Tensor) -> Ascent:
    """Where starts stand before their first step, [row, unit]."""
    residual = equation.residual(begin)
    length = residual.norm(dim=1)
    return Ascent(begin.clone(), residual, length, length.clone(), torch.full_like(length, _DAMPING))


def climb(equation: Equation, ascent: Ascent) -> None:
    """Brings every row to the surface, linearising anew where it has to."""
    for _ in range(_LINEARISATIONS):
        rows = ascent.is_open(TARGET).nonzero().flatten()
        if not len(rows):
            break
        walk(equation, ascent, rows, equation.linearise(ascent.point[rows], ascent.damping[rows]), target=TARGET)


def walk(equation: Equation, ascent: Ascent, rows: Tensor, linear: Linear, *, target: float) -> None:
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
            ascent.damping[rows] = (ascent.damping[rows] * factor).clamp_min(LEAST_DAMPING)
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


def is_solved(start_residual: Tensor, residual: Tensor, point: Tensor) -> Tensor:
    """Whether a thousandth of the residual, or nothing but rounding, is left; NaN is not solved, [row]."""
    return (residual <= _REACHED * start_residual) | (residual <= _ROUNDING * (1 + point.norm(dim=1)))
