"""Targets and coordination events to messages and back.

A coordination event has the headers of a CloudEvent and its sequence and commit, as a change has. A target is its JSON;
one that is too large for a message is a stub without members, whose header `parts` says how many messages beside it
have its compressed body. Beside the targets lie, in such parts of no target, what linking keeps for its next owner.
"""

from collections.abc import Collection, Iterator

import msgspec
import zstandard

from syncd.core import codec
from syncd.core.coordination.target import COORDINATOR, CoordinationEvent, Target
from syncd.core.seals import ELIDED
from syncd.core.tolerant import tolerating
from syncd.ledger.kafka import wire
from syncd.ledger.kafka.filters import Headers
from syncd.ledger.kafka.wire import RECORD_BYTES_MAX, VALUE_BYTES_MAX, Message

PARTS = "parts"
# No target has this id.
LINKING = "linking"

_encode = msgspec.json.Encoder().encode
_decode = tolerating(msgspec.json.Decoder(Target))


def event_message(event: CoordinationEvent, source: str) -> Message:
    """`source` is `/syncd/<installation>/`. What is too large is left out, and said so."""
    value = _encode(event)
    for part in ELIDED:
        if len(value) <= VALUE_BYTES_MAX:
            break
        if getattr(event, part):
            event = msgspec.structs.replace(event, **{part: ()}, elided=(*event.elided, part))
            value = _encode(event)
    headers: Headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", event.id.encode()),
        ("ce_source", f"{source}{COORDINATOR}".encode()),
        ("ce_type", f"syncd.{event.type}.v1".encode()),
        ("ce_subject", event.target.encode()),
        ("ce_time", event.committed_at.encode()),
        ("content-type", b"application/json"),
        ("ce_sequence", wire.sequence_text(event.sequence)),
        ("ce_commit", str(event.commit).encode()),
    ]
    return Message(event.target.encode(), value, headers)


def target_messages(name: str, row: bytes | None, parts_before: int) -> Iterator[Message]:
    """The target, or its deletion; where it is large its body in parts beside it. `parts_before` is how many it had;
    those that it no longer needs are deleted."""
    count = target_parts(row)
    headers: Headers = [("content-type", b"application/json")]
    if count:
        headers.append((PARTS, str(count).encode()))
    yield Message(name.encode(), _value(name, row, count), headers)
    for number in range(max(count, parts_before)):
        at = number * VALUE_BYTES_MAX
        part = row[at : at + VALUE_BYTES_MAX] if row is not None and number < count else None
        yield wire.part_message(name, number, part)


def _value(name: str, row: bytes | None, parts: int) -> bytes | None:
    if row is None:
        return None
    json = codec.unpack_json(row)
    if not parts:
        return json
    return _encode(Target(id=name, founder=_decode(json).founder, members=()))


def target_parts(row: bytes | None) -> int:
    """How many messages beside its own a target takes."""
    if row is None or zstandard.frame_content_size(row) <= RECORD_BYTES_MAX:
        return 0
    return -(-len(row) // VALUE_BYTES_MAX)


def linking_messages(linking: bytes, parts_before: int) -> Iterator[Message]:
    """What linking keeps, in parts; those of the `parts_before` that it no longer needs are deleted."""
    for number in range(max(linking_parts(linking), parts_before)):
        at = number * VALUE_BYTES_MAX
        yield wire.part_message(LINKING, number, linking[at : at + VALUE_BYTES_MAX] or None)


def linking_parts(linking: bytes) -> int:
    """How many messages what linking keeps takes."""
    return -(-len(linking) // VALUE_BYTES_MAX)


class TargetMessages:
    """The targets as their messages are read, in order; the rows of `only` those with these ids, where they are given.
    `linking` is what linking kept last."""

    def __init__(self, only: Collection[str] | None = None) -> None:
        self._only = only
        self._names: set[str] = set()
        self.linking = b""
        self.rows: dict[str, bytes] = {}
        self.parts: dict[str, int] = {}
        self._bodies = wire.Parts()
        self._pack = codec.packer()

    @property
    def count(self) -> int:
        """How many targets there are, those whose rows are not wanted among them."""
        return len(self._names)

    def take(self, key: bytes, value: bytes | None, headers: tuple[tuple[str, bytes], ...]) -> None:
        """Take the next message: a target, the deletion of one, or a part of a large one."""
        if wire.is_part(headers):
            self._bodies.take(key, value)
            return
        name = key.decode()
        self.parts.pop(name, None)
        if value is None:
            self._names.discard(name)
            self.rows.pop(name, None)
            return
        self._names.add(name)
        if self._only is not None and name not in self._only:
            return
        parts = int(wire.header(headers, PARTS) or 0)
        self.rows[name] = b"" if parts else self._pack(value)
        if parts:
            self.parts[name] = parts

    def finish(self) -> None:
        """Put the large ones together. Raises LedgerError when a part is missing."""
        for name, count in self.parts.items():
            self.rows[name] = self._bodies.joined(name, count)
        self.linking = self._bodies.all_of(LINKING)
        self._bodies = wire.Parts()
