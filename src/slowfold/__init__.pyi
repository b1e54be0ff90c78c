from .dynamics import (
    Audit,
    FixedPoints,
    Map,
    Modes,
    Verdict,
    audit,
    complete_census,
    find_fixed_points,
    linearize,
    take_census,
)
from .errors import SlowfoldError
from .geometry import (
    Dimension,
    Prediction,
    dimension,
    measure_deflections,
    measure_readouts,
    predict_dimension,
    principal_components,
)
from .networks import Classifier, fit
from .report import write_report
from .study import Experiment, Run, analyze, conduct, list_runs, open_run
from .text import Corpus, Vocabulary, languages, read_corpus

__all__ = [
    "Audit",
    "Classifier",
    "Corpus",
    "Dimension",
    "Experiment",
    "FixedPoints",
    "Map",
    "Modes",
    "Prediction",
    "Run",
    "SlowfoldError",
    "Verdict",
    "Vocabulary",
    "analyze",
    "audit",
    "complete_census",
    "conduct",
    "dimension",
    "find_fixed_points",
    "fit",
    "languages",
    "linearize",
    "list_runs",
    "measure_deflections",
    "measure_readouts",
    "open_run",
    "predict_dimension",
    "principal_components",
    "read_corpus",
    "take_census",
    "write_report",
]

__version__: str
