"""The auditor of announcements finds each thing that it is there to find, in the events of a real board."""

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec
import pytest
from msgspec.structs import replace

from syncd.core.events import Change
from syncd.core.notices.notice import NoticeEvent
from syncd.ledger.kafka.wire import notice_message
from tests.notices.invented import Told, act, after, change, party, record
from tests.simulation.announced import CHANNEL, LIST, AnnouncedAudit, audit_of
from tests.workers.announcing import REAL

RULES = replace(REAL.rules, id=CHANNEL, feeds=(LIST,), overdue_hours=(72,))
NAMES = {"first": "Aldo Korvin", "second": "Tamsin Vell", "third": "Nobody Ever"}


class Sent(NamedTuple):
    value: bytes
    headers: list[tuple[str, bytes]]


def listed(sequence: int, name: str, hours: float) -> Change:
    return change(sequence, "designated", None, record(f"{LIST}:{sequence}", name), after(hours), commit=sequence)


CHANGES = [listed(1, "Aldo Korvin", 1), listed(2, "Somebody Else", 2), listed(3, "Tamsin Vell", 3)]


@pytest.fixture(scope="module")
def events() -> list[NoticeEvent]:
    told = Told(RULES)
    told.shows(after(0), act("first", party(NAMES["first"])))
    told.takes(after(1), CHANGES[0])
    told.shows(after(2), *(act(name, party(NAMES[name])) for name in ("second", "third")))
    told.takes(after(3), *CHANGES[1:])
    return told.events


def audited(events: list[NoticeEvent]) -> AnnouncedAudit:
    sent: list[Any] = [Sent(message.value or b"", list(message.headers)) for message in map(_message, events)]
    return audit_of(sent, [msgspec.to_builtins(one, enc_hook=_plain) for one in CHANGES], NAMES)


def _message(event: NoticeEvent) -> Any:
    return notice_message(event, "/syncd/tests/")


def _plain(one: Any) -> Any:
    return msgspec.json.decode(bytes(one))


def renumbered(events: list[NoticeEvent]) -> list[NoticeEvent]:
    """Whoever loses or doubles an event behind the ledger counts on as if nothing were."""
    return [replace(one, sequence=place) for place, one in enumerate(events, 1)]


def without(events: list[NoticeEvent], kind: str, name: str) -> list[NoticeEvent]:
    return [one for one in events if (one.type, one.notice.id) != (kind, f"{CHANNEL}:{name}")]


def twice(events: list[NoticeEvent], kind: str) -> list[NoticeEvent]:
    return [*events, next(one for one in events if one.type == kind)]


WRONG: dict[str, tuple[Callable[[list[NoticeEvent]], list[NoticeEvent]], str]] = {
    "a notice that is lost": (lambda told: renumbered(without(told, "noticed", "third")), "third is noticed 0 times"),
    "a notice that is doubled": (lambda told: renumbered(twice(told, "noticed")), "first is noticed 2 times"),
    "a link that is lost": (lambda told: renumbered(without(told, "linked", "second")), "second is not linked"),
    "a link that is doubled": (lambda told: renumbered(twice(told, "linked")), "first is linked and should not be"),
    "an end that is lost": (lambda told: renumbered(without(told, "settled", "second")), "second is open, enacted"),
    "a hole": (lambda told: without(told, "noticed", "third"), "stands where"),
    "an event that stands twice": (lambda told: [*told, told[-1]], "stands twice"),
    "a revision of what stayed as it was": (
        lambda told: renumbered([*told, replace(told[-1], type="revised")]),
        "is revised, and its page is as it was",
    ),
}


def test_what_a_board_says_is_sound(events: list[NoticeEvent]) -> None:
    found = audited(events)
    assert found.problems == []
    assert (found.noticed, found.linked) == (3, 2)


@pytest.mark.parametrize("name", WRONG)
def test_what_is_lost_or_doubled_is_found(name: str, events: list[NoticeEvent]) -> None:
    spoil, said = WRONG[name]
    assert any(said in problem for problem in audited(spoil(events)).problems)
