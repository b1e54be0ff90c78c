"""What the zoo says of its maps is true, found without any search."""

import itertools
import math

import numpy as np
import pytest
import torch

import zoo
from slowfold.cells import GRU, LSTM, UGRNN, Vanilla
from slowfold.dynamics import Map

CELLS = {
    "gru": lambda draw: GRU(2, 5, generator=draw),
    "ugrnn": lambda draw: UGRNN(2, 5, generator=draw),
    "lstm": lambda draw: LSTM(2, 5, generator=draw),
    "tanh": lambda draw: Vanilla(2, 5, generator=draw),
    "leaky relu": lambda draw: Vanilla(2, 5, generator=draw, nonlinearity="relu", leak=0.3),
}


def states(count: int, size: int, seed: int = 0) -> torch.Tensor:
    draw = torch.Generator().manual_seed(seed)
    return 2 * torch.rand(count, size, generator=draw, dtype=torch.float64) - 1


def spectrum(held: Map, point: torch.Tensor) -> np.ndarray:
    """Eigenvalues of J, by size of their real and then imaginary part."""
    return np.sort_complex(np.linalg.eigvals(held.jacobian(point.unsqueeze(0))[0].numpy()))


def index(held: Map, point: torch.Tensor) -> int:
    return int(np.linalg.slogdet(np.eye(held.size) - held.jacobian(point.unsqueeze(0))[0].numpy())[0])


def winding(held: Map, corners: torch.Tensor) -> int:
    """How often h - F(h) turns about 0 along a closed line in the plane: the sum of the indices within."""
    share = torch.linspace(0, 1, 200, dtype=torch.float64)[:-1].unsqueeze(-1)
    along = torch.cat([torch.lerp(a, b, share) for a, b in itertools.pairwise([*corners, corners[0]])])
    angle = torch.atan2(*(along - held(along)).flip(1).T)
    turn = (angle.roll(-1) - angle + math.pi).remainder(2 * math.pi) - math.pi
    return round(turn.sum().item() / (2 * math.pi))


def fixed(held: Map, points: torch.Tensor) -> bool:
    return bool(((held(points) - points).abs() < 1e-12).all())


def test_affine_maps_have_their_point_and_spectrum():
    held, centre, jacobian = zoo.affine([0.9, 0.5, -0.2])
    assert fixed(held, centre.unsqueeze(0))
    np.testing.assert_allclose(spectrum(held, centre), [-0.2, 0.5, 0.9], atol=1e-12)
    torch.testing.assert_close(held.jacobian(centre.unsqueeze(0))[0], jacobian)


def test_linear_maps_have_the_pairs_asked_for():
    held, jacobian = zoo.linear([complex(0.6, 0.5), 0.3, -1.1])
    expected = np.sort_complex([-1.1, 0.3, complex(0.6, 0.5), complex(0.6, -0.5)])
    np.testing.assert_allclose(spectrum(held, torch.zeros(4, dtype=torch.float64)), expected, atol=1e-12)
    # The basis is not normal, or half of what modes are good for would not be tested.
    assert (jacobian @ jacobian.T - jacobian.T @ jacobian).abs().max() > 0.01


def test_a_shear_grows_before_it_fades():
    held, jacobian = zoo.shear(50.0)
    np.testing.assert_allclose(spectrum(held, torch.zeros(2, dtype=torch.float64)), [0.5, 0.9], atol=1e-12)
    assert torch.linalg.matrix_norm(jacobian, 2) > 50
    assert held.iterate(states(10, 2), 400).abs().max() < 1e-9


@pytest.mark.parametrize("size", [1, 2])
def test_a_cubic_has_its_grid_of_points(size):
    held = zoo.cubic(size, gain=0.4)
    grid = torch.tensor(list(itertools.product([-1.0, 0.0, 1.0], repeat=size)), dtype=torch.float64)
    assert fixed(held, grid)
    for point in grid:
        slopes = sorted(1.4 if unit == 0 else 0.2 for unit in point.tolist())
        np.testing.assert_allclose(spectrum(held, point), slopes, atol=1e-12)
    # A cubic has no more than three roots.
    assert (zoo.cubic(1)(torch.tensor([[1.5], [-1.5]], dtype=torch.float64)).abs() < 1.5).all()


