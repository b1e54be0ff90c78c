"""The corpus: what it refuses, and that selecting, splitting, joining and shuffling keep what they should."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slowfold.errors import DataError, OptionError
from slowfold.text.corpus import Corpus
from slowfold.text.vocabulary import Vocabulary

VOCABULARY = Vocabulary(("the", "good", "bad", "very"))
CLASSES = ("a", "b", "c")

documents = st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=9), min_size=1, max_size=12)
seeds = st.integers(0, 2**32)


def corpus_of(ids, labels=None, **options):
    labels = np.arange(len(ids)) % 3 if labels is None else labels
    return Corpus.from_tokens(ids, labels, VOCABULARY, CLASSES, **options)


def documents_of(corpus):
    return [corpus.document(i).tolist() for i in range(len(corpus))]


@given(documents)
def test_a_corpus_gives_back_its_documents(ids):
    corpus = corpus_of(ids)
    assert documents_of(corpus) == ids
    assert corpus.lengths.tolist() == [len(document) for document in ids]
    assert corpus.words(0) == [VOCABULARY.word(token) for token in ids[0]]
    assert corpus.mean_length == pytest.approx(np.mean([len(document) for document in ids]))
    assert corpus.token_frequencies().sum() == pytest.approx(1)
    assert (corpus.tokens.dtype, corpus.offsets.dtype, corpus.labels.dtype) == (np.int32, np.int64, np.int64)


def test_nothing_in_a_corpus_can_be_changed_not_even_through_the_arrays_it_was_given():
    tokens, offsets, labels = np.array([1, 0, 2], np.int32), np.array([0, 2, 3]), np.array([0, 1])
    corpus = Corpus(tokens, offsets, labels, VOCABULARY, CLASSES)
    tokens[:], offsets[:], labels[:] = 3, 0, 2
    assert documents_of(corpus) == [[1, 0], [2]]
    assert corpus.labels.tolist() == [0, 1]
    for array in (corpus.tokens, corpus.offsets, corpus.labels, corpus.lengths, corpus.document(0)):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"offsets": [0, 0, 3]}, "document 0: the document has no words"),
        ({"offsets": [0, 4, 3]}, "document 1: the offsets fall"),
        ({"offsets": [0, 2, 4]}, "from 0 to 4, but there are 3 tokens"),
        ({"offsets": [1, 2, 3]}, "from 1 to 3"),
        ({"offsets": [0], "tokens": [], "labels": []}, "without documents"),
        ({"tokens": [0, 1, 4]}, "document 1: no word has the token id 4"),
        ({"tokens": [-1, 1, 0]}, "document 0: no word has the token id -1"),
        ({"labels": [0, 3]}, "document 1: no class has the label 3"),
        ({"labels": [-1, 0]}, "document 0: no class has the label -1"),
        ({"labels": [0, 1, 2]}, r"labels of shape \(3,\) for 2 documents"),
        ({"class_names": ("a", "a")}, "not distinct"),
        ({"class_names": ()}, "not distinct"),
    ],
)
def test_parts_that_do_not_fit_are_refused_by_document(change, message):
    parts = {"tokens": [0, 1, 2], "offsets": [0, 2, 3], "labels": [0, 1], "class_names": CLASSES, **change}
    types = {"tokens": np.int32, "offsets": np.int64, "labels": np.int64}
    arrays = {name: np.array(parts[name], dtype) for name, dtype in types.items()}
    with pytest.raises(DataError, match=message):
        Corpus(**arrays, vocabulary=VOCABULARY, class_names=parts["class_names"])


def test_from_tokens_refuses_ids_that_would_wrap_around_and_labels_that_are_no_whole_numbers():
    with pytest.raises(DataError, match="tokens hold a number that int32 cannot"):
        corpus_of([[2**32]])
    with pytest.raises(DataError, match="labels of type float64; give whole numbers"):
        corpus_of([[0]], np.array([0.5]))


def test_several_labels_a_document_are_held_as_truth_values():
    labels = np.array([[True, False, True], [False, False, False]])
    corpus = corpus_of([[0, 1], [2]], labels, kind="multilabel")
    assert corpus.select(np.array([1, 0])).labels.tolist() == labels[::-1].tolist()
    with pytest.raises(DataError, match="True or False"):
        corpus_of([[0, 1], [2]], np.array([0, 1]), kind="multilabel")
    with pytest.raises(DataError, match="2 documents and 3 labels"):
        corpus_of([[0, 1], [2]], labels[:, :2], kind="multilabel")


@pytest.mark.parametrize("part", ["tokens", "offsets", "labels"])
def test_checks_look_at_every_part_of_a_long_corpus(part, monkeypatch):
    monkeypatch.setattr("slowfold.text.corpus._AT_ONCE", 3)
    arrays = {
        "tokens": np.zeros(20, np.int32),
        "offsets": np.arange(0, 22, 2),
        "labels": np.zeros(10, np.int64),
    }
    corpus = Corpus(**arrays, vocabulary=VOCABULARY, class_names=CLASSES)
    assert corpus.token_counts().tolist() == [20, 0, 0, 0]
    for at in range(1, 9):
        wrong = arrays[part].copy()
        wrong[at] = {"tokens": 4, "offsets": wrong[at - 1], "labels": 3}[part]
        document = {"tokens": at // 2, "offsets": at - 1, "labels": at}[part]
        with pytest.raises(DataError, match=f"document {document}: "):
            Corpus(**{**arrays, part: wrong}, vocabulary=VOCABULARY, class_names=CLASSES)


@given(documents, st.data())
def test_select_takes_documents_in_the_order_asked(ids, data):
    index = data.draw(st.lists(st.integers(0, len(ids) - 1), min_size=1, max_size=20))
    corpus = corpus_of(ids)
    chosen = corpus.select(np.array(index))
    assert documents_of(chosen) == [ids[i] for i in index]
    assert chosen.labels.tolist() == [corpus.labels[i] for i in index]


@pytest.mark.parametrize("index", [[2], [-1], [], [0.5], [[0]]])
def test_positions_that_are_none_are_refused(index):
    with pytest.raises(DataError, match="document"):
        corpus_of([[0], [1]]).select(np.array(index))


@pytest.mark.parametrize("i", [-1, 2])
def test_a_document_that_is_not_there_is_refused(i):
    with pytest.raises(DataError, match=f"no document {i}; documents go from 0 to 1"):
        corpus_of([[0], [1]]).document(i)


@given(documents, st.integers(1, 10))
def test_cut_keeps_the_beginning(ids, length):
    assert documents_of(corpus_of(ids).cut(length)) == [document[:length] for document in ids]


@given(documents)
def test_reversed_words_are_read_from_the_end(ids):
    corpus = corpus_of(ids)
    assert documents_of(corpus.reversed_words()) == [document[::-1] for document in ids]
    assert documents_of(corpus.reversed_words().reversed_words()) == ids


@given(documents)
def test_words_are_counted(ids):
    flat = [token for document in ids for token in document]
    assert corpus_of(ids).token_counts().tolist() == [flat.count(token) for token in range(4)]


@given(documents, seeds)
def test_shuffled_words_stay_in_their_document(ids, seed):
    shuffled = corpus_of(ids).shuffled_words(seed)
    assert [sorted(document) for document in documents_of(shuffled)] == [sorted(document) for document in ids]


def test_every_order_of_the_words_is_as_probable():
    shuffled = corpus_of([[0, 1, 2]] * 6000).shuffled_words(seed=1)
    _, counts = np.unique(shuffled.tokens.reshape(-1, 3), axis=0, return_counts=True)
    assert len(counts) == 6
    # Chi-square with 5 degrees of freedom: 20.5 is passed once in a thousand seeds.
    assert ((counts - 1000) ** 2 / 1000).sum() < 20.5


def test_splits_repeat_with_their_seed_and_change_with_it():
    corpus = corpus_of([[i % 4] * (1 + i % 7) for i in range(300)])
    first, again, other = (corpus.split(0.1, seed=seed)[1] for seed in (0, 0, 1))
    assert documents_of(first) == documents_of(again)
    assert documents_of(first) != documents_of(other)


def test_a_split_names_the_class_that_has_one_document():
    with pytest.raises(DataError, match="document 2: the class 'b' has one document"):
        corpus_of([[0]] * 5, [0, 0, 1, 2, 2]).split()


@pytest.mark.parametrize("kind", ["categorical", "multilabel"])
def test_a_split_and_a_draw_take_whole_documents(kind):
    labels = np.arange(60) % 3
    if kind == "multilabel":
        labels = labels[:, None] >= np.arange(1, 4)
        labels[30:] = labels[30:, ::-1]
    # Each document can be told from the others by its length.
    corpus = corpus_of([[0] * (i + 1) for i in range(60)], labels, kind=kind)
    train, test = corpus.split(0.25, seed=1)
    for part in (train, test, corpus.take(12, seed=1)):
        assert (np.diff(part.lengths) > 0).all()
        assert part.labels.tolist() == corpus.labels[part.lengths - 1].tolist()
    assert sorted([*train.lengths, *test.lengths]) == list(range(1, 61))
    assert len(corpus.take(12)) == 12
    with pytest.raises(OptionError, match="below 1"):
        corpus.take(0)


def test_classes_are_chosen_joined_and_renamed():
    stars = ("1", "2", "3", "4", "5")
    corpus = Corpus.from_tokens([[i % 4] * (i + 1) for i in range(10)], np.arange(10) % 5, VOCABULARY, stars)
    two = corpus.regroup({"good": ["5", "4"], "bad": ["1", "2"]})
    assert two.class_names == ("good", "bad")
    assert two.lengths.tolist() == [1, 2, 4, 5, 6, 7, 9, 10]
    assert two.labels.tolist() == [1, 1, 0, 0, 1, 1, 0, 0]
    # Ordered classes keep their order, whatever order they are named in.
    ordered = Corpus(corpus.tokens, corpus.offsets, corpus.labels, VOCABULARY, stars, "ordered")
    assert ordered.regroup({"good": ["5", "4"], "bad": ["1", "2"]}).class_names == ("bad", "good")
    three = ordered.regroup({name: [name] for name in ("5", "1", "3")})
    assert (three.class_names, three.labels.tolist()) == (("1", "3", "5"), [0, 1, 2, 0, 1, 2])


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ({"a": ["a"]}, "these are not two or more classes"),
        ({"x": ["c"], "y": ["d"]}, "no class is named 'd'; there are 'a', 'b', 'c'"),
        ({"x": ["a", "b"], "y": ["b"]}, r"the class 'b' is asked for twice \('x', 'y'\)"),
        ({"x": ["a"], "y": []}, "the group 'y' has no classes"),
        ({"x": ["a"], "y": "bc"}, "the group 'y' has no classes"),
        ({"x": ["a", "c"], "y": ["b"]}, "the groups 'x' and 'y' interleave"),
        ({"x": ["b"], "y": ["c"]}, "no document belongs to these classes"),
    ],
)
def test_groups_that_are_none_are_refused(groups, message):
    with pytest.raises(DataError, match=message):
        corpus_of([[0], [1]], [0, 0], kind="ordered").regroup(groups)


def test_documents_with_none_of_the_labels_are_kept_at_the_rate_asked():
    labels = np.zeros((4000, 3), np.bool_)
    labels[:1000, 0] = labels[500:1500, 1] = labels[3000:, 2] = True
    corpus = corpus_of([[0]] * 4000, labels, kind="multilabel")
    all_of_them = corpus.regroup({"x": ["a"], "y": ["b"]})
    assert all_of_them.labels.tolist() == labels[:, :2].tolist()
    some = corpus.regroup({"x": ["a"], "y": ["b"]}, neither=0.2, seed=3)
    assert some.labels[:1500].tolist() == labels[:1500, :2].tolist()
    # 2,500 documents at 0.2: four standard deviations are 80.
    assert not some.labels[1500:].any()
    assert 420 <= len(some) - 1500 <= 580
    assert len(corpus.regroup({"x": ["a"], "y": ["b"]}, neither=0.0)) == 1500
    assert corpus.regroup({"x": ["a", "c"]}).labels.sum() == 2000
    for neither in (-0.1, 1.1, float("nan")):
        with pytest.raises(OptionError, match=r"neither: a share of .*; give a share from 0 to 1"):
            corpus.regroup({"x": ["a"]}, neither=neither)


def test_the_representation_is_one_short_line():
    corpus = Corpus.from_tokens([[0]] * 9, range(9), VOCABULARY, [f"c{i}" for i in range(9)], name="mine")
    assert repr(corpus) == (
        "Corpus('mine', categorical, 9 documents, 9 tokens, 4 words, 9 classes: 'c0', 'c1', 'c2', 'c3', 'c4', ...)"
    )
