"""What the evidence answers for: how far it is from the labels or from a target at every step, and what it decides."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor, nn

from slowfold.text.corpus import Kind

__all__ = ["Decided", "Labels", "accuracy_tells", "decide", "label_loss", "share_correct", "squared_error"]

Labels = Int64[Tensor, " document"] | Bool[Tensor, "document label"]
"""The class of each document, [document], or which labels it has, [document, label]."""

Decided = Labels
"""What a network says of each document, in the form of its labels."""


def decide(evidence: Float[Tensor, "document class"], kind: Kind) -> Decided:
    """The class with the most evidence, [document], or which labels have more evidence for than against.

    Example:
        >>> evidence = torch.tensor([[2.0, -1.0], [0.5, 1.5]])
        >>> decide(evidence, "categorical").tolist()
        [0, 1]
        >>> decide(evidence, "multilabel").tolist()
        [[True, False], [True, True]]
    """
    return evidence > 0 if kind == "multilabel" else evidence.argmax(dim=-1)


def accuracy_tells(kind: Kind) -> bool:
    """Whether the better of two networks is right more often; of rare labels, to deny them all nearly always is.

    Example:
        >>> accuracy_tells("categorical"), accuracy_tells("multilabel")
        (True, False)
    """
    return kind != "multilabel"


def label_loss(evidence: Float[Tensor, "document class"], labels: Labels) -> Float[Tensor, ""]:
    """The mean cross entropy in nats: of a document's class, or of each of its labels against its absence."""
    if labels.dtype == torch.bool:
        return nn.functional.binary_cross_entropy_with_logits(evidence, labels.to(evidence))
    return nn.functional.cross_entropy(evidence, labels)


def share_correct(decided: Decided, labels: Labels) -> float:
    """The share of the documents decided right; of several labels a document, the mean over the labels."""
    return (decided == labels).double().mean().item()


def squared_error(
    evidence: Float[Tensor, "document time class"],
    targets: Float[Tensor, "document time output"],
    lengths: Int64[Tensor, " document"],
) -> Float[Tensor, ""]:
    """The mean square of what the evidence lacks of the targets, over all words and outputs, padding left out.

    Of two classes and one output, the output is the evidence for the second class against the first: as a network with
    one logit becomes one with two, minus and plus its half.

    Example:
        >>> evidence, targets = torch.tensor([[[1.0, 3.0], [9.0, 9.0]]]), torch.tensor([[[1.5], [0.0]]])
        >>> squared_error(evidence, targets, torch.tensor([1])).item()
        0.25
    """
    if evidence.shape[-1] == 2 and targets.shape[-1] == 1:
        evidence = evidence[..., 1:] - evidence[..., :1]
    real = torch.arange(targets.shape[1], device=lengths.device) < lengths[:, None]
    return (evidence - targets)[real].square().mean()
