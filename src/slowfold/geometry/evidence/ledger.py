"""The ledger of one text: what each word put into the logits, what became of it, and what is not linear."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from slowfold.cells import Cell
from slowfold.errors import OptionError, TensorError
from slowfold.geometry.evidence.transposes import Linearized, linearize_steps

__all__ = ["Bookkeeper", "Ledger", "ReadoutOf", "keep_ledger"]

ReadoutOf = Literal["output", "state"]
"""What a readout reads: the output of a cell, or its whole state."""

# So many steps are linearised at a time: a text of any length is gone through in the same memory.
_AT_ONCE = 256
# What the held input alone does is remembered for this many tokens: 8 MB at 256 units.
_REMEMBERED = 4096


@dataclass(frozen=True)
class Ledger:
    """The account of one text, in nats of evidence, all in float64 on the CPU.

    With W the readout, h the state before a word x and x* the input held, every step is split in two: what the word
    does beside the held input, and what the state does by itself. Both telescope, so that ``start`` and the sums of
    ``input_part`` and ``drift_part`` are the logits to rounding, whatever the network.

    What is left of a word at the end is an account to first order: with A the Jacobians dF/dh of the steps that were
    taken and J_in = dF/dx at the held input, ``evidence`` and ``forgotten`` split what the word put in,
    W J_in (x - x*), into what the end still holds of it and what faded; what a word left grew where it has forgotten
    less than nothing. ``wordless``, the sum of ``evidence`` and ``remainder`` are the logits: the remainder is all that
    is not linear.

    Attributes:
        input_part: What each word did, W (F(h, x) - F(h, x*)), [token, class].
        drift_part: What the state did by itself, W (F(h, x*) - h), [token, class].
        start: The logits before the first word, [class].
        evidence: What the end holds of each word, W A_T ... A_(t+1) J_in (x_t - x*), [token, class].
        forgotten: What it held when it was read and no longer at the end, W J_in (x_t - x*) - evidence, [token, class].
        wordless: The logits after as many tokens of the held input and no word, [class].
        remainder: The logits less ``wordless`` and the sum of the evidence, [class].
        logits: The logits after the last word, [class].
        states: The initial state, then that after each word, [token + 1, unit].
        running: The logits in each of these states, [token + 1, class].
    """

    input_part: Float64[Tensor, "token class"]
    drift_part: Float64[Tensor, "token class"]
    start: Float64[Tensor, " class"]
    evidence: Float64[Tensor, "token class"]
    forgotten: Float64[Tensor, "token class"]
    wordless: Float64[Tensor, " class"]
    remainder: Float64[Tensor, " class"]
    logits: Float64[Tensor, " class"]
    states: Float64[Tensor, "token_and_one unit"]
    running: Float64[Tensor, "token_and_one class"]

    @property
    def linear(self) -> Float64[Tensor, " class"]:
        """The logits by the linear account alone, ``wordless`` and the sum of the evidence, [class]."""
        return self.wordless + self.evidence.sum(dim=0)

    def _repr_html_(self) -> str:
        # A notebook asks for this; whoever computes needs no markup.
        from slowfold.geometry.evidence.markup import ledger_html

        tokens, classes = self.evidence.shape
        return ledger_html(self, [f"token {t}" for t in range(tokens)], [f"class {c}" for c in range(classes)])

    def __len__(self) -> int:
        return len(self.evidence)

    def __repr__(self) -> str:
        logits = ", ".join(f"{value:.3g}" for value in self.logits.tolist())
        return f"Ledger({len(self)} tokens, logits {logits})"


def keep_ledger(
    cell: Cell,
    readout_weight: Float[Tensor, "class read"],
    readout_bias: Float[Tensor, " class"] | None,
    initial_state: Float[Tensor, " unit"],
    inputs: Float[Tensor, "token input"],
    held_input: Float[Tensor, " input"],
    readout_of: ReadoutOf = "output",
) -> Ledger:
    """Keeps the ledger of one text.

    Args:
        cell: The cell; it is not changed.
        readout_weight: W, [class, read].
        readout_bias: b, [class], or None where the readout has none.
        initial_state: The state before the first word, [unit].
        inputs: The input vector of each word of the text, [token, input].
        held_input: x*, what words are measured against, such as zero or the mean input, [input].
        readout_of: What W reads: ``"output"``, the output of the cell, or ``"state"``, all of it.

    Raises:
        TensorError: The parts do not fit together, one holds NaN or infinity, or there is no input.
        OptionError: There is nothing called ``readout_of`` to read.

    Source:
        Maheswaranathan et al., "Reverse engineering recurrent networks for sentiment classification reveals line
        attractor dynamics", NeurIPS 2019, for the linear account; here along the states of the text itself.

    Example:
        >>> from slowfold.cells import GRU
        >>> draw = torch.Generator().manual_seed(0)
        >>> cell, readout = GRU(2, 3, generator=draw), torch.randn(4, 3, generator=draw)
        >>> ledger = keep_ledger(cell, readout, None, torch.zeros(3), torch.eye(2)[[0, 1, 1]], torch.zeros(2))
        >>> parts = ledger.start + (ledger.input_part + ledger.drift_part).sum(dim=0)
        >>> bool((parts - ledger.logits).abs().max() < 1e-12)
        True
    """
    keeper = Bookkeeper(cell, readout_weight, readout_bias, initial_state, held_input, readout_of)
    return keeper.keep(inputs)


class Bookkeeper:
    """Keeps the ledgers of many texts: what does not depend on the text is done once.

    Args:
        cell: The cell; it is copied and not changed.
        readout_weight: W, [class, read].
        readout_bias: b, [class], or None where the readout has none.
        initial_state: The state before the first word, [unit].
        held_input: x*, what words are measured against, [input].
        readout_of: What W reads: ``"output"`` or ``"state"``.

    Raises:
        TensorError: The parts do not fit together, or one holds NaN or infinity.
        OptionError: There is nothing called ``readout_of`` to read.
    """

    def __init__(
        self,
        cell: Cell,
        readout_weight: Float[Tensor, "class read"],
        readout_bias: Float[Tensor, " class"] | None,
        initial_state: Float[Tensor, " unit"],
        held_input: Float[Tensor, " input"],
        readout_of: ReadoutOf = "output",
    ) -> None:
        self.cell = cell.frozen().cpu()
        self.initial_state = _vector(initial_state, cell.size, "the initial state")
        self.held_input = _vector(held_input, cell.input_size, "the held input")
        self.weight = _over_state(self.cell, readout_weight, readout_of)
        classes = len(self.weight)
        self.bias = (
            self.weight.new_zeros(classes) if readout_bias is None else _vector(readout_bias, classes, "the bias")
        )
        # The states that the held input alone leads to, from the initial one on: as many as were asked for so far.
        self._wordless = self.initial_state.unsqueeze(0)

    @torch.no_grad()
    def keep(self, inputs: Float[Tensor, "token input"]) -> Ledger:
        """The ledger of one text, from the input vector of each of its words.

        Raises:
            TensorError: The inputs have the wrong shape, are none, or hold NaN or infinity.
        """
        given = self._inputs(inputs)
        states = self._read(given)
        before, after = states[:-1], states[1:]
        drifted, put_in, kept = self._carry(states, given)
        running = self._logits(states)
        wordless = self._logits(self._rest(len(given)))
        return Ledger(
            input_part=(after - drifted) @ self.weight.T,
            drift_part=(drifted - before) @ self.weight.T,
            start=running[0].clone(),
            evidence=kept,
            forgotten=put_in - kept,
            wordless=wordless,
            remainder=running[-1] - wordless - kept.sum(dim=0),
            logits=running[-1].clone(),
            states=states,
            running=running,
        )

    @torch.no_grad()
    def sensitivity(self, inputs: Float[Tensor, "token input"]) -> Float64[Tensor, "token class gate"]:
        """How the logits at the end answer to what drives each step of a text, [token, class, gate].

        The drive is taken at the held input and the state of each step. So times ``drive(x) - drive(x*)`` it is the
        evidence at the end that any word x would have been in that place, whichever word stands there.

        Raises:
            TensorError: The inputs have the wrong shape, are none, or hold NaN or infinity.
        """
        given = self._inputs(inputs)
        parts = list[Tensor]()
        for _, _, at_rest, at_end in self._from_the_end(self._read(given), given):
            parts.append(at_rest.pull_to_drives(at_end))
        return torch.cat(parts[::-1])

    def _inputs(self, inputs: Tensor) -> Tensor:
        if inputs.dim() != 2 or inputs.shape[1] != self.cell.input_size:
            raise TensorError(
                f"inputs have shape {tuple(inputs.shape)}, the cell takes [token, {self.cell.input_size}]"
            )
        if not len(inputs):
            raise TensorError("there is no input", cure="give at least one word")
        return _finite(inputs, "an input")

    def _read(self, inputs: Tensor) -> Tensor:
        """The initial state and that after each input, [token + 1, unit]."""
        states = [self.initial_state.unsqueeze(0)]
        for part in inputs.split(_REMEMBERED):
            states.append(self.cell.unroll(part.unsqueeze(0), states[-1][-1:])[0])
        return torch.cat(states)

    def _logits(self, states: Tensor) -> Tensor:
        return states @ self.weight.T + self.bias

    def _rest(self, tokens: int) -> Tensor:
        """The state after so many tokens of the held input and no word, [unit]."""
        # Several threads may ask at once. Each goes on from one path, and the path it leaves is whole.
        path = self._wordless
        missing = min(tokens, _REMEMBERED) + 1 - len(path)
        if missing > 0:
            self._wordless = path = torch.cat([path, self._hold(path[-1], missing)])
        state = path[min(tokens, _REMEMBERED)]
        for begin in range(_REMEMBERED, tokens, _REMEMBERED):
            state = self._hold(state, min(_REMEMBERED, tokens - begin))[-1]
        return state

    def _hold(self, state: Tensor, tokens: int) -> Tensor:
        return self.cell.unroll(self.held_input.expand(1, tokens, -1), state.unsqueeze(0))[0]

    def _carry(self, states: Tensor, inputs: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Where the held input would have led from before each word, [token, unit], and what each word is worth.

        That is to first order what it put into the logits, and what is left of it at the end, [token, class].
        """
        drifted = torch.empty_like(states[1:])
        put_in = inputs.new_empty(len(inputs), len(self.weight))
        kept = torch.empty_like(put_in)
        for part, change, at_rest, at_end in self._from_the_end(states, inputs):
            moves = at_rest.push(change)
            drifted[part] = at_rest.after
            put_in[part] = moves @ self.weight.T
            kept[part] = torch.linalg.vecdot(at_end, moves.unsqueeze(1))
        return drifted, put_in, kept

    def _from_the_end(self, states: Tensor, inputs: Tensor) -> Iterator[tuple[slice, Tensor, Linearized, Tensor]]:
        """Part by part: what each word adds to the drive, the steps at the held input, and W A_T ... A_(t+1)."""
        covectors, held_drive = self.weight, self.cell.drive(self.held_input)
        for part in _parts_from_the_end(len(inputs)):
            before, drives = states[:-1][part], self.cell.drive(inputs[part])
            steps = linearize_steps(self.cell, before, drives)
            at_end = before.new_empty(len(before), *self.weight.shape)
            for step in reversed(range(len(before))):
                at_end[step] = covectors
                covectors = steps.pull(covectors, step)
            yield part, drives - held_drive, linearize_steps(self.cell, before, held_drive.expand_as(drives)), at_end


