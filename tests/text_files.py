"""Files of labelled texts, in every format that can be read, for the tests of reading them."""

from __future__ import annotations

import csv
import gzip
import io
import json
from dataclasses import replace

import polars as pl
import pyarrow as pa
import pytest

from slowfold.errors import OptionError, SlowfoldError
from slowfold.text.reading.documents import collect
from slowfold.text.reading.stream import open_documents
from slowfold.text.vocabulary import split_words

ROWS = [("so good", "yes"), ("fine", "yes"), ("bad", "no"), ("not good", "no")]


def csv_of(rows, header=("text", "label"), separator=","):
    file = io.StringIO()
    # The writer would leave a lone carriage return without quotes, where it is a line end.
    returns = any("\r" in str(field) for row in rows for field in row)
    quoting = csv.QUOTE_ALL if returns else csv.QUOTE_MINIMAL
    csv.writer(file, delimiter=separator, lineterminator="\n", quoting=quoting).writerows([header, *rows])
    return file.getvalue().encode()


def json_lines_of(rows, keys=("text", "label")):
    return "".join(json.dumps(dict(zip(keys, row, strict=True))) + "\n" for row in rows).encode()


def parquet_of(frame, **options):
    file = io.BytesIO()
    frame.write_parquet(file, **options)
    return file.getvalue()


def plain_file(rows, suffix):
    """A file with that ending, before it is packed."""
    if suffix == ".parquet":
        return parquet_of(pl.DataFrame(rows, schema=["text", "label"], orient="row"))
    if suffix in (".csv", ".tsv"):
        return csv_of(rows, separator="\t" if suffix == ".tsv" else ",")
    return json_lines_of(rows)


def packed(content, suffix):
    if suffix.endswith(".gz"):
        return gzip.compress(content)
    return pa.compress(content, codec="zstd", asbytes=True) if suffix.endswith(".zst") else content


def inner(suffix):
    """The ending without the one of packing."""
    return suffix.removesuffix(".gz").removesuffix(".zst")


def as_file(rows, suffix):
    return packed(plain_file(rows, inner(suffix)), suffix)


def texts_of(documents):
    """The words of each document, with a space between them."""
    return [" ".join(documents.words(i)) for i in range(len(documents))]


def labels_of(documents):
    if documents.kind == "multilabel":
        return [[documents.class_names[i] for i in row.nonzero()[0]] for row in documents.labels]
    return [documents.class_names[label] for label in documents.labels]


def rows_of(documents):
    return list(zip(texts_of(documents), labels_of(documents), strict=True))


def words_of(texts):
    return [" ".join(words) for words in split_words(pl.Series(texts, dtype=pl.String)).to_list()]


def read(*paths, batch_bytes=None, **options):
    """``read_documents`` with batches of another size."""
    stream = open_documents(*paths, **options)
    return collect(stream if batch_bytes is None else replace(stream, batch_bytes=batch_bytes))


def refusal(*paths, **options):
    """The one line that says why files are not read."""
    with pytest.raises(SlowfoldError) as caught:
        read(*paths, **options)
    message = str(caught.value)
    assert "\n" not in message
    assert str(paths[0]) in message or isinstance(caught.value, OptionError)
    return message


def outcome(*paths, **options):
    """What was read, or why not."""
    try:
        documents = read(*paths, **options)
    except SlowfoldError as error:
        return str(error)
    return documents.class_names, rows_of(documents)
