"""A sweep on Ray: a killed worker and a killed driver change nothing but the time, and a bad run costs no other."""

import json
import os
import signal
import subprocess
import sys

import polars as pl
import pytest

from slowfold.study.sweeping import CATALOGUE, FAILURES, JOURNAL

pytest.importorskip("ray")

SWEEP = """
[base]
task = "categorical"
length = 8
documents = 400
hidden = 12
steps = 250
starts = 10
states_of = 20
[grid]
classes = [2, 3]
seed = [0, 1]
"""

# In processes of their own: Ray leaves threads and files behind that pytest would blame on a later test.
DISTURBED = """
import os, signal, sys
from slowfold.on_ray import Needs
from slowfold.study.sweeping import conduct_sweep, read_sweep
import json, pathlib, threading, time
out = pathlib.Path(sys.argv[2])

def disturb():
    # One worker, in the middle of its run; then, once two runs are finished, the driver itself.
    killed = False
    while True:
        for lock in (out / ".locks").glob("*"):
            run = next((out / "runs").glob("*-" + lock.name), None)
            if not killed and run is not None and (run / "metrics.jsonl").exists():
                if not (run / "summary.json").exists():
                    os.kill(json.loads(lock.read_text())["process"], signal.SIGKILL)
                    killed = True
        if killed and len(list((out / "runs").glob("*/summary.json"))) >= 2:
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(0.01)

threading.Thread(target=disturb, daemon=True).start()
conduct_sweep(read_sweep(sys.argv[1]), out, needs=Needs(at_once=2))
"""

# The rest of it, and then a sweep of its own on a cluster of two nodes, one run of which cannot be done.
CLUSTER = """
import os, sys
from ray.cluster_utils import Cluster
from slowfold.on_ray import each_on_ray
from slowfold.study.sweeping import Sweep, conduct_sweep, read_sweep
from dataclasses import replace
sweep = read_sweep(sys.argv[1])
bad = replace(sweep.experiments[0], batch_size=5000)
cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
cluster.add_node(num_cpus=1)
cluster.wait_for_nodes()
# RAY_worker_niceness, as the page on sweeps has it, says how far processes stand back.
niceness = int(os.environ["RAY_worker_niceness"])
assert list(each_on_ray(lambda _: os.nice(0), [None], address=cluster.address)) == [niceness]
resumed = conduct_sweep(sweep, sys.argv[2], address=cluster.address)
assert resumed.before >= 2 and not resumed.failed, resumed
assert not conduct_sweep(sweep, sys.argv[2], address=cluster.address).finished
alone = conduct_sweep(Sweep.of("alone", [*sweep.experiments, bad]), sys.argv[3], address=cluster.address)
assert len(alone.finished) == 4 and len(alone.failed) == 1, alone
cluster.shutdown()
"""


def ended(program, *arguments, told):
    """The exit status, and the end of what was said of errors."""
    # Told to a file: a pipe stays open for as long as any process of Ray that was left behind. Two of these have to end
    # before the time is up that a test has.
    with told.open("w", encoding="utf-8") as wrong:
        status = subprocess.run(
            [sys.executable, "-c", program, *map(str, arguments)],
            env={**os.environ, "RAY_USAGE_STATS_ENABLED": "0", "OMP_NUM_THREADS": "1"},
            stderr=wrong,
            check=False,
            timeout=280,
        ).returncode
    return status, told.read_text(encoding="utf-8")[-3000:]


def figures(out):
    table = pl.read_parquet(out / CATALOGUE)
    return table.select(name for name in table.columns if not name.startswith("seconds."))


def test_a_sweep_that_is_disturbed_comes_to_the_same_catalogue(tmp_path):
    file, disturbed, alone = tmp_path / "small.toml", tmp_path / "disturbed", tmp_path / "alone"
    file.write_text(SWEEP, encoding="utf-8")
    status, wrong = ended(DISTURBED, file, disturbed, told=tmp_path / "first.txt")
    assert status == -signal.SIGKILL, wrong
    status, wrong = ended(CLUSTER, file, disturbed, alone, told=tmp_path / "second.txt")
    assert status == 0, wrong
    assert figures(disturbed).height == 4
    assert figures(disturbed).equals(figures(alone))

    lines = [json.loads(line) for line in (disturbed / JOURNAL).read_text(encoding="utf-8").splitlines()]
    assert "lost" in {line["outcome"] for line in lines}
    assert not (disturbed / FAILURES).exists()
    # Both nodes were at work, and the run that cannot be done was begun once, for it is as wrong the next time.
    lines = [json.loads(line) for line in (alone / JOURNAL).read_text(encoding="utf-8").splitlines()]
    assert len({line["node"] for line in lines if line["outcome"] == "finished"}) == 2
    (failure,) = [json.loads(line) for line in (alone / FAILURES).read_text(encoding="utf-8").splitlines()]
    assert failure["attempts"] == 1
    assert "batch_size: 5000 is more than the" in failure["error"]
    assert failure["experiment"]["batch_size"] == 5000
