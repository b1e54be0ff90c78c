"""How often each class uses each word: counted in one pass, by parts, by machines, added up, and kept in a file."""

from slowfold.text.counting.chunks import Chunk, encode_documents
from slowfold.text.counting.count_files import COUNTS_SUFFIX, open_counts, save_counts
from slowfold.text.counting.counts import WordCounts
from slowfold.text.counting.shards import ShardCounts, count_shards
from slowfold.text.counting.tally import Tally, count_words

__all__ = [
    "COUNTS_SUFFIX",
    "Chunk",
    "ShardCounts",
    "Tally",
    "WordCounts",
    "count_shards",
    "count_words",
    "encode_documents",
    "open_counts",
    "save_counts",
]
