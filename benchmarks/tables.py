"""What the benchmarks share: times taken in turns, the peak of memory, and tables with the machine under them."""

from __future__ import annotations

import contextlib
import os
import resource
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import torch

__all__ = ["conditions", "in_turns", "memory_from_now", "peak_memory", "print_table", "times_as_long"]


def in_turns(
    *functions: Callable[[], object], rounds: int = 3, clock: Callable[[], float] = time.perf_counter
) -> list[float]:
    """The least time that each function took, in seconds; they run in turns, so that what else runs slows all alike.

    What a first call costs once and for all is not counted: there is one round more, before the others. By the clock
    ``time.process_time`` only the time of this process counts, of all its threads.
    """
    best = [float("inf")] * len(functions)
    for number in range(rounds + 1):
        for place, function in enumerate(functions):
            begin = clock()
            function()
            if number:
                best[place] = min(best[place], clock() - begin)
    return best


def memory_from_now() -> float:
    """The memory that this process holds, in megabytes; where Linux lets it, the peak is counted anew from here."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return peak_memory()


def peak_memory() -> float:
    """The most memory that this process has held so far, in megabytes."""
    with contextlib.suppress(OSError):
        # What getrusage says cannot be counted anew, and may be the parent's.
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return int(status.split("VmHWM:")[1].split()[0]) / 2**10
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10  # macOS counts bytes, Linux kilobytes


def times_as_long(peer: float, own: float) -> str:
    """How many times as long the peer takes."""
    return f"{peer / own:.1f}"


def print_table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Prints a Markdown table and an empty line."""
    for line in (header, ["---"] * len(header), *rows):
        print("| " + " | ".join(str(cell) for cell in line) + " |")
    print(flush=True)


def conditions() -> str:
    """What the numbers were obtained on."""
    python = ".".join(str(part) for part in sys.version_info[:2])
    return f"{os.cpu_count()} cores, {torch.get_num_threads()} threads, PyTorch {torch.__version__}, Python {python}"
