"""Targets → the UK Sanctions List as XML, in its shape of 2026."""

from collections.abc import Iterator, Sequence
from datetime import date

from lxml import etree
from lxml.builder import E

from syncd.demo.targets import COUNTRIES, PROGRAMMES, Called, InventedTarget

_KINDS = {"person": "Individual", "organisation": "Entity", "vessel": "Ship"}
_MEASURES = {
    "person": "Asset freeze|Travel Ban",
    "organisation": "Asset freeze",
    "vessel": "Prohibition of port entry",
}


def unique_id(target: InventedTarget) -> str:
    """The UniqueID, which is the source id of the record."""
    return f"FIC{target.number:04}"


def document(targets: Sequence[InventedTarget], published: date) -> bytes:
    """The list of `targets`, as generated on that day."""
    root = E(
        "Designations",
        E("DateGenerated", _british(published.isoformat())),
        *(_designation(target) for target in targets),
    )
    etree.indent(root)
    return etree.tostring(root, xml_declaration=True, encoding="utf-8")


def _british(day: str) -> str:
    """`1971-03-04` → `04/03/1971`; of a year alone, day and month stand as letters."""
    return "/".join(reversed(day.split("-"))) if "-" in day else f"dd/mm/{day}"


def _designation(target: InventedTarget) -> etree._Element:
    return E(
        "Designation",
        E("LastUpdated", _british(target.designated)),
        E("DateDesignated", _british(target.designated)),
        E("UniqueID", unique_id(target)),
        E("OFSIGroupID", str(90_000 + target.number)),
        E("Names", _name(target.name, "Primary Name"), *(_name(alias, "Alias") for alias in target.aliases)),
        *_non_latin(target),
        E("RegimeName", PROGRAMMES[target.programme].uk),
        E("IndividualEntityShip", _KINDS[target.kind]),
        E("DesignationSource", "UK"),
        E("SanctionsImposed", _MEASURES[target.kind]),
        *([E("OtherInformation", target.remarks)] if target.remarks else []),
        *_address(target),
        _DETAILS[target.kind](target),
    )


def _name(called: Called, kind: str) -> etree._Element:
    given = [E("Name1", called.given)] if called.given else []
    strength = [E("AliasStrength", "Good quality a.k.a")] if kind == "Alias" else []
    return E("Name", *given, E("Name6", called.family), E("NameType", kind), *strength)


def _non_latin(target: InventedTarget) -> Iterator[etree._Element]:
    if target.original:
        yield E("NonLatinNames", E("NonLatinName", E("NameNonLatinScript", target.original.full)))


def _address(target: InventedTarget) -> Iterator[etree._Element]:
    if target.street:
        country = COUNTRIES[target.country]
        yield E(
            "Addresses",
            E(
                "Address",
                E("AddressLine1", target.street),
                E("AddressLine6", country.town),
                E("AddressCountry", country.name),
            ),
        )


def _individual(target: InventedTarget) -> etree._Element:
    country = COUNTRIES[target.country]
    passports = [
        E("Passport", E("PassportNumber", number), E("PassportAdditionalInformation", country.name))
        for number in target.passports
    ]
    return E(
        "IndividualDetails",
        E(
            "Individual",
            E("DOBs", E("DOB", _british(target.born))),
            *([E("PassportDetails", *passports)] if passports else []),
            E("Nationalities", E("Nationality", country.name)),
            *([E("Positions", E("Position", target.position))] if target.position else []),
            E("Genders", E("Gender", target.gender.capitalize())),
            E("BirthDetails", E("Location", E("TownOfBirth", country.town), E("CountryOfBirth", country.name))),
        ),
    )


def _organisation(target: InventedTarget) -> etree._Element:
    numbers = E("BusinessRegistrationNumbers", E("BusinessRegistrationNumber", target.registration))
    return E("EntityDetails", E("Entity", E("TypeOfEntities", E("TypeOfEntity", "Company")), numbers))


def _ship(target: InventedTarget) -> etree._Element:
    return E(
        "ShipDetails",
        E(
            "Ship",
            E("IMONumbers", E("IMONumber", f"IMO{target.imo}")),
            E("CurrentOwnerOperators", E("CurrentOwnerOperator", target.owner_name)),
            E(
                "CurrentBelievedFlagOfShips",
                E("CurrentBelievedFlagOfShip", COUNTRIES[target.country].name),
            ),
            E("TypeOfShipDetails", E("TypeOfShip", "Bulk Carrier")),
            E("YearsBuilt", E("YearBuilt", "1999")),
        ),
    )


_DETAILS = {"person": _individual, "organisation": _organisation, "vessel": _ship}
