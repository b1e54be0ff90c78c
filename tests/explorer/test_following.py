"""What is said of a text, against the network itself."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from slowfold.explorer.following import MOST_WORDS, Follower, find_spans
from slowfold.study import Run
from slowfold.text import Corpus
from slowfold.text.vocabulary import split_words

TEXT = "the kinda_1 kinda_1 kinda_0 the kinda_2"


@pytest.fixture(scope="module")
def follower(explored: Run) -> Follower:
    return Follower(explored)


def read_states(run: Run, text: str) -> torch.Tensor:
    """The initial state and those after each word, by the network's own reading."""
    network = run.network
    ids = [network.vocabulary.id(word) for word in text.split()]
    corpus = Corpus.from_tokens([ids], [0], network.vocabulary, list(network.class_names), kind=network.kind)
    return torch.cat([network.initial_state.detach()[None], network.states(corpus)])


def test_the_path_is_that_of_the_states(explored: Run, follower: Follower) -> None:
    found = follower.follow(TEXT)
    states = read_states(explored, TEXT).numpy()
    analysis = explored.analysis
    expected = (states - analysis["mean"].values) @ analysis["axes"].values[:3].T
    assert found.words == tuple(TEXT.split())
    np.testing.assert_allclose(found.path, expected, atol=1e-4)


def test_evidence_is_that_of_the_readout_less_its_mean(explored: Run, follower: Follower) -> None:
    found = follower.follow(TEXT)
    with torch.no_grad():
        logits = explored.network.evidence(read_states(explored, TEXT))
    np.testing.assert_allclose(found.running, (logits - logits.mean(dim=1, keepdim=True)).numpy(), atol=1e-4)
    np.testing.assert_allclose(found.probabilities, logits[-1].softmax(dim=0).numpy(), atol=1e-5)
    assert found.deciding == tuple(logits.argmax(dim=1).tolist())


def test_the_ledger_adds_up(follower: Follower) -> None:
    found = follower.follow(TEXT)
    exact = found.running[0] + found.added.sum(axis=0) + found.drift.sum(axis=0)
    linear = found.wordless + found.left.sum(axis=0) + found.remainder
    np.testing.assert_allclose(exact, found.running[-1], atol=1e-9)
    np.testing.assert_allclose(linear, found.running[-1], atol=1e-9)


def test_the_first_word_owes_nothing_to_context_and_the_others_do(follower: Follower) -> None:
    found = follower.follow(TEXT)
    np.testing.assert_allclose(found.context[0], 0, atol=1e-9)
    assert np.abs(found.context[1:]).max() > 1e-3


def test_of_several_labels_each_has_a_probability_of_its_own(labelled: Run) -> None:
    found = Follower(labelled).follow("good bad good")
    with torch.no_grad():
        logits = labelled.network.evidence(read_states_of_labels(labelled))
    np.testing.assert_allclose(found.probabilities, logits[-1].sigmoid().numpy(), atol=1e-5)
    np.testing.assert_allclose(found.running, logits.numpy(), atol=1e-5)
    # neither, joy, fear, both
    groups = [int(joy) + 2 * int(fear) for joy, fear in (logits > 0).tolist()]
    assert found.deciding == tuple(groups)


def read_states_of_labels(run: Run) -> torch.Tensor:
    network = run.network
    ids = torch.tensor([[network.vocabulary.id(word) for word in ("good", "bad", "good")]])
    with torch.no_grad():
        return torch.cat([network.initial_state[None], network.unroll(ids)[0]])


@pytest.mark.parametrize("text", ["", "   ", "\u202e\u200d", "hello there"])
def test_a_text_without_known_words_stays_where_texts_begin(follower: Follower, text: str) -> None:
    found = follower.follow(text)
    assert found.words == ()
    assert len(found.path) == 1
    assert found.decision == ""
    assert follower.hold(text, 0, 5).path.shape == (6, 3)


def test_words_that_have_no_place_are_left_out_and_named(follower: Follower) -> None:
    found = follower.follow("the quick kinda_1 <b>")
    assert found.words == ("the", "kinda_1")
    assert found.unread == ("quick", "<", "b", ">")
    assert found.spans == ((0, 3), (10, 17))


def test_unknown_words_are_read_as_one(hostile: Run) -> None:
    found = Follower(hostile).follow("not 🙂 zebra")
    assert found.words == ("not", "🙂", "zebra")
    assert found.known == (True, True, False)
    assert found.unread == ()


def test_a_text_of_many_words_is_read_in_part(follower: Follower) -> None:
    found = follower.follow("the " * (MOST_WORDS + 7))
    assert len(found.words) == MOST_WORDS
    assert found.left_out == 7


def test_half_a_character_is_no_word(hostile: Run) -> None:
    assert Follower(hostile).follow("not \ud83d not").words == ("not", "?", "not")


def test_holding_goes_where_the_held_map_goes(explored: Run, follower: Follower) -> None:
    held = follower.hold(TEXT, 3, 12)
    mean = torch.from_numpy(explored.analysis["mean_input"].values)
    followed = explored.network.hold(input=mean, name="mean").follow(read_states(explored, TEXT)[3:4].double(), 12)
    expected = (followed[:, 0].numpy() - explored.analysis["mean"].values) @ explored.analysis["axes"].values[:3].T
    np.testing.assert_allclose(held.path, expected, atol=1e-4)
    assert len(held.told) == len(held.deciding) == 13
    assert held.told[0].startswith("Before any step: class ")
    assert "After 12 steps of the mean input: class " in held.told[12]
    np.testing.assert_allclose(held.path[0], follower.follow(TEXT).path[3], atol=1e-6)


def test_far_along_it_has_arrived(explored: Run, follower: Follower) -> None:
    stable = explored.analysis["mean_point_unstable"].values == 0
    assert stable.any()
    assert follower.hold(TEXT, 6, 500).told[500].endswith("it has arrived at a stable point.")


def test_a_run_without_words_reads_numbers(wordless: Run) -> None:
    follower = Follower(wordless)
    assert follower.follow("1 0 secret 1").words == ("1", "0", "1")


@given(st.text(alphabet="aA b.🙂é'İß1\n", max_size=30))
def test_words_stand_where_they_are_said_to_stand(text: str) -> None:
    words = split_words(pl.Series([text], dtype=pl.String)).to_list()[0]
    spans = find_spans(text, words)
    if spans is None:
        # A letter that becomes two in lower case moves all that follow.
        assert "İ" in text
        return
    units = text.encode("utf-16-le")
    shown = [units[2 * begin : 2 * end].decode("utf-16-le") for begin, end in spans]
    assert [word.lower() for word in shown] == words
    assert list(spans) == sorted(spans)
