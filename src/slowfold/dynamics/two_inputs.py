"""Two censuses of one network, at two held inputs, each completed by what the other found."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from slowfold.dynamics.attractors import find_attractors
from slowfold.dynamics.census import Census, audit, complete_census, take_census
from slowfold.dynamics.continuation import continue_census
from slowfold.dynamics.distinct import DistinctPoints
from slowfold.dynamics.families import Family
from slowfold.dynamics.fixed_points import search_on
from slowfold.dynamics.maps import Map
from slowfold.dynamics.search import solver_for
from slowfold.errors import NetworkError

__all__ = ["census_at_both"]

# A place on a branch this near a known point, relative to 1 + ||h||, is that point.
_SAME = 1e-6
# Where a branch led to a new point, the index and the attractors are looked at once more, in at most so many rounds.
_ROUNDS = 2


def census_at_both(
    one: Map,
    other: Map,
    states: Float[Tensor, "state unit"],
    *,
    apart: int = 64,
    rounds: int = 8,
    seed: int = 0,
) -> tuple[Census, Census]:
    """Takes the census of a network at two held inputs, and follows what either found to the other.

    A pair of points that is born at a fold between the inputs adds nothing to the index sum, so that a census can lack
    it and add up all the same. Branches of fixed points are followed from one input to the other, past both (see
    :func:`~slowfold.dynamics.continue_census`); where they pass an input near no point of its census, that
    census is searched on from there, and audited anew.

    Maps of callables have no input to go from, and beyond 1,024 units each step along a branch takes too long: there
    the two censuses stand alone.

    Args:
        one: The network at the one input.
        other: The same network at the other.
        states: States that the network visits, [state, unit].
        apart: See :func:`~slowfold.dynamics.take_census`.
        rounds: The most further searches of each census, those beyond the branches' not counted.
        seed: Decides the further starts.

    Returns:
        The census at either input. Starts that branches led to come last among their starts.

    Raises:
        NetworkError: The maps are of two different cells.
        TensorError: The states have the wrong shape or type, are none, or are not finite.
        OptionError: A number is out of range.

    Example:
        >>> from slowfold.cells import GRU
        >>> cell = GRU(2, 4, generator=torch.Generator().manual_seed(0))
        >>> zero, far = Map.hold(cell, torch.zeros(2)), Map.hold(cell, torch.ones(2))
        >>> one, other = census_at_both(zero, far, torch.randn(9, 4, generator=torch.Generator().manual_seed(0)))
        >>> one.audit.sum, other.audit.sum
        (1, 1)
    """
    first, last = (take_census(held, states, apart=apart, rounds=rounds, seed=seed) for held in (one, other))
    family = _family(one, other)
    if family is None:
        return first, last
    branches = continue_census(family, first.points, last.points)
    return (
        _searched_on(one, first, branches.at(0.0), states, seed),
        _searched_on(other, last, branches.at(1.0), states, seed),
    )


def _family(one: Map, other: Map) -> Family | None:
    """The maps between the two; None where there is no input to go from, or the matrices are too large."""
    if one.cell is None or other.cell is None or one.input is None or other.input is None:
        return None
    weights, others = one.cell.state_dict(), other.cell.state_dict()
    alike = weights.keys() == others.keys() and type(one.cell) is type(other.cell)
    if not alike or not all(torch.equal(weight, others[name]) for name, weight in weights.items()):
        raise NetworkError(
            "the two maps are of different cells",
            where=f"{one.name}, {other.name}",
            cure="hold one cell at two inputs, or take a census of each",
        )
    if "matrix-free" in (solver_for(one), solver_for(other)):
        return None
    return Family.between(one.cell, one.input, other.input)


def _searched_on(held: Map, census: Census, crossings: Tensor, states: Tensor, seed: int) -> Census:
    """The census with the places where branches pass its input, those that it lacks."""
    known = census.points
    starts = crossings[_lacking(crossings, known.distinct)]
    if not len(starts):
        return census
    points, used = search_on(held, known, starts), census.rounds
    if len(points.distinct) > len(known.distinct):
        completed = complete_census(held, points, states, rounds=_ROUNDS, seed=seed)
        points, used = completed.points, used + completed.rounds
    # Gathered anew, the points may have other rows; what comes to rest is told of the same states as before.
    attractors = find_attractors(held, points, census.attractors.start)
    return Census(points, audit(held, points, attractors), attractors, census.first, used)


def _lacking(places: Tensor, known: DistinctPoints) -> Tensor:
    """Rows of the places that are none of the points, each once."""
    rows: list[int] = []
    for row, place in enumerate(places):
        seen = torch.cat([known.point, places[rows]])
        if not ((seen - place).norm(dim=1) <= _SAME * (1 + place.norm())).any():
            rows.append(row)
    return torch.tensor(rows, dtype=torch.int64, device=places.device)
