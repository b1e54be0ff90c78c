"""The dimension foretold: three measures on public data sets, on synthetic classes, and with ten times as much to read.

    python benchmarks/prediction.py DATA

DATA is a folder of public data sets (docs/howto/named-data-sets.md).
"""

from __future__ import annotations

import gzip
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from tables import conditions, memory_from_now, peak_memory, print_table

from slowfold.geometry import Directions, Prediction, predict_dimension
from slowfold.text import categorical, find_named, open_documents

SETS: tuple[tuple[str, tuple[str, ...] | None, float], ...] = (
    ("ag_news", None, 1.0),
    ("ag_news", ("World", "Sports", "Business"), 1.0),
    ("yelp5", None, 1.0),
    ("yelp5", ("1 star", "3 stars", "5 stars"), 1.0),
    ("dbpedia_14", None, 1.0),
    ("sst5", None, 1.0),
    ("imdb", None, 1.0),
    ("goemotions", ("admiration", "gratitude"), 0.1),
    ("goemotions", ("admiration", "gratitude", "approval"), 0.1),
)
SEEDS = 20
TIMES = 10


def measures(prediction: Prediction) -> list[str]:
    """The participation ratio of each measure, and the directions above chance."""
    found = (prediction.frequency, prediction.evidence, prediction.documents)
    return [told(directions) for directions in found if directions is not None]


def told(directions: Directions) -> str:
    """One measure."""
    return f"{directions.participation_ratio:.2f} ({directions.above_chance} of {len(directions.shares)})"


def natural(data: Path) -> None:
    """Public sets, by their training documents."""
    rows = []
    for name, classes, neither in SETS:
        train, _ = find_named(name, data).open(classes=classes, neither=neither)
        begin = time.perf_counter()
        prediction = predict_dimension(train)
        seconds = time.perf_counter() - begin
        chosen = (
            ", ".join(prediction.counts.class_names) if classes else f"{len(prediction.counts.class_names)} classes"
        )
        shares = " ".join(f"{share:.3f}" for share in prediction.frequency.shares[:4])
        documents = f"{len(prediction.counts):,}"
        rows.append((f"{name}: {chosen}", documents, *measures(prediction), shares, f"{seconds:.1f} s"))
    head = ("set", "documents", "(a) frequency", "(b) evidence", "(c) documents", "shares of (a)", "time")
    print_table(head, rows)


def synthetic() -> None:
    """1,280 balanced phrases of 50 words, the mean over seeds."""
    rows = []
    for classes in range(2, 11):
        language = categorical(classes, 50)
        found = [predict_dimension(language.sample(1280, seed=seed), seed=seed) for seed in range(SEEDS)]
        row = [str(classes)]
        for measure in ("frequency", "evidence", "documents"):
            each: list[Directions] = [getattr(prediction, measure) for prediction in found]
            above = sorted({directions.above_chance for directions in each})
            ratio = np.mean([directions.participation_ratio for directions in each])
            row.append(f"{ratio:.3f} ({', '.join(map(str, above))})")
        rows.append(row)
    print_table(("classes", "(a) frequency", "(b) evidence", "(c) documents"), rows)


def grow(data: Path) -> None:
    """The memory of both passes over a file, and over the same file ten times over."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        content = gzip.decompress((data / "yelp5" / "train.csv.gz").read_bytes())
        header, _, body = content.partition(b"\n")
        for times in (1, TIMES):
            path = Path(folder, f"{times}.csv.gz")
            with gzip.open(path, "wb", compresslevel=1) as file:
                file.write(header + b"\n")
                for _ in range(times):
                    file.write(body)
            # A fresh process has no memory of others.
            asked = [sys.executable, __file__, "--one", str(path)]
            done = subprocess.run(asked, capture_output=True, text=True, check=True)
            rows.append(done.stdout.strip().split("|"))
    print_table(("documents of yelp5", "time", "greatest memory", "of which before reading"), rows)


def main(arguments: list[str]) -> None:
    """All tables, or one figure of one process."""
    if arguments[0] == "--one":
        begin, before = time.perf_counter(), memory_from_now()
        prediction = predict_dimension(open_documents(arguments[1], kind="ordered"))
        seconds = time.perf_counter() - begin
        print(f"{len(prediction.counts):,}|{seconds:.1f} s|{peak_memory():.0f} MB|{before:.0f} MB")
        return
    data = Path(arguments[0])
    natural(data)
    synthetic()
    grow(data)
    print(conditions(), "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
