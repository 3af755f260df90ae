"""Another key of the same target, over the golden records of all feeds: it is found, and nobody is taken for another.

Every list can correct what its keys are made of: those without ids when they correct a name or a number, the others
when they give an entry another reference.
"""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from syncd.core import canonical, codec
from syncd.core.document import Document, DocumentEntry, digest_of
from syncd.core.model import Identifier, Name, Record
from syncd.core.rekeying import rekeyings
from syncd.core.state import DocumentNote, Stored
from tests.feeds import documents
from tests.feeds.documents import Case

CASES = documents.cases()


def numbered(record: Record) -> Record:
    """With one more number, as when a list learns it."""
    return replace(record, identifiers=(*record.identifiers, Identifier(type="registration", value="ZZ 4711")))


def without_numbers(record: Record) -> Record:
    return replace(record, identifiers=())


def turned(record: Record) -> Record:
    """With the words of each name in another order, as when two columns change places."""
    return replace(record, names=tuple(map(_turned, record.names)))


def _turned(name: Name) -> Name:
    return replace(name, full=" ".join(reversed(name.full.split())), parts=())


def read(case: Case) -> list[Record]:
    entries, _ = documents.read(case.feed, case.vocabulary, case.body())
    return [entry.record for entry in entries if entry.record]


def found(records: list[Record], moved: list[Record]) -> dict[str, str]:
    """What is re-keyed when a document has only `moved` instead of `records`."""
    entries = {
        record.key: DocumentEntry(
            key=record.key, digest=canonical.digest(record), fingerprint=b"", body=codec.pack_record(record)
        )
        for record in moved
    }
    note = DocumentNote(sha256="0" * 64, source="s", vocabulary="v", digest=digest_of(entries), records=len(entries))
    stored = {
        record.key: Stored(
            status="listed",
            digest=canonical.digest(record),
            fingerprint=b"",
            vocabulary="v",
            sequence=1,
            body=codec.pack_record(record),
            since="2026-03-01T12:00:00Z",
        )
        for record in records
    }
    document = Document(note=note, entries=entries, quarantined=(), references={})
    return rekeyings(stored, document, set(stored), set(entries), frozenset())


@pytest.mark.parametrize("change", [numbered, without_numbers, turned], ids=lambda change: change.__name__)
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.feed}/{case.path.name}")
def test_a_target_under_another_key_is_found_and_nobody_else(case: Case, change: Callable[[Record], Record]) -> None:
    records = read(case)
    moved = [change(replace(record, key=f"{record.key}-moved")) for record in records]
    assert found(records, moved) == {record.key: f"{record.key}-moved" for record in records}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.feed}/{case.path.name}")
def test_of_two_targets_that_are_not_one_none_becomes_the_other(case: Case) -> None:
    """Every record goes, and another of the same list, with its dates and programmes, takes its place."""
    records = read(case)
    others = [
        replace(
            record,
            key=f"{record.key}-other",
            identifiers=(),
            names=tuple(replace(name, full=f"{name.full} Minor") for name in record.names),
        )
        for record in records
    ]
    assert found(records, others) == {}
