"""What the evidence of words costs and says: ledgers beside Jacobians, and the figures of the trained networks.

python benchmarks/evidence.py [TABLE ...]     TABLE is cost, exact, okay, or the name of a network; all otherwise
"""

from __future__ import annotations

import copy
import os
import sys
import time
from statistics import fmean, stdev

import torch
from tables import conditions, in_turns, print_table, times_as_long
from torch import Tensor

from networks import CELLS, REVIEWS, available, opened
from slowfold import Classifier, choose_starts, find_fixed_points, linearize, principal_components
from slowfold.cells import Cell, build_cell
from slowfold.geometry import balanced_weights, measure_deflections
from slowfold.geometry.evidence import Bookkeeper, Ledger, Responses, decisive, measure_linearity
from slowfold.study.stages.clock import Clock
from slowfold.study.stages.evidence import Evidence, measure_evidence
from slowfold.study.stages.states import document_of_states, sample_documents
from slowfold.study.stages.surface import measure_manifold
from slowfold.text import Corpus
from slowfold.text.counting import count_words

WORDS, UNITS, INPUTS, CLASSES = 200, 256, 128, 4
# So many test documents, of which so many are read state by state.
TESTED, SAMPLED, STARTS = 1_000, 200, 16
# The responses that are told: after how many further tokens.
TOLD = (5, 10, 20)
# One network of each cell, and those on natural text.
MEASURED = ("gru-3-0", "lstm-3-0", "ugrnn-3-0", "vanilla-3-0", "gru-ag_news", *REVIEWS)
NATURAL = ("gru-ag_news", "gru-yelp5-0")
# Words of middling stars and of the ends, and so many states from which they are read.
MIDDLE, ENDS, STATES = "okay", ("excellent", "horrible"), 256


def main() -> None:
    wanted = sys.argv[1:] or ["cost", "exact", *(name for name in MEASURED if name in (*available(), *REVIEWS)), "okay"]
    if "cost" in wanted:
        print_table(
            ["cell", "words", "units", "ledger, CPU ms", "with Jacobians, ratio", "by autograd, ratio", "greatest gap"],
            [_cost(kind) for kind in CELLS],
        )
    if "exact" in wanted:
        print_table(["cell", "network", "texts", "words", "greatest gap", "remainder, median", "90 %"], _exact())
    found = [(name, *_figures(name)) for name in wanted if name in MEASURED]
    if found:
        _figures_of_networks(found)
    if "okay" in wanted:
        header = ["network", "horrible, okay", "okay, excellent", "horrible, excellent", "okay, across"]
        print_table(["way of asking", *header], _okay())
    print(conditions())


def _figures_of_networks(found: list[tuple[str, float, float, Evidence]]) -> None:
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
            *("network", "points", "one step, median", "90 %", "roll-out", "accuracy", "of the network"),
            "on 1, 2, 3, 4 components",
        ],
        [_shadow(name, measured) for name, _, _, measured in found],
    )
    print_table(
        ["network", "held", *(f"{time} tokens" for time in TOLD), "in tangent", "driven", "drift"],
        [row for name, _, _, measured in found for row in _memory(name, measured)],
    )


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
        clock=time.process_time,
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


def _exact() -> list[list[object]]:
    """How far the parts of ledgers are from the logits on natural texts, for every cell, and what is not linear."""
    rows = list[list[object]]()
    for name in NATURAL:
        network, task = opened(name)
        texts = task.test.take(SAMPLED, seed=0)
        rows.append(_gap(name, network, texts))
        if name == NATURAL[0]:
            rows += [_gap("as drawn", Classifier.build(task.train, cell=kind, seed=0), texts) for kind in CELLS]
    return rows


def _gap(told: str, network: Classifier, texts: Corpus) -> list[object]:
    keeper = Bookkeeper(
        network.cell,
        network.readout.weight,
        network.readout.bias,
        network.initial_state,
        network.zero_input(),
        network.readout_of,
    )
    # Read by the network itself, all texts in batches, in float64.
    logits = copy.deepcopy(network).double().logits(texts)
    worst, linear = 0.0, list[Tensor]()
    for number in range(len(texts)):
        ids = torch.from_numpy(texts.document(number).astype("int64"))
        ledger = keeper.keep(network.inputs(ids).detach())
        parts = ledger.start + (ledger.input_part + ledger.drift_part).sum(dim=0)
        account = ledger.wordless + ledger.evidence.sum(dim=0) + ledger.remainder
        worst = max(worst, *((sums - logits[number]).abs().max().item() for sums in (parts, account)))
        linear.append(ledger.linear)
    found = measure_linearity(torch.stack(linear), logits, logits, network.kind)
    shares = [f"{share:.1%}" for share in (found.median, found.ninetieth)]
    return [network.cell.kind, told, len(texts), len(texts.tokens), f"{worst:.1e}", *shares]


def _okay() -> list[list[object]]:
    """The angles between what three words do, of each seed, and their mean and spread.

    In the plane of the two leading components of the visited states: of whole moves F(h, w) - h, and of the word's own
    part F(h, w) - F(h, x*), with x* the mean input; and between the first-order parts of the words in the logits.
    """
    rows = list[list[object]]()
    by_way = dict[str, list[list[float]]]()
    for name in REVIEWS:
        network, task = opened(name)
        for way, angles in _angles(network, task.train, sample_documents(task.test, SAMPLED, 0)).items():
            by_way.setdefault(way, []).append(angles)
            rows.append([way, name, *(f"{angle:.0f}" for angle in angles)])
    for way, seeds in by_way.items():
        columns = list(zip(*seeds, strict=True))
        rows.append([way, "mean and spread", *(f"{fmean(c):.0f} ± {stdev(c):.0f}" for c in columns)])
    return rows


def _angles(network: Classifier, train: Corpus, sample: Corpus) -> dict[str, list[float]]:
    reading = network.read(sample)
    states = reading.states.double()
    axes = principal_components(network.read_out(states), balanced_weights(document_of_states(reading)))
    draw = torch.Generator().manual_seed(0)
    chosen = states[torch.randperm(len(states), generator=draw)[:STATES]]
    mean = network.mean_input(train).double()
    words = [network.word_input(word).detach().double() for word in (ENDS[1], MIDDLE, ENDS[0])]
    moves = measure_deflections(network.cell, chosen, torch.stack([*words, mean])).mean
    read = network.read_out(moves)
    own = read[:3] - read[3]
    logits = decisive(own @ network.readout.weight.detach().double().T, network.kind)
    ways = {
        "moves, 2 components": axes.direction(read[:3], 2),
        "own part, 2 components": axes.direction(own, 2),
        "own part, logits": logits,
    }
    return {way: _three(vectors) for way, vectors in ways.items()}


def _three(vectors: Tensor) -> list[float]:
    """The angle of each two of horrible, okay and excellent, and of okay to the line from the one end to the other."""
    pairs = [_angle(vectors[one], vectors[other]) for one, other in ((0, 1), (1, 2), (0, 2))]
    return [*pairs, _angle(vectors[1], vectors[2] - vectors[0])]


def _angle(one: Tensor, other: Tensor) -> float:
    return torch.rad2deg(torch.acos((one @ other / (one.norm() * other.norm())).clamp(-1, 1))).item()


def _figures(name: str) -> tuple[float, float, Evidence]:
    """The accuracy of a network, the CPU time of the stage, and what it measured."""
    network, documents = opened(name)
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
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    main()
