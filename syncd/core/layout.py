"""What only some layouts of a list have a place for. A column that comes or goes is no act of the authority: what it
says of every record at once is another form of the list, not a measure against anybody."""

from collections.abc import Collection
from typing import Any

from msgspec.structs import fields, replace

from syncd.core.model import Record
from syncd.core.state import DocumentNote


def difference(before: DocumentNote | None, after: DocumentNote) -> frozenset[str]:
    """Paths of a record (`listings.measures`) that one of two documents has a place for and the other has not."""
    if before is None or before.vocabulary != after.vocabulary:
        return frozenset()
    return frozenset(before.layout) ^ frozenset(after.layout)


def without(record: Record, paths: Collection[str]) -> Record:
    """`record` without what stands under `paths`, each of them a part of the elements of one of its lists."""
    for path in sorted(paths):
        name, _, part = path.partition(".")
        record = replace(record, **{name: tuple(_emptied(one, part) for one in getattr(record, name))})
    return record


def _emptied(element: Any, part: str) -> Any:
    (empty,) = (field.default for field in fields(element) if field.name == part)
    return replace(element, **{part: empty})
