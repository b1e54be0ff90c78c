"""Adam comes to known points slowly, and says of each start the stillest state that it came by."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import zoo
from slowfold.dynamics import Map, levenberg_marquardt
from slowfold.dynamics.adam import descend_by_adam
from slowfold.errors import OptionError


def starts(count: int, size: int, spread: float = 1.0, seed: int = 0) -> torch.Tensor:
    draw = torch.Generator().manual_seed(seed)
    return spread * (2 * torch.rand(count, size, generator=draw, dtype=torch.float64) - 1)


def test_an_affine_map_has_its_one_point():
    held, centre, _ = zoo.affine([0.5, 0.2, -0.2])
    solution = descend_by_adam(held, starts(6, 3), steps=1_000, rate=0.1)
    torch.testing.assert_close(solution.point, centre.expand(6, 3), rtol=0, atol=1e-4)
    assert (solution.q < 1e-9).all()


def test_the_wells_of_a_cubic_are_found():
    solution = descend_by_adam(zoo.cubic(), starts(30, 1, 1.2), steps=1_000)
    assert {-1, 0, 1} == set(solution.point.round().int().flatten().tolist())
    torch.testing.assert_close(solution.point, solution.point.round(), rtol=0, atol=1e-5)


@settings(max_examples=15)
@given(seed=st.integers(0, 40), steps=st.integers(1, 40), rate=st.floats(1e-3, 0.5))
def test_what_is_reported_belongs_to_the_point_reported_and_is_the_best(seed, steps, rate):
    held = Map.hold(zoo.random_gru(6, seed, 3.0), torch.zeros(3, dtype=torch.float64))
    begin = starts(5, 6, seed=seed)
    solution = descend_by_adam(held, begin, steps=steps, rate=rate)
    torch.testing.assert_close(solution.q, held.speed(solution.point), rtol=1e-9, atol=1e-30)
    tangent = held.jacobian(solution.point) - torch.eye(6, dtype=torch.float64)
    slope = (tangent.mT @ (held(solution.point) - solution.point).unsqueeze(-1)).squeeze(-1).norm(dim=1)
    torch.testing.assert_close(solution.gradient, slope, rtol=1e-6, atol=1e-14)
    assert (solution.q <= held.speed(begin)).all()


def test_the_first_steps_are_those_of_the_adam_of_pytorch():
    held = Map.hold(zoo.random_gru(5, seed=2, gain=2.0), torch.zeros(3, dtype=torch.float64))
    begin = starts(4, 5)
    states = begin.clone().requires_grad_()
    # The rate of the first step is the whole one, of the last a tenth of it.
    peer = torch.optim.Adam([states], lr=0.01)
    decay = torch.optim.lr_scheduler.ExponentialLR(peer, gamma=0.1 ** (1 / 20))
    for _ in range(20):
        peer.zero_grad()
        held.speed(states).sum().backward()
        peer.step()
        decay.step()
    own = descend_by_adam(held, begin, steps=20, rate=0.01, final_rate=0.001)
    assert (own.steps == 20).all()
    # q falls in every one of these steps, so the best state is the last.
    torch.testing.assert_close(own.point, states.detach(), rtol=0, atol=1e-12)


def test_no_start_holds_up_another():
    held, begin = zoo.cubic(2), starts(8, 2)
    together = descend_by_adam(held, begin, steps=100)
    alone = torch.cat([descend_by_adam(held, row.unsqueeze(0), steps=100).point for row in begin])
    torch.testing.assert_close(together.point, alone, rtol=0, atol=1e-12)


def test_a_start_that_is_still_takes_no_step():
    held, centre, _ = zoo.affine([0.9, 0.5])
    solution = descend_by_adam(held, centre.unsqueeze(0))
    assert solution.still.all()
    assert solution.steps.tolist() == [0]
    assert torch.equal(solution.point[0], centre)


def test_a_ghost_is_stationary_and_nothing_is_said_of_a_root():
    solution = descend_by_adam(zoo.saddle_node(0.04), starts(10, 1), steps=1_000)
    assert solution.stationary.any()
    assert not solution.still.any()
    assert torch.isinf(solution.newton).all()
    assert solution.point[solution.stationary].abs().max() < 1e-6


def test_it_comes_no_further_than_levenberg_marquardt_in_far_more_steps():
    held = Map.hold(zoo.random_gru(8, seed=1, gain=2.0), torch.zeros(3, dtype=torch.float64))
    begin = starts(4, 8)
    slow, fast = descend_by_adam(held, begin, steps=300), levenberg_marquardt(held, begin)
    assert fast.still.all()
    assert (slow.q >= fast.q).all()
    assert slow.steps.min() > 5 * fast.steps.max()


def test_no_jacobian_is_formed(monkeypatch):
    def refuse(self, states):
        raise AssertionError("a Jacobian was formed")

    monkeypatch.setattr(Map, "jacobian", refuse)
    held = Map.hold(zoo.random_gru(4, seed=0), torch.zeros(3, dtype=torch.float64))
    assert descend_by_adam(held, starts(2, 4), steps=5).steps.tolist() == [5, 5]


def test_a_map_that_diverges_ends_without_a_still_point():
    held = Map(lambda h: h + torch.exp(h.abs()), 1)
    solution = descend_by_adam(held, torch.tensor([[5.0], [800.0]], dtype=torch.float64), steps=50)
    assert not solution.still.any()
    assert not solution.stationary.any()
    assert solution.point[1].item() == 800
    assert solution.q[1] == torch.inf


def test_the_starts_stay_as_they_are():
    begin = starts(10, 2)
    before = begin.clone()
    descend_by_adam(zoo.cubic(2), begin, steps=10)
    assert torch.equal(begin, before)


@pytest.mark.parametrize(
    "options", [{"steps": 0}, {"rate": 0.0}, {"final_rate": 0.0}, {"rate": 0.01, "final_rate": 1.0}]
)
def test_rates_that_are_no_descent_are_refused(options):
    with pytest.raises(OptionError, match="descent"):
        descend_by_adam(zoo.cubic(), starts(1, 1), **options)
