"""Lyapunov exponents of maps and cells for which they are known."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import zoo
from slowfold.cells import GRU, LSTM, UGRNN, Cell, Vanilla
from slowfold.dynamics import Map, linearize
from slowfold.dynamics.lyapunov import largest_exponent, lyapunov_exponents, orbit_exponents
from slowfold.errors import OptionError, TensorError

CELLS = [GRU, LSTM, UGRNN, Vanilla]
HENON = Map(lambda h: torch.stack([1 - 1.4 * h[:, 0] ** 2 + h[:, 1], 0.3 * h[:, 0]], dim=1), 2)


def draw(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def build(kind: type[Cell], size: int = 6, seed: int = 0) -> Cell:
    return kind(2, size, generator=torch.Generator().manual_seed(seed)).double()  # pyright: ignore[reportCallIssue]


class Lane(Vanilla):
    """One unit a lane, each multiplied by a factor that is read: every product of growth rates is known."""

    def advance(self, state, drive):
        return state * drive

    def drive(self, input):
        return input

    def recurrent_jacobian(self, state, drive):
        return torch.diag_embed(drive.expand_as(state))


def lanes(size: int) -> Lane:
    return Lane(size, size, generator=torch.Generator().manual_seed(0)).double()


# --- where the answer is known ----------------------------------------------------------------------------------------


@given(sizes=st.lists(st.integers(-9, 3), min_size=1, max_size=5, unique=True))
@settings(max_examples=20)
def test_a_linear_map_has_the_logarithms_of_its_eigenvalues(sizes):
    spectrum = [1.3**size for size in sizes]
    held, centre, _ = zoo.affine(spectrum)
    exponents = orbit_exponents(held, centre.unsqueeze(0), steps=5, warm_up=120).exponent[0]
    expected = torch.tensor(spectrum, dtype=torch.float64).log().sort(descending=True).values
    torch.testing.assert_close(exponents, expected, rtol=0, atol=1e-6)


def test_a_skew_basis_is_forgotten_within_the_warm_up():
    held, centre, _ = zoo.affine([1.1, 0.7, 0.2, -0.05])
    exponents = orbit_exponents(held, centre.unsqueeze(0), steps=10, warm_up=200)
    expected = torch.tensor([1.1, 0.7, 0.2, 0.05], dtype=torch.float64).log()
    torch.testing.assert_close(exponents.exponent[0], expected, rtol=0, atol=1e-9)
    assert exponents.remembered(2.0) == 2
    torch.testing.assert_close(exponents.time_constant[1].item(), -1 / math.log(0.7))


def test_a_fixed_point_has_the_sizes_of_its_modes():
    held = Map.hold(zoo.random_gru(12, 1), torch.zeros(3, dtype=torch.float64))
    rest = held.iterate(torch.zeros(1, 12, dtype=torch.float64), 2000)
    exponents = orbit_exponents(held, rest, steps=500, warm_up=300, count=12).exponent[0]
    expected = linearize(held, rest).eigenvalue[0].abs().log()
    torch.testing.assert_close(exponents, expected, rtol=0, atol=5e-3)


def test_henon_and_logistic_and_cat():
    henon = orbit_exponents(HENON, 0.1 * draw(32, 2), steps=600, warm_up=100)
    torch.testing.assert_close(henon.mean, torch.tensor([0.4192, -1.6232], dtype=torch.float64), rtol=0, atol=0.01)
    # Every step shrinks areas by 0.3, so the sum is exact.
    torch.testing.assert_close(henon.exponent.sum(dim=1), torch.full((32,), math.log(0.3), dtype=torch.float64))
    logistic = Map(lambda h: 4 * h * (1 - h), 1)
    assert orbit_exponents(logistic, draw(40, 1), steps=1000).mean.item() == pytest.approx(math.log(2), abs=2e-3)
    golden = math.log((3 + math.sqrt(5)) / 2)
    twice = torch.tensor([[2.0, 1.0], [1.0, 1.0]], dtype=torch.float64)
    cat = orbit_exponents(Map(lambda h: (h @ twice.T) % 1.0, 2), draw(3, 2), steps=50, warm_up=20)
    expected = torch.tensor([golden, -golden], dtype=torch.float64)
    torch.testing.assert_close(cat.mean, expected, rtol=0, atol=1e-9)


def test_what_is_integrated_has_exponent_zero():
    # On a circle of fixed points, and on a circle that is run through without end.
    turn = math.sqrt(2)
    spin = torch.tensor([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]], dtype=torch.float64)
    ring = zoo.ring()
    begin = torch.tensor([[0.6, 0.8]], dtype=torch.float64)
    for held in (ring, Map(lambda h: ring(h) @ spin.T, 2)):
        exponents = orbit_exponents(held, begin, steps=500, warm_up=100)
        torch.testing.assert_close(
            exponents.mean, torch.tensor([0, math.log(0.5)], dtype=torch.float64), rtol=0, atol=1e-9
        )
        assert largest_exponent(held, begin, 500, warm_up=100).abs().item() < 1e-9
        assert exponents.remembered(1e6) == 1


@given(size=st.integers(1, 4), documents=st.integers(1, 4), seed=st.integers(0, 30))
@settings(max_examples=20)
def test_products_that_change_with_every_word_are_followed(size, documents, seed):
    factors = 0.2 + draw(documents, 40, size, seed=seed)
    exponents = lyapunov_exponents(lanes(size), factors, torch.ones(documents, size, dtype=torch.float64), count=size)
    # Each lane grows by the product of its factors; in which order directions settle, their sum tells all.
    torch.testing.assert_close(exponents.exponent.sum(dim=1), factors.log().sum(dim=2).mean(dim=1))
    slowest = lyapunov_exponents(lanes(size), factors.sort(dim=2).values, torch.ones(documents, size).double(), count=1)
    ordered = factors.sort(dim=2).values[..., -1].log().mean(dim=1)
    assert (slowest.exponent[:, 0] <= ordered + 1e-12).all()
    assert (slowest.exponent[:, 0] >= ordered - 5 / 40).all()  # settling costs at most ln of the first overlap


# --- reading ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", CELLS)
def test_a_held_word_read_again_and_again_is_a_held_map(kind):
    cell = build(kind)
    word = draw(2) - 0.5
    begin = 0.3 * draw(3, cell.size)
    read = lyapunov_exponents(cell, word.expand(3, 30, 2), begin, count=4, warm_up=5)
    held = orbit_exponents(Map.hold(cell, word), begin, steps=25, count=4, warm_up=5)
    torch.testing.assert_close(read.exponent, held.exponent)
    torch.testing.assert_close(read.mean, held.mean)


@pytest.mark.parametrize("kind", CELLS)
def test_all_exponents_add_up_to_the_volumes(kind):
    cell = build(kind)
    inputs, begin = draw(2, 12, 2), 0.3 * draw(2, cell.size)
    exponents = lyapunov_exponents(cell, inputs, begin, count=cell.size)
    states = torch.cat([begin.unsqueeze(1), cell.unroll(inputs, begin)[:, :-1]], dim=1).detach()
    jacobians = cell.jacobians(states, inputs).recurrent.detach()
    volume = torch.linalg.slogdet(jacobians).logabsdet.mean(dim=1)
    torch.testing.assert_close(exponents.exponent.sum(dim=1), volume)


def test_padding_is_never_read_and_a_document_does_not_see_the_others():
    cell = build(GRU)
    inputs, begin, lengths = draw(3, 20, 2), draw(3, 6), torch.tensor([20, 7, 3])
    whole = lyapunov_exponents(cell, inputs, begin, lengths=lengths, warm_up=3)
    padded = inputs.clone()
    padded[1, 7:], padded[2, 3:] = math.nan, 1e9
    again = lyapunov_exponents(cell, padded, begin, lengths=lengths, warm_up=3)
    assert torch.equal(whole.exponent[:2], again.exponent[:2])
    assert whole.steps.tolist() == [17, 4, 0]
    assert whole.exponent[2].isnan().all()
    alone = lyapunov_exponents(cell, inputs[1:2, :7], begin[1:2], warm_up=3)
    torch.testing.assert_close(alone.exponent, whole.exponent[1:2])
    # The mean is over steps, not over documents.
    weighted = (17 * whole.exponent[0] + 4 * whole.exponent[1]) / 21
    torch.testing.assert_close(whole.mean, weighted.sort(descending=True).values, rtol=0, atol=1e-9)


def test_more_documents_than_fit_at_once_come_out_as_they_do_alone():
    cell = build(UGRNN)
    inputs, begin = draw(70, 4, 2), draw(70, 6)
    together = lyapunov_exponents(cell, inputs, begin, count=2)
    torch.testing.assert_close(
        lyapunov_exponents(cell, inputs[66:], begin[66:], count=2).exponent, together.exponent[66:]
    )


def test_nothing_of_the_caller_is_changed():
    cell = build(LSTM)
    inputs, begin = draw(2, 5, 2), draw(2, cell.size)
    kept = inputs.clone(), begin.clone(), {name: value.clone() for name, value in cell.state_dict().items()}
    lyapunov_exponents(cell, inputs, begin)
    assert torch.equal(inputs, kept[0])
    assert torch.equal(begin, kept[1])
    assert all(torch.equal(value, kept[2][name]) for name, value in cell.state_dict().items())
    assert all(parameter.requires_grad for parameter in cell.parameters())


# --- the greatest alone -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", CELLS)
def test_the_greatest_is_the_first_of_all(kind):
    held = Map.hold(build(kind), torch.ones(2, dtype=torch.float64))
    begin = 0.5 * draw(4, held.size)
    alone = largest_exponent(held, begin, 60, warm_up=10)
    together = orbit_exponents(held, begin, steps=60, warm_up=10, count=1).exponent[:, 0]
    torch.testing.assert_close(alone, together)


def test_maps_that_can_be_differentiated_once_or_not_at_all_are_followed_by_their_jacobian():
    class Halve(torch.autograd.Function):
        @staticmethod
        def forward(context, states):
            return states / 2

        @staticmethod
        @torch.autograd.function.once_differentiable
        def backward(context, gradient):
            return gradient / 2

    third = torch.eye(3, dtype=torch.float64) / 3
    opaque = Map(lambda h: h.detach() / 3, 3, jacobian=lambda h: third.expand(len(h), 3, 3))
    assert largest_exponent(Map(Halve.apply, 3), draw(2, 3), 5).exp().tolist() == pytest.approx([1 / 2, 1 / 2])
    assert largest_exponent(opaque, draw(2, 3), 5).exp().tolist() == pytest.approx([1 / 3, 1 / 3])


def test_a_map_that_forgets_at_once_has_minus_infinity():
    for forget in (Map(lambda h: 0 * h, 2), Map(lambda h: torch.ones_like(h), 2)):
        assert largest_exponent(forget, draw(1, 2), 3).item() == -math.inf
        assert orbit_exponents(forget, draw(1, 2), steps=3).exponent.tolist() == [[-math.inf, -math.inf]]


def test_an_orbit_that_leaves_all_bounds_has_no_exponent():
    states = torch.tensor([[2.0], [1.0]], dtype=torch.float64)
    exponents = orbit_exponents(Map(lambda h: h**2, 1), states, steps=30)
    assert exponents.exponent[0].isnan().all()
    assert exponents.exponent[1].item() == pytest.approx(math.log(2))
    assert torch.equal(exponents.mean, exponents.exponent[1])
    assert largest_exponent(Map(lambda h: h**2, 1), states, 30).isnan().tolist() == [True, False]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"count": 7}, OptionError),
        ({"count": 0}, OptionError),
        ({"warm_up": -1}, OptionError),
        ({"warm_up": 20}, TensorError),
        ({"lengths": torch.tensor([21, 1])}, TensorError),
        ({"initial_state": torch.zeros(2, 5)}, TensorError),
        ({"initial_state": torch.full((2, 6), math.nan)}, TensorError),
        ({"inputs": torch.zeros(2, 20, 3)}, TensorError),
        ({"inputs": torch.full((2, 20, 2), math.inf)}, TensorError),
    ],
)
def test_what_does_not_fit_is_refused(change, error):
    arguments = {"inputs": torch.zeros(2, 20, 2), "initial_state": torch.zeros(2, 6)} | change
    with pytest.raises(error):
        lyapunov_exponents(build(GRU), **arguments)


def test_steps_out_of_range_are_refused():
    with pytest.raises(OptionError):
        orbit_exponents(HENON, draw(1, 2), steps=0)
    with pytest.raises(OptionError):
        largest_exponent(HENON, draw(1, 2), 0)
