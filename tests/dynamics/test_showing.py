"""What fixed points and modes say of themselves, on a map whose points are known."""

from __future__ import annotations

import re

import torch

from slowfold.dynamics import FixedPoints, Map, Modes, find_fixed_points, linearize


def cubic() -> tuple[Map, FixedPoints]:
    held = Map(lambda h: h + 0.5 * (h - h**3), size=1)
    return held, find_fixed_points(held, torch.tensor([[-0.9], [-1.1], [0.1], [0.8]]))


def rows_of(shown: str) -> list[list[str]]:
    return [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in re.findall(r"<tr>(.*?)</tr>", shown)]


def test_every_distinct_point_has_a_row() -> None:
    _, points = cubic()
    head, *rows = rows_of(points._repr_html_())
    assert head == ["row", "what it is", "index", "starts", "q", "isolated"]
    assert [row[0] for row in rows] == ["0", "1", "2"]
    told = {point: row[1:4] for point, row in zip(points.distinct.point.flatten().round().tolist(), rows, strict=True)}
    assert told == {-1.0: ["stable", "+1", "2"], 0.0: ["saddle, 1 grows", "-1", "1"], 1.0: ["stable", "+1", "1"]}
    assert {row[5] for row in rows} == {"by a sampled bend"}
    assert "4 starts, 4 fixed" in points._repr_html_()


def test_ghosts_have_rows_too() -> None:
    # h^2 + 0.001 has no root, and is least at 0.
    points = find_fixed_points(Map(lambda h: h + h**2 + 1e-3, size=1), torch.tensor([[0.02], [-0.02]]))
    rows = rows_of(points._repr_html_())[1:]
    assert [row[1:4] for row in rows] == [["ghost", "", "2"]]
    assert f"{5e-7:.1e}" in rows[0][4]


def test_modes_tell_their_time_constants() -> None:
    held, points = cubic()
    modes = linearize(held, points.distinct.point)
    rows = rows_of(modes._repr_html_())[1:-1]
    # The slopes are 0 at the ends and 1.5 in the middle.
    grown = f"{1 / torch.tensor(1.5).log():.3g}"
    for point, row in zip(points.distinct.point.flatten().round().tolist(), rows, strict=True):
        assert row[1:3] == (["1", grown] if point == 0 else ["0", row[2]])
    assert repr(modes).startswith("Modes(3 points of 1 units: 0 to 1 grow;")


def test_many_points_are_cut_and_an_endless_memory_is_told() -> None:
    count = 50
    whole = torch.ones(count, 2, dtype=torch.float64)
    frame = torch.eye(2, dtype=torch.complex128).expand(count, 2, 2)
    modes = Modes(whole, whole.to(torch.complex128), frame, frame, whole * torch.inf, whole[:, 0])
    shown = modes._repr_html_()
    assert "… and 30 more" in shown
    assert "∞" in shown
    assert len(repr(modes)) < 120
