"""Data sets from a Hub of our own, which huggingface_hub really speaks to: the real one is never asked."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest
from huggingface_hub import constants

from fake_hub import ask_only, serving_hub
from slowfold.errors import DataError, DownloadError
from slowfold.text.hub import HUB_SETS, download

NEWS = HUB_SETS["ag_news"].repository
FILES = {
    "README.md": b"about",
    "data/train-00000-of-00002.parquet": b"first " * 100_000,
    "data/train-00001-of-00002.parquet": b"second",
    "data/test-00000-of-00001.parquet": b"third",
    "data/validation-00000-of-00001.parquet": b"fourth",
}


@pytest.fixture
def hub(tmp_path, monkeypatch):
    with serving_hub() as hub:
        ask_only(hub, tmp_path, monkeypatch)
        yield hub


def test_the_first_download_resolves_the_newest_commit_and_takes_only_what_is_read(hub, capfd):
    hub.commit(NEWS, {**FILES, "README.md": b"older"})
    newest = hub.commit(NEWS, FILES)
    got = download("ag_news")
    assert got.revision == newest
    assert [path.name for path in got.train] == ["train-00000-of-00002.parquet", "train-00001-of-00002.parquet"]
    assert [path.read_bytes() for path in got.train] == [b"first " * 100_000, b"second"]
    assert [path.read_bytes() for path in got.test] == [b"third"]
    assert not any("README" in request or "validation" in request for request in hub.requests)
    assert capfd.readouterr() == ("", "")


def test_a_revision_that_was_downloaded_needs_no_network(hub):
    first = hub.commit(NEWS, FILES)
    got = download("ag_news")
    hub.commit(NEWS, {**FILES, "data/test-00000-of-00001.parquet": b"changed"})
    hub.requests.clear()
    assert download("ag_news", revision=first) == got
    assert hub.requests == []
    assert download("ag_news").test[0].read_bytes() == b"changed"


def test_an_older_revision_is_downloaded_when_asked_for(hub):
    first = hub.commit(NEWS, FILES)
    hub.commit(NEWS, {**FILES, "data/test-00000-of-00001.parquet": b"changed"})
    got = download("ag_news", revision=first)
    assert (got.revision, got.test[0].read_bytes()) == (first, b"third")


def test_progress_rises_to_the_whole_and_is_told_only_when_asked(hub):
    hub.commit(NEWS, FILES)
    told: list[float] = []
    download("ag_news", progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_the_library_itself_reads_where_the_hub_and_the_cache_are(hub, tmp_path):
    sha = hub.commit(NEWS, FILES)
    program = "from slowfold.text.hub import download\ngot = download('ag_news')\nprint(got.revision, got.train[0])"
    home = tmp_path / "home"
    environment = {**os.environ, "HF_ENDPOINT": hub.endpoint, "HF_HOME": str(home), "HF_HUB_OFFLINE": "0"}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split()[0] == sha
    assert done.stdout.split()[1].startswith(str(home))
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("refusal", "message"),
    [
        ((403, "GatedRepo"), "given only to those who accept its terms; do so and log in"),
        ((401, "RepoNotFound"), "is not there, or not for everyone"),
        ((404, "RepoNotFound"), "is not there, or not for everyone"),
        ((500, ""), r"cannot be downloaded \(.*500 Internal Server Error"),
    ],
)
def test_a_refusal_is_one_line_with_the_folder_as_the_way_out(hub, refusal, message):
    hub.refuse[NEWS] = refusal
    with pytest.raises(DataError, match=message) as refused:
        download("ag_news")
    check_way_out(refused)


def test_a_hub_that_cannot_be_reached_is_one_line_with_the_folder_as_the_way_out(hub, monkeypatch):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        monkeypatch.setattr(constants, "ENDPOINT", f"http://127.0.0.1:{nobody.getsockname()[1]}")
        with pytest.raises(DownloadError, match=r"cannot be downloaded \(.*onnection") as refused:
            download("ag_news")
    check_way_out(refused)


def test_what_was_downloaded_last_is_read_when_the_hub_is_gone(hub, monkeypatch):
    hub.commit(NEWS, FILES)
    got = download("ag_news")
    hub.refuse[NEWS] = (503, "")
    assert download("ag_news") == got


def test_what_the_hub_does_not_have_is_said(hub):
    with pytest.raises(DataError, match="no 'agnews' that is known here; did you mean 'ag_news'"):
        download("agnews")
    assert hub.requests == []
    sha = hub.commit(NEWS, {"other.parquet": b""})
    with pytest.raises(DataError, match=rf"commit {sha} holds no data/train-\*\.parquet") as refused:
        download("ag_news")
    check_way_out(refused)
    with pytest.raises(DataError, match=f"there is no revision '{'0' * 40}'") as refused:
        download("ag_news", revision="0" * 40)
    check_way_out(refused)


def check_way_out(refused):
    message = str(refused.value)
    assert message.startswith(f"ag_news (datasets/{NEWS} on the Hugging Face Hub): ")
    assert message.endswith("into a folder and name that with --data-dir")
    assert "\n" not in message
