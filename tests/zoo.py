"""Maps whose fixed points, spectra and dimensions are known in closed form."""

from __future__ import annotations

import math

import torch

from slowfold.cells import GRU, LSTM, UGRNN, Box, Cell, Vanilla
from slowfold.dynamics import Map

__all__ = [
    "affine",
    "circle",
    "copied",
    "cubic",
    "flat_simplex",
    "flip",
    "gated_biases",
    "line",
    "linear",
    "locked",
    "logistic",
    "memory",
    "pitchfork",
    "plane",
    "random_gru",
    "rectifier",
    "ring",
    "saddle_node",
    "shear",
    "simplex_field",
    "widened",
]


def _generator(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _cube(size: int, half: float) -> Box:
    wall = torch.full((size,), half, dtype=torch.float64)
    return Box(-wall, wall)


def affine(spectrum: list[float], seed: int = 0) -> tuple[Map, torch.Tensor, torch.Tensor]:
    """h -> J (h - h*) + h* with a chosen real spectrum and a non-normal basis; returns the map, h* and J."""
    size = len(spectrum)
    basis = torch.eye(size, dtype=torch.float64) + 0.3 * torch.randn(
        size, size, generator=_generator(seed), dtype=torch.float64
    )
    jacobian = basis @ torch.diag(torch.tensor(spectrum, dtype=torch.float64)) @ torch.linalg.inv(basis)
    centre = torch.randn(size, generator=_generator(seed + 1), dtype=torch.float64)
    return Map(lambda h: (h - centre) @ jacobian.T + centre, size), centre, jacobian


def linear(eigenvalues: list[complex], seed: int = 0) -> tuple[Map, torch.Tensor]:
    """h -> J h with a chosen spectrum in a non-normal basis; the first of each conjugate pair stands for both.

    Returns the map and J.
    """
    blocks = [
        torch.tensor([[value.real, -value.imag], [value.imag, value.real]] if value.imag else [[value.real]])
        for value in map(complex, eigenvalues)
    ]
    blocks = torch.block_diag(*blocks).double()
    basis = torch.eye(len(blocks), dtype=torch.float64) + 0.2 * torch.randn(
        len(blocks), len(blocks), generator=_generator(seed), dtype=torch.float64
    )
    jacobian = basis @ blocks @ torch.linalg.inv(basis)
    return Map(lambda h: h @ jacobian.T, len(jacobian)), jacobian


def shear(strength: float, fast: float = 0.5, slow: float = 0.9) -> tuple[Map, torch.Tensor]:
    """A far from normal linear map of two units, which grows ``strength``-fold before it fades; and its J."""
    jacobian = torch.tensor([[slow, strength], [0.0, fast]], dtype=torch.float64)
    return Map(lambda h: h @ jacobian.T, 2), jacobian


def cubic(size: int = 1, gain: float = 0.5) -> Map:
    """Each unit h -> h + gain (h - h^3): stable at -1 and 1, unstable at 0; 3^size fixed points."""
    return Map(lambda h: h + gain * (h - h**3), size)


def pitchfork(slope: float, size: int = 1) -> Map:
    """Each unit h -> tanh(slope h): one fixed point up to slope 1, three beyond; [-1, 1] is mapped into itself."""
    return Map(lambda h: torch.tanh(slope * h), size, box=_cube(size, 1.0))


def saddle_node(distance: float) -> Map:
    """h -> h - (h^2 + distance) / 4 on [-1, 1]: roots at +-sqrt(-distance), a ghost at 0 where distance > 0."""
    return Map(lambda h: h - (h**2 + distance) / 4, 1, box=_cube(1, 1.0))


def line(size: int = 3) -> Map:
    """Keeps the first unit and halves the rest: every point of a line is fixed, and none is isolated."""
    keep = torch.full((size,), 0.5, dtype=torch.float64)
    keep[0] = 1.0
    return Map(lambda h: h * keep, size, box=_cube(size, 1.0))


def plane(size: int = 5) -> Map:
    """Keeps the first two units and halves the rest: every point of a plane is fixed, and none is isolated."""
    keep = torch.full((size,), 0.5, dtype=torch.float64)
    keep[:2] = 1.0
    return Map(lambda h: h * keep, size, box=_cube(size, 1.0))


def flat_simplex(corners: int = 3) -> Map:
    """Half way to the nearest point of the probability simplex: every point of it is fixed, of no face alone."""

    def step(h: torch.Tensor) -> torch.Tensor:
        # The projection takes off what leaves a sum of 1 over the units that stay positive.
        ordered = h.sort(dim=1, descending=True).values
        excess = (ordered.cumsum(dim=1) - 1) / torch.arange(1, corners + 1, dtype=h.dtype)
        positive = (ordered > excess).sum(dim=1, keepdim=True)
        return (h + torch.relu(h - excess.gather(1, positive - 1))) / 2

    return Map(step, corners, box=_cube(corners, 1.0))


def ring() -> Map:
    """Pulls the plane to the unit circle along the radius: every point of the circle is fixed, and 0."""

    def step(h: torch.Tensor) -> torch.Tensor:
        radius = h.square().sum(dim=1, keepdim=True)
        return h * (1 + 0.25 * (1 - radius))

    return Map(step, 2)


def circle(angle: float = 1.0) -> Map:
    """Turns the plane by an angle and pulls it to the unit circle: one unstable spiral, of size 1.25, at 0.

    Where the angle is no fraction of a turn every orbit but that of 0 runs round the circle for ever and never closes.
    """

    def step(h: torch.Tensor) -> torch.Tensor:
        return _turned(h, torch.full_like(h[:, 0], angle))

    return Map(step, 2, box=_cube(2, 2.0))


def locked(period: int, strength: float = 0.1) -> tuple[Map, torch.Tensor, float]:
    """Turns the plane by about 1 / period of a turn and pulls it to the unit circle, where one cycle attracts.

    Returns the map, the states of that cycle in order, [time, 2], and the greatest multiplier of one period.
    """

    def step(h: torch.Tensor) -> torch.Tensor:
        z = torch.view_as_complex(h.contiguous())
        return _turned(h, 2 * math.pi / period - strength * (z**period).imag)

    angles = torch.arange(period, dtype=torch.float64) * 2 * math.pi / period
    states = torch.stack([angles.cos(), angles.sin()], dim=1)
    # Along the circle a step takes the angle from the cycle times 1 - period strength; along the radius, 0.5.
    return Map(step, 2, box=_cube(2, 2.0)), states, max(abs(1 - period * strength), 0.5) ** period


def _turned(h: torch.Tensor, angle: torch.Tensor) -> torch.Tensor:
    """Turns each state by an angle, and takes its radius r to r (1 + (1 - r^2) / 4)."""
    z = torch.view_as_complex(h.contiguous())
    turned = z * torch.polar(1 + 0.25 * (1 - z.abs() ** 2), angle)
    return torch.view_as_real(turned)


def flip(slope: float = 2.0, size: int = 1) -> Map:
    """Each unit h -> -tanh(slope h), a negative weight: beyond slope 1 each unit has a stable cycle of two steps."""
    return Map(lambda h: -torch.tanh(slope * h), size, box=_cube(size, 1.0))


def logistic(rate: float = 4.0) -> Map:
    """h -> rate h (1 - h): chaotic at 4, where the exponent is ln 2; at 3.83 a cycle of three attracts."""
    return Map(lambda h: rate * h * (1 - h), 1)


def simplex_field() -> tuple[Map, torch.Tensor]:
    """The plane's gradient step towards three corners of a triangle: 3 corners, 3 edge saddles, 1 repelling centre.

    Returns the map and the three corners, [corner, 2].
    """
    angles = torch.tensor([90.0, 210.0, 330.0], dtype=torch.float64).deg2rad()
    corners = torch.stack([angles.cos(), angles.sin()], dim=1)

    def step(h: torch.Tensor) -> torch.Tensor:
        # A softmax pull of great steepness is a Voronoi partition with smooth walls.
        pull = torch.softmax(8 * (h @ corners.T), dim=1) @ corners
        return h + 0.5 * (pull - h)

    return Map(step, 2, box=_cube(2, 1.5)), corners


def memory(bits: int = 3, copies: int = 2, gain: float = 2.0) -> tuple[Map, float]:
    """A tanh network that holds each bit in ``copies`` units; returns the map and how large a bit stands.

    The units of one bit h -> tanh(gain * their mean) agree after one step, so there are 3^bits fixed points, every bit
    at -a, 0 or a with a = tanh(gain a); the 2^bits corners are stable, and a point with k zeros has k unstable
    directions.
    """
    size = bits * copies
    cell = Vanilla(1, size, generator=_generator(0)).double()
    own = torch.full((copies, copies), gain / copies, dtype=torch.float64)
    with torch.no_grad():
        for parameter in cell.parameters():
            parameter.zero_()
        cell.rnn.weight_hh_l0.copy_(torch.block_diag(*[own] * bits))
    low, high = 1e-3, 1.0
    while high - low > 1e-16 and low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if math.tanh(gain * middle) > middle else (low, middle)
    return Map.hold(cell, torch.zeros(1), name="zero"), low


def rectifier() -> tuple[Map, list[tuple[tuple[float, float], int]]]:
    """Two rectified units of which one wins: h -> relu(1 + h / 2 - the other); returns the map and its points.

    Each point comes with its index: the two winners are stable, their truce is a saddle with eigenvalues 3/2 and -1/2.
    """
    cell = Vanilla(1, 2, generator=_generator(0), nonlinearity="relu").double()
    with torch.no_grad():
        for parameter in cell.parameters():
            parameter.zero_()
        cell.rnn.weight_hh_l0.copy_(torch.tensor([[0.5, -1.0], [-1.0, 0.5]]))
        cell.rnn.bias_hh_l0.fill_(1.0)
    points = [((2.0, 0.0), 1), ((0.0, 2.0), 1), ((2 / 3, 2 / 3), -1)]
    return Map.hold(cell, torch.zeros(1), name="zero"), points


def gated_biases(bias: float, size: int = 4, kind: str = "gru") -> tuple[Map, float]:
    """A gated cell whose weights are 0, with the bias of the gate that keeps the state; returns the map and its share.

    The one fixed point is 0; the spectrum is sigmoid(bias), as often as there are units, and of an LSTM as often 0.
    """
    kinds = {"gru": (GRU, "rnn.bias_ih_l0"), "ugrnn": (UGRNN, "bias"), "lstm": (LSTM, "rnn.bias_ih_l0")}
    build, name = kinds[kind]
    cell = build(2, size, generator=_generator(0))
    # Update and forget gate stand second, the update gate of a UGRNN first.
    first = 0 if kind == "ugrnn" else size
    with torch.no_grad():
        for parameter in cell.parameters():
            parameter.zero_()
        cell.get_parameter(name)[first : first + size] = bias
    return Map.hold(cell, torch.zeros(2), name="zero"), 1 / (1 + math.exp(-bias))


def widened(cell: Cell, copies: int) -> Cell:
    """The network in which every unit stands ``copies`` times and sends each of them its share.

    Its fixed points are those of the small one, :func:`copied`, and their signs are kept: what is new in the spectrum
    are the shares that gates keep, which are between 0 and 1.
    """
    units = cell.size // 2 if isinstance(cell, LSTM) else cell.size
    options = {"nonlinearity": cell.nonlinearity, "leak": cell.leak} if isinstance(cell, Vanilla) else {}
    wide = type(cell)(cell.input_size, units * copies, generator=_generator(0), **options).to(
        next(cell.parameters()).dtype
    )
    state = {
        name: (value.repeat_interleave(copies, dim=1) / copies if "weight_hh" in name else value).repeat_interleave(
            copies, dim=0
        )
        for name, value in cell.state_dict().items()
    }
    wide.load_state_dict(state)
    return wide


def copied(states: torch.Tensor, copies: int) -> torch.Tensor:
    """States of a network as states of the one :func:`widened` from it: the copies of a unit stand side by side."""
    return states.repeat_interleave(copies, dim=-1)


def random_gru(size: int, seed: int, gain: float = 1.0) -> GRU:
    """A GRU with random weights, ``gain`` times PyTorch's, in float64."""
    cell = GRU(3, size, generator=_generator(seed)).double()
    with torch.no_grad():
        cell.rnn.weight_hh_l0.mul_(gain)
    return cell
