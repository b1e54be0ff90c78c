"""What tells one run of a sweep from all others: a key made of all that was asked, and of the version that did it."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import fields
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import get_args, get_type_hints

from slowfold.study.experiment import Experiment

__all__ = ["experiment_key", "key_of_folder", "run_folder_name"]

# Of 2^48 keys, a thousand draws have two alike once in half a billion.
_DIGITS = 12


def experiment_key(experiment: Experiment, *, of_version: str | None = None) -> str:
    """The key of an experiment: the same on every machine, and another for anything else that is asked.

    Options at their default do not enter, so that a new option makes no stranger of an old run; what another version of
    slowfold did is another run, for its defaults may differ.

    Args:
        experiment: What is asked.
        of_version: The version of slowfold; unless given, this one.

    Example:
        >>> one = Experiment(task="categorical", l2=1e-3)
        >>> experiment_key(one, of_version="0.1.0")
        'e7434a510b03'
        >>> experiment_key(one) == experiment_key(Experiment(task="categorical", l2=0.001, seed=0))
        True
    """
    asked: dict[str, object] = {}
    for field in fields(Experiment):
        value = getattr(experiment, field.name)
        if value != field.default:
            # What TOML writes as 1 and what Python calls 1.0 are the same number.
            asked[field.name] = float(value) if field.name in _numbers() else value
    told = {"experiment": asked, "slowfold": of_version or version("slowfold")}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:_DIGITS]


@cache
def _numbers() -> frozenset[str]:
    """The options that are numbers, whole or not."""
    hints = get_type_hints(Experiment)
    return frozenset(name for name, hint in hints.items() if float in (hint, *get_args(hint)))


def run_folder_name(experiment: Experiment) -> str:
    """The name of the folder of a run: what a person looks for, and the key.

    Example:
        >>> run_folder_name(Experiment(task="reviews.csv", cell="lstm")).rpartition("-")[0]
        'reviews-lstm'
    """
    task = re.sub(r"[^\w.-]+", "-", Path(experiment.task).name.split(".")[0]).strip("-.") or "run"
    return f"{task}-{experiment.cell}-{experiment_key(experiment)}"


def key_of_folder(name: str) -> str | None:
    """The key in the name of a folder; None where it has none.

    Example:
        >>> key_of_folder("categorical-gru-0123456789ab"), key_of_folder("mine")
        ('0123456789ab', None)
    """
    found = re.search(rf"-([0-9a-f]{{{_DIGITS}}})$", name)
    return None if found is None else found[1]
