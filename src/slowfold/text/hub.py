"""Well-known data sets on the Hugging Face Hub: where each lies, and its files, downloaded once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from slowfold.errors import DataError, DownloadError
from slowfold.text.corpus import Kind
from slowfold.text.names import near_names, quoted

__all__ = ["HUB_SETS", "Downloaded", "HubSet", "download"]


@dataclass(frozen=True)
class HubSet:
    """Where a data set lies on the Hub, and what its columns mean.

    Attributes:
        repository: The data set's repository, OWNER/NAME.
        train: A pattern that the files to train on match, relative to the repository.
        test: A pattern that the files to test on match.
        class_names: The names of the classes, in the order of the numbers in the label column.
        kind: What the labels are.
        text_column: The column of texts.
        label_column: The column of labels.
    """

    repository: str
    train: str
    test: str
    class_names: tuple[str, ...]
    kind: Kind = "categorical"
    text_column: str = "text"
    label_column: str = "label"


@dataclass(frozen=True)
class Downloaded:
    """The files of a data set, on this machine.

    Attributes:
        train: The files to train on, by name.
        test: The files to test on, by name.
        revision: The commit that they are of; asked for again, it gives the same files.
    """

    train: tuple[Path, ...]
    test: tuple[Path, ...]
    revision: str


_STARS = ("1 star", "2 stars", "3 stars", "4 stars", "5 stars")

HUB_SETS: Mapping[str, HubSet] = MappingProxyType(
    {
        "ag_news": HubSet(
            "fancyzhx/ag_news",
            "data/train-*.parquet",
            "data/test-*.parquet",
            ("World", "Sports", "Business", "Sci/Tech"),
        ),
        "dbpedia_14": HubSet(
            "fancyzhx/dbpedia_14",
            "dbpedia_14/train-*.parquet",
            "dbpedia_14/test-*.parquet",
            (
                *("Company", "EducationalInstitution", "Artist", "Athlete", "OfficeHolder", "MeanOfTransportation"),
                *("Building", "NaturalPlace", "Village", "Animal", "Plant", "Album", "Film", "WrittenWork"),
            ),
            text_column="content",
        ),
        "yelp5": HubSet(
            "Yelp/yelp_review_full",
            "yelp_review_full/train-*.parquet",
            "yelp_review_full/test-*.parquet",
            _STARS,
            "ordered",
        ),
        "amazon5": HubSet(
            "Samoed/AmazonReviewsClassification",
            "en/train-*.parquet",
            "en/test-*.parquet",
            _STARS,
            "ordered",
        ),
        "imdb": HubSet(
            "stanfordnlp/imdb",
            "plain_text/train-*.parquet",
            "plain_text/test-*.parquet",
            ("negative", "positive"),
            "ordered",
        ),
        "sst5": HubSet(
            "SetFit/sst5",
            "train.jsonl",
            "test.jsonl",
            ("very negative", "negative", "neutral", "positive", "very positive"),
            "ordered",
        ),
        "goemotions": HubSet(
            "google-research-datasets/go_emotions",
            "simplified/train-*.parquet",
            "simplified/test-*.parquet",
            (
                *("admiration", "amusement", "anger", "annoyance", "approval", "caring", "confusion", "curiosity"),
                *("desire", "disappointment", "disapproval", "disgust", "embarrassment", "excitement", "fear"),
                *("gratitude", "grief", "joy", "love", "nervousness", "optimism", "pride", "realization", "relief"),
                *("remorse", "sadness", "surprise", "neutral"),
            ),
            "multilabel",
            label_column="labels",
        ),
    }
)
"""The data sets that are found by name on the Hugging Face Hub."""


def download(name: str, *, revision: str | None = None, progress: Callable[[float], None] | None = None) -> Downloaded:
    """The files of a well-known data set, from the Hub or from the cache that earlier downloads have filled.

    They are kept where ``HF_HOME`` says, and asked for where ``HF_ENDPOINT`` says. With a revision that has been
    downloaded before nothing is asked over the network. Nothing is printed.

    Args:
        name: One of :data:`HUB_SETS`.
        revision: The commit, branch or tag; by default the newest commit, or, where the Hub cannot be reached, the one
            that was the newest when it was last asked.
        progress: Told the share of the bytes that have arrived, from 0 to 1; not always by the thread that called.

    Raises:
        DataError: The name is not known, the Hub cannot be reached, it does not give the files away, or they are not
            where they were. The message names the folder of data sets as the way out.
    """
    if name not in HUB_SETS:
        raise DataError(f"the Hub has no {quoted(name)} that is known here", cure=near_names(name, list(HUB_SETS)))
    from huggingface_hub import errors, snapshot_download

    known = HUB_SETS[name]
    where = f"{name} (datasets/{known.repository} on the Hugging Face Hub)"
    cure = f"or put {name}/train.csv.gz, test.csv.gz and classes.txt into a folder and name that with --data-dir"
    try:
        with _without_warnings():
            folder = Path(
                snapshot_download(
                    known.repository,
                    repo_type="dataset",
                    revision=revision,
                    allow_patterns=[known.train, known.test],
                    tqdm_class=_quiet_bar(progress),
                )
            )
    except errors.GatedRepoError as error:
        raise DataError(
            "is given only to those who accept its terms", where=where, cure=f"do so and log in with hf auth, {cure}"
        ) from error
    except errors.RevisionNotFoundError as error:
        raise DataError(
            f"there is no revision {quoted(revision, length=60)}", where=where, cure=f"leave revision out, {cure}"
        ) from error
    except errors.RepositoryNotFoundError as error:
        raise DataError(
            "is not there, or not for everyone", where=where, cure=f"log in with hf auth, {cure}"
        ) from error
    # Which errors stand for a network that fails depends on the HTTP library, and that on the version of the Hub's own.
    except Exception as error:
        raise DownloadError(
            f"cannot be downloaded ({_reason(error)})", where=where, cure=f"look at the connection, {cure}"
        ) from error
    files = {pattern: tuple(sorted(folder.glob(pattern))) for pattern in (known.train, known.test)}
    for pattern, found in files.items():
        if not found:
            raise DataError(
                f"commit {folder.name} holds no {pattern}", where=where, cure=f"ask for an earlier revision, {cure}"
            )
    return Downloaded(files[known.train], files[known.test], revision=folder.name)


def _reason(error: BaseException) -> str:
    """What is at the bottom of an error: the outer ones tell at length what might help."""
    while error.__cause__ is not None:
        error = error.__cause__
    return (str(error).strip() or type(error).__name__).splitlines()[0]


@contextmanager
def _without_warnings() -> Generator[None]:
    """Lets the Hub's library log errors only: what it warns of either passes or ends in an error of ours."""
    logger = logging.getLogger("huggingface_hub")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


def _quiet_bar(progress: Callable[[float], None] | None) -> type[Any]:
    """A progress bar that draws nothing, and tells ``progress`` the share of the bytes."""
    from huggingface_hub.utils import tqdm

    class QuietBar(tqdm):
        # Several of them count the same bytes, and the total grows while the sizes of files come in.
        furthest = 0.0

        def __init__(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - whatever the Hub's own bar takes
            self.of_bytes = options.get("unit") == "B"
            super().__init__(*args, **{**options, "disable": True})

        def update(self, n: float | None = 1) -> bool | None:
            # A bar that draws nothing does not count either.
            self.n += n or 0
            if progress is not None and self.of_bytes and self.total:
                QuietBar.furthest = max(QuietBar.furthest, min(1.0, self.n / self.total))
                progress(QuietBar.furthest)

    return QuietBar
