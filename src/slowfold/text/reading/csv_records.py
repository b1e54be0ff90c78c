"""Where the records of CSV begin and end: a long file cut into blocks of whole records."""

from __future__ import annotations

import csv
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock

import numpy as np
from jaxtyping import Bool, Int64, UInt8

from slowfold.errors import DataError

__all__ = ["Block", "Records", "careful_records", "cut_blocks", "find_records", "outside_quotes"]

_LINE_FEED, _RETURN, _QUOTE = b'\n\r"'
# A record longer than this is no text, but everything after a quote that is never closed.
_LONGEST_RECORD = 2**28
# The greatest field that a C long can state everywhere, Windows included.
_LARGEST_FIELD = 2**31 - 1
# The csv module has one limit of the size of fields for the whole program: whoever lifts it keeps others waiting.
_FIELD_SIZE = Lock()


@dataclass(frozen=True)
class Records:
    """Where records end, in bytes in which every quote is in its place.

    Attributes:
        ends: The line feed, or the carriage return that no line feed follows, at which each record ends, [record].
        blank: Which records are blank lines, [record].
        quotes: The quotes that open or close a field or stand in pairs inside one, [quote]. None count where no field
            begins with a quote: there they are letters.
        quoted: Whether quotes count.
    """

    ends: Int64[np.ndarray, " record"]
    blank: Bool[np.ndarray, " record"]
    quotes: Int64[np.ndarray, " quote"]
    quoted: bool


@dataclass(frozen=True)
class Block:
    """Whole records of a file.

    Attributes:
        content: The records, each with the line end after it.
        first: The number of rows of the file that come before these; blank lines and the header are no rows.
        rows: The number of rows.
        records: Where the records end; None where quotes are out of place, and only a careful look can tell.
    """

    content: bytes
    first: int
    rows: int
    records: Records | None


def find_records(content: UInt8[np.ndarray, " byte"], separator: int) -> Records | None:
    r"""Where records end, by arithmetic on the positions of quotes and line ends.

    Args:
        content: Bytes that begin where a record begins.
        separator: The byte between fields.

    Returns:
        The records that end in ``content``, or None where a quote stands neither at the side of a field nor doubled.

    Example:
        >>> content = np.frombuffer(b'good,1\n"two\nlines",0\n"unfinis', np.uint8)
        >>> find_records(content, ord(",")).ends.tolist()
        [6, 20]
    """
    quotes = np.flatnonzero(content == _QUOTE)
    quoted = False
    if len(quotes):
        before = np.where(quotes > 0, content[quotes - 1], _LINE_FEED)
        begins = np.isin(before, (separator, _LINE_FEED, _RETURN))
        quoted = bool(begins.any())
        if quoted:
            # Every other quote opens a field, or is the second of two inside one; those between them close a field, or
            # are the first of two.
            opens = begins | (before == _QUOTE)
            after = content[np.minimum(quotes + 1, len(content) - 1)]
            closes = np.isin(after, (separator, _LINE_FEED, _RETURN, _QUOTE)) | (quotes == len(content) - 1)
            if not opens[0::2].all() or not closes[1::2].all():
                return None
        else:
            quotes = quotes[:0]
    line_ends = content == _LINE_FEED
    returns = np.flatnonzero(content[:-1] == _RETURN)
    line_ends[returns[content[returns + 1] != _LINE_FEED]] = True
    ends = outside_quotes(np.flatnonzero(line_ends), quotes)
    begin = np.concatenate([np.zeros(1, np.int64), ends[:-1] + 1])[: len(ends)]
    lengths = ends - begin
    before_feed = (content[ends] == _LINE_FEED) & (lengths > 0)
    lengths = lengths - (before_feed & (content[np.maximum(ends - 1, 0)] == _RETURN))
    return Records(ends, lengths == 0, quotes, quoted)


def outside_quotes(
    positions: Int64[np.ndarray, " position"], quotes: Int64[np.ndarray, " quote"]
) -> Int64[np.ndarray, " kept"]:
    """Those of ``positions`` that are not between quotes: an even number of quotes comes before them."""
    if not len(quotes):
        return positions
    return positions[np.searchsorted(quotes, positions) % 2 == 0]


