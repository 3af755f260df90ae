"""Records as Hypothesis invents them: small alphabets, so that things are often the same, and untidy texts."""

from hypothesis import strategies as st

from syncd.core.model import (
    Address,
    Identifier,
    Listing,
    Name,
    NamePart,
    Part,
    PartialDate,
    Place,
    Record,
    Relation,
    Vessel,
)
from tests.core.lists import FEED

texts = st.sampled_from(["", " ", "A", "a", "B", "b c", "b  c", "\u200eA", "e\u0301", "\u00e9", "Zоря", "9"])
some = st.none() | texts


def tuples(elements: st.SearchStrategy[object], most: int = 3) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(elements, max_size=most).map(tuple)


dates = st.builds(
    PartialDate, date=st.sampled_from([None, "1950", "1950-02", "1950-02-03"]), circa=st.booleans(), note=some
)
names = st.builds(
    Name,
    full=texts,
    kind=st.sampled_from(["primary", "alias"]),
    parts=tuples(st.builds(NamePart, kind=st.sampled_from(["given", "family"]), value=texts)),
    note=some,
)
identifiers = st.builds(
    Identifier,
    type=st.sampled_from(["passport", "tax"]),
    value=texts,
    label=some,
    note=some,
    issued_on=st.none() | dates,
)
listings = st.builds(Listing, list=texts, programmes=tuples(texts), amended_on=some, note=some)
addresses = st.builds(Address, full=some, lines=tuples(texts), city=some)
vessels = st.builds(Vessel, types=tuples(texts), flags=tuples(texts), tonnage=some, built=tuples(dates, 2))

records = st.builds(
    Record,
    key=st.just(f"{FEED}:1"),
    feed=st.just(FEED),
    kind=st.sampled_from(["person", "vessel", "unknown"]),
    names=tuples(names),
    birth_dates=tuples(dates),
    birth_places=tuples(st.builds(Place, full=some, city=some)),
    nationalities=tuples(texts),
    addresses=tuples(addresses, 2),
    identifiers=tuples(identifiers),
    listings=tuples(listings, 2),
    relations=tuples(st.builds(Relation, type=texts, key=some, note=some), 2),
    vessel=st.none() | vessels,
    other=tuples(st.builds(Part, name=texts, value=texts), 2),
    unreadable=tuples(texts, 1),
)
