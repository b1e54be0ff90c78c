"""Every start gets a verdict, and the verdict is true, on maps whose fixed points are known."""

import itertools

import jaxtyping
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import zoo
from slowfold.cells import GRU, LSTM, UGRNN, Box, Vanilla
from slowfold.dynamics import (
    Map,
    Verdict,
    audit,
    find_fixed_points,
    levenberg_marquardt,
    search_on,
)
from slowfold.errors import OptionError, TensorError


def starts(count: int, size: int, spread: float = 1.0, seed: int = 0) -> torch.Tensor:
    draw = torch.Generator().manual_seed(seed)
    return spread * (2 * torch.rand(count, size, generator=draw, dtype=torch.float64) - 1)


@given(spectrum=st.lists(st.floats(-0.95, 0.95), min_size=1, max_size=8), seed=st.integers(0, 30))
def test_an_affine_map_has_its_one_point(spectrum, seed):
    held, centre, _ = zoo.affine(spectrum, seed)
    points = find_fixed_points(held, starts(6, len(spectrum), 3.0, seed))
    assert points.verdict == (Verdict.FIXED,) * 6
    assert len(points.distinct) == 1
    torch.testing.assert_close(points.distinct.point[0], centre, rtol=0, atol=1e-9)
    assert points.distinct.multiplicity.tolist() == [6]
    assert points.distinct.index.tolist() == [1]


@pytest.mark.parametrize("size", [1, 2, 3])
def test_all_points_of_a_grid_of_wells_are_found_with_their_stability(size):
    held = zoo.cubic(size)
    points = find_fixed_points(held, starts(600, size, 1.2))
    found = {tuple(point.round().int().tolist()): row for row, point in enumerate(points.distinct.point)}
    assert set(found) == set(itertools.product([-1, 0, 1], repeat=size))
    for corner, row in found.items():
        zeros = corner.count(0)
        assert points.distinct.unstable[row] == zeros
        assert points.distinct.index[row] == (-1) ** zeros


@pytest.mark.parametrize(("slope", "indices"), [(0.8, [1]), (2.0, [-1, 1, 1])])
def test_a_pitchfork_before_and_after(slope, indices):
    held = zoo.pitchfork(slope)
    points = find_fixed_points(held, starts(40, 1))
    assert sorted(points.distinct.index.tolist()) == indices
    assert audit(held, points).sum == 1
    assert audit(held, points).complete


def test_a_pitchfork_at_the_bifurcation_is_degenerate_and_has_no_audit():
    held = zoo.pitchfork(1.0)
    points = find_fixed_points(held, starts(20, 1), max_steps=2000)
    assert Verdict.FIXED not in points.verdict
    assert points.count(Verdict.DEGENERATE) == 20
    assert not audit(held, points).applicable
    assert "degenerate" in str(audit(held, points))


def test_a_saddle_node_leaves_two_points_then_a_ghost():
    before = find_fixed_points(zoo.saddle_node(-0.04), starts(30, 1))
    assert sorted(before.distinct.point.flatten().round(decimals=9).tolist()) == [-0.2, 0.2]
    after = find_fixed_points(zoo.saddle_node(0.04), starts(30, 1))
    assert after.verdict == (Verdict.GHOST,) * 30
    assert len(after.distinct) == 0
    assert len(after.ghosts) == 1
    assert after.ghosts.point.item() == pytest.approx(0, abs=1e-5)
    assert after.ghosts.q.item() == pytest.approx(0.5 * 0.01**2, rel=1e-6)
    assert audit(zoo.saddle_node(0.04), after).sum == 0


def test_the_points_of_a_line_are_degenerate():
    points = find_fixed_points(zoo.line(), starts(25, 3))
    assert points.verdict == (Verdict.DEGENERATE,) * 25
    assert 20 <= len(points.distinct) <= 25


def test_the_points_of_a_ring_are_degenerate_and_its_centre_is_not():
    points = find_fixed_points(zoo.ring(), starts(40, 2, 1.5))
    radius = points.point.norm(dim=1)
    on_ring = torch.isclose(radius, torch.ones_like(radius))
    assert 0 < on_ring.sum() < 40
    for start, verdict in enumerate(points.verdict):
        assert verdict is (Verdict.DEGENERATE if on_ring[start] else Verdict.FIXED)
        assert on_ring[start] or radius[start] < 1e-9


