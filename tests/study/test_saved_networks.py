"""A network that was saved is analysed with its own words and classes, or one line says what does not match."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from slowfold.errors import DataError, NetworkError, OptionError, SlowfoldError
from slowfold.networks import Classifier
from slowfold.study import analyze_saved
from slowfold.study.experiment import Source
from slowfold.study.tasks import read_for, read_task
from slowfold.text import Vocabulary, learn_wordpiece

FILMS = {"good": "a very fine film and a joy", "bad": "a dull slow film without any joy"}


def write(path: Path, films: dict[str, str] = FILMS, rows: int = 20) -> str:
    lines = [f"{text} number {row % 4},{label}" for row in range(rows) for label, text in films.items()]
    path.write_text("\n".join(["text,label", *lines, ""]), encoding="utf-8")
    return str(path)


@pytest.fixture
def films(tmp_path: Path) -> Source:
    return Source(task=write(tmp_path / "films.csv"))


@pytest.fixture
def network(films: Source, tmp_path: Path) -> Classifier:
    network = Classifier.build(read_task(films).train, hidden=6, embedding=4, seed=0)
    network.save(tmp_path / "network")
    return network


def read(network: Classifier, source: Source):
    return read_for(source, vocabulary=network.vocabulary, class_names=network.class_names, kind=network.kind)


def test_the_documents_are_read_as_for_a_run(films: Source, network: Classifier) -> None:
    again, before = read(network, films), read_task(films)
    for one, other in ((again.train, before.train), (again.test, before.test)):
        assert (one.tokens == other.tokens).all()
        assert (one.labels == other.labels).all()
    assert any("unknown to the network" in note for note in again.notes)


def test_other_documents_are_read_with_the_words_of_the_network(network: Classifier, tmp_path: Path) -> None:
    other = write(tmp_path / "other.csv", {"good": "a fine film with surprises", "bad": "a dull film and slow"})
    task = read(network, Source(task=other))
    assert task.train.vocabulary == network.vocabulary
    assert "<unk>" in {word for document in range(len(task.train)) for word in task.train.words(document)}


def test_a_test_file_is_tested_on_though_it_lacks_a_class(films: Source, network: Classifier, tmp_path: Path) -> None:
    test = write(tmp_path / "test.csv", {"good": FILMS["good"]}, rows=5)
    task = read(network, replace(films, test=test))
    assert (len(task.train), len(task.test)) == (40, 5)
    assert np.unique(task.test.labels).tolist() == [network.class_names.index("good")]


def test_words_in_pieces_are_known_by_their_pieces(films: Source, tmp_path: Path) -> None:
    words = sorted({word for text in FILMS.values() for word in [*text.split(), "number", *"0123"]})
    pieces = learn_wordpiece(words, np.full(len(words), 9), size=60)
    asked = read_for(films, vocabulary=pieces.vocabulary, class_names=("bad", "good"), kind="categorical")
    assert asked.train.vocabulary == pieces.vocabulary
    assert any(word.startswith("##") for word in asked.train.words(0))
    spelled = "".join(word.removeprefix("##") for word in asked.train.words(0))
    assert "film" in spelled


@pytest.mark.parametrize(
    ("others", "message"),
    [
        ({"good": FILMS["good"], "awful": FILMS["bad"]}, "awful"),
        ({"good": "vraiment tres bien", "bad": "pas bon du tout"}, "of its words are unknown to the network"),
    ],
)
def test_documents_that_do_not_match_are_refused(
    others: dict[str, str], message: str, network: Classifier, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=message):
        analyze_saved(tmp_path / "network", Source(task=write(tmp_path / "x.csv", others)), out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_word_that_a_network_without_an_unknown_word_lacks_is_named(films: Source) -> None:
    with pytest.raises(DataError, match="'a' is not in the vocabulary"):
        read_for(films, vocabulary=Vocabulary(("film",)), class_names=("bad", "good"), kind="categorical")


@pytest.mark.parametrize(
    ("source", "error", "message"),
    [
        (Source(task="categorical", classes="2", documents=50), NetworkError, "words"),
        (Source(task="categorical", test="x.csv", documents=50), OptionError, "--test-corpus"),
        (Source(task="missing.csv"), DataError, "missing.csv"),
        (Source(task="missing.csv", ordered=True), OptionError, "--ordered: does not apply to a network"),
        (Source(task="missing.csv", wordpiece=100), OptionError, "--wordpiece"),
    ],
)
def test_what_cannot_be_is_one_line(
    source: Source, error: type[SlowfoldError], message: str, network: Classifier, tmp_path: Path
) -> None:
    with pytest.raises(error, match=message):
        analyze_saved(tmp_path / "network", source, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_folder_without_a_network_is_refused(films: Source, tmp_path: Path) -> None:
    with pytest.raises(NetworkError, match=r"model\.safetensors"):
        analyze_saved(tmp_path, films)


def test_documents_asked_for_with_several_labels_have_several(films: Source) -> None:
    with pytest.raises(DataError, match="every document has exactly one label; leave --multilabel out"):
        read_task(replace(films, multilabel=True))


def test_the_training_documents_are_not_tested_on(films: Source) -> None:
    with pytest.raises(OptionError, match=r"--test .*is the file of the training documents"):
        read_task(replace(films, test=films.task))
