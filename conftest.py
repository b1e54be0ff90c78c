"""How all tests are run: those in tests/ and the examples in src/.

Two things are left alone on purpose. PyTorch keeps the number of threads that users get, because some of its linear
algebra hangs only with more than one; and nothing is seeded here, because a test that needs a seed must pass it on.
Annotations are checked by ``--jaxtyping-packages`` in pyproject.toml, which works before slowfold is imported; where
tests run at length what others have gone through, the checks are off.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

import jaxtyping
import pytest
from hypothesis import settings

from typechecker import jaxtyped_once

# What the import hook of jaxtyping writes above every function of slowfold.
jaxtyping.jaxtyped = jaxtyped_once

# Before torch is loaded: threads that wait sleep instead of spinning. On a machine with other work, a small network was
# seen to train 25 times faster so, to the same numbers.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# Nor do the processes of Ray stand back for the other tests, as they would: beside three busy processes on two cores, a
# test that takes 38 seconds alone took 84 so, and was not done after 500 otherwise.
os.environ.setdefault("RAY_worker_niceness", "0")

# No test asks the Hugging Face Hub: those of the Hub speak to a server of their own.
os.environ["HF_HUB_OFFLINE"] = "1"

# Where nothing may be skipped, nothing may be drawn anew either: a change is judged by the same examples each time.
settings.register_profile("slowfold", deadline=None, derandomize=bool(os.environ.get("SLOWFOLD_REQUIRE")))
settings.load_profile("slowfold")


# A run, its report and its page take the numerics of all other parts, whose own tests check each annotation; to check
# them again takes time. In these parts it is done in the files that go through most of them.
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
    places = path.relative_to(Path(__file__).parent).parts
    part = places[1] if places[0] == "tests" else places[2]
    return part not in LONG or path.name in LONG[part]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Checks annotations in a test, or does not."""
    jaxtyping.config.update("jaxtyping_disable", not checks_annotations(item.path))
    return (yield)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begins with the longest tests."""
    items.sort(key=lambda item: item.name not in FIRST)
