"""How a network is trained: by the kind of its cell, and by whether its words are one-hot or embedded."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from slowfold.errors import OptionError
from slowfold.networks.batches import batches_per_epoch

__all__ = [
    "NATURAL",
    "PAPER_NATURAL",
    "PAPER_SYNTHETIC",
    "RECIPES",
    "SYNTHETIC",
    "Recipe",
    "Scope",
    "choose_recipe",
    "total_steps",
]

Scope = Literal["all", "cell", "none"]
RECIPES = ("default", "paper")
"""The recipes that can be asked for by name."""


def _require(name: str, holds: bool, value: object, cure: str) -> None:  # noqa: FBT001 - the condition itself
    if not holds:
        raise OptionError(f"{value} is out of range", where=name, cure=cure)


def _require_scope(value: object) -> None:
    _require("l2_scope", value in ("all", "cell", "none"), repr(value), "choose from all, cell, none")


@dataclass(frozen=True)
class Recipe:
    """The numbers of one training.

    Attributes:
        steps: The number of steps, or 0 to let ``epochs`` decide. Where both are given the longer one decides.
        epochs: The number of passes over the documents, or 0 to let ``steps`` decide.
        batch_size: The most documents a step.
        batch_tokens: The most tokens a step, padding included: what bounds the memory where documents are long; 0 for
            no such bound.
        learning_rate: Adam's rate at the first step.
        decay: The rate falls exponentially, to the ``decay``-th part of itself at the last step.
        decay_per_step: Each step has this share of the rate of the one before, besides.
        betas: How much Adam keeps of its averages of the gradient and of its square from one step to the next.
        epsilon: What Adam adds to the root of that square.
        clip: The greatest Euclidean norm of the gradient of all weights together; a longer one is shortened to it.
        l2: Coefficient of the penalty, the sum of the squares of the weights (not the biases) of ``l2_scope``.
        l2_scope: ``"cell"``: the weights of the cell; ``"all"``: those of the embedding and the readout, too;
            ``"none"``: no penalty.
        word_dropout: The share of the words that are hidden at each step, other ones each time, so that no document
            can be told by a single word; 0 for none.
        held_out: The share of the training documents kept aside to find the best step, by accuracy, or of labels by
            loss, where no validation documents are given; 0 for none, and the weights of the last step are kept.
        held_out_most: No more documents than this are kept aside.
        patience: Training stops once this many evaluations in a row bettered neither the accuracy nor the loss on the
            documents kept aside; 0 to never stop early.
        evaluations: How many times these documents are read.

    Raises:
        OptionError: A number is out of range, or there is no such scope.
    """

    steps: int
    epochs: int
    batch_size: int
    batch_tokens: int
    learning_rate: float
    decay: float
    decay_per_step: float
    betas: tuple[float, float]
    epsilon: float
    clip: float
    l2: float
    l2_scope: Scope
    word_dropout: float
    held_out: float
    held_out_most: int
    patience: int
    evaluations: int

    def __post_init__(self) -> None:
        for name, least in (
            ("steps", 0),
            ("epochs", 0),
            ("batch_size", 1),
            ("batch_tokens", 0),
            ("held_out_most", 1),
            ("patience", 0),
        ):
            _require(name, getattr(self, name) >= least, getattr(self, name), f"give {least} or more")
        _require("steps", self.steps > 0 or self.epochs > 0, 0, "give at least one step or one epoch")
        _require("evaluations", self.evaluations >= 1, self.evaluations, "give 1 or more")
        _require("clip", 0 < self.clip < math.inf, self.clip, "give a number above 0")
        # A step of more than this would overflow float32 before the loss could tell.
        _require("learning_rate", 0 < self.learning_rate <= 10, self.learning_rate, "give a number above 0, at most 10")
        _require("decay", self.decay >= 1 and math.isfinite(self.decay), self.decay, "give a number of 1 or more")
        _require("decay_per_step", 0 < self.decay_per_step <= 1, self.decay_per_step, "give a share above 0, at most 1")
        _require("betas", all(0 <= beta < 1 for beta in self.betas), self.betas, "give shares of 0 or more and below 1")
        _require("epsilon", 0 < self.epsilon < math.inf, self.epsilon, "give a number above 0")
        _require("l2", self.l2 >= 0 and math.isfinite(self.l2), self.l2, "give a number of 0 or more")
        for name in ("word_dropout", "held_out"):
            share = getattr(self, name)
            _require(name, 0 <= share < 1, share, "give a share of 0 or more and below 1")
        _require_scope(self.l2_scope)

    def override(self, **given: object) -> Recipe:
        """The same recipe with the numbers that are given; those that are None stay.

        Steps given without epochs, or epochs without steps, are all there is: the other no longer counts.

        Example:
            >>> NATURAL.override(steps=100, l2=None).epochs
            0
        """
        changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        _require_scope(changes.get("l2_scope", self.l2_scope))
        for one, other in (("steps", "epochs"), ("epochs", "steps")):
            if one in changes and other not in changes:
                # A value out of range is refused by its own name, before the other is set aside.
                replace(self, **{one: changes[one], other: 1})
                _require(one, changes[one] > 0, changes[one], "give 1 or more")
                changes[other] = 0
        return replace(self, **changes)

    def rate(self, step: int, of: int) -> float:
        """The learning rate of step ``step`` (the first is 1) of ``of`` steps."""
        return self.learning_rate * self.decay ** (-(step - 1) / max(of - 1, 1)) * self.decay_per_step ** (step - 1)

    def as_dict(self) -> dict[str, object]:
        """The numbers by name, as JSON can hold them."""
        return {**asdict(self), "betas": list(self.betas)}


SYNTHETIC = Recipe(
    steps=600,
    epochs=0,
    batch_size=128,
    batch_tokens=0,
    learning_rate=7e-3,
    decay=20.0,
    decay_per_step=1.0,
    betas=(0.9, 0.999),
    epsilon=1e-8,
    clip=10.0,
    l2=5e-4,
    l2_scope="all",
    word_dropout=0.0,
    held_out=0.0,
    held_out_most=2000,
    patience=0,
    evaluations=15,
)
"""For one-hot words: a language whose documents can be made without end, so that none need to be kept aside."""

_SYNTHETIC_BY_CELL: dict[str, dict[str, Any]] = {
    "gru": {},
    # After 600 steps one network of three is still short of an accuracy of 0.98.
    "lstm": {"steps": 1000},
    # Without more of a penalty the states of this cell spread over directions that say nothing of the classes.
    "ugrnn": {"learning_rate": 5e-3, "l2": 2e-3},
    # Nothing but its weights keeps the state of a plain cell: they are learned in more and smaller steps, and from
    # twice the documents a step, without which five classes stay below an accuracy of 0.95.
    "vanilla": {"learning_rate": 2e-3, "l2": 1e-3, "steps": 1500, "batch_size": 256},
}

NATURAL = replace(
    SYNTHETIC,
    steps=1500,
    epochs=4,
    batch_size=64,
    learning_rate=2e-3,
    l2=1e-4,
    l2_scope="cell",
    word_dropout=0.5,
    held_out=0.1,
    patience=6,
    evaluations=20,
)
"""For embedded words: 1,500 steps or four passes, whichever is longer, and the weights of the best evaluation."""

PAPER_SYNTHETIC = replace(
    SYNTHETIC,
    steps=6000,
    learning_rate=0.1,
    decay=1.0,
    decay_per_step=0.9997,
    betas=(0.9, 0.99),
    # Unusually large, and it matters: most gradients are smaller, so that this is nearer to plain descent than to Adam.
    epsilon=0.1,
)
"""For one-hot words, as "The geometry of integration in text classification RNNs" (Aitken et al., ICLR 2021) did it.

