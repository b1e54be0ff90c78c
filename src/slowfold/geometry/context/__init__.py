"""What a word does to the words after it."""

from slowfold.geometry.context.barcodes import Barcodes, measure_barcodes
from slowfold.geometry.context.factors import Factors
from slowfold.geometry.context.fading import Fading, measure_fading
from slowfold.geometry.context.knock_out import KnockOut, knock_out
from slowfold.geometry.context.modifiers import Modifiers, find_modifiers
from slowfold.geometry.context.subspace import ModifierSubspace, factors_without, find_modifier_subspace
from slowfold.geometry.context.valences import Valences, measure_valences

__all__ = [
    "Barcodes",
    "Factors",
    "Fading",
    "KnockOut",
    "ModifierSubspace",
    "Modifiers",
    "Valences",
    "factors_without",
    "find_modifier_subspace",
    "find_modifiers",
    "knock_out",
    "measure_barcodes",
    "measure_fading",
    "measure_valences",
]
