"""What claims need beside a summary: the spectrum of the gates alone."""

import copy
import math

import numpy as np
import pytest
import torch
import xarray as xr

from slowfold.cells import build_cell
from slowfold.geometry import simplex_angle
from slowfold.study import Experiment, Run, conduct
from slowfold.study.claims.beyond import keep_beyond, plateau_of, read_beyond
from slowfold.study.growth import read_growth


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


@pytest.mark.parametrize(
    ("losses", "step"),
    [
        ([2.0] * 9, None),
        ([2.0] * 100, None),
        ([2.0] * 10 + [1.9] * 90, None),
        # One number is no fall: the mean over ten steps is.
        ([2.0] * 20 + [0.5] + [2.0] * 20, None),
        ([2.0] * 20 + [1.0] * 20, 22),
        ([1.0] * 10 + [0.8] * 10, 15),
        ([2.0] + [0.1] * 20, 10),
    ],
)
def test_the_plateau_is_over_when_the_loss_has_fallen_by_a_tenth(losses, step):
    assert plateau_of(losses) == step


def test_what_is_told_of_a_training_is_what_was_written_down_meanwhile(run):
    keep_beyond(run)
    told = read_beyond(run.folder)["training"]
    stages = {stage.step: stage for stage in read_growth(run.folder)}
    losses = [measured.loss for measured in run.metrics]
    assert told["plateau"] == plateau_of(losses)
    assert told["looked"] in stages
    assert told["looked"] <= told["plateau"] < min(step for step in stages if step > told["looked"])
    last, then = stages[max(stages)], stages[told["looked"]]
    assert told["angle_gained"] == pytest.approx(sum(last.angles) / 3 - sum(then.angles) / 3)
    assert told["dimension"] == last.participation_ratio
    for step, stage in stages.items():
        if step >= told["dimension_settled"]:
            assert abs(stage.participation_ratio - last.participation_ratio) <= 0.2
    before = [stage for step, stage in stages.items() if step < told["dimension_settled"]]
    assert abs(before[-1].participation_ratio - last.participation_ratio) > 0.2


def made(folder, arrays, classes=3, **summary):
    """A run of which nothing is there but these arrays."""
    run = Run(folder)
    task = {"kind": "categorical", "classes": [f"class {place}" for place in range(classes)]}
    vars(run)["analysis"] = xr.Dataset(arrays)
    vars(run)["summary"] = {"task": task, "network": {"embedding": None}} | summary
    vars(run)["metrics"] = ()
    return run


@pytest.mark.parametrize("classes", [3, 4])
def test_words_that_move_states_to_the_corners_of_a_simplex_are_seen_to(classes, tmp_path):
    # Corners of the cube in N dimensions, seen from their mean: a simplex in N - 1, and a part that all of them share.
    directions = np.linalg.svd(np.eye(classes) - 1 / classes)[0][:, : classes - 1]
    moves = np.hstack([directions, np.full((classes, 2), 7.0)])
    neutral = np.zeros((1, classes + 1))
    neutral[0, 0], neutral[0, -1] = 0.05 * np.linalg.norm(directions[0]), 9.0
    arrays = {
        "word_mean_move": (("word", "component"), np.vstack([moves, neutral])),
        "word_favours": ("word", np.array([*range(classes), -1])),
    }
    keep_beyond(made(tmp_path, arrays, classes))
    told = read_beyond(tmp_path)
    assert told["deflections"] == {"error": pytest.approx(0, abs=1e-5), "neutral": pytest.approx(0.05)}
    bent = np.vstack([moves, neutral])
    bent[0, :2] = bent[1, :2]
    keep_beyond(made(tmp_path, arrays | {"word_mean_move": (("word", "component"), bent)}, classes))
    if classes == 3:
        assert read_beyond(tmp_path)["deflections"]["error"] == pytest.approx(simplex_angle(3))
    else:
        assert read_beyond(tmp_path)["deflections"]["error"] > 12
    assert told["gates"] is told["training"] is told["middle"] is None


@pytest.mark.parametrize("angles", [(0, 120, 240), (10, 100, 250)])
def test_borders_are_measured_where_they_meet(angles, tmp_path):
    meeting = np.array([0.5, -0.25])
    outward = np.array([[math.cos(math.radians(angle)), math.sin(math.radians(angle))] for angle in angles])
    ends = np.stack([np.broadcast_to(meeting, (3, 2)), meeting + 3 * outward], axis=1)
    ends[1] = ends[1, ::-1]
    arrays = {
        "border_ends": (("border", "border_end", "plane"), ends),
        "word_mean_move": (("word", "component"), np.zeros((1, 2))),
        "word_favours": ("word", np.array([-1])),
    }
    keep_beyond(made(tmp_path, arrays))
    between = sorted(min((b - a) % 360, (a - b) % 360) for a, b in zip(angles, (*angles[1:], angles[0]), strict=True))
    told = read_beyond(tmp_path)["borders"]
    assert (told["least"], told["greatest"]) == (pytest.approx(between[0]), pytest.approx(between[-1]))


def test_a_word_for_the_middle_is_seen_from_the_slow_manifold(tmp_path):
    rows = [
        f"{word} {word} film,{stars}"
        for _ in range(12)
        for word, stars in (("horrible", 1), ("okay", 2), ("excellent", 3))
    ]
    file = tmp_path / "stars.csv"
    file.write_text("text,label\n" + "\n".join(rows) + "\n", encoding="utf-8")
    asked = Experiment(task=str(file), ordered=True, hidden=6, embedding=4, steps=30, starts=4, states_of=9)
    run = conduct(asked, folder=tmp_path / "run")
    keep_beyond(run)
    told = read_beyond(run.folder)["middle"]
    # The same, step by step and by hand.
    analysis, network = run.analysis, copy.deepcopy(run.network).double()
    states = torch.from_numpy(analysis["manifold_state"].values[analysis["manifold_reached"].values == 1]).double()
    axes = torch.from_numpy(analysis["axes"].values[:2]).double()

    def move(word):
        with torch.no_grad():
            vector = network.embedding.weight[run.vocabulary.id(word)]
            return axes @ (network.cell.step(states, vector.expand(len(states), -1)) - states).mean(dim=0)

    line, middle = move("excellent") - move("horrible"), move("okay")
    cosine = torch.nn.functional.cosine_similarity(line, middle, dim=0).item()
    assert told["angle"] == pytest.approx(math.degrees(math.acos(cosine)), abs=1e-6)
    assert told["length"] == pytest.approx((middle.norm() / line.norm()).item())
