from __future__ import annotations

import itertools

import pytest

from slowfold.report.theme import GREY, INK, PAPER, Classes, _colours, dark_colours

LIGHT, DARK = 0, 1
PAPERS = (PAPER, "#15161a")


def channels(colour: str) -> list[float]:
    return [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]


def luminance(colour: str) -> float:
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted([luminance(one), luminance(other)])
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("kind", ["categorical", "ordered"])
@pytest.mark.parametrize("count", [2, 3, 5, 8, 20])
def test_no_two_classes_have_one_colour(kind: str, count: int) -> None:
    pairs = _colours(kind, count)
    assert len(pairs) == count
    for paper in (LIGHT, DARK):
        assert len({pair[paper] for pair in pairs}) == count


@pytest.mark.parametrize("paper", [LIGHT, DARK])
def test_the_colours_of_few_classes_stand_out_from_the_paper(paper: int) -> None:
    for pair in _colours("categorical", 8):
        # What the guidelines for accessible pages ask of graphics.
        assert contrast(pair[paper], PAPERS[paper]) >= 3


@pytest.mark.parametrize("paper", [LIGHT, DARK])
def test_ordered_classes_grow_lighter_in_their_order(paper: int) -> None:
    lightness = [luminance(pair[paper]) for pair in _colours("ordered", 7)]
    assert all(one < other for one, other in itertools.pairwise(lightness))
    assert min(contrast(pair[paper], PAPERS[paper]) for pair in _colours("ordered", 7)) >= 2


def test_every_colour_has_a_partner_on_dark_paper() -> None:
    classes = Classes(("a", "b"), *zip(*_colours("categorical", 2), strict=True))
    partners = dark_colours(classes)
    assert set(partners) >= {INK, GREY, PAPER, *classes.colours}
    assert contrast(partners[INK], partners[PAPER]) >= 7
    assert contrast(partners[GREY], partners[PAPER]) >= 4.5