@pytest.mark.parametrize(("slope", "roots"), [(0.8, 1), (0.999, 1), (1.001, 3), (2.0, 3)])
def test_a_pitchfork_opens_at_slope_one(slope, roots):
    grid = torch.linspace(-1, 1, 100_000, dtype=torch.float64).unsqueeze(1)
    signs = (zoo.pitchfork(slope)(grid) - grid).sign().flatten()
    assert int((signs[1:] != signs[:-1]).sum()) == roots


@pytest.mark.parametrize("distance", [-0.04, -1e-6])
def test_a_saddle_node_before(distance):
    root = math.sqrt(-distance)
    held = zoo.saddle_node(distance)
    points = torch.tensor([[-root], [root]], dtype=torch.float64)
    assert fixed(held, points)
    assert [index(held, point) for point in points] == [-1, 1]


def test_a_saddle_node_at_and_after():
    zero = torch.zeros(1, 1, dtype=torch.float64)
    assert fixed(zoo.saddle_node(0.0), zero)
    assert zoo.saddle_node(0.0).jacobian(zero).item() == 1
    grid = torch.linspace(-1, 1, 2_001, dtype=torch.float64).unsqueeze(1)
    speed = zoo.saddle_node(0.04).speed(grid)
    assert speed.min().item() == pytest.approx(0.5 * 0.01**2)
    assert grid[speed.argmin()].item() == pytest.approx(0, abs=1e-12)


def on_the_ring(count: int) -> torch.Tensor:
    angle = states(count, 1) * math.pi
    return torch.cat([angle.cos(), angle.sin()], dim=1)


@pytest.mark.parametrize(
    ("held", "points", "dimension"),
    [
        (zoo.line(4), states(20, 4) * torch.tensor([1, 0, 0, 0]), 1),
        (zoo.plane(5), states(20, 5) * torch.tensor([1, 1, 0, 0, 0]), 2),
        (zoo.ring(), on_the_ring(20), 1),
        (zoo.flat_simplex(3), torch.softmax(states(20, 3), dim=1), 2),
        (zoo.flat_simplex(5), torch.softmax(states(20, 5), dim=1), 4),
    ],
    ids=["line", "plane", "ring", "triangle", "simplex of five"],
)
def test_every_point_of_an_attractor_is_fixed_and_draws_its_surroundings(held, points, dimension):
    assert fixed(held, points)
    for point in points:
        sizes = np.abs(spectrum(held, point))
        assert (np.abs(sizes - 1) < 1e-9).sum() == dimension
        assert (sizes < 1 - 1e-9).sum() == held.size - dimension
    settled = held.iterate(points + 0.05 * states(20, held.size, seed=1), 200)
    assert fixed(held, settled)


def test_the_projection_on_the_simplex_is_the_nearest_point():
    begin = states(200, 4)
    onto = 2 * zoo.flat_simplex(4)(begin) - begin
    assert onto.min() >= 0
    torch.testing.assert_close(onto.sum(dim=1), torch.ones(200, dtype=torch.float64))
    # Nearest in a convex set: from there no other point of it lies on the way out.
    others = torch.softmax(3 * states(100, 4, seed=1), dim=1)
    assert ((begin - onto).unsqueeze(1) * (others - onto.unsqueeze(1))).sum(dim=2).max() < 1e-12


def test_the_three_corners_make_seven_points_whose_indices_add_up_to_one():
    held, corners = zoo.simplex_field()
    square = torch.tensor([[-1.5, -1.5], [1.5, -1.5], [1.5, 1.5], [-1.5, 1.5]], dtype=torch.float64)
    assert winding(held, square) == 1
    # Cells of a grid that no root lies on the edge of: every root is turned about once.
    edges = torch.linspace(-1.513, 1.507, 41, dtype=torch.float64).tolist()
    turns = [
        winding(held, torch.tensor([[a, c], [b, c], [b, d], [a, d]], dtype=torch.float64))
        for a, b in itertools.pairwise(edges)
        for c, d in itertools.pairwise(edges)
    ]
    assert sorted(turn for turn in turns if turn) == [-1, -1, -1, 1, 1, 1, 1]
    third = torch.tensor([[-0.5, -math.sqrt(0.75)], [math.sqrt(0.75), -0.5]], dtype=torch.float64)
    begin = states(50, 2)
    torch.testing.assert_close(held(begin @ third.T), held(begin) @ third.T)
    torch.testing.assert_close(corners @ third.T, corners.roll(-1, dims=0))


