"""What only some layouts of a list have a place for. A column that comes or goes is no act of the authority: what it
says of every record at once is another form of the list, not a measure against anybody.

The same holds for a field that nobody knows and that (nearly) every entry has: it stands under `other`, is found once,
for the document as a whole, and makes no record partial."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from msgspec.structs import fields, replace

from syncd.core.limits import LAYOUT_ENTRIES_MIN, LAYOUT_FIELDS_MAX, LAYOUT_RATIO
from syncd.core.model import Record
from syncd.core.state import DocumentNote

OTHER = "other."


def columns_between(before: DocumentNote | None, after: DocumentNote) -> frozenset[str]:
    """Paths of a record (`listings.measures`) that one of two documents has a place for and the other has not; of a
    field that nobody knows, `other.` and its name."""
    if before is None or before.vocabulary != after.vocabulary:
        return frozenset()
    unknown = before.unknown.keys() ^ after.unknown.keys()
    return frozenset(before.layout) ^ frozenset(after.layout) | {f"{OTHER}{name}" for name in unknown}


def throughout(
    entries: Iterable[Collection[str]], count: int, earlier: Mapping[str, int], unread: int
) -> dict[str, int]:
    """Of fields that nobody knows, those that belong to the layout, and how many entries have each.

    `entries` are the paths of such fields in each entry that has any, of `count` entries in all. A field counts by its
    name, under whichever element it stands. `unread` entries are known by their fingerprint: they have what they had,
    also of the `earlier` fields.
    """
    if count < LAYOUT_ENTRIES_MIN:
        return {}
    paths: Counter[str] = Counter()
    names: Counter[str] = Counter()
    for found in entries:
        paths.update(found)
        names.update({_name(path) for path in found})
    if unread:
        paths.update(dict.fromkeys(earlier, 0))
        names.update(dict.fromkeys({_name(path) for path in earlier}, unread))
    most = sorted((-number, path) for path, number in paths.items() if names[_name(path)] > LAYOUT_RATIO * count)
    return {path: -number or earlier[path] for number, path in most[:LAYOUT_FIELDS_MAX]}


def _name(path: str) -> str:
    return path.rpartition("/")[2]


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
