"""Which words of a corpus modify those after them, how, and for how long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float64, Int64
from torch import Tensor

from slowfold.errors import DataError, TensorError
from slowfold.geometry.context import (
    Barcodes,
    Factors,
    Fading,
    Modifiers,
    ModifierSubspace,
    factors_without,
    find_modifier_subspace,
    find_modifiers,
    measure_barcodes,
    measure_fading,
)
from slowfold.geometry.context.reader import Reader
from slowfold.networks import Classifier, Reading
from slowfold.study.stages.states import draw_rows
from slowfold.text import Corpus
from slowfold.text.names import quoted

__all__ = ["Context", "measure_context"]

# Words are ranked among so many of the commonest, from so many states, each of another document, after so many steps of
# the mean input: in visited states modifiers are at work already, and what undoes them would pass for one.
_RANKED = 500
_STATES = 24
_SETTLING = 10
# Probes are looked for among so many of the commonest words: the strongest of each class, so many of all classes.
_COMMONEST = 2_000
_PROBES = 50
_PER_CLASS = 10
# So many modifiers are looked at closely, and as many ordinary words beside them.
_SHOWN = 12
# Effects are followed over so many words, drawn from the corpus; as many ordinary words are set beside the modifiers.
_BETWEEN = 8
_ORDINARY = 50
# The leading axes of the modifiers' subspace that are kept.
_AXES = 3


@dataclass(frozen=True)
class Context:
    """What words do to the words after them, with words compared with the mean input.

    They are read from visited states that ten steps of the mean input have freed of modifiers.

    Attributes:
        states: From how many states they were read, each of another document.
        ranked: The words that were ranked, commonest first, [ranked].
        modifiers: How each of them changes what follows, [ranked].
        shown: The modifiers that were looked at closely: those asked for, then those ranked highest, [modifier].
        probes: The words whose valences were compared: the strongest of each class, class after class, [probe].
        favours: The class that each of them says most about, [probe].
        usual: By what ordinary words multiply the probes, in the median. It is near 1 where modifiers are rare; where
            they are common, the mean input itself modifies, and factors are to be compared with this number.
        barcodes: What the modifiers shown do to each probe, by true steps.
        fading: How long they work, with ordinary words between.
        subspace: The directions in which they move the state, and ordinary words do not.
        left: By what they multiply the probes once kept out of the leading axes of that subspace, of none, of one, and
            so on, [modifier, removed].
    """

    states: int
    ranked: Int64[Tensor, " ranked"]
    modifiers: Modifiers
    shown: Int64[Tensor, " modifier"]
    probes: Int64[Tensor, " probe"]
    favours: Int64[Tensor, " probe"]
    usual: float
    barcodes: Barcodes
    fading: Fading
    subspace: ModifierSubspace
    left: Factors


def measure_context(
    network: Classifier, train: Corpus, reading: Reading, *, seed: int, modifiers: Sequence[str] = ()
) -> Context | None:
    """Finds modifiers among the commonest words, and measures what they do.

    Args:
        network: The network.
        train: The documents it was trained on: they say which words are common, and what stands between.
        reading: What it made of some documents: states are drawn from it.
        seed: Draws the states and the words between.
        modifiers: Words to look at closely in any case.

    Returns:
        What was found; None where no word says anything, all states are the same, or fewer than three words occur.

    Raises:
        DataError: A word of ``modifiers`` is not in the vocabulary, or never occurs.

    Example:
        >>> from slowfold.text import categorical
        >>> train, test = categorical(classes=3, length=8).sample(300, seed=0).split(test=0.2, seed=0)
        >>> network = Classifier.build(train, hidden=8, seed=0)
        >>> context = measure_context(network, train, network.read(test), seed=0)
        >>> context.states, [train.vocabulary.words[word] for word in context.ranked]
        (24, ['kinda_1', 'kinda_0', 'kinda_2', 'the'])
    """
    generator = torch.Generator().manual_seed(seed)
    occurrences = torch.from_numpy(np.rint(train.token_frequencies() * len(train.tokens)).astype(np.int64))
    asked = list(dict.fromkeys(_occurring(network, train, word, occurrences) for word in modifiers))
    commonest = occurrences.argsort(descending=True, stable=True)[:_COMMONEST]
    commonest = commonest[occurrences[commonest] > 0]
    common = commonest[:_RANKED].tolist()
    ranked = torch.tensor([*common, *(word for word in asked if word not in common)])
    states = _states_of_documents(reading, generator)
    # A copy on the CPU, in float64: what is measured is small, and no network is moved.
    cell, readout, held = network.cell.frozen().cpu(), _whole_readout(network), network.mean_input(train).cpu()
    if not readout.any():
        return None
    reader = Reader(cell, readout, held)
    states = reader.settled(reader.states(states), _SETTLING)
    evidence = reader.linear(states, _inputs(network, commonest)).mean(dim=0)
    rows, favours = _strongest(evidence, signed=network.kind != "multilabel")
    probes = commonest[rows]
    said = _inputs(network, probes)
    try:
        found = find_modifiers(
            cell,
            states,
            _inputs(network, ranked),
            said,
            readout,
            held_input=held,
            occurrences=occurrences[ranked],
            seed=seed,
        )
    except TensorError:
        return None
    first = [*asked, *(word for word in ranked[found.order].tolist() if word not in asked)]
    shown = torch.tensor(first[: max(_SHOWN, len(asked))])
    ordinary = _ordinary(train, shown, generator)
    between = _draw_words(train, len(states) * _BETWEEN, generator).unflatten(0, (len(states), _BETWEEN))
    chosen, common_words = _inputs(network, shown), _inputs(network, ordinary.unique()[:_SHOWN])
    usual = measure_barcodes(cell, states, common_words, said, readout, held_input=held, seed=seed)
    subspace = find_modifier_subspace(cell, states, chosen, _inputs(network, ordinary))
    return Context(
        states=len(states),
        ranked=ranked,
        modifiers=found,
        shown=shown,
        probes=probes,
        favours=favours,
        usual=usual.overall.value.median().item(),
        barcodes=measure_barcodes(cell, states, chosen, said, readout, held_input=held, seed=seed),
        fading=measure_fading(
            cell, states, chosen, _inputs(network, between), said, readout, held_input=held, seed=seed
        ),
        subspace=subspace,
        left=factors_without(
            subspace,
            cell,
            states,
            chosen,
            _inputs(network, ordinary),
            said,
            readout,
            removed=min(_AXES, len(subspace.axes)),
            held_input=held,
            seed=seed,
        ),
    )


def _occurring(network: Classifier, train: Corpus, word: str, occurrences: Int64[Tensor, " word"]) -> int:
    number = network.vocabulary.id(word)
    if not occurrences[number]:
        raise DataError(f"the word {quoted(word)} never occurs", where=train.name, cure="choose a word that does")
    return number


def _states_of_documents(reading: Reading, generator: torch.Generator) -> Tensor:
    """A state of each of some documents, after a word of it drawn at random, [state, unit]."""
    documents = draw_rows(len(reading.offsets) - 1, _STATES, generator)
    begins, lengths = reading.offsets[documents], reading.offsets.diff()[documents]
    place = (torch.rand(len(documents), generator=generator, dtype=torch.float64) * lengths).long()
    return reading.states[begins + place]


def _whole_readout(network: Classifier) -> Float64[Tensor, "class unit"]:
    """What the classes read of the whole state: each against their mean, for classes exclude each other; labels not."""
    weight = network.readout.weight.detach().cpu().double()
    whole = weight.new_zeros(len(weight), network.cell.size)
    read = network.read_out(torch.arange(network.cell.size, dtype=torch.float64)).long()
    whole[:, read] = weight if network.kind == "multilabel" else weight - weight.mean(dim=0)
    return whole


def _inputs(network: Classifier, ids: Int64[Tensor, "*batch"]) -> Float64[Tensor, "*batch input"]:
    return network.inputs(ids.to(network.device)).detach().cpu().double()


def _strongest(evidence: Float64[Tensor, "word class"], *, signed: bool) -> tuple[Tensor, Tensor]:
    """Rows of the words that say most about each class, class after class, and the class of each."""
    strength = evidence if signed else evidence.abs()
    most, favoured = strength.max(dim=1)
    classes = evidence.shape[1]
    count = max(2, min(_PER_CLASS, _PROBES // classes))
    chosen = list[Tensor]()
    for label in range(classes):
        own = ((favoured == label) & (most > 0)).nonzero().flatten()
        chosen.append(own[most[own].argsort(descending=True, stable=True)[:count]])
    rows = torch.cat(chosen)
    return rows, favoured[rows]


def _draw_words(train: Corpus, count: int, generator: torch.Generator) -> Int64[Tensor, " word"]:
    """Words as they stand in texts: common ones are drawn often."""
    places = torch.randint(len(train.tokens), (count,), generator=generator)
    # A corpus may be larger than memory: only what is drawn is read.
    return torch.from_numpy(train.tokens[places.numpy()].astype(np.int64))


def _ordinary(
    train: Corpus, modifiers: Int64[Tensor, " modifier"], generator: torch.Generator
) -> Int64[Tensor, " ordinary"]:
    """Some words as they stand in texts, without the modifiers."""
    drawn = _draw_words(train, 2 * _ORDINARY, generator)
    kept = drawn[~torch.isin(drawn, modifiers)][:_ORDINARY]
    # Of a small vocabulary all words may be modifiers: then they are each other's ordinary words.
    return kept if len(kept) else drawn[:_ORDINARY]
