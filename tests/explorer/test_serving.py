"""The server as a process: where it listens, and how it ends."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager

import httpx
import pytest

from slowfold.cli.explore import ExploreCommand
from slowfold.errors import OptionError
from slowfold.explorer import PORT, serve
from slowfold.study import Run

PROGRAM = """
import sys
from rich.console import Console
from slowfold.cli.explore import ExploreCommand

ExploreCommand(run=sys.argv[1], port=0, no_browser=True).execute(Console(), Console(stderr=True))
"""


@contextmanager
def started(run: Run) -> Generator[tuple[subprocess.Popen[str], str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(run.folder)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        address = re.fullmatch(r"http://127\.0\.0\.1:\d+/\n", said)
        assert address, (said, process.stderr.read() if process.stderr and not said else "")
        yield process, address[0].strip()
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_cleanly_when_told_to(explored: Run, told: signal.Signals) -> None:
    with started(explored) as (process, address):
        port = int(address.rstrip("/").rsplit(":")[-1])
        with httpx.Client(base_url=address, trust_env=False) as client:
            # A connection that stays open, one that is cut in the middle of a request, and one that says nothing.
            assert client.get("/landscape").status_code == 200
            with socket.create_connection(("127.0.0.1", port)) as killed:
                killed.sendall(b"POST /follow HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n")
                killed.sendall(b'Content-Length: 900\r\n\r\n{"text": "the')
            silent = socket.create_connection(("127.0.0.1", port))
            answer = client.post("/follow", json={"text": "the kinda_1"})
            assert answer.json()["words"] == ["the", "kinda_1"]
            process.send_signal(told)
            assert process.wait(20) == 0
            silent.close()
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()


def test_a_port_in_use_is_told_in_one_line(explored: Run) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(OptionError, match=f"--port: port {port} is in use.*give another, or 0"):
            serve(explored, port=port, browse=False)


@pytest.mark.parametrize("port", [-1, 65_536, 10**9])
def test_a_number_that_is_no_port_is_told_so(explored: Run, port: int) -> None:
    with pytest.raises(OptionError, match="is no port"):
        serve(explored, port=port, browse=False)


def test_the_command_has_the_same_port_as_the_library() -> None:

    assert ExploreCommand(run="latest").port == PORT
