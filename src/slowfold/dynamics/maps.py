"""A network whose input is held still: a map from one state to the next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from slowfold.cells.base import Box, Cell
from slowfold.errors import TensorError

__all__ = ["Map", "Steady"]

Step = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Steady:
    """Another map with the same fixed points and the same signs of det(I - J), which is easier to solve.

    Attributes:
        map: The map, of as many numbers as it needs.
        restrict: From states [state, unit] to what the map is of, [state, reduced].
        lift: From its fixed points, [state, reduced], back to states [state, unit].
        curvature: From points [point, reduced] and radii [point] to a bound of the Lipschitz constant of the map's
            Jacobian within that radius of each point, [point]; None where no bound is known.
    """

    map: Map
    restrict: Step
    lift: Step
    curvature: Callable[[Tensor, Tensor], Tensor | None] | None = None


class Map:
    """h -> F(h): one step of a network whose input does not change.

    Any callable will do that takes states [state, unit] to the next states [state, unit], each row on its own. Its
    Jacobian comes from automatic differentiation unless it is given.

    Args:
        function: Takes states [state, unit] of the map's type to the next states.
        size: The number of units.
        jacobian: dF/dh in closed form, [state, unit] -> [state, unit, unit].
        input_jacobian: dF/dx in closed form, [state, unit] -> [state, unit, input].
        box: A box that the map takes into itself, if one is known; or a function from states [state, unit] to such a
            box that holds them, or to None.
        steady: A map with the same fixed points that is easier to solve, if one is known.
        name: What is held, for people to read: ``"zero"``, ``"mean"``, ``"word 'not'"``.
        dtype: The floating type of all computations.
        device: Where they run.

    Attributes:
        differentiable: Whether PyTorch can differentiate the map: products with its Jacobian then need not form it.
        cell: The cell whose input is held, a copy in the map's type; None where the map was made from a callable.
        input: The input held, [input], or None.

    Raises:
        TensorError: The size is less than 1, or the type is no floating type of at least 32 bits.

    Example:
        >>> halve = Map(lambda h: h / 2, size=3)
        >>> halve.jacobian(torch.zeros(1, 3, dtype=torch.float64))[0].diagonal().tolist()
        [0.5, 0.5, 0.5]
        >>> halve.speed(torch.ones(1, 3, dtype=torch.float64)).tolist()
        [0.375]
    """

    def __init__(
        self,
        function: Step,
        size: int,
        *,
        jacobian: Step | None = None,
        input_jacobian: Step | None = None,
        box: Box | Callable[[Tensor], Box | None] | None = None,
        steady: Steady | None = None,
        name: str = "map",
        dtype: torch.dtype = torch.float64,
        device: torch.device | str = "cpu",
    ) -> None:
        if size < 1:
            raise TensorError(f"a map needs at least one unit, not {size}", where="size")
        if dtype not in (torch.float32, torch.float64):
            raise TensorError(f"{dtype} is too coarse for fixed points", where="dtype", cure="use torch.float64")
        self.size = size
        self.name = name
        self.dtype = dtype
        self.device = torch.device(device)
        self.steady = steady
        self.cell: Cell | None = None
        self.input: Tensor | None = None
        self._box = box
        self._function = _apart(function)
        self._jacobian = jacobian
        # A callable that came with its Jacobian need not be one that PyTorch can differentiate; a cell is.
        self.differentiable = jacobian is None
        self._input_jacobian = input_jacobian

    @classmethod
    def hold(
        cls,
        cell: Cell,
        input: Float[Tensor, " input"],
        *,
        name: str = "input",
        dtype: torch.dtype = torch.float64,
    ) -> Map:
        """A cell with its input held still; the cell is copied, the caller's stays as it is.

        Raises:
            TensorError: The input has the wrong shape or is not finite, or a weight of the cell is not finite.

        Example:
            >>> from slowfold.cells import GRU
            >>> cell = GRU(2, 8, generator=torch.Generator().manual_seed(0))
            >>> Map.hold(cell, torch.zeros(2), name="zero")
            Map(8 units, held at zero, torch.float64)
        """
        if input.shape != (cell.input_size,):
            raise TensorError(f"the input held has shape {tuple(input.shape)}, the cell takes ({cell.input_size},)")
        weights = [parameter for parameter in cell.parameters() if not torch.isfinite(parameter).all()]
        if weights or not torch.isfinite(input).all():
            raise TensorError(
                "a weight of the cell or the input held is NaN or infinite", where=name, cure="train the network again"
            )
        own = cell.frozen(dtype)
        held = input.detach().to(next(own.parameters()))
        drive = own.drive(held)
        reduced = cls(
            lambda reduced: own.steady(reduced, drive),
            cell.reduced_size,
            jacobian=lambda reduced: own.steady_jacobian(reduced, drive),
            name=name,
            dtype=dtype,
            device=held.device,
        )
        steady = Steady(
            map=reduced,
            restrict=own.restrict,
            lift=lambda reduced: own.lift(reduced, drive),
            curvature=lambda reduced, radius: own.curvature(reduced, drive, radius),
        )
        made = cls(
            lambda states: own.advance(states, drive),
            cell.size,
            jacobian=lambda states: own.recurrent_jacobian(states, drive),
            input_jacobian=lambda states: own.jacobians(states, held).input,
            box=lambda states: own.box(drive, states),
            steady=steady,
            name=name,
            dtype=dtype,
            device=held.device,
        )
        made.cell, made.input = own, held
        made.differentiable = reduced.differentiable = True
        return made

    @classmethod
    def from_torch(
        cls,
        module: nn.Module,
        input: Float[Tensor, " input"] | None = None,
        *,
        name: str | None = None,
        dtype: torch.dtype = torch.float64,
    ) -> Map:
        """A recurrent module of PyTorch with its input held still; the module is copied and stays as it is.

        Args:
            module: An ``nn.RNN``, ``nn.GRU`` or ``nn.LSTM``, of one layer or many, or a cell of one of them.
            input: The input to hold, [input]; zero unless given.
            name: What is held, for people to read.
            dtype: The floating type of all computations.

        Raises:
            NetworkError: The module is of another kind, is bidirectional, or projects its state.
            TensorError: The input has the wrong shape or is not finite, or a weight is not finite.

        Example:
            >>> _ = torch.manual_seed(0)
            >>> Map.from_torch(torch.nn.LSTM(2, 8))
            Map(16 units, held at zero, torch.float64)
        """
        from slowfold.cells.convert import from_torch

        cell = from_torch(module)
        if input is None:
            return cls.hold(cell, torch.zeros(cell.input_size), name=name or "zero", dtype=dtype)
        return cls.hold(cell, input, name=name or "input", dtype=dtype)

    def box(self, around: Float[Tensor, "state unit"] | None = None) -> Box | None:
        """A box that the map takes into itself, or None where none is known.

        Args:
            around: States that the box is to hold, [state, unit]. The box of a cell grows with them; one that was
                given stays as it is.
        """
        if not callable(self._box):
            return self._box
        empty = torch.zeros(0, self.size, dtype=self.dtype, device=self.device)
        return self._box(empty if around is None else around)

    def allows(
        self, states: Float[Tensor, "state unit"], around: Float[Tensor, "start unit"]
    ) -> Bool[Tensor, " state"]:
        """Which states are finite and inside the box that holds ``around``, where one is known, [state]."""
        finite = torch.isfinite(states).all(dim=1)
        box = self.box(around=around)
        return finite if box is None else finite & box.holds(states)

    @property
    def closed_form(self) -> bool:
        """Whether Jacobians come from the closed form of a cell, and two take twice as long as one.

        Automatic differentiation takes hardly longer for many.
        """
        return self.differentiable and self._jacobian is not None

    def require_double(self) -> None:
        """Raises a TensorError unless the map computes in float64: in less no state can be told to be still."""
        if self.dtype != torch.float64:
            raise TensorError("the map computes in float32", where=self.name, cure="make it with dtype=torch.float64")

    def __call__(self, states: Float[Tensor, "state unit"]) -> Float[Tensor, "state unit"]:
        """The next states, [state, unit].

        Raises:
            TensorError: The callable returned another shape or type.
        """
        states = self._own(states)
        after = self._function(states)
        if not isinstance(after, Tensor):  # pyright: ignore[reportUnnecessaryIsInstance] - callables are the user's
            raise TensorError(
                f"the map returned {type(after).__name__}", where=self.name, cure="return a tensor, [state, unit]"
            )
        if after.dtype != self.dtype:
            raise TensorError(
                f"the map took {self.dtype} states to {after.dtype}",
                where=self.name,
                cure=f"compute in {self.dtype}, or make the map with dtype={after.dtype}",
            )
        if after.shape != states.shape:
            raise TensorError(
                f"the map took states of shape {tuple(states.shape)} to {tuple(after.shape)}",
                where=self.name,
                cure="return one next state for each state",
            )
        return after

    def jacobian(self, states: Float[Tensor, "state unit"]) -> Float[Tensor, "state unit unit"]:
        """dF/dh, [state, unit, unit]; row i, column j is the effect of unit j now on unit i one step later.

        Raises:
            TensorError: The Jacobian that was given has another shape.
        """
        states = self._own(states)
        if self._jacobian is None:
            return _differentiate(self, states)
        jacobian = self._jacobian(states)
        if jacobian.shape != (*states.shape, self.size):
            raise TensorError(
                f"the Jacobian of {tuple(states.shape)} states has shape {tuple(jacobian.shape)}",
                where=self.name,
                cure="return one matrix for each state",
            )
        return jacobian

    def jvp(
        self, states: Float[Tensor, "state unit"], vectors: Float[Tensor, "state unit"]
    ) -> Float[Tensor, "state unit"]:
        """J v at each state, [state, unit], without forming J where the map is differentiable by PyTorch."""
        states = self._own(states)
        if not self.differentiable:
            return (self.jacobian(states) @ vectors.unsqueeze(-1)).squeeze(-1)
        with torch.enable_grad():
            before = states.detach().requires_grad_()
            after = self._function(before)
            if not after.requires_grad:
                require_constant(self._function, states)
                return torch.zeros_like(states)
            # J^T p is linear in p, so that its derivative by p along v is J v. Two backward passes work wherever one
            # does, forward mode does not.
            probe = torch.zeros_like(states).requires_grad_()
            pulled = torch.autograd.grad(after, before, probe, create_graph=True, materialize_grads=True)[0]
            if not pulled.requires_grad:
                return torch.zeros_like(states)
            return torch.autograd.grad(pulled, probe, vectors, materialize_grads=True)[0]

    def vjp(
        self, states: Float[Tensor, "state unit"], vectors: Float[Tensor, "state unit"]
    ) -> Float[Tensor, "state unit"]:
        """J^T v at each state, [state, unit], without forming J where the map is differentiable by PyTorch."""
        states = self._own(states)
        if not self.differentiable:
            return (self.jacobian(states).mT @ vectors.unsqueeze(-1)).squeeze(-1)
        with torch.enable_grad():
            before = states.detach().requires_grad_()
            after = self._function(before)
            if not after.requires_grad:
                require_constant(self._function, states)
                return torch.zeros_like(states)
            return torch.autograd.grad(after, before, vectors, materialize_grads=True)[0]

    def input_jacobian(self, states: Float[Tensor, "state unit"]) -> Float[Tensor, "state unit input"]:
        """dF/dx at the input held, [state, unit, input].

        Raises:
            TensorError: The map was made from a callable, which has no input.
        """
        if self._input_jacobian is None:
            raise TensorError("this map has no input to differentiate by", where=self.name, cure="hold a cell instead")
        return self._input_jacobian(self._own(states))

    def speed(self, states: Float[Tensor, "state unit"]) -> Float[Tensor, " state"]:
        """Half the squared length of one step, q = 1/2 ||F(h) - h||^2, summed over units, [state]."""
        states = self._own(states)
        return 0.5 * (self(states) - states).square().sum(dim=-1)

    @torch.no_grad()
    def iterate(self, states: Float[Tensor, "state unit"], steps: int) -> Float[Tensor, "state unit"]:
        """The states after ``steps`` applications of the map, [state, unit]: where they settle, if they do.

        Example:
            >>> Map(lambda h: h / 2, size=1).iterate(torch.ones(1, 1, dtype=torch.float64), 3).item()
            0.125
        """
        states = self._own(states)
        for _ in range(steps):
            states = self(states)
        return states

    @torch.no_grad()
    def follow(self, states: Float[Tensor, "state unit"], steps: int) -> Float[Tensor, "time state unit"]:
        """The states, and those after each of ``steps`` applications of the map, [time, state, unit].

        Example:
            >>> Map(lambda h: h / 2, size=1).follow(torch.ones(1, 1, dtype=torch.float64), 2).flatten().tolist()
            [1.0, 0.5, 0.25]
        """
        path = [self._own(states)]
        for _ in range(steps):
            path.append(self(path[-1]))
        return torch.stack(path)

    def states(self, states: Tensor) -> Float[Tensor, "state unit"]:
        """States as this map takes them: its type and device, finite, the right width; a copy is made where needed.

        Raises:
            TensorError: The shape is wrong, there is none, they are whole numbers, or one is NaN or infinite.
        """
        if states.dim() != 2 or states.shape[1] != self.size:
            raise TensorError(f"states have shape {tuple(states.shape)}, this map takes [state, {self.size}]")
        if states.shape[0] == 0:
            raise TensorError("there are no states", cure="give at least one")
        if states.dtype not in (torch.float32, torch.float64):
            raise TensorError(f"states are {states.dtype}", cure="give float32 or float64")
        if not torch.isfinite(states).all():
            row = int((~torch.isfinite(states)).any(dim=1).nonzero()[0])
            raise TensorError("the state holds NaN or infinity", where=f"state {row}")
        return states.detach().to(self.device, self.dtype)

    def _own(self, states: Tensor) -> Tensor:
        # States of the map's own type pass as they are: this is asked at every step.
        return states if states.dtype == self.dtype and states.device == self.device else self.states(states)

    def __repr__(self) -> str:
        return f"Map({self.size} units, held at {self.name}, {self.dtype})"


def require_constant(function: Step, states: Float[Tensor, "state unit"]) -> None:
    """Refuses a map that PyTorch sees no dependence in, unless there is none.

    Raises:
        TensorError: The map moves with the state, or PyTorch is told to take no derivatives at all.

    Example:
        >>> require_constant(torch.zeros_like, torch.ones(2, 3))
    """
    if torch.is_inference_mode_enabled():
        raise TensorError("PyTorch takes no derivatives in inference mode", cure="leave torch.inference_mode() first")
    with torch.no_grad():
        aside = states + 1e-3 * (1 + states.abs())
        if not torch.equal(function(states), function(aside)):
            raise TensorError("PyTorch cannot differentiate this map", cure="give its Jacobian: Map(..., jacobian=...)")


def _apart(function: Step) -> Step:
    """The function with states of its own to write to, or to return: what is kept here is never the caller's."""

    def step(states: Tensor) -> Tensor:
        after = function(states.clone())
        # Anything may come back from a user's function; what is no tensor is told of where the map is called.
        return after.clone() if isinstance(after, Tensor) else after  # pyright: ignore[reportUnnecessaryIsInstance]

    return step


def _differentiate(function: Step, states: Tensor) -> Tensor:
    """dF/dh by one backward pass a unit: rows do not mix, so one pass serves all states at once."""
    with torch.enable_grad():
        before = states.detach().requires_grad_()
        after = function(before)
        if not after.requires_grad:
            require_constant(function, states)
            return states.new_zeros(*states.shape, states.shape[1])
        rows = [
            torch.autograd.grad(after[:, unit].sum(), before, retain_graph=True, materialize_grads=True)[0]
            for unit in range(states.shape[1])
        ]
    return torch.stack(rows, dim=1)
