"""Fixed points are followed to where they are known to go, past folds, and what cannot be followed is said to be so."""

import itertools
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import zoo
from slowfold.cells import GRU, LSTM, Vanilla
from slowfold.dynamics import Verdict, find_fixed_points
from slowfold.dynamics.continuation import Ending, continue_census, continue_ghosts, continue_points
from slowfold.dynamics.families import Family
from slowfold.errors import OptionError, TensorError

LEFT = (Ending.LEFT, Ending.LEFT)


def column(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64).unsqueeze(1)


def in_order(points: torch.Tensor) -> list[float]:
    return points.flatten().sort().values.tolist()


def birth(fold: float) -> Family:
    """Two points +-sqrt(s - fold), born at s = fold."""
    return Family(lambda h, s: h + (s.unsqueeze(1) - fold - h**2) / 2, size=1)


def swing(reach: float = 0.4, size: int = 1) -> Family:
    """Each unit a root of h - h^3 + p, p from -reach to +reach: from the low one, round two folds, to the high one."""
    return Family(lambda h, s: h + (reach * (2 * s.unsqueeze(1) - 1) + h - h**3) / 2, size=size)


def roots(*coefficients: float) -> list[float]:
    """The real roots of a polynomial, greatest power first, by the eigenvalues of its companion matrix."""
    leading, *rest = (torch.tensor(c, dtype=torch.float64) for c in coefficients)
    companion = torch.diag(torch.ones(len(rest) - 1, dtype=torch.float64), -1)
    companion[0] = -torch.stack(rest) / leading
    values = torch.linalg.eigvals(companion)
    return in_order(values.real[values.imag.abs() < 1e-9])


def one_unit(weight: float) -> Vanilla:
    """h' = tanh(weight h + x): a cell whose fixed points solve atanh(h) - weight h = x."""
    cell = Vanilla(1, 1, generator=torch.Generator().manual_seed(0)).double()
    with torch.no_grad():
        for parameter, value in zip(cell.parameters(), (1.0, weight, 0.0, 0.0), strict=True):
            parameter.fill_(value)
    return cell


@pytest.mark.parametrize("fold", [0.01, 0.25, 0.7, 0.999])
def test_two_branches_meet_at_a_fold_and_are_one(fold):
    root = math.sqrt(1 - fold)
    found = continue_points(birth(fold), column(root, -root), at=1.0)
    assert found.member.tolist() == [0, 0]
    assert found.branches[0].endings == LEFT
    assert found.folds.share.tolist() == [pytest.approx(fold, abs=1e-9)]
    assert found.folds.point.item() == pytest.approx(0, abs=1e-6)
    assert in_order(found.at(1.0)) == pytest.approx([-root, root], abs=1e-12)
    assert len(found.at(0.0)) == 0


def test_an_s_shaped_branch_goes_round_both_its_folds():
    family = swing()
    found = continue_points(family, column(roots(-1, 0, 1, -0.4)[0]))
    # The folds of h - h^3 + p lie where 1 = 3 h^2, at p = -+2 / (3 sqrt 3).
    turn = 2 / (3 * math.sqrt(3))
    assert in_order(found.folds.share) == pytest.approx([(1 - turn / 0.4) / 2, (1 + turn / 0.4) / 2], abs=1e-9)
    assert in_order(found.folds.point) == pytest.approx([-1 / math.sqrt(3), 1 / math.sqrt(3)], abs=1e-6)
    assert in_order(found.at(1.0)) == pytest.approx(roots(-1, 0, 1, 0.4), abs=1e-12)
    path = found.branches[0]
    residual = family(path.state, path.share) - path.state
    assert residual.abs().max() < 1e-12
    assert path.share[0] == 0
    assert path.share[-1] == 1
    assert (path.state.diff(dim=0) > 0).all()


def test_a_point_that_a_search_from_the_other_census_misses_is_found():
    family, low = swing(), column(roots(-1, 0, 1, -0.4)[0])
    assert find_fixed_points(family.hold(1.0), low).verdict == (Verdict.GHOST,)
    found = find_fixed_points(family.hold(1.0), continue_points(family, low).at(1.0))
    assert found.verdict == (Verdict.FIXED,)


