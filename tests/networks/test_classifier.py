from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from networks.samples import ragged_corpus
from slowfold.cells import LSTM, Stacked, Vanilla
from slowfold.errors import DataError, NetworkError, OptionError, TensorError
from slowfold.networks import Classifier
from slowfold.networks.batches import gather_batch
from slowfold.networks.saved import write_saved
from slowfold.text.corpus import Corpus
from slowfold.text.vocabulary import Vocabulary

Reader = tuple[Classifier, Corpus]


@given(extra=st.integers(1, 6), filling=st.integers(0, 79))
def test_padding_never_matters(extra: int, filling: int) -> None:
    corpus = ragged_corpus(8)
    network = Classifier.build(corpus, hidden=16, embedding=5)
    batch = gather_batch(corpus, np.arange(8))
    padded = torch.cat([batch.tokens, torch.zeros(8, extra, dtype=torch.int64)], dim=1)
    padded[torch.arange(padded.shape[1]) >= batch.lengths[:, None]] = filling
    assert network(padded, batch.lengths).equal(network(batch.tokens, batch.lengths))


def test_reading_all_equals_reading_one_by_one(reader: Reader) -> None:
    network, corpus = reader
    reading = network.read(corpus)
    for i in range(len(corpus)):
        alone = network.read(corpus.select(np.array([i])))
        mine = reading.states[reading.offsets[i] : reading.offsets[i + 1]]
        torch.testing.assert_close(mine, alone.states, rtol=0, atol=1e-6)
        torch.testing.assert_close(reading.final[i], alone.states[-1], rtol=0, atol=1e-6)
        torch.testing.assert_close(reading.logits[i], alone.logits[0], rtol=0, atol=1e-6)


def test_a_reading_fits_together(reader: Reader) -> None:
    network, corpus = reader
    reading = network.read(corpus)
    assert reading.offsets.tolist() == corpus.offsets.tolist()
    assert reading.states[reading.offsets[1:] - 1].equal(reading.final)
    assert reading.predicted.equal(reading.logits.argmax(-1))
    assert network.states(corpus).equal(reading.states)
    torch.testing.assert_close(network.logits(corpus), reading.logits, rtol=0, atol=1e-6)
    assert network.accuracy(corpus) == pytest.approx(float(np.mean(reading.predicted.numpy() == corpus.labels)))
    assert not any(tensor.requires_grad for tensor in (reading.states, reading.final, reading.logits))


def test_states_follow_the_cell_word_by_word(reader: Reader) -> None:
    network, corpus = reader
    states = network.states(corpus)
    state = network.initial_state.detach()
    for position, token in enumerate(corpus.document(0)):
        state = network.cell.step(state, network.word_input(int(token))).detach()
        torch.testing.assert_close(states[position], state, rtol=0, atol=1e-6)


def test_the_readout_reads_the_output_or_the_whole_state() -> None:
    corpus = ragged_corpus(8)
    for readout, read in (("output", 16), ("state", 64)):
        network = Classifier.build(corpus, cell="lstm", hidden=16, layers=2, readout=readout, embedding=5)
        reading = network.read(corpus)
        assert reading.states.shape[1] == network.cell.size == 64
        # The upper layer's h stands after the two parts of the lower layer.
        expected = reading.final if readout == "state" else reading.final[:, 32:48]
        assert network.readout.in_features == read
        assert network.read_out(reading.final).equal(expected)
        torch.testing.assert_close(reading.logits, network.readout(expected).detach(), rtol=0, atol=1e-6)


@pytest.mark.parametrize(("cell", "units"), [("gru", 5), ("lstm", 10), ("ugrnn", 5), ("vanilla", 5)])
@pytest.mark.parametrize("layers", [1, 3])
def test_hidden_counts_units_of_the_output(cell: str, units: int, layers: int) -> None:
    network = Classifier.build(ragged_corpus(4), cell=cell, hidden=5, layers=layers)
    assert (network.cell.output_size, network.cell.size) == (5, layers * units)


def test_a_stack_of_different_cells_is_saved_too(tmp_path: Path) -> None:
    corpus = ragged_corpus(4, words=6)
    draw = torch.Generator().manual_seed(0)
    cell = Stacked([Vanilla(6, 3, generator=draw, nonlinearity="relu", leak=0.5), LSTM(3, 4, generator=draw)])
    network = Classifier(
        cell,
        vocabulary=corpus.vocabulary,
        class_names=corpus.class_names,
        kind="categorical",
        embedding=None,
        bias=True,
        generator=draw,
    )
    network.save(tmp_path)
    assert Classifier.load(tmp_path).logits(corpus).equal(network.logits(corpus))


