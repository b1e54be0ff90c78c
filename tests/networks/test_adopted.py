"""A network that was trained elsewhere gives the logits that it gave there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from networks.samples import ragged_corpus
from slowfold.cells import GRU
from slowfold.errors import DataError, NetworkError
from slowfold.networks import Classifier
from slowfold.networks.adopted import adopt

CORPUS = ragged_corpus(20)
WORDS = CORPUS.vocabulary.words
RECURRENT = {"tanh": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}


def seeded(module: nn.Module) -> nn.Module:
    draw = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(0.5 * torch.randn(parameter.shape, generator=draw))
    return module.double()


def parts(kind: str = "gru", *, layers: int = 1, batch_first: bool = True, bias: bool = True, classes: int = 3):
    return (
        seeded(nn.Embedding(len(WORDS), 5, padding_idx=0)),
        seeded(RECURRENT[kind](5, 6, num_layers=layers, batch_first=batch_first)),
        seeded(nn.Linear(6, classes, bias=bias)),
    )


def their_logits(embedding: nn.Embedding | None, rnn: nn.Module, linear: nn.Linear) -> torch.Tensor:
    """What the modules make of each document on its own, so that there is no padding."""
    found = []
    with torch.no_grad():
        for document in range(len(CORPUS)):
            tokens = torch.from_numpy(np.array(CORPUS.document(document), dtype=np.int64))
            inputs = nn.functional.one_hot(tokens, len(WORDS)).double() if embedding is None else embedding(tokens)
            # Without a dimension of documents, PyTorch takes time first, whatever batch_first says.
            outputs, _ = rnn(inputs)
            found.append(linear(outputs[-1]))
    return torch.stack(found)


@pytest.mark.parametrize("kind", RECURRENT)
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize("bias", [True, False])
def test_the_logits_are_theirs(kind: str, layers: int, batch_first: bool, bias: bool, tmp_path: Path) -> None:
    modules = parts(kind, layers=layers, batch_first=batch_first, bias=bias)
    before = [{name: value.clone() for name, value in module.state_dict().items()} for module in modules]
    network = Classifier.from_torch(*modules, vocabulary=WORDS, class_names=CORPUS.class_names)
    torch.testing.assert_close(network.logits(CORPUS), their_logits(*modules), rtol=0, atol=1e-12)
    network.save(tmp_path)
    assert Classifier.load(tmp_path).logits(CORPUS).equal(network.logits(CORPUS))
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.zero_()
    for module, kept in zip(modules, before, strict=True):
        assert all(module.state_dict()[name].equal(value) for name, value in kept.items())


def test_one_hot_words_need_no_embedding() -> None:
    rnn, linear = seeded(nn.GRU(len(WORDS), 6)), seeded(nn.Linear(6, 3))
    network = Classifier.from_torch(None, rnn, linear, vocabulary=CORPUS.vocabulary, class_names=CORPUS.class_names)
    torch.testing.assert_close(network.logits(CORPUS), their_logits(None, rnn, linear), rtol=0, atol=1e-12)


def test_one_logit_is_that_of_yes_against_no() -> None:
    modules = parts(classes=1)
    network = Classifier.from_torch(*modules, vocabulary=WORDS)
    corpus = replace(CORPUS, labels=CORPUS.labels % 2, class_names=("class 0", "class 1"))
    logits = network.logits(corpus)
    yes = torch.softmax(logits, dim=1)[:, 1:]
    torch.testing.assert_close(yes, torch.sigmoid(their_logits(*modules)), rtol=0, atol=1e-12)
    assert network.class_names == ("class 0", "class 1")


def test_one_logit_of_several_labels_is_one_label() -> None:
    # As nn.Linear(6, 1) beside BCEWithLogitsLoss, meant as a label that a document has or has not.
    _, _, linear = parts(classes=1)
    parted = adopt(None, seeded(nn.GRU(len(WORDS), 6)), linear, WORDS, ("joy",), "multilabel")
    assert parted.readout.equal(linear.weight)
    assert parted.bias is not None
    assert parted.bias.equal(linear.bias)
    assert parted.class_names == ("joy",)
    with pytest.raises(NetworkError, match="class_names: has 2 names, not 1"):
        adopt(None, seeded(nn.GRU(len(WORDS), 6)), linear, WORDS, ("yes", "no"), "multilabel")


def test_vectors_are_shortened_as_the_embedding_does() -> None:
    _, rnn, linear = parts()
    embedding = seeded(nn.Embedding(len(WORDS), 5, max_norm=0.7))
    network = Classifier.from_torch(embedding, rnn, linear, vocabulary=WORDS, class_names=CORPUS.class_names)
    assert (embedding.weight.norm(dim=1) > 1).any()  # not by the copying
    torch.testing.assert_close(network.logits(CORPUS), their_logits(embedding, rnn, linear), rtol=0, atol=1e-6)


def test_a_cell_of_slowfolds_own_is_copied() -> None:
    embedding, _, linear = parts()
    cell = GRU(5, 6, generator=torch.Generator().manual_seed(0)).double()
    network = Classifier.from_torch(embedding, cell, linear, vocabulary=WORDS)
    assert network.cell is not cell
    assert all(a.equal(b) for a, b in zip(network.cell.parameters(), cell.parameters(), strict=True))


def test_the_word_for_unknown_words_is_known_by_its_name() -> None:
    _, rnn, linear = parts()
    network = Classifier.from_torch(
        seeded(nn.Embedding(3, 5)), rnn, linear, vocabulary=["<pad>", "<unk>", "good"], class_names=("a", "b", "c")
    )
    assert network.vocabulary.unknown == 1


def test_parts_that_do_not_fit_are_refused() -> None:
    embedding, rnn, linear = parts()
    for modules, options, message in (
        ((embedding, rnn, linear), {"vocabulary": WORDS[:-1]}, "embedding: has vectors for 80 words"),
        ((embedding, nn.GRU(4, 6).double(), linear), {"vocabulary": WORDS}, "rnn: has 4 inputs, not 5"),
        ((None, rnn, linear), {"vocabulary": WORDS}, "rnn: has 5 inputs, not 80"),
        ((embedding, rnn, nn.Linear(12, 3).double()), {"vocabulary": WORDS}, "linear: has 12 inputs, not 6"),
        ((embedding, rnn, linear), {"vocabulary": WORDS, "class_names": ("a", "b")}, "class_names: has 2 names"),
        ((embedding.float(), rnn, linear), {"vocabulary": WORDS}, "of several types"),
        ((embedding, nn.GRU(5, 3, bidirectional=True), linear), {"vocabulary": WORDS}, "both directions"),
    ):
        with pytest.raises(NetworkError, match=message):
            Classifier.from_torch(*modules, **options)
    with pytest.raises(DataError, match="stands twice"):
        Classifier.from_torch(embedding, rnn, linear, vocabulary=["one"] * 80)
