"""What a training begins with: the documents to learn from, those to measure on, and the numbers to go by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from slowfold.cells import cell_layers
from slowfold.errors import DataError, OptionError
from slowfold.networks.classifier import Classifier
from slowfold.networks.lessons import Lessons
from slowfold.networks.recipes import Recipe, choose_recipe
from slowfold.text.corpus import Corpus

__all__ = ["Preparation", "prepare"]


class Preparation(NamedTuple):
    """What a training begins with.

    Attributes:
        lessons: What the network learns from.
        validation: What its best step is found on, or None.
        recipe: The numbers to go by.
    """

    lessons: Lessons
    validation: Lessons | None
    recipe: Recipe


def prepare(
    network: Classifier,
    corpus: Corpus,
    *,
    targets: np.ndarray | None = None,
    validation: Corpus | None,
    validation_targets: np.ndarray | None = None,
    watch: Mapping[str, Corpus],
    recipe: str | Recipe,
    numbers: Mapping[str, object],
    seed: int,
) -> Preparation:
    """Checks that all fits together, and keeps documents aside where the recipe asks for it.

    Args:
        network: The network to train; it stays as it is.
        corpus: The training documents.
        targets: What is to be said after each word, [token, output] or [token], or None.
        validation: Documents to find the best step on, instead of a part of ``corpus``.
        validation_targets: The targets for them, where there are targets.
        watch: Corpora that the network is to read besides, by name.
        recipe: A recipe, or the name of one.
        numbers: Those of the recipe that are given, by name; None stands for one that is not.
        seed: Decides which documents are kept aside.

    Raises:
        OptionError: A number is out of range, there is no such recipe, or a batch is larger than the corpus.
        NetworkError: The words or classes of a corpus are not those of the network.
        DataError: A class has no document, or the targets do not fit.
    """
    for read in (corpus, validation, *watch.values()):
        if read is not None:
            network.require(read)
    lessons = Lessons.of(corpus, targets)
    lessons.require_every_class()
    kept = _validation(lessons, validation, validation_targets)
    _require_outputs(network, lessons)
    chosen = _recipe(network, recipe, lessons).override(**numbers)
    if kept is not None:
        chosen = chosen.override(held_out=0.0)
    if chosen.held_out:
        lessons, kept = lessons.hold_out(min(chosen.held_out, chosen.held_out_most / len(corpus)), seed)
    # That of the recipe is only a bound: a small corpus makes one smaller batch.
    if numbers.get("batch_size") is not None and chosen.batch_size > len(lessons):
        raise OptionError(
            f"{chosen.batch_size} is more than the {len(lessons)} documents to train on",
            where="batch_size",
            cure=f"give {len(lessons)} or fewer",
        )
    return Preparation(lessons, kept, chosen)


def _recipe(network: Classifier, recipe: str | Recipe, lessons: Lessons) -> Recipe:
    if isinstance(recipe, Recipe):
        return recipe
    kinds = [layer.kind for layer in cell_layers(network.cell)]
    chosen = choose_recipe(kinds, one_hot=network.embedding is None, name=recipe)
    # What is to be said after each word may hang on that very word: to hide it would teach the network to guess.
    return chosen if lessons.targets is None else replace(chosen, word_dropout=0.0)


def _validation(lessons: Lessons, validation: Corpus | None, targets: np.ndarray | None) -> Lessons | None:
    if validation is None:
        if targets is not None:
            raise OptionError("there are no documents to go with", where="validation_targets", cure="give validation")
        return None
    if (targets is None) != (lessons.targets is None):
        raise OptionError(
            "are for one of the two corpora only", where="targets", cure="give both targets and validation_targets"
        )
    return Lessons.of(validation, targets)


def _require_outputs(network: Classifier, lessons: Lessons) -> None:
    if lessons.targets is None:
        return
    outputs, classes = lessons.targets.shape[1], len(network.class_names)
    if outputs != classes and (outputs, classes) != (1, 2):
        raise DataError(
            f"have {outputs} outputs, and the network {classes}", where="targets", cure=f"give [token, {classes}]"
        )
