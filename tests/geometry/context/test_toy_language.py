"""A small network learns the toy language in seconds, and what it made of `not` and `very` is what they mean."""

from dataclasses import replace
from typing import NamedTuple

import pytest
import torch

from slowfold.dynamics import Map, linearize
from slowfold.geometry.context import (
    factors_without,
    find_modifier_subspace,
    find_modifiers,
    knock_out,
    measure_barcodes,
    measure_fading,
    measure_valences,
)
from slowfold.networks import SYNTHETIC, Classifier, fit
from slowfold.text.languages import toy

VALENCES = {"good": 1.0, "bad": -1.0, "awesome": 2.0, "awful": -2.0}
NOISE = ("and", "a", "the", "for", "it", "while")
LENGTH = 12


class Learned(NamedTuple):
    network: Classifier
    readout: torch.Tensor
    visited: torch.Tensor
    settled: torch.Tensor

    def inputs(self, *words):
        return torch.stack([self.network.word_input(word) for word in words])

    @property
    def noise(self):
        return self.inputs(*NOISE).mean(dim=0)


@pytest.fixture(scope="module")
def learned():
    language = toy(classes=2, length=LENGTH)
    train = language.sample(8_000, seed=1, shares="natural")
    network = Classifier.build(train, hidden=32, seed=0)
    recipe = replace(SYNTHETIC, steps=600, batch_size=64, learning_rate=2e-2, clip=1.0, l2=3e-4)
    fit(network, train, targets=language.targets(train), recipe=recipe)
    test = language.sample(40, seed=3, shares="natural")
    visited = network.states(test).unflatten(0, (40, LENGTH))[:, 4]
    settled = visited
    for word in ("a", "the", "it", "for", "and"):
        settled = network.cell.step(settled, network.word_input(word).expand(40, -1)).detach()
    weight = network.readout.weight.detach()
    return Learned(network, weight[1:] - weight[:1], visited, settled)


@pytest.mark.parametrize(("context", "factor"), [("", 1), ("very", 2), ("not", -1), ("not a the it", -1)])
def test_the_half_way_formula_and_the_true_step_give_valences_in_context(learned, context, factor):
    states = learned.settled
    for word in context.split():
        states = learned.network.cell.step(states, learned.inputs(word).expand(40, -1)).detach()
    measured = measure_valences(learned.network.cell, states, learned.inputs(*VALENCES), learned.readout, learned.noise)
    truth = factor * torch.tensor(list(VALENCES.values()), dtype=torch.float64)
    # The networks of benchmarks/context.py come within 0.2; this one learned for seconds.
    assert (measured.step[..., 0].mean(dim=0) - truth).abs().max() < 0.5
    assert (measured.middle[..., 0].mean(dim=0) - truth).abs().max() < 0.5
    assert (measured.middle - measured.exact).abs().max() < (measured.linear - measured.exact).abs().max()


def test_the_two_modifiers_stand_out_from_the_twelve_words(learned):
    words = learned.network.vocabulary.words
    found = find_modifiers(
        learned.network.cell,
        learned.visited,
        learned.inputs(*words),
        learned.inputs(*VALENCES),
        learned.readout,
        held_input=learned.noise,
    )
    assert {words[row] for row in found.stands_out.nonzero().flatten().tolist()} == {"not", "very"}
    assert [words[row] for row in found.order[:2].tolist()] == ["not", "very"]


def test_not_turns_four_words_round_and_very_doubles_one(learned):
    given = {"probes": learned.inputs(*VALENCES), "readout": learned.readout, "held_input": learned.noise}
    modifiers = learned.inputs("not", "very", "the")
    bars = measure_barcodes(learned.network.cell, learned.settled, modifiers, **given)
    assert bars.overall.value.tolist() == pytest.approx([-1, 2, 1], abs=0.2)
    assert bars.overall.verdicts()[:2] == ["turns round", "strengthens"]
    assert bars.likeness[0, 1] < -0.95
    fillers = learned.inputs(*NOISE).expand(40, 6, -1)
    fading = measure_fading(learned.network.cell, learned.settled, modifiers[:2], fillers, **given)
    # Three words may stand between `not` and the last word that it turns round, and none after `very`.
    assert (fading.factor.value[0, :4] < -0.5).all()
    assert (fading.factor.value[0, 4:] > 0.7).all()
    assert fading.factor.value[1, 1:].tolist() == pytest.approx([1] * 6, abs=0.2)
    assert fading.halved.tolist() == [4, 1]


def test_two_axes_hold_all_that_the_modifiers_do(learned):
    cell, modifiers, noise = learned.network.cell, learned.inputs("not", "very"), learned.inputs(*NOISE)
    subspace = find_modifier_subspace(cell, learned.settled, modifiers, noise)
    assert subspace.shares[:2].sum() > 0.95
    left = factors_without(
        subspace,
        cell,
        learned.settled,
        modifiers,
        noise,
        learned.inputs(*VALENCES),
        learned.readout,
        removed=2,
        held_input=learned.noise,
    )
    assert left.value[:, 2].tolist() == pytest.approx([1, 1], abs=0.15)


def test_a_few_modes_undo_very_and_the_slow_one_has_no_part_in_it(learned):
    modes = linearize(Map.hold(learned.network.cell, learned.noise, name="noise"), learned.settled[:1])
    found = knock_out(
        learned.network.cell,
        modes,
        learned.settled,
        learned.inputs("very")[0],
        learned.inputs(*VALENCES),
        learned.readout,
        held_input=learned.noise,
    )
    assert found.together.value[-1].item() == pytest.approx(1)
    # Numbers of modes count from the slowest, which keeps the score.
    slowest = next(place for place, row in enumerate(found.members) if 0 in row)
    assert found.time_constant[slowest] > LENGTH
    assert abs(found.undone.value[slowest]) < 0.1
    assert found.undone.value.max() > 0.3
    assert found.time_constant[found.order[0]] < 2
