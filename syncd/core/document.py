"""A publication as the core sees it: which entries it has, and which of them could not be read."""

from msgspec import Struct

from syncd.core import canonical
from syncd.core.state import DocumentNote


class DocumentEntry(Struct, frozen=True, kw_only=True):
    """One entry. `body` is its packed record (`core.body`); None when the fingerprint was known, and then the record
    of that key in the ledger is the entry's record. `unknown` names those of its fields that nobody knows."""

    key: str
    digest: str
    fingerprint: bytes
    body: bytes | None = None
    partial: bool = False
    unknown: tuple[str, ...] = ()


class Quarantined(Struct, frozen=True, kw_only=True):
    """An entry without a readable id or name. `key` is None when it is the id that could not be read."""

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


def digest_of(entries: dict[str, DocumentEntry]) -> str:
    """The list digest of a document's entries."""
    return canonical.list_digest({key: entry.digest for key, entry in entries.items()})
