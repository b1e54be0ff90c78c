"""What is still to be done with a run, by what of it is there and by what is to stand beside it."""

import pickle
from dataclasses import replace
from pathlib import Path

import pytest

from slowfold.study import Experiment
from slowfold.study.sweeping.additions import Addition, Todo, todo_of

ONE = Experiment(task="categorical")
PARTS = ("analysis.nc", "model.json", "model.safetensors")


def holds_all(path: Path) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == "all"


NOTE = Addition(print, "note.txt", required=frozenset([ONE]), is_whole=holds_all)


@pytest.mark.parametrize(
    ("files", "todo"),
    [
        ({}, Todo.RUN),
        (dict.fromkeys((*PARTS, "note.txt"), "all"), Todo.RUN),
        ({"summary.json": ""}, Todo.AGAIN),
        (dict.fromkeys(("summary.json", *PARTS[1:]), ""), Todo.AGAIN),
        (dict.fromkeys(("summary.json", *PARTS[:2]), ""), Todo.AGAIN),
        (dict.fromkeys(("summary.json", *PARTS), ""), Todo.ADD),
        (dict.fromkeys(("summary.json", *PARTS, "note.txt"), "half"), Todo.ADD),
        ({"summary.json": "", "note.txt": "half"}, Todo.AGAIN),
        ({"summary.json": "", "note.txt": "all"}, Todo.NOTHING),
        (dict.fromkeys(("summary.json", *PARTS, "note.txt"), "all"), Todo.NOTHING),
    ],
)
def test_what_is_there_decides(tmp_path, files, todo):
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert todo_of(ONE, tmp_path, NOTE) is todo
    # Of a run that it is not required of, too little is enough.
    other = Todo.NOTHING if todo is Todo.AGAIN else todo
    assert todo_of(replace(ONE, seed=1), tmp_path, NOTE) is other
    # Where nothing is to stand beside it, the summary decides.
    assert todo_of(ONE, tmp_path) is (Todo.NOTHING if "summary.json" in files else Todo.RUN)


def test_it_goes_to_other_processes_as_it_is():
    assert pickle.loads(pickle.dumps(Addition(print, "note.txt"))) == Addition(print, "note.txt")
