"""Baselines: the bag of words of slowfold against TF-IDF and logistic regression of scikit-learn, on the same words.

python benchmarks/baselines.py [NAME ...]          NAME is a data set, or "categorical"
"""

from __future__ import annotations

import sys
import time

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from tables import conditions, print_table

from networks import natural_data
from slowfold.networks.baselines import bag_of_words, majority_class
from slowfold.study.experiment import Source
from slowfold.study.tasks import Task, read_task
from slowfold.text import LANGUAGES, Corpus

CLASSES = {"categorical": "3", "goemotions": "admiration,love,anger"}
NAMES = ("categorical", "ag_news", "dbpedia_14", "yelp5", "imdb", "sst5", "goemotions")


def counts(corpus: Corpus) -> csr_matrix:
    """How often each document has each word, [document, word]."""
    ones = np.ones(len(corpus.tokens), dtype=np.float32)
    # Copied: to add up the words that a document has twice, scipy writes where they stand.
    parts = (ones, corpus.tokens.copy(), corpus.offsets.copy())
    matrix = csr_matrix(parts, shape=(len(corpus), len(corpus.vocabulary)))
    matrix.sum_duplicates()
    return matrix


def tfidf(train: Corpus, test: Corpus) -> tuple[float, float, float]:
    """Accuracy (of several labels the mean over the labels), macro-F1, and seconds."""
    began = time.perf_counter()
    regression = LogisticRegression(max_iter=1000)
    several = train.kind == "multilabel"
    model = make_pipeline(TfidfTransformer(), OneVsRestClassifier(regression) if several else regression)
    model.fit(counts(train), train.labels)
    said = np.asarray(model.predict(counts(test)))
    seconds = time.perf_counter() - began
    return float((said == test.labels).mean()), float(f1_score(test.labels, said, average="macro")), seconds


def row(name: str, task: Task) -> list[str]:
    """One line of the table."""
    most = majority_class(task.train, task.test)
    bag = bag_of_words(task.train, task.test, seed=0)
    accuracy, macro_f1, seconds = tfidf(task.train, task.test)
    centred = bag.evidence.double() - bag.evidence.double().mean(dim=0)
    # Several labels a document take a dimension each; of one class a document, the classes share one.
    values = np.linalg.svd(centred.numpy(), compute_uv=False) ** 2
    used = int((values > 1e-6 * values.sum()).sum())
    return [
        name,
        f"{len(task.train.class_names)}, {task.train.kind}",
        str(len(task.train)),
        f"{most.accuracy:.3f}",
        f"{bag.test.accuracy:.4f}",
        f"{accuracy:.4f}",
        f"{bag.test.macro_f1:.3f}",
        f"{macro_f1:.3f}",
        f"{bag.seconds:.0f} s",
        f"{seconds:.0f} s",
        str(used),
    ]


def main(names: list[str]) -> None:
    header = ["documents", "classes", "trained on", "majority", "bag of words", "TF-IDF", "F1: bag", "F1: TF-IDF"]
    data = natural_data()
    rows = []
    for name in names or NAMES:
        if name not in LANGUAGES and data is None:
            print(f"{name}: no data (set SLOWFOLD_DATA)", flush=True)
            continue
        folder = None if name in LANGUAGES else data
        rows.append(row(name, read_task(Source(task=name, classes=CLASSES.get(name), seed=0, data_dir=folder))))
    print(f"Test accuracy, of several labels the mean over the labels, and macro-F1; {conditions()}\n")
    print_table([*header, "time: bag", "time: TF-IDF", "dimensions of the bag"], rows)


if __name__ == "__main__":
    main(sys.argv[1:])
