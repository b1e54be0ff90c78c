"""Documents of a stream that are read as far as a classifier would read them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from functools import partial
from typing import Literal, TypeVar

import polars as pl

from slowfold.errors import OptionError
from slowfold.text.reading.stream import Batch, DocumentStream
from slowfold.text.vocabulary import split_words

__all__ = ["CutStream", "cut_stream"]

Made = TypeVar("Made")


@dataclass(frozen=True, eq=False, kw_only=True)
class CutStream(DocumentStream):
    """Documents of files, no longer than a limit.

    Attributes:
        max_length: The greatest number of words of a document.
        longer: Whether longer documents are cut to the limit or left out.
    """

    max_length: int
    longer: Literal["cut", "drop"] = "cut"

    def each(
        self,
        make: Callable[[Batch], Made],
        progress: Callable[[float], None] | None = None,
        split: Callable[[pl.Series], pl.Series] = split_words,
    ) -> Iterator[Made]:
        return super().each(partial(self._make, make), progress, split)

    def _make(self, make: Callable[[Batch], Made], batch: Batch) -> Made:
        if self.longer == "cut":
            return make(Batch(batch.words.list.head(self.max_length), batch.labels))
        kept = batch.words.list.len() <= self.max_length
        return make(Batch(batch.words.filter(kept), batch.labels.filter(kept)))


def cut_stream(stream: DocumentStream, max_length: int, longer: Literal["cut", "drop"] = "cut") -> CutStream:
    r"""The same documents, each cut after its first ``max_length`` words, or left out where it has more.

    Args:
        stream: Documents of files.
        max_length: The greatest number of words of a document.
        longer: Whether longer documents are cut to the limit or left out.

    Raises:
        OptionError: ``max_length`` is below 1.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import mkdtemp
        >>> from slowfold.text.reading.stream import open_documents
        >>> path = Path(mkdtemp(), "reviews.csv")
        >>> _ = path.write_text("text,label\nso good,yes\nso very bad,no\n")
        >>> [batch] = cut_stream(open_documents(path, held_out=True), 2).batches()
        >>> batch.words.to_list()
        [['so', 'good'], ['so', 'very']]
    """
    if max_length < 1:
        raise OptionError(f"{max_length} is below 1", where="max_length", cure="give 1 or more")
    parts = {part.name: getattr(stream, part.name) for part in fields(DocumentStream)}
    return CutStream(**parts, max_length=max_length, longer=longer)
