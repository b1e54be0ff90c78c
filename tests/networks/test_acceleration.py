from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from slowfold.cells import build_cell
from slowfold.errors import OptionError
from slowfold.networks.acceleration import compiled_steps, require_acceleration


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_what_is_not_asked_for_is_not_missed(device: str) -> None:
    require_acceleration(torch.device(device), precision="float32", compile=False)


@pytest.mark.parametrize(
    ("precision", "compile", "name"), [("bfloat16", False, "precision"), ("float32", True, "compile")]
)
def test_a_cpu_has_none(precision: str, compile: bool, name: str) -> None:
    require_acceleration(torch.device("cuda"), precision=precision, compile=compile)
    with pytest.raises(OptionError, match=f"^{name}: is for a GPU, and the network is on the CPU; leave it out, or"):
        require_acceleration(torch.device("cpu"), precision=precision, compile=compile)


def test_only_cells_without_a_kernel_are_compiled_and_only_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    layers = [{"cell": kind, "hidden": 4} for kind in ("gru", "ugrnn", "lstm")]
    layers.append({"cell": "vanilla", "hidden": 4, "leak": 0.5})
    cell = build_cell(layers, 3, generator=torch.Generator().manual_seed(0))
    inputs, state = torch.randn(2, 5, 3, generator=torch.Generator().manual_seed(1)), torch.zeros(2, cell.size)
    expected = cell.unroll(inputs, state)
    steps: list[str] = []

    # What PyTorch compiles it reads, and it cannot read a function whose annotations are checked while it runs.
    def compiled(step: Callable[..., Tensor], *, dynamic: bool) -> Callable[..., Tensor]:
        def advance(state: Tensor, drive: Tensor) -> Tensor:
            steps.append(type(getattr(step, "__self__")).__name__)  # noqa: B009 - only methods have one
            return step(state, drive)

        return advance

    monkeypatch.setattr(torch, "compile", compiled)
    with compiled_steps(cell):
        assert cell.unroll(inputs, state).equal(expected)
    assert steps == ["UGRNN"] * 5 + ["LSTM"] * 5 + ["Vanilla"] * 5
    assert cell.unroll(inputs, state).equal(expected)
    assert len(steps) == 15
