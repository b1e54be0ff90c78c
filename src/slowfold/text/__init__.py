"""What is read: corpora, vocabularies, files, named data sets and synthetic languages."""

from slowfold.text.corpus import Corpus, Kind
from slowfold.text.corpus_file import open_corpus
from slowfold.text.counting import (
    COUNTS_SUFFIX,
    Chunk,
    ShardCounts,
    Tally,
    WordCounts,
    count_shards,
    count_words,
    encode_documents,
    open_counts,
    save_counts,
)
from slowfold.text.hub import HUB_SETS
from slowfold.text.languages import LANGUAGES, Language, categorical
from slowfold.text.named import KNOWN_KINDS, NamedSet, data_folder, find_named, list_named, read_named
from slowfold.text.names import clean_name, near_names, quoted
from slowfold.text.reading import (
    SUFFIXES,
    Batch,
    Classes,
    Documents,
    DocumentStream,
    Encoded,
    collect,
    open_documents,
    parse_classes,
    read_corpus,
    read_documents,
)
from slowfold.text.splitting import stratified_split
from slowfold.text.vocabulary import UNKNOWN_WORD, WORD_PATTERN, Vocabulary, build_vocabulary, encode
from slowfold.text.wordpiece import WordPiece, learn_wordpiece, read_wordpiece

__all__ = [
    "COUNTS_SUFFIX",
    "HUB_SETS",
    "KNOWN_KINDS",
    "LANGUAGES",
    "SUFFIXES",
    "UNKNOWN_WORD",
    "WORD_PATTERN",
    "Batch",
    "Chunk",
    "Classes",
    "Corpus",
    "DocumentStream",
    "Documents",
    "Encoded",
    "Kind",
    "Language",
    "NamedSet",
    "ShardCounts",
    "Tally",
    "Vocabulary",
    "WordCounts",
    "WordPiece",
    "build_vocabulary",
    "categorical",
    "clean_name",
    "collect",
    "count_shards",
    "count_words",
    "data_folder",
    "encode",
    "encode_documents",
    "find_named",
    "learn_wordpiece",
    "list_named",
    "near_names",
    "open_corpus",
    "open_counts",
    "open_documents",
    "parse_classes",
    "quoted",
    "read_corpus",
    "read_documents",
    "read_named",
    "read_wordpiece",
    "save_counts",
    "stratified_split",
]