@pytest.mark.parametrize("copies", [1, 2, 4])
def test_a_memory_of_three_bits_has_27_points_whose_indices_add_up_to_one(copies):
    held, bit = zoo.memory(copies=copies)
    assert math.tanh(2 * bit) == pytest.approx(bit, abs=1e-15)
    # All copies of a bit agree after one step, and tanh(2 h) = h has three roots: there are 27 points and no more.
    grid = torch.linspace(-1, 1, 100_000, dtype=torch.float64)
    signs = (torch.tanh(2 * grid) - grid).sign()
    assert int((signs[1:] != signs[:-1]).sum()) == 3
    after = held(states(10, 3 * copies)).reshape(10, 3, copies)
    assert (after - after[:, :, :1]).abs().max() < 1e-15
    indices = []
    for bits in itertools.product([-bit, 0.0, bit], repeat=3):
        point = zoo.copied(torch.tensor(bits, dtype=torch.float64), copies)
        assert fixed(held, point.unsqueeze(0))
        assert (np.abs(spectrum(held, point)) > 1).sum() == bits.count(0.0)
        indices.append(index(held, point))
    assert len(indices) == 27
    assert sum(indices) == 1


def test_the_rectified_pair_has_the_points_of_its_four_regions_and_no_more():
    held, points = zoo.rectifier()
    found = []
    weight = torch.tensor([[0.5, -1.0], [-1.0, 0.5]], dtype=torch.float64)
    for active in itertools.product([0.0, 1.0], repeat=2):
        # Where these units are above their threshold the map is affine, and has one point.
        on = torch.tensor(active, dtype=torch.float64)
        matrix = torch.eye(2, dtype=torch.float64) - on.unsqueeze(1) * weight
        point = torch.from_numpy(np.linalg.solve(matrix.numpy(), on.numpy()))
        if (((weight @ point + 1) > 0).double() == on).all():
            found.append((*point.tolist(), index(held, point)))
    np.testing.assert_allclose(sorted(found), sorted((*point, sign) for point, sign in points))
    assert sum(sign for _, sign in points) == 1
    assert fixed(held, torch.tensor([point for point, _ in points], dtype=torch.float64))


@pytest.mark.parametrize("kind", ["gru", "ugrnn", "lstm"])
@pytest.mark.parametrize("bias", [-2.0, 0.0, 3.0])
def test_gates_without_weights_keep_their_share(kind, bias):
    held, share = zoo.gated_biases(bias, size=3, kind=kind)
    zero = torch.zeros(held.size, dtype=torch.float64)
    assert fixed(held, zero.unsqueeze(0))
    np.testing.assert_allclose(spectrum(held, zero), [0.0] * (held.size - 3) + [share] * 3, atol=1e-12)


@pytest.mark.parametrize("kind", CELLS)
@pytest.mark.parametrize("copies", [1, 3])
def test_a_widened_network_moves_as_the_small_one_does(kind, copies):
    cell = CELLS[kind](torch.Generator().manual_seed(1)).double()
    word = torch.tensor([0.3, -0.7], dtype=torch.float64)
    small, wide = Map.hold(cell, word), Map.hold(zoo.widened(cell, copies), word)
    assert wide.size == copies * small.size
    begin = states(6, small.size)
    torch.testing.assert_close(wide(zoo.copied(begin, copies)), zoo.copied(small(begin), copies))
    # What is new in the spectrum lies within [0, 1), so that no sign changes.
    for state in begin:
        old, new = spectrum(small, state), list(spectrum(wide, zoo.copied(state, copies)))
        for value in old:
            nearest = min(range(len(new)), key=lambda row: abs(new[row] - value))
            assert abs(new.pop(nearest) - value) < 1e-7
        assert all(abs(value.imag) < 1e-7 and -1e-7 < value.real < 1 for value in new)
        assert index(small, state) == index(wide, zoo.copied(state, copies))


def test_a_random_network_is_the_same_for_the_same_seed():
    one, two, other = (zoo.random_gru(4, seed=seed).rnn.weight_hh_l0 for seed in (3, 3, 4))
    assert torch.equal(one, two)
    assert not torch.equal(one, other)
