"""Names as people write them: cleaned when they are read, shortened when they are quoted, near ones suggested."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Sequence

__all__ = ["clean_name", "near_names", "quoted"]


def clean_name(name: str) -> str:
    r"""A class or column name without control characters, its white space single and none at the ends.

    Example:
        >>> clean_name(" Sci\x00/Tech\n news ")
        'Sci/Tech news'
    """
    return " ".join("".join(c for c in name if c.isspace() or unicodedata.category(c) != "Cc").split())


def quoted(value: object, length: int = 40) -> str:
    """``value`` as Python writes it, cut to about ``length`` characters, for an error message.

    Example:
        >>> quoted("a very long text", length=8)
        "'a very ..."
    """
    text = repr(value[: 2 * length] if isinstance(value, str) else value)
    return text if len(text) <= length else text[:length] + "..."


def near_names(name: str, names: Sequence[str], limit: int = 10) -> str:
    """What to try instead of ``name``: the near ones among ``names``, or all of them where none is near.

    Args:
        name: What was asked for.
        names: What there is.
        limit: The greatest number of names to list.

    Example:
        >>> near_names("sport", ["World", "Sports", "Business"])
        "did you mean 'Sports'?"
        >>> near_names("xyz", ["World", "Sports"])
        "there are 'World', 'Sports'"
    """
    folded = {candidate.casefold(): candidate for candidate in reversed(names)}
    near = [folded[match] for match in difflib.get_close_matches(name.casefold(), folded, n=3)]
    if near:
        return f"did you mean {' or '.join(quoted(candidate) for candidate in near)}?"
    listed = ", ".join(quoted(candidate) for candidate in names[:limit])
    if len(names) > limit:
        listed += f" and {len(names) - limit} more"
    return f"there are {listed}" if names else "there are none"
