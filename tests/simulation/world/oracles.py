"""What must be so whatever happened. The accounts are kept from events alone; nothing asks the judge."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import msgspec

from syncd.core.events import Change, Publication, change_id
from syncd.core.state import FeedState
from syncd.core.times import parse_iso
from syncd.daemon.daemon import Daemon
from syncd.demo import lists
from syncd.demo.targets import InventedTarget
from syncd.errors import ArchiveUnavailable
from syncd.ledger.contract import Ledger
from syncd.observe import moments
from syncd.observe.notice_moments import NoticesStopped
from syncd.observe.report import Collected

if TYPE_CHECKING:
    from tests.simulation.world.world import World

DAY, WEEK = timedelta(days=1), timedelta(days=7)
# What may be taken away within a week without a decision.
MOST = 2
GIVEN_UP = (moments.FeedStopped, moments.CoordinatorStopped, NoticesStopped, moments.ChangePassedOver)
CONTENTS = ("names", "birth_dates", "identifiers")


class Wrong(AssertionError):
    """What was promised and is not so."""


class Watched:
    """A reader that comes back at each start: what it saw once must be there ever after."""

    def __init__(self) -> None:
        self.seen: dict[str, list[str]] = {}
        self.counts = (0, 0)

    async def look(self, ledger: Ledger, feeds: Iterable[str]) -> None:
        """Read all that is committed. Raises Wrong when something of it was taken back."""
        for feed in feeds:
            ids = [change_id(change) async for change in ledger.tail({}, feeds=[feed])]
            before = self.seen.get(feed, [])
            if ids[: len(before)] != before:
                raise Wrong(f"{feed}: what was committed before is not there any more")
            self.seen[feed] = ids


class Folded:
    """A list as its events make it."""

    def __init__(self, feed: str) -> None:
        self.feed = feed
        self.in_force: dict[str, dict[str, Any]] = {}
        self.digests: dict[str, str] = {}
        self.gone: list[tuple[datetime, str, int]] = []
        self._went: dict[str, datetime] = {}
        self._came: dict[str, datetime] = {}

    @property
    def digest(self) -> str:
        lines = sorted(f"{key} {value}\n".encode() for key, value in self.digests.items())
        return sha256(b"".join(lines)).hexdigest()

    def take(self, commit: list[Change], row: Publication, *, decided: bool) -> None:
        """Take one commit whole, and hold it against its row."""
        counts = dict.fromkeys(("removals", "rekeyed", "kind", *CONTENTS), 0)
        for place, change in enumerate(commit):
            if (change.index, change.count) != (place, len(commit)):
                raise Wrong(f"{self.feed}: commit {change.commit} is not whole")
            self._count(change, counts)
            self._put(change)
        if row.ledger_digest != self.digest or row.ledger_records != len(self.digests):
            raise Wrong(f"{self.feed}: commit {row.commit} does not make the list that its row describes")
        now = parse_iso(commit[0].times.observed)
        self._flaps(commit, now, decided=decided)
        if decided or row.commit == 1:
            return
        self.gone += [(now, sort, count) for sort, count in counts.items() if count]
        for sort, count in counts.items():
            of_week = sum(n for at, what, n in self.gone if what == sort and timedelta() <= now - at <= WEEK)
            if count and of_week > MOST:
                raise Wrong(f"{self.feed}: {of_week} {sort} went out within a week, and nobody decided it")

    def _flaps(self, commit: list[Change], now: datetime, *, decided: bool) -> None:
        """A record that came back within a day does not go again within another, unless somebody says so."""
        for change in commit:
            if change.type == "relisted" and timedelta() <= now - self._went.get(change.key, now) <= DAY:
                self._came[change.key] = now
            elif change.type == "delisted":
                self._went[change.key] = now
                came = self._came.get(change.key)
                if came is not None and timedelta() <= now - came <= DAY and not decided:
                    raise Wrong(f"{self.feed}: {change.key} was gone, came back and is gone again within days")

    def _put(self, change: Change) -> None:
        if change.type == "delisted":
            self.digests.pop(change.key)
            self.in_force.pop(change.key)
            return
        if change.previous_key:
            self.digests.pop(change.previous_key)
            self.in_force.pop(change.previous_key)
        is_known = change.key in self.digests
        if is_known is not (change.type == "amended"):
            raise Wrong(f"{self.feed}: {change.key} is {change.type} and was{'' if is_known else ' not'} in force")
        assert change.digest_after and change.after is not None
        self.digests[change.key] = change.digest_after
        self.in_force[change.key] = msgspec.json.decode(bytes(change.after))

    def _count(self, change: Change, counts: dict[str, int]) -> None:
        counts["removals"] += change.type == "delisted"
        counts["rekeyed"] += change.type == "rekeyed"
        if change.type not in ("amended", "rekeyed") or change.before is None or change.after is None:
            return
        before, after = (msgspec.json.decode(bytes(one)) for one in (change.before, change.after))
        counts["kind"] += before["kind"] != after["kind"]
        for part in CONTENTS:
            counts[part] += bool(marks(before, part) - marks(after, part))


def marks(record: dict[str, Any], part: str) -> set[str]:
    """The names, birth dates or numbers of a record."""
    mark = {"names": "full", "birth_dates": "date", "identifiers": "value"}[part]
    return {one.get(mark, "") for one in record.get(part, [])}


async def check_feed(world: "World", daemon: Daemon, ledger: Ledger, feed: str) -> None:
    """Hold the ledger of `feed` against its own account and against the truth. Raises Wrong."""
    rows = [row async for row in ledger.publications(feed)]
    changes = [change async for change in ledger.tail({}, feeds=[feed])]
    folded = _folded(feed, changes, rows)
    state = await ledger.state(feed)
    counts = world.watched.counts
    world.watched.counts = (counts[0] + len(changes), counts[1] + state.commit)
    if (state.sequence, state.ledger_digest) != (len(changes), folded.digest):
        raise Wrong(f"{feed}: the state is not what the events make")
    publisher = world.publishers[feed]
    true = {lists.key(feed, target): target for target in publisher.truth.values()}
    if state.holds:
        raise Wrong(f"{feed}: {state.holds[0].kind} are held after a release, and the list is true")
    if folded.in_force.keys() != true.keys():
        differ = sorted(folded.in_force.keys() ^ true.keys())
        raise Wrong(f"{feed}: the true list is not in force, hours after a release: {differ}")
    for key, record in folded.in_force.items():
        _check_record(key, record, true[key])
    await _check_archive(daemon, state, rows)


def _folded(feed: str, changes: list[Change], rows: list[Publication]) -> Folded:
    folded = Folded(feed)
    commits: dict[int, list[Change]] = {}
    ids = set()
    for sequence, change in enumerate(changes, start=1):
        if change.sequence != sequence:
            raise Wrong(f"{feed}: sequence {change.sequence} stands where {sequence} belongs")
        commits.setdefault(change.commit, []).append(change)
        ids.add(change_id(change))
    if len(ids) != len(changes):
        raise Wrong(f"{feed}: an event stands twice")
    described = [row for row in rows if row.kind == "commit"]
    if [row.commit for row in described] != list(commits) or list(commits) != list(range(1, len(commits) + 1)):
        raise Wrong(f"{feed}: commits {list(commits)}, rows of {[row.commit for row in described]}")
    for row in described:
        folded.take(commits[row.commit], row, decided=row.cause == "release")
    return folded


def _check_record(key: str, record: dict[str, Any], target: InventedTarget) -> None:
    names = {target.name.full, *(alias.full for alias in target.aliases)}
    if target.original:
        names.add(target.original.full)
    if marks(record, "names") != names:
        raise Wrong(f"{key}: its names are {marks(record, 'names')}, and truly {names}")
    numbers = {*target.passports, *([target.registration] if target.registration else [])}
    if not set(target.passports) <= marks(record, "identifiers"):
        raise Wrong(f"{key}: its numbers are {marks(record, 'identifiers')}, and truly {numbers}")
    if target.born and marks(record, "birth_dates") != {target.born}:
        raise Wrong(f"{key}: it is born {marks(record, 'birth_dates')}, and truly {target.born}")


async def _check_archive(daemon: Daemon, state: FeedState, rows: list[Publication]) -> None:
    """Every document that a row or the state names can be had."""
    named = {row.document for row in rows if row.document} | {hold.document for hold in state.holds}
    if state.document is not None:
        named.add(state.document.sha256)
    spool = daemon.config.archive_spool
    for sha256_of in sorted(named):
        try:
            path = await daemon.assembly.archive.extract(sha256_of, spool)
        except ArchiveUnavailable as error:
            raise Wrong(f"{state.feed}: {error}, and a row or the state names it") from None
        path.unlink()


def check_moments(heard: Collected, *, is_taken_over: bool) -> None:
    """Raises Wrong when the program itself was at fault, or a worker has given up; but for what was taken over."""
    for moment in heard.moments:
        if getattr(moment, "fault", None) == "internal":
            raise Wrong(f"a fault of the program: {moment}")
        if isinstance(moment, GIVEN_UP) and not (is_taken_over and "has been taken over by" in moment.why):
            raise Wrong(f"{moment}")
