"""Sweeps under fire: workers and the driver killed on the way, against a sweep that was left alone; and two nodes.

python benchmarks/sweeps.py               takes some minutes; needs the extra "sweep"
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import polars as pl
from tables import conditions, print_table

from slowfold.study.sweeping import CATALOGUE, JOURNAL

# So many runs, each long enough to be killed on its way.
RUNS, SMALL_STEPS = 24, 200
WORKERS = 2
KILLED = 2

SWEEP = f"""
[base]
task = "categorical"
length = 10
documents = 600
hidden = 16
steps = {SMALL_STEPS}
starts = 20
states_of = 30
[grid]
classes = [2, 3]
l2 = [1e-4, 1e-3, 1e-2]
seed = [0, 1, 2, 3]
"""

ALONE = f"""
import sys
from slowfold.on_ray import Needs
from slowfold.study.sweeping import conduct_sweep, read_sweep
swept = conduct_sweep(read_sweep(sys.argv[1]), sys.argv[2], needs=Needs(at_once={WORKERS}))
assert not swept.failed, swept.failed
"""

CLUSTER = """
import sys
from ray.cluster_utils import Cluster
from slowfold.study.sweeping import conduct_sweep, read_sweep
cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
cluster.add_node(num_cpus=1)
cluster.wait_for_nodes()
swept = conduct_sweep(read_sweep(sys.argv[1]), sys.argv[2], address=cluster.address)
assert not swept.failed, swept.failed
cluster.shutdown()
"""


def begin(file: Path, out: Path) -> subprocess.Popen[bytes]:
    """A sweep in a process of its own."""
    return subprocess.Popen([sys.executable, "-c", ALONE, str(file), str(out)])


def kill_a_worker(out: Path, spared: set[int]) -> int:
    """Kills one process that is at work, some steps into a run, with SIGKILL."""
    while True:
        for lock in (out / ".locks").glob("*"):
            try:
                process = json.loads(lock.read_text(encoding="utf-8"))["process"]
            except (OSError, ValueError):
                continue
            run = next((out / "runs").glob(f"*-{lock.name}"), None)
            if process in spared or run is None or (run / "summary.json").exists():
                continue
            if (run / "metrics.jsonl").exists():
                os.kill(process, signal.SIGKILL)
                return process
        time.sleep(0.01)


def figures(out: Path) -> pl.DataFrame:
    """The catalogue, without the wall-clock seconds, in which alone two runs of one experiment differ."""
    table = pl.read_parquet(out / CATALOGUE)
    return table.select(name for name in table.columns if not name.startswith("seconds."))


def journal(out: Path) -> list[dict[str, object]]:
    """How the attempts ended."""
    return [json.loads(line) for line in (out / JOURNAL).read_text(encoding="utf-8").splitlines()]


def main() -> None:
    """Runs all of it and prints the tables."""
    print(conditions())
    folder = Path(tempfile.mkdtemp(prefix="slowfold-sweeps-"))
    file = folder / "small.toml"
    file.write_text(SWEEP, encoding="utf-8")
    rows: list[tuple[object, ...]] = []

    begun = time.perf_counter()
    assert begin(file, folder / "alone").wait() == 0
    rows.append(("left alone", RUNS, 0, 0, f"{time.perf_counter() - begun:.0f}"))

    begun, out, killed = time.perf_counter(), folder / "disturbed", set[int]()
    driver = begin(file, out)
    for _ in range(KILLED):
        killed.add(kill_a_worker(out, killed))
    # The driver goes when a third of the runs are there.
    while len(list((out / "runs").glob("*/summary.json"))) < RUNS // 3:
        time.sleep(0.05)
    os.kill(driver.pid, signal.SIGKILL)
    driver.wait()
    assert begin(file, out).wait() == 0
    lost = Counter(str(line["outcome"]) for line in journal(out))["lost"]
    rows.append(("disturbed, resumed", RUNS, lost, 1, f"{time.perf_counter() - begun:.0f}"))

    begun = time.perf_counter()
    two = folder / "two nodes"
    subprocess.run([sys.executable, "-c", CLUSTER, str(file), str(two)], check=True)
    rows.append(("a cluster of two nodes", RUNS, 0, 0, f"{time.perf_counter() - begun:.0f}"))
    print_table(("sweep", "runs", "workers lost", "drivers killed", "seconds"), rows)

    alone = figures(folder / "alone")
    same = {name: alone.equals(figures(folder / name)) for name in ("disturbed", "two nodes")}
    nodes = Counter(str(line["node"])[:6] for line in journal(two))
    print(f"the same catalogue, all {alone.width} columns: {same}")
    print(f"runs on each node: {sorted(nodes.values())}")
    assert alone.height == RUNS
    assert lost >= KILLED
    assert all(same.values())
    assert len(nodes) == 2


if __name__ == "__main__":
    main()
