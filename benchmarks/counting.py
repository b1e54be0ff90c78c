"""Counting words by class: its time beside scikit-learn's, its memory when there is ten times as much to read.

    python benchmarks/counting.py DATA

DATA is a folder of public data sets (docs/howto/named-data-sets.md) with ag_news and yelp5 in it.
"""

from __future__ import annotations

import gzip
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
from sklearn.feature_extraction.text import CountVectorizer
from tables import conditions, in_turns, memory_from_now, peak_memory, print_table, times_as_long

from slowfold.text import Batch, WordCounts, categorical, count_words, open_documents

NAMES = ("ag_news", "yelp5")
TIMES = 10
# Python's regular expressions know no classes of Unicode; on these texts this is slowfold's WORD_PATTERN.
PATTERN = r"[^\W_]+(?:['\u2019_][^\W_]+)*|[^\w\s]"
SYNTHETIC = 10_000_000
AT_ONCE = 50_000


def by_slowfold(path: Path) -> WordCounts:
    """The words of each class of a file."""
    return count_words(open_documents(path))


def by_scikit_learn(path: Path) -> tuple[np.ndarray, CountVectorizer]:
    """The same: texts into a matrix of documents and words, whose rows are added up class by class."""
    table = pl.read_csv(gzip.decompress(path.read_bytes()), infer_schema=False)
    vectorizer = CountVectorizer(token_pattern=PATTERN, lowercase=True)
    matrix = vectorizer.fit_transform(table["text"].to_list())
    labels = table["label"].to_numpy().astype(str)
    classes = np.unique(labels)
    return np.vstack([np.asarray(matrix[labels == name].sum(axis=0)) for name in classes]), vectorizer


def compare(data: Path) -> None:
    """Both, in turns, on the same files."""
    rows = []
    for name in NAMES:
        path = data / name / "train.csv.gz"
        own, peer = in_turns(lambda path=path: by_slowfold(path), lambda path=path: by_scikit_learn(path), rounds=6)
        counts, (theirs, vectorizer) = by_slowfold(path), by_scikit_learn(path)
        ours = dict(zip(counts.vocabulary.words, counts.words.T.tolist(), strict=True))
        known = vectorizer.get_feature_names_out().tolist()
        alike = sum(ours.get(word) == own for word, own in zip(known, theirs.T.tolist(), strict=True))
        rows.append(
            (
                name,
                f"{len(counts):,}",
                f"{counts.occurrences.sum():,}",
                f"{own:.2f} s",
                f"{peer:.2f} s",
                times_as_long(peer, own),
                f"{alike:,} of {len(ours):,}",
            )
        )
    heading = ("set", "documents", "words", "slowfold", "scikit-learn", "times as long", "words with the same counts")
    print_table(heading, rows)


def in_its_own_process(*arguments: str) -> list[str]:
    """What this file says when it is asked for one figure; a fresh process has no memory of others."""
    done = subprocess.run([sys.executable, __file__, *arguments], capture_output=True, text=True, check=True)
    return done.stdout.split()


def grow(data: Path) -> None:
    """The memory of counting a file, and the same file ten times over."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name in NAMES:
            content = gzip.decompress((data / name / "train.csv.gz").read_bytes())
            header, _, body = content.partition(b"\n")
            peaks = []
            for times in (1, TIMES):
                path = Path(folder, f"{name}-{times}.csv.gz")
                with gzip.open(path, "wb", compresslevel=1) as file:
                    file.write(header + b"\n")
                    for _ in range(times):
                        file.write(body)
                documents, seconds, peak, before = in_its_own_process("--count", str(path))
                rows.append((name, f"{int(documents):,}", f"{float(seconds):.1f} s", f"{peak} MB", f"{before} MB"))
                peaks.append(float(peak))
            rows.append((name, "", "", f"{peaks[1] / peaks[0]:.2f} times", ""))
    print_table(("set", "documents", "time", "greatest memory", "of which before reading"), rows)


def synthetic(documents: int) -> Iterator[Batch]:
    """Documents of a synthetic language, drawn as they are asked for."""
    language = categorical(classes=4, length=20)
    for seed in range(documents // AT_ONCE):
        corpus = language.sample(AT_ONCE, seed=seed)
        words = pl.Series(corpus.vocabulary.words).gather(corpus.tokens)
        texts = pl.DataFrame({"word": words}).select(pl.col("word").reshape((AT_ONCE, 20)).arr.to_list()).to_series()
        names = pl.Series(corpus.class_names).gather(corpus.labels)
        yield Batch(texts, names)


def say(count: WordCounts, seconds: float, before: float) -> None:
    """One line that the first process reads."""
    print(len(count), seconds, round(peak_memory()), round(before))


def main(arguments: list[str]) -> None:
    """All tables, or one figure of one process."""
    begin, before = time.perf_counter(), memory_from_now()
    if arguments[0] == "--count":
        say(by_slowfold(Path(arguments[1])), time.perf_counter() - begin, before)
    elif arguments[0] == "--synthetic":
        say(count_words(synthetic(int(arguments[1]))), time.perf_counter() - begin, before)
    else:
        data = Path(arguments[0])
        compare(data)
        grow(data)
        documents, seconds, peak, before = in_its_own_process("--synthetic", str(SYNTHETIC))
        told = (f"{int(documents):,}", f"{float(seconds):.0f} s", f"{peak} MB", f"{before} MB")
        print_table(("synthetic documents, drawn and counted", "time", "greatest memory", "before"), [told])
        print(conditions(), "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
