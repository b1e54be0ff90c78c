"""Words as vectors of evidence: what each does to the state, how long that lasts, and what it is worth at the end."""

from slowfold.geometry.evidence.agreement import Agreement, rank_agreement
from slowfold.geometry.evidence.deciding import decisive
from slowfold.geometry.evidence.deflections import Deflections, measure_deflections
from slowfold.geometry.evidence.effects import WordEffects, foremost_words, weigh_words
from slowfold.geometry.evidence.ledger import Bookkeeper, Ledger, ReadoutOf, keep_ledger
from slowfold.geometry.evidence.linearity import POOR, Linearity, measure_linearity
from slowfold.geometry.evidence.memory import (
    Motion,
    Responses,
    held_responses,
    motion_of,
    read_responses,
    tangent_shares,
)
from slowfold.geometry.evidence.shadow import Shadow, cast_shadow

__all__ = [
    "POOR",
    "Agreement",
    "Bookkeeper",
    "Deflections",
    "Ledger",
    "Linearity",
    "Motion",
    "ReadoutOf",
    "Responses",
    "Shadow",
    "WordEffects",
    "cast_shadow",
    "decisive",
    "foremost_words",
    "held_responses",
    "keep_ledger",
    "measure_deflections",
    "measure_linearity",
    "motion_of",
    "rank_agreement",
    "read_responses",
    "tangent_shares",
    "weigh_words",
]