@pytest.mark.parametrize("unfolding", [0.02, -0.3])
def test_an_unfolded_pitchfork_is_a_branch_and_an_arc(unfolding):
    family = Family(lambda h, s: h + ((2 * s.unsqueeze(1) - 1) * h - h**3 + unfolding) / 2, size=1)
    start, ends = roots(-1, 0, -1, unfolding), roots(-1, 0, 1, unfolding)
    assert (len(start), len(ends)) == (1, 3)
    through = continue_points(family, column(*start))
    assert in_order(through.at(1.0)) == pytest.approx([ends[2] if unfolding > 0 else ends[0]], abs=1e-12)
    assert len(through.folds) == 0
    both = continue_points(family, column(start[0], ends[2], ends[0]), torch.tensor([0.0, 1.0, 1.0]))
    assert in_order(both.at(1.0)) == pytest.approx(ends, abs=1e-12)
    assert sorted(both.member.tolist()) == [0, 0, 1]
    # The fold of h^3 - a h - e is at a = 3 (e / 2)^(2/3).
    fold = 3 * (abs(unfolding) / 2) ** (2 / 3)
    assert both.folds.share.tolist() == [pytest.approx((1 + fold) / 2, abs=1e-9)]


def test_a_branch_passes_a_meeting_and_says_where():
    family = Family(lambda h, s: h + ((2 * s.unsqueeze(1) - 1) * h - h**3) / 2, size=1)
    straight = continue_points(family, column(0.0))
    assert in_order(straight.at(1.0)) == [0.0]
    assert straight.meetings.share.tolist() == [pytest.approx(0.5, abs=1e-3)]
    assert len(straight.folds) == 0
    bent = continue_points(family, column(1.0), at=1.0)
    assert in_order(bent.at(1.0)) == pytest.approx([-1, 1], abs=1e-12)
    assert bent.meetings.share.tolist() == [pytest.approx(0.5, abs=1e-3)]


@pytest.mark.parametrize("apart", [0.3, 0.02])
def test_a_branch_does_not_jump_to_its_neighbour(apart):
    def step(h: torch.Tensor, s: torch.Tensor) -> torch.Tensor:
        way = torch.sin(9 * s.unsqueeze(1))
        return h + (h - way) * (h - way - apart)

    found = continue_points(Family(step, size=1), column(0.0, apart))
    assert found.member.tolist() == [0, 1]
    assert found.at(1.0).flatten().tolist() == pytest.approx([math.sin(9), math.sin(9) + apart], abs=1e-12)
    assert found.count(Ending.LEFT) == 4
    assert len(found.meetings) == len(found.folds) == 0


def test_a_closed_loop_is_followed_once_round():
    radius = 0.3
    family = Family(lambda h, s: h + (radius**2 - h**2 - (s.unsqueeze(1) - 0.5) ** 2) / 2, size=1)
    found = continue_points(family, column(radius, -radius), at=0.5)
    assert found.member.tolist() == [0, 0]
    assert found.branches[0].endings == (Ending.CLOSED, Ending.CLOSED)
    assert in_order(found.folds.share) == pytest.approx([0.5 - radius, 0.5 + radius], abs=1e-9)
    assert len(found.crossings) == 0
    away = (found.branches[0].share - 0.5).square() + found.branches[0].state.flatten().square()
    torch.testing.assert_close(away, torch.full_like(away, radius**2), rtol=0, atol=1e-10)


@pytest.mark.parametrize("ghost", [0.0, 0.05])
def test_a_ghost_leads_to_a_closed_loop_that_no_known_point_touches(ghost):
    family = Family(lambda h, s: h + (0.09 - h**2 - (s.unsqueeze(1) - 0.5) ** 2) / 2, size=1)
    found = continue_ghosts(family, column(ghost))
    assert found.count(Ending.CLOSED) == 2
    assert in_order(found.folds.share) == pytest.approx([0.2, 0.8], abs=1e-9)
    assert found.branches[0].share.min() >= 0.2 - 1e-9


@pytest.mark.parametrize("at", [0.0, 0.3])
def test_a_loop_round_both_inputs_has_each_crossing_once(at):
    family = Family(lambda h, s: h + (1.0 - h**2 - (s.unsqueeze(1) - 0.5) ** 2) / 2, size=1)
    found = continue_points(family, column(math.sqrt(1 - (at - 0.5) ** 2)), at=at, beyond=1.0)
    assert found.count(Ending.CLOSED) == 2
    for share in (0.0, 1.0):
        assert in_order(found.at(share)) == pytest.approx([-math.sqrt(0.75), math.sqrt(0.75)], abs=1e-12)
    assert in_order(found.folds.share) == pytest.approx([-0.5, 1.5], abs=1e-9)


