"""The explorer as a web application: one page, what a run shows on it, and the questions that the page asks."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any, cast

import numpy as np
from plotly.offline import get_plotlyjs
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from slowfold.errors import OptionError, SlowfoldError
from slowfold.explorer.documents import Document, Documents
from slowfold.explorer.following import MOST_CHARACTERS, MOST_STEPS, MOST_WORDS, Follower
from slowfold.explorer.guard import Guard
from slowfold.explorer.landscape import draw_plane, draw_space, find_layers
from slowfold.explorer.suggesting import Suggester
from slowfold.explorer.telling import tell_plane
from slowfold.report import find
from slowfold.report.page import part
from slowfold.report.theme import FONT, classes_of, dark_colours
from slowfold.report.wording import shortened
from slowfold.study import Run

__all__ = ["create_app"]

# Reading a text keeps one core busy; a second worker lets a short text pass a long one.
_WORKERS = 2
# So many may wait for a worker; whoever comes after that is asked to come again.
_WAITING = 64
_DECIMALS = 4

Answer = Callable[[dict[str, Any]], object]


def create_app(run: Run) -> Starlette:
    """The explorer of one run.

    Nothing is kept between two requests but the run itself: all that is on screen is in the address of the page.

    Args:
        run: A finished run.

    Returns:
        An application for any ASGI server. It answers to 127.0.0.1 and localhost alone, whatever it is bound to.

    Raises:
        RunError: A part of the run cannot be read.
        NetworkError: Its network cannot be read.
    """
    follower, documents = Follower(run), Documents(run)
    suggester = Suggester(run, follower.network.vocabulary.words)
    landscape = _encode(_landscape(run, follower, documents, suggester))
    desk = _Desk()

    def follow(asked: dict[str, Any]) -> object:
        return follower.follow(_text(asked))

    def hold(asked: dict[str, Any]) -> object:
        steps = _whole(asked, "steps", MOST_STEPS)
        return follower.hold(_text(asked), _whole(asked, "after", MOST_WORDS), steps)

    def nearest(asked: dict[str, Any]) -> object:
        return {"documents": [_document(document) for document in documents.nearest(_place(asked))]}

    def suggest(asked: dict[str, Any]) -> object:
        return {"words": suggester.near(_text(asked))}

    async def show_landscape(_: Request) -> Response:
        return Response(landscape, media_type="application/json", headers={"cache-control": "no-store"})

    questions = {"follow": follow, "hold": hold, "nearest": nearest, "suggest": suggest}
    return Starlette(
        routes=[
            Route("/", _page),
            Route("/page.css", _style),
            Route("/plotly.js", _plotly),
            Route("/landscape", show_landscape),
            *[Route(f"/{name}", desk.answering(answer), methods=["POST"]) for name, answer in questions.items()],
            Mount("/static", StaticFiles(directory=_static())),
        ],
        middleware=[Middleware(Guard)],
    )


class _Desk:
    """Where questions wait for a worker: computing never holds up the server itself."""

    def __init__(self) -> None:
        self._workers = ThreadPoolExecutor(_WORKERS, thread_name_prefix="explorer")
        self._places = BoundedSemaphore(_WAITING)

    def answering(self, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
        """An endpoint that gives the answer as JSON, and errors as one line."""

        async def endpoint(request: Request) -> Response:
            if not self._places.acquire(blocking=False):
                return JSONResponse({"error": "too many questions at once"}, 503, headers={"retry-after": "1"})
            try:
                body = await request.body()
                found = await asyncio.get_running_loop().run_in_executor(self._workers, _answer, answer, body)
            except SlowfoldError as error:
                return JSONResponse({"error": str(error)}, 400)
            finally:
                self._places.release()
            return Response(found, media_type="application/json", headers={"cache-control": "no-store"})

        return endpoint


def _answer(answer: Answer, body: bytes) -> bytes:
    try:
        asked = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise OptionError("is no JSON", where="the question", cure="send an object") from error
    if not isinstance(asked, dict):
        raise OptionError("is no JSON object", where="the question", cure="send an object")
    return _encode(answer(cast("dict[str, Any]", asked)))


def _landscape(run: Run, follower: Follower, documents: Documents, suggester: Suggester) -> dict[str, object]:
    """All that the page needs to know of a run before a text is read."""
    classes, space, found = classes_of(run), draw_space(run), find(run)
    groups = follower.groups.shown
    typical = [documents.typical(label) for label in range(len(classes))]
    return {
        "name": run.name,
        "task": shortened(run.summary["task"]["name"]),
        "headline": found.headline,
        "learned": found.learned,
        "several": follower.several,
        "held": follower.held,
        "classes": [
            {"name": name, "light": light, "dark": dark}
            for name, light, dark in zip(follower.class_names, classes.colours, classes.dark, strict=True)
        ],
        "groups": [
            {"name": name, "light": light, "dark": dark}
            for name, light, dark in zip(follower.group_names, groups.colours, groups.dark, strict=True)
        ],
        "dark": dark_colours(classes, groups),
        "plane": _figure(draw_plane(run).to_dict()),
        "space": None if space is None else _figure(space.to_dict()),
        "how": tell_plane(run.analysis["visited_share"].values, several=follower.several),
        "layers": [asdict(layer) for layer in find_layers(run)],
        "has_words": documents.has_words,
        "unknown": follower.network.vocabulary.unknown is not None,
        "examples": [_document(document) for document in typical if document is not None],
        "modifiers": suggester.modifiers,
        "telling": [suggester.telling.get(label, []) for label in range(len(classes))],
        "length": run.summary["task"]["mean_length"],
        "most": {"characters": MOST_CHARACTERS, "words": MOST_WORDS, "steps": MOST_STEPS},
    }


def _figure(described: dict[str, Any]) -> dict[str, Any]:
    # The page decides on the size.
    described["layout"].pop("height", None)
    return described


def _document(document: Document) -> dict[str, object]:
    return asdict(document)


def _encode(value: object) -> bytes:
    """JSON of plain values, arrays and dataclasses; numbers to so many decimals as a screen can show."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain).encode()


