"""A corpus on disk: one Arrow file, opened where it lies and not read into memory."""

from __future__ import annotations

import json
import mmap
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, cast, get_args

from slowfold.errors import DataError
from slowfold.storage import whole_file
from slowfold.text.corpus import Corpus, Kind
from slowfold.text.names import quoted
from slowfold.text.vocabulary import Vocabulary

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["open_corpus", "write_corpus"]

_KEY = b"slowfold"
"""Under which the schema's metadata say, in JSON, what the columns do not: the kind, the names and the version."""

_FORMAT, _VERSION = "corpus", 1


def open_corpus(path: str | Path) -> Corpus:
    """Opens a corpus that :meth:`Corpus.save` wrote, memory-mapped.

    Tokens, offsets and classes are views of the file: the operating system brings in the pages that are looked at, and
    takes them back when it needs the memory. The vocabulary is held in memory, and so are the labels where documents
    have several. All of it is checked once, part by part: every token id, offset and label is one that there can be.

    Args:
        path: The file. Do not write to it while the corpus is in use; to save another in its place is safe.

    Raises:
        DataError: The file is missing, is no corpus, was cut short or edited, or is of another version.

    Example:
        >>> from tempfile import mkdtemp
        >>> path = Path(mkdtemp(), "mine.arrow")
        >>> vocabulary = Vocabulary(("the", "good", "bad"))
        >>> Corpus.from_tokens([[1, 0], [2]], [0, 1], vocabulary, ("yes", "no"), name="mine").save(path)
        >>> open_corpus(path)
        Corpus('mine', categorical, 2 documents, 3 tokens, 3 words, 2 classes: 'yes', 'no')
    """
    path = Path(path)
    try:
        # Not pyarrow's own map: this one can be asked to let go of pages again.
        with path.open("rb") as file:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError as error:
        raise DataError(
            f"cannot be read ({error.strerror})", where=str(path), cure="give a file that Corpus.save wrote"
        ) from error
    except ValueError as error:
        raise DataError("the file is empty", where=str(path), cure="save the corpus again") from error
    corpus = _as_corpus(_only_batch(path, mapped), path)
    if hasattr(mapped, "madvise"):
        # Every page was looked at once, to be checked. Without this they would count as memory of this process.
        mapped.madvise(mmap.MADV_DONTNEED)
    return corpus


def write_corpus(corpus: Corpus, path: Path) -> None:
    """Writes ``corpus`` to one Arrow file, whole or not at all.

    One row is a document: ``words``, a list whose words are the token ids into the dictionary of the column, which is
    the vocabulary; and ``label``, the position of its class, or ``labels``, one truth value a label. All rows are one
    record batch, because only then is the run of all tokens one piece of the file, which can be used as it lies there.
    Other programs that read Arrow see the words themselves.

    Raises:
        RunError: The file cannot be written.
        DataError: A word is no text that UTF-8 can hold.
    """
    import pyarrow as pa

    try:
        words = pa.array(corpus.vocabulary.words, type=pa.large_string())
    except UnicodeEncodeError as error:
        raise DataError(
            f"the word {quoted(error.object)} is no text that UTF-8 can hold", where=corpus.name, cure="leave it out"
        ) from error
    tokens = pa.DictionaryArray.from_arrays(pa.array(corpus.tokens), words)
    columns = {"words": pa.LargeListArray.from_arrays(pa.array(corpus.offsets), tokens)}
    if corpus.kind == "multilabel":
        columns["labels"] = pa.FixedSizeListArray.from_arrays(
            pa.array(corpus.labels.reshape(-1)), len(corpus.class_names)
        )
    else:
        columns["label"] = pa.array(corpus.labels)
    about = {
        "format": _FORMAT,
        "version": _VERSION,
        "kind": corpus.kind,
        "name": corpus.name,
        "class_names": corpus.class_names,
        "unknown": corpus.vocabulary.unknown,
    }
    batch = pa.record_batch(columns).replace_schema_metadata({_KEY: json.dumps(about)})
    with (
        whole_file(path) as beside,
        pa.OSFile(str(beside), "wb") as file,
        pa.ipc.new_file(file, batch.schema) as writer,
    ):
        writer.write_batch(batch)


