"""A classifier trained by hand in PyTorch, and handed to slowfold: python train_by_hand.py [FOLDER]."""

from __future__ import annotations

import csv
import random
import shlex
import sys
from pathlib import Path

import torch
from torch import nn

import slowfold as sf

CLASSES = ("bad", "good")
EVIDENCE = {"bad": ("dull", "slow", "weak"), "good": ("bright", "quick", "fine")}
FILLERS = ("the", "film", "was", "and", "so", "with", "its")
UNKNOWN = "<unk>"


def write_reviews(path: Path, count: int) -> None:
    """Writes made-up reviews with their labels; the more frequent sort of evidence decides, and order says nothing."""
    draw = random.Random(0)  # noqa: S311 - words, not secrets
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["text", "label"])
        for number in range(count):
            label = CLASSES[number % 2]
            words = [draw.choice(EVIDENCE[CLASSES[1 - number % 2]]) for _ in range(3)]
            words += [draw.choice(EVIDENCE[label]) for _ in range(draw.randint(4, 8))]
            words += [draw.choice(FILLERS) for _ in range(12 - len(words))]
            draw.shuffle(words)
            rows.writerow([" ".join(words), label])


def read_reviews(path: Path) -> tuple[list[list[str]], list[int]]:
    """Reads them again, cut at their spaces."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [row["text"].split() for row in rows], [CLASSES.index(row["label"]) for row in rows]


def train(texts: list[list[str]], labels: list[int], words: list[str]) -> tuple[nn.Embedding, nn.GRU, nn.Linear]:
    """Trains an embedding, a recurrent module and a linear readout, as one writes it."""
    torch.manual_seed(0)
    embedding, rnn, linear = nn.Embedding(len(words), 16), nn.GRU(16, 32, batch_first=True), nn.Linear(32, 2)
    parameters = [*embedding.parameters(), *rnn.parameters(), *linear.parameters()]
    optimiser = torch.optim.Adam(parameters, lr=0.01)
    # All reviews have twelve words here. Where lengths differ, take the output after the last word of each, not after
    # the padding: that is where slowfold reads the decision.
    tokens = torch.tensor([[words.index(word) for word in text] for text in texts])
    targets = torch.tensor(labels)
    for _ in range(120):
        batch = torch.randint(len(tokens), (64,))
        outputs, _ = rnn(embedding(tokens[batch]))
        loss = nn.functional.cross_entropy(linear(outputs[:, -1]), targets[batch])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return embedding, rnn, linear


def main(folder: Path) -> None:
    """Writes the reviews, trains on them, and saves the network in a form that slowfold reads."""
    folder.mkdir(parents=True, exist_ok=True)
    reviews = folder / "reviews.csv"
    write_reviews(reviews, 1_000)
    texts, labels = read_reviews(reviews)
    words = [UNKNOWN, *sorted({word for text in texts for word in text})]
    embedding, rnn, linear = train(texts, labels, words)

    network = sf.Classifier.from_torch(embedding, rnn, linear, vocabulary=words, class_names=CLASSES)
    network.save(folder / "network")

    sys.stdout.write(shlex.join(["slowfold", "analyze", str(folder / "network"), "--corpus", str(reviews)]) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "by-hand"))
