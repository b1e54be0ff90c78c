"""Names of classes and words that try to be markup, programs or templates."""

from __future__ import annotations

__all__ = ["CLASSES", "WORDS"]

CLASSES = ("<img src=x onerror=alert(1)>", "</script><script>alert(2)</script>", "<b>bold</b> &amp; $x$ %{x}")
WORDS = (
    '<a href="x">',
    "</script>",
    "<b>loud</b>",
    "{{ 7 * 7 }}",
    "\u202eright to left",
    "x" * 100_000,
    "&lt;",
)
