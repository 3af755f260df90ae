"""The entities of one commit as operations: what a reader of the list before makes the list after with."""

from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec
from msgspec import Struct

from syncd.core import codec
from syncd.core.events import Change
from syncd.exports import ftm
from syncd.exports.ftm_party import FtmEntity
from syncd.exports.listing import ListFacts

_encode = msgspec.json.Encoder().encode


class EntityOperation(Struct, frozen=True):
    """One operation: `ADD` and `MOD` carry the entity as it is then, `DEL` its id alone."""

    op: Literal["ADD", "MOD", "DEL"]
    entity: FtmEntity | dict[str, str]


def operations(change: Change, facts: ListFacts) -> Iterator[EntityOperation]:
    """Yield the operations of a change: first what goes, then what comes or differs. Of a change whose record before
    was too large to travel, nothing goes."""
    before = {one.id: one for one in _entities(change.before, facts)}
    after = {one.id: one for one in _entities(change.after, facts)}
    for name in sorted(before.keys() - after.keys()):
        yield EntityOperation("DEL", {"id": name})
    for name, entity in after.items():
        if name not in before:
            yield EntityOperation("ADD", entity)
        elif before[name] != entity:
            yield EntityOperation("MOD", entity)


def _entities(json: msgspec.Raw | None, facts: ListFacts) -> Iterable[FtmEntity]:
    return () if json is None else ftm.entities(codec.decode(bytes(json)), facts)


def operation_line(operation: EntityOperation) -> bytes:
    """Return the line of an operation."""
    return _encode(operation) + b"\n"


def operation_lines(changes: Iterable[Change], facts: ListFacts) -> bytes:
    """Return the lines of the operations of several changes."""
    return b"".join(operation_line(one) for change in changes for one in operations(change, facts))
