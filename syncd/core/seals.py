"""Digests in the coordinator's state, by which `verify` finds changes that were made behind it: one over the events
in their order, one over the targets in any order. The state of the notices has one over the events of each channel.

The seal of events is a hash chain: SHA-256 over the seal before and the event. The seal of the targets is a sum of
their hashes modulo 2^256, so that a commit costs as much as it changes. Both hash JSON with sorted names: the same for
every ledger.
"""

import hashlib
from collections.abc import Iterable
from typing import Any

import msgspec

from syncd.core.coordination.target import CoordinationEvent
from syncd.core.notices.notice import NoticeEvent

# The parts that an event loses first when it is too large for a message; the target and the type are never lost.
ELIDED = ("links", "facts", "members", "cause", "formerly", "participations")
EVENT_BYTES_MAX = 900_000
NO_TARGETS = f"{0:064x}"

_plain = msgspec.json.Decoder(Any).decode
_encode = msgspec.json.Encoder().encode
_sorted = msgspec.json.Encoder(order="sorted").encode


def of_events(events: Iterable[CoordinationEvent], before: str = "") -> str:
    """Return the seal after `events`, where `before` was the last one: 64 hex digits, or `before` where there are no
    events."""
    for event in events:
        before = _chained(before, _whole_or_bare(event))
    return before


def of_notice_event(event: NoticeEvent, before: str) -> str:
    """Return the seal of a channel after `event`, where `before` was the last one, or empty: 64 hex digits."""
    return _chained(before, _encode(event))


def _chained(before: str, json: bytes) -> str:
    return hashlib.sha256(before.encode() + _sorted(_plain(json))).hexdigest()


def _whole_or_bare(event: CoordinationEvent) -> bytes:
    """Return the JSON of an event. One that is too large loses all of `ELIDED`, so that its seal does not depend on
    which parts the ledger left out."""
    json = _encode(event)
    if not event.elided and len(json) <= EVENT_BYTES_MAX:
        return json
    return _encode(msgspec.structs.replace(event, elided=(), **dict.fromkeys(ELIDED, ())))


def of_targets(targets: Iterable[bytes], before: str = NO_TARGETS, gone: Iterable[bytes] = ()) -> str:
    """Return the seal `before` with the targets of this JSON added and those of `gone` taken out. 64 hex digits."""
    total = int(before, 16) + sum(map(_one, targets)) - sum(map(_one, gone))
    return f"{total % 2**256:064x}"


def of_linking(kept: bytes) -> str:
    """Return the digest of what linking kept (`core.linking.kept`); empty for nothing."""
    return hashlib.sha256(kept).hexdigest() if kept else ""


def _one(json: bytes) -> int:
    return int.from_bytes(hashlib.sha256(_sorted(_plain(json))).digest())