def test_a_triangle_has_its_seven_faces_and_an_index_sum_of_one():
    held, corners = zoo.simplex_field()
    points = find_fixed_points(held, starts(200, 2))
    assert sorted(zip(points.distinct.index.tolist(), points.distinct.unstable.tolist(), strict=True)) == [
        (-1, 1),
        (-1, 1),
        (-1, 1),
        (1, 0),
        (1, 0),
        (1, 0),
        (1, 2),
    ]
    stable = points.distinct.point[points.distinct.unstable == 0]
    assert (torch.cdist(corners, stable).min(dim=1).values < 0.1).all()
    assert audit(held, points).complete


def test_a_point_outside_the_box_is_out_of_bounds():
    # tanh keeps [-1, 1]; the map given has a further root at 3, where no state of the network can be.
    held = Map(lambda h: torch.where(h < 2, torch.tanh(h / 2), h / 2 + 1.5), 1, box=zoo.pitchfork(1.0).box())
    solution = levenberg_marquardt(held, torch.tensor([[2.5]], dtype=torch.float64))
    assert solution.point.item() == pytest.approx(3)
    inside = Map(lambda h: torch.where(h < 0.5, torch.tanh(h / 2), h / 2 + 1.5), 1, box=held.box())
    assert find_fixed_points(inside, torch.tensor([[0.9]])).verdict == (Verdict.OUT_OF_BOUNDS,)


def test_a_start_outside_the_box_of_a_cell_enlarges_it():
    held = Map.hold(zoo.random_gru(3, seed=0), torch.zeros(3, dtype=torch.float64))
    far = torch.tensor([[0.5, -4.0, 0.0], [0.0, 2.0, 0.0]], dtype=torch.float64)
    box = held.box(around=far)
    assert box is not None
    assert box.upper.tolist() == [1.0, 4.0, 1.0]
    inside = 4 * (2 * torch.rand(200, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64) - 1)
    inside = inside.clamp(box.lower, box.upper)
    assert (held(inside).abs() <= box.upper).all()
    assert find_fixed_points(held, far).verdict == (Verdict.FIXED,) * 2


def test_a_box_that_was_given_stays_as_it_is():
    held = zoo.pitchfork(2.0)
    assert held.box(around=torch.tensor([[9.0]])) == held.box()


def test_too_few_steps_are_said_to_be_too_few():
    held = zoo.cubic(4)
    points = find_fixed_points(held, starts(20, 4, 1.5), max_steps=1)
    assert Verdict.UNCONVERGED in points.verdict
    assert all(
        verdict is not Verdict.FIXED or q <= 1e-20 * (1 + point.square().sum())
        for verdict, q, point in zip(points.verdict, points.q, points.point, strict=True)
    )


def test_what_is_reported_belongs_to_the_point_reported():
    held = Map.hold(zoo.random_gru(12, seed=1, gain=4.0), torch.zeros(3, dtype=torch.float64))
    points = find_fixed_points(held, starts(50, 12))
    torch.testing.assert_close(points.q, held.speed(points.point), rtol=1e-6, atol=1e-30)
    tangent = held.jacobian(points.point) - torch.eye(12, dtype=torch.float64)
    slope = (tangent.mT @ (held(points.point) - points.point).unsqueeze(-1)).squeeze(-1).norm(dim=1)
    torch.testing.assert_close(points.gradient, slope, rtol=1e-6, atol=1e-14)
    assert sum(points.count(verdict) for verdict in Verdict) == len(points) == 50
    gathered = points.distinct.multiplicity.sum() + points.ghosts.multiplicity.sum()
    assert gathered == (points.member >= 0).sum()


@settings(max_examples=30)
@given(size=st.integers(1, 10), seed=st.integers(0, 40), gain=st.floats(0.5, 4))
def test_a_fixed_point_stays_where_it_is_and_inside_the_box(size, seed, gain):
    held = Map.hold(zoo.random_gru(size, seed, gain), torch.zeros(3, dtype=torch.float64))
    points = find_fixed_points(held, starts(16, size, 1.0, seed), max_steps=40)
    still = points.distinct.point
    assert ((held(still) - still).norm(dim=1) <= 1e-9 * (1 + still.norm(dim=1))).all()
    assert (still.abs() <= 1 + 1e-9).all()


def test_a_finer_search_changes_nothing_about_the_starts():
    begin = starts(10, 2).float()
    before = begin.clone()
    points = find_fixed_points(zoo.cubic(2), begin)
    assert torch.equal(begin, before)
    assert points.start.dtype == torch.float64
    assert not torch.equal(points.start, points.point)


def test_one_start_is_enough():
    assert find_fixed_points(zoo.cubic(), torch.tensor([[0.7]])).verdict == (Verdict.FIXED,)


