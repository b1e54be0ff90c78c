"""Labels as they are written, and the classes that they come to be."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from slowfold.text.corpus import Kind
from slowfold.text.names import clean_name, near_names, quoted

__all__ = ["Fault", "LabelError", "Labels", "ReadLabels", "is_number", "sort_names", "spell"]

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_WHOLE = re.compile(r"([+-]?\d+)\.0+", re.ASCII)


@dataclass(frozen=True)
class Fault:
    """What is wrong with a row.

    Attributes:
        row: The row, counted from 0.
        what: What is wrong.
        cure: What to do about it.
    """

    row: int
    what: str
    cure: str


@dataclass(frozen=True)
class ReadLabels:
    """The labels of some rows.

    Attributes:
        names: The final class of each row, String [row], null where the row is left out; or List(String) [row].
        written: The row in which each label was met first, by the label as it is written but for spaces.
        given: The classes that the labels stand for, before any are chosen, joined or renamed.
        fault: What is wrong with the first row whose label cannot be used, or None.
    """

    names: pl.Series
    written: Mapping[str, int]
    given: frozenset[str]
    fault: Fault | None


@dataclass(frozen=True)
class Labels:
    """What labels mean.

    Attributes:
        kind: What the labels are.
        known: The names of the classes, where they are known beforehand: labels are these names or, where no name is a
            number, positions from 0. None where the labels themselves tell which classes there are.
        groups: The classes that each final class joins, by its name and in the final order; None where all classes are
            kept as they are.
    """

    kind: Kind
    known: tuple[str, ...] | None = None
    groups: Mapping[str, tuple[str, ...]] | None = None

    @cached_property
    def numbered(self) -> bool:
        """Whether labels may be positions among the known names."""
        return self.known is not None and not any(map(is_number, self.known))

    @cached_property
    def _spellings(self) -> dict[str, str]:
        """The known class of each way to write it."""
        names = self.known or ()
        positions = {str(position): name for position, name in enumerate(names)} if self.numbered else {}
        numbers = {spell(name, "ordered"): name for name in names if is_number(name)}
        return {**positions, **numbers, **{name: name for name in names}}

    @cached_property
    def _final(self) -> dict[str, str] | None:
        """The final class of each class that is kept."""
        if self.groups is None:
            return None
        return {member: name for name, joined in self.groups.items() for member in joined}

    def read(self, labels: pl.Series) -> ReadLabels:
        """The classes of some rows.

        Args:
            labels: The labels as they are written, String [row], or List(String) [row] where a row may have several.

        Example:
            >>> labels = Labels("ordered", groups={"bad": ("1", "2"), "good": ("4", "5")})
            >>> labels.read(pl.Series(["5", "1.0", "3"])).names.to_list()
            ['good', 'bad', None]
        """
        if self.kind != "multilabel":
            return self._read_flat(labels, None)
        lists = labels if labels.dtype == pl.List(pl.String) else _split(labels)
        counts = lists.list.len().fill_null(0).to_numpy()
        flat = lists.filter(counts > 0).explode()
        read = self._read_flat(flat, np.repeat(np.arange(len(lists)), counts))
        rows = pl.DataFrame({"row": np.repeat(np.arange(len(lists)), counts), "name": read.names}).drop_nulls()
        found = rows.group_by("row", maintain_order=True).agg(pl.col("name").unique(maintain_order=True))
        every = pl.DataFrame({"row": np.arange(len(lists))}).join(found, on="row", how="left", maintain_order="left")
        names = every["name"].fill_null(pl.Series([[]], dtype=pl.List(pl.String)))
        fault = read.fault
        if lists.null_count():
            row = int(lists.is_null().arg_max() or 0)
            if fault is None or row < fault.row:
                fault = Fault(row, "the label is empty", "fill it in, or give an empty list")
        return ReadLabels(names, read.written, read.given, fault)

    def class_of(self, label: str) -> str:
        """The class that a label stands for.

        Raises:
            LabelError: It stands for none.
        """
        if not label:
            raise LabelError("the label is empty", "fill it in, or remove the row")
        if self.known is not None:
            name = self._spellings.get(label) or self._spellings.get(spell(label, "ordered"))
            if name is None:
                what = f"the label {quoted(label)} is none of the {len(self.known)} classes"
                raise LabelError(what, near_names(label, self.known))
            return name
        if self.kind == "ordered" and self.groups is None and not is_number(label):
            raise LabelError(
                f"the label {quoted(label)} is no number, and ordered classes are numbers",
                "give numbers, name the classes in their order by --classes, or leave --ordered out",
            )
        return spell(label, self.kind)

    def order(self, seen: Iterable[str]) -> tuple[str, ...]:
        """The final classes in their order: as they were known or asked for, else as their names stand.

        Args:
            seen: The final classes that were met.

        Example:
            >>> Labels("categorical").order(["10", "9"]), Labels("categorical").order(["b", "10", "9"])
            (('9', '10'), ('10', '9', 'b'))
        """
        if self.groups is not None:
            return tuple(self.groups)
        return sort_names(seen) if self.known is None else self.known

    def _read_flat(self, labels: pl.Series, rows: np.ndarray | None) -> ReadLabels:
        """:meth:`read` for one label an entry; ``rows`` are the rows that the entries belong to."""
        final: dict[str, str | None] = {}
        written: dict[str, int] = {}
        given: set[str] = set()
        faults: list[Fault] = []
        for label, entry in _first_entries(labels):
            name = clean_name(label or "")
            row = entry if rows is None else int(rows[entry])
            written.setdefault(name, row)
            try:
                outcome = self.class_of(name)
            except LabelError as error:
                faults.append(Fault(row, error.what, error.cure))
                continue
            given.add(outcome)
            final[label or ""] = outcome if self._final is None else self._final.get(outcome)
        spellings, names = pl.Series(list(final), dtype=pl.String), pl.Series(list(final.values()), dtype=pl.String)
        classes = labels.replace_strict(spellings, names, default=None, return_dtype=pl.String)
        return ReadLabels(classes, written, frozenset(given), min(faults, key=lambda fault: fault.row, default=None))


class LabelError(Exception):
    """A label that stands for no class; it is caught where the row is known.

    Args:
        what: What is wrong.
        cure: What to do about it.
    """

    def __init__(self, what: str, cure: str) -> None:
        self.what, self.cure = what, cure
        super().__init__(what)


def is_number(name: str) -> bool:
    """Whether a label is a number, as people write numbers.

    Example:
        >>> is_number("-2.5e3"), is_number("1_000"), is_number("nan")
        (True, False, False)
    """
    return _NUMBER.fullmatch(name) is not None and math.isfinite(float(name))


def spell(name: str, kind: Kind) -> str:
    """One way to write each class: 5.0 is 5, and where classes are ordered, numbers of the same value are the same.

    Example:
        >>> spell("5.0", "categorical"), spell("1.10", "categorical"), spell("1.10", "ordered")
        ('5', '1.10', '1.1')
    """
    if kind == "ordered" and is_number(name):
        value = float(name)
        return str(int(value)) if value.is_integer() else repr(value)
    whole = _WHOLE.fullmatch(name)
    return name if whole is None else whole[1]


def sort_names(names: Iterable[str]) -> tuple[str, ...]:
    """Names of classes in the order of numbers where all are numbers, else of the alphabet.

    Example:
        >>> sort_names(["10", "9", "2.5"]), sort_names(["yes", "10", "9"])
        (('2.5', '9', '10'), ('10', '9', 'yes'))
    """
    distinct = set(names)
    if all(map(is_number, distinct)):
        return tuple(sorted(distinct, key=lambda name: (float(name), len(name), name)))
    return tuple(sorted(distinct))


def _first_entries(labels: pl.Series) -> list[tuple[str | None, int]]:
    """Each different label, and the first entry that holds it."""
    frame = labels.to_frame("label").with_row_index("entry")
    return frame.group_by("label", maintain_order=True).agg(pl.col("entry").first()).rows()


def _split(labels: pl.Series) -> pl.Series:
    """Labels with white space between them, List(String) [row]; an empty field has none."""
    return labels.fill_null("").str.extract_all(r"\S+")
