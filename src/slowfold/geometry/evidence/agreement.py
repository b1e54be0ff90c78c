"""Whether a network has learned of words what the counts say of them: rank correlations, with ties and intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from slowfold.errors import OptionError, TensorError

__all__ = ["Agreement", "rank_agreement"]

# Two words have a rank correlation of 1 or -1 whatever they are; an interval asks for more.
_FEWEST = 3
# Resamples are drawn and ranked so many numbers at a time.
_NUMBERS = 2**22


@dataclass(frozen=True)
class Agreement:
    """Spearman's rank correlation between what was learned of words and what was counted.

    Attributes:
        correlation: For each class, over the words; NaN where either says the same of all words, [class].
        low: The lower end of each interval, [class].
        high: The upper end, [class].
        mean: The mean of the correlations over the classes that have one.
        mean_low: The lower end of its interval.
        mean_high: The upper end.
        words: The number of words.
        level: How much of the resamples the intervals hold, such as 0.95.
    """

    correlation: Float64[np.ndarray, " class"]
    low: Float64[np.ndarray, " class"]
    high: Float64[np.ndarray, " class"]
    mean: float
    mean_low: float
    mean_high: float
    words: int
    level: float


def rank_agreement(
    learned: Float64[np.ndarray, "word class"],
    counted: Float64[np.ndarray, "word class"],
    *,
    resamples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> Agreement:
    """Spearman's rank correlation of two tables of words, class by class, with bootstrap intervals over the words.

    Equal values share the mean of their ranks, in each resample anew. The intervals are percentiles: of words that were
    drawn anew, with replacement, as if others of their kind might have been looked at.

    Args:
        learned: What a network takes each word for, such as its evidence at the end, [word, class].
        counted: What the word counts say, such as :func:`~slowfold.geometry.prediction.contrasts.word_evidence`
            transposed, [word, class].
        resamples: How often words are drawn anew.
        level: How much of the resamples the intervals hold.
        seed: Draws them.

    Raises:
        TensorError: The tables differ in shape, hold NaN or infinity, or have fewer than three words.
        OptionError: ``resamples`` is below 1, or ``level`` is not between 0 and 1.

    Source:
        Spearman, "The proof and measurement of association between two things", American Journal of Psychology 1904;
        Efron, "Bootstrap methods: another look at the jackknife", Annals of Statistics 1979.

    Example:
        >>> values = np.array([[0.0], [1.0], [1.0], [5.0]])
        >>> rank_agreement(values, values**3).mean
        1.0
    """
    if learned.shape != counted.shape:
        raise TensorError(f"{learned.shape} learned values, and {counted.shape} counted ones", where="rank_agreement")
    if len(learned) < _FEWEST:
        raise TensorError(
            f"{len(learned)} words are too few to rank", where="rank_agreement", cure=f"give {_FEWEST} or more"
        )
    if not (np.isfinite(learned).all() and np.isfinite(counted).all()):
        raise TensorError("a value holds NaN or infinity", where="rank_agreement")
    if resamples < 1 or not 0 < level < 1:
        raise OptionError("give at least one resample and a level between 0 and 1", where="rank_agreement")
    words, classes = learned.shape
    once = np.ones((1, words))
    measured = np.array([_correlations(learned[:, c], counted[:, c], once)[0] for c in range(classes)])
    generator = np.random.default_rng(seed)
    drawn = np.empty((resamples, classes))
    for begin in range(0, resamples, max(1, _NUMBERS // words)):
        rows = slice(begin, min(resamples, begin + max(1, _NUMBERS // words)))
        times = generator.multinomial(words, np.full(words, 1 / words), size=rows.stop - rows.start).astype(np.float64)
        for c in range(classes):
            drawn[rows, c] = _correlations(learned[:, c], counted[:, c], times)
    told = np.isfinite(measured)
    intervals = np.array([_interval(drawn[:, c] if told[c] else drawn[:0, c], level) for c in range(classes)])
    low, high = intervals.T
    mean_low, mean_high = _interval(drawn[:, told].mean(axis=1) if told.any() else drawn[:0, 0], level)
    mean = float(measured[told].mean()) if told.any() else np.nan
    return Agreement(measured, low, high, mean, mean_low, mean_high, words, level)


def _interval(drawn: np.ndarray, level: float) -> tuple[float, float]:
    """Between which values that share of what was drawn lies; NaN where nothing was."""
    # A resample of equal values alone has no correlation.
    values = drawn[np.isfinite(drawn)]
    if not len(values):
        return np.nan, np.nan
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2]).tolist()
    return low, high


def _correlations(one: np.ndarray, other: np.ndarray, times: np.ndarray) -> np.ndarray:
    """The rank correlation in each resample, in which words stand so many ``times`` [resample, word]; NaN: none."""
    ranks = [_ranks(values, times) for values in (one, other)]
    count = times.sum(axis=1, keepdims=True)
    first, second = (rank - (times * rank).sum(axis=1, keepdims=True) / count for rank in ranks)
    products = (times * first * second).sum(axis=1)
    sizes = np.sqrt((times * first**2).sum(axis=1) * (times * second**2).sum(axis=1))
    # Ranks are halves of whole numbers: where they do not vary, nothing but 0 comes out.
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(sizes > 0, np.clip(products / sizes, -1, 1), np.nan)


def _ranks(values: np.ndarray, times: np.ndarray) -> np.ndarray:
    """The rank of each word in each resample, [resample, word]; equal values share the mean of theirs."""
    _, group = np.unique(values, return_inverse=True)
    order = np.argsort(group, kind="stable")
    last = np.flatnonzero(np.append(np.diff(group[order]) > 0, True))
    up_to = np.cumsum(times[:, order], axis=1)[:, last]
    before = np.concatenate([np.zeros((len(times), 1)), up_to[:, :-1]], axis=1)
    return ((before + up_to + 1) / 2)[:, group]
