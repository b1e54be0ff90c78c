"""Modifiers are the words whose change passes, found in a cell of which they are known."""

import pytest
import torch

from geometry.context.reviewer import FAST, PAIR, PROBES, WORDS, Reviewer, words
from slowfold.cells import GRU
from slowfold.errors import OptionError, TensorError
from slowfold.geometry.context import find_modifiers


def scores(cell, *values):
    """States of given scores, with no modifier at work."""
    return cell.state(*((value, 0.0, 0.0, 0.0) for value in values))


def test_not_and_very_come_out_on_top_with_their_factors():
    cell = Reviewer()
    found = find_modifiers(cell, scores(cell, -1.0, 0.0, 2.0), words(*WORDS), PROBES, cell.readout)
    assert [WORDS[row] for row in found.order[:2].tolist()] == ["not", "very"]
    assert found.stands_out.tolist() == [name in ("not", "very") for name in WORDS]
    # 1 - 2 a and 1 + c right after the word, less what is left of both after ten words that say nothing.
    left = (PAIR**10).real
    by_not, by_very = WORDS.index("not"), WORDS.index("very")
    torch.testing.assert_close(found.change[by_not].item(), 2.0)
    torch.testing.assert_close(found.lasting[by_not].item(), 2 * abs(left))
    torch.testing.assert_close(found.passing[by_not].item(), abs(2 - 2 * left))
    torch.testing.assert_close(found.factor.value[by_not].item(), -1 / (1 - 2 * left))
    torch.testing.assert_close(found.factor.value[by_very].item(), 2 / (1 + FAST**10))


def test_a_move_along_a_bent_surface_is_no_modification():
    cell = Reviewer(bend=0.2)
    found = find_modifiers(cell, scores(cell, -1.0, 0.0, 2.0), words(*WORDS), PROBES, cell.readout)
    awesome, very = WORDS.index("awesome"), WORDS.index("very")
    # After `awesome` each word says less, as it does ten words later: a change, and none that passes.
    assert found.change[awesome] > 0.3
    torch.testing.assert_close(found.lasting[awesome], found.change[awesome], rtol=1e-9, atol=0)
    assert found.passing[awesome] < 1e-9
    assert found.passing[very] > 0.9
    assert [WORDS[row] for row in found.order[:2].tolist()] == ["not", "very"]


def test_the_interval_covers_what_differs_between_states():
    # With a bend, `very` doubles less where the score is high; with modifiers at work already, factors differ widely.
    cell = Reviewer()
    draw = torch.Generator().manual_seed(0)
    mixed = cell.state(*torch.rand(30, 4, generator=draw).tolist())
    found = find_modifiers(cell, mixed, words(*WORDS), PROBES, cell.readout)
    even = find_modifiers(cell, scores(cell, 0.0, 1.0), words(*WORDS), PROBES, cell.readout)
    assert (found.factor.low <= found.factor.value).all()
    assert (found.factor.value <= found.factor.high).all()
    assert (found.factor.high - found.factor.low)[WORDS.index("not")] > 0.05
    assert (even.factor.high - even.factor.low).max() < 1e-9


def test_peers_are_the_words_read_about_as_often():
    draw = torch.Generator().manual_seed(0)
    cell = GRU(120, 8, generator=draw)
    with torch.no_grad():
        # The first sixty words are read seldom and were never learned: they move the state a tenth as far.
        cell.rnn.weight_ih_l0[:, :60] *= 0.1
    states = torch.randn(3, 8, generator=draw) / 2
    for _ in range(100):
        states = cell.step(states, torch.zeros(120)).detach()
    # The map forgets where it came from; states that were the same would be refused.
    states = states + 1e-3 * torch.randn(3, 8, generator=draw)
    occurrences = torch.cat([torch.arange(1, 61), torch.arange(1001, 1061)])
    given = (cell, states, torch.eye(120), torch.eye(120)[100:], torch.ones(1, 8))
    together = find_modifiers(*given, settling=3)
    apart = find_modifiers(*given, settling=3, occurrences=occurrences)
    assert torch.equal(together.passing, apart.passing)
    # Among all words the rare ones lie far below; among their peers they lie in the middle.
    assert together.score[:60].mean() < -0.7
    assert abs(apart.score[:50].mean()) < 0.3
    assert apart.expected[:50].max() < apart.expected[70:].min()


def test_a_score_tells_outliers_and_does_not_depend_on_the_seed():
    cell = Reviewer()
    one, two = (
        find_modifiers(cell, scores(cell, -1.0, 2.0), words(*WORDS), PROBES, cell.readout, seed=seed) for seed in (0, 1)
    )
    assert torch.equal(one.score, two.score)
    assert torch.equal(one.factor.value, two.factor.value)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"states": torch.ones(5, 4)}, TensorError, "states: are all the same"),
        ({"states": torch.rand(5, 3), "readout": torch.ones(1, 3)}, TensorError, "the shape is .* has 4 units"),
        ({"words": words("not", "very")}, TensorError, "words: 2 have no peers"),
        ({"probes": words("the")}, TensorError, "probes: say nothing from any state"),
        ({"occurrences": torch.tensor([3, 0, 2])}, TensorError, "occurrences: word 1 never occurs; leave it out"),
        ({"settling": 0}, OptionError, "settling: 0 steps; give 1 or more"),
    ],
)
def test_bad_input_is_refused(change, error, message):
    cell = Reviewer()
    given = {
        "states": scores(cell, 0.0, 1.0),
        "words": words("not", "very", "the"),
        "probes": PROBES,
        "readout": cell.readout,
    } | change
    with pytest.raises(error, match=message):
        find_modifiers(cell, **given)
