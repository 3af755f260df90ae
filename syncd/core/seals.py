"""Two digests in the coordinator's state, by which `verify` finds what was changed behind it: of the events, in their
order, and of the targets, in none.

An event's seal is SHA-256 over the one before it and the event. The targets' is a sum over them (modulo 2^256), so
that a commit costs what it changes. Both go by the JSON with its names sorted: the same for whatever ledger brings it.
"""

import hashlib
from collections.abc import Iterable
from typing import Any

import msgspec

from syncd.core.target import CoordinationEvent

# What an event loses first when it is too large for a message; what it says of whom is never lost.
ELIDED = ("links", "facts", "members", "cause", "formerly", "participations")
EVENT_BYTES_MAX = 900_000
NO_TARGETS = f"{0:064x}"

_plain = msgspec.json.Decoder(Any).decode
_encode = msgspec.json.Encoder().encode
_sorted = msgspec.json.Encoder(order="sorted").encode


def of_events(events: Iterable[CoordinationEvent], before: str = "") -> str:
    """The seal after `events`, where `before` was the last; 64 hex digits, or `before` where there are none."""
    for event in events:
        before = hashlib.sha256(before.encode() + _sorted(_plain(_whole_or_bare(event)))).hexdigest()
    return before


def _whole_or_bare(event: CoordinationEvent) -> bytes:
    """One that is too large is sealed without all that it may lose, whichever of it the ledger left out."""
    json = _encode(event)
    if not event.elided and len(json) <= EVENT_BYTES_MAX:
        return json
    return _encode(msgspec.structs.replace(event, elided=(), **dict.fromkeys(ELIDED, ())))


def of_targets(targets: Iterable[bytes], before: str = NO_TARGETS, gone: Iterable[bytes] = ()) -> str:
    """The seal of the targets with this JSON, added to those under the seal `before`, of which some are `gone`."""
    total = int(before, 16) + sum(map(_one, targets)) - sum(map(_one, gone))
    return f"{total % 2**256:064x}"


def _one(json: bytes) -> int:
    return int.from_bytes(hashlib.sha256(_sorted(_plain(json))).digest())
