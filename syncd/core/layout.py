"""What only some layouts of a list have a place for. A column that comes or goes is no act of the authority: what it
says of every record at once is another form of the list, not a measure against anybody.

The same holds for a field that nobody knows and that (nearly) every entry has: it stands under `other`, is found once,
for the document as a whole, and makes no record partial."""

from collections.abc import Collection, Mapping
from typing import Any

from msgspec.structs import fields, replace

from syncd.core.limits import LAYOUT_ENTRIES_MIN, LAYOUT_FIELDS_MAX, LAYOUT_RATIO
from syncd.core.model import Record
from syncd.core.state import DocumentNote

OTHER = "other."


def difference(before: DocumentNote | None, after: DocumentNote) -> frozenset[str]:
    """Paths of a record (`listings.measures`) that one of two documents has a place for and the other has not; of a field
    that nobody knows, `other.` and its name."""
    if before is None or before.vocabulary != after.vocabulary:
        return frozenset()
    unknown = before.unknown.keys() ^ after.unknown.keys()
    return frozenset(before.layout) ^ frozenset(after.layout) | {f"{OTHER}{name}" for name in unknown}


def throughout(counts: Mapping[str, int], entries: int, earlier: Mapping[str, int], unread: int) -> dict[str, int]:
    """Of fields that nobody knows, and in how many entries each was seen, those that belong to the layout.

    `unread` of the `entries` are known by their fingerprint: they have what they had, also of the `earlier` fields.
    """
    found = {name: count + (unread if name in earlier else 0) for name, count in counts.items()}
    found |= {name: unread for name in earlier if name not in counts}
    if entries < LAYOUT_ENTRIES_MIN:
        return {}
    most = sorted((-count, name) for name, count in found.items() if count > LAYOUT_RATIO * entries)
    return {name: -count for count, name in most[:LAYOUT_FIELDS_MAX]}


def without(record: Record, paths: Collection[str]) -> Record:
    """`record` without what stands under `paths`, each of them a part of the elements of one of its lists, or a field
    under `other`; then neither whether it is wholly read."""
    names = {path.removeprefix(OTHER) for path in paths if path.startswith(OTHER)}
    if names:
        rest = tuple(part for part in record.other if part.name not in names)
        record = replace(record, other=rest, completeness="complete")
    for path in sorted(path for path in paths if not path.startswith(OTHER)):
        name, _, part = path.partition(".")
        record = replace(record, **{name: tuple(_emptied(one, part) for one in getattr(record, name))})
    return record


def _emptied(element: Any, part: str) -> Any:
    (empty,) = (field.default for field in fields(element) if field.name == part)
    return replace(element, **{part: empty})
