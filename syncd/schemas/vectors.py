"""Test vectors of the canonical form: records as they are published, the bytes that are hashed, and the digests.

A program that computes digests in another language is checked against `schemas/digest-vectors.json`.
"""

from typing import Any, Final

import msgspec

from syncd.core import canonical
from syncd.core.model import Address, Identifier, Name, NamePart, Part, PartialDate, Record

FILE: Final = "digest-vectors.json"


def _record(**fields: Any) -> Record:
    standard = {"key": "xx_list:1", "feed": "xx_list", "kind": "person", "names": (_name("Ann Example"),)}
    return Record(**{**standard, **fields})


def _name(full: str, **more: Any) -> Name:
    return Name(full=full, kind="primary", **more)


# What the record shows → the record.
_RECORDS: Final[dict[str, Record]] = {
    "the smallest record": _record(),
    "white space is folded and cut, tabs and line breaks too": _record(names=(_name(" Ann\t \nExample  "),)),
    "a no-break space and an ideographic one are white space": _record(names=(_name("Ann\u00a0Ex\u3000ample"),)),
    "invisible characters are dropped": _record(names=(_name("\ufeffAnn\u200b Exa\u00admple\u200f"),)),
    "text is composed (NFC)": _record(names=(_name("Andre\u0301 A\u030angstro\u0308m"),)),
    "what is empty once it is tidy is left out": _record(titles=("", "\u200b", " "), addresses=(Address(city=" "),)),
    "lists are sorted by the bytes of their canonical JSON": _record(
        names=(_name("Zoe"), _name("Ann"), Name(full="Ann", kind="alias")), nationalities=("RU", "BY")
    ),
    "the order is that of UTF-8, not of UTF-16": _record(titles=("\U00010348", "\ufb01", "z")),
    "the parts of a name and the lines of an address keep their order": _record(
        names=(
            _name(
                "Zoe Ann",
                parts=(NamePart(kind="given", value="Zoe"), NamePart(kind="family", value="Ann")),
            ),
        ),
        addresses=(Address(lines=("2 Way", "1 House")),),
    ),
    "an element that stands twice is counted twice": _record(titles=("Dr", "Dr")),
    "letter case, accents and punctuation stay": _record(names=(_name("ÀNN O’EXAMPLE-smith."),)),
    "quotes, backslashes and control characters are escaped as RFC 8785 says": _record(
        remarks=('She said "no\\yes" \u0001 / \u007f',)
    ),
    "booleans and partial dates": _record(birth_dates=(PartialDate(start="1960", end="1962-03", circa=True),)),
    "the id as published is left out": _record(published_id=" 1\u200b"),
    "nested objects": _record(
        identifiers=(Identifier(type="passport", value="X 1", issued_on=PartialDate(date="1999")),),
        other=(Part(name="field", value="一 二"),),
        completeness="partial",
    ),
}
_LISTS: Final[tuple[dict[str, str], ...]] = (
    {},
    {"xx_list:1": "a" * 64},
    {"xx_list:10": "b" * 64, "xx_list:9": "c" * 64, "xx_list:Ä": "d" * 64, "xx_list:a b": "e" * 64},
)


def digest_vectors() -> dict[str, Any]:
    """Return records with their canonical JSON as text and their digest, and lists of `key: digest` with theirs."""
    return {
        "records": [
            {
                "shows": shows,
                "record": msgspec.to_builtins(record),
                "canonical": canonical.json_bytes(canonical.form(record)).decode(),
                "digest": canonical.digest(record),
            }
            for shows, record in _RECORDS.items()
        ],
        "lists": [{"digests": dict(digests), "digest": canonical.list_digest(digests)} for digests in _LISTS],
    }
