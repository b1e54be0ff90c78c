"""What single words do to the state, and for which class they speak."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float, Float64, Int64
from torch import Tensor

from slowfold.geometry import measure_deflections
from slowfold.networks import Classifier
from slowfold.text import Corpus

__all__ = ["Words", "measure_words"]

# No more than this many of the commonest words are looked at.
_COMMONEST = 2_000
# Vocabularies up to this size are shown whole; of larger ones the most telling words of each class, and the commonest.
_SHOWN_WHOLE = 24
_PER_CLASS = 5
_COMMON_SHOWN = 5
# A word with less than this share of the strongest word's evidence speaks for no class.
_NEUTRAL = 0.2
# Where the strongest words of each class are chosen, those of a weak class are weak, and chosen all the same; down to
# this share, below which they are the noise of words that speak for others.
_FAINT = 0.02
# Words are looked at in parts of this size, so that their moves fit into memory.
_PART = 256


@dataclass(frozen=True)
class Words:
    """How chosen words move the state.

    Attributes:
        id: Which words, [word].
        favours: The class whose evidence each word raises most beside the others; of several labels a document, the
            label that it says most about, for it or against it. -1 for a word that says little of any, or is shown
            because it is common, [word].
        moves: F(h, w) - h from a sample of visited states, of what the readout reads, [word, state, read].
        mean: The mean of the moves, [word, read].
        evidence: The mean move's part in each class's logit, less the mean over classes; of several labels a document,
            which do not compete, as it is, [word, class].
    """

    id: Int64[Tensor, " word"]
    favours: Int64[Tensor, " word"]
    moves: Float64[Tensor, "word state read"]
    mean: Float64[Tensor, "word read"]
    evidence: Float64[Tensor, "word class"]


def measure_words(network: Classifier, train: Corpus, states: Float[Tensor, "state unit"]) -> Words:
    """Measures what words do at visited states, and chooses those that are worth showing.

    Args:
        network: The network.
        train: The documents it was trained on: they say which words are common.
        states: Visited states, [state, unit].

    Example:
        >>> from slowfold.text import categorical
        >>> train, test = categorical(classes=3, length=8).sample(300, seed=0).split(test=0.2, seed=0)
        >>> network = Classifier.build(train, hidden=8, seed=0)
        >>> words = measure_words(network, train, network.read(test).states[:64])
        >>> sorted(train.vocabulary.words[word] for word in words.id), words.moves.shape
        (['kinda_0', 'kinda_1', 'kinda_2', 'the'], torch.Size([4, 64, 8]))
    """
    frequencies = torch.from_numpy(train.token_frequencies())
    commonest = frequencies.argsort(descending=True, stable=True)[:_COMMONEST]
    commonest = commonest[frequencies[commonest] > 0]
    weighing = _weighing(network)
    evidence = torch.cat([_mean_moves(network, part, states) @ weighing.T for part in commonest.split(_PART)])
    # Against a label is as telling as for it; against a class is for the others.
    telling = evidence.abs() if network.kind == "multilabel" else evidence
    chosen, favours = _telling(telling, whole=len(network.vocabulary) <= _SHOWN_WHOLE)
    moves = measure_deflections(network.cell, states, _inputs(network, commonest[chosen]))
    mean = network.read_out(moves.mean)
    return Words(
        id=commonest[chosen],
        favours=favours,
        moves=network.read_out(moves.moves),
        mean=mean,
        evidence=mean @ weighing.T,
    )


def _weighing(network: Classifier) -> Float64[Tensor, "class read"]:
    """What a move is multiplied with to give evidence: classes compete, labels do not."""
    readout = network.readout.weight.detach().to("cpu", torch.float64)
    return readout if network.kind == "multilabel" else readout - readout.mean(dim=0)


def _mean_moves(network: Classifier, ids: Tensor, states: Tensor) -> Tensor:
    return network.read_out(measure_deflections(network.cell, states, _inputs(network, ids)).mean)


def _inputs(network: Classifier, ids: Tensor) -> Tensor:
    return network.inputs(ids.to(network.device)).detach()


def _telling(evidence: Float[Tensor, "word class"], *, whole: bool) -> tuple[Tensor, Tensor]:
    """Rows of the words to show, words of one class together, and the class each speaks for; -1 where none."""
    most, favoured = evidence.max(dim=1)
    least = (_NEUTRAL if whole else _FAINT) * most.max()
    favoured = torch.where((most > 0) & (most >= least), favoured, -1)
    if whole:
        order = favoured.argsort(stable=True)
        return order, favoured[order]
    classes = evidence.shape[1]
    rows, stands_for = [], []
    for label in range(classes):
        strongest = torch.where(favoured == label, evidence[:, label], -torch.inf).argsort(descending=True, stable=True)
        strongest = strongest[:_PER_CLASS][favoured[strongest[:_PER_CLASS]] == label]
        rows.append(strongest)
        stands_for.append(torch.full_like(strongest, label))
    telling = torch.cat(rows)
    common = torch.tensor([row for row in range(len(evidence)) if row not in set(telling.tolist())][:_COMMON_SHOWN])
    return torch.cat([telling, common.long()]), torch.cat([*stands_for, torch.full((len(common),), -1)])
