"""The network that reads: word by word into a recurrent cell, and from its last state to the classes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from slowfold.cells import GRU, Cell
from slowfold.dynamics.maps import Map
from slowfold.errors import NetworkError, OptionError
from slowfold.networks.batches import gather_batch, reading_order
from slowfold.networks.saved import AGAIN, read_saved, write_saved
from slowfold.text.corpus import Corpus, Kind
from slowfold.text.vocabulary import Vocabulary

__all__ = ["CELLS", "ONE_HOT_WORDS", "Classifier", "Reading"]

CELLS: dict[str, type[Cell]] = {"gru": GRU}
ONE_HOT_WORDS = 64
EMBEDDING_DEVIATION = 0.1


@dataclass(frozen=True)
class Reading:
    """What a network made of every document of a corpus, documents in the order of the corpus.

    Attributes:
        states: The visited states, those after each word, document after document without padding, [token, unit].
        offsets: Document i owns the states from ``offsets[i]`` up to ``offsets[i + 1]``, [document + 1].
        final: The state after the last word, [document, unit].
        logits: The evidence for each class, in nats up to a constant a document, [document, class].
        predicted: The class with the most evidence, [document].
    """

    states: Float[Tensor, "token unit"]
    offsets: Int64[Tensor, " boundary"]
    final: Float[Tensor, "document unit"]
    logits: Float[Tensor, "document class"]
    predicted: Int64[Tensor, " document"]


class Classifier(nn.Module):
    """A recurrent text classifier: words, one-hot or embedded, to a cell, to a linear readout of its last state.

    The readout has a bias when words are embedded and none when they are one-hot: so the networks of "The geometry of
    integration in text classification RNNs" (Aitken et al., ICLR 2021) were made, for natural and for synthetic text.
    The initial state is trained, and zero at the start.

    Build one for a corpus with :meth:`build`, train it with :func:`slowfold.networks.fit`.

    Args:
        cell: The recurrent cell; its input size is ``embedding``, or the number of words where words are one-hot.
        vocabulary: The words it reads.
        class_names: The classes it tells apart.
        kind: What the classes are to each other: ``"categorical"`` or ``"ordered"``.
        embedding: The length of a word's vector, or None for one-hot words.
        generator: Draws the embedding (normal, standard deviation 0.1) and the readout (uniformly within
            1 / sqrt(units)).

    Raises:
        NetworkError: The input size of the cell does not fit, or there are fewer than two classes.
    """

    def __init__(
        self,
        cell: Cell,
        *,
        vocabulary: Vocabulary,
        class_names: tuple[str, ...],
        kind: Kind,
        embedding: int | None,
        generator: torch.Generator,
    ) -> None:
        super().__init__()
        expected = len(vocabulary) if embedding is None else embedding
        if cell.input_size != expected:
            raise NetworkError(f"has {cell.input_size} inputs", where="cell", cure=f"make one of {expected} inputs")
        if len(class_names) < 2:
            raise NetworkError(f"has {len(class_names)} classes", where="the network", cure="give at least two")
        self.vocabulary = vocabulary
        self.class_names = tuple(class_names)
        self.kind = kind
        self.cell = cell
        # On the meta device nothing is drawn, so that the caller's global random state stays as it is.
        self.embedding = (
            None
            if embedding is None
            else nn.Embedding(len(vocabulary), embedding, device="meta").to_empty(device="cpu")
        )
        bias = embedding is not None
        self.readout = nn.Linear(cell.size, len(class_names), bias=bias, device="meta").to_empty(device="cpu")
        self.initial_state = nn.Parameter(torch.zeros(cell.size))
        self._reset(generator)

    @torch.no_grad()
    def _reset(self, generator: torch.Generator) -> None:
        if self.embedding is not None:
            # Small, so that words hardly move the state before they are learned: at a deviation of 1, what was drawn
            # for the many rare words stays as noise, and learning takes several times as many steps.
            self.embedding.weight.normal_(std=EMBEDDING_DEVIATION, generator=generator)
        bound = 1 / math.sqrt(self.cell.size)
        for parameter in self.readout.parameters():
            parameter.uniform_(-bound, bound, generator=generator)

    @classmethod
    def build(
        cls,
        corpus: Corpus,
        *,
        cell: str = "gru",
        hidden: int | None = None,
        embedding: int | None = None,
        seed: int = 0,
        memory: int | None = None,
    ) -> Classifier:
        """A new, untrained network for the words and classes of ``corpus``.

        Args:
            corpus: The training documents: their vocabulary, classes and lengths are looked at, nothing else.
            cell: The kind of cell: ``"gru"``.
            hidden: The number of units; by default 128 where words are one-hot and 256 where they are embedded.
            embedding: The length of a word's vector, or 0 for one-hot words. By default one-hot for vocabularies of
                at most 64 words, else 128.
            seed: Decides every weight.
            memory: The number of tokens up to which units remember at the start (:meth:`Cell.set_memory`), or 0 to
                leave the biases as the cell draws them. By default the length of the longest document where words are
                embedded (Tallec and Ollivier, ICLR 2018: it lets long texts be learned), 0 where they are one-hot.

        Raises:
            OptionError: There is no such cell, or a size is out of range.
            NetworkError: The corpus has several labels a document.

        Example:
            >>> from slowfold.text.languages import categorical
            >>> network = Classifier.build(categorical(classes=3).sample(30, seed=0), hidden=16, seed=0)
            >>> network.config()["hidden"], network.config()["embedding"]
            (16, None)
        """
        _one_label(corpus)
        words = len(corpus.vocabulary)
        if cell not in CELLS:
            raise OptionError(f"there is no cell {cell!r}", where="cell", cure=f"choose from {', '.join(CELLS)}")
        if embedding is None:
            embedding = 0 if words <= ONE_HOT_WORDS else 128
        if embedding == 0 and words > ONE_HOT_WORDS:
            raise OptionError(
                f"one-hot input is for at most {ONE_HOT_WORDS} words, and the corpus has {words}",
                where="embedding",
                cure="give the length of a word's vector",
            )
        if hidden is None:
            hidden = 256 if embedding else 128
        if memory is None:
            memory = int(corpus.lengths.max(initial=0)) if embedding else 0
        for name, value, least in (("embedding", embedding, 0), ("hidden", hidden, 1), ("memory", memory, 0)):
            if value < least:
                raise OptionError(f"{value} is out of range", where=name, cure=f"give {least} or more")
        generator = torch.Generator().manual_seed(seed)
        recurrent = CELLS[cell](embedding or words, hidden, generator=generator)
        if memory:
            recurrent.set_memory(memory, generator)
        return cls(
            recurrent,
            vocabulary=corpus.vocabulary,
            class_names=tuple(corpus.class_names),
            kind=corpus.kind,
            embedding=embedding or None,
            generator=generator,
        )

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.initial_state.device

    def config(self) -> dict[str, object]:
        """What the network is made of, as JSON can hold it."""
        return {
            "cell": self.cell.kind,
            "hidden": self.cell.size,
            "embedding": None if self.embedding is None else self.embedding.embedding_dim,
            "words": len(self.vocabulary),
            "classes": list(self.class_names),
            "kind": self.kind,
        }

    def forward(
        self, tokens: Int64[Tensor, "document time"], lengths: Int64[Tensor, " document"]
    ) -> Float[Tensor, "document class"]:
        """The logits after the last word of each document, [document, class]; padding never matters.

        Args:
            tokens: Word numbers, [document, time]; any number of a word will do beyond the end of a document.
            lengths: The number of words of each document, 1 or more, [document].
        """
        return self.readout(_last(self.unroll(tokens), lengths))

    def unroll(self, tokens: Int64[Tensor, "document time"]) -> Float[Tensor, "document time unit"]:
        """The states after each word, [document, time, unit], those after padding included."""
        initial = self.initial_state.expand(len(tokens), -1)
        return self.cell.unroll(self.inputs(tokens), initial)

    def inputs(self, tokens: Int64[Tensor, "*batch"]) -> Float[Tensor, "*batch input"]:
        """What the cell is given for each word number, [..., input]."""
        if self.embedding is None:
            return nn.functional.one_hot(tokens, len(self.vocabulary)).to(self.initial_state.dtype)
        return self.embedding(tokens)

    @torch.no_grad()
    def word_input(self, word: str | int) -> Float[Tensor, " input"]:
        """What the cell is given for one word, or for its number, [input].

        Raises:
            DataError: The word is not in the vocabulary.
            OptionError: There is no word of that number.
        """
        number = self.vocabulary.id(word) if isinstance(word, str) else word
        if not 0 <= number < len(self.vocabulary):
            raise OptionError(
                f"there is no word {number}", where="word", cure=f"give 0 to {len(self.vocabulary) - 1}, or the word"
            )
        return self.inputs(torch.tensor(number, device=self.device))

    @torch.no_grad()
    def mean_input(self, corpus: Corpus) -> Float[Tensor, " input"]:
        """The mean input over all words of ``corpus``, each as often as it occurs, [input].

        Raises:
            NetworkError: The words of the corpus are not those of the network.
        """
        self.require(corpus)
        shares = torch.from_numpy(corpus.token_frequencies()).to(self.initial_state)
        return shares if self.embedding is None else shares @ self.embedding.weight

    def zero_input(self) -> Float[Tensor, " input"]:
        """The input of no word: zero, [input]."""
        return self.initial_state.new_zeros(self.cell.input_size)

    def hold(
        self, word: str | int | None = None, *, input: Float[Tensor, " input"] | None = None, name: str = "input"
    ) -> Map:
        """The map from one state to the next with the input held still: at zero, at a word, or at an input.

        The map has a copy of the cell, in float64: training on changes this network and not the map.

        Args:
            word: A word or its number, or None.
            input: An input of your own, such as :meth:`mean_input`, [input], or None.
            name: What to call ``input`` in reports, such as ``"mean"``.

        Raises:
            OptionError: Both a word and an input are given.
            TensorError: The input has the wrong shape.
            DataError: The word is not in the vocabulary.
        """
        if word is not None and input is not None:
            raise OptionError("both a word and an input are given", where="hold", cure="give one of them")
        if word is not None:
            return Map.hold(self.cell, self.word_input(word), name=f"word {self._word(word)!r}")
        if input is None:
            return Map.hold(self.cell, self.zero_input(), name="zero")
        return Map.hold(self.cell, input, name=name)

    def _word(self, word: str | int) -> str:
        return word if isinstance(word, str) else self.vocabulary.words[word]

    @torch.no_grad()
    def read(self, corpus: Corpus) -> Reading:
        """Reads every document and keeps all states: 4 bytes a token and unit (1 GB a million tokens and 256 units).

        Raises:
            NetworkError: The words or classes of the corpus are not those of the network.

        Example:
            >>> from slowfold.text.languages import categorical
            >>> corpus = categorical(classes=3, length=6).sample(40, seed=0)
            >>> reading = Classifier.build(corpus, hidden=16).read(corpus)
            >>> reading.states.shape, reading.final.shape, reading.logits.shape
            (torch.Size([240, 16]), torch.Size([40, 16]), torch.Size([40, 3]))
        """
        self.require(corpus)
        states = self.initial_state.new_empty((len(corpus.tokens), self.cell.size), device="cpu")
        final = self.initial_state.new_empty((len(corpus), self.cell.size), device="cpu")
        offsets = torch.from_numpy(np.array(corpus.offsets, dtype=np.int64))
        for documents, visited, lengths in self._unrolled(corpus):
            final[documents] = _last(visited, lengths)
            time = torch.arange(visited.shape[1])
            real = time < lengths[:, None]
            states[(offsets[documents][:, None] + time)[real]] = visited[real]
        logits = self.readout(final.to(self.device)).cpu()
        return Reading(states=states, offsets=offsets, final=final, logits=logits, predicted=logits.argmax(-1))

    def _unrolled(self, corpus: Corpus) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """Batch by batch, on the CPU: which documents, their states [document, time, unit], and their lengths."""
        for members in reading_order(corpus.lengths):
            batch = gather_batch(corpus, members)
            visited = self.unroll(batch.tokens.to(self.device)).cpu()
            yield torch.from_numpy(members), visited, batch.lengths

    @torch.no_grad()
    def final_states(self, corpus: Corpus) -> Float[Tensor, "document unit"]:
        """The state after the last word of every document, [document, unit], for any number of documents.

        Raises:
            NetworkError: The words or classes of the corpus are not those of the network.
        """
        self.require(corpus)
        final = self.initial_state.new_empty((len(corpus), self.cell.size), device="cpu")
        for documents, visited, lengths in self._unrolled(corpus):
            final[documents] = _last(visited, lengths)
        return final

    @torch.no_grad()
    def logits(self, corpus: Corpus) -> Float[Tensor, "document class"]:
        """The logits of every document, [document, class], for any number of documents.

        Raises:
            NetworkError: The words or classes of the corpus are not those of the network.
        """
        return self.readout(self.final_states(corpus).to(self.device)).cpu()

    def states(self, corpus: Corpus) -> Float[Tensor, "token unit"]:
        """The visited states of every document, one after another, [token, unit]; see :meth:`read`."""
        return self.read(corpus).states

    def accuracy(self, corpus: Corpus) -> float:
        """The share of documents whose class has the most evidence.

        Raises:
            NetworkError: The words or classes of the corpus are not those of the network.
        """
        correct = self.logits(corpus).argmax(-1).numpy() == corpus.labels
        return float(correct.mean())

    def save(self, folder: str | Path, *, words: bool = True) -> None:
        """Writes ``model.safetensors``, ``model.json`` and ``vocabulary.json``, each whole or not at all.

        Args:
            folder: Where to; it is made if it is not there.
            words: Whether to write the vocabulary, which holds words of the training documents.

        Raises:
            RunError: The folder cannot be written to.
        """
        write_saved(Path(folder), self.config(), self.state_dict(), self.vocabulary if words else None)

    @classmethod
    def load(cls, folder: str | Path, *, vocabulary: Vocabulary | None = None) -> Classifier:
        """The network that :meth:`save` wrote, with the same bits.

        Args:
            folder: Where it was saved.
            vocabulary: Its words, where they were not saved with it.

        Raises:
            NetworkError: A file is missing, cut off, not one of slowfold's, or does not belong to the others.

        Example:
            >>> import tempfile
            >>> from slowfold.text.languages import categorical
            >>> network = Classifier.build(categorical(classes=3).sample(30, seed=0), hidden=16)
            >>> folder = tempfile.mkdtemp()
            >>> network.save(folder)
            >>> Classifier.load(folder).readout.weight.equal(network.readout.weight)
            True
        """
        config, words, tensors = read_saved(Path(folder), vocabulary)
        kind, hidden, embedding, classes = (config.get(key) for key in ("cell", "hidden", "embedding", "classes"))
        readout = tensors.get("readout.weight")
        # Looked at before anything is built, so that a changed number cannot ask for more memory than the file has.
        if kind not in CELLS or readout is None or list(readout.shape) != [len(classes or ()), hidden]:
            raise NetworkError("is not a network that this version knows", where=str(folder), cure=AGAIN)
        generator = torch.Generator().manual_seed(0)
        network = cls(
            CELLS[kind](embedding or len(words), hidden, generator=generator),
            vocabulary=words,
            class_names=tuple(config["classes"]),
            kind=config["kind"],
            embedding=embedding,
            generator=generator,
        ).to(readout.dtype)
        expected = {name: tensor.shape for name, tensor in network.state_dict().items()}
        if {name: tensor.shape for name, tensor in tensors.items()} != expected:
            raise NetworkError("its weights have other shapes than model.json says", where=str(folder), cure=AGAIN)
        network.load_state_dict(tensors)
        return network

    def require(self, corpus: Corpus) -> None:
        """Raises a NetworkError unless ``corpus`` has the words and the classes of this network."""
        _one_label(corpus)
        if corpus.vocabulary != self.vocabulary:
            raise NetworkError(
                f"its {len(corpus.vocabulary)} words are not the {len(self.vocabulary)} words of the network",
                where="the corpus",
                cure="read it with the vocabulary of the network",
            )
        if tuple(corpus.class_names) != self.class_names:
            raise NetworkError(
                f"its classes {', '.join(corpus.class_names)} are not {', '.join(self.class_names)}",
                where="the corpus",
                cure="choose the classes that the network was built for",
            )


def _last(states: Tensor, lengths: Tensor) -> Tensor:
    """The state after the last word, [document, unit]."""
    return states[torch.arange(len(states), device=states.device), lengths - 1]


def _one_label(corpus: Corpus) -> None:
    if corpus.kind == "multilabel":
        raise NetworkError(
            "has several labels a document", where="the corpus", cure="give a categorical or an ordered task"
        )
