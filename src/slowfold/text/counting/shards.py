"""Counting many files at once: each by itself, on any number of processes or machines, and then brought together."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from slowfold.on_ray import each_on_ray
from slowfold.text.counting.counts import WordCounts
from slowfold.text.counting.tally import Tally, tally_parts
from slowfold.text.reading.stream import DocumentStream

__all__ = ["ShardCounts", "count_shards"]


class ShardCounts(NamedTuple):
    """The word counts of many files, and how many documents each holds.

    Attributes:
        counts: The word counts of all documents.
        documents: The number of documents of each file, in the order of the stream's inputs.
    """

    counts: WordCounts
    documents: tuple[int, ...]


def count_shards(
    stream: DocumentStream, *, address: str | None = None, progress: Callable[[float], None] | None = None
) -> ShardCounts:
    """Counts the words of each class, every file of a stream in a task of Ray.

    The counts are the same, to the last one, as those of :func:`count_words` in one pass.

    Args:
        stream: Documents of several files. Where the tasks run on other machines, these find the files at the same
            paths.
        address: The address of a Ray cluster; unless given, the tasks run on this machine.
        progress: Is told which share of the files has been counted, from 0 to 1.

    Raises:
        OptionError: Ray is not installed, or cannot be reached.
        DataError: A file cannot be read, or the labels of all files together cannot be classes.
    """
    tally, documents = Tally(), list[int]()
    shards = stream.shards()
    for part in each_on_ray(_tally, shards, address):
        tally.include(part)
        documents.append(part.documents)
        if progress is not None:
            progress(len(documents) / len(shards))
    return ShardCounts(tally.finish(stream.class_names(tally.labels), stream.kind), tuple(documents))


def _tally(shard: DocumentStream) -> Tally:
    tally = Tally()
    for part in tally_parts(shard):
        tally.include(part)
    return tally
