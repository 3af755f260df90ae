"""The identity documents of the EU list, which is the half of `eu_fsf` with most fields; no feed of its own."""

from collections.abc import Iterable
from typing import Literal

from syncd.core.canonical import text as tidy
from syncd.core.model import Identifier, IdentifierType, PartialDate
from syncd.errors import Unreadable
from syncd.formats.fields import Reading, XmlFields
from syncd.normalise import countries, dates

Validity = Literal["fraudulent", "revoked", "expired"]

_IDENTIFIERS: dict[str, IdentifierType] = {
    "passport": "passport",
    "diplomaticpassport": "passport",
    "id": "national_id",
    "ssn": "social_security",
    "regnumber": "registration",
    "tradelic": "registration",
    "fiscalcode": "tax",
    "vat": "tax",
    "travelcardid": "travel_document",
    "laissezpasser": "travel_document",
    "drivinglicence": "driving_licence",
    "residentperm": "residence",
    "birthcert": "birth_certificate",
    "swiftbic": "bic",
    "imo": "imo",
    "other": "other",
}


def identification(document: XmlFields, reading: Reading) -> list[Identifier]:
    code = (document.attribute_optional("identificationTypeCode") or "").strip().lower()
    number, latin = document.attribute_optional("number"), document.attribute_optional("latinNumber")
    said = [word for name, word in _STATES if document.attribute_optional(name) == "true"]
    named = document.attribute_optional("nameOnDocument")
    valid_from = document.attribute_optional("validFrom")
    issuer = [document.attribute_optional("issuedBy"), document.attribute_optional("region")]
    remarks = document.texts("remark")
    validity = _validity(said)
    said = [word for word in said if word != validity]
    found = Identifier(
        type=reading.value("identification/@identificationTypeCode", _identifier_type, code, lambda _: "other"),
        value=number or latin or notes(remarks) or "",
        label=document.attribute_optional("identificationTypeDescription"),
        country=country(document, reading),
        issuer=", ".join(part for part in issuer if part) or None,
        issued_on=_date_of(document, "issueDate", reading),
        expires_on=_date_of(document, "validTo", reading),
        validity=validity,
        note=notes(
            [*remarks, *said, f"valid from {valid_from}" if valid_from else None, named, latin if number else None]
        ),
    )
    return [found] if found.value else []


_STATES = (
    ("diplomatic", "diplomatic"),
    ("knownFalse", "fraudulent"),
    ("revokedByIssuer", "revoked"),
    ("knownExpired", "expired"),
    ("reportedLost", "reported lost"),
)


def _validity(said: list[str]) -> Validity | None:
    """The gravest of what is said of a document; the rest stands in its note."""
    gravest: tuple[Validity, ...] = ("fraudulent", "revoked", "expired")
    return next((state for state in gravest if state in said), None)


def _identifier_type(code: str) -> IdentifierType:
    if code not in _IDENTIFIERS:
        raise Unreadable(code, "not a kind of identification that the list has used")
    return _IDENTIFIERS[code]


def _date_of(document: XmlFields, name: str, reading: Reading) -> PartialDate | None:
    published = document.attribute_optional(name)
    return reading.date(f"identification/@{name}", dates.iso, published) if published else None


def country(fields: XmlFields, reading: Reading) -> str | None:
    """`00` means that the country is not known. The description says the same in words."""
    published = fields.attribute_optional("countryIso2Code")
    description = fields.attribute_optional("countryDescription")
    said = published or description
    if said is None or countries.is_absent(said):
        return None
    return reading.text(f"{fields.name}/@countryIso2Code", countries.code, said)


def notes(notes: Iterable[str | None]) -> str | None:
    return "; ".join(dict.fromkeys(tidy(note) for note in notes if note)) or None