def test_a_branch_that_turns_beyond_the_end_is_found_only_beyond():
    family = Family(lambda h, s: h + (1.2 - s.unsqueeze(1) - h**2) / 2, size=1)
    low = column(math.sqrt(1.2))
    assert len(continue_points(family, low).at(1.0)) == 1
    beyond = continue_points(family, low, beyond=0.5)
    assert in_order(beyond.at(1.0)) == pytest.approx([-math.sqrt(0.2), math.sqrt(0.2)], abs=1e-12)
    assert in_order(beyond.at(0.0)) == pytest.approx([-math.sqrt(1.2), math.sqrt(1.2)], abs=1e-12)
    assert beyond.folds.share.tolist() == [pytest.approx(1.2, abs=1e-9)]
    share = beyond.branches[0].share
    assert (share[0], share[-1]) == (-0.5, -0.5)


@pytest.mark.parametrize("past", [1e-2, 1e-4, 1e-6])
def test_a_fold_close_behind_the_end_does_not_hide_the_points_before_it(past):
    family = Family(lambda h, s: h + (1 + past - s.unsqueeze(1) - h**2) / 2, size=1)
    root = math.sqrt(past)
    stopped = continue_points(family, column(math.sqrt(1 + past)))
    assert in_order(stopped.at(1.0)) == pytest.approx([root], rel=1e-6)
    assert len(stopped.folds) == 0
    assert in_order(continue_points(family, column(math.sqrt(1 + past)), beyond=1.0).at(1.0)) == pytest.approx(
        [-root, root], rel=1e-6
    )


@pytest.mark.parametrize("fold", [0.05, 0.4])
@pytest.mark.parametrize("at", [0.0, 0.02])
def test_a_ghost_opens_into_the_pair_that_is_born_there(fold, at):
    found = continue_ghosts(birth(fold), column(0.1), at=at)
    assert found.member.tolist() == [0]
    assert found.folds.share.tolist() == [pytest.approx(fold, abs=1e-6)]
    assert in_order(found.at(1.0)) == pytest.approx([-math.sqrt(1 - fold), math.sqrt(1 - fold)], abs=1e-12)


def test_a_ghost_that_opens_at_no_input_between_is_on_no_branch():
    assert continue_ghosts(birth(1.5), column(0.0)).member.tolist() == [-1]
    assert continue_ghosts(birth(1.5), column(0.0), beyond=1.0).member.tolist() == [0]
    never = Family(lambda h, s: h + 1 + h**2 + 0 * s.unsqueeze(1), size=1)
    assert continue_ghosts(never, column(0.0)).member.tolist() == [-1]


def test_a_tanh_unit_swings_over_at_its_known_folds():
    weight = 2.0
    family = Family.between(one_unit(weight), torch.tensor([-1.0]), torch.tensor([1.0]))
    low = find_fixed_points(family.hold(0.0), column(-0.9, 0.0, 0.9)).distinct
    assert len(low) == 1
    found = continue_points(family, low.point)
    # tanh'(x) = 1 / weight where h^2 = 1 - 1 / weight, and there x = atanh(h) - weight h.
    turn = math.sqrt(1 - 1 / weight)
    force = weight * turn - math.atanh(turn)
    assert in_order(found.folds.share) == pytest.approx([(1 - force) / 2, (1 + force) / 2], abs=1e-9)
    assert found.at(1.0).item() == pytest.approx(-low.point.item(), abs=1e-12)


def test_two_tanh_units_have_nine_points_between_and_one_branch_holds_three():
    cell = Vanilla(1, 2, generator=torch.Generator().manual_seed(0)).double()
    with torch.no_grad():
        cell.rnn.weight_ih_l0.copy_(torch.tensor([[1.0], [0.5]]))
        cell.rnn.weight_hh_l0.copy_(torch.tensor([[2.0, 0.3], [-0.2, 1.8]]))
        cell.rnn.bias_ih_l0.zero_()
        cell.rnn.bias_hh_l0.zero_()
    family = Family.between(cell, torch.tensor([-1.5]), torch.tensor([1.5]))
    draw = 2 * torch.rand(80, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64) - 1
    start, middle, end = (find_fixed_points(family.hold(share), draw).distinct.point for share in (0.0, 0.5, 1.0))
    assert len(middle) == 9
    known = torch.cat([start, middle, end])
    at = torch.cat([torch.full((len(points),), s) for points, s in ((start, 0.0), (middle, 0.5), (end, 1.0))])
    found = continue_points(family, known, at)
    assert (found.member >= 0).all()
    assert found.count(Ending.BUDGET) == found.count(Ending.LOST) == 0
    assert in_order(found.at(0.0)[:, 0]) == pytest.approx(in_order(start[:, 0]), abs=1e-9)
    assert in_order(found.at(1.0)[:, 0]) == pytest.approx(in_order(end[:, 0]), abs=1e-9)


