"""Structs to messages and back: CloudEvents 1.0 in binary mode by its Kafka binding, values in JSON.

A change has the headers of an event (`ce_id`, `ce_source`, `ce_type`, `ce_subject`, `ce_time`, and as extensions
`ce_sequence`, `ce_commit`, `ce_digest`, `ce_digestbefore`); a record has `digest`, `status`, `sequence`: who wants
the list digest reads no value. Both have those of `filters`. `ce_sequence` is the extension of that name, whose values
sort as texts: nineteen digits, as many as a 64-bit number can have.

What is too large for a message goes beside it in parts. A part is known by its header `part`, whatever its key holds.
"""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from sys import intern
from typing import Any, TypeVar, cast

import msgspec
import zstandard
from msgspec import Struct

from syncd.core import codec, events
from syncd.core.coordination.target import COORDINATOR, CoordinationEvent, CoordinatorState, feed_of
from syncd.core.deliveries import Delivery
from syncd.core.events import Change, Publication, Signal, change_id, decode_change
from syncd.core.fitting import fitted
from syncd.core.ids import content_id
from syncd.core.notices.notice import NOTICES, NoticeEvent, NoticesState, notice_event_id
from syncd.core.state import FeedState, Status, Stored
from syncd.errors import LedgerError
from syncd.ledger.kafka.filters import Headers, change_filters, gist_of, record_filters

# One value, before compression: below `max.message.bytes` of any topic, whatever a consumer recompresses it to.
VALUE_BYTES_MAX = 900_000
RECORD_BYTES_MAX = 880_000
PART = "part"
PART_TYPE = b"application/zstd"
SEQUENCE_DIGITS = 19
OWNER_MARK = "\x00owner"

T = TypeVar("T")

_encode = msgspec.json.Encoder().encode
_JSON = ("content-type", b"application/json")
_SPEC = ("ce_specversion", b"1.0")


class Message(Struct, frozen=True):
    """A message to a feed's partition of a topic; a value of None is the tombstone of its key."""

    key: bytes
    value: bytes | None
    headers: Headers


class Claim(Struct, frozen=True, kw_only=True):
    """Who has opened a feed or the coordination: a name of its own each time; host and process are for people."""

    owner: str
    host: str
    pid: int


