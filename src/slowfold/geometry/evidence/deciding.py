"""What of evidence decides: classes that are alternatives are decided by what sets them apart."""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor

from slowfold.text import Kind

__all__ = ["decisive"]


def decisive(evidence: Float[Tensor, "*batch class"], kind: Kind) -> Float[Tensor, "*batch class"]:
    """The part of evidence that decides anything, [..., class].

    What all classes have in common decides nothing where a document has one of them, so their mean is taken off. Where
    a document may have several labels, each is decided by itself.

    Example:
        >>> import torch
        >>> decisive(torch.tensor([1.0, 3.0]), "categorical").tolist()
        [-1.0, 1.0]
        >>> decisive(torch.tensor([1.0, 3.0]), "multilabel").tolist()
        [1.0, 3.0]
    """
    return evidence if kind == "multilabel" else evidence - evidence.mean(dim=-1, keepdim=True)
