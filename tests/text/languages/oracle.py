"""What the languages are, word by word in plain Python: nothing here is shared with the code under test."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from slowfold.text.languages import (
    EXTREMELY,
    NOT,
    NOT_8,
    Language,
    categorical,
    contextual,
    correlated,
    edge_only,
    interpolated,
    merged,
    multilabel,
    ordered,
    sentiment_plane,
    toy,
)

__all__ = ["CASES", "Case", "phrase_probabilities"]

Score = tuple[int | Fraction, ...]


@dataclass(frozen=True)
class Case:
    """A language, and what is known of it.

    ``decide`` takes a score and the length of the longest phrase to a label, or to None where labels meet. A modifier
    is the factor, the counter that it sets, and whether another one may stand while the counter runs.
    """

    build: Callable[[int], Language]
    values: dict[str, tuple]
    decide: Callable[[Score, int], object]
    dimension: int
    modifiers: dict[str, tuple[int, int]] = field(default_factory=dict)
    backwards: bool = False
    allowed: Callable[[tuple[int, ...]], bool] = lambda counts: True

    def score(self, words: Sequence[str]) -> Score:
        return self._score_backwards(words) if self.backwards else self._score_forwards(words)

    def _score_forwards(self, words: Sequence[str]) -> Score:
        total = [0] * len(next(iter(self.values.values())))
        counters = dict.fromkeys(self.modifiers, 0)
        for word in words:
            if word in self.modifiers:
                counters[word] = self.modifiers[word][1]
            elif word in self.values:
                factor = math.prod(self.modifiers[m][0] for m, left in counters.items() if left > 0)
                for i, value in enumerate(self.values[word]):
                    if value:
                        total[i] += factor * value
            else:
                assert word in {"the", "<noise>"}
            for modifier in counters:
                counters[modifier] = max(counters[modifier] - 1, 0)
        return tuple(total)

    def _score_backwards(self, words: Sequence[str]) -> Score:
        """As the toy language was evaluated: every modifier multiplies what has been written down behind it."""
        rating = [0] * len(words)
        for place in reversed(range(len(words))):
            word = words[place]
            if word in self.values:
                rating[place] += self.values[word][0]
            if word in self.modifiers:
                factor, counter = self.modifiers[word]
                for later in range(place + 1, min(place + counter, len(words))):
                    rating[later] *= factor
        return (sum(rating),)


def largest(score: Score, length: int) -> object:
    most = max(score)
    winners = [i for i, value in enumerate(score) if value == most]
    return winners[0] if len(winners) == 1 else None


def intervals(classes: int, strongest: int) -> Callable[[Score, int], object]:
    def decide(score: Score, length: int) -> object:
        # Every possible score is as wide as the next: its place among them, in the middle of its width.
        place = (score[0] + strongest * length + Fraction(1, 2)) * classes / (2 * strongest * length + 1)
        return None if place.denominator == 1 else math.floor(place)

    return decide


def thresholds(*shares: Fraction) -> Callable[[Score, int], object]:
    def decide(score: Score, length: int) -> object:
        if any(score[0] == share * length for share in shares):
            return None
        return sum(score[0] > share * length for share in shares)

    return decide


def signs(score: Score, length: int) -> object:
    return None if 0 in score else tuple(value > 0 for value in score)


def plane(score: Score, length: int) -> object:
    sentiment, neutrality = score
    if neutrality > 0 and neutrality > abs(sentiment):
        return 2
    if sentiment == 0 or neutrality == 0 or neutrality == abs(sentiment):
        return None
    if neutrality > 0:
        return 3 if sentiment > 0 else 1
    return 4 if sentiment > 0 else 0


def order3(eps: Fraction) -> Callable[[Score, int], object]:
    def decide(score: Score, length: int) -> object:
        near, bound = abs(score[0] - score[2]), eps * length / Fraction(50, 3)
        beyond = largest((score[0], (1 - eps) * score[1], score[2]), length)
        if near == bound:
            return beyond if beyond == 1 else None
        return 1 if near < bound else beyond

    return decide


def order5(eps: Fraction) -> Callable[[Score, int], object]:
    def decide(score: Score, length: int) -> object:
        difference = score[0] - score[4]
        first, second = eps * length / 25, eps * (Fraction(length, 25) + length / Fraction(25, 2))
        beside = 1 if difference > 0 else 3
        shrunk = tuple((1 - eps) * value for value in score[1:4])
        beyond = largest((score[0], *shrunk, score[4]), length)
        if abs(difference) == first:
            return None
        if abs(difference) == second:
            return beyond if beyond == beside else None
        if abs(difference) < first:
            return 2
        return beside if abs(difference) < second else beyond

    return decide


def middle_gains(most: int) -> Callable[[Score, int], object]:
    def decide(score: Score, length: int) -> object:
        def moved() -> object:
            m = min(score[0], score[2], most)
            return largest((score[0] - m, score[1] + 2 * m, score[2] - m), length)

        bound = Fraction(length, 2) - most
        low = min(score[0], score[2])
        if low == bound:
            return moved() if moved() == largest(score, length) else None
        return moved() if low > bound else largest(score, length)

    return decide


def one_hot(names: Sequence[str], size: int, value: int = 1) -> dict[str, tuple]:
    return {name: tuple(value * (i == j) for j in range(size)) for i, name in enumerate(names)}


def named(name: str, classes: int) -> list[str]:
    return [f"{name}_{i}" for i in range(classes)]


def bank(classes: int, **values: int) -> dict[str, tuple]:
    return {
        word: v for name, value in values.items() for word, v in one_hot(named(name, classes), classes, value).items()
    }


HALF, FIFTH = Fraction(1, 2), Fraction(1, 5)
PAIRS = {"kinda_0_1": (1, 1, 0), "kinda_0_2": (1, 0, 1), "kinda_1_2": (0, 1, 1)}
LEVELS = {"awful": (-2,), "bad": (-1,), "good": (1,), "awesome": (2,)}
SCALAR = {"bad": (-1,), "good": (1,)}
PLANE = {"awful": (-2, -1), "bad": (-2, 1), "okay": (0, 2), "good": (2, 1), "awesome": (2, -1)}
NOISY = dict.fromkeys(("and", "a", "the", "for", "it", "while"), (0,))
NEVER_NEAR = {"not": (-1, 4), "extremely": (2, 2)}

CASES: dict[str, Case] = {
    "categorical 2": Case(lambda n: categorical(2, n), bank(2, kinda=1), largest, 1),
    "categorical 3": Case(lambda n: categorical(3, n), bank(3, kinda=1), largest, 2),
    "categorical 20": Case(lambda n: categorical(20, n), bank(20, kinda=1), largest, 19),
    "graded": Case(lambda n: categorical(3, n, families=("kinda", "very")), bank(3, kinda=1, very=2), largest, 2),
    "negative": Case(lambda n: categorical(3, n, families=("kinda", "bad")), bank(3, kinda=1, bad=-1), largest, 2),
    "graded and negative": Case(
        lambda n: categorical(2, n, families=("kinda", "very", "bad", "awful")),
        bank(2, kinda=1, very=2, bad=-1, awful=-2),
        largest,
        1,
    ),
    "two-class words": Case(lambda n: categorical(3, n, families=("pair",)), PAIRS, largest, 2),
    "one- and two-class words": Case(
        lambda n: categorical(3, n, families=("pair", "kinda")), PAIRS | bank(3, kinda=1), largest, 2
    ),
    "contextual": Case(lambda n: contextual(2, n), bank(2, kinda=1, very=2), largest, 1, modifiers=NEVER_NEAR),
    "contextual, reach 7": Case(
        lambda n: contextual(3, n, negation=NOT_8),
        bank(3, kinda=1, very=2),
        largest,
        2,
        modifiers={"not8": (-1, 8), "extremely": (2, 2)},
    ),
    "ordered 2": Case(lambda n: ordered(2, n), SCALAR, intervals(2, 1), 1),
    "ordered 3": Case(lambda n: ordered(3, n), SCALAR, intervals(3, 1), 1),
    "ordered 5, five words": Case(lambda n: ordered(5, n, words=5), LEVELS, intervals(5, 2), 1),
    "ordered 5, narrow": Case(
        lambda n: ordered(5, n, words=5, borders=(-0.18, -0.05, 0.05, 0.18)),
        LEVELS,
        thresholds(*(Fraction(h, 100) for h in (-18, -5, 5, 18))),
        1,
    ),
    "ordered 3 in thirds": Case(
        lambda n: ordered(3, n, borders=(-1 / 3, 1 / 3)), SCALAR, thresholds(Fraction(-1, 3), Fraction(1, 3)), 1
    ),
    "ordered in context": Case(
        lambda n: ordered(3, n, context=(NOT, EXTREMELY)), SCALAR, intervals(3, 1), 1, modifiers=NEVER_NEAR
    ),
    "sentiment plane": Case(lambda n: sentiment_plane(5, n), PLANE, plane, 2),
    "sentiment plane in halves": Case(
        lambda n: sentiment_plane(5, n, good=(1, 0.5)), PLANE | {"bad": (-1, HALF), "good": (1, HALF)}, plane, 2
    ),
    "multilabel 2": Case(lambda n: multilabel(2, n), bank(2, kinda=1, bad=-1), signs, 2),
    "multilabel 4": Case(lambda n: multilabel(4, n), bank(4, kinda=1, bad=-1), signs, 4),
    "interpolated 3": Case(lambda n: interpolated(3, n, order=0.3), bank(3, kinda=1), order3(Fraction(3, 10)), 2),
    "interpolated 3, no order": Case(lambda n: interpolated(3, n, order=0), bank(3, kinda=1), largest, 2),
    "interpolated 3, all order": Case(lambda n: interpolated(3, n, order=1), bank(3, kinda=1), order3(Fraction(1)), 1),
    "interpolated 5": Case(lambda n: interpolated(5, n, order=0.5), bank(5, kinda=1), order5(HALF), 4),
    "correlated 3": Case(
        lambda n: correlated(3, n, pairs={(0, 1): 0.6}),
        {
            "kinda_0": (Fraction(7, 10), Fraction(3, 10), 0),
            "kinda_1": (Fraction(3, 10), Fraction(7, 10), 0),
            "kinda_2": (0, 0, 1),
        },
        largest,
        2,
    ),
    "correlated 4, ring": Case(
        lambda n: correlated(4, n, pairs={(0, 1): 0.4, (1, 2): 0.4, (2, 3): 0.4, (3, 0): 0.4}),
        {
            f"kinda_{i}": tuple({0: 3 * FIFTH, 1: FIFTH, 2: 0, 3: FIFTH}[(i - j) % 4] for j in range(4))
            for i in range(4)
        },
        largest,
        3,
    ),
    "merged": Case(
        lambda n: merged(3, n, most=n // 3 + 1),
        bank(3, kinda=1),
        lambda score, length: middle_gains(length // 3 + 1)(score, length),
        2,
    ),
    "edge only": Case(
        lambda n: edge_only(3, n), bank(3, kinda=1), largest, 1, allowed=lambda counts: min(counts[0], counts[1]) == 0
    ),
    "edge only, overlap 1": Case(
        lambda n: edge_only(3, n, overlap=1),
        bank(3, kinda=1),
        largest,
        2,
        allowed=lambda counts: min(counts[0], counts[1]) <= 1,
    ),
    "toy": Case(
        lambda n: toy(3, n),
        {"good": (1,), "bad": (-1,), "awesome": (2,), "awful": (-2,)} | NOISY,
        lambda score, length: (score[0] > 0) - (score[0] < 0) + 1,
        1,
        modifiers={"not": (-1, 5), "very": (2, 2)},
        backwards=True,
    ),
    "toy of two classes": Case(
        lambda n: toy(2, n),
        {"good": (1,), "bad": (-1,), "awesome": (2,), "awful": (-2,)} | NOISY,
        lambda score, length: None if score[0] == 0 else int(score[0] > 0),
        1,
        modifiers={"not": (-1, 5), "very": (2, 2)},
        backwards=True,
    ),
}


def phrase_probabilities(case: Case, words: Sequence[str], length: int, scores: str) -> dict[tuple[str, ...], tuple]:
    """The probability of every decided phrase of ``length`` words, and its label."""
    phrases: dict[tuple[str, ...], tuple] = {}
    weights = _one_by_one if scores == "random" else _by_score
    for phrase, weight, score in weights(case, words, length):
        label = case.decide(score, length)
        if weight and label is not None:
            phrases[phrase] = (weight, label)
    total = sum(weight for weight, _ in phrases.values())
    return {phrase: (weight / total, label) for phrase, (weight, label) in phrases.items()}


def _one_by_one(case: Case, words: Sequence[str], length: int) -> Iterator[tuple[tuple[str, ...], float, Score]]:
    """Each word alike, but for modifiers, which are drawn anew, or become a plain word in the toy language."""
    plain = [word for word in words if word not in case.modifiers]
    for phrase in itertools.product(words, repeat=length):
        weight = 1.0
        for place, word in enumerate(phrase):
            barred = {
                modifier
                for modifier, (_, counter) in case.modifiers.items()
                if modifier in phrase[max(place - counter + 1, 0) : place] and modifier != "very"
            }
            if word in barred:
                weight = 0.0
            elif case.backwards:
                weight *= (1 + len(barred) / len(plain) if word in plain else 1) / len(words)
            else:
                weight /= len(words) - len(barred)
        if weight and case.allowed(tuple(phrase.count(word) for word in words)):
            yield phrase, weight, case.score(phrase)


def _by_score(case: Case, words: Sequence[str], length: int) -> Iterator[tuple[tuple[str, ...], float, Score]]:
    """Each score alike, of its word counts each alike, and of their orders each alike."""
    counts = [
        c for c in itertools.product(range(length + 1), repeat=len(words)) if sum(c) == length and case.allowed(c)
    ]
    by_score: dict[Score, list[tuple[int, ...]]] = {}
    for count in counts:
        phrase = [word for word, n in zip(words, count, strict=True) for _ in range(n)]
        by_score.setdefault(case.score(phrase), []).append(count)
    decided = {score: same for score, same in by_score.items() if case.decide(score, length) is not None}
    weights = {
        count: (math.prod(map(math.factorial, count)) / math.factorial(length) / len(same) / len(decided), score)
        for score, same in decided.items()
        for count in same
    }
    for phrase in itertools.product(words, repeat=length):
        count = tuple(phrase.count(word) for word in words)
        if count in weights:
            yield phrase, *weights[count]
