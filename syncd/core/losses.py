"""The losses that a document's amendments would cause in records in force, before it is decided whether they may."""

import hashlib
from collections.abc import Collection, Iterator, Mapping

from msgspec import Struct

from syncd.core import canonical, codec, columns, content, diff
from syncd.core.document import Document
from syncd.core.model import Record
from syncd.core.state import Stored

# The sort of a loss by which a record loses all: its id is somebody else's now.
REUSED = "reused"


class Losses(Struct, frozen=True, kw_only=True):
    """Key → sort of content → the marks that the key loses."""

    by_key: Mapping[str, Mapping[str, content.Marks]]

    def of(self, sort: str) -> frozenset[str]:
        """Return the keys that lose content of this sort."""
        return frozenset(key for key, sorts in self.by_key.items() if sort in sorts)

    def marks(self) -> dict[str, str]:
        """Return key → a digest of everything that the key loses."""
        return {key: _digest(sorts) for key, sorts in self.by_key.items()}


def _digest(sorts: Mapping[str, content.Marks]) -> str:
    lines = sorted({mark for marks in sorts.values() for mark in marks})
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def losses_of(
    records: Mapping[str, Stored],
    document: Document,
    preferred: str,
    paths: frozenset[str],
    *,
    may_be_reused: bool,
    standing: Collection[str],
) -> Losses:
    """Compare the document's new versions with the records in force, without the values under `paths`, which are a
    matter of layout.

    An amendment that waits for the `preferred` vocabulary loses nothing. `standing` are re-used ids that are held
    already: the record in force under such an id is a mixture of both targets, and the id counts as re-used while it
    loses anything.
    """
    found: dict[str, Mapping[str, content.Marks]] = {}
    for key, before, after in _amended(records, document, preferred):
        lost = content.lost(columns.without(before, paths), columns.without(after, paths))
        alike = records[key].vocabulary == document.note.vocabulary
        if may_be_reused and alike and (key in standing or diff.is_another_target(before, after)):
            everything = frozenset().union(*lost.values())
            lost = {REUSED: everything} if everything or key not in standing else {}
        if lost:
            found[key] = lost
    return Losses(by_key=found)


def of_moves(
    records: Mapping[str, Stored], document: Document, moved: Mapping[str, str], paths: frozenset[str]
) -> Losses:
    """Return what records lose that the document has under another key (old key → new key in `moved`), by the new key.
    The old id is no loss."""
    found: dict[str, Mapping[str, content.Marks]] = {}
    for old, new in moved.items():
        packed = document.entries[new].body
        if packed is None:
            continue
        before = content.without_own_id(codec.unpack_record(records[old].body))
        after = codec.unpack_record(packed)
        if lost := content.lost(columns.without(before, paths), columns.without(after, paths)):
            found[new] = lost
    return Losses(by_key=found)


def _amended(records: Mapping[str, Stored], document: Document, preferred: str) -> Iterator[tuple[str, Record, Record]]:
    vocabulary = document.note.vocabulary
    for key, entry in document.entries.items():
        stored = records.get(key)
        if stored is None or stored.status != "listed" or entry.body is None or entry.digest == stored.digest:
            continue
        if vocabulary in (stored.vocabulary, preferred):
            yield key, codec.unpack_record(stored.body), codec.unpack_record(entry.body)


def adding_nothing(
    keys: Collection[str], records: Mapping[str, Stored], document: Document, leaving: Collection[str]
) -> frozenset[str]:
    """Return those of `keys` whose entry in the document repeats a target that is in force under another key,
    completely, and that stays in force there: not among `leaving`."""
    if not keys:
        return frozenset()
    in_force: dict[str, Record] = {}
    by_name: dict[str, set[str]] = {}
    for key, stored in records.items():
        if stored.status == "listed" and key not in leaving:
            in_force[key] = codec.unpack_record(stored.body)
            for mark in content.name_marks(in_force[key]):
                by_name.setdefault(mark, set()).add(key)
    found = ((key, document.entries[key].body) for key in keys)
    return frozenset(
        key for key, packed in found if packed and _is_known(key, codec.unpack_record(packed), in_force, by_name)
    )


def _is_known(key: str, record: Record, in_force: Mapping[str, Record], by_name: Mapping[str, set[str]]) -> bool:
    others = set.intersection(*(by_name.get(mark, set()) for mark in content.name_marks(record))) - {key}
    record = content.without_own_id(record)
    return any(content.lost(record, in_force[other]).keys() <= {"kind"} for other in others)


def digest_without_id(record: Record) -> str:
    """Return a digest that is equal for one entry under two ids, also where the id stands among the identifiers."""
    return canonical.content_digest(content.without_own_id(record))
