"""Invented histories of several lists, as the committed changes that the coordinator reads.

`Lists` is what the feeds would have committed: each keeps its sequence, and its clock never goes back.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec
from msgspec.structs import replace

from syncd.core.coordination.coordinator import Coordinator, Rules
from syncd.core.coordination.target import CoordinationEvent, CoordinatorState, Target
from syncd.core.coordination.target_store import unpack_target
from syncd.core.events import Change, Evidence, Times
from syncd.core.model import Identifier, Listing, Name, PartialDate, Record
from syncd.core.times import iso

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
FEEDS = {"us": "us_ofac_sdn", "uk": "uk_sl", "eu": "eu_fsf", "ca": "ca_sema", "jp": "jp_mof", "un": "un_sc"}
RUSSIA = {
    "us": "RUSSIA-EO14024",
    "uk": "Russia",
    "eu": "UKR",
    "ca": "Russia / Russie",
    "jp": "ロシア連邦(個人)",
    "un": "Taliban",
}


def when(day: float | str) -> str:
    """A time, by the days since the start, or as it is."""
    if isinstance(day, str):
        return day
    return iso(START + timedelta(days=day))


def date(day: float) -> str:
    return when(day)[:10]


def key(authority: str, number: int | str) -> str:
    return f"{FEEDS.get(authority, authority)}:{number}"


def passport(value: str) -> Identifier:
    return Identifier(type="passport", value=value, country="RU")


def record(authority: str, number: int | str = 1, *numbers: str, listed: float | None = 0, **fields: object) -> Record:
    """A person whom all lists spell alike. Those with a passport in common are one target."""
    feed = FEEDS.get(authority, authority)
    listing = Listing(
        list="list",
        programmes=(RUSSIA.get(authority[:2], "x"),),
        listed_on=None if listed is None else date(listed),
    )
    standard = {
        "key": key(authority, number),
        "feed": feed,
        "kind": "person",
        "names": (Name(full="Zoltan Quandrik Ulmberg", kind="primary"),),
        "birth_dates": (PartialDate(date="1961-05-17"),),
        "identifiers": tuple(map(passport, numbers or ("7001234567",))),
        "listings": (listing,),
    }
    return Record(**{**standard, **fields})


class Lists:
    """Histories by feed. Each method adds a change and returns it."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self._sequences: dict[str, int] = {}

    def add(self, kind: str, record: Record, day: float | str, **fields: object) -> Change:
        sequence = self._sequences[record.feed] = self._sequences.get(record.feed, 0) + 1
        standard = {
            "feed": record.feed,
            "key": record.key,
            "type": kind,
            "sequence": sequence,
            "commit": sequence,
            "index": 0,
            "count": 1,
            "cause": "publication",
            "origin": "source",
            "material": True,
            "times": Times(observed=when(day)),
            "evidence": Evidence(document="0" * 64, source="test"),
            "committed_at": when(day),
            "digest_after": f"{sequence:064x}",
            "after": msgspec.Raw(msgspec.json.encode(record)),
        }
        change = Change(**{**standard, **fields})
        self.changes.append(change)
        return change

    def baseline(self, *records: Record, day: float | str = -30) -> None:
        for one in records:
            self.add("baselined", one, day)

    def designate(self, record: Record, day: float | str, **fields: object) -> Change:
        return self.add("designated", record, day, **fields)

    def amend(self, record: Record, day: float | str, **fields: object) -> Change:
        return self.add("amended", record, day, **fields)

    def delist(self, record: Record, day: float | str, **fields: object) -> Change:
        standard = {"after": None, "digest_after": None, "basis": "absent", "before": _raw(record)}
        return self.add("delisted", record, day, **{**standard, **fields})

    def relist(self, record: Record, day: float | str, **fields: object) -> Change:
        return self.add("relisted", record, day, **fields)

    def rekey(self, old: str, record: Record, day: float) -> Change:
        return self.add("rekeyed", record, day, previous_key=old, basis="rekeyed", material=False)

    def by_feed(self) -> dict[str, list[Change]]:
        found: dict[str, list[Change]] = {}
        for change in self.changes:
            found.setdefault(change.feed, []).append(change)
        return found


def _raw(record: Record) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(record))


class Told:
    """A coordinator over its rows, as a ledger would keep them: it can be thrown away and made anew at any draft, from
    what linking kept at that draft or at the one before."""

    def __init__(self, rules: Rules | None = None) -> None:
        self.linking = b""
        self.drafts = 0
        self.rules = rules or Rules()
        self.state = CoordinatorState()
        self.rows: dict[str, bytes] = {}
        self.events: list[CoordinationEvent] = []
        self.coordinator = Coordinator(self.state, {}, self.rules)

    def restart(self) -> None:
        self.coordinator = Coordinator(self.state, self.rows, self.rules, self.linking)

    def keep(self) -> None:
        commit = self.coordinator.checkpoint()
        assert commit.linking is not None and not commit.events and not commit.targets
        self.coordinator.accept(commit)
        self.state, self.linking = commit.state, commit.linking

    def read(self, changes: Iterable[Change], day: float | None = None) -> list[CoordinationEvent]:
        """Take `changes` in one draft, made on `day`, by default when the last of them was committed."""
        changes = list(changes)
        for change in changes:
            self.coordinator.take(change)
        latest = max((one.committed_at for one in changes), default=self.state.committed_at or when(-100))
        return self.draft(latest if day is None else when(day))

    def draft(self, at: str) -> list[CoordinationEvent]:
        commit = self.coordinator.draft(datetime.fromisoformat(at))
        if commit is None:
            return []
        assert [one.sequence for one in commit.events] == [
            self.state.sequence + place for place in range(1, len(commit.events) + 1)
        ]
        self.state = commit.state
        for name, row in commit.targets.items():
            if row is None:
                del self.rows[name]
            else:
                self.rows[name] = row
        self.coordinator.accept(commit)
        self.events += commit.events
        assert self.state.targets == len(self.rows)
        self.drafts += 1
        if self.drafts % 2:
            self.keep()
        return list(commit.events)

    @property
    def targets(self) -> list[Target]:
        found = [unpack_target(row) for row in self.rows.values()]
        assert [one.id for one in found] == list(self.rows)
        keys = [member.key for one in found for member in one.members]
        assert len(keys) == len(set(keys)), "each record belongs to exactly one target"
        return found

    def of(self, key: str) -> Target:
        return next(one for one in self.targets if any(member.key == key for member in one.members))

    @property
    def clusters(self) -> dict[str, tuple[str, ...]]:
        return {one.id: tuple(member.key for member in one.members) for one in self.targets}


def said(events: Sequence[CoordinationEvent]) -> list[str]:
    return [f"{one.type} {one.authority}" if one.authority else one.type for one in events]


def ids(events: Iterable[CoordinationEvent]) -> Mapping[str, str]:
    return {one.id: one.type for one in events}


__all__ = ["FEEDS", "Lists", "Told", "date", "ids", "key", "passport", "record", "replace", "said", "when"]
