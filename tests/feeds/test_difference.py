"""Reading by difference gives what reading whole gives, for any two documents."""

import io
import os
import random
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from syncd.errors import DocumentRefused
from syncd.feeds import all_feeds
from syncd.feeds.difference import Index
from syncd.feeds.reading import NOTHING_KNOWN, Compared, DocumentReading, Entry, Known
from tests.feeds.documents import GOLDEN

EXAMPLES = 1000 if os.environ.get("TESTS_THOROUGH") else 60

FEED, VOCABULARY = "us_ofac_sdn", "advanced"
DOCUMENT = (GOLDEN / FEED / f"invented.{VOCABULARY}.xml").read_bytes()
ODD = (
    b"<!-- -->",
    b"<![CDATA[ ]]>",
    b"<?x?>",
    b"<!DOCTYPE Sanctions>",
    b"]]>",
    b"&#65;",
    b"&x;",
    b"<",
    b">",
    b'"',
    b"'",
    b"/",
    b"\xff",
    b"\0",
    b" ",
    b"x",
    b"<x>",
    b"</x>",
    b"<x/>",
    b'<Location ID="1"/>',
    b'<DistinctParty FixedRef="1">',
    b"</DistinctParty>",
    b"</Locations><Locations>",
    b"<syncd-piece/>",
    b' xml:space="preserve"',
    b' xmlns="https://another.example/"',
    b' xmlns:a="https://another.example/"',
    b"a:",
)

PIECE = re.compile(
    rb"<(DistinctParty|IDRegDocument|ProfileRelationship|SanctionsEntry|SanctionsEntryLink|Location)[ >].*?</\1>", re.S
)
NAME = re.compile(rb'[\w-]*ID="[^"]*"')


class Told(NamedTuple):
    """All that a reading says of a document."""

    entries: list[Entry]
    header: Any
    refused: str | None
    index: Index | None


def read(document: bytes, known: Known = NOTHING_KNOWN, earlier: Index | None = None) -> Told:
    """Read a document, whole or, with an `earlier` one, by difference."""
    feed = all_feeds()[FEED]
    compared = None if earlier is None else Compared(document=document, earlier=earlier)
    reading = DocumentReading(feed, VOCABULARY, io.BytesIO(document), known=known, compared=compared)
    entries: list[Entry] = []
    refused = None
    try:
        entries.extend(reading)
    except DocumentRefused as error:
        refused = str(error)
    return Told(entries, reading.header, refused, reading.index)


def known_of(told: Told) -> Known:
    """What is in force when all of a document was taken."""
    problems = {entry.key for entry in told.entries if entry.problem}
    return Known(
        fingerprints={
            entry.fingerprint: entry.key
            for entry in told.entries
            if entry.key and entry.key not in problems and entry.fingerprint
        },
        references=told.header.references,
        unknown=told.header.unknown,
    )


def check(before: bytes, after: bytes) -> bool:
    """Compare both readings of `after`, of which `before` is the earlier document; return whether the second was read
    by difference."""
    whole = read(before)
    index = read(before, earlier=Index())
    assert index[:3] == whole[:3]
    expected = read(after, known_of(whole))
    found = read(after, known_of(whole), index.index or Index())
    assert found[:3] == expected[:3]
    anew = read(after, earlier=Index()).index
    assert found.index == anew
    return index.index is not None and found.index is not None


def mutated(document: bytes, random_: random.Random) -> bytes:
    """The document with one to three odd changes, at any byte or at any piece."""
    for _ in range(random_.choice((1, 1, 1, 2, 3))):
        document = random_.choice(MUTATIONS)(document, random_)
    return document


def _with_another_byte(document: bytes, random_: random.Random) -> bytes:
    at = random_.randrange(len(document))
    return document[:at] + bytes([random_.randrange(256)]) + document[at + 1 :]


def _without_some(document: bytes, random_: random.Random) -> bytes:
    at = random_.randrange(len(document))
    return document[:at] + document[at + random_.choice((1, 2, 10, 100, 1000)) :]


def _with_something_odd(document: bytes, random_: random.Random) -> bytes:
    at = random_.choice([match.end() for match in re.finditer(rb"[<>]|\"", document)])
    return document[:at] + random_.choice(ODD) + document[at:]


def _without_a_piece(document: bytes, random_: random.Random) -> bytes:
    piece = random_.choice(list(PIECE.finditer(document)))
    return document[: piece.start()] + document[piece.end() :]


def _with_a_piece_again(document: bytes, random_: random.Random) -> bytes:
    piece, where = random_.choices(list(PIECE.finditer(document)), k=2)
    return document[: where.end()] + piece[0] + document[where.end() :]


def _with_another_name(document: bytes, random_: random.Random) -> bytes:
    names = list(NAME.finditer(document))
    one = random_.choice(names)
    alike = [name for name in names if name[0].partition(b'"')[0] == one[0].partition(b'"')[0]]
    return document[: one.start()] + random_.choice([random_.choice(alike)[0], b'ID="7"']) + document[one.end() :]


def _with_another_text(document: bytes, random_: random.Random) -> bytes:
    texts = list(re.finditer(rb">[^<>\s][^<>]*<", document))
    one, other = random_.choices(texts, k=2)
    return document[: one.start()] + other[0] + document[one.end() :]


MUTATIONS: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    _with_another_byte,
    _without_some,
    _with_something_odd,
    _without_a_piece,
    _without_a_piece,
    _with_a_piece_again,
    _with_another_name,
    _with_another_name,
    _with_another_text,
    _with_another_text,
)


@settings(max_examples=EXAMPLES)
@given(st.randoms(use_true_random=False), st.booleans())
def test_any_two_documents_read_alike_by_difference(random_: random.Random, is_first_odd: bool) -> None:
    before = mutated(DOCUMENT, random_) if is_first_odd else DOCUMENT
    check(before, mutated(before if random_.random() < 0.8 else DOCUMENT, random_))
