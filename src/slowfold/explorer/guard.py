"""Who may ask the explorer, and how much: this machine alone, in small requests, by no other page."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["HEADERS", "MOST_BYTES", "Guard"]

MOST_BYTES = 1_000_000
"""The largest body of a request: 200,000 characters, none of which takes more than four bytes, and some room."""

# A body that small is there at once, or never will be.
_SECONDS = 10.0
# Whoever lets another name point to this machine sends that name along; an address bar never does.
_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})

HEADERS = {
    # Plotly writes styles of its own, and shows pictures that it has made itself.
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
"""What every answer says to the browser."""


class Guard:
    """Refuses what no page of the explorer asks: other hosts, other origins, large or endless bodies.

    Args:
        app: What answers the rest.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] != "http":
            return
        headers = Headers(scope=scope)

        async def sealed(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        refused = _refusal(scope["method"], headers)
        body = b""
        if refused is None and scope["method"] == "POST":
            read = await _read(receive)
            if isinstance(read, bytes):
                body = read
            else:
                refused = read
        if refused is not None:
            status, reason = refused
            # What is not read of a body must not be taken for the next request.
            answer = JSONResponse({"error": reason}, status_code=status, headers={"connection": "close"})
            await answer(scope, receive, sealed)
            return
        await self._app(scope, _Replayed(body, receive), sealed)


class _Replayed:
    """Hands on a body that has been read, then whatever comes after it."""

    def __init__(self, body: bytes, receive: Receive) -> None:
        self._body: bytes | None = body
        self._receive = receive

    async def __call__(self) -> Message:
        if self._body is None:
            return await self._receive()
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}


def _refusal(method: str, headers: Headers) -> tuple[int, str] | None:
    """Why a request is not answered, or None where it is."""
    host = headers.get("host", "")
    if _name(host) not in _HOSTS:
        return 421, "this page answers to 127.0.0.1 and localhost only"
    if method not in ("GET", "HEAD", "POST"):
        return 405, "ask with GET or POST"
    origin = headers.get("origin")
    if origin is not None and origin != f"http://{host}":
        return 403, "another page may not ask"
    # Somebody who follows a link from elsewhere comes from another site, and is welcome to the page.
    followed = method == "GET" and headers.get("sec-fetch-mode") == "navigate"
    if headers.get("sec-fetch-site", "none") not in ("same-origin", "none") and not followed:
        return 403, "another page may not ask"
    if method == "POST" and headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
        return 415, "send JSON"
    length = headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > MOST_BYTES:
        return 413, f"send at most {MOST_BYTES:,} bytes"
    return None


def _name(host: str) -> str | None:
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None


async def _read(receive: Receive) -> bytes | tuple[int, str]:
    """The body of a request, or why it is refused."""
    body = bytearray()
    try:
        async with asyncio.timeout(_SECONDS):
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    return 400, "the request broke off"
                body += message.get("body", b"")
                if len(body) > MOST_BYTES:
                    return 413, f"send at most {MOST_BYTES:,} bytes"
                if not message.get("more_body", False):
                    return bytes(body)
    except TimeoutError:
        return 408, "the request did not come to its end"
