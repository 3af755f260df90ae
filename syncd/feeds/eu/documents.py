"""References and identity documents of the EU list, the half of `eu_fsf` with most fields; no feed of its own."""

from collections.abc import Iterable, Iterator
from typing import Literal

from msgspec.structs import replace

from syncd.core.canonical import text as tidy
from syncd.core.model import Identifier, IdentifierType, Kind, PartialDate
from syncd.errors import Unreadable
from syncd.formats.fields import Reading, XmlFields
from syncd.normalise import countries, dates, identifiers, numbers, source_ids
from syncd.normalise.words import TRUTH

Validity = Literal["fraudulent", "revoked", "expired"]

_IDENTIFIERS: dict[str, IdentifierType] = {
    "passport": "passport",
    "diplomaticpassport": "passport",
    "id": "national_id",
    "ssn": "social_security",
    "regnumber": "registration",
    "tradelic": "registration",
    "fiscalcode": "tax",
    "taxid": "tax",
    "vat": "vat",
    "euvat": "vat",
    "travelcardid": "travel_document",
    "laissezpasser": "travel_document",
    "drivinglicence": "driving_licence",
    "residentperm": "residence",
    "birthcert": "birth_certificate",
    "nationcert": "national_id",
    "electionid": "national_id",
    # Unified social credit codes of Chinese companies, as far as the list has used it.
    "unssn": "uscc",
    "swiftbic": "bic",
    "imo": "imo",
    "other": "other",
}


def eu_references(entity: XmlFields) -> Iterator[Identifier]:
    """The entity's own numbers, and that of the United Nations."""
    reference, logical = entity.attribute_optional("euReferenceNumber"), entity.attribute_optional("logicalId")
    united = entity.attribute_optional("unitedNationId")
    if reference:
        yield Identifier(type="eu_reference", value=source_ids.upper(reference), label="euReferenceNumber")
    if logical:
        yield Identifier(type="list_id", value=source_ids.upper(logical), label="logicalId")
    if united:
        yield _united(united)


def _united(published: str) -> Identifier:
    """A UN reference; in another form it is a number of a list, as written."""
    try:
        return Identifier(type="un_reference", value=identifiers.un_reference(published), label="unitedNationId")
    except Unreadable:
        return Identifier(type="list_id", value=published, label="unitedNationId")


def identification(document: XmlFields, remarks: list[str], kind: Kind, reading: Reading) -> list[Identifier]:
    """The numbers of one `identification`; one without any number is kept in words."""
    path = "identification/@identificationTypeCode"
    column = reading.word(path, _IDENTIFIERS, document.attribute_optional("identificationTypeCode"), "other")
    number, latin = document.attribute_optional("number"), document.attribute_optional("latinNumber")
    said = _states(document, reading)
    named = document.attribute_optional("nameOnDocument")
    valid_from = document.attribute_optional("validFrom")
    issuer = ", ".join(
        part for part in (document.attribute_optional("issuedBy"), document.attribute_optional("region")) if part
    )
    validity = _validity(said)
    said = [word for word in said if word != validity]
    note = notes(
        [*remarks, *said, f"valid from {valid_from}" if valid_from else None, named, latin if number else None]
    )
    label = document.attribute_optional("identificationTypeDescription")
    issued_on, expires_on = (_date_of(document, name, reading) for name in ("issueDate", "validTo"))
    published = number or latin or notes(remarks) or ""
    found = numbers.numbers_of_cell(
        published, column=column, kind=kind, label=label, country=country_code(document, reading), note=note
    )
    if not found:
        reading.keep("identification", notes([label, published, issuer, note]))
    return [
        replace(
            one,
            issuer=issuer or None,
            issued_on=issued_on or one.issued_on,
            expires_on=expires_on or one.expires_on,
            validity=validity,
        )
        for one in found
    ]


_STATES = (
    ("diplomatic", "diplomatic"),
    ("knownFalse", "fraudulent"),
    ("revokedByIssuer", "revoked"),
    ("knownExpired", "expired"),
    ("reportedLost", "reported lost"),
)


def _states(document: XmlFields, reading: Reading) -> list[str]:
    return [
        word
        for name, word in _STATES
        if reading.word(f"identification/@{name}", TRUTH, document.attribute_optional(name), False)
    ]


def _validity(said: list[str]) -> Validity | None:
    """Return the gravest status of a document; the others stand in its note."""
    gravest: tuple[Validity, ...] = ("fraudulent", "revoked", "expired")
    return next((state for state in gravest if state in said), None)


def _date_of(document: XmlFields, name: str, reading: Reading) -> PartialDate | None:
    published = document.attribute_optional(name)
    return reading.date(f"identification/@{name}", dates.iso_date, published) if published else None


def country_code(fields: XmlFields, reading: Reading) -> str | None:
    """`00` means that the code is not known: then the description, which says the same in words, may know more."""
    said = (fields.attribute_optional("countryIso2Code"), fields.attribute_optional("countryDescription"))
    found = next((text for text in said if text and not countries.is_absent(text)), None)
    return reading.text(f"{fields.name}/@countryIso2Code", countries.code, found) if found else None


def remarks_of(fields: XmlFields) -> list[str]:
    """The remarks of an element, in an order that does not depend on theirs."""
    return sorted(set(fields.texts("remark")))


def notes(notes: Iterable[str | None]) -> str | None:
    """Return the tidied notes, each once, joined by semicolons; None when all are blank."""
    return "; ".join(dict.fromkeys(tidy(note) for note in notes if note)) or None
