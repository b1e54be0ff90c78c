"""Classes as they are asked for: chosen, joined and renamed, in one syntax."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from slowfold.errors import DataError
from slowfold.text.corpus import Kind
from slowfold.text.grouping import group_positions
from slowfold.text.names import clean_name, quoted
from slowfold.text.reading.labels import is_number, sort_names, spell

__all__ = ["Classes", "needs_names", "order_groups", "parse_classes"]

Classes = Sequence[str] | Mapping[str, Sequence[str]]
"""Which classes are kept: names, groups ``"1+2"`` and renamed groups ``"negative=1+2"``, in the order in which they are
to be numbered; or the classes that each new class joins, by its name."""


def needs_names(classes: Classes | None) -> bool:
    """Whether what ``classes`` mean depends on the names that there are: a name may hold a plus or an equals sign.

    Example:
        >>> needs_names(["World", "Sports"]), needs_names(["1+2", "3"]), needs_names({"low": ["1", "2"]})
        (False, True, False)
    """
    return (
        classes is not None
        and not isinstance(classes, Mapping)
        and any("+" in entry or "=" in entry for entry in classes)
    )


def parse_classes(classes: Classes, names: Collection[str], *, where: str) -> dict[str, tuple[str, ...]]:
    """The classes that each new class joins, by its name, in the order asked.

    Where an entry can be read in several ways, the one wins whose classes exist: a class called ``C++`` is not taken
    apart.

    Args:
        classes: The entries.
        names: The names of the classes that there are; a class that is not among them is let through.
        where: Where the classes come from, for the messages.

    Raises:
        DataError: An entry names nothing, a name is given twice, a class is in two groups, or there are fewer than two.

    Example:
        >>> parse_classes(["negative=1+2", "3", "4+5"], ["1", "2", "3", "4", "5"], where="reviews.csv")
        {'negative': ('1', '2'), '3': ('3',), '4+5': ('4', '5')}
    """
    if isinstance(classes, Mapping):
        # A lone name is no sequence of letters.
        listed = {name: [joined] if isinstance(joined, str) else joined for name, joined in classes.items()}
        pairs = [(name, tuple(map(clean_name, joined))) for name, joined in listed.items()]
    else:
        pairs = [_entry(clean_name(entry), names) for entry in classes]
    groups: dict[str, tuple[str, ...]] = {}
    group_of: dict[str, str] = {}
    for name, joined in ((clean_name(name), joined) for name, joined in pairs):
        if not name or not joined or not all(joined):
            raise DataError(
                f"the entry {quoted(name)} names no classes", where=where, cure="write them as in 'negative=1+2'"
            )
        if name in groups:
            raise DataError(_not_distinct(name), where=where, cure="name each class once")
        groups[name] = joined
        for member in joined:
            if member in group_of:
                raise DataError(_not_distinct(member), where=where, cure="name each class once")
            group_of[member] = name
    if len(groups) < 2:
        raise DataError("these are not two or more distinct classes", where=where, cure="name another one")
    return groups


def order_groups(
    groups: Mapping[str, Sequence[str]], kind: Kind, known: Sequence[str] | None, *, where: str
) -> dict[str, tuple[str, ...]]:
    """Groups of classes in the order in which they are numbered, their classes spelled as labels are read.

    Ordered classes stand in the order of the known names, or else of their numbers; where they are no numbers, the
    order asked is their order.

    Args:
        groups: The classes that each new class joins, by its name, in the order asked.
        kind: What the labels are.
        known: The names of the classes in their order, where they are known.
        where: Where the classes come from, for the messages.

    Raises:
        DataError: A class is not known, or groups of ordered classes interleave.

    Example:
        >>> order_groups({"good": ["4", "5.0"], "bad": ["1", "2"]}, "ordered", None, where="reviews.csv")
        {'bad': ('1', '2'), 'good': ('4', '5')}
    """
    if known is None:
        spelled = {name: tuple(spell(member, kind) for member in joined) for name, joined in groups.items()}
        members = [member for joined in spelled.values() for member in joined]
        if kind != "ordered" or not all(map(is_number, members)):
            return spelled
        known = sort_names(members)
    else:
        values = {spell(name, "ordered"): name for name in known if is_number(name)}
        spelled = {
            name: tuple(
                member if member in known else values.get(spell(member, "ordered"), member) for member in joined
            )
            for name, joined in groups.items()
        }
    positions = group_positions(spelled, known, ordered=kind == "ordered", where=where)
    return {name: spelled[name] for name in positions}


def _not_distinct(name: str) -> str:
    return f"these are not two or more distinct classes: {quoted(name)} is named twice"


def _entry(entry: str, names: Collection[str]) -> tuple[str, tuple[str, ...]]:
    """The name and the classes of one entry, read as the classes that there are ask for, else by its first signs."""
    whole = _members(entry, names)
    if whole is not None:
        return entry, whole
    signs = [at for at, sign in enumerate(entry) if sign == "="]
    for at in signs:
        renamed = _members(entry[at + 1 :], names)
        if renamed is not None:
            return entry[:at].strip(), renamed
    name, equals, joined = entry.partition("=")
    members = tuple(member.strip() for member in (joined if equals else entry).split("+"))
    return (name.strip() if equals else entry), members


def _members(text: str, names: Collection[str]) -> tuple[str, ...] | None:
    """``text`` as existing classes with a plus sign between them; None where it is not that."""
    text = text.strip()
    if text in names:
        return (text,)
    for at in (at for at, sign in enumerate(text) if sign == "+"):
        if text[:at].strip() in names:
            others = _members(text[at + 1 :], names)
            if others is not None:
                return (text[:at].strip(), *others)
    return None
