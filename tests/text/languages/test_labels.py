"""Labels and scores of every language against an oracle that reads word by word; where labels meet, none is given."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slowfold.errors import DataError
from slowfold.text import Corpus, Vocabulary
from slowfold.text.languages import LANGUAGES, NOT, categorical, contextual, multilabel, ordered, sentiment_plane, toy
from text.languages.oracle import CASES, Case


def as_oracle_says(label):
    return tuple(label.tolist()) if isinstance(label, np.ndarray) else int(label)


def check_against_oracle(case: Case, corpus: Corpus, length: int) -> None:
    language = case.build(length)
    expected = [case.score(corpus.words(i)) for i in range(len(corpus))]
    assert np.allclose(language.score(corpus), np.array(expected, dtype=float), rtol=0, atol=1e-12)
    assert [as_oracle_says(label) for label in corpus.labels] == [case.decide(score, length) for score in expected]


@pytest.mark.parametrize("length", [50, 25])
@pytest.mark.parametrize("name", CASES)
def test_labels_of_a_thousand_phrases_are_those_of_the_oracle(name, length):
    case = CASES[name]
    language = case.build(length)
    for scores in language.scores:
        corpus = language.sample(500, seed=3, scores=scores)
        assert (corpus.lengths == length).all()
        check_against_oracle(case, corpus, length)


@settings(max_examples=40)
@given(st.sampled_from(sorted(CASES)), st.integers(6, 60), st.integers(0, 40), st.integers(0, 2**32))
def test_phrases_of_any_length_have_the_labels_of_the_oracle(name, length, more, seed):
    case = CASES[name]
    language = case.build(length)
    for scores in language.scores:
        corpus = language.sample(16 + more, seed, scores=scores, shares="natural")
        assert (len(corpus), corpus.lengths.tolist()) == (16 + more, [length] * (16 + more))
        check_against_oracle(case, corpus, length)


@pytest.mark.parametrize("name", CASES)
@settings(max_examples=6)
@given(length=st.integers(1, 30), seed=st.integers(0, 2**32))
def test_foreign_phrases_are_read_alike_and_where_labels_meet_none_is_given(name, length, seed):
    # Phrases that no language draws: modifiers anywhere, ties.
    case = CASES[name]
    language = case.build(20)
    draw = np.random.default_rng(seed)
    ids = draw.integers(len(language.words), size=(8, length))
    if case.backwards:  # a second `not` begins the reach anew here, and multiplies twice there
        ids[ids == language.words.index("not")] = language.words.index("very")
    corpus = Corpus.from_tokens(list(ids), np.zeros(8, int), Vocabulary(language.words), ("any",))
    expected = [case.score(corpus.words(i)) for i in range(8)]
    scores = language.score(corpus)
    assert np.allclose(scores, np.array(expected, dtype=float), rtol=0, atol=1e-12)
    labels = [case.decide(score, 20) for score in expected]
    tied = language.undecided(scores)
    assert tied.tolist() == [label is None for label in labels]
    for i in range(8):
        if tied[i]:
            with pytest.raises(DataError, match="where labels meet"):
                language.labels(corpus.select(np.array([i])))
        else:
            assert as_oracle_says(language.labels(corpus.select(np.array([i])))[0]) == labels[i]
    # The score after every word is the score of the phrase that ends there.
    targets = language.targets(corpus).reshape(8, length, -1)
    assert np.allclose(targets[:, -1], scores, rtol=0, atol=1e-12)
    place = int(draw.integers(length))
    begun = np.array([case.score(corpus.words(i)[: place + 1]) for i in range(8)], dtype=float)
    assert np.allclose(targets[:, place], begun, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", CASES)
def test_a_language_knows_its_evidence_and_its_dimension(name):
    case = CASES[name]
    language = case.build(20)
    silent = (Fraction(0),) * language.evidence.shape[1]
    expected = [case.values.get(word, silent) for word in language.words]
    assert np.allclose(language.evidence, np.array(expected, dtype=float), rtol=0, atol=1e-15)
    assert not language.evidence.flags.writeable
    assert language.dimension == case.dimension
    assert {word.word for word in language.context} == set(case.modifiers)


@pytest.mark.parametrize("name", sorted(LANGUAGES))
def test_every_language_is_built_from_classes_and_length(name):
    language = LANGUAGES[name](length=9)
    classes = len(language.class_names)
    assert (LANGUAGES[name](classes=classes, length=9).class_names, language.name) == (language.class_names, name)
    corpus = language.sample(40)
    assert (corpus.name, corpus.kind, corpus.class_names) == (name, language.kind, language.class_names)
    assert corpus.vocabulary == Vocabulary(language.words)


def phrase(language, text):
    ids = [language.words.index(word) for word in text.split()]
    return Corpus.from_tokens([ids], [0], Vocabulary(language.words), ("any",))


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("not bad_0 the the bad_0", [1 - 1, 0]),
        ("not the the bad_0", [1, 0]),
        ("not not bad_0", [1, 0]),
        ("not the not the the bad_0", [1, 0]),
        ("kinda_0 not", [1, 0]),
    ],
)
def test_negation_reaches_three_words_and_a_second_one_begins_anew(text, score):
    language = categorical(2, families=("kinda", "bad"), context=(NOT,))
    assert language.score(phrase(language, text)).tolist() == [score]


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("very awesome", 4),
        ("not good", -1),
        ("not and a it good", -1),
        ("not and a it for good", 1),
        ("not very good", -2),
        ("very not good", -1),
        ("very very good", 2),
    ],
)
def test_the_toy_language_says_what_its_authors_made_it_say(text, score):
    assert toy().score(phrase(toy(), text)).tolist() == [[score]]


def test_the_words_of_a_corpus_may_stand_in_another_order():
    language = ordered(3)
    corpus = Corpus.from_tokens([[0, 0, 1]], [0], Vocabulary(("good", "bad")), ("any",))
    assert language.score(corpus).tolist() == [[1.0]]


def test_words_of_no_language_are_refused():
    corpus = Corpus.from_tokens([[0]], [0], Vocabulary(("goood",)), ("any",))
    with pytest.raises(DataError, match=r"'goood' is no word of the ordered language; did you mean 'good'\?"):
        ordered(3).score(corpus)


@pytest.mark.parametrize("scores", [np.zeros((2, 4)), np.full((1, 3), 0.5), np.full((1, 3), np.nan)])
def test_scores_of_no_phrase_are_refused(scores):
    with pytest.raises(DataError, match=r"\[document, score\]|that no words have"):
        categorical(3).label(scores)


def test_classes_of_an_order_are_alike_at_its_two_ends():
    for classes in range(2, 12):
        for length in (5, 6, 50):
            if classes > length:
                continue
            language = ordered(classes, length)
            scores = np.arange(-length, length + 1.0)[:, None]
            scores = scores[~language.undecided(scores)]
            sizes = np.bincount(language.label(scores), minlength=classes)
            assert sizes.tolist() == sizes[::-1].tolist()
            assert sizes.max() - sizes.min() <= 1


def test_the_borders_of_the_authors_in_phrases_of_fifty_words():
    # Of 101 scores, 17 fifths and so on; the two-dimensional score has the values that the notebooks print.
    five = ordered(5, 50, words=5, borders=(-0.18, -0.05, 0.05, 0.18))
    assert five.label(np.array([[-10.0], [-8.0], [-3.0], [2.0], [3.0], [8.0], [10.0]])).tolist() == [
        0,
        1,
        1,
        2,
        3,
        3,
        4,
    ]
    assert five.undecided(np.array([[-9.0], [9.0]])).all()
    plane = dict(zip(sentiment_plane().words, sentiment_plane().evidence.tolist(), strict=True))
    assert (plane["awesome"], plane["okay"], plane["bad"]) == ([2, -1], [0, 2], [-2, 1])


def test_labels_of_several_are_a_row_each():
    corpus = multilabel(3).sample(16)
    assert corpus.labels.shape == (16, 3)
    assert np.array_equal(multilabel(3).labels(corpus), corpus.labels)


def test_no_modifier_stands_where_it_may_not():
    for language, word, reach in ((contextual(3), "not", 3), (contextual(3), "extremely", 1), (toy(), "not", 4)):
        tokens = language.sample(2000).tokens.reshape(2000, 50)
        stands = tokens == language.words.index(word)
        assert stands.any()
        for distance in range(1, reach + 1):
            assert not (stands[:, distance:] & stands[:, :-distance]).any()
        assert (stands[:, reach + 1 :] & stands[:, : -reach - 1]).any()