def cut_blocks(read: Callable[[int], bytes], separator: int, size: int, where: Callable[[int], str]) -> Iterator[Block]:
    r"""A file as blocks of whole records.

    Args:
        read: Gives the next bytes of the file, at most as many as asked for; none at its end.
        separator: The byte between fields.
        size: The bytes to read for a block; a record that is longer makes a longer block.
        where: Says in words where a row is.

    Raises:
        DataError: A record is longer than any text.

    Example:
        >>> from io import BytesIO
        >>> file = BytesIO(b'good,1\n\n"two\nlines",0\nfine,1')
        >>> [(block.content, block.first) for block in cut_blocks(file.read, ord(","), 12, str)]
        [(b'good,1\n\n', 0), (b'"two\nlines",0\n', 1), (b'fine,1\n', 2)]
    """
    rest, first, asked = b"", 0, size
    while True:
        piece = read(asked)
        final = not piece
        rest += piece
        if final and rest and not rest.endswith(b"\n"):
            rest += b"\n"
        block, rest = _cut(rest, first, separator, final=final)
        if block is not None:
            yield block
            first += block.rows
            asked = size
        elif len(rest) > _LONGEST_RECORD:
            raise DataError(
                f"the row is longer than {_LONGEST_RECORD:,} bytes", where=where(first), cure="close every quote"
            )
        else:
            asked = max(size, len(rest))
        if final:
            return


def _cut(content: bytes, first: int, separator: int, *, final: bool) -> tuple[Block | None, bytes]:
    """The whole records of ``content``, and what is left."""
    if not content:
        return None, content
    # A carriage return at the end of what was read may be half of a line end.
    whole = content if final or not content.endswith(b"\r") else content[:-1]
    found = find_records(np.frombuffer(whole, np.uint8), separator)
    if final and found is not None and (not len(found.ends) or found.ends[-1] < len(whole) - 1):
        # The last quote is never closed.
        found = None
    if found is not None:
        if not len(found.ends):
            return None, content
        end = int(found.ends[-1]) + 1
        return Block(content[:end], first, int(np.count_nonzero(~found.blank)), found), content[end:]
    ends = [end for _, end in careful_records(whole, chr(separator), strict=False)[0]]
    if not final:
        # The last record may go on in what has not been read.
        ends = ends[:-1]
    end = len(content) if final else max(ends, default=0)
    return (Block(content[:end], first, len(ends), None) if ends else None), content[end:]


def careful_records(
    content: bytes, separator: str, *, strict: bool
) -> tuple[list[tuple[list[str], int]], csv.Error | None]:
    r"""The records that are no blank lines, one after the other.

    Bytes that are no UTF-8 are let through as lone surrogates, so that the row they stand in can be named.

    Args:
        content: Whole records.
        separator: What separates their fields.
        strict: Whether a quote that closes a field too early, or never, ends the reading.

    Returns:
        Each record with where it ends, and the error that ended the reading, or None.

    Example:
        >>> careful_records(b'good,1\n\nso "so",0\n', ",", strict=True)
        ([(['good', '1'], 7), (['so "so"', '0'], 18)], None)
    """
    records: list[tuple[list[str], int]] = []
    end = 0

    def lines() -> Iterator[str]:
        nonlocal end
        for line in content.splitlines(keepends=True):
            end += len(line)
            yield line.decode("utf-8", errors="surrogateescape")

    with _any_field_size():
        try:
            for record in csv.reader(lines(), delimiter=separator, strict=strict):
                if record:
                    records.append((record, end))
        except csv.Error as error:
            return records, error
    return records, None


@contextmanager
def _any_field_size() -> Generator[None]:
    # The csv module refuses fields of more than 128 kB unless told otherwise.
    with _FIELD_SIZE:
        before = csv.field_size_limit(_LARGEST_FIELD)
        try:
            yield
        finally:
            csv.field_size_limit(before)
