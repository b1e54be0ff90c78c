"""The words of the command line as a command: what is not known is told in one line, with what is near it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, field, fields, is_dataclass, make_dataclass
from functools import reduce
from operator import or_
from typing import Annotated, Any, Protocol, cast, get_args, get_type_hints, runtime_checkable

import tyro
from rich.console import Console

from slowfold.errors import OptionError

__all__ = ["Command", "parse"]

_HELP = "--help"
# Help says nothing of a default where this stands: the text says what is done without.
_SILENT = tyro.conf.arg(help_behavior_hint="")


@runtime_checkable
class Command(Protocol):
    """What a command can do: its fields are what it needs, and what is heavy is imported when it is executed."""

    def execute(self, console: Console, progress: Console, /) -> None:
        """Does it: the answer goes to ``console``, what is being done to ``progress``."""
        ...


def parse(words: Sequence[str], commands: Mapping[str, type[Command]], *, description: str) -> Command:
    """The command that words ask for.

    Args:
        words: Those after ``slowfold``.
        commands: The commands by name, in the order in which ``--help`` lists them.
        description: What ``--help`` says first.

    Raises:
        OptionError: There is no such command or option, or a word is one too many.
        SystemExit: Help was asked for, something is missing, or a value is of the wrong type.
    """
    name = words[0] if words else _HELP
    if name in commands:
        _require_known(words[1:], name, commands[name])
    elif not name.startswith("-"):
        raise OptionError("there is no such command", where=name, cure=_near(name, list(commands)))
    # Of the other commands nothing but their purpose is shown.
    offered = [
        Annotated[_quiet(command) if name == one else command, tyro.conf.subcommand(one)]
        for one, command in commands.items()
    ]
    asked, unknown = cast(
        "tuple[Command, list[str]]",
        tyro.cli(  # pyright: ignore[reportCallIssue] - tyro takes unions, its annotation does not say so
            reduce(or_, offered),  # pyright: ignore[reportArgumentType]
            prog="slowfold",
            description=description,
            args=list(words),
            return_unknown_args=True,
            config=(
                tyro.conf.PositionalRequiredArgs,
                tyro.conf.PositionalMetavarFromFieldName,
                tyro.conf.FlagCreatePairsOff,
                tyro.conf.DisallowNone,
            ),
        ),
    )
    if unknown:
        raise OptionError("is one word too many", where=unknown[0], cure=f"see slowfold {name} --help")
    return asked


def _require_known(words: Sequence[str], name: str, command: type[Command]) -> None:
    """That every option among the words is one of the command."""
    options = dict(_options(command)) | {_HELP: True}
    for word in words:
        option = word.split("=")[0].replace("_", "-")
        if not word.startswith("--") or options.get(option, False):
            continue
        if option in options:
            raise OptionError(f"does not apply to slowfold {name}", where=option, cure="leave it out")
        offered = [one for one, shown in options.items() if shown]
        longer = [one for one in offered if one.startswith(option)]
        raise OptionError(f"slowfold {name} has no such option", where=option, cure=_near(option, longer or offered))


def _near(name: str, names: Sequence[str]) -> str:
    # Loaded for a complaint only: with the texts come libraries that --help can do without.
    from slowfold.text import near_names

    return near_names(name, names)


def _options(options: type[object]) -> Iterator[tuple[str, bool]]:
    """The options of a command as they are typed, those of its parts among them, and whether each is to be given.

    What has no default stands at its place, without a name.
    """
    hints = get_type_hints(options, include_extras=True)
    for entry in fields(cast("Any", options)):
        hint = hints[entry.name]
        part, marks = _part(hint), get_args(hint)[1:]
        if part is not None:
            yield from _options(part)
        elif tyro.conf.Positional not in marks and entry.default is not MISSING:
            yield "--" + entry.name.replace("_", "-"), tyro.conf.Suppress not in marks


def _quiet(options: type[object], given: object = MISSING) -> type[object]:
    """The same options, whose help is silent of defaults that say nothing; those of a part may be given with it."""
    hints = get_type_hints(options, include_extras=True)
    changed: list[tuple[str, Any, Any]] = []
    for entry in fields(cast("Any", options)):
        hint = hints[entry.name]
        part = _part(hint)
        usual = _default(entry) if given is MISSING else getattr(given, entry.name)
        if part is not None:
            changed.append((entry.name, Annotated[(_quiet(part, usual), *get_args(hint)[1:])], field()))
        elif usual is None:
            changed.append((entry.name, Annotated[hint, _SILENT], field(default=None)))
        elif tyro.conf.Positional in get_args(hint)[1:]:
            default = field() if usual is MISSING else field(default=usual)
            changed.append((entry.name, Annotated[hint, _SILENT], default))
        elif given is not MISSING:
            changed.append((entry.name, hint, field(default=usual)))
    made = make_dataclass(options.__name__, changed, bases=(options,), frozen=True, kw_only=True)
    made.__doc__ = options.__doc__
    return made


def _default(entry: Field[Any]) -> object:
    return entry.default if entry.default_factory is MISSING else entry.default_factory()


def _part(hint: object) -> type[object] | None:
    """The dataclass that a marked hint stands for, if it does."""
    bare = next(iter(get_args(hint)), None)
    return bare if isinstance(bare, type) and is_dataclass(bare) else None