def test_the_order_of_the_starts_does_not_matter():
    held, begin = zoo.cubic(2), starts(30, 2, 1.2)
    there, back = find_fixed_points(held, begin), find_fixed_points(held, begin.flip(0))
    assert there.verdict == back.verdict[::-1]
    torch.testing.assert_close(there.point, back.point.flip(0), rtol=0, atol=1e-12)


def test_large_searches_are_cut_into_chunks_that_agree(monkeypatch):
    held, begin = zoo.cubic(2), starts(30, 2, 1.2)
    whole = levenberg_marquardt(held, begin)
    monkeypatch.setattr("slowfold.dynamics.solvers._ENTRIES", 7 * 4)
    torch.testing.assert_close(levenberg_marquardt(held, begin).point, whole.point, rtol=0, atol=1e-12)


def test_a_map_that_diverges_ends_with_a_verdict():
    held = Map(lambda h: h + torch.exp(h.abs()), 1)
    points = find_fixed_points(held, torch.tensor([[5.0], [700.0], [800.0]]))
    assert Verdict.FIXED not in points.verdict


@pytest.mark.parametrize("options", [{"max_steps": 0}, {"within": 0.0}])
def test_options_out_of_range_are_refused(options):
    with pytest.raises(OptionError):
        find_fixed_points(zoo.cubic(), torch.zeros(1, 1), **options)


def test_a_map_in_float32_is_refused():
    with pytest.raises(TensorError, match="float64"):
        find_fixed_points(Map(lambda h: h / 2, 1, dtype=torch.float32), torch.zeros(1, 1))


def test_starts_that_are_not_finite_are_refused():
    with pytest.raises(TensorError, match="state 0"):
        find_fixed_points(zoo.cubic(), torch.tensor([[float("nan")]]))


@pytest.mark.parametrize("bias", [-1.0, 0.0, 1.0, 3.0])
def test_a_gru_without_weights_has_its_bias_for_a_spectrum(bias):
    held, share = zoo.gated_biases(bias)
    points = find_fixed_points(held, starts(5, held.size))
    assert len(points.distinct) == 1
    torch.testing.assert_close(
        held.jacobian(points.distinct.point)[0], share * torch.eye(held.size, dtype=torch.float64)
    )


def test_a_search_that_goes_on_is_one_search_of_all_starts():
    held, begin = zoo.cubic(2), starts(40, 2, 1.2)
    whole = find_fixed_points(held, begin)
    parts = search_on(held, find_fixed_points(held, begin[:15]), begin[15:])
    assert parts.verdict == whole.verdict
    torch.testing.assert_close(parts.point, whole.point, rtol=0, atol=1e-12)
    assert len(parts.distinct) == len(whole.distinct)
    assert sorted(parts.distinct.multiplicity.tolist()) == sorted(whole.distinct.multiplicity.tolist())


def test_points_that_are_known_stay_the_same_to_the_bit():
    held = Map.hold(zoo.random_gru(16, seed=2, gain=6.0), torch.zeros(3, dtype=torch.float64))
    begin = starts(60, 16)
    known = find_fixed_points(held, begin[:20])
    after = search_on(held, known, begin[20:])
    assert len(known.distinct) > 1
    for point, proof in zip(known.distinct.point, known.distinct.certificate, strict=True):
        row = (after.distinct.point == point).all(dim=1).nonzero().item()
        assert after.distinct.certificate[row] is proof


def test_jacobians_of_a_cell_are_the_same_a_few_at_a_time(monkeypatch):
    held = Map.hold(zoo.random_gru(16, seed=2, gain=2.0), torch.zeros(3, dtype=torch.float64))
    whole = find_fixed_points(held, starts(20, 16))
    monkeypatch.setattr("slowfold.dynamics.solvers._CACHED", 3 * 16**2)
    parts = find_fixed_points(held, starts(20, 16))
    assert parts.verdict == whole.verdict
    torch.testing.assert_close(parts.point, whole.point, rtol=0, atol=1e-8)


def test_searching_on_keeps_degenerate_points_degenerate():
    held = zoo.line()
    one = find_fixed_points(held, starts(5, 3, seed=0))
    assert search_on(held, one, starts(5, 3, seed=1)).verdict == (Verdict.DEGENERATE,) * 10


def test_the_callers_jacobian_is_not_written_to():
    matrix = torch.tensor([[0.5, 0.1], [0.0, 0.3]], dtype=torch.float64)
    held = Map(lambda h: h @ matrix.T + 1, 2, jacobian=lambda h: matrix.expand(len(h), 2, 2))
    assert find_fixed_points(held, torch.ones(3, 2)).verdict == (Verdict.FIXED,) * 3
    assert matrix.tolist() == [[0.5, 0.1], [0.0, 0.3]]


