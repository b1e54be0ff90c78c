"""Accuracy: what networks reach by the default recipes, beside TF-IDF and the dimension of the states they end in.

python benchmarks/accuracy.py [TABLE ...]     TABLE is synthetic, small, levers, biases or natural; all otherwise

Each network is trained once; what it reached is kept in benchmarks/.networks/accuracy/, with its learning curve.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from baselines import tfidf
from tables import conditions, print_table

from networks import KEPT, natural_data
from slowfold import Classifier, Corpus, dimension, evaluate, find_named, fit
from slowfold.networks.network import EMBEDDING_DEVIATION
from slowfold.study.experiment import Source
from slowfold.study.tasks import MAX_LENGTH, read_task

FEW = 1500
SEEDS = (0, 1, 2)
CELLS = ("gru", "lstm", "ugrnn", "vanilla")
SMALL = ("ag_news", "dbpedia_14", "imdb")
NATURAL = ("ag_news", "dbpedia_14", "yelp5", "imdb", "sst5", "goemotions")
# All but the first set a number of the recipe; that one is the standard deviation of the vectors at the start.
LEVERS = ("deviation=0.02", "word_dropout=0", "word_dropout=0.3", "word_dropout=0.7", "l2=0.002", "learning_rate=0.001")
LABELS = {"goemotions": "admiration,love,anger"}


@dataclass(frozen=True)
class Question:
    """One training.

    Attributes:
        task: The language or the data set.
        cell: The kind of the cell.
        seed: Decides the documents, the weights and the order.
        documents: How many training documents, or None for all.
        memory: The tokens up to which units remember at the start, or None for the default.
        lever: One of :data:`LEVERS`, or nothing.
    """

    task: str
    cell: str = "gru"
    seed: int = 0
    documents: int | None = None
    memory: int | None = None
    lever: str = ""

    @property
    def name(self) -> str:
        """What the file of its answer is called."""
        memory = "" if self.memory is None else f"memory={self.memory}"
        parts = (self.task, self.cell, self.seed, self.documents or "all", memory, self.lever)
        return "-".join(str(part) for part in parts if part != "")


@dataclass(frozen=True)
class Answer:
    """What came of it.

    Attributes:
        accuracy: On the test documents; of several labels a document, the mean over labels.
        macro_f1: On the test documents.
        tfidf: The accuracy of TF-IDF and logistic regression, from the same training documents.
        tfidf_f1: Its macro-F1.
        final: The participation ratio of the final states of test documents, the same number a class.
        visited: That of all states visited on the way.
        best_step: The step whose weights were kept.
        steps: The steps taken.
        seconds: The time they took.
        curve: The step, the loss of its batch, and the loss and accuracy on the documents kept aside.
    """

    accuracy: float
    macro_f1: float
    tfidf: float
    tfidf_f1: float
    final: float
    visited: float
    best_step: int
    steps: int
    seconds: float
    curve: list[list[float]]


def ask(question: Question) -> Answer:
    """The answer to a question: trained, unless it is kept."""
    path = KEPT / "accuracy" / f"{question.name}.json"
    if path.is_file():
        return Answer(**json.loads(path.read_text(encoding="utf-8")))
    answer = answer_to(question)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(asdict(answer)), encoding="utf-8")
    print(f"{question.name}: accuracy {answer.accuracy:.4f}, {answer.seconds:.0f} s", file=sys.stderr, flush=True)
    return answer


def answer_to(question: Question) -> Answer:
    """Trains by the default recipe, and measures."""
    train, test = corpora(question)
    network = Classifier.build(train, cell=question.cell, seed=question.seed, memory=question.memory)
    changes = numbers(question.lever)
    if network.embedding is not None:
        with torch.no_grad():
            network.embedding.weight.mul_(changes.pop("deviation", EMBEDDING_DEVIATION) / EMBEDDING_DEVIATION)
    training = fit(network, train, seed=question.seed, **changes)
    found = evaluate(network, test)
    reading = network.read(test.take(200 * len(test.class_names), seed=0))
    final, visited = (dimension(network.read_out(states)) for states in (reading.final, reading.states))
    regression, regression_f1, _ = tfidf(train, test)
    return Answer(
        accuracy=found.accuracy,
        macro_f1=found.macro_f1,
        tfidf=regression,
        tfidf_f1=regression_f1,
        final=final.participation_ratio,
        visited=visited.participation_ratio,
        best_step=training.best_step or training.steps,
        steps=training.steps,
        seconds=training.seconds,
        curve=[
            [line.step, line.loss, line.validation_loss, line.validation_accuracy]
            for line in training.metrics
            if line.validation_loss is not None and line.validation_accuracy is not None
        ],
    )


def numbers(lever: str) -> dict[str, Any]:
    """The number that a lever sets, by its name."""
    name, _, value = lever.partition("=")
    return {name: int(value) if value.isdecimal() else float(value)} if lever else {}


def corpora(question: Question) -> tuple[Corpus, Corpus]:
    """The documents to train on and to test on; the words of the first alone are known."""
    data = None if question.task == "categorical" else natural_data()
    if question.documents is None:
        classes = "3" if data is None else LABELS.get(question.task)
        task = read_task(Source(task=question.task, classes=classes, seed=question.seed, data_dir=data))
        return task.train, task.test
    train, test = find_named(question.task, None if data is None else Path(data)).read()
    # That part of a split which is as large as is asked for, each class in its share.
    _, few = train.split(test=question.documents / len(train), seed=question.seed)
    learned = few.to_corpus(max_length=MAX_LENGTH).corpus
    return learned, test.to_corpus(learned.vocabulary, max_length=MAX_LENGTH).corpus


def synthetic() -> None:
    """Three classes, each cell by its own recipe."""
    questions = [Question("categorical", cell, seed) for cell in CELLS for seed in SEEDS]
    print_table(
        ("cell", "seed", "test accuracy", "PR of final states", "PR of visited states", "steps", "seconds"),
        [
            (q.cell, q.seed, f"{a.accuracy:.4f}", f"{a.final:.2f}", f"{a.visited:.2f}", a.steps, f"{a.seconds:.0f}")
            for q, a in answers(questions)
        ],
    )


def small() -> None:
    """1,500 documents of three sets."""
    rows = [
        (q.task, q.seed, *beside_tfidf(a), f"{100 * (a.accuracy - a.tfidf):+.1f}", *course(a))
        for q, a in answers([Question(task, seed=seed, documents=FEW) for task in SMALL for seed in SEEDS])
    ]
    print_table(("set", "seed", "GRU", "TF-IDF", "points", "best step", "steps", "seconds"), rows)


def levers() -> None:
    """What another number does, for those 1,500 documents from which a network is furthest behind."""
    rows = [
        (q.lever or "the recipe", f"{a.accuracy:.4f}", f"{a.tfidf:.4f}", *course(a))
        for q, a in answers([Question("ag_news", seed=2, documents=FEW, lever=lever) for lever in ("", *LEVERS)])
    ]
    print_table(("ag_news, seed 2", "GRU", "TF-IDF", "best step", "steps", "seconds"), rows)


def biases() -> None:
    """Gate biases set for the length of the documents, and those that the cell draws."""
    rows = [
        (
            "as drawn" if q.memory == 0 else "set for the length",
            q.seed,
            f"{a.accuracy:.4f}",
            f"{a.final:.2f}",
            f"{a.visited:.2f}",
            *course(a),
        )
        for q, a in answers(
            [Question("ag_news", seed=seed, documents=FEW, memory=memory) for memory in (None, 0) for seed in SEEDS]
        )
    ]
    header = ("gate biases", "seed", "test accuracy", "PR of final states", "PR of visited states")
    print_table((*header, "best step", "steps", "seconds"), rows)


def natural() -> None:
    """All documents of every set, and two of them with other cells."""
    questions = [Question(task) for task in NATURAL]
    questions += [Question(task, cell) for cell in ("lstm", "ugrnn") for task in ("ag_news", "yelp5")]
    rows = [
        (
            q.task,
            q.cell,
            *beside_tfidf(a),
            f"{a.macro_f1:.3f}",
            f"{a.tfidf_f1:.3f}",
            f"{a.final:.2f}",
            f"{a.visited:.2f}",
            *course(a),
        )
        for q, a in answers(questions)
    ]
    header = ("set", "cell", "accuracy", "TF-IDF", "macro-F1", "TF-IDF's", "PR, final", "PR, visited")
    print_table((*header, "best step", "steps", "seconds"), rows)


def answers(questions: Sequence[Question]) -> list[tuple[Question, Answer]]:
    """The answers to the questions that can be asked here: those on natural text only where the data are."""
    there = [question for question in questions if question.task == "categorical" or natural_data() is not None]
    return [(question, ask(question)) for question in there]


def beside_tfidf(answer: Answer) -> tuple[str, str]:
    return f"{answer.accuracy:.4f}", f"{answer.tfidf:.4f}"


def course(answer: Answer) -> tuple[int, int, str]:
    return answer.best_step, answer.steps, f"{answer.seconds:.0f}"


TABLES: dict[str, Callable[[], None]] = {
    "synthetic": synthetic,
    "small": small,
    "levers": levers,
    "biases": biases,
    "natural": natural,
}

if __name__ == "__main__":
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    for table in sys.argv[1:] or TABLES:
        TABLES[table]()
    print(conditions())
