"""How the words that modify others are written down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
import xarray as xr
from torch import Tensor

from slowfold.geometry.context import Factors
from slowfold.study.records.values import finite, named_array
from slowfold.study.stages.context import Context

__all__ = ["context_arrays", "context_summary"]


def context_summary(context: Context | None) -> dict[str, Any] | None:
    """The modifiers in numbers, without a word of the documents; None where there was nothing to measure."""
    if context is None:
        return None
    found, bars, fading = context.modifiers, context.barcodes, context.fading
    rows = [context.ranked.tolist().index(number) for number in context.shown.tolist()]
    modifiers = [
        {
            "change": found.change[row].item(),
            "lasting": found.lasting[row].item(),
            "passing": found.passing[row].item(),
            "expected": found.expected[row].item(),
            "score": found.score[row].item(),
            "factor": finite(bars.overall.value[place].item()),
            "low": finite(bars.overall.low[place].item()),
            "high": finite(bars.overall.high[place].item()),
            "verdict": bars.overall.verdicts()[place],
            "halved": _count(int(fading.halved[place])),
        }
        for place, row in enumerate(rows)
    ]
    return {
        "input": "mean",
        "states": context.states,
        "ranked": len(context.ranked),
        "probes": len(context.probes),
        "stand_out": int(found.stands_out.sum()),
        "usual": finite(context.usual),
        "modifiers": modifiers,
        "shares": context.subspace.shares[: context.left.value.shape[1] - 1].tolist(),
        "left": [finite(value) for value in (context.left.value - 1).abs().nanmedian(dim=0).values.tolist()],
    }


def context_arrays(context: Context, words: Sequence[str] | None) -> dict[str, xr.DataArray]:
    """What was ranked, the barcodes, how long modifiers work, and where they lead.

    Args:
        context: What was measured.
        words: The vocabulary, to name the words by; without it they are numbers.
    """
    found, bars, subspace = context.modifiers, context.barcodes, context.subspace
    axes = context.left.value.shape[1] - 1
    share = "share of what the probes say"
    arrays = {
        "change": named_array("ranked", found.change, f"change right after the word, {share}"),
        "lasting": named_array("ranked", found.lasting, f"change that lasts, {share}"),
        "passing": named_array("ranked", found.passing, f"change that passes, {share}"),
        "expected": named_array("ranked", found.expected, "passing change of a word read as often"),
        "score": named_array("ranked", found.score, "distance from it on a logarithmic scale, in spreads"),
        **_factor_arrays("passing_factor", ("ranked",), found.factor, "factor beyond the lasting change"),
        "favours": named_array("probe", context.favours, "the class a probe says most about"),
        "before": named_array(("probe", "class"), bars.before, "W (F(h, w) - F(h, x*)) before the modifier", "nats"),
        "barcode": named_array(("modifier", "probe", "class"), bars.change, "what the modifier adds to it", "nats"),
        **_factor_arrays("factor", ("modifier", "probe"), bars.factor, "factor of each probe"),
        **_factor_arrays("overall", ("modifier",), bars.overall, "factor of all probes, by true steps"),
        **_factor_arrays("linear", ("modifier",), bars.linear, "factor of all probes, by the formula"),
        **_factor_arrays(
            "fading", ("modifier", "between"), context.fading.factor, "factor after so many words between"
        ),
        "halved": named_array("modifier", context.fading.halved, "words until half of the effect is gone; -1: later"),
        "axis": named_array(("modifier_axis", "unit"), subspace.axes[:axes], "directions of modifiers"),
        "axis_share": named_array("modifier_axis", subspace.shares[:axes], "share of the moves of modifiers"),
        "coordinate": named_array(
            ("modifier", "modifier_axis"), subspace.coordinates[:, :axes], "mean move beyond that of ordinary words"
        ),
        **_factor_arrays("left", ("modifier", "removed"), context.left, "factor without so many leading axes"),
    }
    return {
        **{f"context_{name}": array for name, array in arrays.items()},
        "ranked": _names("ranked", context.ranked, words),
        "modifier": _names("modifier", context.shown, words),
        "probe": _names("probe", context.probes, words),
        "between": named_array("between", torch.arange(context.fading.factor.value.shape[1]), "words between", "token"),
    }


def _factor_arrays(name: str, dimensions: tuple[str, ...], factors: Factors, meaning: str) -> dict[str, xr.DataArray]:
    return {
        name: named_array(dimensions, factors.value, meaning),
        f"{name}_low": named_array(dimensions, factors.low, f"{meaning}, lower end of 95 %"),
        f"{name}_high": named_array(dimensions, factors.high, f"{meaning}, upper end of 95 %"),
    }


def _names(dimension: str, ids: Tensor, words: Sequence[str] | None) -> xr.DataArray:
    spelled = [f"word {number}" if words is None else words[number] for number in ids.tolist()]
    return xr.DataArray(np.array(spelled), dims=dimension)


def _count(value: int) -> int | None:
    return None if value < 0 else value
