"""Whether a corpus is one that a network can read."""

from __future__ import annotations

from slowfold.errors import NetworkError
from slowfold.text.corpus import Corpus
from slowfold.text.vocabulary import Vocabulary

__all__ = ["require_match", "require_one_label"]


def require_match(corpus: Corpus, vocabulary: Vocabulary, class_names: tuple[str, ...]) -> None:
    """Raises a NetworkError unless ``corpus`` has these words, and one of these classes a document."""
    require_one_label(corpus)
    if corpus.vocabulary != vocabulary:
        raise NetworkError(
            f"its {len(corpus.vocabulary)} words are not the {len(vocabulary)} words of the network",
            where="the corpus",
            cure="read it with the vocabulary of the network",
        )
    if tuple(corpus.class_names) != class_names:
        raise NetworkError(
            f"its classes {', '.join(corpus.class_names)} are not {', '.join(class_names)}",
            where="the corpus",
            cure="choose the classes that the network was built for",
        )


def require_one_label(corpus: Corpus) -> None:
    """Raises a NetworkError where a document may have several labels."""
    if corpus.kind == "multilabel":
        raise NetworkError(
            "has several labels a document", where="the corpus", cure="give a categorical or an ordered task"
        )
