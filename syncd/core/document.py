"""A document as the core sees it: the entries that it has, and those that could not be read."""

from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from syncd.core import canonical, times
from syncd.core.limits import AHEAD_MAX
from syncd.core.state import DocumentNote


class DocumentEntry(Struct, frozen=True, kw_only=True):
    """One entry. `body` is its packed record (`core.codec`), or None when the fingerprint was known: then the ledger's
    record of that key is the entry's record. `unknown` names the fields of it that no reader knows. `former` is the key
    of the record that an earlier parser made of the same bytes."""

    key: str
    digest: str
    fingerprint: bytes
    body: bytes | None = None
    partial: bool = False
    unknown: tuple[str, ...] = ()
    former: str | None = None


class Quarantined(Struct, frozen=True, kw_only=True):
    """An entry without a readable id or name, or whose id stands twice with other content. `key` is None when the id is
    the part that could not be read."""

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
        """Keys of the entries that were not read wholly, sorted."""
        return tuple(sorted(entry.key for entry in self.entries.values() if entry.partial))


def why_unusable(published: str | None, now: datetime) -> str:
    """Return why a publication's own date cannot be used, as a clause (`it is no date`), or an empty text when it can:
    it is no date, lies before 1990, or lies more than a day ahead of `now`."""
    if not published:
        return ""
    at = times.moment(published)
    if at is None:
        return "it is no date"
    if at < times.PUBLISHED_FROM:
        return f"it lies before {times.PUBLISHED_FROM.year}"
    return f"it lies more than {AHEAD_MAX.days} day ahead of the clock" if at - now > AHEAD_MAX else ""


def without_date(document: Document) -> Document:
    """Return `document` without the date of its publication."""
    return replace(document, note=replace(document.note, published=None))


def set_aside(entries: dict[str, DocumentEntry], quarantined: list[Quarantined], key: str | None, why: str) -> None:
    """Add an entry to `quarantined`. When its `key` stands in `entries` too (an id that stands twice),
    remove that one."""
    if key is not None:
        entries.pop(key, None)
    quarantined.append(Quarantined(key=key, why=why))


def digest_of(entries: dict[str, DocumentEntry]) -> str:
    """Return the list digest of a document's entries, 64 hex digits."""
    return canonical.list_digest({key: entry.digest for key, entry in entries.items()})
