"""Signals as they are received: a sender may write anything, and nothing of it stops a feed.

What names a signal and its feed is answered, be it by a refusal; what does not is no signal, and is passed over. Older
and newer daemons stand beside each other: a kind that this one does not know is refused, too.
"""

from datetime import datetime

import msgspec
from msgspec import Struct

from syncd.core.events import Signal
from syncd.errors import SyncdError

SIGNAL_BYTES_MAX = 64_000
ID_CHARACTERS_MAX = 200
SUBJECT_CHARACTERS_MAX = 2_000
WHY_CHARACTERS_MAX = 4_000


class NoSignal(SyncdError):
    """A message that cannot be answered: it does not say which signal it is, or for which feed."""


class Malformed(Struct, frozen=True, kw_only=True):
    """A signal that says which one it is, and nothing that can be done. `fault` is for its sender."""

    id: str
    feed: str
    fault: str
    position: int = 0
    asserted_by: str = ""


class _Envelope(Struct, frozen=True, kw_only=True):
    id: str
    feed: str
    # Of any type here: it is only repeated.
    asserted_by: object = ""


# Made before there are threads: the first decoding into a type must not happen in two of them at once.
_ENVELOPE = msgspec.json.Decoder(_Envelope)
_SIGNAL = msgspec.json.Decoder(Signal)
_UNREADABLE = (msgspec.MsgspecError, ValueError, RecursionError)


def signal_of(data: bytes | None, position: int) -> Signal | Malformed:
    """The signal whose JSON is `data`, at `position`. Raises NoSignal."""
    if not data:
        raise NoSignal("it is empty")
    try:
        envelope = _ENVELOPE.decode(data)
    except _UNREADABLE as error:
        raise NoSignal(f"it is no JSON object with the texts id and feed ({error})") from error
    if not 0 < len(envelope.id) <= ID_CHARACTERS_MAX or not envelope.id.isprintable():
        raise NoSignal(f"its id is empty, longer than {ID_CHARACTERS_MAX} characters, or not printable")
    try:
        if len(data) > SIGNAL_BYTES_MAX:
            raise ValueError(f"it has {len(data)} bytes, more than {SIGNAL_BYTES_MAX}")
        signal = msgspec.structs.replace(_SIGNAL.decode(data), position=position)
        check_signal(signal)
    except _UNREADABLE as error:
        by = envelope.asserted_by if isinstance(envelope.asserted_by, str) else ""
        return Malformed(
            id=envelope.id, feed=envelope.feed, fault=f"it cannot be read: {error}", position=position, asserted_by=by
        )
    return signal


def check_signal(signal: Signal) -> None:
    """Raises ValueError for faults that the types cannot express: a time without its zone, texts without end."""
    if datetime.fromisoformat(signal.expires).tzinfo is None:
        raise ValueError("expires has no time zone")
    for name, most in (("subject", SUBJECT_CHARACTERS_MAX), ("why", WHY_CHARACTERS_MAX)):
        if len(getattr(signal, name)) > most:
            raise ValueError(f"{name} is longer than {most} characters")
