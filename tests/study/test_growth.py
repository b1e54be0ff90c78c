"""What is written down of a network while it is trained."""

import itertools
import json
import math
from dataclasses import replace

import pytest
import torch

from slowfold.errors import RunError
from slowfold.networks import Classifier, Metrics
from slowfold.study.growth import GROWTH, Growth, read_growth
from slowfold.text import LANGUAGES

MEASURED = Metrics(
    step=1,
    loss=0.5,
    penalty=0.0,
    l2_scope="all",
    accuracy=0.5,
    validation_loss=None,
    validation_accuracy=None,
    learning_rate=0.1,
    tokens_per_second=1.0,
    seconds=1.0,
)


@pytest.fixture
def grown(tmp_path):
    test = LANGUAGES["categorical"](classes=3, length=6).sample(90, seed=0)
    network = Classifier.build(test, hidden=5, seed=0)
    return network, test, tmp_path


def test_a_run_has_the_network_before_its_training_and_as_it_is_kept(run, experiment):
    stages = read_growth(run.folder)
    assert stages[0].step == 0
    assert stages[0].loss is None
    assert stages[-1].step == experiment.steps
    steps = [stage.step for stage in stages]
    assert steps == sorted(set(steps))
    assert all(after - before <= 1 + 0.25 * before for before, after in itertools.pairwise(steps))
    assert stages[-1].loss == run.metrics[-1].loss
    angles = run.summary["readouts"]["angles"]
    assert stages[-1].angles == pytest.approx([angles[1][0], angles[2][0], angles[2][1]])
    # Other documents, but as many of each class.
    assert stages[-1].participation_ratio == pytest.approx(
        run.summary["dimension"]["visited"]["participation_ratio"], abs=0.3
    )
    assert math.fsum(stages[-1].shares) <= 1


def test_looks_grow_apart_and_change_nothing(grown):
    network, test, folder = grown
    before = [weight.clone() for weight in network.parameters()]
    state = torch.get_rng_state()
    growth = Growth(network, test, folder, seed=0)
    for step in range(1, 41):
        growth(replace(MEASURED, step=step))
    assert [stage.step for stage in read_growth(folder)] == [0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 18, 22, 27, 33, 40]
    assert all(torch.equal(weight, then) for weight, then in zip(network.parameters(), before, strict=True))
    assert torch.equal(torch.get_rng_state(), state)


def test_what_is_done_again_after_a_checkpoint_is_written_down_once(grown):
    network, test, folder = grown
    growth = Growth(network, test, folder, seed=0)
    for step in range(1, 9):
        growth(replace(MEASURED, step=step))
    resumed = Growth(network, test, folder, seed=0)
    for step in range(4, 7):
        resumed(replace(MEASURED, step=step, loss=0.25))
    resumed.end(6, 0.25)
    stages = read_growth(folder)
    assert [stage.step for stage in stages] == [0, 1, 2, 3, 4, 5, 6]
    assert [stage.loss for stage in stages[1:]] == [0.5] * 3 + [0.25] * 3


def test_embedded_words_are_looked_at_when_all_are_where_they_belong(grown):
    _, test, folder = grown
    embedded = Classifier.build(test, hidden=5, embedding=3, seed=0)
    growth = Growth(embedded, test, folder, seed=0)
    growth(MEASURED)
    growth(replace(MEASURED, step=2, watched={"test": 0.5}))
    assert [stage.step for stage in read_growth(folder)] == [0, 2]


def test_a_damaged_file_is_told(tmp_path):
    assert read_growth(tmp_path) == ()
    for damaged in ("{", "[1]", json.dumps({"step": 1})):
        (tmp_path / GROWTH).write_text(damaged, encoding="utf-8")
        with pytest.raises(RunError, match=GROWTH):
            read_growth(tmp_path)
