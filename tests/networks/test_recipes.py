from __future__ import annotations

import itertools

import pytest

from slowfold.cells import CELLS
from slowfold.errors import OptionError
from slowfold.networks.recipes import NATURAL, SYNTHETIC, Recipe, choose_recipe, total_steps


@pytest.mark.parametrize("recipe", [NATURAL, SYNTHETIC])
def test_the_rate_falls_evenly_from_first_to_last_step(recipe) -> None:
    rates = [recipe.rate(step, 100) for step in range(1, 101)]
    assert rates[0] == recipe.learning_rate
    assert rates[-1] == pytest.approx(recipe.learning_rate / 20)
    ratios = [later / earlier for earlier, later in itertools.pairwise(rates)]
    assert ratios == pytest.approx([20 ** (-1 / 99)] * 99)


def test_a_single_step_has_the_first_rate() -> None:
    assert SYNTHETIC.rate(1, 1) == SYNTHETIC.learning_rate


def numbers(recipe: Recipe) -> tuple[float, float, int, int]:
    return recipe.learning_rate, recipe.l2, recipe.steps, recipe.batch_size


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        (["gru"], (7e-3, 5e-4, 600, 128)),
        (["lstm"], (7e-3, 5e-4, 1000, 128)),
        (["ugrnn"], (5e-3, 2e-3, 600, 128)),
        (["vanilla"], (2e-3, 1e-3, 1500, 256)),
        (["gru", "gru"], (7e-3, 5e-4, 600, 128)),
        (["vanilla", "ugrnn"], (2e-3, 2e-3, 1500, 256)),
    ],
)
def test_the_cell_decides_the_recipe_for_one_hot_words(
    kinds: list[str], expected: tuple[float, float, int, int]
) -> None:
    assert numbers(choose_recipe(kinds, one_hot=True)) == expected


@pytest.mark.parametrize("kind", CELLS)
def test_embedded_words_have_one_recipe(kind: str) -> None:
    assert choose_recipe([kind], one_hot=False) == NATURAL


@pytest.mark.parametrize(
    ("given", "documents", "expected"),
    [
        ({}, 640, 1500),  # four epochs would be 40 steps
        ({}, 64_000, 4000),
        ({"steps": 10}, 64_000, 10),
        ({"epochs": 3}, 640, 30),
        ({"steps": 10, "epochs": 3}, 640, 30),
        ({"steps": 40, "epochs": 3}, 640, 40),
    ],
)
def test_the_longer_of_steps_and_epochs_counts(given: dict[str, int], documents: int, expected: int) -> None:
    assert total_steps(NATURAL.override(**given), documents) == expected


def test_what_is_not_given_stays() -> None:
    assert NATURAL.override(l2=None, clip=None) == NATURAL


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("steps", 0),
        ("steps", -1),
        ("epochs", 0),
        ("epochs", -2),
        ("batch_size", 0),
        ("learning_rate", 0.0),
        ("learning_rate", -1e-3),
        ("learning_rate", float("nan")),
        ("learning_rate", float("inf")),
        ("decay", 0.5),
        ("clip", 0.0),
        ("l2", -1e-4),
        ("l2", float("nan")),
        ("l2_scope", "readout"),
        ("word_dropout", 1.0),
        ("word_dropout", -0.1),
        ("word_dropout", float("nan")),
        ("held_out", 1.0),
        ("held_out", -0.1),
        ("patience", -1),
        ("evaluations", 0),
    ],
)
def test_a_number_out_of_range_is_named(name: str, value: object) -> None:
    with pytest.raises(OptionError, match=f"^{name}: .* is out of range; "):
        NATURAL.override(**{name: value})
