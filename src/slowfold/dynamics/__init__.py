"""How the state moves when the input is held still."""

from slowfold.dynamics.census import DistinctPoints, distinct_points
from slowfold.dynamics.completeness import Audit, audit, complete_census, with_settled
from slowfold.dynamics.fixed_points import FixedPoints, Verdict, find_fixed_points, search_on
from slowfold.dynamics.maps import Map
from slowfold.dynamics.modes import Modes, count_before_gap, linearize, time_constants
from slowfold.dynamics.solvers import Solution, levenberg_marquardt

__all__ = [
    "Audit",
    "DistinctPoints",
    "FixedPoints",
    "Map",
    "Modes",
    "Solution",
    "Verdict",
    "audit",
    "complete_census",
    "count_before_gap",
    "distinct_points",
    "find_fixed_points",
    "levenberg_marquardt",
    "linearize",
    "search_on",
    "time_constants",
    "with_settled",
]
