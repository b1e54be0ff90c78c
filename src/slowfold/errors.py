"""The one family of errors: each names what is wrong, where, and what to do about it, in one line."""

from __future__ import annotations

__all__ = [
    "DataError",
    "DownloadError",
    "NetworkError",
    "OptionError",
    "RunError",
    "SlowfoldError",
    "TensorError",
    "TrainingError",
    "one_line",
]


class SlowfoldError(Exception):
    """Base of every error that slowfold raises on purpose.

    Args:
        what: What is wrong.
        where: The file and row, the option, or the argument in which it is wrong.
        cure: What to do about it.

    Example:
        >>> raise DataError("the label is empty", where="reviews.csv, row 7", cure="remove the row")
        Traceback (most recent call last):
        ...
        slowfold.errors.DataError: reviews.csv, row 7: the label is empty; remove the row
    """

    def __init__(self, what: str, *, where: str | None = None, cure: str | None = None) -> None:
        self.what = what
        self.where = where
        self.cure = cure
        message = what if where is None else f"{where}: {what}"
        if cure is not None:
            message = f"{message}; {cure}"
        # A message quotes file names and fields, which may hold line breaks: it stays one line whatever it quotes.
        super().__init__(" ".join("".join(c if c.isprintable() else " " for c in message).split()))


class DataError(SlowfoldError):
    """A file, a column, a document or a label that cannot be read as a corpus."""


class DownloadError(DataError):
    """A data set that could not be downloaded: the next time it may be."""


class OptionError(SlowfoldError):
    """An option that is out of range, or that does not apply to the task."""


class TensorError(SlowfoldError):
    """A tensor of the wrong shape or type, or one that holds NaN or infinity."""


class NetworkError(SlowfoldError):
    """A network that does not fit the corpus, or a saved one that cannot be read."""


class RunError(SlowfoldError):
    """A run folder that is missing, exists already, or is incomplete."""


class TrainingError(SlowfoldError):
    """Training that cannot go on, such as a loss that is no longer finite."""


def one_line(error: Exception) -> str:
    """What is wrong, in a line: of an error that nobody foresaw its type as well.

    Example:
        >>> one_line(KeyError("row"))
        "KeyError: 'row'"
    """
    if isinstance(error, SlowfoldError):
        return str(error)
    return " ".join(f"{type(error).__name__}: {error}".split())
