"""What is put into a page: data that no element can end or begin in, and programs that are known by their hashes."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import plotly.graph_objects as go

__all__ = ["described", "policy_of", "program", "to_json"]


def described(figure: go.Figure) -> dict[str, Any]:
    """A figure as data, without its height: the page decides on the size."""
    plain: dict[str, Any] = figure.to_dict()
    plain["layout"].pop("height", None)
    return plain


def to_json(value: object) -> str:
    r"""JSON that no element of a page can end or begin in.

    Example:
        >>> to_json({"word": "</script>"})
        '{"word":"\\u003c/script\\u003e"}'
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def program(text: str) -> str:
    """A program as a browser reads it: with line breaks as it has them before it hashes a script."""
    return text.replace("\r\n", "\n")


def policy_of(*programs: str) -> str:
    """The policy of a page on which only these programs run, and to which nothing is loaded from anywhere.

    Args:
        programs: The programs, as :func:`program` gives them.

    Example:
        >>> policy_of("")[:74]
        "default-src 'none'; script-src 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJW"
    """
    known = " ".join(f"'sha256-{_hash(one)}'" for one in programs)
    return (
        f"default-src 'none'; script-src {known}; style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; "
        "form-action 'none'"
    )


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
