"""What words are worth to a network, how long it remembers them, and how much of it all is linear."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Float64, Int64
from torch import Tensor

from slowfold.dynamics import FixedPoints, Map, Modes
from slowfold.errors import TensorError
from slowfold.geometry import PrincipalComponents
from slowfold.geometry.evidence import (
    Agreement,
    Bookkeeper,
    Ledger,
    Linearity,
    Motion,
    Responses,
    WordEffects,
    cast_shadow,
    decisive,
    foremost_words,
    held_responses,
    measure_linearity,
    motion_of,
    rank_agreement,
    read_responses,
    tangent_shares,
    weigh_words,
)
from slowfold.geometry.prediction.contrasts import word_evidence
from slowfold.networks import Classifier
from slowfold.networks.evaluation import compare
from slowfold.study.stages.states import logits_of
from slowfold.study.stages.surface import Manifold
from slowfold.text import Corpus, WordCounts

__all__ = ["Evidence", "Memory", "ShadowFigures", "WordTable", "measure_evidence"]

# No more than this many of the commonest words are looked at.
_COMMONEST = 2_000
# Ledgers are kept of sampled documents up to so many tokens in all, and words are weighed in so many places of sampled
# documents up to so many tokens: a token takes about a quarter of a millisecond at 256 units.
_LEDGER_TOKENS, _PLACE_TOKENS = 10_000, 5_000
_PLACES_A_DOCUMENT = 4
# The principal components up to which accuracy is measured.
_PROJECTED = 10
# Modes of a point that words are weighed along, and words whose pushes are followed.
_MODES, _PUSHED = 4, 8
_HELD_TIMES, _READ_TIMES = (1, 2, 5, 10, 20, 50), (1, 2, 5, 10, 20)
# Pushes that are followed through the words of texts, and steps whose motion is measured.
_READ_PUSHES, _MOTION_STEPS = 256, 2_000
# Spectra and intervals of fewer are none.
_FEWEST = 3
# Sets these draws apart from those that the same seed decides elsewhere.
_STREAM = 11


@dataclass(frozen=True)
class WordTable:
    """What the commonest words are worth: as the network has learned, and as the training documents count.

    Attributes:
        id: Which words, the commonest first, [word].
        learned: What the end holds of a word, to first order and on average over places in test documents, for the
            word itself in that place, in nats, [word, class].
        spread: The standard deviation over the places, [word, class].
        counted: The log-likelihood ratios of the training documents, in nats, [word, class].
        agreement: The rank correlation of learned and counted evidence; None of fewer than three words.
        places: In how many places.
        along: What the words do along the slowest modes; None where there is no point to linearise at.
    """

    id: Int64[Tensor, " word"]
    learned: Float64[Tensor, "word class"]
    spread: Float64[Tensor, "word class"]
    counted: Float64[Tensor, "word class"]
    agreement: Agreement | None
    places: int
    along: WordEffects | None


@dataclass(frozen=True)
class ShadowFigures:
    """The network beside its linear shadow, which is its linearisation at the nearest fixed point.

    Attributes:
        documents: How many documents both have read.
        points: How many points the shadow is linearised at.
        one_step: The error of one step relative to its length, [step].
        roll_out: The error at the end relative to how far the network came, [document].
        accuracy: Of the shadow.
        network_accuracy: Of the network, on the same documents.
    """

    documents: int
    points: int
    one_step: Float64[Tensor, " step"]
    roll_out: Float64[Tensor, " document"]
    accuracy: float
    network_accuracy: float


@dataclass(frozen=True)
class Memory:
    """How long words are remembered.

    Attributes:
        at: Where the modes were found: ``"manifold"`` or ``"fixed points"``.
        held: What becomes of words there while the input is held.
        read: What becomes of the words of test documents while these are read on; None where all are too short.
        tangent: How much of the slowest modes lies in the tangent of the slow manifold, [point, mode]; None elsewhere.
        tangent_by_chance: How much of a direction drawn at random would.
        motion: How far words move the state, and how far it moves by itself.
    """

    at: str
    held: Responses
    read: Responses | None
    tangent: Float64[Tensor, "point mode"] | None
    tangent_by_chance: float | None
    motion: Motion


@dataclass(frozen=True)
class Evidence:
    """What words are worth, how long that lasts, and how much of it is linear.

    Attributes:
        held: What words are measured against: ``"mean"``, the mean input.
        linearity: How much of the logits the evidence of words adds up to; None where no logit varies.
        documents: Of how many documents ledgers were kept.
        words: What the commonest words are worth.
        projected: The accuracy with the final states moved onto 1, 2, ... principal components of them, [component].
        shadow: The linear shadow; None where there is no point to linearise at.
        memory: How long words are remembered; None likewise.
    """

    held: str
    linearity: Linearity | None
    documents: int
    words: WordTable
    projected: tuple[float, ...]
    shadow: ShadowFigures | None
    memory: Memory | None


@torch.no_grad()
def measure_evidence(
    network: Classifier,
    held: Map,
    held_input: Float[Tensor, " input"],
    *,
    counts: WordCounts,
    sample: Corpus,
    test: Corpus,
    final: Float[Tensor, "document unit"],
    final_axes: PrincipalComponents,
    points: FixedPoints,
    point_modes: Modes | None,
    manifold: Manifold | None,
    seed: int,
) -> Evidence:
    """Measures what words are worth, how long that lasts, and how much of it is linear.

    All is measured on parts of the documents: ledgers of as many of ``sample``, drawn at random, as hold 10,000 words,
    places in as many as hold 5,000, and the 2,000 commonest words.

    Args:
        network: The network.
        held: The network held at its mean input.
        held_input: That input, [input].
        counts: The word counts of the training documents, for the words of the network.
        sample: The test documents whose states are looked at.
        test: All test documents.
        final: The state after the last word of each of them, [document, unit].
        final_axes: Principal components of what the readout reads of ``final``.
        points: The fixed points at the mean input.
        point_modes: The modes at the distinct ones; None where there is none.
        manifold: The slow manifold there, where it was found.
        seed: Draws documents, places and resamples of words.

    Example:
        >>> from slowfold.study.analysis import measure
        >>> from slowfold.text import categorical, count_words
        >>> train, test = categorical(classes=3, length=8).sample(300, seed=0).split(test=0.2, seed=0)
        >>> network = Classifier.build(train, hidden=8, seed=0)
        >>> found = measure(network, train, test, starts=16)
        >>> mean_input, at_mean = network.mean_input(train), found.searches[-1]
        >>> documents = {"counts": count_words(train), "sample": found.sample, "test": test}
        >>> ends = {"final": found.final, "final_axes": found.final_axes}
        >>> surface = {"points": at_mean.points, "point_modes": at_mean.modes, "manifold": found.manifold}
        >>> held = network.hold(input=mean_input, name="mean")
        >>> evidence = measure_evidence(network, held, mean_input, **documents, **ends, **surface, seed=0)
        >>> evidence.words.learned.shape
        torch.Size([4, 3])
    """
    draw = np.random.default_rng([seed, _STREAM])
    keeper = Bookkeeper(
        network.cell,
        network.readout.weight,
        network.readout.bias,
        network.initial_state,
        held_input,
        network.readout_of,
    )
    texts = _drawn(sample, draw, _LEDGER_TOKENS)
    inputs = [_inputs(network, texts.document(number)) for number in range(len(texts))]
    ledgers = [keeper.keep(text) for text in inputs]
    at, modes = "fixed points", point_modes
    if manifold is not None and manifold.modes is not None:
        at, modes = "manifold", manifold.modes
    # Where no fixed point is left, the ghosts stand in for them.
    places = points.distinct.point if len(points.distinct) else points.ghosts.point
    words = _weigh(network, keeper, held, modes, counts, _drawn(sample, draw, _PLACE_TOKENS), draw, seed)
    all_logits = logits_of(network, final.to(torch.float64))
    memory = None
    if modes is not None:
        pushed = _inputs(network, _most_telling(words, network).numpy())
        memory = _remember(keeper, held, modes, at, manifold, inputs, ledgers, pushed, draw)
    return Evidence(
        held=held.name,
        linearity=_linearity(ledgers, all_logits, network),
        documents=len(ledgers),
        words=words,
        projected=_projected(network, test, final, final_axes),
        shadow=_shadow(network, held, places, held_input, texts, inputs, ledgers) if len(places) else None,
        memory=memory,
    )


def _drawn(corpus: Corpus, draw: np.random.Generator, tokens: int) -> Corpus:
    """Documents drawn at random until they hold so many tokens, one at least, in the order of the corpus."""
    order = draw.permutation(len(corpus))
    count = max(1, int(np.searchsorted(np.cumsum(corpus.lengths[order]), tokens, side="right")))
    return corpus.select(np.sort(order[:count]))


def _inputs(network: Classifier, ids: np.ndarray) -> Float64[Tensor, "word input"]:
    numbers = torch.from_numpy(ids.astype(np.int64)).to(network.device)
    return network.inputs(numbers).detach().to("cpu", torch.float64)


def _linearity(ledgers: Sequence[Ledger], all_logits: Tensor, network: Classifier) -> Linearity | None:
    linear, logits = (
        torch.stack(values) for values in zip(*((one.linear, one.logits) for one in ledgers), strict=True)
    )
    try:
        return measure_linearity(linear, logits, all_logits, network.kind)
    except TensorError:
        # A network that says the same of all documents has no range to set a remainder beside.
        return None


def _weigh(
    network: Classifier,
    keeper: Bookkeeper,
    held: Map,
    modes: Modes | None,
    counts: WordCounts,
    texts: Corpus,
    draw: np.random.Generator,
    seed: int,
) -> WordTable:
    commonest = np.argsort(-counts.occurrences, kind="stable")[:_COMMONEST]
    commonest = commonest[counts.occurrences[commonest] > 0]
    if network.vocabulary.unknown is not None:
        # What stands for all unknown words is no word, of which the counts say something.
        commonest = commonest[commonest != network.vocabulary.unknown]
    inputs = _inputs(network, commonest)
    places = torch.cat([_places(keeper, _inputs(network, texts.document(i)), draw) for i in range(len(texts))])
    change = keeper.cell.drive(inputs) - keeper.cell.drive(keeper.held_input)
    each = places @ change.T  # [place, class, word]
    learned = each.mean(dim=0).T
    counted = word_evidence(counts.words, counts.occurrences, counts.kind).T[commonest]
    agreement = None
    if len(commonest) >= _FEWEST:
        agreement = rank_agreement(decisive(learned, network.kind).numpy(), counted, seed=seed)
    along = None
    if modes is not None:
        count = min(_MODES, modes.eigenvalue.shape[1])
        along = weigh_words(held, modes, inputs, keeper.held_input, keeper.weight, count=count, kind=network.kind)
    return WordTable(
        id=torch.from_numpy(commonest.astype(np.int64)),
        learned=learned,
        spread=each.std(dim=0, correction=0).T,
        counted=torch.from_numpy(counted.copy()),
        agreement=agreement,
        places=len(places),
        along=along,
    )


def _places(keeper: Bookkeeper, text: Tensor, draw: np.random.Generator) -> Tensor:
    """How the end answers to what drives some steps of a text, [place, class, gate]."""
    chosen = draw.permutation(len(text))[:_PLACES_A_DOCUMENT]
    return keeper.sensitivity(text)[torch.from_numpy(np.sort(chosen))]


def _most_telling(words: WordTable, network: Classifier) -> Int64[Tensor, " word"]:
    """Words that say most, of each class as many, and of several classes no more than their share."""
    telling = decisive(words.learned, network.kind)
    by_class = foremost_words(telling, _PUSHED)
    chosen = list(dict.fromkeys(by_class.T.flatten().tolist()))[:_PUSHED]
    return words.id[chosen]


def _projected(network: Classifier, test: Corpus, final: Tensor, axes: PrincipalComponents) -> tuple[float, ...]:
    read = network.read_out(final)
    most = min(_PROJECTED, len(axes.variances))
    flat = (axes.flatten(read, kept).to(network.readout.weight) for kept in range(1, most + 1))
    return tuple(compare(network.readout(states).cpu(), test).accuracy for states in flat)


def _shadow(
    network: Classifier,
    held: Map,
    points: Tensor,
    held_input: Tensor,
    texts: Corpus,
    inputs: Sequence[Tensor],
    ledgers: Sequence[Ledger],
) -> ShadowFigures:
    shadow = cast_shadow(held, points, held_input, inputs, [ledger.states for ledger in ledgers])
    # A shadow that has left for good decides nothing: it counts as if it said the same of all classes.
    said = logits_of(network, shadow.final.nan_to_num(nan=0.0))
    said[~torch.isfinite(shadow.roll_out)] = 0.0
    return ShadowFigures(
        documents=len(texts),
        points=len(points),
        one_step=shadow.one_step,
        roll_out=shadow.roll_out,
        accuracy=compare(said, texts).accuracy,
        network_accuracy=compare(torch.stack([ledger.logits for ledger in ledgers]), texts).accuracy,
    )


def _remember(
    keeper: Bookkeeper,
    held: Map,
    modes: Modes,
    at: str,
    manifold: Manifold | None,
    inputs: Sequence[Tensor],
    ledgers: Sequence[Ledger],
    pushed: Tensor,
    draw: np.random.Generator,
) -> Memory:
    surface = manifold if at == "manifold" else None
    return Memory(
        at=at,
        held=held_responses(held, modes, _pushes(keeper, modes.point, pushed), times=_HELD_TIMES),
        read=_read_on(keeper, modes, inputs, ledgers, draw),
        tangent=None if surface is None else tangent_shares(surface.surface, surface.linearized, modes),
        tangent_by_chance=None if surface is None else surface.surface.dimensions / held.size,
        motion=_motion(keeper, inputs, ledgers, draw),
    )


def _pushes(keeper: Bookkeeper, states: Tensor, words: Tensor) -> Tensor:
    """F(h, w) - F(h, x*) of each word at each state, [state, word, unit]."""
    drifted = keeper.cell.step(states, keeper.held_input.expand(len(states), -1))
    each = [keeper.cell.step(states, word.expand(len(states), -1)) - drifted for word in words]
    return torch.stack(each, dim=1)


def _read_on(
    keeper: Bookkeeper, modes: Modes, inputs: Sequence[Tensor], ledgers: Sequence[Ledger], draw: np.random.Generator
) -> Responses | None:
    """What becomes of words of texts while these are read on, as far as most texts go."""
    times = [time for time in _READ_TIMES if time < np.median([len(text) for text in inputs])]
    if not times:
        return None
    # A word in every place that has enough words after it.
    places = [(number, token) for number, text in enumerate(inputs) for token in range(len(text) - times[-1])]
    chosen = [places[row] for row in np.sort(draw.permutation(len(places))[:_READ_PUSHES])]
    before = torch.stack([ledgers[number].states[token] for number, token in chosen])
    after = torch.stack([ledgers[number].states[token + 1] for number, token in chosen])
    drifted = keeper.cell.step(before, keeper.held_input.expand(len(before), -1))
    following = torch.stack([inputs[number][token + 1 : token + 1 + times[-1]] for number, token in chosen])
    return read_responses(keeper.cell, modes, drifted, after - drifted, following, times=times)


def _motion(
    keeper: Bookkeeper, inputs: Sequence[Tensor], ledgers: Sequence[Ledger], draw: np.random.Generator
) -> Motion:
    states, words = torch.cat([ledger.states[:-1] for ledger in ledgers]), torch.cat(list(inputs))
    chosen = torch.from_numpy(np.sort(draw.permutation(len(words))[:_MOTION_STEPS]))
    return motion_of(keeper.cell, states[chosen], words[chosen], keeper.held_input)