def _only_batch(path: Path, mapped: mmap.mmap) -> pa.RecordBatch:
    """The rows of an Arrow file, as views of the map."""
    import pyarrow as pa

    try:
        reader = pa.ipc.open_file(pa.py_buffer(mapped))
        if reader.num_record_batches != 1:
            _damaged(path, f"{reader.num_record_batches} record batches")
        batch = reader.get_batch(0)
        batch.validate()
    except (pa.ArrowException, OSError) as error:
        _damaged(path, str(error))
    return batch


def _as_corpus(batch: pa.RecordBatch, path: Path) -> Corpus:
    import pyarrow as pa

    about = _about(batch.schema.metadata, path)
    kind = cast("Kind", about["kind"])
    class_names = tuple(cast("list[str]", about["class_names"]))
    if batch.schema.remove_metadata() != _schema(kind, len(class_names)):
        _damaged(path, "columns of other types")
    words, label = batch.columns
    tokens = words.values
    if any(array.null_count for array in (words, tokens, label, tokens.dictionary)):
        _damaged(path, "rows that are null")
    try:
        # Token ids, offsets and labels are looked at by Corpus, which can say which document is wrong.
        tokens.dictionary.validate(full=True)
        vocabulary = Vocabulary(tuple(tokens.dictionary.to_pylist()), about.get("unknown"))
        several = kind == "multilabel"
        return Corpus(
            tokens.indices.to_numpy(),
            words.offsets.to_numpy(),
            # Arrow packs eight truth values into a byte: these alone have to be unpacked.
            label.values.to_numpy(zero_copy_only=False).reshape(-1, len(class_names)) if several else label.to_numpy(),
            vocabulary,
            class_names,
            kind,
            cast("str", about["name"]),
        )
    except DataError as error:
        _damaged(path, f"{error.where}: {error.what}" if error.where else error.what)
    except pa.ArrowException as error:
        _damaged(path, str(error))


def _about(metadata: dict[bytes, bytes] | None, path: Path) -> dict[str, Any]:
    """What the metadata of the schema say, each entry of the type that it must be."""
    try:
        about: object = json.loads((metadata or {})[_KEY])
    except (KeyError, ValueError, RecursionError) as error:
        raise DataError(
            "is an Arrow file, but no corpus", where=str(path), cure="give a file that Corpus.save wrote"
        ) from error
    known = cast("dict[str, Any]", about) if isinstance(about, dict) else {}
    if known.get("format") != _FORMAT:
        what = f"holds {quoted(known.get('format'))}, no corpus"
        raise DataError(what, where=str(path), cure="give a file that Corpus.save wrote")
    if known.get("version") != _VERSION:
        raise DataError(
            f"is a corpus of version {quoted(known.get('version'))}, and this slowfold reads version {_VERSION}",
            where=str(path),
            cure="save it again with this version, or install the slowfold that wrote it",
        )
    names, unknown = known.get("class_names"), known.get("unknown")
    whole = (
        known.get("kind") in get_args(Kind)
        and isinstance(known.get("name"), str)
        and isinstance(names, list)
        and all(isinstance(name, str) for name in cast("list[object]", names))
        and (unknown is None or type(unknown) is int)
    )
    if not whole:
        _damaged(path, "metadata that say no kind, names and unknown word")
    return known


def _schema(kind: Kind, classes: int) -> pa.Schema:
    import pyarrow as pa

    words = pa.large_list(pa.dictionary(pa.int32(), pa.large_string()))
    label = ("labels", pa.list_(pa.bool_(), classes)) if kind == "multilabel" else ("label", pa.int64())
    return pa.schema([("words", words), label])


def _damaged(path: Path, what: str) -> NoReturn:
    raise DataError(f"is no corpus, or was cut short or edited ({what})", where=str(path), cure="save or copy it again")
