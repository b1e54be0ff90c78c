"""How far apart networks are: by their states, by their fixed points, by their spectra, and a map of many of them."""

from slowfold.geometry.comparison.representations import (
    canonical_correlations,
    representation_distance,
    representation_distances,
)
from slowfold.geometry.comparison.scaling import Placement, place_by_distance
from slowfold.geometry.comparison.spectra import spectra_distance, spectra_distances
from slowfold.geometry.comparison.topologies import Topology, topology_distance, topology_distances

__all__ = [
    "Placement",
    "Topology",
    "canonical_correlations",
    "place_by_distance",
    "representation_distance",
    "representation_distances",
    "spectra_distance",
    "spectra_distances",
    "topology_distance",
    "topology_distances",
]
