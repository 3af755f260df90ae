"""The identifying content of a record, and what of it is lost between two versions of the record.

A loss is something that identifies the target and stands nowhere in the new version: a name by its text, a birth date,
the value of an identifier, a list, programme or measure, or the kind of target. A difference in letter case, in notes,
in labels or in the place of a value is no loss.
"""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import replace

from syncd.core import canonical
from syncd.core.model import Identifier, Listing, Name, PartialDate, Record

Marks = frozenset[str]


def _of_name(name: Name) -> Marks:
    return frozenset({canonical.text(name.full).casefold()})


def _of_birth(born: PartialDate) -> Marks:
    parts = (born.date, born.start, born.end, born.text, born.calendar)
    return frozenset({" ".join(canonical.text(part or "-") for part in parts)})


def _of_identifier(identifier: Identifier) -> Marks:
    return frozenset({bare(identifier.value)})


def _of_listing(listing: Listing) -> Marks:
    texts = [("list", listing.list)]
    texts += [("programme", text) for text in listing.programmes]
    texts += [("measure", text) for text in listing.measures]
    texts += [("measure type", word) for word in listing.measure_types]
    return frozenset(f"{what} {canonical.text(text).casefold()}" for what, text in texts)


_OF: Mapping[str, Callable[[Any], Marks]] = {
    "names": _of_name,
    "birth_dates": _of_birth,
    "identifiers": _of_identifier,
    "listings": _of_listing,
}
# The sorts of content, as holds and limits count them.
CONTENT = (*_OF, "kind")


def bare(value: str) -> str:
    """Return the letters and digits of a number in lower case: `RUS 9001` and `rus9001` are the same."""
    return "".join(filter(str.isalnum, canonical.text(value))).casefold()


def name_marks(record: Record) -> Marks:
    """Return the names of a record in the form in which they are compared: canonical, without letter case."""
    return _all(record, "names")


def lost(before: Record, after: Record) -> dict[str, Marks]:
    """Return what `after` has lost of `before`, by sort of content (`CONTENT`). A sort that loses nothing is absent."""
    found = {field: _all(before, field) - _all(after, field) for field in _OF}
    if before.kind not in ("unknown", after.kind):
        found["kind"] = frozenset({before.kind})
    return {field: marks for field, marks in found.items() if marks}


def with_lost(before: Record, after: Record) -> Record:
    """Return `after` with what it lost of `before` added back. Applied twice it gives the same record."""
    for field, of in _OF.items():
        has = _all(after, field)
        kept = [value for value in getattr(before, field) if of(value) - has]
        if kept:
            after = replace(after, **{field: _beside(field, getattr(after, field), kept)})
    if before.kind not in ("unknown", after.kind):
        after = replace(after, kind=before.kind)
    return after


def _beside(field: str, own: tuple[Any, ...], kept: list[Any]) -> tuple[Any, ...]:
    if field != "listings":
        return (*own, *kept)
    listings = list(own)
    for lost in kept:
        place = next((place for place, listing in enumerate(listings) if listing.list == lost.list), None)
        if place is None:
            listings.append(lost)
        else:
            listings[place] = _merged(listings[place], lost)
    return tuple(listings)


def _merged(listing: Listing, lost: Listing) -> Listing:
    """One listing on the same list, with the programmes and measures of both."""
    return replace(
        listing,
        programmes=(
            *listing.programmes,
            *(programme for programme in lost.programmes if programme not in listing.programmes),
        ),
        measures=(*listing.measures, *(measure for measure in lost.measures if measure not in listing.measures)),
        measure_types=tuple(dict.fromkeys((*listing.measure_types, *lost.measure_types))),
    )


def _all(record: Record, field: str) -> Marks:
    return frozenset().union(*map(_OF[field], getattr(record, field)))


def own_id(record: Record) -> str:
    """Return the source id in the record's key, as `bare` writes it."""
    return bare(record.key.partition(":")[2])


def without_own_id(record: Record) -> Record:
    """Return `record` without the identifiers that only repeat its id: they are the same for any target
    under that id."""
    own = own_id(record)
    others = tuple(identifier for identifier in record.identifiers if bare(identifier.value) != own)
    return replace(record, identifiers=others) if len(others) < len(record.identifiers) else record


def without_ids(record: Record, other: Record) -> Record:
    """Return `record` without the numbers of its list and without those that repeat the id of either record."""
    ids = {own_id(record), own_id(other)}
    left = tuple(one for one in record.identifiers if one.type != "list_id" and bare(one.value) not in ids)
    return replace(record, identifiers=left) if len(left) < len(record.identifiers) else record
