"""What the evidence of words costs and says: ledgers beside Jacobians, and the figures of the trained networks.

Run it by itself for all networks that are kept: python benchmarks/evidence.py [NAME ...]
"""

from __future__ import annotations

import sys
import time

import torch
from tables import conditions, in_turns, print_table, times_as_long
from torch import Tensor

from networks import KEPT, NETWORKS, available, natural_data
from slowfold import Classifier, choose_starts, find_fixed_points, linearize, principal_components
from slowfold.cells import Cell, build_cell
from slowfold.geometry.evidence import Bookkeeper, Ledger, Responses
from slowfold.study.experiment import Source
from slowfold.study.stages.clock import Clock
from slowfold.study.stages.evidence import Evidence, measure_evidence
from slowfold.study.stages.states import sample_documents
from slowfold.study.stages.surface import measure_manifold
from slowfold.study.tasks import Task, read_task
from slowfold.text.counting import count_words

WORDS, UNITS, INPUTS, CLASSES = 200, 256, 128, 4
# A natural run of the issue: so many test documents, of which so many are looked at.
TESTED, SAMPLED, STARTS = 5_000, 200, 16
# The responses that are told: after how many further tokens.
TOLD = (5, 10, 20)


def main() -> None:
    names = sys.argv[1:] or available()
    print_table(
        ["cell", "words", "units", "ledger, ms", "with Jacobians, ratio", "by autograd, ratio", "greatest gap"],
        [_cost(kind) for kind in ("gru", "lstm", "ugrnn", "vanilla")],
    )
    found = [(name, *_figures(name)) for name in names]
    print_table(
        ["network", "accuracy", "CPU seconds", "documents", "remainder, median", "90 %", "decides alike"],
        [_linearity(name, accuracy, seconds, measured) for name, accuracy, seconds, measured in found],
    )
    print_table(
        ["network", "words", "places", "rank correlation, 95 %", "by class"],
        [_agreement(name, measured) for name, _, _, measured in found],
    )
    print_table(
        [
            "network",
            "points",
            "one step, median",
            "90 %",
            "roll-out",
            "accuracy",
            "network",
            "on 1, 2, 3, 4 components",
        ],
        [_shadow(name, measured) for name, _, _, measured in found],
    )
    print_table(
        ["network", "held", *(f"{time} tokens" for time in TOLD), "in tangent", "driven", "drift"],
        [row for name, _, _, measured in found for row in _memory(name, measured)],
    )
    print(conditions())


def _cost(kind: str) -> list[object]:
    """One text of a network as it is drawn: carried back through gates, through Jacobians, and by autograd."""
    draw = torch.Generator().manual_seed(0)
    cell = build_cell([{"cell": kind, "hidden": UNITS}], INPUTS, generator=draw)
    weight = torch.randn(CLASSES, cell.output_size, generator=draw)
    text = 0.3 * torch.randn(WORDS, INPUTS, generator=draw)
    keeper = Bookkeeper(cell, weight, None, torch.zeros(cell.size), torch.zeros(INPUTS))
    ledger = keeper.keep(text)
    gap = (ledger.start + (ledger.input_part + ledger.drift_part).sum(dim=0) - ledger.logits).abs().max()
    own, double = keeper.cell, text.double()
    best, formed, graph = in_turns(
        lambda: keeper.keep(text),
        lambda: _with_jacobians(own, keeper.weight, double, ledger),
        lambda: _by_autograd(own, keeper.weight, double),
    )
    return [
        *(kind, WORDS, UNITS, f"{1e3 * best:.0f}"),
        *(times_as_long(formed, best), times_as_long(graph, best), f"{float(gap):.1e}"),
    ]


@torch.no_grad()
def _with_jacobians(cell: Cell, weight: Tensor, text: Tensor, ledger: Ledger) -> Tensor:
    """The evidence alone, by one Jacobian a word; the states are known."""
    covectors, kept = weight, list[Tensor]()
    drives, still = cell.drive(text), torch.zeros(INPUTS, dtype=torch.float64)
    for word in reversed(range(WORDS)):
        state = ledger.states[word]
        kept.append(covectors @ (cell.jacobians(state, still).input @ text[word]))
        covectors = covectors @ cell.recurrent_jacobian(state, drives[word])
    return torch.stack(kept)


