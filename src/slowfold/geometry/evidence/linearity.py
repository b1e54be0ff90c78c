"""How much of the decisions a linear account explains: what its remainder is beside the range of the logits."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from slowfold.errors import TensorError
from slowfold.geometry.evidence.deciding import decisive
from slowfold.text import Kind

__all__ = ["POOR", "Linearity", "measure_linearity"]

POOR = 0.25
"""A linear account whose remainder is more than this share of the range of the logits, in the median, is poor."""


@dataclass(frozen=True)
class Linearity:
    """The remainder of the linear account of documents, as a share of the range of the logits.

    Attributes:
        share: Of each document, in the class where it is greatest, [document].
        median: The median over the documents.
        ninetieth: Nine in ten documents have no more than this.
        agreement: The share of the documents that the linear account decides as the network does; of several labels a
            document, the share of the labels.
    """

    share: Float64[Tensor, " document"]
    median: float
    ninetieth: float
    agreement: float

    @property
    def poor(self) -> bool:
        """Whether the linear account explains little."""
        return self.median > POOR

    @property
    def sentence(self) -> str:
        """What is to be said of it, in a line.

        Example:
            >>> share = torch.tensor([0.31, 0.4]).double()
            >>> Linearity(share, 0.355, 0.391, 0.9).sentence
            'The linear account is poor: it leaves 36 % of the range of the logits unexplained in the median.'
        """
        left = f"{100 * self.median:.0f} % of the range of the logits"
        if self.poor:
            return f"The linear account is poor: it leaves {left} unexplained in the median."
        return f"The evidence of words adds up: what is not linear is {left} in the median."


def measure_linearity(
    linear: Float[Tensor, "document class"],
    logits: Float[Tensor, "document class"],
    all_logits: Float[Tensor, "other class"],
    kind: Kind = "categorical",
) -> Linearity:
    """How well linear accounts say what a network says of documents.

    The remainder of a document is set beside the range of the logits, from the least to the greatest of all documents,
    class by class, and the class where it is greatest counts; one whose logit is the same for all is left out. Of
    alternatives their mean is taken off first.

    Args:
        linear: The logits by the linear account alone; see :attr:`Ledger.linear`, [document, class].
        logits: The logits of the same documents, [document, class].
        all_logits: The logits of all test documents, which the range is taken over, [other, class].
        kind: What the classes are to each other.

    Raises:
        TensorError: The classes are not the same, there is no document, or the logits of all documents are the same.

    Example:
        >>> logits = torch.tensor([[3.0, -3.0], [-1.0, 1.0]]).double()
        >>> measure_linearity(logits + torch.tensor([1.0, -1.0]), logits, logits).share.tolist()
        [0.25, 0.25]
    """
    if linear.shape != logits.shape or logits.shape[1:] != all_logits.shape[1:] or not len(logits):
        raise TensorError(
            f"shapes {tuple(linear.shape)}, {tuple(logits.shape)} and {tuple(all_logits.shape)} do not fit",
            where="measure_linearity",
            cure="give the logits of the same classes, of one document or more",
        )
    linear, logits, whole = (values.detach().to("cpu", torch.float64) for values in (linear, logits, all_logits))
    extents = decisive(whole, kind)
    extent = extents.amax(dim=0) - extents.amin(dim=0)
    varies = extent > 0
    if not varies.any():
        raise TensorError("the logits of all documents are the same", cure="give those of more documents")
    share = (decisive(logits - linear, kind).abs()[:, varies] / extent[varies]).amax(dim=1)
    same = (linear > 0) == (logits > 0) if kind == "multilabel" else linear.argmax(dim=1) == logits.argmax(dim=1)
    return Linearity(
        share=share,
        median=share.quantile(0.5).item(),
        ninetieth=share.quantile(0.9).item(),
        agreement=same.double().mean().item(),
    )
