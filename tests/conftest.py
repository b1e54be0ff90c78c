"""What the tests share: natural data and a browser."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path
from typing import NoReturn

import pytest
from playwright.sync_api import Browser

from browser import Visit, find_chromium, launched, visiting

REPOSITORY = Path(__file__).resolve().parent.parent
REQUIRED = frozenset(filter(None, os.environ.get("SLOWFOLD_REQUIRE", "").split(",")))


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
