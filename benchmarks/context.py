"""What `not` and `very` do: in the toy language, where it is known, and in a network trained on phrases of reviews.

python benchmarks/context.py [toy] [sst5_phrases]

Each network is trained once, the toy network in twelve minutes on one core, and kept in benchmarks/.networks/.
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import replace

import torch
from safetensors.torch import load_file, save_file
from tables import conditions, print_table
from torch import Tensor

from networks import KEPT, natural_data
from slowfold import Classifier, fit
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
from slowfold.networks import NATURAL, SYNTHETIC, evaluate
from slowfold.study.experiment import Source
from slowfold.study.stages.context import measure_context
from slowfold.study.tasks import read_task
from slowfold.text.languages import toy

# The penalty decides what comes out: a network that was trained without one spread `not` over dozens of modes. The
# rate, the epsilon of Adam and the clipping are those of the ICML 2020 paper: with so large an epsilon all weights grow
# by little, and a word is a small step, as a derivative asks for. The paper has 100 units, 40,000 steps and a penalty
# of 1e-4.
TOY = replace(
    SYNTHETIC,
    steps=12_000,
    batch_size=64,
    learning_rate=0.04,
    epsilon=0.1,
    decay=8.0,
    clip=10.0,
    l2=3e-4,
    l2_scope="all",
)
REVIEWS, UNITS = 60_000, 200
PHRASES = replace(NATURAL, epochs=4, batch_size=128, l2=1e-5)

VALENCES = {"good": 1, "bad": -1, "awesome": 2, "awful": -2}
NOISE = ("and", "a", "the", "for", "it", "while")
CONTEXTS = {"alone": 1, "very": 2, "not": -1, "not _ _ _": -1}
STATES, SETTLING, BETWEEN = 64, 5, 8
# As near the truth as the valences are meant to come.
CLOSE = 0.2


class Toy:
    """The toy network, its words, and states in which no modifier is at work."""

    def __init__(self) -> None:
        self.language = toy(classes=2)
        self.network, self.seconds = self._trained()
        self.cell = self.network.cell.frozen()
        weight = self.network.readout.weight.detach().double()
        # Of two classes the score is the evidence for the second against the first.
        self.readout = weight[1:] - weight[:1]
        self.generator = torch.Generator().manual_seed(0)
        test = self.language.sample(2_000, seed=2, shares="natural")
        self.error = evaluate(self.network, test, targets=self.language.targets(test)).loss
        visited = self.network.states(test.select(range(STATES))).double().unflatten(0, (STATES, -1))
        place = torch.randint(5, 45, (STATES,), generator=self.generator)
        self.visited = visited[torch.arange(STATES), place]
        self.settled = self.visited
        for _ in range(SETTLING):
            self.settled = self.read(self.settled, self.fillers(STATES))

    def _trained(self) -> tuple[Classifier, float]:
        folder = KEPT / "toy"
        if not (folder / "measured.safetensors").is_file():
            train = self.language.sample(REVIEWS, seed=1, shares="natural")
            network = Classifier.build(train, hidden=UNITS, seed=0)
            begin = time.process_time()
            fit(network, train, targets=self.language.targets(train), recipe=TOY)
            network.save(folder)
            save_file({"seconds": torch.tensor(time.process_time() - begin)}, folder / "measured.safetensors")
        return Classifier.load(folder), float(load_file(folder / "measured.safetensors")["seconds"])

    def inputs(self, *words: str) -> Tensor:
        """What the cell is given for each word, [word, input]."""
        return torch.stack([self.network.word_input(word).double() for word in words])

    def fillers(self, *shape: int) -> Tensor:
        """Words of noise drawn at random, [..., input]."""
        return self.inputs(*NOISE)[torch.randint(len(NOISE), shape, generator=self.generator)]

    def read(self, states: Tensor, words: Tensor) -> Tensor:
        """The states after one more word each."""
        return self.cell.step(states, words.expand(len(states), -1))


def main() -> None:
    wanted = sys.argv[1:] or ["toy", "sst5_phrases"]
    if "toy" in wanted:
        of_toy_language()
    if "sst5_phrases" in wanted and natural_data() is not None:
        of_phrases()
    print(conditions())


def of_toy_language() -> None:
    own = Toy()
    print(
        f"toy language: {UNITS} units, {TOY.steps} steps of {TOY.batch_size} reviews, {own.seconds:.0f} s of one core"
    )
    print(f"mean squared error of the running score on 2,000 new reviews: {own.error:.4f}\n")
    valences(own)
    ranking(own)
    effects(own)
    modes(own)


def valences(own: Toy) -> None:
    """The table of the sixteen cases: how far each way of asking lies from the truth."""
    probes, noise = own.inputs(*VALENCES), own.inputs(*NOISE).mean(dim=0)
    mean = own.network.mean_input(own.language.sample(2_000, seed=2, shares="natural")).double()
    rows, worst, within = [], dict[str, float](), dict[str, int]()
    for context, factor in CONTEXTS.items():
        states = own.settled
        for word in context.split() if context != "alone" else ():
            states = own.read(states, own.fillers(STATES) if word == "_" else own.inputs(word))
        truth = factor * torch.tensor([float(value) for value in VALENCES.values()], dtype=torch.float64)
        at_noise, at_zero, at_mean = (
            measure_valences(own.cell, states, probes, own.readout, held) for held in (noise, None, mean)
        )
        found = {
            "true step": at_noise.step,
            "formula, mean over the way": at_noise.exact,
            "formula, half way": at_noise.middle,
            "formula at noise": at_noise.linear,
            "formula at the mean input": at_mean.linear,
            "formula at zero": at_zero.linear,
        }
        means = {name: value[..., 0].mean(dim=0) for name, value in found.items()}
        for name, value in means.items():
            missed = (value - truth).abs()
            worst[name] = max(worst.get(name, 0.0), missed.max().item())
            within[name] = within.get(name, 0) + int((missed <= CLOSE).sum())
        for place, (word, right) in enumerate(zip(VALENCES, truth.tolist(), strict=True)):
            rows.append([context, word, f"{right:g}", *(f"{value[place]:.2f}" for value in means.values())])
    print_table(["after", "word", "truth", *worst], rows)
    farthest = ["farthest from the truth", *(f"{error:.2f}" for error in worst.values())]
    print_table(["", *worst], [farthest, [f"of {len(rows)}, within {CLOSE:g}", *within.values()]])


def ranking(own: Toy) -> None:
    """All words of the language by how much of their change passes."""
    words = own.network.vocabulary.words
    found = find_modifiers(
        own.cell,
        own.visited,
        own.inputs(*words),
        own.inputs(*VALENCES),
        own.readout,
        held_input=own.inputs(*NOISE).mean(dim=0),
    )
    rows = [
        [words[row], *(f"{part[row]:.2f}" for part in (found.change, found.lasting, found.passing, found.score))]
        for row in found.order.tolist()
    ]
    print_table(["word", "change", "lasting", "passing", "score"], rows)


def effects(own: Toy) -> None:
    """Factors, how they fade, and what is left of them without the subspace."""
    modifiers, probes, noise = own.inputs("not", "very"), own.inputs(*VALENCES), own.inputs(*NOISE)
    given = {"probes": probes, "readout": own.readout, "held_input": noise.mean(dim=0)}
    bars = measure_barcodes(own.cell, own.settled, modifiers, **given)
    fading = measure_fading(own.cell, own.settled, modifiers, own.fillers(STATES, BETWEEN), **given)
    subspace = find_modifier_subspace(own.cell, own.settled, modifiers, noise)
    left = factors_without(subspace, own.cell, own.settled, modifiers, noise, removed=3, **given)
    factors = (
        ("right after it, by true steps", bars.overall.value),
        *((f"after {t} words of noise, by the formula", fading.factor.value[:, t]) for t in range(1, 7)),
        *((f"without {k} axes of the subspace", left.value[:, k]) for k in (1, 2, 3)),
    )
    print_table(["factor", "not", "very"], [[name, *(f"{value:.2f}" for value in pair)] for name, pair in factors])
    print(f"shares of the subspace's axes: {', '.join(f'{share:.3f}' for share in subspace.shares[:4].tolist())}\n")


def modes(own: Toy) -> None:
    """Which modes carry the modifiers, at one settled state, with two inputs held."""
    noise = own.inputs(*NOISE).mean(dim=0)
    rows = []
    for name, held in (("zero", own.network.zero_input().double()), ("noise", noise)):
        still = Map.hold(own.cell, held, name=name)
        point = own.settled[:1]
        linearization = linearize(still, point)
        for modifier in ("not", "very"):
            found = knock_out(
                own.cell,
                linearization,
                own.settled[:16],
                own.inputs(modifier)[0],
                own.inputs(*VALENCES),
                own.readout,
                held_input=noise,
            )
            for group in found.order[:3].tolist():
                value = found.eigenvalue[group].item()
                pair = f" ± {value.imag:.2f} i" if len(found.members[group]) == 2 and value.imag else ""
                undone, alone = found.undone, found.alone
                rows.append(
                    [
                        name,
                        modifier,
                        f"{value.real:.2f}{pair}",
                        f"{found.time_constant[group]:.2f}",
                        f"{found.size[group]:.2f}",
                        f"{undone.value[group]:.2f} ({undone.low[group]:.2f} to {undone.high[group]:.2f})",
                        f"{alone.value[group]:.2f}",
                        f"{found.sensitivity[group]:.1f}",
                        f"{found.conditioning:.0f}",
                    ]
                )
    header = [
        "held",
        "modifier",
        "eigenvalue",
        "time constant",
        "size",
        "undone",
        "alone",
        "sensitivity",
        "conditioning",
    ]
    print_table(header, rows)


def of_phrases() -> None:
    task = read_task(Source(task="sst5_phrases", data_dir=natural_data()))
    folder = KEPT / "gru-sst5_phrases"
    if not (folder / "model.json").is_file():
        begin = time.process_time()
        network = Classifier.build(task.train, hidden=128, seed=0)
        fit(network, task.train, recipe=PHRASES)
        network.save(folder)
        print(f"sst5_phrases: trained in {time.process_time() - begin:.0f} s of one core")
    network = Classifier.load(folder)
    begin = time.process_time()
    reading = network.read(task.test.take(200, seed=0))
    found = measure_context(network, task.train, reading, seed=0, modifiers=("not", "n't", "never", "very", "too"))
    seconds = time.process_time() - begin
    assert found is not None
    accuracy, shuffled = network.accuracy(task.test), network.accuracy(task.test.shuffled_words(seed=0))
    print(f"sst5_phrases: accuracy {accuracy:.3f}, with shuffled words {shuffled:.3f}; measured in {seconds:.1f} s\n")
    words, bars, fading = network.vocabulary.words, found.barcodes.overall, found.fading
    position = {number: row for row, number in enumerate(found.ranked[found.modifiers.order].tolist())}
    rows = [
        [
            words[number],
            position[number] + 1,
            f"{bars.value[row]:.2f} ({bars.low[row]:.2f} to {bars.high[row]:.2f})",
            *(f"{fading.factor.value[row, t]:.2f}" for t in (0, 1, 2, 4, 8)),
            *(f"{found.left.value[row, k]:.2f}" for k in (1, 2)),
        ]
        for row, number in enumerate(found.shown.tolist())
    ]
    between = [f"formula, {t} words between" for t in (0, 1, 2, 4, 8)]
    print_table(["word", "rank", "factor (95 %)", *between, "without 1 axis", "without 2"], rows)


if __name__ == "__main__":
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    main()
