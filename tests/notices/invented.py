"""Invented announcements, and changes of an invented list that may enact them."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from msgspec.structs import replace

from syncd.core.events import Change, ChangeType, Evidence, Times
from syncd.core.model import Identifier, Listing, Name, Record
from syncd.core.notices.board import ChannelRules, NoticeBoard
from syncd.core.notices.notice import Action, AnnouncedAct, NamedParty, NoticeEvent, NoticesState
from syncd.core.times import iso

CHANNEL, LIST = "us_ofac_actions", "us_ofac_sdn"
RULES = ChannelRules(id=CHANNEL, feeds=(LIST, "eu_fsf"), overdue_hours=(4, 24))
START = datetime(2029, 3, 12, 14, tzinfo=UTC)
EARLIER = AnnouncedAct(id="20290301", url="https://ofac.example/20290301", title="Earlier")


def after(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def act(identity: str = "20290312", *parties: NamedParty, **fields: Any) -> AnnouncedAct:
    return AnnouncedAct(
        id=identity, url=f"https://ofac.example/{identity}", title="Invented Designations", parties=parties, **fields
    )


def party(*names: str, action: Action = "designated", **fields: Any) -> NamedParty:
    return NamedParty(action=action, names=names, **fields)


def record(key: str, *names: str, authority: str = "", programme: str = "", reference: str = "") -> Record:
    feed = key.partition(":")[0]
    return Record(
        key=key,
        feed=feed,
        kind="person",
        names=tuple(Name(full=name, kind="alias" if place else "primary") for place, name in enumerate(names)),
        identifiers=(Identifier(type="un_reference", value=reference),) if reference else (),
        listings=(
            Listing(
                list="List",
                authorities=(authority,) if authority else (),
                programmes=(programme,) if programme else (),
            ),
        ),
    )


def change(
    sequence: int,
    kind: ChangeType,
    before: Record | None,
    now: Record | None,
    at: datetime,
    *,
    commit: int = 2,
    **fields: Any,
) -> Change:
    some = now or before
    assert some is not None
    made = Change(
        feed=some.feed,
        key=some.key,
        type=kind,
        sequence=sequence,
        commit=commit,
        index=0,
        count=1,
        cause="publication",
        origin="source",
        material=True,
        times=Times(observed=iso(at)),
        evidence=Evidence(document="d", source="s"),
        committed_at=iso(at),
        before=_raw(before),
        after=_raw(now),
    )
    return replace(made, **fields)


def _raw(one: Record | None) -> msgspec.Raw | None:
    return None if one is None else msgspec.Raw(msgspec.json.encode(one))


class Told:
    """A board that was read once, and all that it said since."""

    def __init__(self, rules: ChannelRules = RULES, begin: datetime = START) -> None:
        self.rules = rules
        self.state, self.rows = NoticesState(), dict[str, bytes]()
        self.board = NoticeBoard(self.state, {}, [rules])
        self.events: list[NoticeEvent] = []
        self.shows(begin - timedelta(days=5), EARLIER)

    def shows(self, at: datetime, *acts: AnnouncedAct) -> list[str]:
        """What is said when the channel shows `acts` at that time."""
        self.board.read(self.rules.id, acts, at)
        return self.draft(at)

    def takes(self, at: datetime, *changes: Change) -> list[str]:
        self.board.take(changes)
        return self.draft(at)

    def draft(self, at: datetime) -> list[str]:
        self.board.forget(at)
        commit = self.board.draft(at)
        if commit is None:
            return []
        for name, row in commit.notices.items():
            if row is None:
                self.rows.pop(name, None)
            else:
                self.rows[name] = row
        self.state = commit.state
        self.events += commit.events
        return words(commit.events)

    def restart(self, changes: Iterable[Change] = ()) -> None:
        """A new board from the rows; `changes` are all of the ledger, read again after the cursor."""
        self.board = NoticeBoard(self.state, self.rows, [self.rules])
        self.board.take(one for one in changes if one.sequence > self.state.cursor.get(one.feed, 0))


def words(events: Iterable[NoticeEvent]) -> list[str]:
    return [one.type + (f" {one.hours} h" if one.hours else "") for one in events]
