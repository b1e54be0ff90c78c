"""A Hugging Face Hub of one's own: a small server that answers as far as downloading data sets needs it."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from huggingface_hub import constants


@dataclass
class FakeHub:
    """What the server gives away, and what it was asked for.

    ``commits`` holds, by repository, the files of each commit, oldest first; ``refuse`` the status and the error code
    with which a repository is refused.
    """

    endpoint: str
    commits: dict[str, dict[str, dict[str, bytes]]] = field(default_factory=dict)
    refuse: dict[str, tuple[int, str]] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)

    def commit(self, repository: str, files: dict[str, bytes]) -> str:
        """Adds a commit and returns its hash."""
        content = repr((repository, sorted(files.items()), len(self.commits.get(repository, {})))).encode()
        sha = hashlib.sha1(content).hexdigest()
        self.commits.setdefault(repository, {})[sha] = files
        return sha


@contextmanager
def serving_hub() -> Generator[FakeHub]:
    """A Hub on a port of this machine, until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.answer(with_body=True)

        def do_HEAD(self) -> None:
            self.answer(with_body=False)

        def log_message(self, format: str, *args: object) -> None:
            pass

        def answer(self, with_body: bool) -> None:
            path = unquote(urlsplit(self.path).path)
            hub.requests.append(f"{self.command} {path}")
            status, headers, body = respond(hub, path.strip("/").split("/"))
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            if with_body:
                self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub = FakeHub(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def ask_only(hub: FakeHub, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets huggingface_hub ask no one but ``hub``, and keep what it downloads in ``folder``, without anyone's token."""
    # The variables HF_ENDPOINT and HF_HOME are read when the library is imported, which may have been long ago.
    monkeypatch.setattr(constants, "ENDPOINT", hub.endpoint)
    template = hub.endpoint + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(folder / "cache"))
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(folder / "token"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)


def respond(hub: FakeHub, parts: list[str]) -> tuple[int, dict[str, str], bytes]:
    """The status, the headers and the body for a path."""
    match parts:
        case ["api", "datasets", owner, name, *rest]:
            repository = f"{owner}/{name}"
        case ["datasets", owner, name, "resolve", *rest]:
            repository = f"{owner}/{name}"
            rest = ["resolve", *rest]
        case _:
            return 404, {}, b""
    if repository in hub.refuse:
        status, code = hub.refuse[repository]
        return status, {"X-Error-Code": code, "X-Error-Message": "refused"}, b"{}"
    commits = hub.commits.get(repository)
    if commits is None:
        return 401, {"X-Error-Code": "RepoNotFound"}, b"{}"
    revision = rest[1] if len(rest) > 1 else "main"
    sha = list(commits)[-1] if revision == "main" else revision
    if sha not in commits:
        return 404, {"X-Error-Code": "RevisionNotFound"}, b"{}"
    files = commits[sha]
    if rest[:1] in ([], ["revision"]):
        siblings = [{"rfilename": file} for file in files]
        return as_json({"_id": "0", "id": repository, "sha": sha, "siblings": siblings, "tags": [], "private": False})
    if rest[0] == "tree":
        return as_json([{"type": "file", "path": f, "size": len(c), "oid": etag(c)} for f, c in files.items()])
    file = "/".join(rest[2:])
    if file not in files:
        return 404, {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": sha}, b""
    return 200, {"X-Repo-Commit": sha, "ETag": f'"{etag(files[file])}"'}, files[file]


def as_json(value: object) -> tuple[int, dict[str, str], bytes]:
    return 200, {"Content-Type": "application/json"}, json.dumps(value).encode()


def etag(content: bytes) -> str:
    return hashlib.sha1(content).hexdigest()
