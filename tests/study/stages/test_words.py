"""Which words are shown, and which class each speaks for."""

import pytest
import torch

from slowfold.networks import Classifier
from slowfold.study.stages.words import _telling, measure_words
from slowfold.text import categorical


@pytest.mark.parametrize("whole", [True, False])
def test_the_noise_of_words_for_other_classes_speaks_for_none(whole):
    evidence = torch.zeros(30, 3)
    evidence[:5, 0] = evidence[5:10, 1] = torch.linspace(5, 4, 5)
    evidence[10:20, 2] = 1e-6
    rows, favours = _telling(evidence, whole=whole)
    assert {int(label) for label in favours} == {-1, 0, 1}
    assert sorted(rows[favours >= 0].tolist()) == list(range(10))


@pytest.mark.parametrize("whole", [True, False])
def test_words_of_a_weak_class_are_shown_where_words_are_chosen(whole):
    evidence = torch.zeros(30, 3)
    evidence[:5, 0] = evidence[5:10, 1] = 5.0
    evidence[10:15, 2] = 0.5
    _, favours = _telling(evidence, whole=whole)
    assert (2 in favours.tolist()) is not whole


def test_before_a_network_has_learned_no_word_says_anything():
    train = categorical(classes=3, length=6).sample(60, seed=0)
    network = Classifier.build(train, hidden=4, seed=0)
    with torch.no_grad():
        network.readout.weight.zero_()
    words = measure_words(network, train, torch.zeros(2, 4))
    assert set(words.favours.tolist()) == {-1}
    assert not words.evidence.any()
