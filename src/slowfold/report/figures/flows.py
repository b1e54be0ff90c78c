"""Panel G: where a word carries each state of the slow manifold."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float64

from slowfold.errors import DataError
from slowfold.geometry import measure_deflections
from slowfold.report.figures.canvas import PaperFigure
from slowfold.report.figures.marks import add_cloud
from slowfold.report.figures.request import Request, refused
from slowfold.report.scene import coordinates, frame, spread_out
from slowfold.report.wording import MINUS, listed, number, plural
from slowfold.text import near_names

__all__ = ["draw_flow"]

# Unless words are asked for: the most telling one of each of so many classes, and a common one.
_MOST_WORDS = 5
# Arrows that a plane takes before they hide each other.
_MOST_ARROWS = 160
# Nine of ten arrows are no longer than this share of the window's width.
_REACH, _MOST = 0.09, 0.9


class _Word(NamedTuple):
    number: int
    name: str
    colour: str


def draw_flow(asked: Request) -> PaperFigure:
    """The move F(h, w) - h of one word at states of the slow manifold, as arrows, a plane a word.

    Args:
        asked: What is asked for.

    Raises:
        RunError: The run has no slow manifold, or holds no words though one is asked for.
        DataError: The word is not in the vocabulary.
    """
    run, look = asked.run, asked.look
    analysis = run.analysis
    if "manifold_reached" not in analysis or not (reached := analysis["manifold_reached"].values == 1).any():
        raise refused(asked, "no slow manifold was found")
    words = _asked_for(asked) if asked.words else _telling(asked)
    at = coordinates(run, "manifold_on_components")[reached]
    states = analysis["manifold_state"].values[reached].astype(np.float64)
    network = run.network
    inputs = torch.stack([network.word_input(word.number) for word in words]).detach()
    moves = measure_deflections(network.cell, torch.from_numpy(states), inputs.cpu()).moves.numpy()
    axes = analysis["axes"].values[:2].astype(np.float64)
    arrows = _two(moves[:, :, analysis["read"].values] @ axes.T)
    window = frame(at, room=0.12)
    columns = 1 if len(words) == 1 else 2 if asked.width == "single" else 3
    made, planes = asked.canvas.planes(window, len(words), most=columns, above=0.12)
    shown = spread_out(at, _MOST_ARROWS)
    # One factor for all planes: a neutral word is seen to be one by its short arrows.
    long = float(np.quantile(np.linalg.norm(arrows, axis=2), _MOST))
    factor = _REACH * (window[0][1] - window[0][0]) / long if long > 0 else 1.0
    for plane, word, arrow in zip(planes, words, arrows, strict=True):
        add_cloud(plane, at, look.pale, size=2.5, alpha=0.8)
        plane.quiver(
            *at[shown].T,
            *(factor * arrow[shown]).T,
            angles="xy",
            scale_units="xy",
            scale=1,
            color=word.colour,
            width=0.007 if columns > 1 else 0.0045,
            headwidth=3.6,
            headlength=4,
            headaxislength=3.6,
            zorder=3,
        )
        plane.set_title(asked.canvas.text(word.name), color=word.colour)
    asked.canvas.label_outer(planes, "PC 1", "PC 2", most=columns)
    lengths = [float(np.median(np.linalg.norm(arrow, axis=1))) for arrow in arrows]
    made.caption = (
        f"Where one word carries each state: {listed([_quoted(asked, word) for word in words])}. Arrows that run "
        "alike over all of the surface add the same evidence wherever the state is; where they turn or shrink, the "
        f"word counts for less. F(h, w) {MINUS} h at {plural(len(at), 'state')} of the slow manifold (grey; arrows at "
        f"{len(shown)} of them, far apart), in all units, then on the first two principal components of the visited "
        f"states; all arrows are made longer by one factor, {number(factor)}. Median lengths of the moves: "
        f"{listed([number(length) for length in lengths])}."
    )
    return made


def _asked_for(asked: Request) -> list[_Word]:
    run = asked.run
    if not run.has_words:
        raise refused(asked, "the words of its documents were left out", "leave the word out")
    vocabulary = run.vocabulary
    known = {word: number for number, word in enumerate(vocabulary.words)}
    for word in asked.words:
        if word not in known:
            raise DataError(
                f"the network does not know the word {asked.canvas.text(word)!r}",
                where=str(run.folder),
                cure=near_names(word, list(vocabulary.words)),
            )
    colours = {str(word): _colour(asked, int(label)) for word, label in _favoured(asked)}
    return [_Word(known[word], word, colours.get(word, asked.look.ink)) for word in asked.words]


def _telling(asked: Request) -> list[_Word]:
    """The word of most evidence for each of the first classes, and the commonest of those that speak for none."""
    analysis, look = asked.run.analysis, asked.look
    favours, evidence = analysis["word_favours"].values, analysis["word_evidence"].values
    rows: list[int] = []
    for label in range(min(len(look.class_names), _MOST_WORDS)):
        of_class = np.flatnonzero(favours == label)
        if len(of_class):
            rows.append(int(of_class[evidence[of_class, label].argmax()]))
    rows += np.flatnonzero(favours < 0)[:1].tolist()
    numbers = _numbers(asked)
    return [
        _Word(numbers[name], name, _colour(asked, int(favours[row])))
        for row in rows
        if (name := str(analysis["word"].values[row])) in numbers
    ]


def _numbers(asked: Request) -> dict[str, int]:
    return {word: number for number, word in enumerate(asked.run.network.vocabulary.words)}


def _favoured(asked: Request) -> list[tuple[str, int]]:
    analysis = asked.run.analysis
    return list(zip(analysis["word"].values.tolist(), analysis["word_favours"].values.tolist(), strict=True))


def _colour(asked: Request, label: int) -> str:
    return asked.look.grey if label < 0 else asked.look.class_colours[label]


def _quoted(asked: Request, word: _Word) -> str:
    return f"“{asked.canvas.text(word.name)}”"


def _two(moves: Float64[np.ndarray, "word state component"]) -> Float64[np.ndarray, "word state 2"]:
    """Moves on two components, 0 along the second where there is one."""
    return np.pad(moves, [(0, 0), (0, 0), (0, 2 - moves.shape[2])])
