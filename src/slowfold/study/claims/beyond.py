"""What claims need to know of a run that its summary does not say; kept beside the summary, as claims.json."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import torch

from slowfold.errors import SlowfoldError
from slowfold.storage import read_json, write_json
from slowfold.study.runs import Run

__all__ = ["BEYOND", "keep_beyond", "read_beyond"]

BEYOND = "claims.json"
"""The name of the file in the folder of a run."""


def keep_beyond(run: Run) -> None:
    """Measures what claims need beside the summary, and writes it into the folder of the run.

    Args:
        run: A finished run, with its network and its arrays.
    """
    write_json(run.folder / BEYOND, {"gates": _gates(run)})


def read_beyond(folder: Path) -> dict[str, Any]:
    """What was kept; nothing where it was not, which leaves what needs it undecided."""
    try:
        found = read_json(folder / BEYOND)
    except SlowfoldError:
        return {}
    return found if isinstance(found, dict) else {}


def _gates(run: Run) -> dict[str, float] | None:
    """How far the spectrum at the fixed points is from that of the cell's biases alone.

    A cell whose matrices are all zero has a Jacobian that its biases decide: of gated cells the diagonal of the gates.
    Both spectra are ranked by size, and the eigenvalues of one rank compared.
    """
    analysis = run.analysis
    if "mean_eigenvalue" not in analysis:
        return None
    cell = copy.deepcopy(run.network.cell).double()
    with torch.no_grad():
        for weight in cell.weights():
            weight.zero_()
        # Without matrices the Jacobian is the same at every state.
        still, none = torch.zeros(cell.size, dtype=torch.float64), torch.zeros(cell.input_size, dtype=torch.float64)
        alone = torch.linalg.eigvals(cell.recurrent_jacobian(still, cell.drive(none)))
    biases = np.sort(alone.abs().numpy())[::-1]
    trained = -np.sort(-np.abs(analysis["mean_eigenvalue"].values), axis=1)
    return {"distance": float(np.abs(trained - biases).max()), "greatest": float(trained.max())}
