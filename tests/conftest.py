"""What the tests share: natural data, a browser, and how hypothesis draws.

Two things are left alone on purpose. PyTorch keeps the number of threads that users get, because some of its linear
algebra hangs only with more than one; and nothing is seeded here, because a test that needs a seed must pass it on.
Annotations are checked by ``--jaxtyping-packages`` in pyproject.toml, which works before slowfold is imported; where
tests run at length what others have gone through, the checks are off.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path
from typing import NoReturn

import jaxtyping
import pytest
from hypothesis import settings
from playwright.sync_api import Browser

from browser import Visit, find_chromium, launched, visiting

# Before torch is loaded: threads that wait sleep instead of spinning. On a machine with other work, a small network was
# seen to train 25 times faster so, to the same numbers.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# No test asks the Hugging Face Hub: those of the Hub speak to a server of their own.
os.environ["HF_HUB_OFFLINE"] = "1"

REPOSITORY = Path(__file__).resolve().parent.parent
REQUIRED = frozenset(filter(None, os.environ.get("SLOWFOLD_REQUIRE", "").split(",")))

# Where nothing may be skipped, nothing may be drawn anew either: a change is judged by the same examples each time.
settings.register_profile("slowfold", deadline=None, derandomize=bool(REQUIRED))
settings.load_profile("slowfold")


# A run, its report and its page take the numerics of all other parts, whose own tests check each annotation; to check
# them again takes longer than to compute. In these parts it is done in the files that go through most of them.
LONG = {
    "cli": ("test_analyze.py", "test_explain.py", "test_listing.py", "test_sweep.py"),
    "explorer": ("test_app.py", "test_regions.py"),
    "report": ("test_claims_page.py", "test_compare.py", "test_panels.py"),
    "study": ("test_analysis.py", "test_comparison.py", "test_explaining.py", "test_ledger.py", "test_sweep_file.py"),
}

# Each takes a minute, much of it waiting: begun first, none is left alone at the end.
FIRST = (
    "test_the_pages_do_what_they_say",
    "test_a_sweep_that_is_disturbed_comes_to_the_same_catalogue",
    "test_a_run_that_is_killed_ends_with_the_numbers_of_one_that_is_not",
    "test_files_are_counted_by_ray_as_in_one_pass",
)


def checks_annotations(path: Path) -> bool:
    """Whether the annotations of slowfold are checked in the tests, or the examples, of a file."""
    places = path.relative_to(REPOSITORY).parts
    part = places[1] if places[0] == "tests" else places[2]
    return part not in LONG or path.name in LONG[part]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    jaxtyping.config.update("jaxtyping_disable", not checks_annotations(item.path))
    return (yield)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.name not in FIRST)


def missing(need: str, reason: str) -> NoReturn:
    """Skips the test that lacks something, or fails it where SLOWFOLD_REQUIRE names that need."""
    if need in REQUIRED:
        pytest.fail(f"{reason}, and SLOWFOLD_REQUIRE names {need!r}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of natural data sets: SLOWFOLD_DATA, or shared/data beside the repository."""
    named = os.environ.get("SLOWFOLD_DATA")
    folder = Path(named) if named else REPOSITORY.parent / "shared" / "data"
    if not any(folder.glob("*/train.csv.gz")):
        missing("data", f"no data sets in {folder}")
    return folder


@pytest.fixture(scope="session")
def browser() -> Generator[Browser]:
    """A headless Chromium."""
    executable = find_chromium()
    if executable is None:
        missing("browser", "no Chromium is installed")
    with launched(executable) as browser:
        yield browser


@pytest.fixture
def browser_page(browser: Browser) -> Generator[Visit]:
    """A fresh page that cannot reach the network; see :class:`browser.Visit`."""
    with visiting(browser) as visit:
        yield visit
