"""The three CSV files in which OFAC published its list until 2024, for engines that read those: SDN.CSV, ADD.CSV and
ALT.CSV, without a header, `-0-` for what is absent (OFAC, "Specification of data formats", dat_spec.txt).

Their numbers are the list's own where these are numbers of at most ten digits, else 53 bits of the key's SHA-256: of a
list whose ids are texts, an engine must take numbers that large.
"""

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator
from typing import Final

from syncd.core.model import Address, Identifier, Kind, Name, Record
from syncd.exports import ftm_values as values

FILES: Final = ("sdn.csv", "add.csv", "alt.csv")
NOTHING: Final = "-0-"
REMARKS_CHARACTERS_MAX: Final = 1000
ID_DIGITS_MAX: Final = 10
_TYPES: Final[dict[Kind, str]] = {"person": "individual", "vessel": "vessel", "aircraft": "aircraft"}


def record_rows(record: Record) -> tuple[bytes, bytes, bytes]:
    """Return the rows of a record in each of the three files; any but the first may be empty."""
    number = entry_number(record.key)
    addresses = (_address(number, at, one) for at, one in enumerate(record.addresses, 1))
    aliases = (_alias(number, at, one) for at, one in enumerate(record.names[1:], 1))
    return _lines((_party(number, record),)), _lines(addresses), _lines(aliases)


def entry_number(key: str) -> int:
    """Return the number of the record with this key in the three files."""
    source = key.partition(":")[2]
    if source.isascii() and source.isdigit() and len(source) <= ID_DIGITS_MAX and source[0] != "0":
        return int(source)
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") >> 11


def _party(number: int, record: Record) -> tuple[str | int, ...]:
    ship = record.vessel
    programmes = dict.fromkeys(name for listing in record.listings for name in listing.programmes or (listing.list,))
    signs = (one.value for one in record.identifiers if one.type == "call_sign")
    return (
        number,
        record.names[0].full if record.names else "",
        _TYPES.get(record.kind, ""),
        "] [".join(programmes),
        "; ".join(dict.fromkeys((*record.titles, *record.positions))),
        next(signs, ""),
        ship.types[0] if ship and ship.types else "",
        (ship.tonnage or "") if ship else "",
        (ship.gross_tonnage or "") if ship else "",
        ship.flags[0] if ship and ship.flags else "",
        ship.owners[0] if ship and ship.owners else "",
        _clipped(_remarks(record)),
    )


def _remarks(record: Record) -> Iterator[str]:
    """As OFAC writes them: `DOB 1962; POB Nowhere; nationality IR; Passport 123 (IR).`"""
    for date in record.birth_dates:
        yield f"DOB {values.date_words(date)}"
    for place in record.birth_places:
        yield f"POB {', '.join(part for part in (values.address_text(place), place.country) if part)}"
    for code in record.nationalities:
        yield f"nationality {code}"
    for code in record.citizenships:
        yield f"citizen {code}"
    for gender in record.genders:
        yield f"Gender {gender.capitalize()}"
    yield from map(_number, record.identifiers)
    yield from record.remarks


def _number(one: Identifier) -> str:
    where = f" ({one.country})" if one.country else ""
    return f"{one.label or one.type.replace('_', ' ').capitalize()} {one.value}{where}"


def _clipped(parts: Iterable[str]) -> str:
    """The remarks as far as they fit into their 1,000 characters, cut between two of them."""
    text = ""
    for part in parts:
        longer = f"{text}; {part}" if text else part
        if len(longer) >= REMARKS_CHARACTERS_MAX:
            break
        text = longer
    return f"{text}." if text else ""


def _address(number: int, at: int, one: Address) -> tuple[str | int, ...]:
    street = ", ".join(part for part in (one.full, *one.lines) if part)
    town = " ".join(part for part in (one.city, one.region, one.postal_code) if part)
    return number, at, street, town, one.country or "", one.note or ""


def _alias(number: int, at: int, name: Name) -> tuple[str | int, ...]:
    kind = "fka" if name.kind == "former" else "aka"
    return number, at, kind, name.full, "weak" if name.strength == "weak" else ""


def _lines(rows: Iterable[tuple[str | int, ...]]) -> bytes:
    """Texts stand in quotation marks, numbers and `-0-` bare."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    for row in rows:
        writer.writerow(_MARK if value == "" else value for value in row)
    return text.getvalue().replace(f'"{_MARK}"', NOTHING).encode()


# No published text has it: control characters are taken out of all of them.
_MARK: Final = "\x00absent\x00"
