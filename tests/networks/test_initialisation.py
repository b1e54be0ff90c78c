from __future__ import annotations

import pytest
import torch

from networks.samples import ragged_corpus
from slowfold.cells import CELLS, cell_layers
from slowfold.errors import OptionError
from slowfold.networks import Classifier
from slowfold.networks.initialisation import INITIALISATIONS


def paper_network(cell: str = "gru", **options: object) -> Classifier:
    given = {"hidden": 100, "embedding": 40, "initialisation": "paper", **options}
    return Classifier.build(ragged_corpus(words=400), cell=cell, **given)


def test_the_columns_of_the_vectors_are_orthonormal() -> None:
    network = paper_network()
    assert network.embedding is not None
    vectors = network.embedding.weight.detach()
    assert (vectors.T @ vectors).sub(torch.eye(40)).abs().max() < 1e-5


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("cell", CELLS)
def test_the_matrices_of_a_cell_are_normal_with_a_variance_of_one_over_its_units(cell: str, layers: int) -> None:
    for layer in cell_layers(paper_network(cell, layers=layers).cell):
        for weight in layer.weights():
            values = weight.detach().flatten() * 10
            assert values.std().item() == pytest.approx(1, abs=0.05)
            # Of a normal distribution, 4.55 % lie beyond two deviations; of a uniform one, none.
            assert (values.abs() > 2).double().mean().item() == pytest.approx(0.0455, abs=0.015)


@pytest.mark.parametrize(("cell", "kept"), [("gru", 0.5), ("ugrnn", 0.5), ("lstm", torch.tensor(1.0).sigmoid().item())])
def test_gates_begin_half_open_but_that_of_an_lstm_that_forgets(cell: str, kept: float) -> None:
    network = paper_network(cell).double()
    with torch.no_grad():
        for weight in network.cell.weights():
            weight.zero_()
    state = torch.ones(network.cell.size, dtype=torch.float64)
    after = network.hold()(state[None])[0]
    assert after[-100:].tolist() == pytest.approx([kept] * 100)


def test_the_readout_is_drawn_by_glorot_with_small_biases() -> None:
    readout = paper_network(hidden=400).readout
    assert readout.weight.std().item() == pytest.approx((2 / 403) ** 0.5, rel=0.1)
    assert 0 < readout.bias.abs().max().item() < 0.05


def test_one_hot_words_have_no_vectors_to_draw() -> None:
    network = Classifier.build(ragged_corpus(words=6), hidden=100, initialisation="paper")
    assert network.cell.weights()[0].std().item() == pytest.approx(0.1, abs=0.02)


def test_gate_biases_are_set_for_the_length_only_where_it_is_asked_for() -> None:
    def greatest(memory: int | None) -> float:
        return max(bias.max().item() for bias in paper_network(memory=memory).cell.parameters() if bias.dim() == 1)

    assert greatest(None) == greatest(0) == 0
    assert 3 < greatest(100) < torch.tensor(100.0).log()


def test_a_seed_decides_what_is_drawn() -> None:
    first, again, other = (paper_network(seed=seed).state_dict() for seed in (0, 0, 1))
    assert all(first[name].equal(again[name]) for name in first)
    assert not any(first[name].equal(other[name]) for name in first if "weight" in name)


def test_vectors_that_are_given_are_taken() -> None:
    vectors = torch.randn(400, 40, generator=torch.Generator().manual_seed(0))
    assert paper_network(vectors=vectors).word_input(3).equal(vectors[3])


def test_the_names_are_listed() -> None:
    with pytest.raises(OptionError, match=r"^initialisation: there is no 'chrono'; choose from default, paper$"):
        paper_network(initialisation="chrono")
    assert INITIALISATIONS == ("default", "paper")
