"""Synthetic languages: phrases whose words carry a known evidence for known labels."""

from collections.abc import Callable

from slowfold.text.languages.dependent import correlated, edge_only, interpolated, merged
from slowfold.text.languages.label_sets import multilabel
from slowfold.text.languages.language import NOISE_WORD, Language
from slowfold.text.languages.reading import EXTREMELY, NOT, NOT_8, ContextWord
from slowfold.text.languages.reviews import toy
from slowfold.text.languages.scales import ordered, sentiment_plane
from slowfold.text.languages.unordered import categorical, contextual

__all__ = [
    "EXTREMELY",
    "LANGUAGES",
    "NOISE_WORD",
    "NOT",
    "NOT_8",
    "ContextWord",
    "Language",
    "categorical",
    "contextual",
    "correlated",
    "edge_only",
    "interpolated",
    "merged",
    "multilabel",
    "ordered",
    "sentiment_plane",
    "toy",
]

LANGUAGES: dict[str, Callable[..., Language]] = {
    language.__name__: language
    for language in (
        categorical,
        contextual,
        correlated,
        edge_only,
        interpolated,
        merged,
        multilabel,
        ordered,
        sentiment_plane,
        toy,
    )
}
"""The synthetic languages by name; each is built from the number of classes and the length of a phrase."""
