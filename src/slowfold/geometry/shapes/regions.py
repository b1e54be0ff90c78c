"""What the readout says of every place in a plane: the regions of the classes, and the borders between them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import torch
from jaxtyping import Float, Float64, Int64
from torch import Tensor

from slowfold.errors import OptionError, TensorError
from slowfold.geometry.dimensions.components import PrincipalComponents

__all__ = ["Regions", "class_regions", "label_regions"]


@dataclass(frozen=True)
class Regions:
    """The regions of a plane of principal components.

    The logits are linear in the state, so that borders are straight and exact; the grid is for colouring.

    Attributes:
        x: The columns of the grid, along the first component, [column].
        y: The rows, along the second, [row].
        decided: The class with the most evidence at each place of the grid, or a number that has bit i set where label
            i has evidence for it, [row, column].
        borders: The two ends of each border, [border, end, 2].
        between: The two classes that each border parts, or the label twice that it decides, [border, 2].
    """

    x: Float64[Tensor, " column"]
    y: Float64[Tensor, " row"]
    decided: Int64[Tensor, "row column"]
    borders: Float64[Tensor, "border 2 2"]
    between: Int64[Tensor, "border 2"]


def class_regions(
    axes: PrincipalComponents,
    weight: Float[Tensor, "class unit"],
    bias: Float[Tensor, " class"] | None = None,
    *,
    within: tuple[tuple[float, float], tuple[float, float]],
    resolution: int = 101,
) -> Regions:
    """The regions of classes in the plane of the first two principal components.

    Args:
        axes: Where the plane lies, such as those of the visited states.
        weight: The readout, [class, unit].
        bias: Its bias, or None for none, [class].
        within: From where to where the plane is looked at along the first and the second component.
        resolution: How many columns and rows the grid has.

    Raises:
        TensorError: There are fewer than two components or classes, or the readout is not finite.
        OptionError: The window is empty, or the grid has fewer than two columns.

    Example:
        >>> axes = PrincipalComponents(torch.zeros(2), torch.eye(2), torch.ones(2))
        >>> found = class_regions(axes, torch.eye(2), within=((-1.0, 1.0), (-1.0, 1.0)), resolution=3)
        >>> found.decided.tolist(), found.borders.tolist()
        ([[0, 0, 0], [1, 0, 0], [1, 1, 0]], [[[-1.0, -1.0], [1.0, 1.0]]])
    """
    slope, height = _on_plane(axes, weight, bias)
    if len(height) < 2:
        raise TensorError("one class has no border", where="weight", cure="give the readouts of two or more")
    x, y, logits = _grid(slope, height, within, resolution)
    borders, between = list[Tensor](), list[tuple[int, int]]()
    for a, b in combinations(range(len(height)), 2):
        # On the border of two classes both have more evidence than every other.
        rest = [c for c in range(len(height)) if c not in (a, b)]
        steeper, higher = slope[a] - slope, height[a] - height
        ends = _border(steeper[b], higher[b], steeper[rest], higher[rest], within)
        if ends is not None:
            borders.append(ends)
            between.append((a, b))
    return _regions(x, y, logits.argmax(dim=2), borders, between)


def label_regions(
    axes: PrincipalComponents,
    weight: Float[Tensor, "label unit"],
    bias: Float[Tensor, " label"] | None = None,
    *,
    within: tuple[tuple[float, float], tuple[float, float]],
    resolution: int = 101,
) -> Regions:
    """The regions of combinations of labels in the plane of the first two principal components.

    Args:
        axes: Where the plane lies, such as those of the visited states.
        weight: The readout, [label, unit].
        bias: Its bias, or None for none, [label].
        within: From where to where the plane is looked at along the first and the second component.
        resolution: How many columns and rows the grid has.

    Raises:
        TensorError: There are fewer than two components, or the readout is not finite.
        OptionError: The window is empty, or the grid has fewer than two columns.

    Example:
        >>> axes = PrincipalComponents(torch.zeros(2), torch.eye(2), torch.ones(2))
        >>> label_regions(axes, torch.eye(2), within=((-1.0, 1.0), (-1.0, 1.0)), resolution=2).decided.tolist()
        [[0, 1], [2, 3]]
    """
    slope, height = _on_plane(axes, weight, bias)
    x, y, logits = _grid(slope, height, within, resolution)
    borders, between = list[Tensor](), list[tuple[int, int]]()
    for label in range(len(height)):
        ends = _border(slope[label], height[label], slope[:0], height[:0], within)
        if ends is not None:
            borders.append(ends)
            between.append((label, label))
    decided = ((logits > 0).long() << torch.arange(len(height))).sum(dim=2)
    return _regions(x, y, decided, borders, between)


def _on_plane(
    axes: PrincipalComponents, weight: Tensor, bias: Tensor | None
) -> tuple[Float64[Tensor, "class 2"], Float64[Tensor, " class"]]:
    """How the logits rise along the two components, and what they are in the middle."""
    if len(axes.axes) < 2:
        raise TensorError("there is no plane in one dimension", where="axes", cure="give two components or more")
    rows = weight.detach().to("cpu", torch.float64)
    height = rows @ axes.mean.double()
    if bias is not None:
        height = height + bias.detach().to("cpu", torch.float64)
    if not torch.isfinite(rows).all() or not torch.isfinite(height).all():
        raise TensorError("a readout holds NaN or infinity", where="weight", cure="train the network again")
    return rows @ axes.axes[:2].double().T, height


def _grid(
    slope: Tensor, height: Tensor, within: tuple[tuple[float, float], tuple[float, float]], resolution: int
) -> tuple[Tensor, Tensor, Float64[Tensor, "row column class"]]:
    if resolution < 2:
        raise OptionError(f"{resolution} columns make no grid", where="resolution", cure="give 2 or more")
    for low, high in within:
        if not -torch.inf < low < high < torch.inf:
            raise OptionError(f"{low} to {high} is no window", where="within", cure="give the lesser number first")
    x, y = (torch.linspace(low, high, resolution, dtype=torch.float64) for low, high in within)
    places = torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=2)
    return x, y, places @ slope.T + height


def _border(
    normal: Tensor,
    level: Tensor,
    inside: Tensor,
    above: Tensor,
    within: tuple[tuple[float, float], tuple[float, float]],
) -> Float64[Tensor, "2 2"] | None:
    """The part of the line normal . p + level = 0 that lies in the window and where inside . p + above >= 0."""
    size = normal.norm()
    if not size:
        return None
    origin, along = -level * normal / size**2, torch.stack([-normal[1], normal[0]]) / size
    walls = torch.eye(2, dtype=torch.float64)
    rates = torch.cat([inside, walls, -walls]) @ along
    (left, right), (bottom, top) = within
    offsets = torch.cat([above, torch.tensor([-left, -bottom, right, top], dtype=torch.float64)])
    starts = torch.cat([inside, walls, -walls]) @ origin + offsets
    # Each condition start + rate t >= 0 keeps one side of the line, or all of it, or nothing.
    rising, falling, level_ones = rates > 0, rates < 0, rates == 0
    low = (-starts / rates)[rising].max() if rising.any() else torch.tensor(-torch.inf)
    high = (-starts / rates)[falling].min() if falling.any() else torch.tensor(torch.inf)
    if (starts[level_ones] < 0).any() or not low < high:
        return None
    ends = torch.stack([origin + low * along, origin + high * along])
    return ends if tuple(ends[0].tolist()) <= tuple(ends[1].tolist()) else ends.flip(0)


def _regions(x: Tensor, y: Tensor, decided: Tensor, borders: list[Tensor], between: list[tuple[int, int]]) -> Regions:
    ends = torch.stack(borders) if borders else torch.zeros(0, 2, 2, dtype=torch.float64)
    return Regions(x, y, decided, ends, torch.tensor(between, dtype=torch.int64).reshape(-1, 2))