It is chaotic: weights that differ by rounding are soon weights of another network, of the same accuracy.
"""

PAPER_NATURAL = replace(
    NATURAL,
    steps=0,
    epochs=5,
    learning_rate=1e-3,
    decay=1.0,
    decay_per_step=0.2 ** (1 / 1000),
    # The authors shorten no gradient.
    clip=1e30,
    word_dropout=0.0,
    held_out=0.0,
    patience=0,
)
"""For embedded words, by the defaults of the programs of the same paper."""


def choose_recipe(kinds: Iterable[str], *, one_hot: bool, name: str = "default") -> Recipe:
    """The recipe for a network.

    Args:
        kinds: The kind of cell of each layer. Where layers differ, each number is that of the layer that is hardest to
            train: the lowest rate, the strongest penalty, the most steps and documents a step.
        one_hot: Whether words are one-hot; they are embedded otherwise.
        name: ``"default"``, or ``"paper"`` for the recipe of the paper, which is the same for all cells.

    Raises:
        OptionError: There is no recipe of that name.

    Example:
        >>> choose_recipe(["gru"], one_hot=True).l2, choose_recipe(["ugrnn"], one_hot=True).l2
        (0.0005, 0.002)
    """
    if name not in RECIPES:
        raise OptionError(f"there is no {name!r}", where="recipe", cure=f"choose from {', '.join(RECIPES)}")
    if name == "paper":
        return PAPER_SYNTHETIC if one_hot else PAPER_NATURAL
    if not one_hot:
        return NATURAL
    recipes = [replace(SYNTHETIC, **_SYNTHETIC_BY_CELL.get(kind, {})) for kind in kinds] or [SYNTHETIC]
    return replace(
        SYNTHETIC,
        learning_rate=min(recipe.learning_rate for recipe in recipes),
        l2=max(recipe.l2 for recipe in recipes),
        steps=max(recipe.steps for recipe in recipes),
        batch_size=max(recipe.batch_size for recipe in recipes),
    )


def total_steps(recipe: Recipe, documents: int) -> int:
    """How many steps a recipe asks for on that many documents.

    Example:
        >>> total_steps(NATURAL, 1_000), total_steps(NATURAL, 100_000)
        (1500, 6252)
    """
    return max(recipe.steps, recipe.epochs * batches_per_epoch(documents, recipe.batch_size))
