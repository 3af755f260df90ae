"""What a search keeps of a record, and the terms under which it is found.

A term is a number of 64 bits, the hash of a text. A record has one for the bones of each word of its names, of each
name written together, of each identifier, of its key; and those by which a search is narrowed: countries, years of
birth.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from hashlib import blake2b
from typing import Final

import msgspec
from msgspec import Struct

from syncd.core.linking import births
from syncd.core.linking.births import Birth
from syncd.core.linking.features import NameFeature, name_features
from syncd.core.linking.identifiers import compact
from syncd.core.linking.spelling import bones
from syncd.core.model import IdentifierType, Kind, Record

NUMBERS_MAX: Final = 60
PROGRAMMES_MAX: Final = 3
COUNTRIES_MAX: Final = 12
BIRTHS_MAX: Final = 10
YEARS_MAX: Final = 20
# Fewer letters and digits are no number that anybody looks for.
NUMBER_CHARACTERS_MIN: Final = 3
# Bones of fewer letters are alike too often, when one of them is another.
VARIED_BONES_MIN: Final = 4
# Of a name written together: Hezbollah has three.
TOGETHER_BONES_MIN: Final = 3


class Number(Struct, frozen=True, array_like=True):
    """An identifier as published. `country` may be empty."""

    type: IdentifierType
    value: str
    country: str


class SearchEntry(Struct, frozen=True, array_like=True):
    """What a search compares and shows of a record. `listed_on` is the authority's own first date, empty for none;
    `shown` is the place among `names` of the one that the publisher puts first."""

    key: str
    kind: Kind
    names: tuple[NameFeature, ...]
    births: tuple[Birth, ...]
    countries: tuple[str, ...]
    numbers: tuple[Number, ...]
    programmes: tuple[str, ...]
    listed_on: str
    shown: int = 0


def entry_of(record: Record) -> SearchEntry:
    """Return what a search keeps of `record`."""
    dates = map(births.birth_of, record.birth_dates)
    programmes = (name for listing in record.listings for name in listing.programmes)
    names = name_features(record)
    return SearchEntry(
        key=record.key,
        kind=record.kind,
        names=names,
        births=tuple(dict.fromkeys(date for date in dates if date))[:BIRTHS_MAX],
        countries=tuple(dict.fromkeys(_countries(record)))[:COUNTRIES_MAX],
        numbers=tuple(
            Number(one.type, " ".join(one.value.split()), one.country or "") for one in record.identifiers[:NUMBERS_MAX]
        ),
        programmes=tuple(dict.fromkeys(programmes))[:PROGRAMMES_MAX],
        listed_on=min((one.listed_on for one in record.listings if one.listed_on), default=""),
        shown=_first_published(record, names),
    )


def _first_published(record: Record, names: tuple[NameFeature, ...]) -> int:
    """Return the place of the record's first name: `names` are in an order of their own."""
    first = " ".join(record.names[0].full.split()) if record.names else ""
    return next((place for place, name in enumerate(names) if name.full == first), 0)


def _countries(record: Record) -> Iterator[str]:
    yield from (*record.nationalities, *record.citizenships, *record.countries)
    yield from (place.country for place in record.birth_places if place.country)
    yield from (address.country for address in record.addresses if address.country)


def terms_of(entry: SearchEntry) -> set[int]:
    """Return the terms under which an entry is found."""
    found = {key_term(entry.key)}
    for word in words_of(entry):
        found.add(word_term(word))
    for name in entry.names:
        found.add(together_term(name.words))
    for value in values_of(entry):
        if len(value) >= NUMBER_CHARACTERS_MIN:
            found.add(number_term(value))
    found.update(map(country_term, entry.countries))
    found.update(map(year_term, set(_years(entry.births))))
    return found


def values_of(entry: SearchEntry) -> Iterator[str]:
    """Yield the publisher's id and each identifier of an entry, in compact form."""
    yield compact(entry.key.partition(":")[2])
    yield from map(value_of, entry.numbers)


def value_of(number: Number) -> str:
    """Return an identifier in the form in which it is looked up: letters and digits; of a ship's the digits alone."""
    value = compact(number.value)
    return value.removeprefix("IMO") if number.type in ("imo", "imo_company") else value


def words_of(entry: SearchEntry) -> set[str]:
    """Return the bones of every word of an entry's names."""
    return {bones(word) for name in entry.names for word in name.words}


def _years(found: Iterable[Birth]) -> Iterator[str]:
    for first, last in found:
        begin = int(first[:4])
        yield from map(str, range(begin, min(int(last[:4]), begin + YEARS_MAX) + 1))


def key_term(key: str) -> int:
    """Return the term of a record's key."""
    return _hashed("key " + key)


def number_term(value: str) -> int:
    """Return the term of an identifier in compact form (`identifiers.compact`)."""
    return _hashed("#" + value)


def together_term(words: tuple[str, ...]) -> int:
    """Return the term of a name whose words are written together."""
    whole = "".join(words)
    # Not by the cache: whole names would drive the words out of it.
    shape = bones.__wrapped__(whole)
    return _hashed("=" + (shape if len(shape) >= TOGETHER_BONES_MIN else whole))


def country_term(country: str) -> int:
    """Return the term of a country."""
    return _hashed("in " + country)


def year_term(year: str) -> int:
    """Return the term of a year of birth."""
    return _hashed("born " + year)


@lru_cache(maxsize=1 << 11)
def word_term(shape: str) -> int:
    """Return the term of the bones of a word."""
    return _hashed("." + shape)


def variants_of(shape: str) -> list[int]:
    """Return the terms under which the bones of a word are found when a letter of them is wrong, missing, too many, or
    has changed places with the next: the bones, and the bones without each of their letters. None for short bones."""
    if len(shape) < VARIED_BONES_MIN or shape.isdigit():
        return []
    return [_hashed("~" + text) for text in {shape, *(shape[:at] + shape[at + 1 :] for at in range(len(shape)))}]


def _hashed(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


def pack_entry(entry: SearchEntry) -> bytes:
    """Return the entry as bytes (MessagePack)."""
    return _ENCODER.encode(entry)


def unpack_entry(packed: bytes) -> SearchEntry:
    """Return the entry that `pack_entry` packed. Raises msgspec.MsgspecError."""
    return _DECODER.decode(packed)


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(SearchEntry)
