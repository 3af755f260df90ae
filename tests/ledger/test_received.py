"""Whatever stands among the signals: it is one, or it is refused by its name, or it is passed over."""

import json
from typing import Any

import pytest

from syncd.core.events import Signal
from syncd.ledger.received import (
    ID_CHARACTERS_MAX,
    SIGNAL_BYTES_MAX,
    SUBJECT_CHARACTERS_MAX,
    WHY_CHARACTERS_MAX,
    Malformed,
    NoSignal,
    signal_of,
)

GOOD: dict[str, Any] = {
    "id": "s1",
    "feed": "un_sc",
    "kind": "pause",
    "asserted_by": "somebody",
    "expires": "2031-04-02T12:00:00Z",
}


def encoded(**other: Any) -> bytes:
    return json.dumps({**GOOD, **other}).encode()


def without(name: str) -> bytes:
    return json.dumps({key: value for key, value in GOOD.items() if key != name}).encode()


NO_SIGNALS: dict[str, bytes | None] = {
    "a deletion": None,
    "nothing": b"",
    "text": b"pause un_sc please",
    "a piece of JSON": encoded()[:-5],
    "a number": b"7",
    "a list": b'[{"id": "s1", "feed": "un_sc"}]',
    "null": b"null",
    "Avro": b"\x00\x00\x00\x00\x07abc",
    "a zero byte": b"\x00",
    "no UTF-8": b'{"id": "\xff\xfe", "feed": "un_sc"}',
    "nested without end": b"[" * 100_000,
    "without an id": without("id"),
    "without a feed": without("feed"),
    "an id that is a number": encoded(id=7),
    "an empty id": encoded(id=""),
    "an id with a line break": encoded(id="s1\ns2"),
    "an id without end": encoded(id="s" * (ID_CHARACTERS_MAX + 1)),
    "a feed that is a list": encoded(feed=["un_sc"]),
}

MALFORMED: dict[str, tuple[bytes, str]] = {
    "a kind of another version": (encoded(kind="amend"), "kind"),
    "without a kind": (without("kind"), "kind"),
    "without an end": (without("expires"), "expires"),
    "an end that is no time": (encoded(expires="tomorrow"), "isoformat"),
    "an end without a zone": (encoded(expires="2031-04-02T12:00:00"), "time zone"),
    "a subject that is a number": (encoded(subject=7), "subject"),
    "nobody": (encoded(asserted_by=None), "asserted_by"),
    "a subject without end": (encoded(subject="x" * (SUBJECT_CHARACTERS_MAX + 1)), "subject"),
    "a reason without end": (encoded(why="x" * (WHY_CHARACTERS_MAX + 1)), "why"),
    "oversized": (encoded(other="x" * SIGNAL_BYTES_MAX), "bytes"),
}


@pytest.mark.parametrize("kind", NO_SIGNALS)
def test_what_cannot_be_answered_is_no_signal(kind: str) -> None:
    with pytest.raises(NoSignal):
        signal_of(NO_SIGNALS[kind], 3)


@pytest.mark.parametrize("kind", MALFORMED)
def test_what_names_itself_and_its_feed_is_refused_by_name(kind: str) -> None:
    data, fault = MALFORMED[kind]
    found = signal_of(data, 3)
    assert isinstance(found, Malformed)
    assert (found.id, found.feed, found.position) == ("s1", "un_sc", 3)
    assert fault in found.fault


def test_a_signal_is_itself_whatever_else_it_carries() -> None:
    assert signal_of(encoded(priority="high"), 3) == Signal(**GOOD, position=3)


@pytest.mark.parametrize(
    ("name", "most"), [("id", ID_CHARACTERS_MAX), ("subject", SUBJECT_CHARACTERS_MAX), ("why", WHY_CHARACTERS_MAX)]
)
def test_a_text_may_be_as_long_as_it_says(name: str, most: int) -> None:
    found = signal_of(encoded(**{name: "x" * most}), 3)
    assert isinstance(found, Signal)
