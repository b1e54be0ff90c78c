"""A network that gives several labels a document is analysed and reported on like any other, label by label."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from slowfold.networks import Classifier, bag_of_words, evaluate, majority_class
from slowfold.report import find
from slowfold.report.groups import groups_of
from slowfold.report.page import render
from slowfold.study import Experiment, Run, analyze, conduct, read_task
from slowfold.study.stages.states import sample_documents
from slowfold.text import Corpus, Vocabulary

ASKED = Experiment(
    task="multilabel", classes="2", length=12, documents=900, hidden=16, steps=150, starts=16, states_of=40, seed=1
)


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return conduct(ASKED, folder=tmp_path_factory.mktemp("several") / "run")


def labels_at(run: Run, states: np.ndarray) -> np.ndarray:
    """Which labels the network would give at states: those with more evidence for than against."""
    with torch.no_grad():
        return run.network.evidence(torch.from_numpy(states).float()).numpy() > 0


def test_the_accuracy_is_the_mean_over_labels_and_more_is_told(several: Run) -> None:
    task, accuracy = read_task(ASKED), several.summary["accuracy"]
    found = evaluate(several.network, task.test)
    assert (accuracy["test"], accuracy["exact"], accuracy["macro_f1"]) == (found.accuracy, found.exact, found.macro_f1)
    assert accuracy["exact"] < accuracy["test"]
    with torch.no_grad():
        right = (several.network.logits(task.test).numpy() > 0) == task.test.labels
    assert accuracy["test"] == pytest.approx(right.mean(axis=0).mean())
    assert accuracy["exact"] == pytest.approx(right.all(axis=1).mean())
    bag = bag_of_words(task.train, task.test, seed=ASKED.seed).test
    assert (accuracy["bag_of_words"], accuracy["bag_of_words_macro_f1"]) == (bag.accuracy, bag.macro_f1)
    assert accuracy["majority"] == majority_class(task.train, task.test).accuracy
    shuffled = task.test.shuffled_words(seed=ASKED.seed)
    assert accuracy["shuffled_words"] == several.network.accuracy(shuffled)


def test_the_two_labels_make_a_square(several: Run) -> None:
    summary = several.summary
    assert summary["accuracy"]["test"] > 0.9
    assert summary["dimension"]["final"]["participation_ratio"] == pytest.approx(2, abs=0.3)
    assert summary["readouts"]["angles"][0][1] == pytest.approx(90, abs=15)


def test_what_is_true_and_what_is_decided_stand_label_by_label(several: Run) -> None:
    task, arrays = read_task(ASKED), several.analysis
    assert arrays["class"].values.tolist() == list(task.train.class_names)
    for name, dimension in (
        ("document_label", "document"),
        ("document_predicted", "document"),
        ("final_label", "test"),
    ):
        assert arrays[name].dims == (dimension, "class")
        assert set(np.unique(arrays[name].values)) == {0, 1}
    assert (arrays["final_label"].values == task.test.labels).all()
    assert (arrays["document_predicted"].values == (arrays["document_logits"].values > 0)).all()
    for at in ("zero", "mean"):
        member, decided = arrays[f"{at}_member"].values, arrays[f"{at}_predicted"].values
        points = labels_at(several, arrays[f"{at}_point_state"].values)
        fixed = (arrays[f"{at}_verdict"].values == 0) & (member >= 0)
        assert fixed.any()
        assert (decided[fixed] == points[member[fixed]]).all()
    assert (arrays["manifold_predicted"].values == labels_at(several, arrays["manifold_state"].values)).all()


def test_the_visited_states_are_of_as_many_documents_of_each_combination(several: Run) -> None:
    combinations, counts = np.unique(several.analysis["document_label"].values, axis=0, return_counts=True)
    assert combinations.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert counts.tolist() == [10] * 4


def test_of_many_labels_each_label_is_drawn_alike() -> None:
    labels = np.zeros((60, 4), dtype=bool)
    labels[:45, 0] = labels[45:50, 1] = labels[50:55, 2] = labels[55:58, 3] = True
    corpus = Corpus.from_tokens([[0]] * 60, labels, Vocabulary(("the",)), ("a", "b", "c", "d"), kind="multilabel")
    assert (sample_documents(corpus, 20, 0).labels == corpus.take(20, seed=0).labels).all()


def test_words_are_evidence_for_a_label_or_against_it(several: Run) -> None:
    arrays, network = several.analysis, several.network
    evidence = arrays["word_evidence"].values
    # Labels do not compete: what a word adds to a logit is what it adds, and no mean is taken off.
    moves = arrays["word_mean_move"].values @ arrays["axes"].values
    kept = moves @ network.readout.weight.detach().double().numpy().T
    np.testing.assert_allclose(kept, evidence, atol=0.05 * np.abs(evidence).max())
    for word, favours, amounts in zip(
        arrays["word"].values.tolist(), arrays["word_favours"].values.tolist(), evidence, strict=True
    ):
        if word == "the":
            assert favours == -1
            continue
        kind, label = word.rsplit("_", 1)
        assert favours == int(label) == np.abs(amounts).argmax()
        assert (amounts[favours] > 0) == (kind != "bad")


def test_the_report_says_it_of_labels(several: Run) -> None:
    found = find(several)
    assert found.learned
    assert found.headline.startswith("This network adds up evidence for 2 labels on a surface of 2 dimensions")
    assert f"{100 * several.summary['accuracy']['exact']:.1f}\xa0% of test documents in every label" in found.headline
    assert "read at 90°" in dict(found.statements)["Readouts"]
    assert dict(found.statements)["Dimension"].endswith("the corners of a square.")
    page = render(several)
    assert "right angles" in page
    assert "against label 0" in page
    for name in groups_of(several).shown.names:
        assert f"<bdi>{name}</bdi>" in page
    assert "macro-F1 of a bag of words" in page


@pytest.mark.parametrize("count", [1, 3, 5])
def test_any_number_of_labels_gets_a_report(count: int, tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    labels = random.random((60, count)) < 0.5
    ids = [random.integers(3, size=5).tolist() for _ in labels]
    names = tuple(f"label <{i}>" for i in range(count))
    corpus = Corpus.from_tokens(ids, labels, Vocabulary(("a", "b", "c")), names, kind="multilabel", name="drawn")
    train, test = corpus.split(test=0.5, seed=0)
    network = Classifier.build(train, hidden=4, seed=0)
    page = render(run := analyze(network, train, test, folder=tmp_path / "run", starts=4, states_of=16))
    assert f"{count} label" in find(run).headline
    assert "<0>" not in page
    assert ('id="readouts"' in page) == (count > 1)
