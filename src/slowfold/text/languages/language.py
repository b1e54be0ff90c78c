"""A synthetic language: phrases whose words carry a known evidence for known labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from jaxtyping import Bool, Float64, Int64

from slowfold.errors import DataError, OptionError
from slowfold.text.corpus import Corpus, Kind
from slowfold.text.languages.drawing import Phrases, quotas
from slowfold.text.languages.reading import ContextWord, Reading
from slowfold.text.languages.rules import UNDECIDED, Rule, Signs
from slowfold.text.names import near_names, quoted
from slowfold.text.vocabulary import Vocabulary

__all__ = ["NOISE_WORD", "Language"]

NOISE_WORD = "<noise>"
"""Says nothing, and stands only before and after a phrase. No text holds it as a word: there it is ``<``, ``noise``,
``>``."""


@dataclass(frozen=True, eq=False)
class Language:
    """A language of phrases, each of which has one label: a function of its score, which adds up over its words.

    **Ties.** Where two labels have the same claim to a phrase, because its score lies just where they meet, the phrase
    belongs to none of them: it is never drawn, and :meth:`labels` refuses it. The authors of the paper gave it to the
    label that comes first, which learns a larger region than the others. Any rule that reads the score alone favours
    some label: where all classes have the same score, no rule can tell them apart.

    Attributes:
        name: The name under which it is asked for, such as ``"categorical"``.
        kind: What its labels are.
        words: The words.
        class_names: The names of the classes, or of the labels where a phrase has several.
        dimension: How many numbers a reader must keep to know the label at the end. Context words ask for more, but
            only as long as they reach.
        length: The number of words of the longest phrases, noise included.
        shortest: The number of words of the shortest ones; every length from here on is as probable as any other.
        reading: How words make a score.
        rule: How a score makes a label.
        phrases: The ways in which phrases are drawn, by name; the first is the usual one.
        noise: The number of ``<noise>`` words before a phrase, and of those after it.
    """

    name: str
    kind: Kind
    words: tuple[str, ...] = field(repr=False)
    class_names: tuple[str, ...]
    dimension: int
    length: int
    shortest: int
    reading: Reading = field(repr=False)
    rule: Rule = field(repr=False)
    phrases: Mapping[str, Phrases] = field(repr=False)
    noise: int = 0

    @property
    def evidence(self) -> Float64[np.ndarray, "word score"]:
        """What one word adds to each score, [word, score]; context words, and what they do to others, are left out."""
        return self.reading.evidence

    @property
    def context(self) -> tuple[ContextWord, ...]:
        """The words that multiply the evidence of those after them."""
        return tuple(word for word, _ in self.reading.context)

    @property
    def scores(self) -> tuple[str, ...]:
        """The ways in which phrases can be drawn, ``"uniform"`` or ``"random"``; the first is the usual one."""
        return tuple(self.phrases)

    def with_lengths(self, shortest: int) -> Language:
        """The same language with phrases of ``shortest`` words up to those that it has now, each length as probable.

        What a score means does not change: where labels meet at a share of the length, it is that of the longest
        phrases. Phrases with a given label have the lengths that such phrases have; very short ones may lack some
        labels. Lengths of which no phrase at all is decided are refused when phrases are drawn.

        The authors left the longest length out and filled phrases up with a word that is none.

        Raises:
            OptionError: ``shortest`` is out of range.

        Example:
            >>> from slowfold.text.languages import categorical
            >>> np.unique(categorical(length=4).with_lengths(shortest=2).sample(60).lengths).tolist()
            [2, 3, 4]
        """
        least = 1 + 2 * self.noise
        if not least <= shortest <= self.length:
            raise OptionError(
                f"phrases of {shortest} words", where="shortest", cure=f"give a number from {least} to {self.length}"
            )
        return replace(self, shortest=shortest)

    def with_noise(self, words: int) -> Language:
        """The same language with so many ``<noise>`` words before every phrase, and as many after it.

        The phrases proper do not change, so that ``length`` and ``shortest`` grow by twice ``words``. The authors'
        noisy phrases of 50 words, 10 of which on each side are noise, are those of a language of 30.

        Raises:
            OptionError: ``words`` is below 1, or the language has noise already.

        Example:
            >>> from slowfold.text.languages import ordered
            >>> corpus = ordered(classes=2, length=1).with_noise(1).sample(2)
            >>> sorted(corpus.words(i) for i in range(2))
            [['<noise>', 'bad', '<noise>'], ['<noise>', 'good', '<noise>']]
        """
        if words < 1:
            raise OptionError(f"{words} words of noise", where="words", cure="give 1 or more")
        if self.noise:
            raise OptionError(f"{self.noise} words of noise are there already", where="words", cure="add them once")
        return replace(
            self,
            words=(*self.words, NOISE_WORD),
            length=self.length + 2 * words,
            shortest=self.shortest + 2 * words,
            noise=words,
            reading=self.reading.with_neutral_word(),
        )

    def sample(
        self,
        documents: int,
        seed: int = 0,
        *,
        scores: str | None = None,
        shares: Sequence[float] | str = "balanced",
    ) -> Corpus:
        """Draws phrases.

        Args:
            documents: The number of phrases.
            seed: Draws the phrases.
            scores: ``"uniform"``: every score that a phrase can have is as probable as any other, and of the word
                counts that have it, each is; the words stand in a random order. ``"random"``: every word is as probable
                as any other, wherever it stands. Unless given, the first of :attr:`scores`.
            shares: ``"balanced"``: as many phrases of each class, or of each set of labels, the first of them one more
                where the number does not divide. ``"natural"``: as they happen to come. Otherwise the share of each
                class; where a phrase has several labels, of each set of labels in the order of binary numbers whose
                first digit is the first label. What is drawn of each is distributed as phrases of that label are.

        Raises:
            OptionError: An option is out of range, the language cannot be drawn so, or no phrase has some label.

        Source:
            Aitken et al., "The geometry of integration in text classification RNNs", ICLR 2021, uniform-score sampling.

        Example:
            >>> from slowfold.text.languages import categorical
            >>> corpus = categorical(classes=3, length=5).sample(9, seed=0)
            >>> np.bincount(corpus.labels).tolist(), corpus.lengths.tolist()
            ([3, 3, 3], [5, 5, 5, 5, 5, 5, 5, 5, 5])
            >>> corpus = categorical(classes=3, length=5).sample(10, seed=0, shares=(0.8, 0.1, 0.1))
            >>> np.bincount(corpus.labels).tolist()
            [8, 1, 1]
        """
        wanted = self._wanted(documents, shares)
        if seed < 0:
            raise OptionError(f"a seed of {seed}", where="seed", cure="give 0 or more")
        way = self.scores[0] if scores is None else scores
        if way not in self.scores:
            raise OptionError(
                f"the {self.name} language, as it was built, has no {quoted(way)} scores",
                where="scores",
                cure=f"ask for {' or '.join(repr(known) for known in self.scores)}",
            )
        generator = np.random.default_rng(seed)
        inner = range(self.shortest - 2 * self.noise, self.length - 2 * self.noise + 1)
        parts = [self._framed(part) for part in self.phrases[way].draw(inner, wanted, generator)]
        tokens, offsets = _mixed(parts, generator)
        labels = self.rule(self.reading.scores(tokens, offsets))
        return Corpus(
            tokens=_read_only(tokens),
            offsets=_read_only(offsets),
            labels=self._as_labels(labels),
            vocabulary=Vocabulary(self.words),
            class_names=self.class_names,
            kind=self.kind,
            name=self.name,
        )

    def score(self, corpus: Corpus) -> Float64[np.ndarray, "document score"]:
        """The score of each document, [document, score].

        Raises:
            DataError: The corpus has a word that is none of this language.

        Example:
            >>> from slowfold.text.languages import toy
            >>> language = toy()
            >>> review = [[language.words.index(word) for word in "not very good the very awful".split()]]
            >>> corpus = Corpus.from_tokens(review, [0], Vocabulary(language.words), language.class_names)
            >>> language.score(corpus).tolist(), language.targets(corpus)[:, 0].tolist()
            ([[-6.0]], [0.0, 0.0, -2.0, -2.0, -2.0, -6.0])
        """
        return self.reading.scores(self._own_tokens(corpus), corpus.offsets) / self.reading.scale

    def targets(self, corpus: Corpus) -> Float64[np.ndarray, "token score"]:
        """The score of each document up to each of its words: a target at every step, [token, score].

        Raises:
            DataError: The corpus has a word that is none of this language.
        """
        return self.reading.running(self._own_tokens(corpus), corpus.offsets) / self.reading.scale

    def undecided(self, scores: Float64[np.ndarray, "document score"]) -> Bool[np.ndarray, " document"]:
        """Which of the scores lie where labels meet, so that no label is right, [document].

        Raises:
            DataError: The scores are not those of this language.
        """
        return self.rule(self._in_units(scores)) == UNDECIDED

    def label(
        self, scores: Float64[np.ndarray, "document score"]
    ) -> Int64[np.ndarray, " document"] | Bool[np.ndarray, "document label"]:
        """The labels of documents with these scores, as a corpus has them.

        Raises:
            DataError: A score lies where labels meet, or the scores are not those of this language.

        Example:
            >>> from slowfold.text.languages import categorical, multilabel
            >>> categorical(classes=3).label(np.array([[1.0, 4.0, 2.0]])).tolist()
            [1]
            >>> multilabel(classes=2).label(np.array([[1.0, -4.0]])).tolist()
            [[True, False]]
            >>> categorical(classes=3).label(np.array([[4.0, 4.0, 2.0]]))
            Traceback (most recent call last):
            ...
            slowfold.errors.DataError: categorical, document 0: the score [4. 4. 2.] lies where labels meet; leave out
            the documents that undecided names
        """
        labels = self.rule(self._in_units(scores))
        tied = np.flatnonzero(labels == UNDECIDED)
        if len(tied):
            raise DataError(
                f"the score {scores[tied[0]]} lies where labels meet",
                where=f"{self.name}, document {tied[0]}",
                cure="leave out the documents that undecided names",
            )
        return self._as_labels(labels)

    def labels(self, corpus: Corpus) -> Int64[np.ndarray, " document"] | Bool[np.ndarray, "document label"]:
        """The label of each document, from its words alone; the labels that the corpus has are not looked at.

        Raises:
            DataError: A document's score lies where labels meet, or a word is none of this language.

        Example:
            >>> from slowfold.text.languages import ordered
            >>> corpus = ordered(classes=5).sample(100)
            >>> bool((ordered(classes=5).labels(corpus) == corpus.labels).all())
            True
        """
        return self.label(self.score(corpus))

    def _wanted(self, documents: int, shares: Sequence[float] | str) -> Int64[np.ndarray, " label"] | int:
        """How many phrases of each label to draw, or of all together."""
        labels = self.rule.labels
        fewest = labels if shares == "balanced" else 1
        if documents < fewest:
            raise OptionError(f"{documents} phrases", where="documents", cure=f"ask for at least {fewest}")
        if isinstance(shares, str):
            if shares == "natural":
                return documents
            if shares == "balanced":
                return quotas(documents, np.full(labels, 1 / labels))
            raise OptionError(
                f"no shares are called {quoted(shares)}",
                where="shares",
                cure=near_names(shares, ("balanced", "natural")),
            )
        given = np.asarray(shares, dtype=np.float64)
        if given.shape != (labels,):
            raise OptionError(f"{len(given)} shares for {labels} labels", where="shares", cure="give one for each")
        # NaN fails both comparisons.
        if not (given.min() >= 0 and abs(given.sum() - 1) <= 1e-6):
            raise OptionError(
                f"the shares {quoted(tuple(shares))} do not make a whole",
                where="shares",
                cure="give shares that sum to 1",
            )
        return quotas(documents, given / given.sum())

    def _framed(self, phrases: np.ndarray) -> np.ndarray:
        """Phrases with the noise around them."""
        if not self.noise:
            return phrases
        return np.pad(phrases, ((0, 0), (self.noise, self.noise)), constant_values=self.words.index(NOISE_WORD))

    def _as_labels(self, numbers: np.ndarray) -> np.ndarray:
        """Numbers of labels as a corpus has them."""
        if not isinstance(self.rule, Signs):
            return _read_only(numbers.astype(np.int64))
        digits = np.arange(self.rule.digits)[::-1]
        return _read_only(((numbers[:, None] >> digits) & 1).astype(np.bool_))

    def _own_tokens(self, corpus: Corpus) -> np.ndarray:
        """The tokens of a corpus by the numbers that its words have here."""
        if corpus.vocabulary.words == self.words:
            return corpus.tokens
        numbers = {word: number for number, word in enumerate(self.words)}
        strange = [word for word in corpus.vocabulary.words if word not in numbers]
        if strange:
            raise DataError(
                f"{quoted(strange[0])} is no word of the {self.name} language",
                where=corpus.name,
                cure=near_names(strange[0], self.words),
            )
        return np.array([numbers[word] for word in corpus.vocabulary.words])[corpus.tokens]

    def _in_units(self, scores: np.ndarray) -> np.ndarray:
        given = np.asarray(scores, dtype=np.float64)
        columns = self.reading.units.shape[1]
        if given.ndim != 2 or given.shape[1] != columns:
            raise DataError(
                f"scores of shape {given.shape}", where=self.name, cure=f"give [document, score], with {columns} scores"
            )
        units = np.rint(given * self.reading.scale)
        # What lies between the scores that words can make has been rounded by someone, or was never a score.
        if not np.allclose(units, given * self.reading.scale, rtol=0, atol=1e-6):
            raise DataError("scores that no words have", where=self.name, cure="give those that score returns")
        return units.astype(np.int64)


def _mixed(parts: Sequence[np.ndarray], generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Phrases of several lengths one after the other, in a random order, and where each begins."""
    if len(parts) == 1:
        documents, length = parts[0].shape
        tokens = parts[0][generator.permutation(documents)].ravel()
        return tokens, np.arange(documents + 1, dtype=np.int64) * length
    lengths = np.repeat([part.shape[1] for part in parts], [len(part) for part in parts])
    begins = np.cumsum(lengths) - lengths
    order = generator.permutation(len(lengths))
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths[order])])
    tokens = np.concatenate([part.ravel() for part in parts])
    places = np.arange(len(tokens)) + np.repeat(begins[order] - offsets[:-1], lengths[order])
    return tokens[places], offsets


def _read_only(values: np.ndarray) -> np.ndarray:
    values.setflags(write=False)
    return values
