from __future__ import annotations

from typing import Any

import pytest

from networks.samples import ragged_corpus
from slowfold.errors import NetworkError
from slowfold.networks import Classifier, start_from


def test_all_but_the_readout_is_taken_over() -> None:
    corpus, fewer = ragged_corpus(), ragged_corpus(classes=2)
    learned, network = Classifier.build(corpus, hidden=8, seed=1), Classifier.build(fewer, hidden=8, seed=2)
    own = network.readout.weight.clone()
    start_from(network, learned)
    assert network.readout.weight.equal(own)
    assert network.final_states(fewer).equal(learned.final_states(corpus))
    # A copy: what one learns from now on is not the other's.
    network.initial_state.data += 1
    assert not network.initial_state.equal(learned.initial_state)


@pytest.mark.parametrize(
    ("options", "words", "message"),
    [
        ({"hidden": 9}, 80, "its layers are"),
        ({"hidden": 8, "cell": "lstm"}, 80, "its layers are"),
        ({"hidden": 8, "embedding": 4}, 80, "its embedding are 128, not 4"),
        ({"hidden": 8}, 81, "its 80 words are not the 81 words"),
    ],
)
def test_another_kind_of_network_is_refused(options: dict[str, Any], words: int, message: str) -> None:
    learned = Classifier.build(ragged_corpus(), hidden=8)
    with pytest.raises(NetworkError, match=message):
        start_from(Classifier.build(ragged_corpus(words=words), **options), learned)
