"""The second look at documents: sums and samples that do not depend on how the documents come."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from slowfold.errors import DataError
from slowfold.geometry import ChanceLabels, predict_dimension, survey_documents, survey_part
from slowfold.geometry.prediction import survey
from slowfold.geometry.prediction.contrasts import word_evidence
from slowfold.text import Batch, Corpus, Vocabulary, categorical, count_words, encode_documents

VOCABULARY = Vocabulary(tuple(f"word{n}" for n in range(12)))


def corpus_of(kind, documents=300, seed=0):
    random = np.random.default_rng(seed)
    labels = random.random((documents, 3)) < 0.4 if kind == "multilabel" else random.integers(0, 3, documents)
    ids = [random.integers(0, 12, random.integers(1, 9)) for _ in range(documents)]
    return Corpus.from_tokens(ids, labels, VOCABULARY, ("a", "b", "c"), kind=kind)


def batches_of(corpus, size):
    words = [corpus.words(document) for document in range(len(corpus))]
    if corpus.kind == "multilabel":
        own = [[corpus.class_names[label] for label in np.flatnonzero(row)] for row in corpus.labels]
        labels = pl.Series(own, dtype=pl.List(pl.String))
    else:
        labels = pl.Series([corpus.class_names[label] for label in corpus.labels])
    cuts = range(0, len(words), size)
    return [Batch(pl.Series(words[cut : cut + size]), labels[cut : cut + size]) for cut in cuts]


@pytest.mark.parametrize("kind", ["categorical", "ordered", "multilabel"])
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_documents_are_encoded_as_they_were_counted(kind, size):
    corpus = corpus_of(kind, documents=40)
    counts = count_words(corpus)
    for documents in (corpus, batches_of(corpus, size)):
        chunks = list(encode_documents(documents, counts))
        assert np.concatenate([chunk.tokens for chunk in chunks]).tolist() == corpus.tokens.tolist()
        assert np.concatenate([np.diff(chunk.offsets) for chunk in chunks]).tolist() == corpus.lengths.tolist()
        sets = counts.label_sets[np.concatenate([chunk.sets for chunk in chunks])]
        labels = corpus.labels if kind == "multilabel" else np.eye(3, dtype=bool)[corpus.labels]
        assert sets.tolist() == labels.tolist()


@pytest.mark.parametrize("kind", ["categorical", "multilabel"])
def test_evidence_adds_up_over_documents(kind):
    corpus = corpus_of(kind)
    counts = count_words(corpus)
    evidence = word_evidence(counts.words, counts.occurrences, kind)
    added = np.array([evidence[:, corpus.document(document)].sum(axis=1) for document in range(len(corpus))])
    for documents in (corpus, batches_of(corpus, 11)):
        found = survey_documents(documents, counts, permutations=0)
        assert np.allclose(found.covariance, np.cov(added.T, bias=True))
        # All documents are kept here: what they add up to is known from them as well.
        assert np.allclose(found.covariance_of(evidence), np.cov(added.T, bias=True))


@pytest.mark.parametrize("kind", ["categorical", "multilabel"])
def test_dealt_labels_take_their_documents_words_along(kind):
    corpus = corpus_of(kind)
    counts = count_words(corpus)
    found = survey_documents(corpus, counts, permutations=4, seed=3)
    [chunk] = encode_documents(corpus, counts)
    dealt = ChanceLabels.of(counts, 4, 3).deal(len(corpus))
    for words, sets in zip(found.dealt, dealt, strict=True):
        labels = counts.label_sets[sets]
        again = labels if kind == "multilabel" else labels.argmax(axis=1)
        shuffled = Corpus(corpus.tokens, corpus.offsets, again, VOCABULARY, corpus.class_names, kind)
        assert count_words(shuffled).words.tolist() == words.tolist()
        assert count_words(shuffled).documents.tolist() == counts.documents.tolist()
    assert chunk.sets.tolist() not in dealt.tolist()


@pytest.mark.parametrize("kind", ["categorical", "multilabel"])
@pytest.mark.parametrize("kept", [20, 2000])
def test_surveys_of_parts_add_up(kind, kept, monkeypatch):
    monkeypatch.setattr(survey, "_KEPT", kept)
    corpus = corpus_of(kind)
    counts = count_words(corpus)
    parts = [np.arange(0, 100), np.arange(100, 101), np.arange(101, 300)]
    labels = ChanceLabels.of(counts, 5, seed=0).divide([len(part) for part in parts])
    surveys = [survey_part(corpus.select(part), counts, dealt) for part, dealt in zip(parts, labels, strict=True)]
    there, back = surveys[0] + surveys[1] + surveys[2], surveys[2] + (surveys[1] + surveys[0])
    whole = survey_documents(corpus, counts, permutations=0)
    assert np.allclose(there.covariance, whole.covariance)
    assert there.dealt.tolist() == back.dealt.tolist()
    if kind == "categorical":
        assert there.dealt.sum(axis=(1, 2)).tolist() == [len(corpus.tokens)] * 5
    assert (there.keys.tolist(), there.tokens.tolist()) == (back.keys.tolist(), back.tokens.tolist())
    assert len(there.keys) == min(kept, 300)
    assert there.keys.tolist() == sorted(np.concatenate([part.keys for part in surveys]).tolist())[:kept]


def test_the_documents_kept_are_a_fair_sample(monkeypatch):
    monkeypatch.setattr(survey, "_KEPT", 50)
    corpus = Corpus.from_tokens([[n % 12] for n in range(1200)], [n % 2 for n in range(1200)], VOCABULARY, ("a", "b"))
    counts = count_words(corpus)
    seen, batches = np.zeros(12), batches_of(corpus, 100)
    for seed in range(60):
        found = survey_documents(batches, counts, permutations=0, seed=seed)
        seen += np.bincount(found.tokens, minlength=12)
    # 3,000 draws over twelve words; the 99.9 % quantile of chi-square with 11 degrees of freedom.
    assert np.square(seen - 250).sum() / 250 < 31.26


def test_the_same_seed_gives_the_same_survey():
    corpus = categorical(3).sample(200, seed=0)
    counts = count_words(corpus)
    one, two = (survey_documents(corpus, counts, permutations=3, seed=7) for _ in range(2))
    other = survey_documents(corpus, counts, permutations=3, seed=8)
    assert (one.dealt == two.dealt).all()
    assert one.keys.tolist() == two.keys.tolist()
    assert (one.dealt != other.dealt).any()


def test_documents_that_were_not_counted_are_refused():
    corpus = corpus_of("categorical")
    counts = count_words(corpus)
    with pytest.raises(DataError, match="299 documents, and 300 were counted"):
        survey_documents(corpus.select(np.arange(299)), counts)
    more = corpus.select(np.append(np.arange(300), 0))
    with pytest.raises(DataError, match="more documents than were counted"):
        survey_documents(more, counts)
    with pytest.raises(DataError, match="the label 'z' was not counted"):
        survey_documents([Batch(pl.Series([["word0"]]), pl.Series(["z"]))], counts)
    with pytest.raises(DataError, match="'elsewhere' is not in the vocabulary"):
        survey_documents([Batch(pl.Series([["elsewhere"]]), pl.Series(["a"]))], counts)
    with pytest.raises(DataError, match="not the words or the classes that were counted"):
        survey_documents(categorical(3).sample(300, seed=0), counts)
    several = count_words(
        Corpus.from_tokens([[0], [1]], [[True, False], [True, True]], VOCABULARY, ("a", "b"), kind="multilabel")
    )
    batch = Batch(pl.Series([["word0"]]), pl.Series([["b"]]))
    with pytest.raises(DataError, match="no document was counted with the labels 'b'"):
        survey_documents([batch], several)


def test_a_sample_of_the_documents_finds_no_more_above_chance_than_all_of_them(monkeypatch):
    # Lengths with a heavy tail: a few documents hold most of the variance, and a sample has them or has not.
    monkeypatch.setattr(survey, "_KEPT", 20)
    found = 0
    for seed in range(40):
        random = np.random.default_rng(seed)
        lengths = np.ceil(random.lognormal(1.0, 1.6, 400)).astype(int)
        ids = [random.integers(0, 60, length) for length in lengths]
        words = Vocabulary(tuple(f"word{n}" for n in range(60)))
        corpus = Corpus.from_tokens(ids, random.integers(0, 3, 400), words, ("a", "b", "c"))
        prediction = predict_dimension(corpus, permutations=19, seed=seed)
        found += prediction.documents.above_chance > 0
    # One in twenty is to be expected. Held against the variance of all documents, eleven of the forty were found.
    assert found <= 6
