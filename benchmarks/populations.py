"""Populations: sixteen GRUs trained side by side, against one after another and against torch.func.vmap.

python benchmarks/populations.py          takes some minutes
"""

from __future__ import annotations

import copy
from collections.abc import Callable

import torch
from tables import conditions, in_turns, print_table, times_as_long
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap

from slowfold import Classifier, fit, languages
from slowfold.cells import GRU, Cell
from slowfold.networks.populations import fit_population
from slowfold.networks.side_by_side import read_side_by_side, step_size
from slowfold.text import Corpus

NETWORKS = 16
# units, documents a step
SIZES = ((32, 32), (64, 128), (128, 128))
STEPS = 4
CLASSES, LENGTH = 3, 50
# As many numbers as fit_population reads at a time on a CPU.
AT_ONCE = 2**18
# What two implementations are compared over.
LONG, COMPARED = 200, 64
RATE = 0.005


class Unrolled(nn.Module):
    """A cell step by step: vmap has no rule for nn.GRU."""

    def __init__(self, cell: Cell) -> None:
        super().__init__()
        self.cell = cell

    def forward(self, inputs: Tensor, start: Tensor) -> Tensor:
        return Cell.unroll(self.cell, inputs, start)[:, -1]


def reading(units: int, batch: int) -> list[Callable[[], None]]:
    """Forward and backward of all cells: one by one, by vmap, side by side."""
    cells = [GRU(CLASSES + 1, units, generator=torch.Generator().manual_seed(seed)) for seed in range(NETWORKS)]
    inputs = [torch.randn(batch, LENGTH, CLASSES + 1, generator=torch.Generator().manual_seed(0)) for _ in cells]
    start, lengths = torch.zeros(units), [torch.full((batch,), LENGTH) for _ in cells]

    def one_by_one() -> None:
        for cell, given in zip(cells, inputs, strict=True):
            cell.unroll(given, start.expand(batch, -1))[:, -1].sum().backward()

    parameters, _ = stack_module_state([Unrolled(cell) for cell in cells])
    leaves = {name: weight.detach().requires_grad_() for name, weight in parameters.items()}
    template, given = Unrolled(cells[0]), torch.stack(inputs)

    def by_vmap() -> None:
        def read(weights: dict[str, Tensor], inputs: Tensor) -> Tensor:
            return functional_call(template, weights, (inputs, start.expand(batch, -1)))

        vmap(read)(leaves, given).sum().backward()

    def side_by_side() -> None:
        together = max(AT_ONCE // (step_size(cells[0]) * batch), 1)
        for first in range(0, NETWORKS, together):
            chosen = slice(first, first + together)
            found = read_side_by_side(cells[chosen], inputs[chosen], lengths[chosen], [start] * len(cells[chosen]))
            torch.stack([states.sum() for states in found]).sum().backward()

    return [one_by_one, by_vmap, side_by_side]


def training(corpus: Corpus, units: int, batch: int) -> list[Callable[[], None]]:
    """Some steps of all networks: one by one, side by side."""
    networks = [Classifier.build(corpus, hidden=units, seed=seed) for seed in range(NETWORKS)]

    def one_by_one() -> None:
        for seed, network in enumerate(networks):
            fit(network, corpus, steps=STEPS, batch_size=batch, seed=seed)

    def side_by_side() -> None:
        fit_population(networks, corpus, steps=STEPS, batch_size=batch, seed=range(NETWORKS))

    return [one_by_one, side_by_side]


def agreement(corpus: Corpus, dtype: torch.dtype) -> tuple[str, str]:
    """The farthest that a weight, and a loss, of sixteen networks is from that of sixteen single trainings."""
    together = [Classifier.build(corpus, hidden=COMPARED, seed=seed).to(dtype) for seed in range(NETWORKS)]
    alone = copy.deepcopy(together)
    penalties = [1e-5 * 1.5**number for number in range(NETWORKS)]
    options = {"steps": LONG, "batch_size": 32, "learning_rate": RATE}
    population = fit_population(together, corpus, l2=penalties, seed=range(NETWORKS), **options)
    weights, losses = 0.0, 0.0
    for seed, (member, network) in enumerate(zip(population, alone, strict=True)):
        single = fit(network, corpus, l2=penalties[seed], seed=seed, **options)
        pairs = zip(member.network.parameters(), network.parameters(), strict=True)
        weights = max(weights, *((one - other).abs().max().item() for one, other in pairs))
        steps = zip(member.training.metrics, single.metrics, strict=True)
        losses = max(losses, *(abs(one.loss - other.loss) for one, other in steps))
    return f"{weights:.1e}", f"{losses:.1e}"


def main() -> None:
    print(f"{NETWORKS} GRUs, documents of {LENGTH} words; {conditions()}\n")
    rows = []
    for units, batch in SIZES:
        alone, by_vmap, together = in_turns(*reading(units, batch))
        rows.append(
            [
                units,
                batch,
                *(f"{1000 * seconds:.0f} ms" for seconds in (alone, by_vmap, together)),
                times_as_long(alone, by_vmap),
                times_as_long(alone, together),
            ]
        )
    print("Forward and backward of all cells:\n")
    header = ["units", "documents", "one by one"]
    print_table([*header, "vmap", "side by side", "vmap: times faster", "side by side: times faster"], rows)

    corpus = languages.categorical(classes=CLASSES, length=LENGTH).sample(4000, seed=0)
    rows = []
    for units, batch in SIZES:
        alone, together = (seconds / STEPS for seconds in in_turns(*training(corpus, units, batch)))
        rows.append(
            [units, batch, f"{1000 * alone:.0f} ms", f"{1000 * together:.0f} ms", times_as_long(alone, together)]
        )
    print("A step of training of all networks:\n")
    print_table([*header, "side by side", "times faster"], rows)

    short = languages.categorical(classes=CLASSES, length=20).sample(2000, seed=0)
    print(f"After {LONG} steps of Adam {RATE}, {COMPARED} units, the greatest difference from single trainings:\n")
    print_table(
        ["numbers", "of weights", "of losses"],
        [[str(dtype).removeprefix("torch."), *agreement(short, dtype)] for dtype in (torch.float64, torch.float32)],
    )


if __name__ == "__main__":
    main()