def _by_autograd(cell: Cell, weight: Tensor, text: Tensor) -> Tensor:
    """The gradient of each logit by the words: what an attribution by gradients costs, states included."""
    words = text.expand(len(weight), -1, -1).contiguous().requires_grad_()
    states = cell.unroll(words, torch.zeros(len(weight), cell.size, dtype=torch.float64))
    return torch.autograd.grad(states[:, -1], words, weight)[0]


def _figures(name: str) -> tuple[float, float, Evidence]:
    """The accuracy of a network, the CPU time of the stage, and what it measured."""
    network, documents = _read(name)
    train, test = documents.train, documents.test
    if len(test) > TESTED:
        test = test.take(TESTED, seed=0)
    mean = network.mean_input(train)
    held = network.hold(input=mean, name="mean")
    sample = sample_documents(test, SAMPLED, 0)
    states, final = network.states(sample), network.final_states(test)
    axes = principal_components(network.read_out(final))
    points = find_fixed_points(held, choose_starts(held, states, apart=STARTS))
    draw = torch.Generator().manual_seed(0)
    manifold = measure_manifold(network, held, states, generator=draw, clock=Clock())
    counts = count_words(train)
    begin = time.process_time()
    measured = measure_evidence(
        network,
        held,
        mean,
        counts=counts,
        sample=sample,
        test=test,
        final=final,
        final_axes=axes,
        points=points,
        point_modes=linearize(held, points.distinct.point) if len(points.distinct) else None,
        manifold=manifold,
        seed=0,
    )
    seconds = time.process_time() - begin
    print(f"{name}: {seconds:.1f} s", file=sys.stderr, flush=True)
    return network.accuracy(test), seconds, measured


def _read(name: str) -> tuple[Classifier, Task]:
    _, task, classes, seed = NETWORKS[name]
    data = None if task == "categorical" else natural_data()
    return Classifier.load(KEPT / name), read_task(Source(task=task, classes=classes, seed=seed, data_dir=data))


def _linearity(name: str, accuracy: float, seconds: float, measured: Evidence) -> list[object]:
    told = measured.linearity
    figures = ["-"] * 3 if told is None else [f"{v:.1%}" for v in (told.median, told.ninetieth, told.agreement)]
    return [name, f"{accuracy:.3f}", f"{seconds:.1f}", measured.documents, *figures]


def _agreement(name: str, measured: Evidence) -> list[object]:
    words, found = measured.words, measured.words.agreement
    if found is None:
        return [name, len(words.id), words.places, "-", "-"]
    by_class = " ".join(f"{value:.2f}" for value in found.correlation)
    return [
        name,
        len(words.id),
        words.places,
        f"{found.mean:.2f} [{found.mean_low:.2f}, {found.mean_high:.2f}]",
        by_class,
    ]


def _shadow(name: str, measured: Evidence) -> list[object]:
    projected = " ".join(f"{value:.3f}" for value in measured.projected[:4])
    shadow = measured.shadow
    if shadow is None:
        return [name, 0, *["-"] * 5, projected]
    errors = (shadow.one_step.quantile(0.5), shadow.one_step.quantile(0.9), shadow.roll_out.quantile(0.5))
    return [
        *(name, shadow.points, *(f"{float(error):.2f}" for error in errors)),
        *(f"{shadow.accuracy:.3f}", f"{shadow.network_accuracy:.3f}", projected),
    ]


def _memory(name: str, measured: Evidence) -> list[list[object]]:
    """The error of what the modes foretell, median and quartiles: with the input held, and while a text is read on."""
    memory = measured.memory
    if memory is None:
        return []
    tangent = "-" if memory.tangent is None else " ".join(f"{v:.3f}" for v in memory.tangent.quantile(0.5, dim=0))
    motion = [f"{float(lengths.quantile(0.5)):.3f}" for lengths in (memory.motion.driven, memory.motion.drift)]
    rows: list[list[object]] = [[name, memory.at, *_errors(memory.held), tangent, *motion]]
    if memory.read is not None:
        rows.append([name, "reading on", *_errors(memory.read), "", "", ""])
    return rows


def _errors(responses: Responses) -> list[str]:
    quartiles = [responses.quantiles(share).tolist() for share in (0.5, 0.25, 0.75)]
    times = responses.times.tolist()
    told = {time: tuple(q[place] for q in quartiles) for place, time in enumerate(times)}
    return ["{:.2f} [{:.2f}, {:.2f}]".format(*told[time]) if time in told else "-" for time in TOLD]


if __name__ == "__main__":
    main()
