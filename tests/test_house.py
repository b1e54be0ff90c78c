"""The house itself: versions, import rules, what the command line loads, and pages that do what they say."""

from __future__ import annotations

import ast
import importlib
import importlib.metadata
import inspect
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import jaxtyping
import pytest
import torch

import slowfold
from pages import PAGES, REPOSITORY, commands, python_blocks, set_the_scene
from preloaded import run_command, run_python
from slowfold.cells import GRU

VERSION = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
SOURCES = sorted((REPOSITORY / "src").rglob("*.py"))
PACKAGES = [
    ".".join(path.parent.relative_to(REPOSITORY / "src").parts)
    for path in SOURCES
    if path.name == "__init__.py" and path.parent.name != "panels"
]
PROGRAMS = Path(sys.executable).parent
# Enough to go the whole way from a file to a report, not to learn anything.
SMALL = ["--steps", "3", "--hidden", "8", "--starts", "16", "--states-of", "10"]


def source_name(path: Path) -> str:
    return path.relative_to(REPOSITORY / "src").as_posix()


def execute(
    arguments: list[str], folder: Path = REPOSITORY, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs a program without a keyboard, and with no more environment than this process has."""
    return subprocess.run(
        arguments,
        cwd=folder,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


# --- one version ------------------------------------------------------------------------------------------------------


def test_the_installed_version_is_that_of_the_project() -> None:
    assert importlib.metadata.version("slowfold") == VERSION
    assert getattr(slowfold, "__version__", VERSION) == VERSION


def test_the_citation_names_the_version() -> None:
    citation = (REPOSITORY / "CITATION.cff").read_text(encoding="utf-8")
    assert re.findall(r"^version: (.+)$", citation, re.MULTILINE) == [VERSION]


def test_the_changelog_begins_with_the_version() -> None:
    headings = re.findall(r"^## (\S+)", (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert headings[0] == VERSION


def test_the_command_prints_the_version() -> None:
    done = execute([str(PROGRAMS / "slowfold"), "--version"])
    assert (done.returncode, done.stdout.split()[-1:]) == (0, [VERSION]), done.stderr


# --- rules of the source ----------------------------------------------------------------------------------------------


def test_arrows_point_down_only() -> None:
    done = execute([str(PROGRAMS / "lint-imports"), "--no-logo", "--no-cache"])
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", SOURCES, ids=source_name)
def test_a_module_says_in_one_line_what_it_is_for_and_what_it_hands_on(path: Path) -> None:
    module = ast.parse(path.read_text(encoding="utf-8"))
    purpose = ast.get_docstring(module)
    assert purpose is not None
    assert len(purpose.splitlines()) == 1
    assigned = [name for node in module.body for name in ast.walk(node) if isinstance(name, ast.Name)]
    assert "__all__" in {name.id for name in assigned if isinstance(name.ctx, ast.Store)}


def test_every_public_name_exists_and_says_what_it_is() -> None:
    names = [name for name in slowfold.__all__ if not name.startswith("__")]
    assert names
    assert [name for name in names if not getattr(slowfold, name).__doc__] == []


# What needs a cluster, a browser or a terminal is shown in the how-to guides, and the panels in the gallery.
SHOWN_ELSEWHERE = {
    "slowfold.cli": {"main"},
    "slowfold.explorer": {"create_app", "serve"},
    "slowfold.geometry": {"survey_shards"},
    "slowfold.geometry.prediction": {"survey_shards"},
    "slowfold.text": {"count_shards"},
    "slowfold.text.counting": {"count_shards"},
}


@pytest.mark.parametrize("package", PACKAGES)
def test_every_function_that_a_package_hands_on_shows_an_example(package: str) -> None:
    shown = importlib.import_module(package)
    functions = {name for name in shown.__all__ if inspect.isfunction(getattr(shown, name))}
    without = {name for name in functions if ">>>" not in (getattr(shown, name).__doc__ or "")}
    assert without == SHOWN_ELSEWHERE.get(package, set())


def test_annotations_are_checked_while_the_tests_run() -> None:
    cell = GRU(input_size=2, size=3, generator=torch.Generator().manual_seed(0))
    with pytest.raises(jaxtyping.TypeCheckError):
        cell.step(torch.zeros(3, dtype=torch.int64), torch.zeros(2))


def test_help_loads_nothing_heavy() -> None:
    program = (
        "import sys\n"
        "from slowfold.cli import main\n"
        "try:\n    main(['--help'])\n"
        "except SystemExit as end:\n    assert not end.code, end.code\n"
        "heavy = {'torch', 'xarray', 'plotly', 'polars', 'netCDF4', 'safetensors'} & set(sys.modules)\n"
        "assert not heavy, f'loaded for a help text: {sorted(heavy)}; import them where they are used'\n"
    )
    done = execute([sys.executable, "-c", program])
    assert done.returncode == 0, done.stderr
    assert "predict" in done.stdout


# --- pages that do what they say --------------------------------------------------------------------------------------


def test_the_pages_do_what_they_say(subtests: pytest.Subtests, tmp_path: Path) -> None:
    # README first: what one command made, the next may read. A command that stands on two pages is run once.
    environment = {"SLOWFOLD_DATA": str(set_the_scene(tmp_path))}
    done: list[list[str]] = []
    for page in ["README.md", *(page for page in PAGES if page != "README.md")]:
        for command in commands(page):
            if command in done:
                continue
            done.append(command)
            with subtests.test(page=page, command=" ".join(command)):
                small = SMALL if command[0] == "run" else []
                status, said = run_command([*command, *small], tmp_path, environment)
                assert status == 0, said
        if python_blocks(page):
            with subtests.test(page=page, language="python"):
                status, said = run_python("\n".join(python_blocks(page)), tmp_path, environment)
                assert status == 0, said


def test_the_readme_shows_both_faces() -> None:
    assert {command[0] for command in commands("README.md")} >= {"run", "predict"}
    assert python_blocks("README.md")


LINK = re.compile(r"\]\((?!https?://|#|mailto:)(?P<path>[^)#\s]+)")


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_lead_somewhere(page: str) -> None:
    # Sphinx looks after those inside docs/.
    found = [match["path"] for match in LINK.finditer((REPOSITORY / page).read_text(encoding="utf-8"))]
    assert [path for path in found if not (REPOSITORY / path).exists()] == []


# --- a project that stands anywhere -----------------------------------------------------------------------------------


def project_files() -> list[Path]:
    listed = execute(["git", "ls-files", "--cached", "--others", "--exclude-standard"])
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    return [path for path in map(REPOSITORY.joinpath, listed.stdout.splitlines()) if path.is_file()]


def test_no_file_names_a_place_on_one_machine() -> None:
    # Put together here, so that this file does not name them either.
    places = ["/".join(parts) for parts in (("", "work", ""), ("", "root", ""), ("", "Users", ""), ("..", "shared"))]
    found = [
        (path.relative_to(REPOSITORY).as_posix(), place)
        for path in project_files()
        for place in places
        if place.encode() in path.read_bytes()
    ]
    assert found == []


def fake_python(folder: Path, script: str) -> Path:
    path = folder / "python"
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("exit 1", "slowfold needs Python 3.11 or newer"),
        ('case "$2" in *ensurepip*) exit 1;; esac', "install its venv package"),
    ],
    ids=["too old or missing", "venv does not work"],
)
def test_make_says_in_one_line_what_is_missing(tmp_path: Path, script: str, message: str) -> None:
    shutil.copy(REPOSITORY / "Makefile", tmp_path)
    for name in ("pyproject.toml", "constraints.txt"):
        shutil.copy(REPOSITORY / name, tmp_path)
    python = fake_python(tmp_path, script)
    # As if nobody had called make before, though it may well be make that runs this test.
    outermost = {"MAKEFLAGS": "", "MAKELEVEL": "0"}
    done = execute(["make", "--no-print-directory", "demo", f"PYTHON={python}"], tmp_path, outermost)
    said, end = done.stderr.splitlines()
    assert done.returncode != 0
    assert message in said
    assert str(python) in said
    assert end.startswith("make: ***")
    assert not (tmp_path / ".venv").exists()


def test_the_continuous_integration_script_is_one_that_bash_accepts() -> None:
    script = REPOSITORY / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert execute(["bash", "-n", str(script)]).returncode == 0
