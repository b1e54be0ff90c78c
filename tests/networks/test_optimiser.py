from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from slowfold.networks.optimiser import Optimiser, RowAdam, fades

BETAS = (0.8, 0.95)


def drawn(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def rate(step: int) -> float:
    return 0.1 * 0.99**step


def by_row(touched: list[list[int]], *, epsilon: float, settle: bool = False) -> tuple[list[Tensor], Tensor]:
    """The rows that each step read, and all rows in the end, where the steps touch the rows that are named."""
    weight = drawn(5, 3)
    adam = RowAdam(weight, betas=BETAS, epsilon=epsilon, rate=rate)
    seen = []
    for step, named in enumerate(touched, start=1):
        rows = np.array(named, dtype=np.int64)
        adam.bring_up(np.arange(5) if settle and step % 7 == 0 else rows, step - 1)
        seen.append(weight[rows].clone())
        adam.move(rows, drawn(len(rows), 3, seed=step), step)
    adam.bring_up(np.arange(5), len(touched))
    return seen, weight


def all_rows(touched: list[list[int]], *, epsilon: float) -> tuple[list[Tensor], Tensor]:
    """The same by PyTorch's Adam, which is given zeros for the other rows."""
    weight = nn.Parameter(drawn(5, 3))
    adam = torch.optim.Adam([weight], betas=BETAS, eps=epsilon)
    seen = []
    for step, rows in enumerate(touched, start=1):
        seen.append(weight.detach()[rows].clone())
        adam.param_groups[0]["lr"] = rate(step)
        weight.grad = torch.zeros(5, 3, dtype=torch.float64)
        weight.grad[rows] = drawn(len(rows), 3, seed=step)
        adam.step()
    return seen, weight.detach()


ROWS = st.lists(st.integers(0, 4), min_size=1, max_size=3, unique=True)


@settings(max_examples=30)
@given(touched=st.lists(ROWS, min_size=1, max_size=40), settle=st.booleans())
def test_what_is_read_is_where_adam_has_it(touched: list[list[int]], settle: bool) -> None:
    # Next to no epsilon: of one that matters, what is owed is close, not exact.
    expected, actual = all_rows(touched, epsilon=1e-13), by_row(touched, epsilon=1e-13, settle=settle)
    for one, other in zip([*expected[0], expected[1]], [*actual[0], actual[1]], strict=True):
        torch.testing.assert_close(one, other, rtol=1e-7, atol=1e-9)


def test_a_row_owes_nothing_more_after_long() -> None:
    touched = [[0, 1]] * 3 + [[1]] * 400 + [[0, 2]]
    for one, other in zip(all_rows(touched, epsilon=1e-13)[0], by_row(touched, epsilon=1e-13)[0], strict=True):
        torch.testing.assert_close(one, other, rtol=1e-7, atol=1e-9)


def test_rows_that_every_step_touches_move_by_adam_with_any_epsilon() -> None:
    touched = [[0, 1, 2, 3, 4]] * 9
    torch.testing.assert_close(
        by_row(touched, epsilon=0.3)[1], all_rows(touched, epsilon=0.3)[1], rtol=1e-12, atol=1e-12
    )


def test_an_epsilon_that_matters_moves_what_is_owed_alike() -> None:
    touched = [[0, 1, 2, 3, 4]] * 9 + [[0]] * 30
    owed = [of(touched, epsilon=0.3)[1] - of(touched[:9], epsilon=0.3)[1] for of in (by_row, all_rows)]
    assert float((owed[0] - owed[1])[1:].norm()) < 0.1 * float(owed[1][1:].norm())


def test_a_row_that_no_step_touches_stays() -> None:
    after = by_row([[0, 2], [1]] * 6, epsilon=1e-8)[1]
    assert after[3:].equal(drawn(5, 3)[3:])
    assert not (after[:3] == drawn(5, 3)[:3]).any()


@pytest.mark.parametrize(
    ("betas", "soon"), [((0.9, 0.999), True), ((0.0, 0.9), True), ((0.9, 0.5), False), ((0.99, 0.99), False)]
)
def test_only_averages_that_fade_out_are_deferred(betas: tuple[float, float], soon: bool) -> None:
    assert fades(betas, 1e-8) == soon


def test_an_epsilon_as_large_as_gradients_is_not_deferred() -> None:
    assert not fades((0.9, 0.999), 0.1)


def optimiser_of(other: nn.Parameter, vectors: nn.Parameter) -> Optimiser:
    return Optimiser({"other": other}, ("vectors", vectors), betas=BETAS, epsilon=1e-8, rate=rate)


@pytest.mark.parametrize("longest", [1e-3, 1.0, 1e6])
def test_the_rows_are_shortened_together_with_all_else(longest: float) -> None:
    other, vectors = nn.Parameter(drawn(4)), nn.Parameter(drawn(5, 3))
    optimiser = optimiser_of(other, vectors)
    touched = optimiser.touch(torch.tensor([1, 3]), 0)
    assert touched.vectors.equal(vectors[[1, 3]])
    (10 * touched.vectors.sum() + other.square().sum()).backward()
    assert other.grad is not None
    assert touched.vectors.grad is not None
    whole = torch.cat([other.grad, touched.vectors.grad.flatten()])
    norm = optimiser.shorten(touched, longest)
    assert norm.item() == pytest.approx(float(whole.norm()))
    after = torch.cat([other.grad, touched.vectors.grad.flatten()]).norm()
    assert float(after) == pytest.approx(min(longest, float(whole.norm())), rel=1e-5)


def test_what_is_remembered_goes_on_bit_for_bit() -> None:
    def run(kill_after: int | None) -> Tensor:
        other, vectors = nn.Parameter(drawn(4)), nn.Parameter(drawn(5, 3))
        optimiser = optimiser_of(other, vectors)
        for step in range(1, 13):
            if step == kill_after:
                moments = {name: value.clone() for name, value in optimiser.moments().items()}
                optimiser = optimiser_of(other, vectors)
                optimiser.remember(moments)
            optimiser.clear()
            touched = optimiser.touch(torch.tensor([[0, 2], [2, 3], [4, 1]][step % 3]), step - 1)
            ((touched.vectors * drawn(2, 3, seed=step)).sum() + other.square().sum()).backward()
            optimiser.move(touched, step=step)
        optimiser.settle(12)
        return torch.cat([other.detach(), vectors.detach().flatten()])

    assert run(8).equal(run(None))
    assert not run(None)[4:].equal(drawn(5, 3).flatten())
