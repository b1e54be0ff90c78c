"""What a GPU can do beside: multiply shorter numbers, and run a step of many operations as one."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager

import torch
from torch import Tensor

from slowfold.cells import Cell, cell_layers
from slowfold.errors import OptionError

__all__ = ["compiled_steps", "require_acceleration"]


def require_acceleration(device: torch.device, *, precision: str, compile: bool) -> None:
    """Checks that what is asked for exists, and that the device has it.

    Raises:
        OptionError: There is no such precision, or the device is a CPU, which has neither.
    """
    if precision not in ("float32", "bfloat16"):
        raise OptionError(f"there is no {precision!r}", where="precision", cure="choose from float32, bfloat16")
    for where, asked in (("precision", precision != "float32"), ("compile", compile)):
        if asked and device.type == "cpu":
            raise OptionError(
                "is for a GPU, and the network is on the CPU",
                where=where,
                cure='leave it out, or move the network first: network.to("cuda")',
            )


@contextmanager
def compiled_steps(cell: Cell) -> Generator[None]:
    """Compiles the step of each layer that is unrolled step by step; afterwards the layers are as they were.

    A step is many small operations, each of which a GPU has to be told to do: compiled they are a few. PyTorch compiles
    what is called, when it is called: where it has a fused kernel no step is, and nothing is compiled.
    """
    layers = cell_layers(cell)
    try:
        for layer in layers:
            layer.advance = _compiled(layer)
        yield
    finally:
        for layer in layers:
            vars(layer).pop("advance", None)


def _compiled(layer: Cell) -> Callable[..., Tensor]:
    step = torch.compile(layer.advance, dynamic=True)

    def advance(state: Tensor, drive: Tensor) -> Tensor:
        # The drives of a text lie one after another in one tensor: each would be compiled anew, for where it begins.
        return step(state.clone(), drive.clone())

    return advance
