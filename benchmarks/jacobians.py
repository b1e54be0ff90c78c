"""The cells' closed-form Jacobians against automatic differentiation of the same step, at 128 states of 256 units."""

from __future__ import annotations

from collections.abc import Callable

import torch
from tables import conditions, in_turns, print_table, times_as_long
from torch import Tensor

from networks import CELLS
from slowfold.cells import Cell, build_cell

STATES, UNITS, INPUTS = 128, 256, 256
# Automatic differentiation of all outputs at once would hold 512 x 128 x 1,024 numbers several times over.
CHUNK = 64


def main() -> None:
    rows = []
    for kind in CELLS:
        generator = torch.Generator().manual_seed(0)
        cell = build_cell([{"cell": kind, "hidden": UNITS}], INPUTS, generator=generator).frozen()
        states = 2 * torch.rand(STATES, cell.size, generator=generator, dtype=torch.float64) - 1
        inputs = torch.randn(STATES, INPUTS, generator=generator, dtype=torch.float64)
        rows.append(_compare(kind, "dF/dh", *_held(cell, states, inputs[0])))
        rows.append(_compare(kind, "dF/dh and dF/dx", *_driven(cell, states, inputs)))
    print_table(["cell", "of", "closed form, s", "vmap(jacrev), s", "ratio", "greatest difference"], rows)
    print(conditions())


def _held(cell: Cell, states: Tensor, input: Tensor) -> tuple[Callable[[], list[Tensor]], Callable[[], list[Tensor]]]:
    drive = cell.drive(input)
    by_autodiff = torch.func.vmap(torch.func.jacrev(lambda state: cell.advance(state, drive), chunk_size=CHUNK))
    return lambda: [cell.recurrent_jacobian(states, drive)], lambda: [by_autodiff(states)]


def _driven(
    cell: Cell, states: Tensor, inputs: Tensor
) -> tuple[Callable[[], list[Tensor]], Callable[[], list[Tensor]]]:
    by_autodiff = torch.func.vmap(torch.func.jacrev(cell.step, argnums=(0, 1), chunk_size=CHUNK))
    return lambda: list(cell.jacobians(states, inputs)), lambda: list(by_autodiff(states, inputs))


def _compare(
    kind: str, of: str, closed: Callable[[], list[Tensor]], automatic: Callable[[], list[Tensor]]
) -> list[str]:
    difference = max(float((a - b).abs().max()) for a, b in zip(closed(), automatic(), strict=True))
    own, peer = in_turns(closed, automatic)
    return [kind, of, f"{own:.3f}", f"{peer:.3f}", times_as_long(peer, own), f"{difference:.1e}"]


if __name__ == "__main__":
    main()