def _plain(value: object) -> object:
    if isinstance(value, np.ndarray):
        return np.round(value, _DECIMALS).tolist()
    if isinstance(value, np.generic):
        return value.item()
    return {name: getattr(value, name) for name in cast("Any", value).__dataclass_fields__}


def _text(asked: dict[str, Any]) -> str:
    text = asked.get("text")
    if not isinstance(text, str):
        raise OptionError("is no text", where="text", cure="give a text")
    if len(text) > MOST_CHARACTERS:
        raise OptionError(
            f"has {len(text):,} characters", where="the text", cure=f"at most {MOST_CHARACTERS:,} are looked at"
        )
    return text


def _whole(asked: dict[str, Any], name: str, most: int) -> int:
    value = asked.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise OptionError("is no whole number from 0", where=name, cure=f"give 0 to {most}")
    return min(value, most)


def _place(asked: dict[str, Any]) -> np.ndarray:
    value = asked.get("at")
    numbers = cast("list[object]", value) if isinstance(value, list) else []
    good = [float(one) for one in numbers if isinstance(one, int | float) and not isinstance(one, bool)]
    at = np.array(good, dtype=np.float64)
    if not 2 <= len(good) == len(numbers) <= 3 or not np.isfinite(at).all():
        raise OptionError("is no place", where="at", cure="give two or three numbers")
    return at


def _static() -> Path:
    return Path(str(files("slowfold.explorer").joinpath("static")))


async def _page(_: Request) -> Response:
    return FileResponse(_static() / "index.html", headers={"cache-control": "no-cache"})


async def _style(_: Request) -> Response:
    # The colours and the type of the page are those of the report.
    return Response(f":root {{ --font: {FONT}; }}\n{part('report.css')}", media_type="text/css")


async def _plotly(request: Request) -> Response:
    tag = f'"plotly-{version("plotly")}"'
    headers = {"etag": tag, "cache-control": "no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(get_plotlyjs(), media_type="text/javascript", headers=headers)
