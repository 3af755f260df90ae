"""Reading by difference gives what reading whole gives, for any two documents."""

import io
import os
import random
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from syncd.core import codec
from syncd.errors import DocumentRefused
from syncd.feeds import all_feeds, parts
from syncd.feeds.difference import Index, unpack_index
from syncd.feeds.parts import Spread
from syncd.feeds.reading import NOTHING_KNOWN, Compared, DocumentReading, Entry, Known
from syncd.formats import pieces
from tests.feeds.documents import GOLDEN, unpacked

EXAMPLES = 1000 if os.environ.get("TESTS_THOROUGH") else 60


@pytest.fixture(autouse=True, scope="module")
def _small_blocks() -> Iterator[None]:
    """Blocks of two pieces on average, and parts of a few entries, so that small documents have some."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "PART_BYTES", 1000)
        patch.setattr(pieces, "BLOCK_ENDS", bytes(range(128)))
        yield


class List(NamedTuple):
    """A vocabulary that is read by its pieces."""

    feed: str
    vocabulary: str

    @property
    def document(self) -> bytes:
        """The invented document of the vocabulary."""
        return (GOLDEN / self.feed / f"invented.{self.vocabulary}.xml").read_bytes()


ADVANCED = List("us_ofac_sdn", "advanced")
LISTS = (ADVANCED, List("us_ofac_sdn", "enhanced"), List("un_sc", "consolidated"))
DOCUMENT = ADVANCED.document
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
    rb"<(DistinctParty|IDRegDocument|ProfileRelationship|SanctionsEntry|SanctionsEntryLink|Location|entity"
    rb"|INDIVIDUAL|ENTITY)[ >].*?</\1>",
    re.DOTALL,
)
NAME = re.compile(rb'[\w-]*(?:ID|id)="[^"]*"')


class Told(NamedTuple):
    """All that a reading says of a document."""

    entries: list[Entry]
    header: Any
    refused: str | None
    index: Index | None


def read(
    document: bytes,
    known: Known = NOTHING_KNOWN,
    earlier: Index | None = None,
    *,
    of: List = ADVANCED,
    spread: Spread | None = None,
) -> Told:
    """Read a document, whole or, with an `earlier` one, by difference, or with a `spread` in parts."""
    feed = all_feeds()[of.feed]
    compared = None if earlier is None else Compared(document=document, earlier=earlier)
    reading = DocumentReading(feed, of.vocabulary, io.BytesIO(document), known=known, compared=compared, spread=spread)
    entries: list[Entry] = []
    refused = None
    try:
        entries.extend(reading)
    except DocumentRefused as error:
        refused = str(error)
    assert not reading.is_indexed or reading.index == earlier
    index = unpack_index(msgspec.msgpack.encode(reading.index)) if reading.index else None
    return Told(entries, reading.header, refused, index)


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


def check(before: bytes, after: bytes, of: List = ADVANCED) -> bool:
    """Compare both readings of `after`, of which `before` is the earlier document; return whether the second was read
    by difference."""
    whole = read(before, of=of)
    index = read(before, earlier=Index(), of=of)
    assert index[:3] == whole[:3]
    expected = read(after, known_of(whole), of=of)
    found = read(after, known_of(whole), index.index or Index(), of=of)
    assert found[:3] == expected[:3]
    assert found.index == read(after, earlier=Index(), of=of).index
    return index.index is not None and found.index is not None


def check_parts(document: bytes, known: Known, of: List = ADVANCED) -> int:
    """Compare a reading in parts with one of the whole; return how many parts there were."""
    counts: list[int] = []

    def counted(work: Callable[[int], bytes], count: int) -> Iterator[bytes]:
        counts.append(count)
        return map(work, range(count))

    expected = read(document, known, earlier=Index(), of=of)
    found = read(document, known, earlier=Index(), of=of, spread=counted)
    assert found.refused == expected.refused
    if found.refused is None:
        assert [unpacked_entry(entry) for entry in found.entries] == expected.entries
        assert found[1:] == expected[1:]
    # The first is to tell what the parts are.
    return sum(counts[1:])


def unpacked_entry(entry: Entry) -> Entry:
    """The entry as a process says it that read it itself."""
    if entry.packed is None:
        return entry
    return replace(entry, record=codec.unpack_record(entry.packed), packed=None, partial=False)


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
    found = list(PIECE.finditer(document))
    if not found:
        return document
    piece = random_.choice(found)
    return document[: piece.start()] + document[piece.end() :]


def _with_a_piece_again(document: bytes, random_: random.Random) -> bytes:
    found = list(PIECE.finditer(document))
    if not found:
        return document
    piece, where = random_.choices(found, k=2)
    return document[: where.end()] + piece[0] + document[where.end() :]


def _with_another_name(document: bytes, random_: random.Random) -> bytes:
    names = list(NAME.finditer(document))
    if not names:
        return _with_another_text(document, random_)
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
@given(st.randoms(use_true_random=False), st.sampled_from((ADVANCED, *LISTS)), st.booleans())
def test_any_two_documents_read_alike_by_difference(random_: random.Random, of: List, is_first_odd: bool) -> None:
    before = mutated(of.document, random_) if is_first_odd else of.document
    after = mutated(before if random_.random() < 0.8 else of.document, random_)
    check(before, after, of)
    check_parts(after, known_of(read(before, of=of)) if random_.random() < 0.5 else NOTHING_KNOWN, of)


def test_every_vocabulary_with_pieces_is_tested() -> None:
    feeds = all_feeds().values()
    found = {List(feed.id, name) for feed in feeds for name, reader in feed.readers.items() if reader.pieces}
    # The two lists of OFAC have their readers in common.
    assert {of for of in found if of.feed != "us_ofac_cons"} == set(LISTS)


@pytest.mark.parametrize("of", LISTS)
def test_of_a_document_that_only_says_another_day_no_entry_is_read(of: List) -> None:
    before, index = read(of.document, of=of), read(of.document, earlier=Index(), of=of).index
    after = re.sub(
        rb"<Day>3|<dataAsOf>\d{4}|dateGenerated=\"\d{4}", lambda day: day[0][:-1] + b"1", of.document, count=1
    )
    assert after != of.document
    told = read(after, known_of(before), index, of=of)
    assert told.entries and not [entry for entry in told.entries if entry.record or entry.problem]
    assert told.header.published != before.header.published
    assert told.index is not None


@pytest.mark.parametrize(
    ("change", "by", "count"),
    [
        (rb"(<NamePartValue[^>]*>)[^<]+", rb"\1Another", 1),
        (rb"(<IDRegistrationNo>)[^<]+", rb"\g<1>4711", 1),
        (rb'(<SanctionsEntry ID="[^"]*" )', rb'\1X="1" ', 1),
        (rb"(<Location ID=\"[^\"]*\">)", rb"\1<X>1</X>", None),
        (rb"(\s*</Location>)", rb'<FeatureVersionReference FeatureVersionID="none" />\1', 0),
    ],
)
def test_a_change_in_one_piece_costs_the_parties_that_it_belongs_to(
    change: bytes, by: bytes, count: int | None
) -> None:
    index = read(DOCUMENT, earlier=Index()).index
    known = known_of(read(DOCUMENT))
    after = re.sub(change, by, DOCUMENT, count=1)
    assert after != DOCUMENT
    told = read(after, known, index)
    assert told.index is not None
    expected = [entry.key for entry in read(after, known).entries if entry.record]
    assert [entry.key for entry in told.entries if entry.record] == expected
    assert count is None or len(expected) == count
    assert check(DOCUMENT, after)


def test_known_blocks_are_found_without_their_pieces() -> None:
    """All blocks of the same document, and those behind a change."""
    index, table = read(DOCUMENT, earlier=Index()).index, all_feeds()[ADVANCED.feed].readers[ADVANCED.vocabulary].pieces
    assert index is not None and table is not None and len(index.blocks) > 1
    known = {index.pieces[block.first].digest: block for block in index.blocks}
    spans = list(pieces.scan(DOCUMENT, table, known))
    assert [span.block for span in spans if span.block] == index.blocks
    assert len(spans) < len(index.pieces)
    first = next(pieces.scan(DOCUMENT, table))
    after = DOCUMENT[: first.end - 3] + b" " + DOCUMENT[first.end - 3 :]
    assert index.blocks[-1] in [span.block for span in pieces.scan(after, table, known)]


@pytest.mark.parametrize("of", LISTS)
def test_a_document_reads_alike_in_parts(of: List) -> None:
    assert check_parts(of.document, NOTHING_KNOWN, of) > 1
    assert check_parts(of.document, known_of(read(of.document, of=of)), of) > 1


@pytest.mark.parametrize("after_parts", [0, 1, 2])
def test_a_part_that_nobody_reads_is_read_with_the_whole(after_parts: int) -> None:
    """Whatever was taken before: also entries without a key, of which there is one at the beginning here."""

    def ended(work: Callable[[int], bytes], count: int) -> Iterator[bytes]:
        # Work for one number is to tell what the parts are.
        yield from map(work, range(1 if count == 1 else after_parts))
        if count > 1:
            assert count > after_parts
            raise EOFError

    document = re.sub(rb'(<DistinctParty )FixedRef="[^"]*"', rb"\1", DOCUMENT, count=1)
    expected = read(document, earlier=Index())
    assert [entry for entry in expected.entries if entry.key is None]
    found = read(document, earlier=Index(), spread=ended)
    assert [unpacked_entry(entry) for entry in found.entries] == expected.entries
    assert found[1:] == expected[1:]


AROUND = (
    (b"<!--", b"-->"),
    (b"<![CDATA[", b"]]>"),
    (b"<?x ", b"?>"),
    (b'<x y="', b'"/>'),
    (b"<x y='> ", b"'/>"),
    (b"<x>", b"</x>"),
    (b"<x", b"></x>"),
    (b"<SanctionsEntry>", b"</SanctionsEntry>"),
    (b"<Location>", b"</Location>"),
    (b"</DistinctParties>", b"<DistinctParties>"),
    (b"</DistinctParties></Sanctions>", b"<Sanctions><DistinctParties>"),
    (b'</DistinctParties><DistinctParties xml:space="preserve">', b""),
    (b'</DistinctParties><DistinctParties xmlns="https://another.example/">', b""),
    (b"</DistinctParties><x:DistinctParties>", b"</x:DistinctParties><DistinctParties>"),
    (b"</DistinctParties><ReferenceValueSets>", b"</ReferenceValueSets><DistinctParties>"),
    (b"&amp", b";"),
    (b"<", b""),
    (b"]]", b">"),
    (b"<x/>", b""),
    (b"\xc3", b"\xa9"),
    (b"text", b"\0"),
)


@pytest.mark.parametrize(("start", "end"), AROUND)
@pytest.mark.parametrize("count", [1, 3])
def test_what_stands_around_known_pieces_counts(start: bytes, end: bytes, count: int) -> None:
    parties = [piece for piece in PIECE.finditer(DOCUMENT) if piece[1] == b"DistinctParty"]
    first, last = parties[1], parties[count]
    after = b"".join(
        (DOCUMENT[: first.start()], start, DOCUMENT[first.start() : last.end()], end, DOCUMENT[last.end() :])
    )
    check(DOCUMENT, after)
    check_parts(after, NOTHING_KNOWN)


@pytest.mark.parametrize(
    ("change", "by"),
    [
        (b"encoding='utf-8'", b"encoding='iso-8859-1'"),
        (b"<Sanctions", b"<!DOCTYPE Sanctions><Sanctions"),
        (b"<Sanctions", b"<!-- --><Sanctions"),
        (b"<Sanctions ", b'<Sanctions xml:space="preserve" '),
        (b"<Sanctions ", b'<Sanctions xmlns:a="https://another.example/" '),
        (b"</Sanctions>", b"</Sanctions><!-- -->"),
        (b"</Sanctions>", b"</Sanctions>x"),
        (b"</Sanctions>", b""),
        (b"</DistinctParty>", b"</DistinctParty >"),
    ],
)
def test_another_layout_of_the_document_is_read_whole(change: bytes, by: bytes) -> None:
    after = DOCUMENT.replace(b'encoding="utf-8"', b"encoding='utf-8'").replace(change, by)
    assert after != DOCUMENT
    assert not check(DOCUMENT, after)


def _neighbours(shared: Path, folder: str) -> list[Path]:
    return sorted((shared / "feeds" / folder).glob("*.xml.bz2"))


@pytest.mark.shared
def test_real_neighbours_of_the_un_list_read_alike(shared: Path) -> None:
    before, after = (path for path in _neighbours(shared, "un_sc") if path.name.startswith("2025-03"))
    assert check(unpacked(before), unpacked(after), List("un_sc", "consolidated"))


@pytest.mark.shared
@pytest.mark.thorough
def test_all_real_neighbours_of_the_un_list_read_alike(shared: Path) -> None:
    documents = [unpacked(path) for path in _neighbours(shared, "un_sc")]
    by_difference = [check(before, after, List("un_sc", "consolidated")) for before, after in pairwise(documents)]
    assert any(by_difference)


@pytest.mark.shared
def test_the_real_list_of_2020_reads_alike_with_odd_changes(shared: Path) -> None:
    (path,) = _neighbours(shared, "us_ofac_cons_advanced")
    document, random_ = unpacked(path), random.Random(1)
    of = List("us_ofac_cons", "advanced")
    by_difference = [check(document, mutated(document, random_), of) for _ in range(2)]
    assert any(by_difference)


@pytest.mark.shared
@pytest.mark.thorough
def test_real_neighbours_of_the_sdn_list_read_alike(shared: Path) -> None:
    documents = [unpacked(path) for path in _neighbours(shared, "us_ofac_sdn_advanced")[-3:]]
    assert all(check(before, after, ADVANCED) for before, after in pairwise(documents))


def test_a_doubled_piece_stays_doubled_whatever_a_location_says_of_others() -> None:
    relationship = re.search(rb"<ProfileRelationship .*?</ProfileRelationship>", DOCUMENT, re.DOTALL)
    assert relationship is not None
    before = DOCUMENT.replace(relationship[0], relationship[0] * 2, 1)
    # The location goes on to name the feature that no longer names it.
    after = before.replace(b'<VersionLocation LocationID="811"/>', b"", 1)
    assert after != before
    assert check(before, after)


def test_a_relation_names_its_party_by_the_number_that_it_has_now() -> None:
    """A relation names a profile, and the record the party's number, of which the relation's bytes say nothing."""
    after = DOCUMENT.replace(b'<DistinctParty FixedRef="90002"', b'<DistinctParty FixedRef="90009"')
    assert after != DOCUMENT
    naming = {
        entry.key: {relation.key for relation in entry.record.relations}
        for entry in read(after, known_of(read(DOCUMENT))).entries
        if entry.record
    }
    assert "us_ofac_sdn:90009" in set().union(*naming.values())
    assert "us_ofac_sdn:90002" not in set().union(*naming.values())
    assert naming == {
        entry.key: {relation.key for relation in entry.record.relations}
        for entry in read(after).entries
        if entry.record and entry.key in naming
    }
    assert check(DOCUMENT, after)
