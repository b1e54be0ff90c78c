"""A warm start: a new network begins with what another one has learned to read."""

from __future__ import annotations

import torch

from slowfold.errors import NetworkError
from slowfold.networks.classifier import Classifier

__all__ = ["start_from"]


@torch.no_grad()
def start_from(network: Classifier, learned: Classifier) -> None:
    """Gives ``network`` all weights of ``learned`` but the readout: the classes may be others, the words may not.

    Args:
        network: The network to train; it is changed.
        learned: A network of the same words and the same cell; it stays as it is.

    Raises:
        NetworkError: Their words, inputs or cells differ.

    Example:
        >>> from slowfold.text.languages import categorical
        >>> corpus = categorical(classes=3).sample(30, seed=0)
        >>> learned, network = (Classifier.build(corpus, hidden=8, seed=seed) for seed in (0, 1))
        >>> start_from(network, learned)
        >>> network.cell.rnn.weight_hh_l0.equal(learned.cell.rnn.weight_hh_l0)
        True
    """
    if network.vocabulary != learned.vocabulary:
        raise NetworkError(
            f"its {len(learned.vocabulary)} words are not the {len(network.vocabulary)} words of the network",
            where="the network to start from",
            cure="read the documents with its vocabulary",
        )
    own, others = network.config(), learned.config()
    for name in ("layers", "embedding"):
        if own[name] != others[name]:
            raise NetworkError(
                f"its {name} are {others[name]}, not {own[name]}",
                where="the network to start from",
                cure="build the new network alike",
            )
    weights = dict(learned.named_parameters())
    for name, weight in network.named_parameters():
        if not name.startswith("readout."):
            weight.copy_(weights[name])
