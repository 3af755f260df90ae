"""A publication as the core sees it: which entries it has, and which of them could not be read."""

from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from syncd.core import canonical, dates
from syncd.core.limits import AHEAD_MAX
from syncd.core.state import DocumentNote


class DocumentEntry(Struct, frozen=True, kw_only=True):
    """One entry. `body` is its packed record (`core.body`); None when the fingerprint was known, and then the record
    of that key in the ledger is the entry's record. `unknown` names those of its fields that nobody knows. `former` is
    the key of the record that an earlier parser made of the same bytes."""

    key: str
    digest: str
    fingerprint: bytes
    body: bytes | None = None
    partial: bool = False
    unknown: tuple[str, ...] = ()
    former: str | None = None


class Quarantined(Struct, frozen=True, kw_only=True):
    """An entry without a readable id or name, or whose id stands twice with other content. `key` is None when it is the
    id that could not be read."""

    key: str | None
    why: str


class Document(Struct, frozen=True, kw_only=True):
    """A whole document, read to its end. `references` are its code tables (see `feeds.contract.Header`)."""

    note: DocumentNote
    entries: dict[str, DocumentEntry]
    quarantined: tuple[Quarantined, ...]
    references: dict[str, str]

    @property
    def partial(self) -> tuple[str, ...]:
        return tuple(sorted(entry.key for entry in self.entries.values() if entry.partial))


def why_unusable(published: str | None, now: datetime) -> str:
    """What is wrong with a publication's own date, or an empty text: it is none, lies before there were such lists, or
    too far ahead of the clock."""
    if not published:
        return ""
    at = dates.moment(published)
    if at is None:
        return "it is no date"
    if at < dates.PUBLISHED_FROM:
        return f"it lies before {dates.PUBLISHED_FROM.year}"
    return f"it lies more than {AHEAD_MAX.days} day ahead of the clock" if at - now > AHEAD_MAX else ""


def without_date(document: Document) -> Document:
    """`document` as if it did not say when it was published."""
    return replace(document, note=replace(document.note, published=None))


def set_aside(entries: dict[str, DocumentEntry], quarantined: list[Quarantined], key: str | None, why: str) -> None:
    """Quarantine an entry; of a key that stands twice the one that was taken goes out again."""
    if key is not None:
        entries.pop(key, None)
    quarantined.append(Quarantined(key=key, why=why))


def digest_of(entries: dict[str, DocumentEntry]) -> str:
    """The list digest of a document's entries."""
    return canonical.list_digest({key: entry.digest for key, entry in entries.items()})
