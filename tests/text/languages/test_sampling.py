"""Shares, lengths, noise, seeds, and options that are refused in one line."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slowfold.errors import OptionError
from slowfold.text.languages import (
    EXTREMELY,
    LANGUAGES,
    NOISE_WORD,
    NOT,
    ContextWord,
    categorical,
    correlated,
    edge_only,
    interpolated,
    lattice,
    merged,
    multilabel,
    ordered,
    sentiment_plane,
    toy,
)
from text.languages.oracle import CASES


def numbers_of_labels(corpus):
    if corpus.kind == "multilabel":
        return corpus.labels @ (1 << np.arange(corpus.labels.shape[1])[::-1])
    return corpus.labels


@settings(max_examples=60)
@given(st.sampled_from(sorted(CASES)), st.integers(0, 60), st.integers(9, 33), st.integers(0, 2**32))
def test_balanced_means_the_same_number_of_each_label(name, more, length, seed):
    language = CASES[name].build(length)
    labels = len(language.class_names) if language.kind != "multilabel" else 2 ** len(language.class_names)
    for scores in language.scores:
        counts = np.bincount(numbers_of_labels(language.sample(labels + more, seed, scores=scores)), minlength=labels)
        assert counts.tolist() == [(labels + more) // labels + (k < more % labels) for k in range(labels)]


@pytest.mark.parametrize("name", CASES)
def test_any_language_can_be_drawn_with_any_shares(name):
    language = CASES[name].build(21)
    labels = len(language.class_names) if language.kind != "multilabel" else 2 ** len(language.class_names)
    shares = np.arange(labels) / np.arange(labels).sum()
    for scores in language.scores:
        corpus = language.sample(2000, seed=1, scores=scores, shares=shares.tolist())
        counts = np.bincount(numbers_of_labels(corpus), minlength=labels)
        assert np.abs(counts - 2000 * shares).max() < 1
        assert counts[0] == 0


def test_rare_labels_cost_nothing_in_a_long_phrase():
    # One in ten thousand million phrases of 400 words has such a label by chance.
    corpus = ordered(5, 400).sample(500, scores="random")
    assert np.bincount(corpus.labels).tolist() == [100] * 5


@given(st.integers(1, 9), st.integers(0, 8), st.integers(0, 5), st.integers(0, 2**32))
def test_noise_stands_around_phrases_of_every_length(shortest, more, noise, seed):
    language = categorical(2, shortest + more).with_lengths(shortest)
    if noise:
        language = language.with_noise(noise)
    assert (language.shortest, language.length) == (shortest + 2 * noise, shortest + more + 2 * noise)
    corpus = language.sample(50, seed)
    for i in range(50):
        words = corpus.words(i)
        assert shortest + 2 * noise <= len(words) <= shortest + more + 2 * noise
        inner = words[noise : len(words) - noise]
        assert words == [NOISE_WORD] * noise + inner + [NOISE_WORD] * noise
        assert NOISE_WORD not in inner
    assert np.array_equal(language.labels(corpus), corpus.labels)


def test_noise_is_no_evidence_and_moves_no_border():
    plain, noisy = ordered(5, 30), ordered(5, 30).with_noise(10)
    assert noisy.evidence.tolist() == [*plain.evidence.tolist(), [0.0]]
    assert np.array_equal(plain.sample(99).labels, noisy.sample(99).labels)
    scores = np.arange(-30.0, 31.0)[:, None]
    assert np.array_equal(plain.label(scores), noisy.label(scores))


def test_words_are_shuffled_within_phrases_and_labels_among_phrases():
    for language in (categorical(3, 51), multilabel(2, 51), ordered(3, 51), interpolated(3, 51)):
        corpus = language.sample(3000, seed=2)
        words = corpus.tokens.reshape(3000, 51)
        # Every place holds every word alike: shares differ from the mean by at most 5 standard errors of 3,000 draws.
        for word in range(len(language.words)):
            shares = (words == word).mean(axis=0)
            mean = shares.mean()
            assert np.abs(shares - mean).max() < 5 * np.sqrt(mean * (1 - mean) / 3000)
        labels = numbers_of_labels(corpus)
        share = 1 / (labels.max() + 1)
        assert np.abs(np.bincount(labels[:1500]) - 1500 * share).max() < 5 * np.sqrt(1500 * share * (1 - share))


@pytest.mark.parametrize("name", CASES)
def test_the_same_seed_gives_the_same_phrases_and_the_global_state_is_left_alone(name):
    before = np.random.get_state()[1].copy()  # noqa: NPY002 - the global state is what is looked at
    language = CASES[name].build(15)
    for scores in language.scores:
        first, again, other = (language.sample(80, seed, scores=scores) for seed in (0, 0, 1))
        assert first.tokens.tobytes() == again.tokens.tobytes()
        assert first.labels.tobytes() == again.labels.tobytes()
        assert first.tokens.tobytes() != other.tokens.tobytes()
    assert np.array_equal(before, np.random.get_state()[1])  # noqa: NPY002


REFUSED = {
    "classes": [
        lambda: categorical(1), lambda: categorical(21), lambda: ordered(1), lambda: ordered(12, 5),
        lambda: multilabel(1), lambda: multilabel(5), lambda: interpolated(4), lambda: correlated(1),
        lambda: merged(2), lambda: edge_only(4), lambda: sentiment_plane(3), lambda: toy(4),
    ],
    "length": [
        *(lambda name=name: LANGUAGES[name](length=0) for name in LANGUAGES),
        lambda: multilabel(3, 2),
        lambda: categorical(3, 1, families=("pair",)).sample(3),
        lambda: categorical(3, 1, families=("bad",)).sample(3),
        lambda: multilabel(2, 2).with_lengths(1).sample(4),
        lambda: sentiment_plane(length=2000).sample(5),
        lambda: categorical(2, 400, families=("kinda", "very", "bad", "awful")).sample(2),
    ],
    "families": [
        lambda: categorical(families=()), lambda: categorical(families=("kinda", "kinda")),
        lambda: categorical(families=("kindly",)), lambda: categorical(2, families=("pair",)),
    ],
    "context": [
        lambda: categorical(context=(NOT, NOT)), lambda: ordered(context=(ContextWord("the", -1, 3),)),
        lambda: ordered(context=(ContextWord("not", -1, 0),)), lambda: ordered(context=(ContextWord("not", 1, 3),)),
    ],
    "words": [
        lambda: ordered(words=4), lambda: toy().with_noise(0), lambda: toy().with_noise(2).with_noise(2),
    ],
    "borders": [
        lambda: ordered(3, borders=(0.1,)), lambda: ordered(3, borders=(0.1, 0.1)),
        lambda: ordered(3, borders=(0.1, float("nan"))),
    ],
    "good": [
        lambda: sentiment_plane(good=(0.3, 1)), lambda: sentiment_plane(good=(1, -1)),
        lambda: sentiment_plane(good=(1, float("nan"))),
    ],
    "order": [
        *(lambda order=order: interpolated(order=order) for order in (-0.1, 1.1, float("nan"))),
    ],
    "pairs": [
        lambda: correlated(pairs={(0, 0): 0.5}), lambda: correlated(pairs={(0, 3): 0.5}),
        lambda: correlated(pairs={(0, 1): 1.0}), lambda: correlated(pairs={(0, 1): 0.2, (1, 0): 0.2}),
        lambda: correlated(pairs={(0, 1): float("nan")}),
        lambda: correlated(4, pairs={(0, 1): 0.5, (1, 2): 0.5, (2, 3): 0.5, (3, 0): 0.5}),
        lambda: correlated(4, pairs={(0, 1): 1 / 9973, (1, 2): 1 / 9967, (2, 3): 1 / 9949, (3, 0): 1 / 9941}),
    ],
    "most": [lambda: merged(most=0)],
    "overlap": [lambda: edge_only(overlap=-1)],
    "shortest": [
        lambda: toy().with_lengths(0), lambda: toy().with_lengths(51), lambda: toy().with_noise(2).with_lengths(4),
    ],
    "documents": [
        lambda: categorical().sample(0, shares="natural"), lambda: categorical(3).sample(2),
        lambda: multilabel(2).sample(3), lambda: toy().sample(-1, shares=(0.5, 0.5, 0)),
    ],
    "scores": [
        lambda: toy().sample(9, scores="uniform"), lambda: ordered().sample(9, scores="unifrom"),
        lambda: categorical(context=(EXTREMELY,)).sample(9, scores="uniform"),
        lambda: categorical(families=("pair",)).sample(9, scores="uniform"),
    ],
    "shares": [
        lambda: toy().sample(9, shares="balancd"), lambda: toy().sample(9, shares=(0.5, 0.5)),
        lambda: toy().sample(9, shares=(0.5, 0.4, 0)), lambda: toy().sample(9, shares=(1.5, -0.5, 0)),
        lambda: toy().sample(9, shares=(float("nan"),) * 3), lambda: toy().sample(9, shares=()),
    ],
    "seed": [lambda: toy().sample(9, seed=-1)],
}  # fmt: skip


@pytest.mark.parametrize(("option", "ask"), [(option, ask) for option, all_of in REFUSED.items() for ask in all_of])
def test_bad_options_are_refused_in_one_line_that_names_them(option, ask):
    with pytest.raises(OptionError) as refused:
        ask()
    assert refused.value.where == option
    assert refused.value.cure
    assert "\n" not in str(refused.value)


def test_a_label_that_is_too_rare_to_be_found_is_refused(monkeypatch):
    monkeypatch.setattr(lattice, "_MOST_LISTED", 0)
    monkeypatch.setattr(lattice, "_MOST_DRAWN", 40_000)
    with pytest.raises(OptionError, match="label number 0"):
        merged(3, 50).sample(600, scores="random")
