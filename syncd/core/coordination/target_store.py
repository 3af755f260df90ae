"""The targets: packed, decoded when one is asked for, with an index from each record to its target."""

import sys
from collections.abc import Iterator, Mapping

import msgspec
from msgspec import Struct

from syncd.core import codec, seals
from syncd.core.coordination.target import Deadline, Target
from syncd.core.tolerant import tolerating


class MemberRow(Struct, frozen=True, kw_only=True):
    """What a start needs of a member. The profile, most of its bytes, is decoded only where linking has another one."""

    key: str
    status: str
    profile: msgspec.Raw
    party: int = 0
    successor: str | None = None


class TargetRow(Struct, frozen=True, kw_only=True):
    """What a start needs of a target: to decode all of it takes three times as long."""

    members: tuple[MemberRow, ...]
    deadlines: tuple[Deadline, ...] = ()


_encode = msgspec.json.Encoder().encode
_decode = tolerating(msgspec.json.Decoder(Target))
_decode_row = msgspec.json.Decoder(TargetRow).decode


def unpack_target(packed: bytes) -> Target:
    """Returns the target of a row of the ledger."""
    return _decode(codec.unpack_json(packed))


class DraftedRows(Mapping[str, bytes]):
    """Rows as they are `committed`, and over them those that were drafted since; None for one to delete."""

    def __init__(self, committed: Mapping[str, bytes]) -> None:
        self._committed = committed
        self._drafted: dict[str, bytes | None] = {}

    def __getitem__(self, identity: str) -> bytes:
        if identity not in self._drafted:
            return self._committed[identity]
        row = self._drafted[identity]
        if row is None:
            raise KeyError(identity)
        return row

    def __contains__(self, identity: object) -> bool:
        if identity in self._drafted:
            return self._drafted[identity] is not None
        return identity in self._committed

    def __iter__(self) -> Iterator[str]:
        yield from (one for one in self._committed if one not in self._drafted)
        yield from (one for one, row in self._drafted.items() if row is not None)

    def __len__(self) -> int:
        more = sum((row is not None) - (one in self._committed) for one, row in self._drafted.items())
        return len(self._committed) + more

    def pairs(self) -> Iterator[tuple[str, bytes]]:
        """Yield each id and its row."""
        yield from ((one, row) for one, row in self._committed.items() if one not in self._drafted)
        yield from ((one, row) for one, row in self._drafted.items() if row is not None)

    def draft(self, changed: Mapping[str, bytes | None]) -> None:
        """Put rows in the place of those that there are."""
        self._drafted.update(changed)

    def settle(self) -> None:
        """Forget what was drafted, where it is among what is committed."""
        if all(self._committed.get(one) == row for one, row in self._drafted.items()):
            self._drafted.clear()


class TargetStore:
    """`rows` are as last written, under `seal`; what is put or dropped since is beside them until it is `written`.
    Rows that were never sealed are as they are read. Where `rows` show what is committed, as those of a log do, nothing
    is kept beside them once it is `accepted`."""

    def __init__(self, rows: Mapping[str, bytes], seal: str = "") -> None:
        self.rows = DraftedRows(rows)
        self.seal = seal or seals.of_targets(map(codec.unpacker(), rows.values()))
        self._index: dict[str, str] = {}
        self._next: dict[str, str] = {}
        self._soonest: str | None = None
        self._open: dict[str, Target] = {}
        self._touched: set[str] = set()

    def __len__(self) -> int:
        opened = sum(1 for one in self._touched if one in self._open and one not in self.rows)
        gone = sum(1 for one in self._touched if one not in self._open and one in self.rows)
        return len(self.rows) + opened - gone

    def read(self) -> Iterator[TargetRow]:
        """Yields every target as written, and indexes it."""
        unpack_json = codec.unpacker()
        for identity, packed in self.rows.pairs():
            target = _decode_row(unpack_json(packed))
            self._enter(identity, target)
            yield target

    def _enter(self, identity: str, target: Target | TargetRow) -> None:
        for member in target.members:
            self._index[sys.intern(member.key)] = identity
        self._set_deadline(identity, min((one.at for one in target.deadlines), default=None))

    def _set_deadline(self, identity: str, at: str | None) -> None:
        if at == self._next.get(identity):
            return
        if at is None:
            del self._next[identity]
        else:
            self._next[identity] = at
        self._soonest = min(self._next.values(), default=None)

    def of(self, key: str) -> str | None:
        """Returns the id of the target that a record belongs to; None for an unknown record."""
        return self._index.get(key)

    def __getitem__(self, identity: str) -> Target:
        found = self._open.get(identity)
        if found is None:
            found = self._open[identity] = unpack_target(self.rows[identity])
        return found

    def put(self, target: Target) -> None:
        """Keep a target, and enter its members and its next deadline into the indexes."""
        self._open[target.id] = target
        self._touched.add(target.id)
        self._enter(target.id, target)

    def drop(self, identity: str) -> None:
        """Forget a target, of which all members are to be put into others."""
        del self._open[identity]
        self._touched.add(identity)
        self._set_deadline(identity, None)

    def forget(self, key: str) -> None:
        """Take a key out of the index: for now no record has it."""
        self._index.pop(key, None)

    def next_deadline(self) -> str | None:
        """Return the earliest deadline of all targets; None when there is none."""
        return self._soonest

    def due_by(self, at: str) -> list[str]:
        """Return the ids of targets of which a deadline has passed at a time, in order."""
        return sorted(one for one, deadline in self._next.items() if deadline <= at)

    def written(self) -> dict[str, bytes | None]:
        """Returns the rows that differ from those last written, packed; None for a row to delete."""
        pack_json = codec.packer()
        changed: dict[str, bytes | None] = {}
        for identity in sorted(self._touched):
            target = self._open.get(identity)
            packed = pack_json(_encode(target)) if target else None
            if packed != self.rows.get(identity):
                changed[identity] = packed
        self._seal_anew(changed)
        self.rows.draft(changed)
        self._open.clear()
        self._touched.clear()
        return changed

    def accepted(self) -> None:
        """Note that what was written is committed."""
        self.rows.settle()

    def _seal_anew(self, changed: Mapping[str, bytes | None]) -> None:
        unpack_json = codec.unpacker()
        gone = (unpack_json(self.rows[identity]) for identity in changed if identity in self.rows)
        self.seal = seals.of_targets((unpack_json(one) for one in changed.values() if one), self.seal, gone)
