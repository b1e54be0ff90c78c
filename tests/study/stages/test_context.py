"""The modifiers of a corpus: found, asked for, written down, and absent."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
import xarray as xr

from slowfold.errors import DataError, NetworkError
from slowfold.networks import SYNTHETIC, Classifier, fit
from slowfold.study.records.context import context_arrays, context_summary
from slowfold.study.stages.context import measure_context
from slowfold.text import Corpus, Vocabulary
from slowfold.text.languages import categorical, multilabel, toy


@pytest.fixture(scope="module")
def learned():
    language = toy(classes=2, length=10)
    train = language.sample(4_000, seed=1, shares="natural")
    network = Classifier.build(train, hidden=24, seed=0)
    recipe = replace(SYNTHETIC, steps=400, batch_size=64, learning_rate=3e-2, clip=1.0, l2=3e-4)
    fit(network, train, targets=language.targets(train), recipe=recipe)
    return network, train, language.sample(60, seed=2, shares="natural")


def names(network, ids):
    return [network.vocabulary.words[number] for number in ids.tolist()]


def test_not_and_very_are_found(learned):
    network, train, test = learned
    found = measure_context(network, train, network.read(test), seed=0)
    assert set(names(network, found.shown[:2])) == {"not", "very"}
    assert set(names(network, found.ranked[found.modifiers.stands_out])) == {"not", "very"}
    assert len(found.ranked) == 12
    assert found.states == 24
    verdicts = dict(zip(names(network, found.shown), found.barcodes.overall.verdicts(), strict=True))
    assert verdicts["not"] == "turns round"
    assert verdicts["very"] == "strengthens"
    # Of two classes the second is for good words, and the strongest word of each comes first.
    favoured = dict(zip(names(network, found.probes), found.favours.tolist(), strict=True))
    assert [favoured[word] for word in ("good", "awesome", "bad", "awful")] == [1, 1, 0, 0]
    assert names(network, found.probes)[0] == "awful"


def test_words_that_are_asked_for_come_first(learned):
    network, train, test = learned
    found = measure_context(network, train, network.read(test), seed=0, modifiers=("the", "very", "the"))
    assert names(network, found.shown)[:3] == ["the", "very", "not"]
    assert len(set(found.shown.tolist())) == len(found.shown)


def test_the_same_seed_gives_the_same_and_another_one_other_states(learned):
    network, train, test = learned
    reading = network.read(test)
    one, two, three = (measure_context(network, train, reading, seed=seed) for seed in (0, 0, 1))
    assert torch.equal(one.barcodes.after, two.barcodes.after)
    assert torch.equal(one.modifiers.factor.low, two.modifiers.factor.low)
    assert not torch.equal(one.barcodes.after, three.barcodes.after)


def test_a_word_that_is_unknown_or_never_occurs_is_refused(learned):
    network, train, test = learned
    reading = network.read(test)
    with pytest.raises(DataError, match=r"'nott' is not among the 12 words .* did you mean 'not'"):
        measure_context(network, train, reading, seed=0, modifiers=["nott"])
    without = train.select(np.array([i for i in range(400) if "not" not in train.words(i)]))
    with pytest.raises(DataError, match="the word 'not' never occurs; choose a word that does"):
        measure_context(network, without, reading, seed=0, modifiers=["not"])


def test_documents_of_another_network_are_refused(learned):
    network, _, test = learned
    other = categorical(classes=2, length=5).sample(20, seed=0)
    with pytest.raises(NetworkError):
        measure_context(network, other, network.read(test), seed=0)


@pytest.mark.parametrize("cell", ["lstm", "vanilla"])
@pytest.mark.parametrize("language", [categorical(classes=3, length=6), multilabel(classes=2, length=6)])
def test_every_kind_of_network_is_measured_and_written_down(cell, language):
    corpus = language.sample(40, seed=0)
    network = Classifier.build(corpus, cell=cell, hidden=6, seed=0)
    found = measure_context(network, corpus, network.read(corpus), seed=0)
    assert found is not None
    json.dumps(context_summary(found), allow_nan=False)
    classes = len(network.class_names)
    assert xr.Dataset(context_arrays(found, None)).sizes["class"] == classes


def test_where_no_word_says_anything_there_is_nothing_to_find():
    corpus = categorical(classes=3, length=6).sample(40, seed=0)
    network = Classifier.build(corpus, hidden=6, seed=0)
    with torch.no_grad():
        network.readout.weight[:] = network.readout.weight[0]
    assert measure_context(network, corpus, network.read(corpus), seed=0) is None
    assert context_summary(None) is None
    single = Corpus.from_tokens([[0, 1], [1, 0]], [0, 1], Vocabulary(("yes", "no")), ("a", "b"))
    small = Classifier.build(single, hidden=4, seed=0)
    assert measure_context(small, single, small.read(single), seed=0) is None


def test_what_is_written_is_what_was_measured(learned):
    network, train, test = learned
    found = measure_context(network, train, network.read(test), seed=0)
    summary = context_summary(found)
    assert json.loads(json.dumps(summary, allow_nan=False)) == summary
    assert summary["ranked"] == 12
    assert summary["stand_out"] == 2
    assert len(summary["left"]) == len(summary["shares"]) + 1
    place = names(network, found.shown).index("not")
    assert summary["modifiers"][place]["factor"] == found.barcodes.overall.value[place]
    row = found.ranked.tolist().index(found.shown[place])
    assert summary["modifiers"][place]["passing"] == found.modifiers.passing[row]
    # A run without text keeps its summary: no word of the documents may stand in it.
    assert not set(network.vocabulary.words) & set(json.dumps(summary).split('"'))
    named, numbered = (xr.Dataset(context_arrays(found, words)) for words in (network.vocabulary.words, None))
    assert named["context_barcode"].sel(modifier="not", probe="good").shape == (2,)
    column = names(network, found.probes).index("good")
    written = named["context_factor"].sel(modifier="not", probe="good").item()
    assert written == found.barcodes.factor.value[place, column] < 0
    assert numbered["modifier"].values.tolist() == [f"word {number}" for number in found.shown.tolist()]
    assert all({"long_name", "units"} <= set(array.attrs) for array in named.data_vars.values())
