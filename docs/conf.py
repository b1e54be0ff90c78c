"""How Sphinx builds these pages."""

from __future__ import annotations

import importlib.metadata
import inspect
import re
import shutil
import sys
from pathlib import Path
from types import ModuleType

from docutils.nodes import Node, SkipNode, math, math_block
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx
from sphinx.domains.python import PyObject
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

import slowfold

sys.path.insert(0, str(Path(__file__).parent))
from gallery import draw_gallery

project = "slowfold"
author = "The slowfold authors"
project_copyright = "The slowfold authors"
release = importlib.metadata.version("slowfold")
version = release

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
]
# What is in claims is included by claims.md.
exclude_patterns = ["_build", "claims"]
nitpicky = False

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3

# A class is described once, where it lives: its attributes are fields of the description, its __init__ needs no other.
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True
napoleon_attr_annotations = False
napoleon_custom_sections = [("Source", "notes_style")]
autodoc_default_options = {"members": True}
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
autosummary_generate = False
python_maximum_signature_line_length = 88
add_module_names = False

html_math_renderer = "mathml"
html_theme = "furo"
html_title = f"slowfold {release}"
html_copy_source = False


def skip_plain_field(
    app: Sphinx, what: str, name: str, member: object, skip: bool | None, options: object
) -> bool | None:
    """Leaves out what a named tuple says of its fields ("Alias for field number 0"): the class describes them."""
    described = getattr(member, "__doc__", None) or ""
    return True if described.startswith("Alias for field number") else skip


LITERAL = re.compile(r"(``.*?``|:math:`.*?`)")


def keep_bars(app: Sphinx, what: str, name: str, member: object, options: object, lines: list[str]) -> None:
    """Lets ``|lambda|`` in a docstring mean a size, as in a formula, where reStructuredText would substitute a text."""
    block: int | None = None  # the indentation of the formula or of the example that the line stands in
    for number, line in enumerate(lines):
        text = line.lstrip()
        indentation = len(line) - len(text)
        if text.startswith((".. math::", ">>>")):
            block = indentation
        elif block is not None and text and indentation <= block and not lines[number - 1].strip():
            block = None
        if block is None:
            parts = LITERAL.split(line)
            parts[::2] = [part.replace("|", r"\|") for part in parts[::2]]
            lines[number] = "".join(parts)


class PublicNames(SphinxDirective):
    """The names of ``slowfold.__all__``, each with the first sentence of its docstring and a link to more."""

    def run(self) -> list[Node]:
        lines = [self.line(name) for name in slowfold.__all__ if not name.startswith("__")]
        return self.parse_text_to_nodes("\n".join(lines))

    def line(self, name: str) -> str:
        member = getattr(slowfold, name)
        module = inspect.getmodule(member)
        if module is None:
            raise ValueError(f"slowfold.{name} comes from no module")
        summary = (inspect.getdoc(member) or "").partition("\n")[0]
        if isinstance(member, ModuleType):
            return f"- {{py:mod}}`sf.{name} <{module.__name__}>`: {summary}"
        room = ".".join(module.__name__.split(".")[:2])
        return f"- {{py:obj}}`sf.{name} <{room}.{name}>`: {summary}"


def draw_inline(writer: HTML5Translator, node: math) -> None:
    """Writes a formula as MathML, which browsers draw themselves: MathJax would come from the network."""
    writer.body.append(tex2mathml(node.astext()))
    raise SkipNode


def draw_block(writer: HTML5Translator, node: math_block) -> None:
    """Writes a formula on a line of its own."""
    writer.body.append(f'<div class="math">{tex2mathml(node.astext(), as_block=True)}</div>')
    raise SkipNode


def draw_thumbnails(app: Sphinx) -> None:
    """Draws what figures.md shows, of runs that are trained here; what was drawn by today's code is kept."""
    draw_gallery(Path(app.srcdir) / "_build" / "gallery")


def copy_ledgers(app: Sphinx, exception: Exception | None) -> None:
    """Puts the pages of the ledgers, which claims.md links to, beside the docs, with the summaries they link to."""
    if exception is None:
        shutil.copytree(
            Path(app.srcdir) / "claims",
            Path(app.outdir) / "claims",
            ignore=shutil.ignore_patterns("*.md", "*.toml"),
            dirs_exist_ok=True,
        )


def setup(app: Sphinx) -> None:
    """Called by Sphinx when the build begins."""
    app.connect("builder-inited", draw_thumbnails)
    app.add_html_math_renderer("mathml", (draw_inline, None), (draw_block, None))
    for field in PyObject.doc_field_types:
        if field.name == "variable":
            field.label = "Attributes"  # what the docstrings call them
    app.add_directive("public-names", PublicNames)
    # Before napoleon, which has the priority 500.
    app.connect("autodoc-process-docstring", keep_bars, priority=400)
    app.connect("autodoc-skip-member", skip_plain_field)
    app.connect("build-finished", copy_ledgers)
