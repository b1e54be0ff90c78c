"""Everything that was asked of one run, from the task to the seed, in one place that TOML can hold."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal, get_args, get_type_hints

from slowfold.errors import OptionError
from slowfold.storage import read_toml, write_toml

__all__ = ["Experiment", "Source", "option"]


# A step of more than this would overflow before the loss could tell.
_FASTEST = 10
# What PyTorch's generators take.
_SEEDS = 2**63


@dataclass(frozen=True, kw_only=True)
class Source:
    """Which documents are asked for; what is None is left to the kind of task.

    Attributes:
        task: A file of labelled texts, a folder or a pattern of files, a synthetic language, or the name of a public
            data set.
        classes: How many classes, or those to keep, separated by commas: names, classes joined as in 1+2, or renamed as
            in low=1+2; unless given, what is usual for the language, or all.
        length: Words a document of a synthetic language; unless given, 50.
        shortest: Words of its shortest documents, where they vary in length; unless given, all have the same.
        noise: Words of noise before and after each of its documents; unless given, none.
        scores: How its documents are drawn: every score as probable as any other, or every word; unless given, what is
            usual for the language.
        shares: How its documents are shared among the classes, or among the sets of labels: balanced, natural, or a
            share for each, separated by commas; unless given, balanced.
        order: How much of an order the classes of the language interpolated have, from 0 to 1; unless given, 0.3.
        documents: How many documents of a synthetic language to draw, test documents included; unless given, 20,000. Of
            a public data set, how many of its training documents to keep, drawn at random; unless given, all.
        text_column: The column of a file that holds the texts; unless given, the only one that can.
        label_column: The column of a file that holds the labels; unless given, the one named label.
        separator: What separates the fields of a CSV file; unless given, a comma, or a tab in a .tsv file.
        test: A file with the test documents; unless given, a seeded tenth of each class is kept aside.
        ordered: The classes are ordered, and their names are numbers.
        multilabel: A document may have several labels, or none.
        neither: The share of the documents with none of the labels that is kept; unless given, all.
        data_dir: The folder that holds public data sets; unless given, the environment variable SLOWFOLD_DATA. What is
            not there is downloaded from the Hugging Face Hub.
        revision: The commit of the data set on the Hub; unless given, the newest, and the run writes it down.
        max_length: The most words of a document that are read; unless given, 400.
        longer: What becomes of longer documents; unless given, they are cut.
        wordpiece: Cut words into at most so many different pieces, learned from the training documents; unless given,
            words stay whole.
        vocabulary_size: The most words that are known; unless given, 20,000.
        minimum_count: How often a word must occur in training documents to be known; unless given, twice.
        seed: Decides every random draw.
    """

    task: str
    classes: str | None = None
    length: int | None = None
    shortest: int | None = None
    noise: int | None = None
    scores: Literal["uniform", "random"] | None = None
    shares: str | None = None
    order: float | None = None
    documents: int | None = None
    text_column: str | None = None
    label_column: str | None = None
    separator: str | None = None
    test: str | None = None
    ordered: bool = False
    multilabel: bool = False
    neither: float | None = None
    data_dir: str | None = None
    revision: str | None = None
    max_length: int | None = None
    longer: Literal["cut", "drop"] | None = None
    wordpiece: int | None = None
    vocabulary_size: int | None = None
    minimum_count: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        sizes = ("length", "shortest", "noise", "documents", "max_length", "wordpiece", "vocabulary_size")
        for name in (*sizes, "minimum_count"):
            _require_positive(name, getattr(self, name))
        for name in ("neither", "order"):
            share = getattr(self, name)
            if share is not None and not 0 <= share <= 1:
                raise OptionError(f"{share} is out of range", where=option(name), cure="give a share from 0 to 1")
        if self.ordered and self.multilabel:
            raise OptionError("is given beside --ordered", where="--multilabel", cure="give one of them")
        if not 0 <= self.seed < _SEEDS:
            raise OptionError(f"{self.seed} is out of range", where="--seed", cure="give a number from 0 to 2^63 - 1")

    @property
    def class_count(self) -> int | None:
        """The number of classes, where ``classes`` is a number."""
        return int(self.classes) if self.classes is not None and self.classes.strip().isdecimal() else None

    @property
    def class_names(self) -> tuple[str, ...] | None:
        """The names of the classes to keep, where ``classes`` is a list of names."""
        if self.classes is None or self.class_count is not None:
            return None
        return tuple(name.strip() for name in self.classes.split(","))

    @property
    def kind(self) -> Literal["ordered", "multilabel"] | None:
        """What the labels are said to be; None where nothing is said."""
        return "ordered" if self.ordered else "multilabel" if self.multilabel else None

    def given(self, *names: str) -> list[str]:
        """Those of the options ``names`` that are not left at their default."""
        defaults = {field.name: field.default for field in fields(self)}
        return [name for name in names if getattr(self, name) != defaults[name]]


@dataclass(frozen=True, kw_only=True)
class Experiment(Source):
    """Everything that one run is asked for; what is None is left to the recipe of the task.

    Attributes:
        cell: The recurrent cell.
        hidden: The units of each layer; unless given, 128 for one-hot words and 256 for embedded ones.
        layers: How many such cells stand on top of each other.
        readout: What the classes are read from: the output of the cell (h of an LSTM, the uppermost layer of several),
            or its whole state.
        embedding: The length of a word's vector; unless given, 128, or one-hot for at most 64 words.
        initialisation: How the weights are drawn at the start: as suits the cell and the length of the documents, or as
            the paper did.
        steps: Training steps; unless given, 600, for vanilla cells 1,500, or for texts the longer of 1,500 steps and
            4 epochs.
        epochs: Passes over the training documents.
        batch_size: Documents a step; unless given, 128, for vanilla cells 256, or 64 for texts.
        learning_rate: Adam's rate at the first step; unless given, 0.007, for UGRNN cells 0.005, and 0.002 for vanilla
            cells or for texts.
        l2: Coefficient of the penalty on the squares of the weights; unless given, 5e-4, for UGRNN cells 2e-3, for
            vanilla cells 1e-3, or 1e-4 for texts.
        l2_scope: Which weights are penalised: all, those of the cell, or none; unless given, all, or those of the cell
            for texts.
        states_of: How many test documents give the visited states, the same number of each class.
        starts: How many visited states, far apart, the search for fixed points starts from. More are added: where the
            held network takes a quarter of them; beside, between and beyond the points found, in rounds until nothing
            new turns up; and where points lead that are followed from one input to the other.
        device: Where to train: cpu, or cuda where there is a GPU.
        no_text: Keep the words of the documents out of everything that is written.
    """

    cell: Literal["gru", "lstm", "ugrnn", "vanilla"] = "gru"
    hidden: int | None = None
    layers: int = 1
    readout: Literal["output", "state"] = "output"
    embedding: int | None = None
    initialisation: Literal["default", "paper"] = "default"
    steps: int | None = None
    epochs: int | None = None
    batch_size: int | None = None
    learning_rate: float | None = None
    l2: float | None = None
    l2_scope: Literal["all", "cell", "none"] | None = None
    states_of: int = 200
    starts: int = 64
    device: str = "cpu"
    no_text: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        sizes = (
            "hidden",
            "layers",
            "embedding",
            "steps",
            "epochs",
            "batch_size",
            "learning_rate",
            "states_of",
            "starts",
        )
        for name in sizes:
            _require_positive(name, getattr(self, name))
        if self.learning_rate is not None and self.learning_rate > _FASTEST:
            raise OptionError(
                f"{self.learning_rate} is out of range", where="--learning-rate", cure=f"give at most {_FASTEST}"
            )
        if self.steps is not None and self.epochs is not None:
            raise OptionError("is given beside --steps", where="--epochs", cure="give one of them")
        if self.l2 is not None and not 0 <= self.l2 < math.inf:
            raise OptionError(f"{self.l2} is out of range", where="--l2", cure="give 0 or a number above it")

    def save(self, path: Path) -> None:
        """Writes TOML; options that are None are left out."""
        write_toml(path, asdict(self))

    @classmethod
    def load(cls, path: Path) -> Experiment:
        """Reads what :meth:`save` wrote.

        Raises:
            RunError: The file is missing, or is no TOML.
            OptionError: An option is unknown, missing, of the wrong type or out of range.

        Example:
            >>> from tempfile import mkdtemp
            >>> path = Path(mkdtemp(), "experiment.toml")
            >>> Experiment(task="categorical", classes="3").save(path)
            >>> Experiment.load(path).classes
            '3'
        """
        return cls.from_mapping(read_toml(path), where=str(path))

    @classmethod
    def from_mapping(cls, options: Mapping[str, Any], *, where: str) -> Experiment:
        """An experiment from names and values, each checked.

        Raises:
            OptionError: An option is unknown, missing, of the wrong type or out of range.
        """
        hints = get_type_hints(cls)
        for name, value in options.items():
            if name not in hints:
                raise OptionError(f"there is no option {name!r}", where=where, cure="remove the line")
            if not _fits(value, hints[name]):
                choices = [entry for entry in _choices(hints[name]) if not isinstance(entry, type)]
                raise OptionError(
                    f"{value!r} is no value for it",
                    where=f"{where}, {name}",
                    cure=f"choose from {', '.join(map(str, choices))}" if choices else None,
                )
        if "task" not in options:
            raise OptionError("the task is missing", where=where, cure='add a line such as task = "categorical"')
        return cls(**options)


def option(name: str) -> str:
    """The name of an option as it is typed.

    Example:
        >>> option("label_column")
        '--label-column'
    """
    return "--" + name.replace("_", "-")


def _require_positive(name: str, value: float | None) -> None:
    if value is not None and not 0 < value < math.inf:
        raise OptionError(f"{value} is out of range", where=option(name), cure="give a number above 0")


def _choices(hint: object) -> list[object]:
    """The types of a hint and the values of its literals."""
    return [entry for part in (get_args(hint) or (hint,)) for entry in (get_args(part) or (part,))]


def _fits(value: object, hint: object) -> bool:
    choices = _choices(hint)
    types = tuple(choice for choice in choices if isinstance(choice, type))
    if isinstance(value, bool):
        return bool in types
    return value in choices or isinstance(value, types) or (float in types and isinstance(value, int))
