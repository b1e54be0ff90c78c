"""Whether a corpus is one that a network can read."""

from __future__ import annotations

from slowfold.errors import NetworkError
from slowfold.text.corpus import Corpus, Kind
from slowfold.text.vocabulary import Vocabulary

__all__ = ["require_match"]


def require_match(corpus: Corpus, vocabulary: Vocabulary, class_names: tuple[str, ...], kind: Kind) -> None:
    """Raises a NetworkError unless ``corpus`` has these words and these classes, as many of them a document."""
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
    # Of one class a document, whether classes stand in an order changes nothing that a network does.
    if (corpus.kind == "multilabel") != (kind == "multilabel"):
        several, one = "several labels a document", "one class a document"
        has, gives = (several, one) if corpus.kind == "multilabel" else (one, several)
        raise NetworkError(f"has {has}, and the network gives {gives}", where="the corpus", cure="build one for it")
