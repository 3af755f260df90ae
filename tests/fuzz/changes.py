"""What all changes of documents share: the values that nobody expects, and changes of bytes whatever the format."""

import random
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

# Of each kind that a reader looks at: nothing, blanks, numbers, dates, lists in a text, marks of other formats, letters
# that behave oddly, and texts longer than any.
EXTREMES = (
    *("", " ", "\u00a0", "0", "-1", "1e999", "NaN", "9" * 5_000, "½", "²", "١٢٣", "1.5.", "0x10", "+1"),
    *("0000-00-00", "9999-99-99", "31/02/2020", "29.2.1900", "1900", "circa 1900", "1900-1910", "00/00/1961", "-1-1-1"),
    *("2020-13-01T25:61:61Z", "0001-01-01", "10000-01-01", "1 JAN 0000", "昭和99年13月32日", "令和元年", "१९६१"),
    *("a.k.a.", "(", ")", "((((", "[", "{", "}", '"', "'", ",", ";;;", ";", "|", "/", "\\", "-", "#N/A", "#VALUE!"),
    *("<b>x</b>", "&#0;", "&amp;amp;", "]]>", "<!--", "%s", "{0}", "=1+1", "null", "True", "http://[", "a@b@c"),
    *(
        "\u200b",
        "\u202e",
        "\ufeff",
        "\u2028",
        "İ",
        "ß",
        "ﬁ",
        "e\u0301",
        "\u0301" * 200,
        "👩‍👩‍👧",
        "\U000e0041",
        "\x7f",
        "\x85",
    ),
    *("a\nb", "\r\n\r\n", "\t", "x" * 3_000, "x " * 20_000, "(a) " * 2_000, "1. " * 2_000, "a.k.a. x; " * 2_000),
    *("(" * 20_000, "1900-01-01, " * 3_000, "IMO 9074729", "AAAA", "QDi.001", "nan", "٣١/١٢/٢٠٢٠", "𝟙𝟚𝟛", "Ⅻ"),
)
ODD_BYTES = (
    *(
        b"<",
        b">",
        b'"',
        b"'",
        b"&",
        b"/",
        b"\0",
        b"\xff",
        b"\xc3",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"\r",
        b"\n",
        b",",
        b";",
    ),
    *(
        b"{",
        b"}",
        b"[",
        b"]",
        b":",
        b"\\",
        b"\\u0000",
        b"\\ud800",
        b"null",
        b"<!-- -->",
        b"<![CDATA[",
        b"]]>",
        b"<?x?>",
    ),
    *(b"<!DOCTYPE x>", b"<x>", b"</x>", b"<x/>", b"&x;", b"&#0;", b"&#65;", b' xmlns="urn:x"', b'""', b'","', b"<!--"),
)


class Change(NamedTuple):
    """A document after a change. `touched` are the numbers of the entries that the change touched, None when any may
    be; `inside`: it did nothing outside them, and left the form of the document whole. `size` are the bytes that a
    reader has to go through, unpacked ones too."""

    body: bytes
    touched: frozenset[int] | None
    inside: bool = False
    size: int = 0


class Changing(Protocol):
    """A document that is changed with knowledge of its format. `spans` are the bytes of each entry, where known."""

    count: int
    spans: Sequence[tuple[int, int]]

    def without(self, number: int) -> bytes:
        """Return the document without an entry."""
        ...

    def changed(self, steps: Sequence[int]) -> Change:
        """Return the document after as many changes as there are steps, each the seed of one."""
        ...


def with_other_bytes(body: bytes, spans: Sequence[tuple[int, int]] | None, steps: Sequence[int]) -> Change:
    """Return a document with changes at any byte; `spans` of its entries tell which of them these touch."""
    touched: set[int] = set()
    for step in steps:
        chosen = random.Random(step)
        start, end, by = chosen.choice(BYTE_CHANGES)(body, chosen)
        if spans is not None:
            touched.update(number for number, span in enumerate(spans) if start <= span[1] and end >= span[0])
            spans = [_moved(span, start, end, len(by)) for span in spans]
        body = body[:start] + by + body[end:]
    return Change(body, None if spans is None else frozenset(touched))


def _moved(span: tuple[int, int], start: int, end: int, length: int) -> tuple[int, int]:
    """Where an entry stands after `start:end` was replaced by `length` bytes. One that it overlaps is touched, and only
    its end has to be right then."""
    return (
        span[0] if span[0] <= start else max(start, span[0] + length - (end - start)),
        span[1] if span[1] <= start else max(start + length, span[1] + length - (end - start)),
    )


ByteChange = Callable[[bytes, random.Random], tuple[int, int, bytes]]


def _another_byte(body: bytes, chosen: random.Random) -> tuple[int, int, bytes]:
    at = chosen.randrange(len(body) + 1)
    return at, min(at + 1, len(body)), bytes([chosen.randrange(256)])


def _a_bit(body: bytes, chosen: random.Random) -> tuple[int, int, bytes]:
    if not body:
        return 0, 0, b"\x01"
    at = chosen.randrange(len(body))
    return at, at + 1, bytes([body[at] ^ (1 << chosen.randrange(8))])


def _some_less(body: bytes, chosen: random.Random) -> tuple[int, int, bytes]:
    at = chosen.randrange(len(body) + 1)
    return at, min(len(body), at + chosen.choice((1, 2, 10, 100, 1_000))), b""


def _something_odd(body: bytes, chosen: random.Random) -> tuple[int, int, bytes]:
    at = chosen.randrange(len(body) + 1)
    return at, at, chosen.choice(ODD_BYTES) * chosen.choice((1, 1, 1, 2, 1_000))


def _a_part_again(body: bytes, chosen: random.Random) -> tuple[int, int, bytes]:
    start, at = chosen.randrange(len(body) + 1), chosen.randrange(len(body) + 1)
    return at, at, body[start : start + chosen.choice((1, 10, 100, 1_000))]


def _a_number(body: bytes, chosen: random.Random) -> tuple[int, int, bytes]:
    """Lengths and offsets of binary formats."""
    at = chosen.randrange(len(body) + 1)
    by = chosen.choice((0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF))
    length = chosen.choice((1, 2, 4))
    return at, min(len(body), at + length), (by % (1 << 8 * length)).to_bytes(length, "little")


def _cut(body: bytes, chosen: random.Random) -> tuple[int, int, bytes]:
    return chosen.randrange(len(body) + 1), len(body), b""


BYTE_CHANGES: tuple[ByteChange, ...] = (
    _another_byte,
    _a_bit,
    _some_less,
    _something_odd,
    _something_odd,
    _a_part_again,
    _a_number,
    _cut,
)
