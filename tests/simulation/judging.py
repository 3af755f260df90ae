"""A publisher that errs, a clock that jumps and a person who decides, over the pure core: one seed, one history.

The world keeps its own accounts. It counts what went out from the changes alone, and compares the list in force with
the documents; it asks the judge nothing. A history ends with the true list, which must be in force after one release.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from hashlib import sha256

import msgspec
import pytest

from syncd.core import canonical, codec, content, diff, rekeying, times
from syncd.core.admission import judge
from syncd.core.commit import commit_of
from syncd.core.document import Document, DocumentEntry, digest_of, why_unusable
from syncd.core.events import Cause, Change
from syncd.core.limits import Limits
from syncd.core.model import Identifier, Name, PartialDate, Record
from syncd.core.plan import Context, plan_of
from syncd.core.state import DocumentNote, FeedState, Stored
from syncd.errors import DocumentRefused
from syncd.intake.freshness import Staleness, is_older

FEED = "xx_test"
START = datetime(2026, 3, 1, tzinfo=UTC)
WEEK = timedelta(days=7)
COUNT = 6
LIMITS = Limits(
    records_min=1,
    removals_max=2,
    removals_ratio=1.0,
    reused_max=2,
    rekeyed_max=2,
    names_max=2,
    birth_dates_max=2,
    identifiers_max=2,
    kinds_max=1,
    content_ratio=1.0,
)
# What the accounts count → the most that may go out within a week without a decision.
MOST = {"removals": 2, "rekeyed": 2, "names": 2, "birth_dates": 2, "identifiers": 2, "kind": 1}
# A record as this world knows it: whose it is, how many aliases, whether born, numbered, a person.
Version = tuple[int, int, bool, bool, bool]
List = dict[int, Version]
WORDS = ("Alder", "Birch", "Cedar", "Dogwood", "Elder", "Fir", "Gorse", "Hazel", "Ivy", "Juniper", "Kapok", "Larch")


# What the core says of one record, of two, or of a date: it depends on them alone, and all histories have the same few.
OF_RECORDS = (
    (rekeying, "digest_without_id"),
    (codec, "unpack_record"),
    (codec, "unpack_json"),
    (content, "lost"),
    (content, "name_marks"),
    (times, "moment"),
    (diff, "field_changes"),
)
REMEMBERED_MAX = 10_000


@contextmanager
def remembering() -> Iterator[None]:
    """Within it the core says `OF_RECORDS` once and remembers it; what it decides of documents it says each time."""
    with pytest.MonkeyPatch.context() as patch:
        for module, name in OF_RECORDS:
            patch.setattr(module, name, lru_cache(REMEMBERED_MAX)(getattr(module, name)))
        yield


class Wrong(AssertionError):
    """What the history showed."""


@cache
def entry(key: int, version: Version) -> DocumentEntry:
    who, aliases, is_born, is_numbered, is_person = version
    name = f"{WORDS[who % 12]}{who} {WORDS[who * 5 % 12]}{who}x"
    names = [name, *(f"{name} {WORDS[at]}{who}y" for at in range(aliases))]
    record = Record(
        key=f"{FEED}:{key}",
        feed=FEED,
        kind="person" if is_person else "organisation",
        names=tuple(Name(full=one, kind="alias") for one in names),
        birth_dates=(PartialDate(date=f"{1900 + who % 90}"),) if is_born else (),
        identifiers=(Identifier(type="passport", value=f"P{who}"),) if is_numbered else (),
    )
    packed = codec.pack_record(record)
    return DocumentEntry(
        key=record.key, digest=canonical.digest(record), fingerprint=sha256(packed).digest()[:16], body=packed
    )


def document(entries: List, published: str | None, salt: int, now: datetime) -> Document:
    """Other bytes for each salt, and the same list."""
    found = {one.key: one for one in (entry(key, version) for key, version in entries.items())}
    digest = digest_of(found)
    note = DocumentNote(
        sha256=sha256(f"{digest}{salt}{published}".encode()).hexdigest(),
        source="xml",
        vocabulary="xml",
        digest=digest,
        records=len(found),
        published=None if why_unusable(published, now) else published,
        observed=now.isoformat(),
    )
    return Document(note=note, entries=found, quarantined=(), references={})


class World:
    def __init__(self, seed: int, staleness: Callable[[], Staleness] = Staleness) -> None:
        self.chance = random.Random(seed)
        self.now = START
        self.true: List = {key: (key, 2, True, True, True) for key in range(COUNT)}
        self.next = COUNT
        self.salt = 0
        self.state = FeedState(feed=FEED)
        self.records: dict[str, Stored] = {}
        self.staleness = staleness()
        self.latest: Document | None = None
        self.waiting: Document | None = None
        self.gone: list[tuple[datetime, str, int]] = []
        self.publish(self.true)

    def run(self, steps: int) -> None:
        for _ in range(steps):
            self.chance.choice(ACTS)(self)
        self._ends_with_the_truth()

    # The publisher.
    def list_lives_on(self) -> None:
        """A few records come, change or go: what an authority does."""
        key = self.chance.choice(sorted(self.true))
        self.true[self.next] = (self.next, 1, True, False, True)
        if self.chance.random() < 0.5 and len(self.true) > COUNT // 2:
            del self.true[key]
        else:
            who, _, *rest = self.true[key]
            self.true[key] = (who, self.chance.randrange(4), *rest)  # type: ignore[assignment]
        self.next += 1
        self.publish(self.true)

    def records_are_lost(self) -> None:
        keys = self.chance.sample(sorted(self.true), self.chance.randint(0, len(self.true)))
        self.publish({key: self.true[key] for key in keys})

    def content_is_lost(self) -> None:
        part = self.chance.randrange(1, 5)
        lost = set(self.chance.sample(sorted(self.true), self.chance.randint(1, len(self.true))))
        self.publish({key: _without(one, part) if key in lost else one for key, one in self.true.items()})

    def keys_are_others(self) -> None:
        """Other keys, now and then of records without their numbers."""
        moved = set(self.chance.sample(sorted(self.true), self.chance.randint(1, len(self.true))))
        lost = moved if self.chance.random() < 0.3 else set()
        after = {key: _without(one, 3) if key in lost else one for key, one in self.true.items()}
        self.publish({key + 1000 * (key in moved): one for key, one in after.items()})

    def ids_are_shifted(self) -> None:
        keys = sorted(self.true)
        self.publish(dict(zip(keys, [(self.next, 1, True, True, True), *map(self.true.get, keys)], strict=False)))  # type: ignore[arg-type]

    def records_flood_in(self) -> None:
        flood = {key: (key, 0, False, True, False) for key in range(5000, 5000 + self.chance.randint(1, 40))}
        self.publish({**self.true, **flood})

    def it_is_put_right(self) -> None:
        self.publish(self.true)

    def date_is_wrong(self) -> None:
        days = self.chance.choice((-400, -1, 0.9, 30, 3000))
        self.publish(self.true, f"{self.now + timedelta(days=days):%Y-%m-%d}")

    # The clock and the person.
    def clock_jumps(self) -> None:
        self.now += timedelta(hours=self.chance.choice((-900, -30, -2, 1, 9, 40, 200, 2000)))

    def somebody_releases(self) -> None:
        holds = [hold.id for hold in self.state.holds]
        if holds:
            self.release(tuple(self.chance.sample(holds, self.chance.randint(1, len(holds)))))

    def publish(self, entries: List, published: str | None = None) -> bool:
        """Let the document be seen, in new bytes; whether it was judged."""
        self.now += timedelta(minutes=self.chance.choice((5, 5, 60, 600)))
        self.salt += 1
        published = published or f"{self.now:%Y-%m-%d}"
        arrived = document(entries, published, self.salt, self.now)
        standing = self.state.document
        if standing and not why_unusable(standing.published, self.now):
            older = is_older(arrived.note.published, standing.published)
            if self.staleness.is_stale(arrived.note.sha256, older=older, earlier=(), now=self.now):
                return False
        return self._take(arrived, "publication")

    def release(self, holds: tuple[str, ...]) -> None:
        """As the daemon does: of a whole document that document is judged again, of anything else the latest."""
        whole = {hold.id for hold in self.state.holds if hold.kind == "document"} & set(holds)
        arrived = self.waiting if whole else self.latest
        assert arrived
        self._take(arrived, "release", holds)

    def _take(self, arrived: Document, cause: Cause, released: tuple[str, ...] = ()) -> bool:
        try:
            judgement = judge(
                self.state, self.records, arrived, LIMITS, cause=cause, now=self.now, released=released, preferred="xml"
            )
        except DocumentRefused:
            return True
        context = Context(feed=FEED, cause=cause, now=self.now, preferred="xml", parser_version=1)
        commit = commit_of(plan_of(self.state, self.records, arrived, judgement, context), self.state)
        self._account(list(commit.changes), released)
        self.state = commit.state
        self.records.update(commit.records)
        self.staleness.saw_current()
        if judgement.held_whole:
            self.waiting = arrived
        else:
            self.latest = arrived
            self._compare(arrived)
        return True

    # The accounts.
    def _account(self, changes: list[Change], released: tuple[str, ...]) -> None:
        """Count what a commit took away, and what a week did; what a person released is his."""
        counts = dict.fromkeys(MOST, 0)
        for change in changes:
            counts["removals"] += change.type == "delisted"
            counts["rekeyed"] += change.type == "rekeyed"
            if change.type in ("amended", "rekeyed") and change.before is not None and change.after is not None:
                before, after = (msgspec.json.decode(bytes(one)) for one in (change.before, change.after))
                for part in ("names", "birth_dates", "identifiers"):
                    counts[part] += any(one not in after.get(part, []) for one in before.get(part, []))
                counts["kind"] += before["kind"] != after["kind"]
        if released or not self.state.commit:
            return
        self.gone += [(self.now, sort, count) for sort, count in counts.items() if count]
        for sort, most in MOST.items():
            week = sum(one for at, what, one in self.gone if what == sort and timedelta(0) <= self.now - at <= WEEK)
            if counts[sort] and week > most:
                raise Wrong(f"{week} {sort} went out within a week, and nobody decided it")

    def _compare(self, arrived: Document) -> None:
        """Ledger = document + held removals + held amendments' earlier versions; what is new is in force."""
        kinds = {key: hold.kind for hold in self.state.holds for key in hold.keys}
        in_force = {key for key, stored in self.records.items() if stored.status == "listed"}
        absent = {key for key, kind in kinds.items() if kind in ("removals", "rekeyed")}
        moved = [codec.unpack_record(self.records[key].body) for key, kind in kinds.items() if kind == "rekeyed"]
        missing = arrived.entries.keys() - in_force
        if in_force - arrived.entries.keys() != absent:
            raise Wrong("something is in force that is neither in the document nor held")
        new = [codec.unpack_record(arrived.entries[key].body or b"") for key in missing]
        if not all(any(not content.lost(one, other) for other in moved) for one in new):
            raise Wrong("what is new in the document is not in force")
        for key, one in arrived.entries.items():
            if key not in missing and key not in kinds and self.records[key].digest != one.digest:
                raise Wrong("a record that nothing holds is not as the document has it")

    def _ends_with_the_truth(self) -> None:
        """The true list comes each five minutes, in other bytes and with an earlier date than what is in force."""
        self.now += timedelta(hours=1)
        self.true[self.next] = (self.next, 0, True, False, True)
        self.publish(self.true)
        early = f"{self.now - timedelta(days=1):%Y-%m-%d}"
        if not any(self.publish(self.true, early) for _ in range(15)):
            raise Wrong("the true list is shut out: it is stale for ever")
        if self.state.holds:
            self.release(tuple(hold.id for hold in self.state.holds))
        true = {one.key: one.digest for one in (entry(key, version) for key, version in self.true.items())}
        found = {key: stored.digest for key, stored in self.records.items() if stored.status == "listed"}
        if found != true or self.state.holds:
            raise Wrong("the true list is shut out: it is not in force after a release")


def _without(version: Version, part: int) -> Version:
    """Without aliases, birth date or number, or as another kind of target."""
    empty: Version = (version[0], 0, False, False, not version[4])
    return tuple(new if at == part else old for at, (old, new) in enumerate(zip(version, empty, strict=True)))  # type: ignore[return-value]


ACTS: tuple[Callable[[World], None], ...] = (
    World.list_lives_on,
    World.list_lives_on,
    World.records_are_lost,
    World.content_is_lost,
    World.keys_are_others,
    World.ids_are_shifted,
    World.records_flood_in,
    World.it_is_put_right,
    World.date_is_wrong,
    World.clock_jumps,
    World.somebody_releases,
)
