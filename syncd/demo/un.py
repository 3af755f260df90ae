"""Targets → the UN Security Council's consolidated XML, with its habit of writing empty elements for what it lacks."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from lxml import etree
from lxml.builder import E

from syncd.core.times import iso
from syncd.demo.targets import COUNTRIES, PROGRAMMES, Called, InventedTarget

_LETTERS = {"person": "i", "organisation": "e"}


def invented_un_reference(target: InventedTarget) -> str:
    """The reference number, which is the source id of the record. No committee has the letters FX."""
    return f"FX{_LETTERS[target.kind]}.{target.number:03}"


def document(targets: Sequence[InventedTarget], published: datetime) -> bytes:
    """The consolidated list of `targets`, as generated at that time (UTC)."""
    persons = [target for target in targets if target.kind == "person"]
    organisations = [target for target in targets if target.kind == "organisation"]
    root = E(
        "CONSOLIDATED_LIST",
        {"dateGenerated": iso(published)},
        E("INDIVIDUALS", *(_individual(target) for target in persons)),
        E("ENTITIES", *(_entity(target) for target in organisations)),
    )
    etree.indent(root)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def _individual(target: InventedTarget) -> etree._Element:
    return E(
        "INDIVIDUAL",
        *_identity(target, (target.name.given, target.name.family)),
        *_original(target),
        E("GENDER", target.gender.capitalize()),
        *_comments(target),
        *([_value("DESIGNATION", target.position)] if target.position else []),
        _value("NATIONALITY", COUNTRIES[target.country].name),
        _value("LIST_TYPE", "UN List"),
        *_aliases("INDIVIDUAL_ALIAS", target.aliases, "Good"),
        E("INDIVIDUAL_ADDRESS", E("COUNTRY")),
        _birth_date(target.born),
        E(
            "INDIVIDUAL_PLACE_OF_BIRTH",
            E("CITY", COUNTRIES[target.country].town),
            E("COUNTRY", COUNTRIES[target.country].name),
        ),
        *_documents(target),
        E("SORT_KEY"),
        E("SORT_KEY_LAST_MOD"),
    )


def _entity(target: InventedTarget) -> etree._Element:
    country = COUNTRIES[target.country]
    return E(
        "ENTITY",
        *_identity(target, (target.name.full,)),
        *_comments(target),
        _value("LIST_TYPE", "UN List"),
        *_aliases("ENTITY_ALIAS", target.aliases, "a.k.a."),
        E("ENTITY_ADDRESS", E("STREET", target.street), E("CITY", country.town), E("COUNTRY", country.name)),
        E("SORT_KEY"),
        E("SORT_KEY_LAST_MOD"),
    )


def _identity(target: InventedTarget, parts: Sequence[str]) -> Iterator[etree._Element]:
    yield E("DATAID", str(9_000_000 + target.number))
    yield E("VERSIONNUM", "1")
    for tag, part in zip(("FIRST_NAME", "SECOND_NAME"), parts, strict=False):
        yield E(tag, part)
    yield E("UN_LIST_TYPE", PROGRAMMES[target.programme].un)
    yield E("REFERENCE_NUMBER", invented_un_reference(target))
    yield E("LISTED_ON", target.designated)


def _original(target: InventedTarget) -> Iterator[etree._Element]:
    if target.original:
        yield E("NAME_ORIGINAL_SCRIPT", target.original.full)


def _comments(target: InventedTarget) -> Iterator[etree._Element]:
    if target.remarks:
        yield E("COMMENTS1", target.remarks)


def _value(tag: str, text: str) -> etree._Element:
    return E(tag, E("VALUE", text))


def _aliases(tag: str, aliases: Sequence[Called], quality: str) -> Iterator[etree._Element]:
    for alias in aliases:
        yield E(tag, E("QUALITY", quality), E("ALIAS_NAME", alias.full))
    if not aliases:
        yield E(tag, E("QUALITY"), E("ALIAS_NAME"))


def _birth_date(born: str) -> etree._Element:
    tag = "YEAR" if len(born) == len("1971") else "DATE"
    return E("INDIVIDUAL_DATE_OF_BIRTH", E("TYPE_OF_DATE", "EXACT"), E(tag, born))


def _documents(target: InventedTarget) -> Iterator[etree._Element]:
    for number in target.passports:
        yield E(
            "INDIVIDUAL_DOCUMENT",
            E("TYPE_OF_DOCUMENT", "Passport"),
            E("NUMBER", number),
            E("ISSUING_COUNTRY", COUNTRIES[target.country].name),
        )
    if not target.passports:
        yield E("INDIVIDUAL_DOCUMENT")
