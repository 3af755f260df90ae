"""Targets → the EU's Financial Sanctions Files, XML 1.1, and the RSS that announces the file."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from lxml import etree
from lxml.builder import E, ElementMaker

from syncd.core.times import iso
from syncd.demo.targets import COUNTRIES, PROGRAMMES, Called, InventedTarget

NAMESPACE = "http://eu.europa.ec/fpi/fsd/export"
FILE = "xmlFullSanctionsList_1_1"
_E = ElementMaker(namespace=NAMESPACE, nsmap={None: NAMESPACE})
_CODES = {"person": "person", "organisation": "enterprise"}
_LETTERS = {"person": "P", "organisation": "E"}


def invented_eu_reference(target: InventedTarget) -> str:
    """The euReferenceNumber, which is the source id of the record."""
    return f"EU.{900_000 + target.number}.{target.number % 89 + 10}"


def document(targets: Sequence[InventedTarget], published: datetime) -> bytes:
    """The full list of `targets`, as generated at that time (UTC)."""
    root = _E("export", {"generationDate": iso(published), "globalFileId": f"{published:%H%M%S%f}"})
    root.extend(_entity(target) for target in targets)
    etree.indent(root)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def rss(token: str, url: str) -> bytes:
    """The RSS with an item for the file; `token` stands for the hash of its content."""
    root = E(
        "rss",
        {"version": "2.0"},
        E(
            "channel",
            E("title", "Financial Sanctions Files"),
            E(
                "item",
                E("title", f"{FILE}.xml"),
                E("description", f"XML (Based on XSD), hash {token}"),
                E("link", url),
                E("guid", token),
            ),
        ),
    )
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _entity(target: InventedTarget) -> etree._Element:
    act = PROGRAMMES[target.programme]
    regulation = {
        "regulationType": "regulation",
        "organisationType": "council",
        "publicationDate": target.designated,
        "entryIntoForceDate": target.designated,
        "numberTitle": act.eu_act,
        "programme": act.eu,
        "logicalId": str(9000 + target.number),
    }
    subject = {"code": _CODES[target.kind], "classificationCode": _LETTERS[target.kind]}
    return _E(
        "sanctionEntity",
        {
            "designationDate": target.designated,
            "designationDetails": "",
            "unitedNationId": "",
            "euReferenceNumber": invented_eu_reference(target),
            "logicalId": str(target.number),
        },
        *([_E("remark", target.remarks)] if target.remarks else []),
        _E("regulation", regulation, _E("publicationUrl", "https://eu.example/acts")),
        _E("subjectType", subject),
        *_names(target),
        *_person(target),
        *_address(target),
        *_documents(target),
    )


def _names(target: InventedTarget) -> Iterator[etree._Element]:
    original = [target.original] if target.original else []
    for index, called in enumerate([target.name, *original, *target.aliases]):
        yield _name(target, called, index)


def _name(target: InventedTarget, called: Called, index: int) -> etree._Element:
    first = index == 0
    whole = called.full if called.given or target.kind != "person" else ""
    gender = {"gender": target.gender[0].upper()} if first and target.gender else {}
    return _part(
        target,
        "nameAlias",
        index,
        {
            "firstName": called.given,
            "middleName": "",
            "lastName": called.family if target.kind == "person" else "",
            "wholeName": whole,
            "function": target.position if first else "",
            **gender,
            "title": "",
            "nameLanguage": "",
            "strong": "true",
        },
    )


def _person(target: InventedTarget) -> Iterator[etree._Element]:
    if target.kind != "person":
        return
    year, *rest = target.born.split("-")
    exact = (
        {"birthdate": target.born, "dayOfMonth": str(int(rest[1])), "monthOfYear": str(int(rest[0]))} if rest else {}
    )
    yield _part(target, "citizenship", 0, {"region": "", **_country(target)})
    yield _part(
        target,
        "birthdate",
        0,
        {
            "circa": "false",
            "calendarType": "GREGORIAN",
            "city": COUNTRIES[target.country].town,
            "zipCode": "",
            **exact,
            "year": year,
            "region": "",
            "place": "",
            **_country(target),
        },
    )


def _address(target: InventedTarget) -> Iterator[etree._Element]:
    if target.street:
        town = COUNTRIES[target.country].town
        where = {"city": town, "street": target.street, "poBox": "", "zipCode": "", "region": "", "place": ""}
        yield _part(target, "address", 0, {**where, "asAtListingTime": "false", **_country(target)})


def _documents(target: InventedTarget) -> Iterator[etree._Element]:
    numbers = [("passport", "National passport", number) for number in target.passports]
    numbers += [("regnumber", "Registration Number", target.registration)] if target.registration else []
    for index, (code, description, number) in enumerate(numbers):
        yield _part(
            target,
            "identification",
            index,
            {
                "diplomatic": "false",
                "knownExpired": "false",
                "knownFalse": "false",
                "reportedLost": "false",
                "revokedByIssuer": "false",
                "issuedBy": "",
                "latinNumber": "",
                "nameOnDocument": "",
                "number": number,
                "region": "",
                "identificationTypeCode": code,
                "identificationTypeDescription": description,
                **_country(target),
            },
        )


def _country(target: InventedTarget) -> dict[str, str]:
    country = COUNTRIES[target.country]
    return {"countryIso2Code": country.code, "countryDescription": country.name.upper()}


def _part(target: InventedTarget, tag: str, index: int, attributes: dict[str, str]) -> etree._Element:
    """A part of an entity; each names the act that added it."""
    summary = {
        "regulationType": "regulation",
        "publicationDate": target.designated,
        "numberTitle": PROGRAMMES[target.programme].eu_act,
        "publicationUrl": "https://eu.example/acts",
    }
    own = {**attributes, "regulationLanguage": "en", "logicalId": f"{target.number}{index:02}"}
    return _E(tag, own, _E("regulationSummary", summary))
