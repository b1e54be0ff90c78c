"""A family of maps: a network while the input held goes from one to another."""

from __future__ import annotations

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor, autograd

from slowfold.cells.base import Cell
from slowfold.dynamics.maps import Map, require_constant
from slowfold.errors import TensorError

__all__ = ["Family"]

Step = Callable[[Tensor, Tensor], Tensor]


class Family:
    """h, s -> F(h; s): one step of a network whose held input is a share s of the way from one input to another.

    At s = 0 the one input is held, at s = 1 the other. Any callable will do that takes states [state, unit] and shares
    [state] to the next states [state, unit], each row on its own, and that means something a little past s = 0 and
    s = 1 as well. Its derivatives come from automatic differentiation unless they are given.

    Args:
        function: Takes states [state, unit] and shares [state], in float64, to the next states.
        size: The number of units.
        jacobian: dF/dh with dF/ds as one more column, in closed form, from states and shares:
            [state, unit, unit + 1].
        name: What is held, for people to read.

    Raises:
        TensorError: The size is less than 1.

    Example:
        >>> family = Family(lambda h, s: h / 2 + s.unsqueeze(1), size=1)
        >>> family.hold(0.5)(torch.ones(1, 1, dtype=torch.float64)).item()
        1.0
        >>> family.jacobian(torch.ones(1, 1, dtype=torch.float64), torch.ones(1, dtype=torch.float64)).tolist()
        [[[0.5, 1.0]]]
    """

    def __init__(self, function: Step, size: int, *, jacobian: Step | None = None, name: str = "family") -> None:
        if size < 1:
            raise TensorError(f"a family of maps needs at least one unit, not {size}", where="size")
        self.size = size
        self.name = name
        self._function = function
        self._jacobian = jacobian
        self._hold: Callable[[float], Map] = self._hold_function
        self._restrict: Callable[[Tensor], Tensor] = lambda states: states
        self._lift: Step = lambda states, _: states

    @classmethod
    def between(cls, cell: Cell, start_input: Float[Tensor, " input"], end_input: Float[Tensor, " input"]) -> Family:
        """A cell held at (1 - s) ``start_input`` + s ``end_input``; the cell is copied, the caller's stays as it is.

        The family is of the cell's steady map, which has the same fixed points as its step and is the better equation
        to solve; its size is the cell's ``reduced_size``. :meth:`hold` gives the map of whole states.

        Raises:
            TensorError: An input has the wrong shape or is not finite, or a weight of the cell is not finite.

        Example:
            >>> from slowfold.cells import LSTM
            >>> cell = LSTM(2, 8, generator=torch.Generator().manual_seed(0))
            >>> family = Family.between(cell, torch.zeros(2), torch.ones(2))
            >>> family
            Family(8 units, held between two inputs)
            >>> family.hold(0.25)
            Map(16 units, held at 0.25 of the way, torch.float64)
        """
        # Holding each refuses what cannot be held, in the words of the map.
        for name, held in (("the start input", start_input), ("the end input", end_input)):
            Map.hold(cell, held, name=name)
        own = cell.frozen()
        start, end = (held.detach().clone().to(next(own.parameters())) for held in (start_input, end_input))
        # What the input sends to the gates is affine in it, so it is on its way by the same share.
        start_drive, end_drive = own.drive(start), own.drive(end)

        def drive(shares: Tensor) -> Tensor:
            return torch.lerp(start_drive, end_drive, shares.unsqueeze(1))

        def jacobian(states: Tensor, shares: Tensor) -> Tensor:
            # Along the one direction, so that the cost does not grow with the number of inputs.
            driven, change = drive(shares), (end_drive - start_drive).unsqueeze(1)
            return torch.cat([own.steady_jacobian(states, driven), own.steady_response(states, driven, change)], dim=-1)

        family = cls(
            lambda states, shares: own.steady(states, drive(shares)),
            own.reduced_size,
            jacobian=jacobian,
            name="between two inputs",
        )
        family._hold = lambda share: Map.hold(own, torch.lerp(start, end, share), name=f"{share:g} of the way")
        family._restrict = own.restrict
        family._lift = lambda states, shares: own.lift(states, drive(shares))
        return family

    def __call__(
        self, states: Float[Tensor, "state unit"], shares: Float[Tensor, " state"]
    ) -> Float[Tensor, "state unit"]:
        """The next states, [state, unit].

        Raises:
            TensorError: The callable returned another shape or type.
        """
        after = self._function(states, shares)
        if after.shape != states.shape or after.dtype != states.dtype:
            raise TensorError(
                f"the family took {states.dtype} states of shape {tuple(states.shape)} to {after.dtype}, "
                f"{tuple(after.shape)}",
                where=self.name,
                cure="return one next state for each state, of its type",
            )
        return after

    def jacobian(
        self, states: Float[Tensor, "state unit"], shares: Float[Tensor, " state"]
    ) -> Float[Tensor, "state unit unit+1"]:
        """dF/dh and, as the last column, dF/ds, [state, unit, unit + 1].

        Raises:
            TensorError: The Jacobian that was given has another shape.
        """
        if self._jacobian is None:
            return _differentiate(self, states, shares)
        jacobian = self._jacobian(states, shares)
        if jacobian.shape != (*states.shape, self.size + 1):
            raise TensorError(
                f"the Jacobian of {tuple(states.shape)} states has shape {tuple(jacobian.shape)}",
                where=self.name,
                cure="return one matrix for each state, with the derivative by s as its last column",
            )
        return jacobian

    def hold(self, share: float) -> Map:
        """The map with the input held ``share`` of the way, of whole states."""
        return self._hold(share)

    def restrict(self, states: Float[Tensor, "state whole"]) -> Float[Tensor, "state unit"]:
        """The part of whole states that the family is of, [state, unit]."""
        return self._restrict(states)

    def lift(
        self, states: Float[Tensor, "state unit"], shares: Float[Tensor, " state"]
    ) -> Float[Tensor, "state whole"]:
        """The whole states of fixed points of the family, as :meth:`hold` takes them."""
        return self._lift(states, shares)

    def _hold_function(self, share: float) -> Map:
        return Map(
            lambda states: self._function(states, states.new_full((len(states),), share)),
            self.size,
            jacobian=lambda states: self.jacobian(states, states.new_full((len(states),), share))[..., :-1],
            name=f"{share:g} of the way",
        )

    def __repr__(self) -> str:
        return f"Family({self.size} units, held {self.name})"


def _differentiate(function: Step, states: Tensor, shares: Tensor) -> Tensor:
    """dF/dh and dF/ds by one backward pass a unit: rows do not mix, so one pass serves all states at once."""
    with torch.enable_grad():
        before = states.detach().requires_grad_(), shares.detach().requires_grad_()
        after = function(*before)
        if not after.requires_grad:
            require_constant(lambda moved: function(moved, shares), states)
            return states.new_zeros(*states.shape, states.shape[1] + 1)
        rows: list[Tensor] = []
        for unit in range(states.shape[1]):
            by_state, by_share = autograd.grad(after[:, unit].sum(), before, retain_graph=True, materialize_grads=True)
            rows.append(torch.cat([by_state, by_share.unsqueeze(1)], dim=1))
    return torch.stack(rows, dim=1)
