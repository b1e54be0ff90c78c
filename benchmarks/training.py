"""Training: tokens a second against a plain PyTorch loop, where the time goes, and the cells against nn.GRU.

Run it with the names of data sets, or none for ag_news and yelp5: python benchmarks/training.py [NAME ...]
With --accuracy it trains both ways through one pass over the documents, and compares test accuracies instead.
"""

from __future__ import annotations

import copy
import itertools
import os
import sys
import time
from collections.abc import Callable, Iterator

import numpy as np
import torch
from tables import conditions, in_turns, print_table, times_as_long
from torch import Tensor, nn

from networks import natural_data
from slowfold import Classifier, fit
from slowfold.cells import GRU, LSTM, UGRNN, Cell, Vanilla
from slowfold.networks import NATURAL
from slowfold.networks.batches import Batch, epoch_order, gather_batch
from slowfold.networks.optimiser import RowAdam
from slowfold.study.experiment import Source
from slowfold.study.tasks import read_task
from slowfold.text import Corpus

SIZE = 64
STEPS = 20


class Plain:
    """The loop that PyTorch's own tutorials teach: nn.Embedding, nn.GRU, nn.Linear, random batches, dense Adam."""

    def __init__(self, network: Classifier, corpus: Corpus) -> None:
        assert network.embedding is not None
        assert isinstance(network.cell, GRU)
        # The same weights to begin with, so that accuracies can be compared.
        self.embedding = copy.deepcopy(network.embedding)
        self.rnn = copy.deepcopy(network.cell.rnn)
        self.linear = copy.deepcopy(network.readout)
        self.modules = nn.ModuleList([self.embedding, self.rnn, self.linear])
        self.optimiser = torch.optim.Adam(self.modules.parameters(), lr=NATURAL.learning_rate, fused=True)
        self.corpus = corpus

    def batches(self, epoch: int) -> Iterator[Batch]:
        order = np.random.default_rng(epoch).permutation(len(self.corpus))
        for first in range(0, len(order), SIZE):
            yield gather_batch(self.corpus, order[first : first + SIZE])

    def logits(self, batch: Batch) -> Tensor:
        states, _ = self.rnn(self.embedding(batch.tokens))
        return self.linear(states[torch.arange(len(states)), batch.lengths - 1])

    def step(self, batch: Batch, rate: float = NATURAL.learning_rate) -> None:
        self.optimiser.param_groups[0]["lr"] = rate
        self.optimiser.zero_grad()
        loss = nn.functional.cross_entropy(self.logits(batch), batch.labels)
        penalty = sum(weight.square().sum() for weight in self.rnn.parameters() if weight.dim() > 1)
        (loss + NATURAL.l2 * penalty).backward()
        nn.utils.clip_grad_norm_(self.modules.parameters(), NATURAL.clip)
        self.optimiser.step()

    @torch.no_grad()
    def accuracy(self, corpus: Corpus) -> float:
        parts = np.array_split(np.argsort(corpus.lengths, kind="stable"), len(corpus) // 256 + 1)
        batches = [gather_batch(corpus, part) for part in parts]
        right = sum(int((self.logits(batch).argmax(-1) == batch.labels).sum()) for batch in batches)
        return right / len(corpus)


def speed(name: str) -> None:
    """Both loops in turns, and the parts of our own on the same batches."""
    train = read(name).train
    network = Classifier.build(train)
    plain = Plain(network, train)
    at_random = [batch for batch, _ in zip(plain.batches(0), range(STEPS), strict=False)]
    by_length = [gather_batch(train, part) for part in epoch_order(train.lengths, size=SIZE, seed=0, epoch=0)[:STEPS]]
    cell = network.cell

    def ours() -> None:
        fit(network, train, steps=STEPS, batch_size=SIZE, held_out=0)

    def plainly() -> None:
        for batch in at_random:
            plain.step(batch)

    rows, dense = moving(network, by_length)
    seconds = in_turns(
        plainly,
        ours,
        lambda: [forth_and_back(cell, torch.randn(*batch.tokens.shape, 128)) for batch in by_length],
        lambda: [products(*batch.tokens.shape, 128, 256, gates=3) for batch in by_length],
        lambda: [gather_batch(train, part) for part in epoch_order(train.lengths, size=SIZE, seed=0, epoch=0)[:STEPS]],
        rows,
        dense,
    )
    words = [sum(int(batch.lengths.sum()) for batch in batches) for batches in (at_random, by_length)]
    padded = [sum(batch.tokens.numel() for batch in batches) for batches in (at_random, by_length)]
    print(f"### {name}: {len(train):,} documents, {train.mean_length:.0f} words each, {STEPS} steps of {SIZE}\n")
    per_second = [words[0] / seconds[0], words[1] / seconds[1]]
    print_table(
        ("loop", "computed for each word", "ms a step", "words a second", "ratio"),
        [
            (loop, f"{padded[i] / words[i]:.2f}", milliseconds(seconds[i]), f"{per_second[i]:,.0f}", ratio)
            for i, (loop, ratio) in enumerate((("plain", ""), ("fit", times_as_long(per_second[1], per_second[0]))))
        ],
    )
    parts = ("fit", "nn.GRU alone, there and back", "its matrix products alone", "gathering the batches")
    named = zip((*parts, "Adam for the rows read", "Adam for all rows"), seconds[1:], strict=True)
    print_table(
        ("of a step of fit", "ms", "share"),
        [(part, milliseconds(value), f"{value / seconds[1]:.1%}") for part, value in named],
    )


def accuracy(name: str) -> None:
    """One pass over the documents each way, from the same weights, by the same recipe."""
    task = read(name)
    network = Classifier.build(task.train)
    plain = Plain(network, task.train)
    begin = time.perf_counter()
    training = fit(network, task.train, epochs=1, batch_size=SIZE, held_out=0)
    middle = time.perf_counter()
    for step, batch in enumerate(plain.batches(0), start=1):
        plain.step(batch, NATURAL.rate(step, training.steps))
    end = time.perf_counter()
    print_table(
        ("set", "loop", "seconds", "test accuracy"),
        [
            (name, "plain", f"{end - middle:.0f}", f"{plain.accuracy(task.test):.4f}"),
            (name, "fit", f"{middle - begin:.0f}", f"{network.accuracy(task.test):.4f}"),
        ],
    )


def cells() -> None:
    """Each cell there and back on one batch, in time for a multiplication and addition, against nn.GRU."""
    draw = torch.Generator().manual_seed(0)
    shape, inputs, units = (SIZE, 45), 128, 256
    kinds: dict[str, tuple[Cell, int]] = {
        "gru": (GRU(inputs, units, generator=draw), 3),
        "lstm": (LSTM(inputs, units, generator=draw), 4),
        "ugrnn": (UGRNN(inputs, units, generator=draw), 2),
        "vanilla": (Vanilla(inputs, units, generator=draw), 1),
        "vanilla, relu": (Vanilla(inputs, units, generator=draw, nonlinearity="relu"), 1),
        "vanilla, leak 0.5": (Vanilla(inputs, units, generator=draw, leak=0.5), 1),
    }
    given = torch.randn(*shape, inputs, generator=draw)
    bare = nn.GRU(inputs, units, batch_first=True)
    seconds = in_turns(
        lambda: bare(given.clone().requires_grad_())[0].sum().backward(),
        *(lambda cell=cell: forth_and_back(cell, given) for cell, _ in kinds.values()),
        rounds=5,
    )
    unit = seconds[0] / 3
    print_table(
        ("cell", "ms", "time a multiply-add, of nn.GRU's"),
        [
            ("nn.GRU", f"{1000 * seconds[0]:.1f}", "1.0"),
            *(
                (name, f"{1000 * value:.1f}", f"{value / gates / unit:.2f}")
                for (name, (_, gates)), value in zip(kinds.items(), seconds[1:], strict=True)
            ),
        ],
    )


def forth_and_back(cell: Cell, inputs: Tensor) -> None:
    """The states of a batch, and the gradients of the weights and the inputs."""
    cell.unroll(inputs.requires_grad_(), torch.zeros(len(inputs), cell.size)).sum().backward()


def products(documents: int, time: int, inputs: int, units: int, *, gates: int) -> None:
    """The matrix products that a gated cell cannot do without, there and back."""
    of_input, of_state = torch.randn(inputs, gates * units), torch.randn(units, gates * units)
    given, state = torch.randn(documents * time, inputs), torch.randn(documents, units)
    sent, back = torch.empty(documents, gates * units), torch.empty(documents, units)
    everything = given @ of_input
    for _ in range(time):
        torch.mm(state, of_state, out=sent)
    for _ in range(time):
        torch.mm(sent, of_state.T, out=back)
    everything @ of_input.T
    given.T @ everything
    torch.randn(units, documents * time) @ everything


def moving(network: Classifier, batches: list[Batch]) -> tuple[Callable[[], None], Callable[[], None]]:
    """Moves the vectors of the words of each batch; and, by PyTorch's fused Adam, those of all words."""
    assert network.embedding is not None
    vectors = network.embedding.weight.detach().clone()
    few = RowAdam(vectors, betas=NATURAL.betas, epsilon=NATURAL.epsilon, rate=lambda step: NATURAL.rate(step, 1500))
    read = [np.unique(batch.tokens.numpy()) for batch in batches]
    pushes = [torch.randn(len(rows), few.weight.shape[1]) for rows in read]
    every = nn.Parameter(network.embedding.weight.detach().clone())
    every.grad = torch.randn_like(every)
    adam = torch.optim.Adam([every], fused=True)

    taken = itertools.count(1)

    def by_row() -> None:
        for rows, push, step in zip(read, pushes, taken, strict=False):
            few.bring_up(rows, step - 1)
            few.move(rows, push, step)

    return by_row, lambda: [adam.step() for _ in batches].clear()


def read(name: str):
    return read_task(Source(task=name, classes=None, seed=0, data_dir=natural_data()))


def milliseconds(seconds: float) -> str:
    return f"{1000 * seconds / STEPS:.1f}"


if __name__ == "__main__":
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    names = [word for word in sys.argv[1:] if not word.startswith("--")] or ["ag_news", "yelp5"]
    if "--accuracy" in sys.argv:
        for wanted in names:
            accuracy(wanted)
    else:
        for wanted in names:
            speed(wanted)
        cells()
    print(conditions())
