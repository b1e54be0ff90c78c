"""What shape a network makes: its corners, its edges, its readouts."""

from slowfold.geometry.shapes.arcs import Arc, follow_arc
from slowfold.geometry.shapes.corners import Corners, class_corners
from slowfold.geometry.shapes.faces import TIED, Faces, assign_cube_faces, assign_simplex_faces
from slowfold.geometry.shapes.figures import FIGURES, Figures, Fit, score_figures
from slowfold.geometry.shapes.readouts import Readouts, measure_readouts, shadow_on, simplex_angle
from slowfold.geometry.shapes.regions import Regions, class_regions, label_regions

__all__ = [
    "FIGURES",
    "TIED",
    "Arc",
    "Corners",
    "Faces",
    "Figures",
    "Fit",
    "Readouts",
    "Regions",
    "assign_cube_faces",
    "assign_simplex_faces",
    "class_corners",
    "class_regions",
    "follow_arc",
    "label_regions",
    "measure_readouts",
    "score_figures",
    "shadow_on",
    "simplex_angle",
]
