"""A converted module takes PyTorch's own steps."""

import itertools

import pytest
import torch
from torch import nn

from slowfold.cells import from_torch
from slowfold.errors import NetworkError

MODULES = {
    "tanh": (nn.RNN, {}),
    "relu": (nn.RNN, {"nonlinearity": "relu"}),
    "gru": (nn.GRU, {}),
    "lstm": (nn.LSTM, {}),
}
CELLS = {
    "tanh": (nn.RNNCell, {}),
    "relu": (nn.RNNCell, {"nonlinearity": "relu"}),
    "gru": (nn.GRUCell, {}),
    "lstm": (nn.LSTMCell, {}),
}
KINDS = pytest.mark.parametrize("kind", MODULES)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def drawn(module: nn.Module) -> nn.Module:
    """The module with weights of a seed of its own, in float64."""
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(0.5 * torch.randn(parameter.shape, generator=generator(7)))
    return module.double()


def pytorchs_state(cell_state: torch.Tensor, module: nn.RNNBase):
    """A state [document, unit] as the module takes it: [layer, document, unit], of an LSTM a pair of them."""
    layers = torch.stack(cell_state.chunk(module.num_layers, dim=-1))
    return tuple(part.contiguous() for part in layers.chunk(2, dim=-1)) if isinstance(module, nn.LSTM) else layers


@KINDS
@pytest.mark.parametrize(
    ("layers", "bias", "batch_first"), [*itertools.product((1, 2, 3), (True, False), (True, False))]
)
def test_states_are_pytorchs(kind, layers, bias, batch_first):
    build, options = MODULES[kind]
    module = drawn(build(3, 4, num_layers=layers, bias=bias, batch_first=batch_first, **options))
    cell = from_torch(module)
    words = torch.randn(5, 6, 3, generator=generator(1), dtype=torch.float64)
    state = torch.randn(5, cell.size, generator=generator(2), dtype=torch.float64)
    outputs, last = module(words if batch_first else words.transpose(0, 1), pytorchs_state(state, module))
    visited = cell.unroll(words, state)
    outputs = outputs if batch_first else outputs.transpose(0, 1)
    torch.testing.assert_close(cell.output(visited), outputs, rtol=0, atol=1e-12)
    ours = pytorchs_state(visited[:, -1], module)
    torch.testing.assert_close(ours, last, rtol=0, atol=1e-12)


@KINDS
@pytest.mark.parametrize("layers", [1, 2])
def test_jacobians_are_those_of_pytorchs_step(kind, layers):
    build, options = MODULES[kind]
    module = drawn(build(3, 4, num_layers=layers, **options))
    cell = from_torch(module)
    state = torch.randn(cell.size, generator=generator(2), dtype=torch.float64)
    word = torch.randn(3, generator=generator(3), dtype=torch.float64)

    def step(state, word):
        _, last = module(word.reshape(1, 1, 3), pytorchs_state(state.unsqueeze(0), module))
        last = torch.cat(last, dim=-1) if isinstance(module, nn.LSTM) else last
        return last.flatten()

    recurrent, by_input = torch.autograd.functional.jacobian(step, (state, word))
    ours = cell.jacobians(state, word)
    torch.testing.assert_close(ours.recurrent, recurrent, rtol=0, atol=1e-12)
    torch.testing.assert_close(ours.input, by_input, rtol=0, atol=1e-12)


@pytest.mark.parametrize("kind", CELLS)
@pytest.mark.parametrize("bias", [True, False])
def test_a_single_step_is_pytorchs(kind, bias):
    build, options = CELLS[kind]
    module = drawn(build(3, 4, bias=bias, **options))
    cell = from_torch(module)
    state = torch.randn(5, cell.size, generator=generator(2), dtype=torch.float64)
    word = torch.randn(5, 3, generator=generator(3), dtype=torch.float64)
    given = state.chunk(2, dim=-1) if kind == "lstm" else state
    after = module(word, given)
    after = torch.cat(after, dim=-1) if kind == "lstm" else after
    torch.testing.assert_close(cell.step(state, word), after, rtol=0, atol=1e-14)


@KINDS
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_weights_are_copied_in_their_type_and_the_module_is_left_alone(kind, dtype):
    build, options = MODULES[kind]
    module = drawn(build(3, 4, num_layers=2, **options)).to(dtype)
    before = {name: value.clone() for name, value in module.state_dict().items()}
    seeded = torch.get_rng_state()
    cell = from_torch(module)
    assert torch.get_rng_state().equal(seeded)
    assert {parameter.dtype for parameter in cell.parameters()} == {dtype}
    with torch.no_grad():
        for parameter in cell.parameters():
            parameter.zero_()
    assert all(module.state_dict()[name].equal(value) for name, value in before.items())


def test_dropout_between_layers_is_off():
    module = drawn(nn.GRU(3, 4, num_layers=2, dropout=0.9, batch_first=True))
    words = torch.randn(5, 6, 3, generator=generator(1), dtype=torch.float64)
    cell = from_torch(module)
    visited = cell.unroll(words, torch.zeros(5, cell.size, dtype=torch.float64))
    torch.testing.assert_close(cell.output(visited), module.eval()(words)[0], rtol=0, atol=1e-12)


def test_a_normalised_weight_is_taken_as_it_acts():
    module = drawn(nn.GRU(3, 4, batch_first=True))
    nn.utils.parametrizations.weight_norm(module, "weight_hh_l0")
    with torch.no_grad():
        module.parametrizations.weight_hh_l0.original0.mul_(1.5)
    words = torch.randn(5, 6, 3, generator=generator(1), dtype=torch.float64)
    visited = from_torch(module).unroll(words, torch.zeros(5, 4, dtype=torch.float64))
    torch.testing.assert_close(visited, module(words)[0], rtol=0, atol=1e-12)


class Altered(nn.GRU):
    def forward(self, *arguments):
        return super().forward(*arguments)


@pytest.mark.parametrize(
    ("module", "message"),
    [
        (nn.GRU(3, 4, bidirectional=True), "reads in both directions"),
        (nn.LSTM(3, 4, proj_size=2), "projects its output on 2 units"),
        (nn.Linear(3, 4), r"Linear is no module.*torch\.nn\.RNN, GRU and LSTM.*Map\(callable"),
        (Altered(3, 4), "Altered is no module"),
    ],
)
def test_what_cannot_be_converted_says_why(module, message):
    with pytest.raises(NetworkError, match=message):
        from_torch(module)
