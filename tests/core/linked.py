"""Invented records of two and more lists, for the tests of linking."""

from syncd.core.linking import Explained, Linker
from syncd.core.model import Identifier, IdentifierType, Name, PartialDate, Place, Record


def person(key: str, *names: str, born: str | None = None, **fields: object) -> Record:
    dates = (PartialDate(date=born),) if born else ()
    return of("person", key, *names, **{"birth_dates": dates, **fields})


def company(key: str, *names: str, **fields: object) -> Record:
    return of("organisation", key, *names, **fields)


def of(kind: str, key: str, *names: str, **fields: object) -> Record:
    published = tuple(Name(full=name, kind="alias" if at else "primary") for at, name in enumerate(names))
    return Record(**{"key": key, "feed": key.partition(":")[0], "kind": kind, "names": published, **fields})


def number(kind: IdentifierType, value: str, country: str | None = None) -> tuple[Identifier, ...]:
    return (Identifier(type=kind, value=value, country=country),)


def place(city: str, country: str | None = None) -> tuple[Place, ...]:
    return (Place(city=city, country=country),)


def linked(*records: Record, suggested: bool = False) -> list[tuple[str, str]]:
    """The pairs of keys that are linked, sorted."""
    return [(one.a, one.b) for one in found(*records) if suggested or one.decision == "linked"]


def found(*records: Record) -> tuple[Explained, ...]:
    linker = Linker()
    for record in records:
        linker.put(record)
    return settled(linker)


def settled(linker: Linker) -> tuple[Explained, ...]:
    """The links that are new, with their reasons."""
    links = (linker.explained(link.a, link.b) for link in linker.settle().added)
    return tuple(link for link in links if link is not None)
