from __future__ import annotations

import numpy as np
import pytest

from slowfold.explorer.documents import Documents
from slowfold.study import Run


def ends(run: Run) -> dict[int, np.ndarray]:
    """Where each document of the sample ends, by going through its states one after another."""
    found: dict[int, np.ndarray] = {}
    for state, document in zip(run.analysis["state"].values, run.analysis["state_document"].values, strict=True):
        found[int(document)] = state
    return found


@pytest.mark.parametrize("components", [2, 3])
def test_the_nearest_documents_are_those_whose_ends_are_nearest(explored: Run, components: int) -> None:
    at = np.array([0.7, -0.4, 0.2])[:components]
    distances = sorted(float(np.linalg.norm(end[:components] - at)) for end in ends(explored).values())
    found = Documents(explored).nearest(at, 7)
    assert [document.away for document in found] == pytest.approx(distances[:7], rel=1e-5)


def test_a_document_comes_with_its_words_and_its_labels(explored: Run) -> None:
    analysis = explored.analysis
    place = ends(explored)[3][:2].astype(np.float64)
    (found,) = Documents(explored).nearest(place, 1)
    tokens = analysis["state_token"].values[analysis["state_document"].values == 3]
    assert found.text == " ".join(explored.vocabulary.words[token] for token in tokens)
    assert found.labels == (int(analysis["document_label"].values[3]),)
    assert found.decided == (int(analysis["document_predicted"].values[3]),)
    assert found.away == pytest.approx(0, abs=1e-6)


def test_a_typical_document_is_read_rightly(explored: Run) -> None:
    documents = Documents(explored)
    for label in range(3):
        found = documents.typical(label)
        assert found is not None
        assert found.labels == found.decided == (label,)


def test_several_labels_are_all_told(labelled: Run) -> None:
    found = Documents(labelled).nearest(np.zeros(2), 100)
    assert {document.labels for document in found} == {(), (0,), (1,), (0, 1)}


def test_without_words_documents_have_none(wordless: Run) -> None:
    documents = Documents(wordless)
    assert not documents.has_words
    assert {document.text for document in documents.nearest(np.zeros(2))} == {None}


def test_a_long_word_is_cut(hostile: Run) -> None:
    assert max(len(document.text or "") for document in Documents(hostile).nearest(np.zeros(2), 100)) < 2_000
