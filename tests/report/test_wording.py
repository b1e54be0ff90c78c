from __future__ import annotations

import html
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slowfold.report.wording import MISSING, listed, number, percent, plain, rounded, significant


@given(st.text())
def test_no_text_is_markup(text: str) -> None:
    shown = plain(text, longest=10_000)
    assert "<" not in shown
    assert ">" not in shown
    assert html.unescape(shown) == "".join(character for character in text if character.isprintable()) or "&" in text


@given(st.text(min_size=1), st.integers(1, 50))
def test_no_label_is_longer_than_asked(text: str, longest: int) -> None:
    assert len(html.unescape(plain(text, longest))) <= longest + 1


def test_signs_that_turn_the_direction_of_a_text_are_gone() -> None:
    assert plain("\u202eabc\u2066\x00\n") == "abc"


@given(st.lists(st.floats(), max_size=20))
def test_a_figure_gets_numbers_that_json_can_hold(values: list[float]) -> None:
    kept = rounded(np.array(values))
    assert len(kept) == len(values)
    for value, shown in zip(values, kept, strict=True):
        if shown is None:
            assert not abs(value) < 1.797e308
            continue
        assert math.isfinite(shown)
        if abs(value) > 1e-300:
            assert shown == pytest.approx(value, rel=5.1e-4)


@pytest.mark.parametrize("write", [number, percent])
def test_what_does_not_exist_is_a_dash_and_not_zero(write: object) -> None:
    assert callable(write)
    assert write(None) == MISSING
    assert write(0.0) != MISSING


def test_parts_are_joined_as_one_says_them() -> None:
    assert [listed(["a", "b", "c"][:count]) for count in range(4)] == ["", "a", "a and b", "a, b and c"]


def test_significant_digits() -> None:
    assert significant(-0.0123456, 2) == -0.012
