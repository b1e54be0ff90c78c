"""One text, read word by word: where it leads, what each word leaves in the evidence, and what would come after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock

import numpy as np
import polars as pl
import torch
from jaxtyping import Float64
from numpy.typing import NDArray
from torch import Tensor

from slowfold.explorer.telling import tell_decision, tell_hold, tell_path
from slowfold.networks import Classifier
from slowfold.networks.heads import decide
from slowfold.report.groups import Groups, combination_names, groups_of
from slowfold.report.scene import distinct
from slowfold.report.wording import plain, shortened
from slowfold.study import Run
from slowfold.study.explaining import Explainer, Explanation
from slowfold.text.vocabulary import Vocabulary, split_words
from slowfold.text.wordpiece import INNER

__all__ = ["MOST_CHARACTERS", "MOST_STEPS", "MOST_WORDS", "Followed", "Follower", "Held", "find_spans"]

MOST_CHARACTERS = 200_000
"""The longest text that is looked at: what is longer is refused, in one line."""

MOST_WORDS = 1_000
"""The most words of a text that are read; the page says when there were more."""

MOST_STEPS = 500
"""The most steps for which an input is held after a text."""

# Clicking through words and steps asks about the same few texts again and again.
_REMEMBERED = 16
# Steps on screen are drawn on so many components.
_SHOWN = 3


@dataclass(frozen=True)
class Followed:
    """A text as it was read.

    All evidence is in nats. Of one class a document it is less its mean over the classes, so that what is told is for a
    class against the others; of several labels it is for each label against its absence.

    Attributes:
        words: The words as they were read, [word].
        escaped: The words as plotly shows them letter by letter, [word].
        known: Whether the network knows each, [word].
        spans: Where each word begins and ends in the text, in UTF-16 units, as browsers count; None where the words
            cannot be found in it, [word].
        unread: Words that are not known, and that the network has no place for: they were left out.
        left_out: How many words at the end were too many to be read.
        path: The initial state and the state after each word, on the first components, [word + 1, component].
        running: The evidence after each word, that of the initial state first, [word + 1, class].
        deciding: What would be decided after each word, a row of :class:`slowfold.report.groups.Groups`, [word + 1].
        probabilities: Of each class after the last word, [class].
        added: What each word changed at once, beside what the held input would have, [word, class].
        context: How much of that is owed to the words before it: what it added less what it adds to the initial state,
            [word, class].
        drift: What the held input would have changed in its place, [word, class].
        left: What the end still holds of each word, to first order, [word, class].
        faded: What it put in and lost again until the end, to first order, [word, class].
        wordless: The evidence after as many steps of the held input and no word, [class].
        remainder: The evidence less ``wordless`` and all that is left of the words: what is not linear, [class].
        decision: The decision in words.
        told: The path in words: what the figure shows to those who see it.
    """

    words: tuple[str, ...]
    escaped: tuple[str, ...]
    known: tuple[bool, ...]
    spans: tuple[tuple[int, int], ...] | None
    unread: tuple[str, ...]
    left_out: int
    path: Float64[np.ndarray, "state component"]
    running: Float64[np.ndarray, "state class"]
    deciding: tuple[int, ...]
    probabilities: Float64[np.ndarray, " class"]
    added: Float64[np.ndarray, "word class"]
    context: Float64[np.ndarray, "word class"]
    drift: Float64[np.ndarray, "word class"]
    left: Float64[np.ndarray, "word class"]
    faded: Float64[np.ndarray, "word class"]
    wordless: Float64[np.ndarray, " class"]
    remainder: Float64[np.ndarray, " class"]
    decision: str
    told: str


@dataclass(frozen=True)
class Held:
    """Where the network goes by itself when the input is held still after a text.

    Attributes:
        path: The state it starts from and those that follow, on the first components, [step + 1, component].
        deciding: As in :class:`Followed`, [step + 1].
        told: In words: for each of the steps, what would be decided, and which fixed point is near, [step + 1].
    """

    path: Float64[np.ndarray, "state component"]
    deciding: tuple[int, ...]
    told: tuple[str, ...]


class Follower:
    """Reads texts with the network of a run.

    Args:
        run: A finished run.

    Attributes:
        network: The network.
        held: The input that is held: ``"mean"``.
        class_names: The names of the classes, cut to be shown.
        groups: What can be decided, and in which colour it is shown.
        group_names: What that is called, cut to be shown.
    """

    def __init__(self, run: Run) -> None:
        self.network = load_network(run)
        self.class_names = tuple(shortened(name) for name in self.network.class_names)
        self.groups = groups_of(run)
        self.group_names = _group_names(self.groups, self.class_names)
        analysis = run.analysis
        self.held = "mean"
        held = torch.from_numpy(np.asarray(analysis["mean_input"].values, dtype=np.float64))
        self._explainer, self._turn = Explainer(self.network, held=held), Lock()
        self._cell, self._held_input = self.network.cell.frozen(torch.float64), held
        self._map = self.network.hold(input=held, name=self.held)
        self._axes = np.asarray(analysis["axes"].values, dtype=np.float64)
        self._mean = np.asarray(analysis["mean"].values, dtype=np.float64)
        self._points = distinct(run, self.held)
        self._point_states = np.concatenate(
            [np.asarray(analysis[f"{self.held}_{part}_state"].values, np.float64) for part in ("point", "ghost")]
        )
        self._known = frozenset(self.network.vocabulary.words)
        self._explained = lru_cache(maxsize=_REMEMBERED)(self._explain)

    @property
    def several(self) -> bool:
        """Whether a document may have several labels."""
        return self.network.kind == "multilabel"

    def follow(self, text: str) -> Followed:
        """Reads a text.

        Args:
            text: Any text, also an empty one.
        """
        words, unread, left_out = self._words_of(text)
        explanation = self._explained(words)
        if explanation is None:
            return self._unmoved(unread, left_out)
        names, ledger = self.class_names, explanation.ledger
        running = ledger.running.numpy()
        probabilities = self._probabilities(running[-1])
        shown = tuple(shortened(word) for word in explanation.words)
        path, deciding = self._on_components(ledger.states), self._deciding(running)
        left = self._against_others(ledger.evidence.numpy())
        added = self._against_others(ledger.input_part.numpy())
        return Followed(
            words=shown,
            escaped=tuple(plain(word) for word in explanation.words),
            known=explanation.known,
            spans=find_spans(text, explanation.words),
            unread=unread,
            left_out=left_out,
            path=path,
            running=self._against_others(running),
            deciding=deciding,
            probabilities=probabilities,
            added=added,
            context=added - self._against_others(self._added_alone(explanation.words)),
            drift=self._against_others(ledger.drift_part.numpy()),
            left=left,
            faded=self._against_others(ledger.forgotten.numpy()),
            wordless=self._against_others(ledger.wordless.numpy()),
            remainder=self._against_others(ledger.remainder.numpy()),
            decision=tell_decision(names, probabilities, several=self.several),
            told=tell_path(self.group_names, shown, path, left, deciding),
        )

    def hold(self, text: str, after: int, steps: int) -> Held:
        """Holds the input after some of the words of a text.

        Args:
            text: Any text.
            after: After how many words; more than there are mean after all of them.
            steps: For how many steps.
        """
        explanation = self._explained(self._words_of(text)[0])
        states = self._start()[0] if explanation is None else explanation.ledger.states
        begin = states[min(after, len(states) - 1)][None].double()
        followed = self._map.follow(begin, min(steps, MOST_STEPS))[:, 0]
        with torch.no_grad():
            logits = self._evidence(followed)
        away = np.linalg.norm(followed.numpy()[:, None] - self._point_states[None], axis=2)
        return Held(
            path=self._on_components(followed),
            deciding=self._deciding(logits),
            told=tell_hold(
                self.held,
                self.class_names,
                self._points,
                away,
                np.stack([self._probabilities(row) for row in logits]),
                several=self.several,
            ),
        )

    def _unmoved(self, unread: tuple[str, ...], left_out: int) -> Followed:
        """What there is to say of a text without words: the state is where every text begins."""
        states, running = self._start()
        nothing = np.zeros((0, running.shape[1]))
        evidence = self._against_others(running)
        return Followed(
            words=(),
            escaped=(),
            known=(),
            spans=(),
            unread=unread,
            left_out=left_out,
            path=self._on_components(states),
            running=evidence,
            deciding=self._deciding(running),
            probabilities=self._probabilities(running[-1]),
            added=nothing,
            context=nothing,
            drift=nothing,
            left=nothing,
            faded=nothing,
            wordless=evidence[0],
            remainder=np.zeros_like(evidence[0]),
            decision="",
            told="No word is read yet: the state is where every text begins.",
        )

    def _words_of(self, text: str) -> tuple[tuple[str, ...], tuple[str, ...], int]:
        """The words to read, those that cannot be read, and how many are too many."""
        words: list[str] = split_words(pl.Series([_encodable(text)], dtype=pl.String)).to_list()[0]
        if self.network.vocabulary.unknown is not None:
            return tuple(words[:MOST_WORDS]), (), max(0, len(words) - MOST_WORDS)
        known = [word for word in words if word in self._known]
        unread = tuple(dict.fromkeys(shortened(word) for word in words if word not in self._known))
        return tuple(known[:MOST_WORDS]), unread[:_REMEMBERED], max(0, len(known) - MOST_WORDS)

    def _explain(self, words: tuple[str, ...]) -> Explanation | None:
        if not words:
            return None
        # An explainer remembers what the held input alone leads to, and adds to it: one text at a time.
        with self._turn:
            # Words stay what they are when they are joined by spaces and split again.
            return self._explainer.explain(" ".join(words))

    @torch.no_grad()
    def _added_alone(self, words: Sequence[str]) -> NDArray[np.float64]:
        """What each word adds to the evidence as the first word of a text, [word, class]."""
        cell, vocabulary = self._cell, self.network.vocabulary
        ids = [vocabulary.id(word) if word in self._known else vocabulary.unknown or 0 for word in words]
        inputs = self.network.inputs(torch.tensor(ids, device=self.network.device)).double()
        begin = self.network.initial_state.detach().double().expand(len(ids), -1)
        after = cell.advance(begin, cell.drive(inputs))
        still = cell.advance(begin[:1], cell.drive(self._held_input))
        return (self.network.read_out(after - still) @ self.network.readout.weight.double().T).numpy()

    @torch.no_grad()
    def _start(self) -> tuple[Tensor, NDArray[np.float64]]:
        states = self.network.initial_state.detach()[None].double()
        return states, self._evidence(states)

    @torch.no_grad()
    def _evidence(self, states: Tensor) -> NDArray[np.float64]:
        return self.network.evidence(states.to(self.network.initial_state)).double().numpy()

    @torch.no_grad()
    def _on_components(self, states: Tensor) -> Float64[np.ndarray, "state component"]:
        read = self.network.read_out(states).numpy().astype(np.float64)
        return (read - self._mean) @ self._axes[:_SHOWN].T

    def _against_others(self, evidence: NDArray[np.float64]) -> NDArray[np.float64]:
        return evidence if self.several else evidence - evidence.mean(axis=-1, keepdims=True)

    def _probabilities(self, logits: NDArray[np.float64]) -> NDArray[np.float64]:
        if self.several:
            # Of a tanh nothing overflows.
            return 0.5 * (1 + np.tanh(logits / 2))
        odds = np.exp(logits - logits.max())
        return odds / odds.sum()

    def _deciding(self, logits: NDArray[np.float64]) -> tuple[int, ...]:
        decided = decide(torch.from_numpy(logits), self.network.kind).numpy().astype(np.int64)
        return tuple(self.groups.of(decided).tolist())


def load_network(run: Run) -> Classifier:
    """The network of a run, in memory and on the CPU; of a run without words they are numbers, which can be typed.

    Args:
        run: A finished run.
    """
    if run.has_words:
        return run.network
    numbers = tuple(str(number) for number in range(len(run.network.vocabulary)))
    return Classifier.load(run.folder, vocabulary=Vocabulary(numbers))


def _group_names(groups: Groups, class_names: tuple[str, ...]) -> tuple[str, ...]:
    # Those of the groups themselves are written for plotly.
    if groups.by == "class":
        return class_names
    return tuple(combination_names(class_names)) if groups.by == "combination" else groups.shown.names


def find_spans(text: str, words: Sequence[str]) -> tuple[tuple[int, int], ...] | None:
    """Where words stand in the text that they were read from, one after another, in UTF-16 units.

    Returns:
        Where each begins and ends; None where a word cannot be found, as when its letters change in lower case.

    Example:
        >>> find_spans("Not 🙂 GOOD!", ["not", "🙂", "good", "!"])
        ((0, 3), (4, 6), (7, 11), (11, 12))
        >>> find_spans("unhappy", ["un", "##happy"])
        ((0, 2), (2, 7))
    """
    lowered = text.lower()
    if len(lowered) != len(text):
        return None
    found: list[tuple[int, int]] = []
    here = units = 0
    for word in words:
        bare = word.removeprefix(INNER) if len(word) > len(INNER) else word
        begin = lowered.find(bare, here)
        if begin < 0:
            return None
        start = units + _units(text[here:begin])
        here = begin + len(bare)
        units = start + _units(text[begin:here])
        found.append((start, units))
    return tuple(found)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _encodable(text: str) -> str:
    """The text without halves of characters, which JSON can hold and no text can."""
    return text.encode("utf-8", "replace").decode("utf-8")
