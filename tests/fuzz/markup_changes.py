"""Markup changed tag by tag, whether or not what comes of it is well-formed: pages, news, parts of workbooks."""

import random
import re
from collections.abc import Callable, Sequence

from tests.fuzz.changes import EXTREMES, Change

DEPTHS = (3, 100, 300, 3_000)
COPIES = (2, 40, 1_000)
_TAG = re.compile(rb"<[^<>]*>")
_ATTRIBUTE = re.compile(rb"\s[\w:.-]+=(?:\"[^\"]*\"|'[^']*')")
_TEXT = re.compile(rb">([^<>]+)<")
Place = tuple[int, int, bytes]


def with_other_markup(body: bytes, _: object, steps: Sequence[int]) -> Change:
    """Return the document after a change a step; nobody knows which entries that touched."""
    for step in steps:
        chosen = random.Random(step)
        start, end, by = chosen.choice(MARKUP_CHANGES)(body, chosen)
        body = body[:start] + by + body[end:]
    return Change(body, None)


def _a(pattern: re.Pattern[bytes], body: bytes, chosen: random.Random, group: int = 0) -> Place:
    found = [(*match.span(group), match[group]) for match in pattern.finditer(body)]
    return chosen.choice(found) if found else (0, 0, b"")


def _without_tag(body: bytes, chosen: random.Random) -> Place:
    start, end, _ = _a(_TAG, body, chosen)
    return start, end, b""


def _tag_again(body: bytes, chosen: random.Random) -> Place:
    _, end, tag = _a(_TAG, body, chosen)
    return end, end, tag * chosen.choice((1, *COPIES))


def _another_tag(body: bytes, chosen: random.Random) -> Place:
    start, end, _ = _a(_TAG, body, chosen)
    return start, end, _a(_TAG, body, chosen)[2]


def _without_attribute(body: bytes, chosen: random.Random) -> Place:
    start, end, _ = _a(_ATTRIBUTE, body, chosen)
    return start, end, b""


def _other_attribute(body: bytes, chosen: random.Random) -> Place:
    start, end, said = _a(_ATTRIBUTE, body, chosen)
    value = chosen.choice(EXTREMES).replace('"', "&quot;").replace("<", "&lt;").encode()
    if chosen.random() < 0.4:
        value = _a(_ATTRIBUTE, body, chosen)[2].partition(b"=")[2].strip(b"\"'")
    return start, end, said.partition(b"=")[0] + b'="' + value + b'"'


def _other_text(body: bytes, chosen: random.Random) -> Place:
    start, end, _ = _a(_TEXT, body, chosen, 1)
    text = chosen.choice(EXTREMES)
    escaped = text if chosen.random() < 0.3 else text.replace("&", "&amp;").replace("<", "&lt;")
    return start, end, escaped.encode()


def _nested(body: bytes, chosen: random.Random) -> Place:
    _, end, tag = _a(_TAG, body, chosen)
    depth = chosen.choice(DEPTHS)
    name = re.match(rb"<(\w+)", tag)
    if name is None:
        return end, end, b"<div>" * depth + b"x" + b"</div>" * depth
    return end, end, b"<%s>" % name[1] * depth + b"x" + b"</%s>" % name[1] * depth


MARKUP_CHANGES: tuple[Callable[[bytes, random.Random], Place], ...] = (
    _without_tag,
    _tag_again,
    _another_tag,
    _without_attribute,
    _other_attribute,
    _other_attribute,
    _other_text,
    _other_text,
    _nested,
)