@pytest.mark.parametrize(
    "change",
    [
        {"layers": []},
        {"layers": [{"cell": "gur", "hidden": 16}]},
        {"layers": [{"cell": "gru", "hidden": 10**9}]},
        {"embedding": 10**9},
    ],
)
def test_a_configuration_that_its_weights_do_not_bear_out_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    network = Classifier.build(ragged_corpus(4), hidden=16, embedding=5)
    write_saved(tmp_path, {**network.config(), **change}, network.state_dict(), network.vocabulary)
    with pytest.raises(NetworkError, match="not a network that this version knows"):
        Classifier.load(tmp_path)


def test_the_initial_state_is_read_from() -> None:
    corpus = ragged_corpus(4)
    network = Classifier.build(corpus, hidden=16, embedding=5)
    before = network.states(corpus)
    assert (network.initial_state == 0).all()
    with torch.no_grad():
        network.initial_state += 0.5
    assert not network.states(corpus).allclose(before)


def test_one_hot_words_are_an_identity_embedding() -> None:
    corpus = ragged_corpus(words=7)
    one_hot = Classifier.build(corpus, hidden=16)
    embedded = Classifier.build(corpus, hidden=16, embedding=7)
    assert one_hot.embedding is None
    assert embedded.embedding is not None
    with torch.no_grad():
        embedded.embedding.weight.copy_(torch.eye(7))
        embedded.cell.load_state_dict(one_hot.cell.state_dict())
        embedded.readout.weight.copy_(one_hot.readout.weight)
        embedded.readout.bias.zero_()
    assert embedded.logits(corpus).equal(one_hot.logits(corpus))


def test_the_mean_input_is_the_mean_over_all_words(reader: Reader) -> None:
    network, corpus = reader
    every = torch.stack([network.word_input(int(token)) for token in corpus.tokens])
    torch.testing.assert_close(network.mean_input(corpus), every.mean(dim=0), rtol=0, atol=1e-6)


@pytest.mark.parametrize(("words", "inputs", "hidden", "bias"), [(64, 64, 128, False), (65, 128, 256, True)])
def test_the_vocabulary_decides_the_defaults(words: int, inputs: int, hidden: int, bias: bool) -> None:
    network = Classifier.build(ragged_corpus(words=words))
    assert (network.cell.input_size, network.cell.size) == (inputs, hidden)
    assert (network.readout.bias is not None) == bias


def test_memory_spreads_the_update_gate_biases() -> None:
    corpus = ragged_corpus(longest=40)
    longest = int(corpus.lengths.max())

    def times(**options: int) -> torch.Tensor:
        rnn = Classifier.build(corpus, **options).cell.get_submodule("rnn")
        return rnn.get_parameter("bias_ih_l0").detach()[256:512].exp()

    assert times().min() >= 0.99
    assert times().max() == pytest.approx(longest - 1, rel=0.05)
    assert times(memory=1000).max() > 900
    assert times(memory=0).max() < 1.1


@pytest.mark.parametrize("seed", [0, 7])
def test_a_seed_decides_all_weights_and_global_randomness_is_left_alone(seed: int) -> None:
    corpus = ragged_corpus()
    before = torch.get_rng_state()
    first, again = (Classifier.build(corpus, hidden=8, seed=seed).state_dict() for _ in range(2))
    assert torch.get_rng_state().equal(before)
    assert all(first[name].equal(again[name]) for name in first)
    other = Classifier.build(corpus, hidden=8, seed=seed + 1).state_dict()
    assert all(not first[name].equal(other[name]) for name in first if name != "initial_state")
    assert all(torch.isfinite(tensor).all() for tensor in first.values())


def test_holding_copies_the_cell(reader: Reader) -> None:
    network, corpus = reader
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    states = network.states(corpus).double()
    for held, held_input in (
        (network.hold(), network.zero_input()),
        (network.hold("word3"), network.word_input("word3")),
        (network.hold(3), network.word_input(3)),
        (network.hold(input=network.mean_input(corpus)), network.mean_input(corpus)),
    ):
        expected = network.cell.step(states.float(), held_input)
        torch.testing.assert_close(held(states).float(), expected, rtol=0, atol=1e-6)
    assert all(network.state_dict()[name].equal(tensor) for name, tensor in before.items())
    held = network.hold()
    after = held(states)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.zero_()
    assert held(states).equal(after)


def test_a_held_input_has_a_name(reader: Reader) -> None:
    network, corpus = reader
    mean = network.mean_input(corpus)
    held = (network.hold(), network.hold("word3"), network.hold(3), network.hold(input=mean, name="mean"))
    assert [one.name for one in held] == ["zero", "word 'word3'", "word 'word3'", "mean"]


