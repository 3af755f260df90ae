"""What a list imposes, in words that are the same for all lists, beside the publisher's own terms.

A feed states a rule (`Measures`), and where it is taken from. The publisher's terms decide, where the rule reads them:
each word that a term matches, and `other` for a term that matches none. Of a listing without such terms its programmes
decide, and else what is usual on the list. What is only usual is said of whom it can concern: a travel ban of persons.
"""

import re
from collections.abc import Iterator, Mapping
from typing import get_args

from msgspec import Struct
from msgspec.structs import replace

from syncd.core.model import Kind, Listing, MeasureType, Record

MEASURE_TYPES: tuple[MeasureType, ...] = get_args(MeasureType)
_WHO_MAY_TRAVEL: frozenset[Kind] = frozenset({"person", "unknown"})

Terms = tuple[tuple[re.Pattern[str], tuple[MeasureType, ...]], ...]


class Measures(Struct, frozen=True, kw_only=True):
    """What a list imposes, and the source of that.

    `usual`: on a listing of which nothing more is said. `terms`: patterns of the publisher's measures, and what each
    means; without any the publisher's terms decide nothing. `programmes`: a programme as published → what it imposes.
    `source`: the law, or the field of the document, that says so.
    """

    usual: tuple[MeasureType, ...]
    source: str
    terms: Terms = ()
    programmes: Mapping[str, tuple[MeasureType, ...]] = {}

    @property
    def possible(self) -> tuple[MeasureType, ...]:
        """Every word that a listing of this list may have, in the order of the words."""
        found = {
            *self.usual,
            *(word for _, words in self.terms for word in words),
            *(word for words in self.programmes.values() for word in words),
        }
        return tuple(word for word in MEASURE_TYPES if word in found)


def with_measure_types(record: Record, measures: Measures) -> Record:
    """Return `record` with the words of `measures` on each listing that has none."""
    return replace(record, listings=tuple(_typed(one, record.kind, measures) for one in record.listings))


def _typed(listing: Listing, kind: Kind, measures: Measures) -> Listing:
    if listing.measure_types:
        return listing
    if measures.terms and listing.measures:
        found = {word for term in listing.measures for word in _of_term(term, measures.terms)}
    else:
        found = {word for word in _usual(listing, measures) if word != "travel_ban" or kind in _WHO_MAY_TRAVEL}
    return replace(listing, measure_types=tuple(word for word in MEASURE_TYPES if word in found))


def _of_term(term: str, terms: Terms) -> Iterator[MeasureType]:
    matched = [words for pattern, words in terms if pattern.search(term)]
    for words in matched or [("other",)]:
        yield from words


def _usual(listing: Listing, measures: Measures) -> Iterator[MeasureType]:
    known = [programme for programme in listing.programmes if programme in measures.programmes]
    for programme in known:
        yield from measures.programmes[programme]
    if not known:
        yield from measures.usual
