"""A file is written whole or not at all."""

import errno
import stat

import pytest

from slowfold.errors import DataError, RunError, SlowfoldError
from slowfold.storage import read_json, read_toml, whole_file, write_json, write_text, write_toml


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a.txt"
    write_text(path, "old")

    def fail():
        with whole_file(path) as beside:
            beside.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["a.txt"]


def test_a_new_file_is_as_readable_as_any_other(tmp_path):
    write_text(tmp_path / "ours", "x")
    (tmp_path / "theirs").write_text("x")
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("ours", "theirs")]
    assert modes[0] == modes[1]


def test_folders_are_made(tmp_path):
    write_json(tmp_path / "a" / "b" / "c.json", {"x": 1})
    assert read_json(tmp_path / "a" / "b" / "c.json") == {"x": 1}


def test_a_folder_that_is_a_file_is_refused_in_one_line(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(RunError, match="cannot be written"):
        write_text(tmp_path / "file" / "a.txt", "x")


def test_a_disk_that_is_full_is_told_in_one_line_and_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.txt"
    write_text(path, "old")

    def fill():
        with whole_file(path) as beside:
            beside.write_text("half")
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(RunError, match=r"a\.txt: cannot be written \(No space left on device\); make room on the disk"):
        fill()
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["a.txt"]


def test_a_folder_without_permission_is_refused_in_one_line(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    # The root user may write everywhere, so the refusal is made here.
    monkeypatch.setattr("tempfile.mkstemp", refuse)
    with pytest.raises(RunError, match=r"cannot be written \(Permission denied\)"):
        write_text(tmp_path / "a.txt", "x")


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_json_holds_no_nan(tmp_path, number):
    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "a.json", {"x": number})
    assert list(tmp_path.iterdir()) == []


def test_toml_leaves_out_none(tmp_path):
    write_toml(tmp_path / "a.toml", {"x": None, "y": {"z": None, "w": "ü\n"}})
    assert read_toml(tmp_path / "a.toml") == {"y": {"w": "ü\n"}}


@pytest.mark.parametrize("read", [read_json, read_toml])
def test_a_file_that_is_missing_or_damaged_is_refused_by_name(tmp_path, read):
    with pytest.raises(RunError, match="missing"):
        read(tmp_path / "missing")
    (tmp_path / "damaged").write_bytes(b'{"x": \xff')
    with pytest.raises(RunError, match="damaged"):
        read(tmp_path / "damaged")


def test_an_error_is_one_line_whatever_it_quotes():
    error = DataError("bad\nfield\x00\x1b[31m", where="a\rb.csv", cure="mend\tit")
    assert str(error) == "a b.csv: bad field [31m; mend it"
    assert isinstance(error, SlowfoldError)
