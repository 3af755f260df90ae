"""What an export says of the list in it."""

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from syncd.core.model import Record

# Rises when the same record gives other lines of CSV or FollowTheMoney, so that who asks by ETag sees it.
MAPPING_VERSION: Final = 3


class ListFacts(Struct, frozen=True, kw_only=True):
    """What a feed says of itself in an export. `effect`: what standing on the list is (`feeds.contract`)."""

    feed: str
    title: str
    authority: str
    jurisdiction: str
    homepage: str = ""
    effect: str = "sanction"


class ListNote(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Of which list an export is: the first line of NDJSON, and the headers of an answer.

    `digest` is the list digest over `records` records, `commit` and `sequence` the feed's last when it stood so, and
    `committed_at` the time of that commit. `at` is the time that was asked for, absent when it was now. `document` is
    the SHA-256 of the publisher's document, `published` its own date, `observed` when syncd saw it.
    """

    feed: str
    title: str
    authority: str
    installation: str
    commit: int
    sequence: int
    records: int
    digest: str
    committed_at: str
    ledger: str = ""
    at: str | None = None
    document: str | None = None
    source: str | None = None
    published: str | None = None
    observed: str | None = None


class ExportEntry(Struct, frozen=True):
    """One record in force, with its digest and its JSON as the ledger has it."""

    record: Record
    digest: str
    json: bytes


Entries = Iterable[ExportEntry]