def test_a_pair_that_lies_on_no_known_branch_comes_of_a_ghost():
    def step(h: torch.Tensor, s: torch.Tensor) -> torch.Tensor:
        low, high = h[:, :1], h[:, 1:]
        return torch.cat([low / 2, high + (s.unsqueeze(1) - 0.4 - high**2) / 2], dim=1)

    family = Family(step, size=2)
    assert len(find_fixed_points(family.hold(0.0), torch.zeros(1, 2)).ghosts) == 1
    pair = continue_ghosts(family, torch.zeros(1, 2)).at(1.0)
    assert in_order(pair[:, 1]) == pytest.approx([-math.sqrt(0.6), math.sqrt(0.6)], abs=1e-12)
    assert len(continue_points(family, pair[:1], at=1.0).at(1.0)) == 2


@settings(max_examples=12)
@given(
    start=st.tuples(st.floats(-1, 1), st.floats(-1, 1)),
    end=st.tuples(st.floats(-1, 1), st.floats(-1, 1)),
    turn=st.floats(0, 3),
)
def test_the_roots_at_both_ends_are_joined_by_branches(start, end, turn):
    def coefficient(s: torch.Tensor, row: int) -> torch.Tensor:
        return torch.lerp(torch.full_like(s, start[row]), torch.full_like(s, end[row]), s).unsqueeze(1)

    # In two units, turned against each other, so that nothing happens along an axis.
    turned = torch.tensor([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]], dtype=torch.float64)

    def step(h: torch.Tensor, s: torch.Tensor) -> torch.Tensor:
        own = h @ turned.T
        cubic = coefficient(s, 0) + coefficient(s, 1) * own[:, :1] - own[:, :1] ** 3
        return h + torch.cat([cubic / 2, -0.3 * own[:, 1:]], dim=1) @ turned

    at_start, at_end = roots(-1, 0, start[1], start[0]), roots(-1, 0, end[1], end[0])
    apart = min(
        [abs(one - other) for known in (at_start, at_end) for one, other in itertools.pairwise(known)],
        default=1.0,
    )
    triple = min(abs(start[0]) + abs(start[1]), abs(end[0]) + abs(end[1]))
    if apart < 1e-3 or triple < 1e-3:  # a double root at an end, where no branch crosses it
        return
    known = torch.tensor([[root, 0.0] for root in at_start + at_end], dtype=torch.float64) @ turned
    shares = torch.tensor([0.0] * len(at_start) + [1.0] * len(at_end))
    found = continue_points(Family(step, size=2), known, shares)
    assert found.count(Ending.LEFT) == 2 * len(found) == len(known)
    assert (found.member >= 0).all()
    for share, expected in ((0.0, at_start), (1.0, at_end)):
        own = found.at(share) @ turned.T
        assert in_order(own[:, 0]) == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize("make", [GRU, LSTM])
def test_a_trip_there_and_back_ends_where_it_began(make):
    cell = make(3, 12, generator=torch.Generator().manual_seed(5)).double()
    with torch.no_grad():
        cell.rnn.weight_hh_l0.mul_(7.0)
        cell.rnn.weight_ih_l0.mul_(3.0)
    family = Family.between(cell, torch.zeros(3), torch.tensor([0.3, -0.5, 0.4]))
    draw = 2 * torch.rand(60, cell.size, generator=torch.Generator().manual_seed(0), dtype=torch.float64) - 1
    start = find_fixed_points(family.hold(0.0), draw).distinct.point
    assert len(start) > 1
    there = continue_points(family, start)
    assert there.count(Ending.BUDGET) == there.count(Ending.LOST) == 0
    held = family.hold(1.0)
    assert (held.speed(there.at(1.0)) < 1e-20).all()
    assert there.at(1.0).shape[1] == cell.size
    # Where both ends of a branch lie at the start nothing leads back to it from the other end.
    back = continue_points(family, there.at(1.0), at=1.0)
    through = torch.cat([there.crossings.branch[there.crossings.share == 1.0]])
    reached = there.at(0.0)[torch.isin(there.crossings.branch[there.crossings.share == 0.0], through)]
    assert len(back.at(0.0)) == len(reached) > 0
    assert (torch.cdist(reached, back.at(0.0)).min(dim=1).values < 1e-9).all()