def _parts_from_the_end(count: int) -> Iterator[slice]:
    for end in range(count, 0, -_AT_ONCE):
        yield slice(max(0, end - _AT_ONCE), end)


def _over_state(cell: Cell, weight: Tensor, readout_of: str) -> Tensor:
    """The readout as one of the whole state, [class, unit]: zero where it does not look."""
    if readout_of not in ("output", "state"):
        raise OptionError(f"there is no {readout_of!r} to read", where="readout_of", cure="choose from output, state")
    read = cell.output_size if readout_of == "output" else cell.size
    if weight.dim() != 2 or weight.shape[1] != read:
        raise TensorError(
            f"the readout has shape {tuple(weight.shape)}, the {readout_of} of the cell asks for [class, {read}]"
        )
    own = _finite(weight, "the readout")
    if readout_of == "state":
        return own
    # The output is a part of the state: which part, the numbers of the units tell.
    whole = own.new_zeros(len(own), cell.size)
    whole[:, cell.output(torch.arange(cell.size, dtype=torch.float64)).long()] = own
    return whole


def _vector(values: Tensor, size: int, name: str) -> Tensor:
    if values.shape != (size,):
        raise TensorError(f"{name} has shape {tuple(values.shape)}, not ({size},)")
    return _finite(values, name)


def _finite(values: Tensor, name: str) -> Tensor:
    own = values.detach().to("cpu", torch.float64, copy=True)
    if not torch.isfinite(own).all():
        raise TensorError(f"{name} holds NaN or infinity")
    return own
