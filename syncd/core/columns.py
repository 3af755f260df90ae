"""The columns of a list that only some of its layouts have. A column that comes or goes is no act of the authority: it
changes every record at once, and so the form of the list, but no designation.

A field that no reader knows and that (nearly) every entry has is treated alike: it stands under `other`, is reported
once for the document as a whole, and makes no record partial.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from typing import Any

from msgspec.structs import fields, replace

from syncd.core.limits import LAYOUT_ENTRIES_MIN, LAYOUT_FIELDS_MAX, LAYOUT_RATIO
from syncd.core.model import Record
from syncd.core.state import DocumentNote

OTHER = "other."


def columns_between(before: DocumentNote | None, after: DocumentNote) -> frozenset[str]:
    """Return the paths of a record (`listings.measures`) for which only one of two documents has a column; for a field
    that no reader knows, `other.` and its name. Empty when the documents differ in vocabulary."""
    if before is None or before.vocabulary != after.vocabulary:
        return frozenset()
    unknown = before.unknown.keys() ^ after.unknown.keys()
    return frozenset(before.layout) ^ frozenset(after.layout) | {f"{OTHER}{name}" for name in unknown}


def throughout(
    entries: Iterable[Collection[str]], count: int, earlier: Mapping[str, int], unread: int
) -> dict[str, int]:
    """Return the unknown fields that belong to the layout of a document, path → number of entries that have it.

    `entries` are the paths of unknown fields in each entry that has any, of `count` entries in all. A field counts by
    its name, under any element. `unread` entries were recognised by their fingerprint: they have the fields that they
    had, also the `earlier` ones.
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
    """Return `record` without the values under `paths`. Each path is a part of the elements of one of its lists, or a
    field under `other`; the second kind also sets the record's completeness to `complete`."""
    names = {path.removeprefix(OTHER) for path in paths if path.startswith(OTHER)}
    if names:
        rest = tuple(part for part in record.other if part.name not in names)
        record = replace(record, other=rest, completeness="complete")
    for path in sorted(path for path in paths if not path.startswith(OTHER)):
        name, _, part = path.partition(".")
        record = replace(record, **{name: tuple(_emptied(element, part) for element in getattr(record, name))})
    return record


def _emptied(element: Any, part: str) -> Any:
    kind: Any = type(element)
    return replace(element, **{part: _empty(kind, part)})


@cache
def _empty(kind: Any, part: str) -> Any:
    """What `part` of an element of this kind is when nothing is said. To find it takes far longer than to say it."""
    (empty,) = (field.default for field in fields(kind) if field.name == part)
    return empty
