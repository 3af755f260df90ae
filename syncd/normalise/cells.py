"""Cells that hold several values: `(1) Germany. (2) Morocco`, `a) Sudan b) South Sudan`, `one; two (three; four)`."""

import re
from itertools import pairwise

_NUMBER = re.compile(r"(?:^|(?<=[\s.,;)]))\(\s*(?P<from>\d{1,2})(?:\s*(?:-|\)\s*to\s*\(|,)\s*\d{1,2})*\s*\)\s*")
_LETTER = re.compile(r"(?:^|(?<=[\s.,;]))\(?(?P<from>[a-z])\)\s*")
_EDGES = " \t\r\n,;"


def numbered(text: str) -> list[str]:
    """The values of a cell that numbers them, `(1) … (2) …` or `a) … b) …`; else the whole cell as the only value.

    Marks count only when the cell begins with the first of them and they rise one by one, so that a text that happens
    to hold a number in brackets stays whole. A mark for several (`(1-3) Libya`) gives its value once. A full stop that
    only ends a value is cut.
    """
    for pattern, first in ((_NUMBER, "1"), (_LETTER, "a")):
        marks = list(pattern.finditer(text))
        if marks and not text[: marks[0].start()].strip() and marks[0]["from"] == first and _rising(marks):
            return _between(text, marks)
    whole = text.strip()
    return [whole] if whole else []


def _rising(marks: list[re.Match[str]]) -> bool:
    order = [int(mark["from"]) if mark["from"].isdigit() else ord(mark["from"]) for mark in marks]
    return all(left < right for left, right in pairwise(order))


def _between(text: str, marks: list[re.Match[str]]) -> list[str]:
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    values = [_tidy(text[mark.end() : end]) for mark, end in zip(marks, ends, strict=True)]
    return [value for value in values if value]


def _tidy(value: str) -> str:
    value = value.strip(_EDGES)
    return value[:-1].rstrip(_EDGES) if value.endswith(".") and value.count(".") == 1 else value


def outside_brackets(text: str, separator: str) -> list[str]:
    """`text` cut at each `separator` that stands in no bracket; blank pieces are left out.

    With brackets that do not match, the text stays whole.
    """
    if separator not in text:
        whole = text.strip()
        return [whole] if whole else []
    pieces, depth, start = [], 0, 0
    for position, char in enumerate(text):
        depth += (char in "([（［「") - (char in ")]）］」")
        if depth < 0:
            break
        if depth == 0 and char == separator:
            pieces.append(text[start:position])
            start = position + 1
    pieces = [*pieces, text[start:]] if depth == 0 else [text]
    return [piece.strip() for piece in pieces if piece.strip()]
