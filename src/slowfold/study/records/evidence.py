"""How the evidence of words, their memory and their linear account are written down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import xarray as xr
from torch import Tensor

from slowfold.geometry.evidence import Agreement, Responses
from slowfold.study.records.values import finite, named_array
from slowfold.study.stages.evidence import Evidence, Memory, WordTable

__all__ = ["evidence_arrays", "evidence_summary"]

# The quantiles that stand for a distribution.
_MEDIAN, _NINETIETH, _QUARTER, _THREE_QUARTERS = 0.5, 0.9, 0.25, 0.75


def evidence_summary(measured: Evidence) -> dict[str, Any]:
    """The part ``evidence`` of summary.json; None stands for what could not be measured."""
    linearity, shadow, memory = measured.linearity, measured.shadow, measured.memory
    return {
        "held": measured.held,
        "linear": None
        if linearity is None
        else {
            "documents": measured.documents,
            "remainder": {"median": linearity.median, "ninetieth": linearity.ninetieth},
            "agreement": linearity.agreement,
            "poor": linearity.poor,
            "sentence": linearity.sentence,
        },
        "words": {
            "count": len(measured.words.id),
            "places": measured.words.places,
            "agreement": _agreement(measured.words.agreement),
        },
        "projected": list(measured.projected),
        "shadow": None
        if shadow is None
        else {
            "documents": shadow.documents,
            "points": shadow.points,
            "one_step": _spread(shadow.one_step),
            "roll_out": _spread(shadow.roll_out),
            "accuracy": shadow.accuracy,
            "network_accuracy": shadow.network_accuracy,
        },
        "memory": None if memory is None else _memory(memory),
    }


def evidence_arrays(measured: Evidence, words: Sequence[str]) -> dict[str, xr.DataArray]:
    """The tables of words, the shares of documents, and the responses.

    Args:
        measured: What was measured.
        words: How the words of the table are called, in its order; numbers where no words are to be written.
    """
    table = measured.words
    arrays = {
        "common_word": xr.DataArray(list(words), dims="common_word", attrs={"long_name": "the commonest words"}),
        **_table_arrays(table),
        "projected_accuracy": named_array(
            "kept_component", torch.tensor(measured.projected), "accuracy on so many components of the final states"
        ),
    }
    if measured.linearity is not None:
        arrays["remainder_share"] = named_array(
            "ledger", measured.linearity.share, "remainder of the linear account beside the range of the logits"
        )
    if measured.shadow is not None:
        arrays["shadow_one_step"] = named_array("shadow_step", measured.shadow.one_step, "error relative to the step")
        arrays["shadow_roll_out"] = named_array(
            "shadow_document", measured.shadow.roll_out, "error at the end relative to the way the network came"
        )
    if measured.memory is not None:
        arrays |= _memory_arrays(measured.memory)
    return arrays


def _agreement(agreement: Agreement | None) -> dict[str, Any] | None:
    if agreement is None:
        return None
    rows = zip(agreement.correlation.tolist(), agreement.low.tolist(), agreement.high.tolist(), strict=True)
    return {
        "level": agreement.level,
        "mean": _interval(agreement.mean, agreement.mean_low, agreement.mean_high),
        "classes": [_interval(*row) for row in rows],
    }


def _interval(value: float, low: float, high: float) -> dict[str, float | None]:
    return {"correlation": finite(value), "low": finite(low), "high": finite(high)}


def _spread(values: Tensor) -> dict[str, float | None]:
    median, ninetieth = (values.quantile(share, interpolation="lower").item() for share in (_MEDIAN, _NINETIETH))
    return {"median": finite(median), "ninetieth": finite(ninetieth)}


def _memory(memory: Memory) -> dict[str, Any]:
    motion, tangent = memory.motion, memory.tangent
    return {
        "at": memory.at,
        "held": _responses(memory.held),
        "read": None if memory.read is None else _responses(memory.read),
        "tangent": None if tangent is None else [finite(value) for value in tangent.quantile(_MEDIAN, dim=0).tolist()],
        "tangent_by_chance": memory.tangent_by_chance,
        "driven": _spread(motion.driven),
        "drift": _spread(motion.drift),
    }


def _responses(responses: Responses) -> dict[str, Any]:
    def listed(values: Tensor) -> list[float | None]:
        return [finite(value) for value in values.tolist()]

    return {
        "pushes": responses.left.shape[1],
        "times": responses.times.tolist(),
        "left": listed(responses.left.nanquantile(_MEDIAN, dim=1)),
        "foretold": listed(responses.foretold.nanquantile(_MEDIAN, dim=1)),
        "error": {
            "median": listed(responses.quantiles(_MEDIAN)),
            "quarter": listed(responses.quantiles(_QUARTER)),
            "three_quarters": listed(responses.quantiles(_THREE_QUARTERS)),
        },
    }


def _table_arrays(table: WordTable) -> dict[str, xr.DataArray]:
    arrays = {
        "id": named_array("common_word", table.id, "the number of the word"),
        "learned": named_array(
            ("common_word", "class"), table.learned, "what the end holds of the word, mean over places", "nats"
        ),
        "spread": named_array(
            ("common_word", "class"), table.spread, "standard deviation of that over the places", "nats"
        ),
        "counted": named_array(("common_word", "class"), table.counted, "log-likelihood ratio in the counts", "nats"),
    }
    if table.along is not None:
        along = table.along
        arrays |= {
            "by_mode": named_array(
                ("common_word", "word_mode"), along.by_mode, "l . J_in (x - x*), mean over the points"
            ),
            "by_mode_spread": named_array(
                ("common_word", "word_mode"), along.by_mode_spread, "standard deviation of that over the points"
            ),
            "mode_logits": named_array(
                ("word_mode", "class"), along.mode_logits, "a unit of the mode in the logits", "nats"
            ),
            "through_modes": named_array(
                ("common_word", "class"), along.through_modes, "evidence through these modes alone", "nats"
            ),
        }
    return {f"common_word_{name}": array for name, array in arrays.items()}


def _memory_arrays(memory: Memory) -> dict[str, xr.DataArray]:
    arrays: dict[str, xr.DataArray] = {}
    for name, responses in (("held", memory.held), ("read", memory.read)):
        if responses is None:
            continue
        time, push = f"{name}_time", f"{name}_push"
        arrays |= {
            time: named_array(time, responses.times, "further tokens read", "tokens"),
            f"{name}_left": named_array((time, push), responses.left, "what is left of a push, relative to it"),
            f"{name}_foretold": named_array((time, push), responses.foretold, "the same by the modes"),
            f"{name}_error": named_array(
                (time, push), responses.error, "distance of the two relative to what is left; NaN: it has faded"
            ),
        }
    if memory.tangent is not None:
        arrays["tangent_share"] = named_array(
            ("tangent_point", "tangent_mode"), memory.tangent, "how much of a mode lies in the tangent"
        )
    arrays["driven"] = named_array("motion_step", memory.motion.driven, "how far the word moves the state")
    arrays["drift"] = named_array("motion_step", memory.motion.drift, "how far the held input alone would")
    return arrays
