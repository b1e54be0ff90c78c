"""The weights of a new network as the authors of the paper drew them."""

from __future__ import annotations

import math

import torch
from torch import nn

from slowfold.cells import LSTM, Cell, cell_layers
from slowfold.errors import OptionError
from slowfold.networks.network import Network

__all__ = ["INITIALISATIONS", "draw_as_paper", "require_initialisation"]

INITIALISATIONS = ("default", "paper")
"""The ways to draw the weights of a new network that can be asked for by name."""

# The standard deviation of the biases of the readout.
_READOUT_BIASES = 0.01


def require_initialisation(name: str) -> None:
    """Raises an OptionError unless there is an initialisation of that name."""
    if name not in INITIALISATIONS:
        raise OptionError(
            f"there is no {name!r}", where="initialisation", cure=f"choose from {', '.join(INITIALISATIONS)}"
        )


@torch.no_grad()
def draw_as_paper(network: Network, generator: torch.Generator) -> None:
    """Draws all weights of ``network`` anew, as the paper did, and sets the initial state to zero.

    The vectors of the words are the columns of an orthogonal matrix. The matrices of a cell are normal, of variance one
    over its units: those of the input, too, for the authors keep a matrix as (units, inputs) where their initialiser
    takes the first of the two for what is summed over. The biases are zero, so that gates begin half open, but for the
    forget gate of an LSTM, which begins at 1. The readout is normal, by Glorot's rule, and its biases are small.

    Source:
        Aitken et al., "The geometry of integration in text classification RNNs", ICLR 2021, and its programs.

    Example:
        >>> from slowfold.cells import GRU
        >>> from slowfold.text.vocabulary import Vocabulary
        >>> draw = torch.Generator().manual_seed(0)
        >>> words = Vocabulary(("good", "bad"))
        >>> network = Network(
        ...     GRU(2, 4, generator=draw),
        ...     vocabulary=words, class_names=("no", "yes"), kind="categorical", embedding=None, generator=draw,
        ... )
        >>> draw_as_paper(network, draw)
        >>> [int(bias.count_nonzero()) for bias in network.cell.parameters() if bias.dim() == 1]
        [0, 0]
    """
    if network.embedding is not None:
        nn.init.orthogonal_(network.embedding.weight, generator=generator)
    for layer in cell_layers(network.cell):
        _draw_cell(layer, generator)
    nn.init.xavier_normal_(network.readout.weight, generator=generator)
    for name, parameter in network.readout.named_parameters():
        if name == "bias":
            parameter.normal_(std=_READOUT_BIASES, generator=generator)
    network.initial_state.zero_()


def _draw_cell(cell: Cell, generator: torch.Generator) -> None:
    deviation = 1 / math.sqrt(cell.output_size)
    for parameter in cell.parameters():
        if parameter.dim() > 1:
            parameter.normal_(std=deviation, generator=generator)
        else:
            parameter.zero_()
    if isinstance(cell, LSTM):
        # PyTorch adds two biases; its gates are in the order of input, forget, candidate, output.
        cell.get_parameter("rnn.bias_ih_l0")[cell.hidden : 2 * cell.hidden] = 1