class StoredRecord(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The record in force under a key, or the stub of one that was: then the last one in force.

    `record` is null for one so large that it is in `parts` messages beside this one, compressed. `digest` is the record
    digest (hex), `fingerprint` that of the raw entry (base64 in JSON), `vocabulary` says in which form it was
    published. `sequence` is that of the change that wrote it; `since` and `until` are commit times of listing and
    delisting, `successor` the new key of a re-keyed record.
    """

    status: Status
    digest: str
    fingerprint: bytes
    vocabulary: str
    sequence: int
    since: str
    record: msgspec.Raw
    until: str | None = None
    successor: str | None = None
    parts: int = 0


# Made while there is one thread: a struct that two threads see first at once kills the process.
_DECODERS: dict[type, msgspec.json.Decoder[Any]] = {
    kind: msgspec.json.Decoder(kind)
    for kind in (
        FeedState,
        StoredRecord,
        Publication,
        Signal,
        events.Heartbeat,
        Delivery,
        Claim,
        CoordinatorState,
        CoordinationEvent,
        NoticesState,
        NoticeEvent,
    )
}


def change_message(change: Change, source: str) -> Message:
    """`source` is `/syncd/<installation>/`, to which the feed is added. What is too large is left out, and said so."""
    filters = change_filters(change)
    change, value = fitted(change, VALUE_BYTES_MAX)
    headers: Headers = [
        _SPEC,
        ("ce_id", change_id(change).encode()),
        ("ce_source", f"{source}{change.feed}".encode()),
        ("ce_type", f"syncd.{change.type}.v1".encode()),
        ("ce_subject", change.key.encode()),
        ("ce_time", change.committed_at.encode()),
        _JSON,
        ("ce_sequence", sequence_text(change.sequence)),
        ("ce_commit", str(change.commit).encode()),
    ]
    if change.digest_after:
        headers.append(("ce_digest", change.digest_after.encode()))
    if change.digest_before:
        headers.append(("ce_digestbefore", change.digest_before.encode()))
    return Message(change.key.encode(), value, headers + filters)


def sequence_text(sequence: int) -> bytes:
    """As the CloudEvents extension `sequence` has it: the order of the texts is that of the numbers."""
    return f"{sequence:0{SEQUENCE_DIGITS}}".encode()


def publication_message(row: Publication, source: str) -> Message:
    """Return the message of a row of `publications`. Its `ce_id` is a hash of feed, kind, commit, time and signal."""
    identity = content_id(row.feed, row.kind, str(row.commit), row.at, row.signal or "")
    headers: Headers = [
        _SPEC,
        ("ce_id", identity.encode()),
        ("ce_source", f"{source}{row.feed}".encode()),
        ("ce_type", f"syncd.{row.kind}.v1".encode()),
        ("ce_subject", row.feed.encode()),
        ("ce_time", row.at.encode()),
        _JSON,
    ]
    if row.ledger_digest:
        headers.append(("ce_digest", row.ledger_digest.encode()))
    return Message(row.feed.encode(), _encode(row), headers)


def record_messages(
    key: str, stored: Stored, parts_before: int, unpack: Callable[[bytes], bytes] = codec.unpack_json
) -> Iterator[Message]:
    """The record, and where it is large its compressed body in parts beside it; parts that it no longer needs are
    deleted. `parts_before` is how many it had. `unpack` is `body.unpacker()` for many records."""
    parts: list[bytes] = []
    if record_parts(stored):
        parts = [stored.body[at : at + VALUE_BYTES_MAX] for at in range(0, len(stored.body), VALUE_BYTES_MAX)]
    json = unpack(stored.body)
    value = _encode(_row(stored, msgspec.Raw(b"null" if parts else json), len(parts)))
    headers = record_headers(stored.digest, stored.status, stored.sequence)
    yield Message(key.encode(), value, headers + record_filters(feed_of(key), gist_of(json)))
    for number in range(max(len(parts), parts_before)):
        yield part_message(key, number, parts[number] if number < len(parts) else None)


def record_headers(digest: str, status: Status, sequence: int) -> Headers:
    """Return the headers of a record: digest (hex), status, sequence."""
    return [
        _JSON,
        ("digest", digest.encode()),
        ("status", status.encode()),
        ("sequence", str(sequence).encode()),
    ]


def record_parts(stored: Stored) -> int:
    """How many messages beside its own a record takes."""
    if zstandard.frame_content_size(stored.body) <= RECORD_BYTES_MAX:
        return 0
    return -(-len(stored.body) // VALUE_BYTES_MAX)


def _row(stored: Stored, record: msgspec.Raw, parts: int) -> StoredRecord:
    return StoredRecord(
        status=stored.status,
        digest=stored.digest,
        fingerprint=stored.fingerprint,
        vocabulary=stored.vocabulary,
        sequence=stored.sequence,
        since=stored.since,
        until=stored.until,
        successor=stored.successor,
        record=record,
        parts=parts,
    )


def part_message(key: str, number: int, body: bytes | None) -> Message:
    """One part of what is under `key`, or its deletion."""
    return Message(part_key(key, number), body, [("content-type", PART_TYPE), (PART, str(number).encode())])


def part_key(key: str, number: int) -> bytes:
    """No key of a record or a target is the same: those begin with a feed's id, or are an id."""
    return f"\x00{PART}{number}\x00{key}".encode()


def is_part(headers: Headers | tuple[tuple[str, bytes], ...]) -> bool:
    """Earlier versions marked parts by their type alone."""
    return any(name == PART or (name, value) == ("content-type", PART_TYPE) for name, value in headers)


def _present_name(key: bytes) -> bytes:
    """The key of a part as it is now: earlier versions wrote the mark behind the key of the whole."""
    beginning = f"\x00{PART}".encode()
    if key.startswith(beginning):
        return key
    whole, mark, number = key.rpartition(beginning)
    return part_key(whole.decode(), int(number)) if whole and mark and number.isdigit() else key


class Parts:
    """The bodies that are too large for a message, as their parts are read."""

    def __init__(self) -> None:
        self._bodies: dict[bytes, bytes] = {}

    def take(self, key: bytes, value: bytes | None) -> None:
        """In the order of the log: what came last holds, by whichever version it was written."""
        self._bodies[_present_name(key)] = value or b""

    def joined(self, key: str, count: int) -> bytes:
        """Raises LedgerError when a part is missing."""
        return b"".join(self._one(key, number) for number in range(count))

    def all_of(self, key: str) -> bytes:
        """Return the parts there are under `key`, joined; empty when there is none."""
        return b"".join(
            itertools.takewhile(bool, (self._bodies.get(part_key(key, number)) or b"" for number in itertools.count()))
        )

    def _one(self, key: str, number: int) -> bytes:
        if found := self._bodies.get(part_key(key, number)):
            return found
        raise LedgerError(f"{key}: a part of this record or target is missing in the ledger")


class Records:
    """The records of a feed as its messages are read, in order."""

    def __init__(self) -> None:
        self.stored: dict[str, Stored] = {}
        self.parts: dict[str, int] = {}
        self._bodies = Parts()
        self._pack = codec.packer()

    def take(self, key: bytes, value: bytes | None, headers: tuple[tuple[str, bytes], ...]) -> None:
        """Raises LedgerError for a message that is none of ours."""
        if is_part(headers):
            self._bodies.take(key, value)
            return
        # Linking and the index of targets have the same keys: one text for each, 4 MB less of all lists.
        name = intern(key.decode())
        if value is None:
            self.stored.pop(name, None)
            self.parts.pop(name, None)
            return
        row = decode_value(value, StoredRecord)
        packed = b"" if row.parts else self._pack(bytes(row.record))
        fields = {field: getattr(row, field) for field in Stored.__struct_fields__ if field != "body"}
        # What thousands of records have in common is one text in memory.
        fields["vocabulary"], fields["since"] = intern(row.vocabulary), intern(row.since)
        self.stored[name] = Stored(body=packed, **fields)
        self.parts.pop(name, None)
        if row.parts:
            self.parts[name] = row.parts

    def finish(self) -> None:
        """Put the large ones together. Raises LedgerError when a part is missing."""
        for key, count in self.parts.items():
            self.stored[key] = msgspec.structs.replace(self.stored[key], body=self._bodies.joined(key, count))
        self._bodies = Parts()


def notice_message(event: NoticeEvent, source: str) -> Message:
    """`source` is `/syncd/<installation>/`, to which the channel is added."""
    headers: Headers = [
        _SPEC,
        ("ce_id", notice_event_id(event).encode()),
        ("ce_source", f"{source}{event.channel}".encode()),
        ("ce_type", notice_type(event.type).encode()),
        ("ce_subject", event.notice.id.encode()),
        ("ce_time", event.committed_at.encode()),
        _JSON,
        ("ce_sequence", sequence_text(event.sequence)),
        ("ce_commit", str(event.commit).encode()),
    ]
    return Message(event.notice.id.encode(), _encode(event), headers)


def notice_type(word: str) -> str:
    """Return the `ce_type` of an event about a notice."""
    return f"syncd.notice.{word}.v1"


def state_message(
    state: FeedState | CoordinatorState | NoticesState, token: str, told: Sequence[tuple[str, bytes]] = ()
) -> Message:
    """Return the message of a state, with the `token` of the commit that wrote it, and what else is `told` of it."""
    others = {CoordinatorState: COORDINATOR, NoticesState: NOTICES}
    owner = state.feed if isinstance(state, FeedState) else others[type(state)]
    return Message(owner.encode(), _encode(state), [_JSON, ("token", token.encode()), *told])


def claim_message(owner: str, claim: Claim) -> Message:
    """Return the message by which an owner claims a feed or the coordination."""
    return Message(owner_key(owner), _encode(claim), [_JSON])


def owner_key(owner: str) -> bytes:
    """`owner` is a feed or the coordinator."""
    return f"{owner}{OWNER_MARK}".encode()


def heartbeat_message(beat: events.Heartbeat) -> Message:
    """Return the message of a heartbeat."""
    return Message(beat.feed.encode(), _encode(beat), [_JSON])


def delivery_message(delivery: Delivery) -> Message:
    """Return the message of a webhook's position."""
    return Message(delivery.webhook.encode(), _encode(delivery), [_JSON])


def signal_message(signal: Signal) -> Message:
    """Return the message of a signal."""
    return Message(signal.feed.encode(), _encode(signal), [_JSON])


def change(value: bytes | None) -> Change:
    """Return the change in a message. Raises LedgerError when it cannot be read."""
    try:
        return decode_change(value or b"")
    except msgspec.MsgspecError as error:
        raise LedgerError(f"a change in the ledger cannot be read ({error})") from error


def decode_value(value: bytes | None, kind: type[T]) -> T:
    """Raises LedgerError when `value` is not the JSON of a `kind`."""
    try:
        return cast(T, _DECODERS[kind].decode(value or b""))
    except msgspec.MsgspecError as error:
        raise LedgerError(f"a {kind.__name__.strip('_')} in the ledger cannot be read ({error})") from error


def header(headers: Mapping[str, bytes] | Headers | tuple[tuple[str, bytes], ...], name: str) -> str:
    """The value of a header, empty when there is none."""
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    return next((value.decode() for key, value in pairs if key == name), "")
