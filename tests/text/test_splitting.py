"""Which documents are drawn: the shares of classes and of labels, and that every document has its chance."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slowfold.errors import DataError, OptionError
from slowfold.text.splitting import balanced_draw, stratified_split

seeds = st.integers(0, 2**32)
shares = st.floats(0.01, 0.99)


def check_partition(train, held_out, documents):
    assert sorted([*train, *held_out]) == list(range(documents))
    assert (np.diff(train) > 0).all()
    assert (np.diff(held_out) > 0).all()


@given(st.lists(st.integers(2, 40), min_size=1, max_size=5), shares, seeds)
def test_a_split_is_a_partition_with_the_share_of_every_class(sizes, test, seed):
    labels = np.random.default_rng(0).permutation(np.repeat(np.arange(len(sizes)), sizes))
    names = [str(i) for i in range(len(sizes))]
    train, held_out = stratified_split(labels, names, test=test, seed=seed)
    check_partition(train, held_out, len(labels))
    wanted = [min(max(round(test * size), 1), size - 1) for size in sizes]
    assert np.bincount(labels[held_out], minlength=len(sizes)).tolist() == wanted


@given(st.lists(st.integers(2, 40), min_size=1, max_size=5), shares, seeds)
def test_one_label_a_document_is_split_like_one_class_a_document(sizes, test, seed):
    labels = np.random.default_rng(0).permutation(np.repeat(np.arange(len(sizes)), sizes))
    several = labels[:, None] == np.arange(len(sizes))
    train, held_out = stratified_split(several, [str(i) for i in range(len(sizes))], test=test, seed=seed)
    check_partition(train, held_out, len(labels))
    wanted = [min(max(round(test * size), 1), size - 1) for size in sizes]
    assert several[held_out].sum(axis=0).tolist() == wanted


@given(st.integers(1, 6), st.integers(40, 300), st.floats(0.05, 0.6), st.floats(0.1, 0.5), seeds)
def test_the_shares_of_labels_are_kept_as_nearly_as_can_be(classes, documents, density, test, seed):
    labels = np.random.default_rng(seed).random((documents, classes)) < density
    labels[:4] = labels[4:8] = False
    labels[:2] = True
    train, held_out = stratified_split(labels, [str(i) for i in range(classes)], test=test, seed=seed)
    check_partition(train, held_out, documents)
    for group in (*labels.T, ~labels.any(axis=1)):
        # What one label decides for the documents of another stays within a few documents.
        assert abs(group[held_out].sum() - test * group.sum()) <= 2 + classes / 2
    for label in labels.T:
        assert label[train].any()
        assert label[held_out].any()


def test_rare_combinations_are_divided_like_frequent_ones():
    labels = np.zeros((1000, 3), np.bool_)
    labels[:500, 0] = labels[450:800, 1] = labels[480:500, 2] = True
    _, held_out = stratified_split(labels, "abc", test=0.2, seed=0)
    combinations, counts = np.unique(labels, axis=0, return_counts=True)
    for combination, count in zip(combinations, counts, strict=True):
        assert abs((labels[held_out] == combination).all(axis=1).sum() - 0.2 * count) <= 1


def test_every_document_is_held_out_sometimes():
    labels = np.zeros((12, 2), np.bool_)
    labels[:6, 0] = labels[3:9, 1] = True
    for of in (labels, labels[:, 0].astype(np.int64)):
        held_out = [stratified_split(of, "ab", test=0.3, seed=seed)[1].tolist() for seed in range(100)]
        assert {i for drawn in held_out for i in drawn} == set(range(12))
        assert held_out[0] == stratified_split(of, "ab", test=0.3, seed=0)[1].tolist()
        assert any(drawn != held_out[0] for drawn in held_out)


def test_what_cannot_be_split_is_said():
    labels = np.array([[True, False], [True, True], [True, False]])
    for several, classes in ((labels, "ab"), (labels[:, 1].astype(np.int64), ("yes", "b"))):
        with pytest.raises(DataError, match="document 1: the class 'b' has one document"):
            stratified_split(several, classes, test=0.5, seed=0)
    with pytest.raises(DataError, match="2 documents cannot be divided so that each label is on both sides"):
        stratified_split(np.zeros((2, 2), np.bool_), "ab", test=0.1, seed=0)
    for test in (0.0, 1.0, -0.1, float("nan")):
        with pytest.raises(OptionError, match="between 0 and 1"):
            stratified_split(np.zeros(6, np.int64), "ab", test=test, seed=0)


@given(st.lists(st.integers(0, 2), min_size=1, max_size=40), st.integers(1, 50), seeds)
def test_a_draw_is_as_even_as_the_classes_allow(labels, n, seed):
    labels = np.array(labels)
    drawn = balanced_draw(labels, n, classes=3, seed=seed)
    assert len(drawn) == min(n, len(labels))
    assert (np.diff(drawn) > 0).all()
    have, got = (np.bincount(some, minlength=3) for some in (labels, labels[drawn]))
    assert all(got[c] in (max(got), max(got) - 1) or got[c] == have[c] for c in range(3))


@given(st.lists(st.lists(st.booleans(), min_size=3, max_size=3), min_size=1, max_size=40), st.integers(1, 50), seeds)
def test_a_draw_of_several_labels_leaves_no_label_behind(labels, n, seed):
    labels = np.array(labels)
    drawn = balanced_draw(labels, n, classes=3, seed=seed)
    assert len(drawn) == min(n, len(labels))
    assert (np.diff(drawn) > 0).all()
    groups = np.column_stack([labels, ~labels.any(axis=1)])
    got, have = groups[drawn].sum(axis=0), groups.sum(axis=0)
    # Each document drawn was drawn by the group that had the fewest: no group with documents left is ever far behind.
    for group in range(4):
        if got[group] < have[group]:
            drawn_alone = (groups[drawn].sum(axis=1) == 1) & groups[drawn].any(axis=1)
            for other in range(4):
                assert groups[drawn][drawn_alone][:, other].sum() <= got[group] + 1


def test_every_document_is_drawn_sometimes():
    labels = np.arange(12) % 3
    for of in (labels, labels[:, None] > np.arange(2)):
        assert {i for seed in range(60) for i in balanced_draw(of, 3, classes=3, seed=seed).tolist()} == set(range(12))
    with pytest.raises(OptionError, match="below 1"):
        balanced_draw(labels, 0, classes=3, seed=0)
