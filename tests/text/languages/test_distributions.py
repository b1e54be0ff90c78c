"""What is drawn has exactly the distribution that it should have: chi-square against the enumeration of all phrases."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from functools import cache

import numpy as np
import pytest

from slowfold.text.languages import (
    categorical,
    correlated,
    edge_only,
    interpolated,
    lattice,
    multilabel,
    ordered,
    sentiment_plane,
    toy,
)
from text.languages.oracle import CASES, phrase_probabilities

# Few enough words that every phrase can be written down, and enough that context words can be out of reach.
SHORT = {
    "categorical 2": 4, "categorical 3": 4, "graded": 3, "negative": 3, "graded and negative": 3, "two-class words": 4,
    "one- and two-class words": 3, "contextual": 5, "ordered 2": 5, "ordered 3": 5, "ordered 5, five words": 4,
    "ordered 5, narrow": 6, "ordered 3 in thirds": 5, "ordered in context": 5, "sentiment plane": 4,
    "sentiment plane in halves": 4, "multilabel 2": 4, "interpolated 3": 6, "interpolated 3, no order": 6,
    "interpolated 3, all order": 6, "interpolated 5": 5, "correlated 3": 4, "correlated 4, ring": 4, "merged": 5,
    "edge only": 7, "edge only, overlap 1": 6, "toy": 3, "toy of two classes": 3,
}  # fmt: skip
MODES = [(name, scores) for name in SHORT for scores in CASES[name].build(SHORT[name]).scores]


@cache
def every_phrase(name, scores):
    return phrase_probabilities(CASES[name], CASES[name].build(SHORT[name]).words, SHORT[name], scores)


def passed_once_in_ten_thousand(degrees):
    # Wilson and Hilferty's approximation to the 99.99 % point of chi-square.
    return degrees * (1 - 2 / (9 * degrees) + 3.72 * math.sqrt(2 / (9 * degrees))) ** 3


def assert_drawn_from(observed, probabilities):
    """The chi-square of counts against probabilities; cells that are seldom met are counted together."""
    assert set(observed) <= set(probabilities)
    total = sum(observed.values())
    pairs = [(observed.get(cell, 0), total * p) for cell, p in probabilities.items()]
    rare = [pair for pair in pairs if pair[1] < 5]
    cells = [pair for pair in pairs if pair[1] >= 5]
    if rare:
        cells.append((sum(o for o, _ in rare), sum(e for _, e in rare)))
    if len(cells) > 1:
        statistic = sum((o - e) ** 2 / e for o, e in cells)
        assert statistic < passed_once_in_ten_thousand(len(cells) - 1)


def label_of(label):
    return tuple(label.tolist()) if isinstance(label, np.ndarray) else int(label)


@pytest.mark.parametrize(("name", "scores"), MODES)
def test_every_phrase_is_as_probable_as_it_should_be(name, scores):
    language = CASES[name].build(SHORT[name])
    exact = every_phrase(name, scores)
    corpus = language.sample(24_000, seed=11, scores=scores, shares="natural")
    observed = Counter(map(tuple, np.array(language.words)[corpus.tokens.reshape(24_000, -1)].tolist()))
    assert_drawn_from(observed, {phrase: p for phrase, (p, _) in exact.items()})
    assert_drawn_from(Counter(map(label_of, corpus.labels)), total_by_label(exact))


@pytest.mark.parametrize(("name", "scores"), MODES)
def test_so_is_every_phrase_of_a_label_when_labels_are_balanced(name, scores):
    language = CASES[name].build(SHORT[name])
    exact = every_phrase(name, scores)
    corpus = language.sample(24_000, seed=12, scores=scores)
    phrases = list(map(tuple, np.array(language.words)[corpus.tokens.reshape(24_000, -1)].tolist()))
    for label, share in total_by_label(exact).items():
        observed = Counter(p for p, own in zip(phrases, corpus.labels, strict=True) if label_of(own) == label)
        assert_drawn_from(observed, {phrase: p / share for phrase, (p, own) in exact.items() if own == label})


def total_by_label(exact):
    totals = {}
    for p, label in exact.values():
        totals[label] = totals.get(label, 0) + p
    return totals


def test_a_barred_negation_of_the_toy_language_becomes_a_plain_word():
    # Not `very`, which keeps its twelfth: the ten plain words share what `not` cannot have.
    language = toy()
    tokens = language.sample(20_000, seed=9, shares="natural").tokens.reshape(20_000, 50)
    for distance in (1, 4):
        after = tokens[:, distance:][tokens[:, :-distance] == language.words.index("not")]
        shares = {word: 11 / 120 for word in language.words if word not in {"not", "very"}} | {"very": 10 / 120}
        assert_drawn_from(Counter(language.words[word] for word in after.tolist()), shares)


# --- long phrases: scores ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [49, 50])
@pytest.mark.parametrize(("words", "most"), [(3, 1), (5, 2)])
def test_scores_in_an_order_are_uniform(length, words, most):
    language = ordered(3, length, words=words)
    corpus = language.sample(50_000, seed=1, shares="natural")
    scores = range(-most * length, most * length + 1)
    assert_drawn_from(
        Counter(language.score(corpus)[:, 0].astype(int).tolist()), dict.fromkeys(scores, 1 / len(scores))
    )


@pytest.mark.parametrize("classes", [3, 20])
def test_the_largest_score_of_a_class_is_as_large_as_it_should_be(classes):
    # Of all word counts with one largest class, how many have a largest of m? The others lie below m, and neutral words
    # fill up: one number for each way to choose counts from 0 to m - 1 with a sum of at most 50 - m.
    language = categorical(classes, 50)
    ways = {}
    for m in range(1, 51):
        sums = [1]
        for _ in range(classes - 1):
            sums = [sum(sums[max(s - m + 1, 0) : s + 1]) for s in range(min(len(sums) + m - 1, 51))]
        ways[m] = sum(sums[: 50 - m + 1])
    corpus = language.sample(50_000, seed=2)
    observed = Counter(language.score(corpus).max(axis=1).astype(int).tolist())
    assert_drawn_from(observed, {m: n / sum(ways.values()) for m, n in ways.items() if n})


def test_several_scores_are_uniform_over_all_that_phrases_can_have():
    language = multilabel(2, 50)
    cells = [(a, b) for a in range(1, 50) for b in range(1, 51 - a)]
    corpus = language.sample(60_000, seed=3)
    observed = Counter(map(tuple, np.abs(language.score(corpus)).astype(int).tolist()))
    assert_drawn_from(observed, dict.fromkeys(cells, 1 / len(cells)))


def test_edges_are_uniform():
    language = edge_only(length=48)
    edges = {(a, 0, 48 - a) for a in range(49)} | {(0, b, 48 - b) for b in range(49)}
    decided = {edge for edge in edges if sorted(edge)[1] < max(edge)}
    corpus = language.sample(30_000, seed=4, shares="natural")
    observed = Counter(map(tuple, language.score(corpus).astype(int).tolist()))
    assert_drawn_from(observed, dict.fromkeys(decided, 1 / len(decided)))


def test_scores_in_the_plane_are_uniform_over_those_that_can_be_reached():
    language = sentiment_plane(length=12)
    reached = {(0, 0)}
    for _ in range(12):
        reached |= {(s + ds, n + dn) for s, n in reached for ds, dn in ((2, -1), (2, 1), (0, 2), (-2, 1), (-2, -1))}
    scores = np.array(sorted(reached), dtype=float)
    decided = scores[~language.undecided(scores)]
    corpus = language.sample(24_000, seed=5, shares="natural")
    observed = Counter(map(tuple, language.score(corpus).tolist()))
    assert_drawn_from(observed, dict.fromkeys(map(tuple, decided.tolist()), 1 / len(decided)))


@pytest.mark.parametrize("scores", ["uniform", "random"])
@pytest.mark.parametrize(
    "build", [lambda: interpolated(5, 20), lambda: correlated(4, 20)], ids=["interpolated", "correlated"]
)
def test_lists_that_are_too_long_are_not_needed(monkeypatch, build, scores):
    listed = build().sample(20_000, seed=6, scores=scores)
    monkeypatch.setattr(lattice, "_MOST_LISTED", 0)
    sifted = build().sample(20_000, seed=7, scores=scores)
    for label in range(len(listed.class_names)):
        of_list, of_sieve = (
            Counter((c.tokens.reshape(len(c), -1)[c.labels == label] == 0).sum(axis=1).tolist())
            for c in (listed, sifted)
        )
        # Two samples of the same size and one distribution: (a - b)^2 / (a + b) is chi-square, cell by cell.
        cells = [(of_list[c], of_sieve[c]) for c in of_list.keys() | of_sieve.keys() if of_list[c] + of_sieve[c] >= 10]
        statistic = sum((a - b) ** 2 / (a + b) for a, b in cells)
        assert statistic < passed_once_in_ten_thousand(len(cells))


# --- several lengths --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["categorical 3", "ordered 3", "ordered in context", "interpolated 3", "edge only", "toy"]
)
def test_lengths_are_alike_and_within_a_label_those_of_its_phrases(name):
    case, longest = CASES[name], 4 if name == "toy" else 5
    language = case.build(longest).with_lengths(shortest=3)
    exact = {}
    for length in range(3, longest + 1):
        # Where labels meet is told by the longest phrases, whatever the length of this one.
        phrases = phrase_probabilities(Fixed(case, longest), language.words, length, language.scores[0])
        for phrase, (p, label) in phrases.items():
            exact[phrase] = (p / (longest - 2), label)
    for shares in ("natural", "balanced"):
        corpus = language.sample(15_000, seed=8, shares=shares)
        words = np.array(language.words)[corpus.tokens].tolist()
        phrases = [tuple(words[begin:end]) for begin, end in itertools.pairwise(corpus.offsets.tolist())]
        if shares == "natural":
            assert_drawn_from(Counter(phrases), {phrase: p for phrase, (p, _) in exact.items()})
        for label, share in total_by_label(exact).items():
            observed = Counter(p for p, own in zip(phrases, corpus.labels, strict=True) if own == label)
            assert_drawn_from(observed, {phrase: p / share for phrase, (p, own) in exact.items() if own == label})


class Fixed:
    """A case whose labels are those of a language of this length."""

    def __init__(self, case, longest):
        self.__dict__.update(vars(case))
        self.score = case.score
        self.decide = lambda score, length: case.decide(score, longest)
