import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

import jaxtyping
import pytest
import torch
from jaxtyping import Float, TypeCheckError
from torch import Tensor

import slowfold
from slowfold.cells import GRU
from slowfold.geometry import canonical_correlations
from slowfold.study import Experiment
from typechecker import check, jaxtyped_once

once = jaxtyped_once(typechecker=check)


class Pair(NamedTuple):
    left: Tensor
    right: Tensor


def test_it_stands_above_the_functions_of_slowfold():
    with pytest.raises(TypeCheckError):
        canonical_correlations(torch.zeros(2, 3), torch.zeros(3, 3))
    for function in canonical_correlations, GRU._gates, Experiment.__init__:
        assert function.__code__.co_filename == check.__code__.co_filename, function


def test_it_does_not_load_torch_before_its_threads_are_told_how_to_wait():
    said = "import sys, typechecker; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", said], cwd=Path(__file__).parent, capture_output=True, check=True)
    assert done.stdout.strip() == b"False"


def test_no_annotation_asks_about_what_is_not_seen():
    # A number's value; a dimension that is computed; a text so long that only its type is seen.
    for path in Path(slowfold.__file__).parent.rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        for listed in re.findall(r"\bLiteral\[([^]]*)\]", source):
            assert all(len(text) < 40 for text in re.findall(r'"([^"]*)"', listed)), path
            assert not re.search(r"\d", re.sub(r'"[^"]*"', "", listed)), path
        assert not re.search(r'\b\w+\[(Tensor|NDArray|np\.ndarray), "[^"]*\{', source), path


def test_what_is_wrong_is_found_after_what_was_right():
    @once
    def add(one: Float[Tensor, "state unit"], other: Float[Tensor, " unit"]) -> Float[Tensor, "state unit"]:
        return one + other

    right = torch.zeros(2, 3), torch.zeros(3)
    for _ in range(3):
        assert add(*right).shape == (2, 3)
        for one, other in [
            (torch.zeros(2, 3), torch.zeros(1)),
            (torch.zeros(2, 3, dtype=torch.int64), torch.zeros(3)),
            (torch.zeros(3), torch.zeros(3)),
            (torch.zeros(2, 3).numpy(), torch.zeros(3)),
        ]:
            with pytest.raises(TypeCheckError, match="parameters of"):
                add(one, other)
        with pytest.raises(TypeCheckError, match="parameters of"):
            add(torch.zeros(2, 3), other=torch.zeros(2))
        with pytest.raises(TypeError, match="missing"):
            add(right[0])


def test_of_the_same_arguments_a_wrong_result_is_found():
    @once
    def give(like: Float[Tensor, " unit"]) -> Float[Tensor, " unit"]:
        return result

    for wrong in torch.zeros(3), None, torch.zeros(2, 2):
        result = torch.zeros(2)
        assert give(torch.zeros(2)) is result
        result = wrong
        with pytest.raises(TypeCheckError, match="return value of"):
            give(torch.zeros(2))


def test_a_result_is_found_right_for_these_arguments_alone():
    @once
    def first(one: Float[Tensor, " a"], other: Float[Tensor, " b"]) -> Float[Tensor, " a"]:
        return other

    assert first(torch.zeros(2), torch.zeros(2)).shape == (2,)
    with pytest.raises(TypeCheckError, match="return value of"):
        first(torch.zeros(3), torch.zeros(2))


def test_elements_are_looked_at_every_time():
    @once
    def add(values: list[int], by_name: dict[str, int] | None = None) -> list[int]:
        return [sum(values)] if values else values

    assert add([1, 2]) == [3]
    for wrong in ["two"], [None], [1.5]:
        with pytest.raises(TypeCheckError):
            add(wrong)
    with pytest.raises(TypeCheckError):
        add([1], by_name={"two": "three"})


def test_tuples_are_told_apart_by_what_is_in_them():
    @once
    def left(pair: Pair | tuple[int, str]) -> Tensor | int:
        return pair[0]

    zeros = torch.zeros(1)
    assert left(Pair(zeros, zeros)) is zeros
    assert left((1, "one")) == 1
    for wrong in (1, 2), (zeros, zeros), (1, "one", "more"), (1, ["one"]):
        with pytest.raises(TypeCheckError):
            left(wrong)


def test_values_that_are_listed_are_told_apart():
    @once
    def choose(which: Literal["best", "last"], yes: Literal[True] = True) -> str:
        return which

    assert choose("best") == "best"
    assert choose("last") == "last"
    with pytest.raises(TypeCheckError):
        choose("first")
    with pytest.raises(TypeCheckError):
        choose("best", yes=False)


def test_fields_of_a_dataclass_are_checked():
    @once
    @dataclass(frozen=True)
    class Line:
        ends: Float[Tensor, "2 unit"]
        name: str = ""

    @once
    @dataclass(frozen=True)
    class Named(Line):
        number: float = 0

    for _ in range(2):
        assert Line(torch.zeros(2, 3)).name == ""
        assert Named(torch.zeros(2, 3), number=1).number == 1
        with pytest.raises(TypeCheckError):
            Line(torch.zeros(3, 3))
        with pytest.raises(TypeCheckError):
            Named(torch.zeros(2, 3), number="one")


def test_functions_made_by_a_function_share_what_was_found_and_stay_apart():
    def make(value: object):
        @once
        def give(number: int) -> int:
            return value

        return give

    assert make(1)(0) == 1
    assert make(2)(0) == 2
    with pytest.raises(TypeCheckError, match="return value of"):
        make("three")(0)
    with pytest.raises(TypeCheckError, match="parameters of"):
        make(1)("zero")


def test_what_goes_wrong_within_is_raised_as_it_is():
    @once
    def divide(number: int, by: int) -> float:
        return number / by

    assert divide(1, 2) == 0.5
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            divide(1, 0)


def test_generators_give_one_after_the_other():
    @once
    def count(end: int) -> Iterator[int]:
        yield from range(end)

    for _ in range(2):
        assert list(count(3)) == [0, 1, 2]


def test_what_passed_while_nothing_was_checked_is_checked_afterwards(monkeypatch):
    @once
    def same(number: int) -> int:
        return number

    with monkeypatch.context() as off:
        off.setattr(jaxtyping.config, "jaxtyping_disable", True)
        assert same("one") == "one"
    with pytest.raises(TypeCheckError):
        same("one")
