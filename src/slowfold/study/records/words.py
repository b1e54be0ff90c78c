"""How what words do is written down."""

from __future__ import annotations

from collections.abc import Callable

import xarray as xr
from torch import Tensor

from slowfold.study.records.values import named_array
from slowfold.study.stages.words import Words

__all__ = ["words_arrays"]


def words_arrays(words: Words, along_components: Callable[[Tensor], Tensor]) -> dict[str, xr.DataArray]:
    """The moves of the chosen words, and for which class they speak.

    Args:
        words: What they do.
        along_components: Takes moves of what the readout reads to their parts along the components.
    """
    arrays = {
        "favours": named_array("word", words.favours, "the class a word says most about; -1: none"),
        "move": named_array(("word", "move", "component"), along_components(words.moves).float(), "F(h, w) - h"),
        "mean_move": named_array(("word", "component"), along_components(words.mean), "mean F(h, w) - h"),
        "length": named_array("word", words.mean.norm(dim=1), "length of the mean move"),
        "evidence": named_array(
            ("word", "class"),
            words.evidence,
            "part of the mean move in the logits, less their mean where classes exclude each other",
            "nats",
        ),
    }
    return {f"word_{name}": array for name, array in arrays.items()}