def test_what_cannot_be_held(reader: Reader) -> None:
    network, _ = reader
    with pytest.raises(DataError, match="nonsense"):
        network.hold("nonsense")
    with pytest.raises(OptionError, match="no word 1000"):
        network.hold(1000)
    with pytest.raises(OptionError, match="no word -1"):
        network.hold(-1)
    with pytest.raises(OptionError, match="give one of them"):
        network.hold("word3", input=network.zero_input())
    with pytest.raises(TensorError, match=r"\(3,\)"):
        network.hold(input=torch.zeros(3))


def test_saving_and_loading_gives_the_same_bits(reader: Reader, tmp_path: Path) -> None:
    network, corpus = reader
    network.save(tmp_path / "new")
    loaded = Classifier.load(tmp_path / "new")
    assert sorted(file.name for file in (tmp_path / "new").iterdir()) == [
        "model.json",
        "model.safetensors",
        "vocabulary.json",
    ]
    assert loaded.config() == network.config()
    assert loaded.vocabulary == network.vocabulary
    assert all(loaded.state_dict()[name].equal(tensor) for name, tensor in network.state_dict().items())
    assert loaded.logits(corpus).equal(network.logits(corpus))


def test_the_type_of_the_weights_is_kept(tmp_path: Path) -> None:
    Classifier.build(ragged_corpus(), hidden=8).double().save(tmp_path)
    assert Classifier.load(tmp_path).initial_state.dtype == torch.float64


def test_words_may_be_left_out(reader: Reader, tmp_path: Path) -> None:
    network, corpus = reader
    network.save(tmp_path, words=False)
    assert not any(b"word3" in file.read_bytes() for file in tmp_path.iterdir())
    with pytest.raises(NetworkError, match=r"vocabulary\.json"):
        Classifier.load(tmp_path)
    assert Classifier.load(tmp_path, vocabulary=corpus.vocabulary).logits(corpus).equal(network.logits(corpus))
    with pytest.raises(NetworkError, match="the vocabulary has 1 words"):
        Classifier.load(tmp_path, vocabulary=Vocabulary(("one",)))


@pytest.mark.parametrize("file", ["model.json", "model.safetensors", "vocabulary.json"])
@pytest.mark.parametrize("content", [None, b"", b"{}", b"\xff\xfe", b'{"words": 3}'])
def test_broken_files_are_refused_in_one_line(reader: Reader, tmp_path: Path, file: str, content: bytes | None) -> None:
    reader[0].save(tmp_path)
    if content is None:
        (tmp_path / file).unlink()
    else:
        (tmp_path / file).write_bytes(content)
    with pytest.raises(NetworkError) as caught:
        Classifier.load(tmp_path)
    assert str(tmp_path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_files_of_two_networks_are_refused(reader: Reader, tmp_path: Path) -> None:
    network, _ = reader
    network.save(tmp_path)
    (tmp_path / "model.json").write_text(json.dumps({**network.config(), "hidden": 10**9}))
    with pytest.raises(NetworkError, match="two networks"):
        Classifier.load(tmp_path)


def test_other_words_or_classes_are_refused(reader: Reader) -> None:
    network, corpus = reader
    words = tuple(reversed(corpus.vocabulary.words))
    for other, message in (
        (replace(corpus, vocabulary=Vocabulary(words)), "words"),
        (replace(corpus, class_names=("x", "y", "z")), "classes x, y, z"),
    ):
        for ask in (network.read, network.logits, network.accuracy, network.mean_input):
            with pytest.raises(NetworkError, match=message):
                ask(other)


def test_several_labels_a_document_are_for_a_network_of_them(reader: Reader) -> None:
    network, corpus = reader
    several = replace(corpus, labels=np.eye(3, dtype=bool)[corpus.labels], kind="multilabel")
    with pytest.raises(NetworkError, match="has several labels a document, and the network gives one class"):
        network.read(several)
    labelling = Classifier.build(several, hidden=8)
    with pytest.raises(NetworkError, match="has one class a document, and the network gives several labels"):
        labelling.accuracy(corpus)
    ordered = replace(corpus, kind="ordered")
    assert network.logits(ordered).equal(network.logits(corpus))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cell": "gur"}, "cell: there is no cell 'gur'"),
        ({"cell": "gur"}, "choose from gru, lstm, ugrnn, vanilla"),
        ({"hidden": 0}, "hidden: 0 is out of range"),
        ({"layers": 0}, "layers: 0 is out of range"),
        ({"readout": "memory"}, "readout: there is no 'memory' to read"),
        ({"embedding": -1}, "embedding: -1 is out of range"),
        ({"embedding": 0}, "at most 64 words"),
        ({"memory": -1}, "memory: -1 is out of range"),
    ],
)
def test_options_out_of_range(options: dict[str, object], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        Classifier.build(ragged_corpus(words=80), **options)


def test_one_class_is_refused() -> None:
    corpus = Corpus.from_tokens([[0]], [0], Vocabulary(("a",)), ("only",))
    with pytest.raises(NetworkError, match="at least two"):
        Classifier.build(corpus)
