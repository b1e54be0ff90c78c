"""Serving the explorer on this machine until it is told to stop."""

from __future__ import annotations

import signal
import socket
import webbrowser
from collections.abc import Callable

import uvicorn

from slowfold.errors import OptionError
from slowfold.explorer.app import create_app
from slowfold.study import Run
from slowfold.threads import torch_threads

__all__ = ["HOST", "PORT", "serve"]

HOST = "127.0.0.1"
"""The one address that the explorer can be reached at: from this machine, by nobody else."""

PORT = 8642
"""The port unless one says otherwise."""

# Connections that browsers keep open beyond this many are refused.
_CONNECTIONS = 256
# A request that is being answered may end; then the server does.
_SECONDS_TO_END = 2


def serve(
    run: Run,
    *,
    port: int = PORT,
    browse: bool = True,
    notify: Callable[[str], None] = lambda _: None,
) -> None:
    """Serves the explorer of a run until Ctrl-C, or until the process is told to end.

    Meanwhile PyTorch works with one thread: a step of a network is too small to be shared.

    Args:
        run: A finished run.
        port: The port, or 0 for any that is free.
        browse: Whether to open the page in a browser.
        notify: Told the address once the page can be opened.

    Raises:
        OptionError: The port is in use, or is none.
        RunError: A part of the run cannot be read.
    """
    with _listen(port) as listening, torch_threads(1):
        address = f"http://{HOST}:{listening.getsockname()[1]}/"
        config = uvicorn.Config(
            create_app(run),
            log_level="warning",
            access_log=False,
            lifespan="off",
            ws="none",
            server_header=False,
            limit_concurrency=_CONNECTIONS,
            timeout_graceful_shutdown=_SECONDS_TO_END,
        )
        _Server(config, lambda: _tell(address, notify, browse=browse)).serve_until_told(listening)


class _Server(uvicorn.Server):
    """A server that says when it can be reached, and ends as quietly on SIGTERM as on Ctrl-C."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._tell_started = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._tell_started()

    def serve_until_told(self, listening: socket.socket) -> None:
        """Runs; being told to stop is how it ends, and no error."""
        # The server raises the signal that ended it once more for whoever was there before; this turns both into one.
        before = signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            self.run(sockets=[listening])
        except KeyboardInterrupt:
            return
        finally:
            signal.signal(signal.SIGTERM, before)


def _tell(address: str, notify: Callable[[str], None], *, browse: bool) -> None:
    notify(address)
    if browse:
        webbrowser.open(address)


def _listen(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        # Not on Windows, where it would let two programs have the same port.
        if hasattr(signal, "SIGUSR1"):
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((HOST, port))
    except (OSError, OverflowError) as error:
        listening.close()
        what = "is no port" if isinstance(error, OverflowError) else "is in use, or may not be used"
        raise OptionError(
            f"port {port} {what}", where="--port", cure="give another, or 0 for any that is free"
        ) from error
    return listening
