"""The network that reads corpora: built for one, taken over from elsewhere, saved, and held still."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from slowfold.cells import build_cell
from slowfold.dynamics.maps import Map
from slowfold.errors import OptionError
from slowfold.networks.adopted import adopt
from slowfold.networks.blueprint import ONE_HOT_WORDS, plan
from slowfold.networks.heads import decide, share_correct
from slowfold.networks.initialisation import draw_as_paper, require_initialisation
from slowfold.networks.matching import require_match
from slowfold.networks.network import Network
from slowfold.networks.reading import Reading, read_final, read_visited
from slowfold.networks.saved import fill, read_saved, write_saved
from slowfold.text.corpus import Corpus, Kind
from slowfold.text.vocabulary import Vocabulary

__all__ = ["ONE_HOT_WORDS", "Classifier"]


class Classifier(Network):
    """A recurrent text classifier: words, one-hot or embedded, to a cell, to a linear readout of its last state.

    What is read of a state is the output of the cell: the state itself of most cells, h of an LSTM, whose state is
    [h, c], and the part of the uppermost layer of a stack. The readout may read all of the state instead.

    The readout has a bias when words are embedded and none when they are one-hot: so the networks of "The geometry of
    integration in text classification RNNs" (Aitken et al., ICLR 2021) were made, for natural and for synthetic text.
    The initial state is trained, and zero at the start.

    Build one for a corpus with :meth:`build` and train it with :func:`slowfold.networks.fit`, or take over one that was
    trained elsewhere with :meth:`from_torch`.

    Args:
        cell: The recurrent cell; its input size is ``embedding``, or the number of words where words are one-hot.
        vocabulary: The words it reads.
        class_names: The classes it tells apart.
        kind: What the classes are to each other: ``"categorical"``, ``"ordered"``, or ``"multilabel"`` where a document
            may have any number of them.
        embedding: The length of a word's vector, or None for one-hot words.
        readout_of: What the readout reads: ``"output"`` or ``"state"``.
        bias: Whether the readout has a bias; unless given, it has one where words are embedded.
        generator: Draws the embedding (normal, standard deviation 0.1) and the readout (uniformly within
            1 / sqrt(units)).

    Raises:
        NetworkError: The input size of the cell does not fit, or there are fewer than two classes (or no label).
        OptionError: There is nothing called ``readout_of`` to read.
    """

    @classmethod
    def build(
        cls,
        corpus: Corpus,
        *,
        cell: str = "gru",
        hidden: int | None = None,
        layers: int = 1,
        readout: str = "output",
        embedding: int | None = None,
        vectors: Float[Tensor, "word input"] | None = None,
        frozen: bool = False,
        seed: int = 0,
        memory: int | None = None,
        initialisation: str = "default",
    ) -> Classifier:
        """A new, untrained network for the words and classes of ``corpus``.

        Args:
            corpus: The training documents: their vocabulary, classes and lengths are looked at, nothing else.
            cell: The kind of cell: ``"gru"``, ``"lstm"``, ``"ugrnn"`` or ``"vanilla"``.
            hidden: The units of the output of each layer (the state of an LSTM has twice as many); by default 128 where
                words are one-hot and 256 where they are embedded.
            layers: How many such cells stand on top of each other.
            readout: What the readout reads: ``"output"``, h of the uppermost layer, or ``"state"``, everything that the
                network remembers: [h, c] of an LSTM, and the states of all layers.
            embedding: The length of a word's vector, or 0 for one-hot words. By default one-hot for vocabularies of
                at most 64 words, else 128.
            vectors: The vectors to begin with, such as pretrained ones, in the order of the vocabulary, [word, input];
                they are copied. Unless given, they are drawn.
            frozen: Whether the vectors stay as they are in training.
            seed: Decides every weight.
            memory: The number of tokens up to which units remember at the start (:meth:`Cell.set_memory`), or 0 to
                leave the biases as the cell draws them. By default the length of the longest document where words are
                embedded (Tallec and Ollivier, ICLR 2018: it lets long texts be learned), 0 where they are one-hot and
                where the initialisation is that of the paper.
            initialisation: How the weights are drawn: ``"default"``, as PyTorch draws them, with small vectors; or
                ``"paper"``, with orthogonal vectors, normal matrices, and gates half open (but for the forget gate of
                an LSTM, which begins at 1).

        Raises:
            OptionError: There is no such cell or initialisation, a size is out of range, or vectors are frozen that are
                not there.
            NetworkError: The vectors do not fit the vocabulary, or there are fewer than two classes (or no label).

        Example:
            >>> from slowfold.text.languages import categorical
            >>> corpus = categorical(classes=3).sample(30, seed=0)
            >>> network = Classifier.build(corpus, cell="lstm", hidden=16, seed=0)
            >>> network.cell.size, network.readout.in_features
            (32, 16)
        """
        require_initialisation(initialisation)
        if memory is None and initialisation == "paper":
            memory = 0
        sizes = plan(corpus, hidden=hidden, embedding=embedding, memory=memory, vectors=vectors)
        generator = torch.Generator().manual_seed(seed)
        inputs = sizes.embedding or len(corpus.vocabulary)
        recurrent = build_cell([{"cell": cell, "hidden": sizes.hidden}] * layers, inputs, generator=generator)
        network = cls(
            recurrent,
            vocabulary=corpus.vocabulary,
            class_names=tuple(corpus.class_names),
            kind=corpus.kind,
            embedding=sizes.embedding or None,
            readout_of=readout,
            generator=generator,
        )
        if initialisation == "paper":
            draw_as_paper(network, generator)
        if sizes.memory:
            recurrent.set_memory(sizes.memory, generator)
        network._begin_with(vectors, frozen=frozen)
        return network

    def _begin_with(self, vectors: Tensor | None, *, frozen: bool) -> None:
        if self.embedding is None:
            if frozen:
                raise OptionError("one-hot words have no vectors", where="frozen", cure="give the length of a vector")
            return
        if vectors is not None:
            with torch.no_grad():
                self.embedding.weight.copy_(vectors)
        self.embedding.weight.requires_grad_(not frozen)

    @classmethod
    def from_torch(
        cls,
        embedding: nn.Embedding | None,
        rnn: nn.Module,
        linear: nn.Linear,
        *,
        vocabulary: Vocabulary | Sequence[str],
        class_names: Sequence[str] | None = None,
        kind: Kind = "categorical",
    ) -> Classifier:
        """A network that was trained elsewhere, with PyTorch's own modules: words, embedded, recurrent, read linearly.

        It reads from a state of zero, and decides after the last word of a document; what is said of padding or of
        packing has no part in it. The modules are copied and stay as they are.

        Args:
            embedding: The vectors of the words, or None where the recurrent module is given one-hot words.
            rnn: An ``nn.RNN``, ``nn.GRU`` or ``nn.LSTM`` of one or more layers, documents or time first, or a cell of
                one of them; or one of slowfold's own cells.
            linear: From the last output of ``rnn`` to the logits. A single logit, as trained with
                ``BCEWithLogitsLoss``, becomes two, minus and plus its half: the classes of no and of yes. With
                ``kind="multilabel"`` it stays one label.
            vocabulary: The words, in the order of their numbers. Of a list, ``"<unk>"`` stands for words it lacks.
            class_names: The names of the classes, in the order of the logits; by default ``"class 0"`` and so on.
            kind: What the classes are to each other: ``"categorical"``, ``"ordered"`` or ``"multilabel"``.

        Raises:
            NetworkError: A module is of a kind that cannot be taken over, or the modules do not fit together.
            DataError: A word stands twice in the vocabulary.

        Example:
            >>> words = ("<unk>", "good", "bad")
            >>> modules = nn.Embedding(3, 4), nn.LSTM(4, 8, batch_first=True), nn.Linear(8, 2)
            >>> network = Classifier.from_torch(*modules, vocabulary=words, class_names=("no", "yes"))
            >>> bool(network.word_input("bad").equal(modules[0].weight[2]))
            True
        """
        parts = adopt(embedding, rnn, linear, vocabulary, class_names, kind)
        generator = torch.Generator().manual_seed(0)
        network = cls(
            parts.cell,
            vocabulary=parts.vocabulary,
            class_names=parts.class_names,
            kind=kind,
            embedding=None if parts.embedding is None else parts.embedding.shape[1],
            bias=parts.bias is not None,
            generator=generator,
        ).to(parts.readout)
        bias = {} if parts.bias is None else {"bias": parts.bias}
        network.readout.load_state_dict({"weight": parts.readout, **bias})
        if network.embedding is not None and parts.embedding is not None:
            network.embedding.load_state_dict({"weight": parts.embedding})
        return network

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
        states, offsets, final = read_visited(corpus, self.unroll, self.initial_state)
        logits = self.evidence(final.to(self.device)).cpu()
        return Reading(states, offsets, final, logits, predicted=decide(logits, self.kind))

    @torch.no_grad()
    def final_states(self, corpus: Corpus) -> Float[Tensor, "document unit"]:
        """The state after the last word of every document, [document, unit], for any number of documents.

        Raises:
            NetworkError: The words or classes of the corpus are not those of the network.
        """
        self.require(corpus)
        return read_final(corpus, self.unroll, self.initial_state)

    @torch.no_grad()
    def logits(self, corpus: Corpus) -> Float[Tensor, "document class"]:
        """The logits of every document, [document, class], for any number of documents.

        Raises:
            NetworkError: The words or classes of the corpus are not those of the network.
        """
        return self.evidence(self.final_states(corpus).to(self.device)).cpu()

    def states(self, corpus: Corpus) -> Float[Tensor, "token unit"]:
        """The visited states of every document, one after another, [token, unit]; see :meth:`read`."""
        return self.read(corpus).states

    def accuracy(self, corpus: Corpus) -> float:
        """The share of documents decided right; of several labels a document, the mean over the labels.

        Raises:
            NetworkError: The words or classes of the corpus are not those of the network.
        """
        decided = decide(self.logits(corpus), self.kind)
        return share_correct(decided, torch.from_numpy(np.array(corpus.labels)))

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
        generator = torch.Generator().manual_seed(0)
        network = cls(
            build_cell(config["layers"], config["embedding"] or len(words), generator=generator),
            vocabulary=words,
            class_names=tuple(config["classes"]),
            kind=config["kind"],
            embedding=config["embedding"],
            readout_of=config["readout_of"],
            bias=config["bias"],
            generator=generator,
        ).to(tensors["initial_state"].dtype)
        fill(network, tensors, Path(folder))
        return network

    def require(self, corpus: Corpus) -> None:
        """Raises a NetworkError unless ``corpus`` has the words and the classes of this network."""
        require_match(corpus, self.vocabulary, self.class_names, self.kind)
