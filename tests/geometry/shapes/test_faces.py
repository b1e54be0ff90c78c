"""Faces of a simplex and of a cube: every one is told, and what is tied is said in nats."""

import math
from itertools import product

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from slowfold.errors import OptionError, TensorError
from slowfold.geometry.shapes import TIED, assign_cube_faces, assign_simplex_faces


def fixed(count):
    return {"index": torch.ones(count, dtype=torch.int64), "ghost": torch.zeros(count, dtype=torch.bool)}


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_a_perfect_simplex_has_all_its_faces(classes):
    faces = torch.tensor([face for face in product((0, 1), repeat=classes) if any(face)])
    # The corners have 12 nats; the middle of a face of m classes has an m-th of that for each of them.
    logits = 12.0 * faces / faces.sum(dim=1, keepdim=True) + 3
    found = assign_simplex_faces(logits, **fixed(len(faces)))
    assert found.face.tolist() == faces.tolist()
    assert (found.realised, found.possible) == (2**classes - 1, 2**classes - 1)
    assert found.face_dimension.tolist() == (faces.sum(dim=1) - 1).tolist()
    # Of a simplex with a fixed point on every face the indices add up to one.
    assert found.expected_index.sum().item() == 1


@pytest.mark.parametrize("labels", [1, 2, 3])
def test_a_perfect_cube_has_all_its_faces(labels):
    faces = torch.tensor(list(product((-1, 0, 1), repeat=labels)))
    found = assign_cube_faces(6.0 * faces, **fixed(len(faces)))
    assert found.face.tolist() == faces.tolist()
    assert (found.realised, found.possible) == (3**labels, 3**labels)
    assert found.expected_index.sum().item() == 1


@given(st.lists(st.lists(st.floats(-20, 20), min_size=3, max_size=3), min_size=1, max_size=6))
def test_classes_are_tied_by_their_probability(rows):
    logits = torch.tensor(rows, dtype=torch.float64)
    found = assign_simplex_faces(logits, **fixed(len(rows)))
    chances = logits.softmax(dim=1)
    times = chances.max(dim=1, keepdim=True).values / chances
    clear = found.margin > 1e-9
    assert ((times <= 9) == (found.face == 1))[clear].all()
    single = assign_cube_faces(logits, **fixed(len(rows)))
    undecided = (logits.sigmoid() - 0.5).abs() <= 0.4
    assert (undecided == (single.face == 0))[single.margin > 1e-9].all()


@given(st.floats(0.1, 10), st.floats(-8, 8), st.floats(-8, 8))
def test_the_margin_is_what_it_takes(tolerance, first, second):
    logits = torch.tensor([[0.0, first, second]], dtype=torch.float64)
    found = assign_cube_faces(logits, **fixed(1), tolerance=tolerance)
    margin = found.margin.item()
    assert margin == pytest.approx(min(abs(abs(value) - tolerance) for value in (0.0, first, second)))
    if margin > 1e-6:
        nudged = logits + 0.99 * margin * torch.tensor([[1.0, -1.0, 1.0]])
        assert assign_cube_faces(nudged, **fixed(1), tolerance=tolerance).face.equal(found.face)


def test_the_margin_of_a_simplex_is_that_of_its_nearest_class():
    found = assign_simplex_faces(torch.tensor([[5.0, 4.0, 0.0]]), **fixed(1), tolerance=2.0)
    assert found.margin.item() == pytest.approx(1.0)


def test_ghosts_realise_faces_and_have_no_index():
    logits = torch.tensor([[9.0, 0.0], [0.0, 9.0], [1.0, 1.0], [9.0, 0.0]])
    found = assign_simplex_faces(
        logits, index=torch.tensor([1, 1, -1, 1]), ghost=torch.tensor([False, False, True, False])
    )
    assert (found.as_fixed_points, found.realised, found.possible) == (2, 3, 3)
    assert found.index.tolist() == [1, 1, 0, 1]


def test_no_points_realise_nothing():
    found = assign_simplex_faces(torch.zeros(0, 3), **fixed(0))
    assert (found.realised, found.as_fixed_points, len(found)) == (0, 0, 0)


def test_tied_is_nine_to_one():
    assert math.exp(TIED) == pytest.approx(9)


@pytest.mark.parametrize("assign", [assign_simplex_faces, assign_cube_faces])
def test_what_has_no_faces_is_refused(assign):
    with pytest.raises(TensorError, match="NaN"):
        assign(torch.tensor([[torch.nan, 0.0]]), **fixed(1))
    with pytest.raises(OptionError):
        assign(torch.zeros(1, 2), **fixed(1), tolerance=0.0)
    with pytest.raises(TensorError):
        assign(torch.zeros(1, 0), **fixed(1))


def test_one_class_makes_no_simplex():
    with pytest.raises(TensorError, match="one class"):
        assign_simplex_faces(torch.zeros(2, 1), **fixed(2))
