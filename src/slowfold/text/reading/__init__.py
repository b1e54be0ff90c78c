"""Labelled documents as they come: files of any form and any length, read as one stream, or into memory."""

from slowfold.text.reading.classes import Classes, parse_classes
from slowfold.text.reading.documents import Documents, Encoded, collect
from slowfold.text.reading.files import read_corpus, read_documents
from slowfold.text.reading.stream import Batch, DocumentStream, open_documents
from slowfold.text.reading.tables import SUFFIXES

__all__ = [
    "SUFFIXES",
    "Batch",
    "Classes",
    "DocumentStream",
    "Documents",
    "Encoded",
    "collect",
    "open_documents",
    "parse_classes",
    "read_corpus",
    "read_documents",
]
