"""Texts that cost a regular expression more than their length: for each pattern, made of its own parts.

Every repeat without an end is pumped behind what must stand before it, and what follows is left out, so that the
pattern has to give up; and every beginning of what it would match is repeated.
"""

import re
from collections.abc import Iterable, Iterator
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

BLANKS = (" ", "\n", "\u3000", "\t ")
PLAIN = (
    "a",
    "A",
    "9",
    "(",
    ")",
    "[",
    ",",
    ".",
    "-",
    ":",
    "/",
    '"',
    "年",
    "a ",
    "1 ",
    "( ",
    ", ",
    "a.",
    "1.",
    "- ",
    "(a",
)
CATEGORIES = {
    op.CATEGORY_DIGIT: "7",
    op.CATEGORY_NOT_DIGIT: "x",
    op.CATEGORY_SPACE: " ",
    op.CATEGORY_NOT_SPACE: "x",
    op.CATEGORY_WORD: "x",
    op.CATEGORY_NOT_WORD: "-",
}
# Nothing that any pattern of ours ends with.
END = "\x01"


def texts(pattern: str, flags: int, length: int) -> Iterator[str]:
    """Texts of about `length` characters."""
    pieces: dict[str, None] = dict.fromkeys((*BLANKS, *PLAIN))
    for before, pumped in _pumped(parser.parse(pattern, flags), ""):
        pieces[pumped] = None
        yield before + _repeated(pumped, length) + END
        for blank in BLANKS[:2]:
            yield before + _repeated(blank, length) + END
    example = _example(parser.parse(pattern, flags))
    for end in range(1, min(len(example), 40) + 1):
        pieces[example[:end]] = None
    for piece in pieces:
        if piece:
            yield _repeated(piece, length) + END


def _repeated(piece: str, length: int) -> str:
    return piece * (length // len(piece))


def _pumped(parsed: Iterable[Any], before: str) -> Iterator[tuple[str, str]]:
    """(what stands before it, one turn of it) for every repeat without an end, however deep."""
    for kind, of in parsed:
        if kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
            _, most, inner = of
            if most == op.MAXREPEAT:
                yield before, _example(inner) or " "
            yield from _pumped(inner, before)
        else:
            for inner in _inside(kind, of):
                yield from _pumped(inner, before)
        before += _example([(kind, of)])


def _inside(kind: Any, of: Any) -> list[Any]:
    if kind is op.SUBPATTERN:
        return [of[-1]]
    if kind is op.BRANCH:
        return list(of[1])
    if kind in (op.ASSERT, op.ASSERT_NOT):
        return [of[1]]
    return [of] if kind is op.ATOMIC_GROUP else []


def _example(parsed: Iterable[Any]) -> str:
    """A short text that the parts match, repeats at least once."""
    return "".join(_example_of(kind, of) for kind, of in parsed)


def _example_of(kind: Any, of: Any) -> str:
    if kind is op.LITERAL:
        return chr(of)
    if kind in (op.NOT_LITERAL, op.ANY):
        return "x"
    if kind is op.IN:
        return _member(of)
    if kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
        return _example(of[2]) * max(1, of[0])
    if kind in (op.SUBPATTERN, op.BRANCH, op.ATOMIC_GROUP):
        return _example(_inside(kind, of)[0])
    return ""


def _member(of: Iterable[Any]) -> str:
    kinds = list(of)
    if kinds[0][0] is op.NEGATE:
        return next((one for one in "x7 -" if not re.match(_class(kinds[1:]), one)), "~")
    kind, value = kinds[-1]
    if kind is op.RANGE:
        return chr(value[0])
    return chr(value) if kind is op.LITERAL else CATEGORIES.get(value, "x")


def _class(kinds: Iterable[Any]) -> str:
    """A set of characters as a pattern again."""
    parts = []
    for kind, value in kinds:
        if kind is op.RANGE:
            parts.append(f"{re.escape(chr(value[0]))}-{re.escape(chr(value[1]))}")
        elif kind is op.LITERAL:
            parts.append(re.escape(chr(value)))
        else:
            parts.append(re.escape(CATEGORIES.get(value, "x")))
    return f"[{''.join(parts)}]"
