"""What is read: corpora, vocabularies, files, named data sets and synthetic languages."""

from slowfold.text.corpus import Corpus, Kind, stratified_split
from slowfold.text.counts import WordCounts, count_words
from slowfold.text.files import Documents, Encoded, read_corpus, read_documents
from slowfold.text.languages import LANGUAGES, Language, categorical
from slowfold.text.named import KNOWN_KINDS, data_folder, list_named, read_named
from slowfold.text.names import clean_name, near_names, quoted
from slowfold.text.tables import SUFFIXES
from slowfold.text.vocabulary import UNKNOWN_WORD, WORD_PATTERN, Vocabulary, build_vocabulary, encode

__all__ = [
    "KNOWN_KINDS",
    "LANGUAGES",
    "SUFFIXES",
    "UNKNOWN_WORD",
    "WORD_PATTERN",
    "Corpus",
    "Documents",
    "Encoded",
    "Kind",
    "Language",
    "Vocabulary",
    "WordCounts",
    "build_vocabulary",
    "categorical",
    "clean_name",
    "count_words",
    "data_folder",
    "encode",
    "list_named",
    "near_names",
    "quoted",
    "read_corpus",
    "read_documents",
    "read_named",
    "stratified_split",
]
