"""The features of a record that linking compares. They are small: tens of thousands are kept packed, and unpacked for a
comparison."""

from collections.abc import Iterable
from typing import Any, TypeVar
from zlib import crc32

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from syncd.core import times
from syncd.core.linking import births, identifiers, programmes, spelling
from syncd.core.linking.births import Birth
from syncd.core.linking.identifiers import Number
from syncd.core.model import Address, Identifier, Kind, Listing, Name, Place, Record

Some = TypeVar("Some", bound=Any)

NAMES_MAX = 60
NUMBERS_MAX = 60
PLACES_MAX = 20
POSITIONS_MAX = 5
# Of what a person's positions are kept: so many of their words, as numbers.
_POSITION_WORDS_MAX, _POSITION_WORD_LENGTH_MIN = 16, 4


class NameFeature(Struct, frozen=True, array_like=True):
    """A name: its words (`spelling.words`), its rank and its full text. `rank`: 0 the primary name, 1 another, 2 one
    that its publisher calls weak."""

    words: tuple[str, ...]
    rank: int
    full: str


class Features(Struct, frozen=True, array_like=True):
    """What linking compares of one record. `births` are first and last days, `numbers` and `references` as
    `identifiers.number` returns them, `subjects` as `programmes.subjects`; `listed` are days of listing, and `position`
    the numbers of words of a person's positions."""

    key: str
    feed: str
    kind: Kind
    names: tuple[NameFeature, ...]
    births: tuple[Birth, ...]
    nationalities: tuple[str, ...]
    birth_countries: tuple[str, ...]
    countries: tuple[str, ...]
    birth_places: tuple[str, ...]
    cities: tuple[str, ...]
    numbers: tuple[Number, ...]
    references: tuple[Number, ...]
    genders: tuple[str, ...]
    subjects: tuple[str, ...]
    listed: tuple[str, ...] = ()
    position: tuple[int, ...] = ()


def profile(record: Record) -> Record:
    """Return `record` reduced to the fields that linking uses; it gives exactly the links of the whole record."""
    return Record(
        key=record.key,
        feed=record.feed,
        kind=record.kind,
        names=tuple(Name(full=name.full, kind=name.kind, strength=name.strength) for name in record.names),
        birth_dates=tuple(replace(date, note=None) for date in record.birth_dates),
        birth_places=tuple(
            Place(full=place.full, city=place.city, region=place.region, country=place.country)
            for place in record.birth_places
        ),
        nationalities=record.nationalities,
        citizenships=record.citizenships,
        countries=record.countries,
        genders=record.genders,
        positions=record.positions[:POSITIONS_MAX] if record.birth_dates else (),
        addresses=tuple(
            dict.fromkeys(Address(city=address.city, country=address.country) for address in record.addresses)
        ),
        identifiers=tuple(
            Identifier(type=identifier.type, value=identifier.value, country=identifier.country)
            for identifier in record.identifiers
            if identifiers.number(identifier)
        ),
        listings=tuple(
            Listing(list=listing.list, programmes=listing.programmes, listed_on=listing.listed_on)
            for listing in record.listings
        ),
    )


def features_of(record: Record, *, reused: bool = False) -> Features:
    """Return the features of a record. `reused`: the publisher gave its id to several parties. Then another list that
    cites the id may mean any of them, and the id is no evidence."""
    own = None if reused else identifiers.own_reference(record)
    numbers = _distinct(identifiers.number_of(record, identifier) for identifier in record.identifiers)
    own_kind = identifiers.OWN_REFERENCES.get(record.feed) if reused else None
    references = [number for number in numbers if number[0] in identifiers.REFERENCES and number[0] != own_kind]
    return Features(
        key=record.key,
        feed=record.feed,
        kind=record.kind,
        names=name_features(record),
        births=_distinct(births.birth_of(date) for date in record.birth_dates)[:PLACES_MAX],
        nationalities=_distinct((*record.nationalities, *record.citizenships)),
        birth_countries=_distinct(place.country for place in record.birth_places),
        countries=_distinct((*record.countries, *(address.country for address in record.addresses))),
        birth_places=_distinct(
            spelling.romanised(text)
            for place in record.birth_places
            for text in (place.full, place.city, place.region)
            if text
        )[:PLACES_MAX],
        cities=_distinct(spelling.romanised(address.city) for address in record.addresses if address.city)[:PLACES_MAX],
        numbers=tuple(number for number in numbers if number[0] not in identifiers.REFERENCES)[:NUMBERS_MAX],
        references=_distinct((own, *references)),
        genders=_distinct(gender.lower() for gender in record.genders),
        subjects=tuple(
            sorted(
                {
                    subject
                    for listing in record.listings
                    for name in (listing.list, *listing.programmes)
                    for subject in programmes.subjects(name)
                }
            )
        ),
        listed=_distinct(times.utc_day(listing.listed_on) for listing in record.listings)[:PLACES_MAX]
        if record.birth_dates
        else (),
        position=_position(record.positions[:POSITIONS_MAX]) if record.birth_dates else (),
    )


def _position(positions: Iterable[str]) -> tuple[int, ...]:
    words = {word for text in positions for word in spelling.romanised(text).split()}
    return tuple(sorted(crc32(word.encode()) & 0xFFFF for word in words if len(word) >= _POSITION_WORD_LENGTH_MIN))[
        :_POSITION_WORDS_MAX
    ]


def name_features(record: Record) -> tuple[NameFeature, ...]:
    """Return the names of a record as they are compared, the primary ones first; at most `NAMES_MAX`."""
    found: dict[tuple[str, ...], NameFeature] = {}
    person = record.kind == "person"
    for name in record.names:
        for at, text in enumerate(spelling.variants(name.full)):
            rank = 2 if name.strength == "weak" else int(name.kind != "primary" or at > 1)
            words = spelling.words(text, person=person)
            if words and (words not in found or rank < found[words].rank):
                found[words] = NameFeature(words, rank, " ".join(text.split()))
    return tuple(sorted(found.values(), key=lambda one: (one.rank, one.words)))[:NAMES_MAX]


def _distinct(values: Iterable[Some | None]) -> tuple[Some, ...]:
    """Each once, in an order of their own: a publisher's order says nothing here."""
    return tuple(sorted({value for value in values if value}))


def pack_features(features: Features) -> bytes:
    """Return the features as bytes (MessagePack)."""
    return _ENCODER.encode(features)


def unpack_features(packed: bytes) -> Features:
    """Return the features that `pack_features` packed. Raises msgspec.MsgspecError."""
    return _DECODER.decode(packed)


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Features)
