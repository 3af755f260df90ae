"""Finds facts that one authority states of a target and the others that list it do not. No conclusions."""

from collections.abc import Iterable, Iterator
from typing import Protocol

from syncd.core import canonical
from syncd.core.model import Record, Relation, Vessel

# Numbers that identify one party by themselves, or nearly so.
STRONG = frozenset(
    {
        "passport",
        "national_id",
        "tax",
        "social_security",
        "registration",
        "imo",
        "mmsi",
        "tail_number",
        "construction_number",
        "serial_number",
        "bic",
        "lei",
        "duns",
        "crypto_address",
    }
)
FACTS_MAX = 50

Mark = tuple[str, str, str]


class Ties(Protocol):
    """Looks up the record at the other end of a relation: its target, and its names."""

    def target_of(self, key: str) -> str | None:
        """Return the id of the target of a record; None when it was never listed."""

    def names_of(self, key: str) -> Iterable[str]:
        """Yield all names of the target of a record."""


def facts(before: Record, after: Record, others: Iterable[Record], ties: Ties) -> tuple[str, ...]:
    """Returns the facts of `after` that neither `before` nor `others` state, each as `path: value`, at most FACTS_MAX.

    A relation is known when others have one to the same target, through whatever record, or to somebody of its name:
    the lists word the kind of a tie each in its own way.
    """
    known = {mark for one in (before, *others) for marks, _ in _stated(one, ties) for mark in marks}
    found = [fact for marks, fact in _stated(after, ties) if known.isdisjoint(marks)]
    return tuple(dict.fromkeys(found))[:FACTS_MAX]


def _stated(record: Record, ties: Ties) -> Iterator[tuple[set[Mark], str]]:
    for number in record.identifiers:
        if number.type in STRONG:
            country = f" ({number.country})" if number.country else ""
            yield (
                {("number", number.type, _letters(number.value))},
                f"identifiers: {number.type} {number.value}{country}",
            )
    for relation in record.relations:
        former = "formerly " if relation.former else ""
        yield _ends(relation, ties), f"relations: {former}{relation.type} {relation.name or relation.key or ''}"
    vessel = record.vessel or Vessel()
    for name, values in (("owners", vessel.owners), ("operators", vessel.operators), ("flags", vessel.flags)):
        for value in values:
            yield {("vessel", name, _letters(value))}, f"vessel.{name}: {value}"


def _ends(relation: Relation, ties: Ties) -> set[Mark]:
    names = {relation.name} if relation.name else set()
    marks: set[Mark] = set()
    if relation.key:
        marks.add(("target", ties.target_of(relation.key) or relation.key, ""))
        names.update(ties.names_of(relation.key))
    return marks | {("name", _letters(name), "") for name in names}


def _letters(value: str) -> str:
    return "".join(letter for letter in canonical.text(value).casefold() if letter.isalnum())
