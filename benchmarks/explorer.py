"""How long the explorer takes to answer a keystroke: a text of 200 words, a network of 256 units.

python benchmarks/explorer.py [CELL ...]     all four unless given

The server is asked in its own process, without the network in between; every question is of a text it has not read yet.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from starlette.testclient import TestClient
from tables import conditions, print_table

from slowfold.explorer import create_app
from slowfold.networks import Classifier, fit
from slowfold.study import Run, analyze
from slowfold.study.explaining import Explainer
from slowfold.text import categorical

WORDS, UNITS, EMBEDDING, CLASSES = 200, 256, 128, 4
KEYSTROKES = 100
CELLS = ("gru", "ugrnn", "lstm", "vanilla")


def main() -> None:
    # As the command does: a step is too small to be shared among threads.
    torch.set_num_threads(1)
    rows: list[list[object]] = []
    for cell in sys.argv[1:] or CELLS:
        with tempfile.TemporaryDirectory() as folder:
            run = _run(cell, Path(folder) / "run")
            rows += _measure(cell, run)
    print_table(["cell", "question", "median, ms", "95th percentile, ms", "answer, kB"], rows)
    print(conditions())


def _run(cell: str, folder: Path) -> Run:
    train, test = categorical(classes=CLASSES, length=60).sample(400, seed=0).split(test=0.2, seed=0)
    network = Classifier.build(train, cell=cell, hidden=UNITS, embedding=EMBEDDING, seed=0)
    # Hardly trained: an answer takes as long whatever the weights.
    fit(network, train, steps=20, seed=0)
    return analyze(network, train, test, folder=folder, starts=4)


def _measure(cell: str, run: Run) -> list[list[object]]:
    client = TestClient(create_app(run), base_url="http://127.0.0.1")
    explainer = Explainer(run.network)
    texts = _texts(run.network.vocabulary.words)

    def asking(name: str, **more: object) -> Callable[[str], int]:
        def ask(text: str) -> int:
            response = client.post(f"/{name}", json={"text": text, **more})
            assert response.status_code == 200, response.text
            return len(response.content)

        return ask

    def explain(text: str) -> int:
        explainer.explain(text)
        return 0

    questions = {
        "follow": asking("follow"),
        "of that, explain": explain,
        "follow and hold 200 steps": asking("hold", after=WORDS, steps=200),
    }
    rows: list[list[object]] = []
    for name, ask in questions.items():
        median, late, size = _times(ask, texts)
        rows.append([cell, name, f"{median:.0f}", f"{late:.0f}", f"{size / 1000:.0f}" if size else ""])
    return rows


def _times(ask: Callable[[str], int], texts: list[str]) -> tuple[float, float, int]:
    for text in texts[:5]:
        ask(text)
    taken: list[float] = []
    size = 0
    for text in texts[5:]:
        begin = time.perf_counter()
        size = ask(text)
        taken.append(1e3 * (time.perf_counter() - begin))
    return float(np.median(taken)), float(np.quantile(taken, 0.95)), size


def _texts(words: tuple[str, ...]) -> list[str]:
    random = np.random.default_rng(0)
    known = [word for word in words if word != "<unk>"]
    return [" ".join(random.choice(known, WORDS).tolist()) for _ in range(KEYSTROKES + 5)]


if __name__ == "__main__":
    main()
