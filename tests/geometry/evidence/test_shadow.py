"""The linear shadow is the linearisation at the nearest point, step by step, and is told when it leaves for good."""

import jaxtyping
import pytest
import torch

from slowfold.cells import GRU, Cell, Vanilla
from slowfold.dynamics import Map
from slowfold.errors import TensorError
from slowfold.geometry.evidence import Shadow, cast_shadow


def read(cell: Cell, text: torch.Tensor, start: torch.Tensor) -> torch.Tensor:
    own = cell.frozen()
    return torch.cat([start.unsqueeze(0), own.unroll(text.unsqueeze(0), start.unsqueeze(0))[0]])


def three_texts(cell: Cell, seed: int = 0) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    draw = torch.Generator().manual_seed(seed)
    start = 0.3 * torch.randn(cell.size, generator=draw, dtype=torch.float64)
    texts = [torch.randn(n, cell.input_size, generator=draw, dtype=torch.float64) for n in (4, 7, 1)]
    return texts, [read(cell, text, start) for text in texts]


def test_every_step_is_taken_at_the_nearest_point():
    cell = GRU(2, 3, generator=torch.Generator().manual_seed(0))
    still = torch.tensor([0.3, -0.2])
    held = Map.hold(cell, still)
    points = torch.tensor([[0.4, 0.1, -0.3], [-0.5, 0.2, 0.6]], dtype=torch.float64)
    texts, paths = three_texts(cell)
    found = cast_shadow(held, points, still, texts, paths)

    def step(state: torch.Tensor, word: torch.Tensor) -> tuple[torch.Tensor, int]:
        at = int((points - state).norm(dim=1).argmin())
        own, point = cell.frozen(), points[at]
        by_state, by_input = torch.func.jacrev(own.step, argnums=(0, 1))(point, still.double())
        return own.step(point, still.double()) + by_state @ (state - point) + by_input @ (word - still.double()), at

    errors, nearest = [], [0, 0]
    for number, (text, path) in enumerate(zip(texts, paths, strict=True)):
        state = path[0]
        for token, word in enumerate(text):
            after, at = step(path[token], word)
            nearest[at] += 1
            errors.append((after - path[token + 1]).norm() / (path[token + 1] - path[token]).norm())
            state = step(state, word)[0]
        torch.testing.assert_close(found.final[number], state)
        torch.testing.assert_close(found.roll_out[number], (state - path[-1]).norm() / (path[-1] - path[0]).norm())
    torch.testing.assert_close(found.one_step, torch.stack(errors))
    assert found.nearest.tolist() == nearest
    assert min(nearest) > 0


def test_the_shadow_of_a_linear_network_is_the_network():
    cell = Vanilla(2, 3, generator=torch.Generator().manual_seed(0), nonlinearity="linear", leak=0.5)
    texts, paths = three_texts(cell)
    found = cast_shadow(Map.hold(cell, torch.ones(2)), torch.randn(2, 3), torch.ones(2), texts, paths)
    assert found.one_step.max() < 1e-12
    assert found.roll_out.max() < 1e-12


def growing() -> tuple[Map, Cell]:
    cell = Vanilla(1, 1, generator=torch.Generator().manual_seed(0))
    cell.load_state_dict(
        {
            "rnn.weight_hh_l0": torch.tensor([[30.0]]),
            "rnn.weight_ih_l0": torch.tensor([[1.0]]),
            "rnn.bias_hh_l0": torch.zeros(1),
            "rnn.bias_ih_l0": torch.zeros(1),
        }
    )
    return Map.hold(cell, torch.zeros(1)), cell


def test_a_shadow_that_leaves_for_good_is_infinitely_far_and_stands_nowhere():
    held, cell = growing()
    texts = [torch.ones(n, 1, dtype=torch.float64) for n in (30, 2)]
    paths = [read(cell, text, torch.tensor([0.1], dtype=torch.float64)) for text in texts]
    found: Shadow = cast_shadow(held, torch.zeros(1, 1), torch.zeros(1), texts, paths)
    assert found.roll_out.isinf().tolist() == [True, False]
    assert found.final.isnan().flatten().tolist() == [True, False]
    assert found.one_step[1].isfinite()
    # Where the network stands still at last, any step at all is infinitely far off.
    assert found.one_step[-3].isinf()


def test_what_does_not_fit_is_told(monkeypatch):
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    held, cell = growing()
    text, start = torch.ones(3, 1).double(), torch.zeros(1).double()
    path = read(cell, text, start)
    for points, texts, paths, told in (
        (torch.zeros(0, 1), [text], [path], "no point to linearise at"),
        (torch.zeros(1, 1), [], [], "give a path for each text"),
        (torch.zeros(1, 1), [text], [path[1:]], r"text 0: .*the states of this network"),
        (torch.zeros(1, 1), [text], [path.expand(-1, 2)], r"do not fit a map of 1 units"),
    ):
        with pytest.raises(TensorError, match=told):
            cast_shadow(held, points, torch.zeros(1), texts, paths)
