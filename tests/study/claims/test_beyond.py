"""What claims need beside a summary: the spectrum of the gates alone."""

import copy

import pytest
import torch

from slowfold.cells import build_cell
from slowfold.study.claims.beyond import keep_beyond, read_beyond


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("gru", [0.7, 0.6, 0.5]), ("ugrnn", [0.7, 0.6, 0.5]), ("lstm", [0.7, 0.6, 0.5, 0, 0, 0]), ("vanilla", [0, 0, 0])],
)
def test_without_matrices_a_spectrum_is_the_sigmoids_of_the_gate_biases(kind, expected):
    # The fact that the measure stands on, cell by cell.
    cell = build_cell([{"cell": kind, "hidden": 3}], 2, generator=torch.Generator().manual_seed(0)).double()
    wanted = torch.logit(torch.tensor([0.5, 0.6, 0.7], dtype=torch.float64))
    with torch.no_grad():
        for weight in cell.weights():
            weight.zero_()
        for name, parameter in cell.named_parameters():
            if parameter.dim() == 1:
                parameter.zero_()
                if kind in ("gru", "lstm") and "bias_ih" in name:
                    parameter[3:6] = wanted
                elif kind == "ugrnn":
                    parameter[:3] = wanted
        still = torch.zeros(cell.size, dtype=torch.float64)
        jacobian = cell.recurrent_jacobian(still, cell.drive(torch.zeros(2, dtype=torch.float64)))
    found = torch.linalg.eigvals(jacobian).abs().sort(descending=True).values
    assert found.tolist() == pytest.approx(expected, abs=1e-12)


def test_it_is_kept_beside_the_summary_and_leaves_the_network_alone(run):
    before = copy.deepcopy(run.network.state_dict())
    keep_beyond(run)
    told = read_beyond(run.folder)
    assert told["gates"]["distance"] > 0.05  # a network that has learned is more than its gates
    assert 0 < told["gates"]["greatest"] < 2
    assert all(torch.equal(weight, before[name]) for name, weight in run.network.state_dict().items())


def test_where_nothing_was_kept_nothing_is_read(tmp_path):
    assert read_beyond(tmp_path) == {}
    (tmp_path / "claims.json").write_text("[1]", encoding="utf-8")
    assert read_beyond(tmp_path) == {}
