"""The README and the documentation as programs: their fenced blocks, and the small files that the blocks speak of."""

from __future__ import annotations

import gzip
import json
import re
import shlex
from pathlib import Path

__all__ = ["PAGES", "REPOSITORY", "commands", "python_blocks", "set_the_scene"]

REPOSITORY = Path(__file__).resolve().parent.parent
PAGES = tuple(
    sorted(
        path.relative_to(REPOSITORY).as_posix()
        for path in (REPOSITORY / "README.md", *(REPOSITORY / "docs").rglob("*.md"))
        if "_build" not in path.parts
    )
)

FENCE = re.compile(r"^```(?P<language>[a-z]+)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)

# Made up for these tests: no word of any published data set.
OPINIONS = {
    "1": "the soup was cold and the waiter was rude",
    "2": "the room was small and rather noisy",
    "3": "an ordinary place with ordinary food",
    "4": "a good meal and a friendly welcome",
    "5": "a wonderful evening and superb food",
}
SUBJECTS = {
    "World": "the minister met the president of the neighbouring country",
    "Sports": "the team won the match in the last minute of the season",
    "Business": "the shares of the company fell after the profit warning",
    "Technology": "the new chip makes the computer faster and the software smaller",
}
ROWS_PER_CLASS = 24


def blocks(page: str, language: str) -> list[str]:
    """The bodies of a page's fenced blocks in one language, in order."""
    text = (REPOSITORY / page).read_text(encoding="utf-8")
    return [match["body"] for match in FENCE.finditer(text) if match["language"] == language]


def python_blocks(page: str) -> list[str]:
    """The Python of a page, in order."""
    return blocks(page, "python")


def commands(page: str) -> list[list[str]]:
    """The ``slowfold`` commands of a page, in order, as argument lists without the leading ``slowfold``."""
    lines = "".join(blocks(page, "sh")).replace("\\\n", " ").splitlines()
    words = (shlex.split(line, comments=True) for line in lines)
    return [found[1:] for found in words if found[:1] == ["slowfold"]]


def set_the_scene(folder: Path) -> Path:
    """Writes the files that pages speak of into ``folder``, and a small data set named ag_news; returns its folder."""
    lines = [f'"{text}, number {n}",{stars}' for n in range(ROWS_PER_CLASS) for stars, text in OPINIONS.items()]
    (folder / "reviews.csv").write_text("\n".join(["review,stars", *lines]) + "\n", encoding="utf-8")
    shards = folder / "shards"
    shards.mkdir()
    for part in (0, 1):
        with gzip.open(shards / f"{part}.csv.gz", "wt", encoding="utf-8") as file:
            file.write("\n".join(["review,stars", *lines[part::2]]) + "\n")
    comments = [
        {"comment": f"{text}, number {n}", "labels": labels}
        for n in range(ROWS_PER_CLASS)
        for text, labels in (("what a day", ["joy"]), ("oh no", ["fear"]), ("oh what", ["joy", "fear"]), ("so", []))
    ]
    (folder / "comments.jsonl").write_text("\n".join(map(json.dumps, comments)) + "\n", encoding="utf-8")
    data = folder / "data"
    news = data / "ag_news"
    news.mkdir(parents=True)
    for name in ("train", "test"):
        rows = [
            f'"{text}, day {n}",{label}' for n in range(ROWS_PER_CLASS) for label, text in enumerate(SUBJECTS.values())
        ]
        with gzip.open(news / f"{name}.csv.gz", "wt", encoding="utf-8") as file:
            file.write("\n".join(["text,label", *rows]) + "\n")
    (news / "classes.txt").write_text("\n".join(SUBJECTS) + "\n", encoding="utf-8")
    return data
