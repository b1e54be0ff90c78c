"""How the state moves when the input is held still."""

from slowfold.dynamics.adam import descend_by_adam
from slowfold.dynamics.attractors import find_attractors
from slowfold.dynamics.basins import basin_radius
from slowfold.dynamics.census import Audit, Census, audit, complete_census, take_census
from slowfold.dynamics.certificates import Certificate, certify
from slowfold.dynamics.connections import Connections, find_connections
from slowfold.dynamics.continuation import (
    Branch,
    Branches,
    Ending,
    Places,
    continue_census,
    continue_ghosts,
    continue_points,
)
from slowfold.dynamics.cycles import Cycle, find_cycles
from slowfold.dynamics.distinct import DistinctGhosts, DistinctPoints, cluster, distinct_points
from slowfold.dynamics.ends import Attractors, End
from slowfold.dynamics.families import Family
from slowfold.dynamics.fixed_points import FixedPoints, Verdict, find_fixed_points, search_on
from slowfold.dynamics.lyapunov import LyapunovExponents, largest_exponent, lyapunov_exponents, orbit_exponents
from slowfold.dynamics.manifold import SlowManifold, slow_manifold
from slowfold.dynamics.maps import Map, Steady
from slowfold.dynamics.matrix_free import krylov_levenberg_marquardt
from slowfold.dynamics.modes import Modes, count_before_gap, linearize, time_constants
from slowfold.dynamics.orbits import Motion, Orbit, watch
from slowfold.dynamics.search import Solver
from slowfold.dynamics.slow_modes import SlowModes, count_slow, find_slow_modes
from slowfold.dynamics.solution import Solution
from slowfold.dynamics.solvers import levenberg_marquardt
from slowfold.dynamics.starts import choose_starts, farthest_points, grid_in_plane, scatter, with_noise
from slowfold.dynamics.two_inputs import census_at_both

__all__ = [
    "Attractors",
    "Audit",
    "Branch",
    "Branches",
    "Census",
    "Certificate",
    "Connections",
    "Cycle",
    "DistinctGhosts",
    "DistinctPoints",
    "End",
    "Ending",
    "Family",
    "FixedPoints",
    "LyapunovExponents",
    "Map",
    "Modes",
    "Motion",
    "Orbit",
    "Places",
    "SlowManifold",
    "SlowModes",
    "Solution",
    "Solver",
    "Steady",
    "Verdict",
    "audit",
    "basin_radius",
    "census_at_both",
    "certify",
    "choose_starts",
    "cluster",
    "complete_census",
    "continue_census",
    "continue_ghosts",
    "continue_points",
    "count_before_gap",
    "count_slow",
    "descend_by_adam",
    "distinct_points",
    "farthest_points",
    "find_attractors",
    "find_connections",
    "find_cycles",
    "find_fixed_points",
    "find_slow_modes",
    "grid_in_plane",
    "krylov_levenberg_marquardt",
    "largest_exponent",
    "levenberg_marquardt",
    "linearize",
    "lyapunov_exponents",
    "orbit_exponents",
    "scatter",
    "search_on",
    "slow_manifold",
    "take_census",
    "time_constants",
    "watch",
    "with_noise",
]
