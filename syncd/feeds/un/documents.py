"""Numbers of the UN list: references of entries, and identity documents with who issued them."""

import re
from collections.abc import Iterator

from msgspec.structs import replace

from syncd.core.canonical import text as tidy
from syncd.core.model import Identifier, IdentifierType, PartialDate
from syncd.errors import Unreadable
from syncd.feeds.un.cells import country_of, stated_text, together
from syncd.formats.fields import Reading, XmlFields
from syncd.normalise import dates, identifiers, numbers

_WORD = re.compile(r"[a-z]{3}")
_NUMBER_IN_WORDS = re.compile(
    r"\b(?:number|no|card|code|ssn|bpa)[.:]*\s+(?P<number>[A-Z]{0,2}[\s\-]{0,2}\d[\w/\-]*|[A-Z]{1,6}\w{4,12}\d)(?=$|[\s,;])",
    re.IGNORECASE,
)
# In a description of a document, the first of these words that occurs tells its type.
_DOCUMENT_WORDS: tuple[tuple[str, IdentifierType], ...] = (
    ("travel document", "travel_document"),
    ("birth certificate", "birth_certificate"),
    ("driv", "driving_licence"),
    ("social security", "social_security"),
    ("ssn", "social_security"),
    ("fiscal", "tax"),
    ("resident", "residence"),
    ("military", "military"),
    ("serviceman", "military"),
    ("passport", "passport"),
    ("pasaporte", "passport"),
    ("passeport", "passport"),
    ("certificate", "other"),
    ("ration", "other"),
    ("voter", "other"),
    ("student", "other"),
    ("other id", "other"),
)
_DOCUMENT_OF = re.compile(
    r"(?<!\s)\s++(?:(?:national|foreign|alien|travel|civil|identity|identification|registration|card|passport|number|no\.?)\s*+){1,9}+$",
    re.IGNORECASE,
)


def references_of(entry: XmlFields, reference: str) -> Iterator[Identifier]:
    """A reference in another form than the Council's own, as in 2016, is still the list's number of the entry."""
    try:
        yield Identifier(type="un_reference", value=identifiers.un_reference(reference), label="REFERENCE_NUMBER")
    except Unreadable:
        yield Identifier(type="list_id", value=reference.strip(), label="REFERENCE_NUMBER")
    data_id = entry.text_optional("DATAID")
    if data_id:
        yield Identifier(type="list_id", value=data_id.strip(), label="DATAID")


def identity_documents(entry: XmlFields, reading: Reading) -> Iterator[Identifier]:
    """Yield the identity documents of an entry (`INDIVIDUAL_DOCUMENT`) as identifiers."""
    for document in entry.children("INDIVIDUAL_DOCUMENT"):
        yield from _document(document, reading)


def _document(document: XmlFields, reading: Reading) -> Iterator[Identifier]:
    """One identity document. Without a number of its own, the number in its description; else the description."""
    kinds = [kind for name in ("", "2") if (kind := document.text_optional(f"TYPE_OF_DOCUMENT{name}"))]
    number, note = stated_text(document.text_optional("NUMBER")), stated_text(document.text_optional("NOTE"))
    country, issuer, remark = _issued_by(document, reading)
    issued = stated_text(document.text_optional("DATE_OF_ISSUE"))
    day = reading.date("INDIVIDUAL_DOCUMENT/DATE_OF_ISSUE", dates.iso_date, issued) if issued else None
    told = " ".join([*reversed(kinds), number or note or ""])
    for text, beside in ((number, note), (note, None), (kinds[-1] if kinds else None, note)):
        found = _numbers(text, beside, _document_type(told), ": ".join(kinds) or None, country) if text else ()
        if found:
            yield from (_issued(one, issuer, day, remark) for one in found)
            return
    reading.keep("INDIVIDUAL_DOCUMENT", "; ".join(part for part in (*kinds, issued, issuer, country, note) if part))


def _numbers(
    text: str, note: str | None, column: IdentifierType, label: str | None, country: str | None
) -> tuple[Identifier, ...]:
    found = numbers.numbers_of_cell(text, column=column, kind="person", label=label, country=country, note=note)
    return tuple(_bare_number(one) for one in found if any(char.isdigit() for char in one.value))


def _bare_number(found: Identifier) -> Identifier:
    """`Qatari identification number 25463, under name …`: the number alone, with the text as its note."""
    in_words = _NUMBER_IN_WORDS.search(found.value) if _WORD.search(found.value) else None
    if in_words is None:
        return found
    return replace(found, value=in_words["number"].strip(), note=together(found.value, found.note))


def _issued(number: Identifier, issuer: str | None, day: PartialDate | None, remark: str | None) -> Identifier:
    return replace(
        number,
        issuer=issuer,
        issued_on=day or number.issued_on,
        note=together(remark, number.note),
    )


def _issued_by(document: XmlFields, reading: Reading) -> tuple[str | None, str | None, str | None]:
    """(country, issuing place, remark). The place of issue may lie in another country than the one that issues."""
    country = stated_text(document.text_optional("ISSUING_COUNTRY"))
    city = stated_text(document.text_optional("CITY_OF_ISSUE"))
    place = stated_text(document.text_optional("COUNTRY_OF_ISSUE"))
    of = country or place
    issuer = ", ".join(part for part in (city, place if country else None) if part) or None
    if of is None:
        return None, issuer, None
    without = _DOCUMENT_OF.sub("", tidy(of))
    if without != tidy(of):
        return country_of(without, "INDIVIDUAL_DOCUMENT/ISSUING_COUNTRY", reading)[0], issuer, of
    code, said = country_of(of, "INDIVIDUAL_DOCUMENT/ISSUING_COUNTRY", reading)
    return code, issuer, said


def _document_type(description: str) -> IdentifierType:
    text = description.lower()
    return next((kind for word, kind in _DOCUMENT_WORDS if word in text), "national_id")
