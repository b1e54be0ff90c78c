"""Which words change what the words after them say, more than any word does by moving the state."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Float64, Int64
from torch import Tensor

from slowfold.cells.base import Cell
from slowfold.errors import OptionError, TensorError
from slowfold.geometry.context.factors import Factors, fit_factors
from slowfold.geometry.context.reader import Reader

__all__ = ["Modifiers", "find_modifiers"]

# A word is compared with so many others that are read about as often.
_PEERS = 50
# A score above this is an outlier (Iglewicz and Hoaglin, "How to detect and handle outliers", 1993), and the quartile
# of a normal distribution that makes scores of one without outliers have a spread of 1.
_OUTLIER = 3.5
_QUARTILE = 0.6745
# What is smaller is rounding; and where peers differ by less than a tenth, a tenth counts as their spread: no word
# stands out by a hair.
_ROUNDING = 1e-9
_ALIKE = 0.1


@dataclass(frozen=True)
class Modifiers:
    """How much words change what probe words say after them.

    Every change is a root mean square over states, probes and outputs, as a share of the root mean square of what the
    probes say before the word.

    Attributes:
        change: Of what the probes say right after the word, against before it, [word].
        lasting: What is left of the change after some steps of the held input: the word's place on the surface, [word].
        passing: The part of the change that is gone by then: what the word did as a modifier, [word].
        expected: ``passing`` of a word that is read as often: the median of its peers, [word].
        score: How far ``passing`` stands out among the peers, on a logarithmic scale: its distance from their median,
            in units of their spread, or of a tenth where they are more alike, [word].
        factor: By what the word multiplies the probes, beyond what its lasting part does, [word].
    """

    change: Float64[Tensor, " word"]
    lasting: Float64[Tensor, " word"]
    passing: Float64[Tensor, " word"]
    expected: Float64[Tensor, " word"]
    score: Float64[Tensor, " word"]
    factor: Factors

    @property
    def order(self) -> Int64[Tensor, " word"]:
        """The words, the one with the greatest passing change first, [word]."""
        return self.passing.argsort(descending=True, stable=True)

    @property
    def stands_out(self) -> Bool[Tensor, " word"]:
        """Which words are outliers among their peers: their score is above 3.5, [word]."""
        return self.score > _OUTLIER


def find_modifiers(
    cell: Cell,
    states: Float[Tensor, "state unit"],
    words: Float[Tensor, "word input"],
    probes: Float[Tensor, "probe input"],
    readout: Float[Tensor, "output unit"],
    *,
    held_input: Float[Tensor, " input"] | None = None,
    settling: int = 10,
    occurrences: Int64[Tensor, " word"] | None = None,
    seed: int = 0,
) -> Modifiers:
    """Ranks words by how much they change what the words after them say.

    After any word the next one says something else, for any word moves the state, and the surface on which states come
    to lie is bent: where much has been said for a class already, more counts for less. What tells a modifier is that
    its change passes, while a move along the surface stays. So from the state after the word, and from the state before
    it, some steps of the held input are taken; what the word has changed then is its ``lasting`` part, and what it had
    changed at first beyond that is its ``passing`` part. Words are ranked by it, and set beside the words that are read
    about as often: rare ones were never learned well, and do little of anything.

    What the probes say is taken by the formula W dF/dx(h, x*) (x_w - x*): for hundreds of words true steps would take
    minutes. :func:`measure_barcodes` takes true steps for the few words found.

    Args:
        cell: The cell; it is not changed.
        states: Visited states, best each from another document, [state, unit].
        words: The input vectors of the words to rank, [word, input].
        probes: The input vectors of words that say something, [probe, input].
        readout: What is read of a state, one row an output, [output, unit].
        held_input: What words are compared with, and what the state settles by, [input]; zero unless given.
        settling: After how many steps of the held input a modifier has passed.
        occurrences: How often each word is read, [word]; by default all words are each other's peers.
        seed: Draws the resamples of the intervals.

    Raises:
        TensorError: The shapes do not fit the cell, a number is not finite, the readout is zero or the probes say
            nothing, all states are the same, there are fewer than three words, or a word never occurs.
        OptionError: ``settling`` is below 1.

    Source:
        Maheswaranathan and Sussillo, "How recurrent networks implement contextual processing in sentiment analysis",
        ICML 2020, section 3, who rank words by the change of dF/dx. To split the change by what passes, and to compare
        words with their peers, is slowfold's own.

    Example:
        >>> from slowfold.cells import GRU
        >>> cell = GRU(4, 6, generator=torch.Generator().manual_seed(0))
        >>> states = torch.rand(8, 6, generator=torch.Generator().manual_seed(1))
        >>> find_modifiers(cell, states, torch.eye(4), torch.eye(4)[:2], torch.ones(1, 6)).order.shape
        torch.Size([4])
    """
    reader = Reader(cell, readout, held_input)
    before, known = reader.states(states), reader.inputs(probes, "probes")
    ranked = reader.inputs(words, "words")
    _require_spread(before)
    _require_occurrences(occurrences, len(ranked))
    if settling < 1:
        raise OptionError(f"{settling} steps", where="settling", cure="give 1 or more")
    said, later = reader.linear(before, known), reader.linear(reader.settled(before, settling), known)
    total = said.square().sum()
    if total == 0:
        raise TensorError("say nothing from any state", where="probes", cure="choose words of evidence")
    sums = torch.stack([_changes(reader, before, word, known, said, later, settling) for word in ranked])
    change, lasting, passing = (sums[:, k].sum(dim=1).div(total).sqrt() for k in range(3))
    expected, score = _beside_peers(passing, occurrences)
    factor = fit_factors(sums[:, 3].T, sums[:, 4].T, seed=seed)
    return Modifiers(change, lasting, passing, expected, score, factor)


def _changes(
    reader: Reader, before: Tensor, word: Tensor, probes: Tensor, said: Tensor, later: Tensor, settling: int
) -> Float64[Tensor, "5 state"]:
    """Sums over probes and outputs in each state: of the three squared changes, and of what fits the factor."""
    after = reader.after(before, word)
    at_once, settled = reader.linear(torch.cat([after, reader.settled(after, settling)]), probes).chunk(2)
    lasting = settled - later
    unmodified = said + lasting
    return torch.stack(
        [
            part.flatten(1).sum(dim=1)
            for part in (
                (at_once - said).square(),
                lasting.square(),
                (at_once - unmodified).square(),
                at_once * unmodified,
                unmodified.square(),
            )
        ]
    )


def _beside_peers(
    passing: Float64[Tensor, " word"], occurrences: Int64[Tensor, " word"] | None
) -> tuple[Float64[Tensor, " word"], Float64[Tensor, " word"]]:
    """The median of each word's peers, and how far the word lies above it, in units of their spread."""
    sizes = passing.clamp_min(_ROUNDING).log()
    rank, most = torch.zeros_like(sizes), len(sizes) - 1
    if occurrences is not None:
        rank[occurrences.argsort(descending=True, stable=True)] = torch.arange(len(sizes)).to(sizes)
        most = min(most, _PEERS)
    # Its own distance is set beyond all others: nobody is a peer of himself.
    apart = (rank.unsqueeze(1) - rank).abs().fill_diagonal_(torch.inf)
    peers = sizes[apart.argsort(dim=1, stable=True)[:, :most]]
    middle = peers.quantile(0.5, dim=1)
    spread = (peers - middle.unsqueeze(1)).abs().quantile(0.5, dim=1) / _QUARTILE
    return middle.exp(), (sizes - middle) / spread.clamp_min(_ALIKE)


def _require_spread(states: Float64[Tensor, "state unit"]) -> None:
    if (states == states[0]).all():
        raise TensorError("are all the same", where="states", cure="give visited states that differ, two or more")


def _require_occurrences(occurrences: Int64[Tensor, " word"] | None, words: int) -> None:
    if words < 3:
        raise TensorError(f"{words} have no peers", where="words", cure="give three or more to rank")
    if occurrences is None:
        return
    if occurrences.shape != (words,):
        raise TensorError(
            f"the shape is {tuple(occurrences.shape)} for {words} words", where="occurrences", cure="give one a word"
        )
    never = (occurrences <= 0).nonzero().flatten().tolist()
    if never:
        raise TensorError(f"word {never[0]} never occurs", where="occurrences", cure="leave it out")
