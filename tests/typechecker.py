"""How annotations are checked while the tests run: all of them, and what was found good is not looked at again.

jaxtyping's import hook writes ``@jaxtyping.jaxtyped(typechecker=typechecker.check)`` above every function of slowfold.
A search calls some functions a million times with the same types and shapes, and a check depends on nothing else:
made anew each time, the checks took some 40 % of the time of a search's tests.
"""

import dataclasses
import functools
import inspect
from collections.abc import Callable, Collection, Hashable
from enum import Enum
from typing import Any, ParamSpec, TypeVar

from beartype import BeartypeConf, beartype
from jaxtyping import config, jaxtyped

__all__ = ["check", "jaxtyped_once"]

_P = ParamSpec("_P")
_R = TypeVar("_R")
# An int may stand where a float is asked for, as in Python.
_decorated = beartype(conf=BeartypeConf(is_pep484_tower=True))
# Every text that an annotation lists is shorter.
_LONG = 40


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


def jaxtyped_once(function: Any = None, *, typechecker: Any) -> Any:
    """Takes the place of `jaxtyping.jaxtyped`: types and shapes that a function was found right with are remembered.

    What it gives is looked at too, as from the same arguments something else may come another time.
    """
    if function is None:
        return functools.partial(jaxtyped_once, typechecker=typechecker)
    if dataclasses.is_dataclass(function):
        if not hasattr(function.__init__, "__wrapped__"):
            function.__init__ = jaxtyped_once(function.__init__, typechecker=typechecker)
        return function
    if not inspect.isfunction(function):
        return jaxtyped(function, typechecker=typechecker)

    checked: Any = None
    right = _found_right(function.__module__, function.__qualname__, function.__code__.co_firstlineno)

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        nonlocal checked
        if config.jaxtyping_disable:
            return function(*args, **kwargs)
        given = _seen((args, *kwargs.items()))
        if given in right:
            result = function(*args, **kwargs)
            if (got := _seen(result)) in right[given]:
                return result
            # The same signature, to be checked with what was got.
            jaxtyped(functools.wraps(function)(lambda *_, **__: result), typechecker=typechecker)(*args, **kwargs)
        else:
            checked = checked or jaxtyped(function, typechecker=typechecker)
            result = checked(*args, **kwargs)
            got = _seen(result)
        if given is not None and got is not None:
            right.setdefault(given, set()).add(got)
        return result

    return call


@functools.cache
def _found_right(module: str, name: str, line: int) -> dict[Hashable, set[Hashable]]:
    """What came from which arguments, of a function: one for all that are made where another function is called."""
    return {}


def _seen(value: object) -> Hashable | None:
    """All of a value that an annotation can ask about; None where that is too much."""
    return _way_to_see(type(value))(value)


@functools.cache
def _way_to_see(kind: type) -> Callable[[Any], Hashable | None]:
    # Not above: how torch's threads wait is said before it is loaded, by the conftest.py that loads this module.
    import numpy
    import torch

    if issubclass(kind, torch.Tensor | numpy.ndarray):
        return lambda array: (kind, array.shape, array.dtype)
    if issubclass(kind, tuple):
        return functools.partial(_each_seen, kind)
    if issubclass(kind, str):
        return lambda text: (kind, text if len(text) < _LONG else None)
    if issubclass(kind, bool | Enum | type):
        return lambda value: (kind, value)
    # Of lists and mappings every element may be asked about, and beartype looks at another one each time.
    seen = None if issubclass(kind, Collection) and not issubclass(kind, bytes) else kind
    return lambda _: seen


def _each_seen(kind: type, values: tuple[Any, ...]) -> Hashable | None:
    kinds = tuple(map(_seen, values))
    return None if None in kinds else (kind, kinds)