@pytest.mark.parametrize(("seed", "beyond"), [(0, 10.0), (7, 1.0)])
def test_one_census_continued_holds_all_of_a_wide_search_at_the_other_input(seed, beyond):
    cell = zoo.random_gru(6, seed, gain=9.0)
    family = Family.between(cell, torch.zeros(3, dtype=torch.float64), torch.ones(3, dtype=torch.float64))
    draw = 2 * torch.rand(120, 6, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) - 1
    start = find_fixed_points(family.hold(0.0), draw[:60])
    wide = find_fixed_points(family.hold(1.0), draw).distinct.point
    found = continue_census(family, start, beyond=beyond)
    assert found.count(Ending.LOST) == found.count(Ending.BUDGET) == 0
    assert len(found.folds) > 0
    assert (torch.cdist(wide, found.at(1.0)).min(dim=1).values < 1e-8).all()
    assert (torch.cdist(start.distinct.point, found.at(0.0)).min(dim=1).values < 1e-8).all()
    assert len(found.member) == len(start.distinct) + len(start.ghosts)


def test_two_censuses_have_their_branches_once():
    family = swing()
    start, end = (find_fixed_points(family.hold(share), column(-1.0, 0.0, 1.0)) for share in (0.0, 1.0))
    assert [len(census.distinct) for census in (start, end)] == [1, 1]
    found = continue_census(family, start, end)
    assert len(found) == 1
    assert set(found.member.tolist()) == {0}
    assert len(found.member) == 2 + len(start.ghosts) + len(end.ghosts) > 2


def test_a_point_that_is_not_fixed_is_on_no_branch():
    found = continue_points(birth(0.25), column(0.0, 1.0), at=0.0)
    assert found.member.tolist() == [-1, -1]
    assert len(found) == len(found.crossings) == len(found.folds) == 0
    assert found.at(1.0).shape == (0, 1)


def test_a_branch_that_breaks_off_is_lost_and_too_few_steps_are_said_to_be_too_few():
    def broken(h: torch.Tensor, s: torch.Tensor) -> torch.Tensor:
        return h / 2 + torch.where(s > 0.6, 5.0, 0.0).unsqueeze(1)

    lost = continue_points(Family(broken, size=1), column(0.0))
    assert lost.branches[0].endings == (Ending.LEFT, Ending.LOST)
    assert lost.branches[0].share[-1].item() == pytest.approx(0.6, abs=1e-5)
    assert len(lost.at(1.0)) == 0
    short = continue_points(swing(), column(roots(-1, 0, 1, -0.4)[0]), max_steps=3)
    assert short.branches[0].endings == (Ending.LEFT, Ending.BUDGET)
    assert len(short.at(1.0)) == 0
    assert "1 ran out of steps" in repr(short)


def test_nothing_of_the_callers_is_changed_and_a_trip_can_be_repeated():
    family, start = swing(size=2), torch.full((1, 2), roots(-1, 0, 1, -0.4)[0])
    before = start.clone()
    one, other = continue_points(family, start), continue_points(family, start)
    assert torch.equal(start, before)
    assert torch.equal(one.branches[0].state, other.branches[0].state)


@pytest.mark.parametrize(
    "options", [{"at": -0.1}, {"at": 1.1}, {"beyond": -1.0}, {"beyond": math.inf}, {"max_steps": 0}]
)
def test_options_out_of_range_are_refused(options):
    with pytest.raises(OptionError):
        continue_points(swing(), column(0.0), **options)


def test_points_and_shares_must_fit():
    with pytest.raises(TensorError, match="shares"):
        continue_points(swing(), column(0.0, 0.1), at=torch.zeros(3))
    with pytest.raises(TensorError, match="takes"):
        continue_ghosts(swing(), torch.zeros(1, 2))
