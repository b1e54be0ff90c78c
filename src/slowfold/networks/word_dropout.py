"""Words that a network does not get to read while it is trained, so that it learns from all the others."""

from __future__ import annotations

import numpy as np
import torch

from slowfold.networks.batches import Batch

__all__ = ["hide_words"]


def hide_words(batch: Batch, share: float, *, unknown: int | None, generator: np.random.Generator) -> Batch:
    """The same documents with a share of their words hidden.

    A word that is hidden becomes the unknown word, which so comes to stand for any word: documents that are read later
    are full of words that the training documents lack. Where every word is known, there is none that it could become,
    and it is left out, with what was to be said after it; of each document one word at least is left.

    A network of some millions of weights can learn a thousand documents by heart, each by a word or two. It cannot
    where these words are not there the next time.

    Args:
        batch: The documents.
        share: The share of the words to hide, each by a draw of its own.
        unknown: The number of the unknown word, or None.
        generator: Draws the words.

    Source:
        Iyyer et al., "Deep unordered composition rivals syntactic methods for text classification", ACL 2015, and
        Dai and Le, "Semi-supervised sequence learning", NeurIPS 2015.

    Example:
        >>> batch = Batch(torch.tensor([[4, 5, 6, 7]]), torch.tensor([4]), torch.tensor([0]))
        >>> hide_words(batch, 0.5, unknown=0, generator=np.random.default_rng(0)).tokens
        tensor([[4, 5, 6, 0]])
        >>> hide_words(batch, 0.5, unknown=None, generator=np.random.default_rng(0)).tokens
        tensor([[4, 5, 6]])
    """
    hidden = torch.from_numpy(generator.random(tuple(batch.tokens.shape), dtype=np.float32) < share)
    if unknown is not None:
        return batch._replace(tokens=batch.tokens.masked_fill(hidden, unknown))
    return _without(batch, hidden)


def _without(batch: Batch, hidden: torch.Tensor) -> Batch:
    """The documents without the words that are hidden, the others moved up."""
    left = (torch.arange(batch.tokens.shape[1]) < batch.lengths[:, None]) & ~hidden
    # Of a document that would be empty, the first word stays.
    left[:, 0] |= ~left.any(dim=1)
    lengths = left.sum(dim=1)
    # Sorting is stable: the words that are left come first, and stay in their order.
    order = (~left).to(torch.uint8).argsort(dim=1, stable=True)[:, : int(lengths.max())]
    targets = batch.targets
    if targets is not None:
        targets = targets.gather(1, order[..., None].expand(-1, -1, targets.shape[-1]))
    return batch._replace(tokens=batch.tokens.gather(1, order), lengths=lengths, targets=targets)
