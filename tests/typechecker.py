"""How annotations are checked while the tests run: an int may stand where a float is asked for, as in Python."""

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from beartype import BeartypeConf, beartype

__all__ = ["check"]

_P = ParamSpec("_P")
_R = TypeVar("_R")
_decorated = beartype(conf=BeartypeConf(is_pep484_tower=True))


def check(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """The function with its annotations checked; the check is written when it is first called, as most never are."""
    checked: Callable[_P, _R] | None = None

    @functools.wraps(function)
    def call(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        nonlocal checked
        if checked is None:
            checked = _decorated(function)
        return checked(*args, **kwargs)

    return call
