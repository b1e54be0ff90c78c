from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from networks.samples import ragged_corpus
from slowfold.networks import NATURAL, Classifier, course, fit
from slowfold.networks.batches import Batch, gather_batch
from slowfold.networks.word_dropout import hide_words
from slowfold.text.corpus import Corpus
from slowfold.text.vocabulary import Vocabulary


def batch_of(documents: int, longest: int, seed: int) -> Batch:
    """Documents whose targets are their words, so that it can be seen whether the two stay together."""
    corpus = ragged_corpus(documents, words=90, longest=longest, seed=seed)
    return gather_batch(corpus, np.arange(documents), corpus.tokens[:, None].astype(np.float32))


def draw(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_the_share_asked_for_becomes_the_unknown_word() -> None:
    batch = batch_of(200, 80, seed=0)
    hidden = hide_words(batch, 0.3, unknown=90, generator=draw())
    real = torch.arange(batch.tokens.shape[1]) < batch.lengths[:, None]
    changed = hidden.tokens != batch.tokens
    assert (hidden.tokens[changed] == 90).all()
    assert changed[real].double().mean().item() == pytest.approx(0.3, abs=0.02)
    assert hidden.lengths.equal(batch.lengths)
    assert hidden.targets is batch.targets


@given(
    documents=st.integers(1, 9), longest=st.integers(1, 12), share=st.floats(0, 0.999), seed=st.integers(0, 2**32 - 1)
)
def test_where_every_word_is_known_the_others_close_up(documents: int, longest: int, share: float, seed: int) -> None:
    batch = batch_of(documents, longest, seed)
    left = hide_words(batch, share, unknown=None, generator=draw(seed))
    assert left.targets is not None
    assert left.tokens.shape[1] == int(left.lengths.max())
    for number in range(documents):
        before = batch.tokens[number, : batch.lengths[number]].tolist()
        after = left.tokens[number, : left.lengths[number]].tolist()
        assert after
        # Every word that is left is found further on in the document than the one before it.
        rest = iter(before)
        assert all(word in rest for word in after)
        assert left.targets[number, : len(after), 0].tolist() == after
        assert len(after) == len(before) or share > 0


def test_the_share_asked_for_is_left_out() -> None:
    batch = batch_of(200, 80, seed=0)
    left = hide_words(batch, 0.3, unknown=None, generator=draw())
    assert left.lengths.sum().item() / batch.lengths.sum().item() == pytest.approx(0.7, abs=0.02)


@pytest.mark.parametrize("unknown", [None, 0])
def test_the_documents_given_stay(unknown: int | None) -> None:
    batch = batch_of(8, 12, seed=1)
    before = [None if part is None else part.clone() for part in batch]
    hide_words(batch, 0.9, unknown=unknown, generator=draw())
    assert all(part is None or part.equal(was) for part, was in zip(batch, before, strict=True))


def known_corpus(documents: int = 40) -> Corpus:
    """Documents of known words only, where there is an unknown word, too."""
    plain = ragged_corpus(documents, words=80)
    ids = [plain.document(number) + 1 for number in range(documents)]
    words = Vocabulary(("<unk>", *plain.vocabulary.words), unknown=0)
    return Corpus.from_tokens(ids, plain.labels.tolist(), words, plain.class_names)


def trained(corpus: Corpus, share: float, seed: int = 0) -> Classifier:
    network = Classifier.build(corpus, hidden=6, embedding=4)
    fit(network, corpus, steps=4, batch_size=20, held_out=0, word_dropout=share, seed=seed)
    return network


@pytest.mark.parametrize(("share", "moves"), [(0.0, False), (0.3, True)])
def test_the_unknown_word_is_learned_from_the_hidden_ones(share: float, moves: bool) -> None:
    corpus = known_corpus()
    before = Classifier.build(corpus, hidden=6, embedding=4).word_input("<unk>")
    assert trained(corpus, share).word_input("<unk>").equal(before) != moves


def test_nothing_is_hidden_where_every_word_has_a_target_unless_it_is_asked_for() -> None:
    corpus = known_corpus()
    options = {"targets": np.zeros((len(corpus.tokens), 3)), "steps": 1}
    shares = [
        fit(Classifier.build(corpus, hidden=6, embedding=4), corpus, **options, **given).recipe.word_dropout
        for given in ({}, {"word_dropout": 0.2}, {"recipe": NATURAL})
    ]
    assert shares == [0.0, 0.2, NATURAL.word_dropout]


def test_the_seed_and_the_step_decide_what_is_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[float] = []

    def watched(batch: Batch, share: float, *, unknown: int | None, generator: np.random.Generator) -> Batch:
        drawn.append(generator.random())
        return hide_words(batch, share, unknown=unknown, generator=generator)

    monkeypatch.setattr(course, "hide_words", watched)
    runs: list[list[float]] = []
    for seed in (0, 1, 0):
        drawn.clear()
        trained(known_corpus(), 0.3, seed=seed)
        # Batches are made ahead: how many more than the four that were read is chance.
        runs.append(drawn[:4])
    assert runs[0] == runs[2]
    assert len({*runs[0], *runs[1]}) == 8
