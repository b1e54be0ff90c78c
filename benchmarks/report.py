"""How long the report of a natural run takes to write, and a reader waits for it in a browser.

python benchmarks/report.py [NETWORK]     gru-yelp5-0 unless given, with 5,000 test documents

The browser is a headless Chromium without a graphics card; each visit begins with an empty cache.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright
from tables import conditions, print_table

from networks import opened
from slowfold import Run, analyze, open_run
from slowfold.report import write_report

TIMES = 5
EXECUTABLES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"
SCENE = "[data-figure=surface]"
MILLISECONDS = 120_000


def main() -> None:
    """Analyses a trained network, writes its report, and visits it."""
    name = sys.argv[1] if len(sys.argv) > 1 else "gru-yelp5-0"
    network, task = opened(name)
    with tempfile.TemporaryDirectory() as folder:
        run = analyze(network, task.train, task.test, folder=Path(folder) / "run")
        documents = run.summary["task"]["documents"]["test"]
        written = [seconds_to_write(run) for _ in range(TIMES)]
        size = run.report.stat().st_size
        executable = next(filter(None, map(shutil.which, EXECUTABLES)), None)
        if executable is None:
            sys.exit("no Chromium is installed")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox", "--disable-gpu"])
            visits = [visit(browser, run.report) for _ in range(TIMES)]
            browser.close()
    print(f"{name}: {documents:,} test documents, {network.cell.size} units\n")
    rows = [["report written, with the run opened anew", *spread(written)]]
    rows += [
        [what, *spread([seconds[place] for seconds in visits])]
        for place, what in enumerate(("first words seen", "from there to the scene asked for"))
    ]
    print_table(["", "median, s", "least", "most"], rows)
    print(f"\n{size / 1e6:.1f} MB")
    print(conditions())


def seconds_to_write(run: Run) -> float:
    """The time from a folder to its report."""
    begin = time.perf_counter()
    write_report(open_run(run.folder))
    return time.perf_counter() - begin


def visit(browser: Browser, report: Path) -> tuple[float, float]:
    """Seconds until there is something to read, and from there until the first scene in space is drawn."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(report.resolve().as_uri(), wait_until="commit")
    # The page forbids what Playwright's own waiting for an expression needs.
    while (painted := page.evaluate(PAINT)) is None:
        page.wait_for_timeout(10)
    page.wait_for_selector(SCENE, state="attached", timeout=MILLISECONDS)
    page.locator(SCENE).scroll_into_view_if_needed()
    page.wait_for_selector(f"{SCENE}[data-drawn]", timeout=MILLISECONDS)
    drawn = page.evaluate("performance.now()") / 1000
    context.close()
    return painted / 1000, drawn - painted / 1000


def spread(seconds: list[float]) -> tuple[str, str, str]:
    """Median, least and most."""
    return f"{statistics.median(seconds):.2f}", f"{min(seconds):.2f}", f"{max(seconds):.2f}"


if __name__ == "__main__":
    main()
