"""How long 126,000 phrases of 50 words take in every synthetic language, as many of each label."""

from __future__ import annotations

import time
from collections.abc import Callable

from tables import conditions, print_table

from slowfold.text.languages import (
    EXTREMELY,
    LANGUAGES,
    NOT,
    NOT_8,
    Language,
    categorical,
    contextual,
    correlated,
    interpolated,
    multilabel,
    ordered,
    sentiment_plane,
)

PHRASES, LENGTH, ROUNDS = 126_000, 50, 3

# Beside every language as it comes: the largest, the longest tables, and what is drawn by other means.
OTHERS: dict[str, Callable[[], Language]] = {
    "categorical, 10 classes": lambda: categorical(10, LENGTH),
    "categorical, 20 classes": lambda: categorical(20, LENGTH),
    "categorical, kinda and very": lambda: categorical(3, LENGTH, families=("kinda", "very")),
    "categorical, kinda, very and bad": lambda: categorical(3, LENGTH, families=("kinda", "very", "bad")),
    "categorical, kinda and very, 20 classes": lambda: categorical(20, LENGTH, families=("kinda", "very")),
    "categorical, words for two classes": lambda: categorical(3, LENGTH, families=("pair",)),
    "contextual, not8, 10 classes": lambda: contextual(10, LENGTH, negation=NOT_8),
    "ordered, 5 classes, 5 words": lambda: ordered(5, LENGTH, words=5),
    "ordered, 5 classes, 5 words, context": lambda: ordered(5, LENGTH, words=5, context=(NOT, EXTREMELY)),
    "multilabel, 4 labels": lambda: multilabel(4, LENGTH),
    "interpolated, 5 classes": lambda: interpolated(5, LENGTH),
    "correlated, 20 classes": lambda: correlated(20, LENGTH),
    "categorical, 20 to 50 words": lambda: categorical(3, LENGTH).with_lengths(20),
    "ordered, 20 to 50 words": lambda: ordered(3, LENGTH).with_lengths(20),
    "sentiment_plane, 20 to 50 words": lambda: sentiment_plane(5, LENGTH).with_lengths(20),
    "ordered, 10 words of noise on each side": lambda: ordered(3, LENGTH - 20).with_noise(10),
}
# What was printed beside the authors' generators: 33 s for 25 words, 86 s, and 163 s for these shares.
RARE = (0.92, 0.039, 0.039, 0.002)


def main() -> None:
    languages = {name: build(length=LENGTH) for name, build in LANGUAGES.items()}
    languages |= {name: build() for name, build in OTHERS.items()}
    rows = [[name, *(_seconds(language, way) for way in ("uniform", "random"))] for name, language in languages.items()]
    both = languages["multilabel"]
    rows.append([f"multilabel, shares {RARE}", *(_seconds(both, way, RARE) for way in ("uniform", "random"))])
    print_table(["language", "uniform scores, s", "random words, s"], rows)
    print(f"{PHRASES:,} phrases of {LENGTH} words, the least of {ROUNDS} rounds; {conditions()}")


def _seconds(language: Language, scores: str, shares: tuple[float, ...] | str = "balanced") -> str:
    """The least time that a language took to draw its phrases, or a dash where they cannot be drawn so."""
    if scores not in language.scores:
        return "-"
    best = float("inf")
    for seed in range(ROUNDS):
        begin = time.perf_counter()
        language.sample(PHRASES, seed=seed, scores=scores, shares=shares)
        best = min(best, time.perf_counter() - begin)
    return f"{best:.2f}"


if __name__ == "__main__":
    main()