def test_the_starts_reported_are_a_copy():
    begin = starts(3, 1)
    points = find_fixed_points(zoo.cubic(), begin)
    begin.fill_(9)
    assert points.start.abs().max() < 2


def box(half: float) -> Box:
    wall = torch.full((1,), half, dtype=torch.float64)
    return Box(-wall, wall)


@pytest.mark.parametrize("gap", [1e-11, 1e-9, 1e-8])
def test_a_near_miss_is_not_called_fixed(gap):
    # The only root is at 1; near 0 the map all but stands still.
    held = Map(lambda h: h + 0.3 * (h * h + gap) * (h - 1), 1, box=box(2.0))
    points = find_fixed_points(held, torch.tensor([[-0.3], [0.2], [0.4]]))
    assert Verdict.FIXED not in points.verdict
    assert Verdict.DEGENERATE in points.verdict
    assert not audit(held, points).applicable


def test_a_double_root_is_degenerate():
    points = find_fixed_points(Map(lambda h: h + h * h, 1), torch.tensor([[0.3], [-0.2]]))
    assert points.verdict == (Verdict.DEGENERATE,) * 2


@pytest.mark.parametrize("half", [1e-3, 4e-4, 1e-4, 1e-5])
def test_two_near_points_of_opposite_index_are_two(half):
    held = Map(lambda h: h - 0.5 * (h + 0.5) * ((h - 0.6) ** 2 - half**2), 1, box=box(1.0))
    begin = torch.cat([starts(60, 1), torch.tensor([[0.6 - 2 * half], [0.6 + 2 * half]], dtype=torch.float64)])
    points = find_fixed_points(held, begin)
    found = points.distinct.point.flatten().sort().values
    torch.testing.assert_close(
        found, torch.tensor([-0.5, 0.6 - half, 0.6 + half], dtype=torch.float64), rtol=0, atol=1e-7
    )
    assert audit(held, points).sum == 1


def test_a_search_that_goes_on_keeps_its_settings():
    held = zoo.cubic()
    coarse = find_fixed_points(held, starts(20, 1, 1.2), within=3.0, max_steps=150)
    # However wide, it makes no two points one that are proven to be apart.
    assert len(coarse.distinct) == 3
    further = search_on(held, coarse, starts(5, 1, 1.2))
    assert (further.within, further.max_steps) == (3.0, 150)


def test_the_points_of_a_network_are_certain():
    held = Map.hold(zoo.random_gru(16, seed=2, gain=2.0), torch.zeros(3, dtype=torch.float64))
    points = find_fixed_points(held, starts(20, 16))
    assert max(proof.product for proof in points.distinct.certificate) < 1e-9
    assert points.solution.newton[points.solution.still].max() < 1e-9


@pytest.mark.parametrize("kind", [GRU, LSTM, UGRNN, Vanilla])
def test_every_cell_is_searched_to_its_own_fixed_points(kind):
    cell = kind(3, 12, generator=torch.Generator().manual_seed(4)).double()
    with torch.no_grad():
        for parameter in cell.parameters():
            parameter.mul_(2.5)
    held = Map.hold(cell, torch.zeros(3))
    points = find_fixed_points(held, starts(40, cell.size))
    assert points.count(Verdict.FIXED) > 0
    assert points.point.shape == (40, cell.size)
    torch.testing.assert_close(points.q, held.speed(points.point), rtol=1e-6, atol=1e-28)
    assert all(proof.bounded for proof in points.distinct.certificate)
    for row, verdict in enumerate(points.verdict):
        if verdict is Verdict.GHOST:
            # A ghost of the map itself, whichever equation led there: J has the eigenvalue 1.
            values = torch.linalg.eigvals(held.jacobian(points.point[row : row + 1])[0])
            assert (values - 1).abs().min() < 1e-4


def test_an_unknown_solver_is_refused(monkeypatch):
    # Users have no annotations checked, which would refuse this before the library does.
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    with pytest.raises(OptionError, match="levenberg-marquardt, matrix-free, adam"):
        find_fixed_points(zoo.cubic(), torch.zeros(1, 1), solver="newton")


@pytest.mark.parametrize("solver", ["levenberg-marquardt", "matrix-free", "adam"])
def test_every_solver_finds_the_wells(solver):
    points = find_fixed_points(zoo.cubic(2), starts(20, 2, 1.2), solver=solver)
    assert points.solver == solver
    assert points.count(Verdict.FIXED) == 20
    rounded = points.distinct.point.round()
    torch.testing.assert_close(points.distinct.point, rounded, rtol=0, atol=1e-9)
