"""The coordinator at work on a real ledger: what it takes, what it says, how it fails."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from unittest.mock import AsyncMock

import pytest
from msgspec.structs import replace

from syncd.clock import SetClock
from syncd.commands.requests import ask
from syncd.config import Config, CoordinationSettings
from syncd.core.coordination import membership
from syncd.core.coordination.target import COORDINATOR, CoordinationCommit, CoordinationEvent
from syncd.core.coordination.target_store import unpack_target
from syncd.core.events import Change
from syncd.core.linking import kept, score
from syncd.core.linking.features import Features
from syncd.core.model import Record
from syncd.core.times import parse_iso
from syncd.daemon.daemon import Daemon
from syncd.demo.site import PublishersSite
from syncd.demo.targets import BASELINES, NEWCOMER
from syncd.errors import LedgerError, SignalRefused
from syncd.ledger.sqlite import SqliteLedger
from syncd.observe.moments import (
    ChangePassedOver,
    Committed,
    Coordinated,
    CoordinatorFailed,
    CoordinatorStopped,
    SignalAnswered,
)
from syncd.observe.report import Collected
from syncd.workers import coordinator
from syncd.workers.assembly import Assembly
from syncd.workers.change_batches import by_commit_time
from syncd.workers.coordinator import CoordinatorWorker
from tests.core.histories import Lists, key, record, when
from tests.workers.feeding import Feeds, link

PATIENCE_SECONDS = 60
HISTORY_CHANGES = 6


class Office:
    """A ledger with its feeds and a coordinator, with a clock that is set."""

    def __init__(self, ledger: SqliteLedger) -> None:
        self.ledger = ledger
        self.feeds = Feeds(ledger)
        self.lists = Lists()
        self.clock = SetClock(parse_iso(when(0)))
        self.reports = Collected()

    def coordinating(self, **settings: object) -> CoordinatorWorker:
        chosen = CoordinationSettings.model_validate(settings)
        return CoordinatorWorker(self.ledger, chosen, self.reports, self.clock)

    async def said(self) -> list[CoordinationEvent]:
        return [event async for event in self.ledger.coordination()]

    async def types(self) -> set[str]:
        return {event.type for event in await self.said()}

    async def two_designations(self) -> None:
        await self.feeds.commit(self.lists.designate(record("us"), 0), self.lists.designate(record("uk", listed=1), 1))

    async def until(self, happened: Callable[[], Any]) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not happened():  # noqa: ASYNC110  # nobody tells
                await asyncio.sleep(0.02)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    ledger = await SqliteLedger.open_file(tmp_path / "syncd.db", writing=True)
    yield Office(ledger)
    await ledger.close()


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coordinator, "AGAIN_SECONDS", (0.0,))
    monkeypatch.setattr(coordinator, "LOOK_EVERY_SECONDS", 0.05)


@asynccontextmanager
async def running(work: CoordinatorWorker) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(work.run())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_baselines_make_targets_and_say_nothing(office: Office) -> None:
    office.lists.baseline(record("us"), record("uk"), record("eu"))
    await office.feeds.commit(*office.lists.changes)
    await office.coordinating().once()
    state, targets = await office.ledger.targets()
    assert (len(targets), state.targets) == (1, 1)
    assert state.cursor == {"eu_fsf": 1, "uk_sl": 1, "us_ofac_sdn": 1}
    assert await office.said() == []


async def test_what_was_committed_before_is_taken_by_commit_times_over_all_feeds(office: Office) -> None:
    days = {"us": (0, 3, 6), "uk": (1, 4), "eu": (2, 5)}
    for authority, some in days.items():
        for number, day in enumerate(some):
            await office.feeds.commit(office.lists.designate(record(authority, number), day))
    taken = [change async for change in by_commit_time(office.ledger, {"uk_sl": 1})]
    assert [change.committed_at for change in taken] == [when(day) for day in (0, 2, 3, 4, 5, 6)]


async def test_a_coordination_of_two_designations_is_said_once(office: Office) -> None:
    """Two designations are a coordination said once however often it is asked."""
    await office.two_designations()
    for _ in range(3):
        await office.coordinating().once()
    said = await office.said()
    assert [event.type for event in said].count("coordination.started") == 1
    assert len({event.id for event in said}) == len(said)
    assert all(event.explanation for event in said)


async def test_a_task_takes_changes_as_they_are_committed_and_beats(office: Office, at_once: None) -> None:
    work = office.coordinating()
    async with running(work):
        await office.until(lambda: work.status().status == "ok")
        await office.two_designations()
        await office.until(lambda: any("coordination.started" in one.events for one in office.reports.of(Coordinated)))
        await work.beat()
    beat = (await office.ledger.heartbeats())[COORDINATOR]
    assert (beat.status, beat.ledger_records) == ("ok", 1)
    assert beat.sequence == len(await office.said())


async def test_time_alone_says_who_has_not_followed(office: Office, at_once: None) -> None:
    work = office.coordinating(gap_days=10)
    async with running(work):
        await office.two_designations()
        await office.until(lambda: work.status().targets)
        assert "coordination.gap" not in await office.types()
        office.clock.move_to(parse_iso(when(12)))
        await office.until(lambda: any("coordination.gap" in one.events for one in office.reports.of(Coordinated)))
    gaps = [event for event in await office.said() if event.type == "coordination.gap"]
    assert {event.authority for event in gaps} == {"eu", "ca", "jp"}


async def test_alliances_and_days_are_the_operators(office: Office) -> None:
    await office.two_designations()
    office.clock.move_to(parse_iso(when(5)))
    await office.coordinating(gap_days=3, alliances={"pair": ["us", "uk"], "three": ["us", "uk", "ca"]}).once()
    said = await office.said()
    assert {event.authority for event in said if event.type == "coordination.gap"} == {"ca"}
    assert {event.alliance for event in said if event.type == "coordination.completed"} == {"pair"}


async def test_the_window_is_the_operators(office: Office) -> None:
    await office.feeds.commit(
        office.lists.designate(record("us"), 0), office.lists.designate(record("uk", listed=3), 3)
    )
    await office.coordinating(window_days=2).once()
    assert "coordination.started" not in await office.types()


async def test_a_person_forbids_a_link_and_confirms_it_again(office: Office) -> None:
    await office.two_designations()
    a, b = key("us", 1), key("uk", 1)
    await office.coordinating().once()
    for number, word, targets in ((1, "forbid", 2), (2, "confirm", 1)):
        await office.ledger.send(link(f"{word} {a} {b}", number=number))
        await office.coordinating().once()
        state, rows = await office.ledger.targets()
        assert len(rows) == targets
        assert state.last_signal == number
    answers = [row async for row in office.ledger.publications(COORDINATOR)]
    assert [(row.signal, row.outcome, row.asserted_by) for row in answers] == [
        ("s1", "applied", "me"),
        ("s2", "applied", "me"),
    ]
    assert [one.verdict for one in state.decisions] == ["confirmed"]
    assert len(office.reports.of(SignalAnswered)) == 2


REFUSED = {
    "a key that nobody knows": (link(f"forbid {key('us', 1)} uk_sl:nobody"), "nobody has ever listed uk_sl:nobody"),
    "one record": (link(f"forbid {key('us', 1)} {key('us', 1)}"), "one record"),
    "another word": (link(f"maybe {key('us', 1)} {key('uk', 1)}"), "no link"),
    "half of it": (link("confirm x"), "no link"),
    "one that came too late": (link("confirm a b", expires="2020-01-01T00:00:00Z"), "expired"),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_what_cannot_be_applied_is_refused_in_a_row_and_stops_nothing(office: Office, case: str) -> None:
    signal, why = REFUSED[case]
    await office.two_designations()
    await office.ledger.send(signal)
    await office.coordinating().once()
    (row,) = [row async for row in office.ledger.publications(COORDINATOR)]
    assert row.outcome == "refused"
    assert why in (row.why or "")
    assert "coordination.started" in await office.types()


async def test_a_key_with_blanks_can_be_linked(office: Office) -> None:
    await office.feeds.commit(
        office.lists.designate(record("us", "a b"), 0), office.lists.designate(record("uk", listed=1), 1)
    )
    await office.ledger.send(link(f"forbid '{key('us', 'a b')}' {key('uk', 1)}"))
    await office.coordinating().once()
    assert len((await office.ledger.targets())[1]) == 2


class _Refusing:
    """A coordinator's log of which the first commits fail."""

    def __init__(self, log: Any, error: Exception) -> None:
        self._log = log
        self._error = error

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)

    async def commit(self, commit: CoordinationCommit) -> None:
        raise self._error


@pytest.mark.parametrize(
    "error", [LedgerError("the disk is full"), ValueError("a mistake")], ids=lambda one: type(one).__name__
)
async def test_a_failed_commit_is_made_again_and_said_once(
    office: Office, at_once: None, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """What could not be committed is made again from the ledger and said once."""
    opened, failures = office.ledger.open_coordinator, 3

    async def open_badly() -> Any:
        nonlocal failures
        log = await opened()
        failures -= 1
        return _Refusing(log, error) if failures >= 0 else log

    monkeypatch.setattr(office.ledger, "open_coordinator", open_badly)
    await office.two_designations()
    work = office.coordinating()
    async with running(work):
        await office.until(lambda: work.status().status == "ok")
    failed = office.reports.of(CoordinatorFailed)
    assert [one.failures for one in failed] == [1, 2, 3]
    assert {one.fault for one in failed} == {"ledger" if isinstance(error, LedgerError) else "internal"}
    assert [event.type for event in await office.said()].count("coordination.started") == 1


class _Crash(Exception):
    """The process is gone."""


class _Crashing:
    """A coordinator's log at whose commit number `at` the process goes, just before it stands or just after."""

    def __init__(self, log: Any, at: int, *, stands: bool) -> None:
        self._log = log
        self._left = at
        self._stands = stands

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)

    async def commit(self, commit: CoordinationCommit) -> None:
        self._left -= 1
        if self._left != 0 or self._stands:
            await self._log.commit(commit)
        if self._left == 0:
            raise _Crash


async def _history(office: Office) -> None:
    """A baseline, three designations, an amendment that one list has alone, a delisting; and two weeks later."""
    lists = office.lists
    lists.baseline(record("un", 7, "9"))
    for day, authority in enumerate(("us", "uk", "eu")):
        lists.designate(record(authority, listed=day), day)
    lists.amend(record("us", 1, "7001234567", "7009999999", listed=0), 4)
    lists.delist(record("eu", listed=2), 6)
    await office.feeds.commit(*lists.changes)
    office.clock.move_to(parse_iso(when(20)))


@pytest.mark.parametrize("stands", [False, True], ids=["before it stands", "after it stands"])
async def test_a_crash_at_any_commit_neither_doubles_nor_loses_an_event(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stands: bool
) -> None:
    monkeypatch.setattr(coordinator, "CHANGES_MAX", 1)
    # A last commit keeps linking.
    monkeypatch.setattr(membership, "UNKEPT_MIN", 1)
    told: list[tuple[list[str], dict[str, bytes]]] = []
    for at in range(HISTORY_CHANGES + 2):
        ledger = await SqliteLedger.open_file(tmp_path / f"{at}.db", writing=True)
        office = Office(ledger)
        await _history(office)
        opened = ledger.open_coordinator
        if at:
            with monkeypatch.context() as crashing, pytest.raises(_Crash):
                log = _Crashing(await opened(), at, stands=stands)
                crashing.setattr(ledger, "open_coordinator", AsyncMock(return_value=log))
                await office.coordinating().once()
        await office.coordinating().once()
        said = await office.said()
        assert [event.sequence for event in said] == list(range(1, len(said) + 1))
        told.append(([event.id for event in said], dict((await ledger.targets())[1])))
        await ledger.close()
    whole = told[0]
    assert len(set(whole[0])) == len(whole[0]) > 4
    assert all(one == whole for one in told)


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[set[str]]:
    """The pairs of keys that linking compares, from now on."""
    pairs: list[set[str]] = []
    judged = score.judged

    def noted(one: Features, other: Features, is_shared: Callable[[str], bool]) -> score.Judged | None:
        pairs.append({one.key, other.key})
        return judged(one, other, is_shared)

    monkeypatch.setattr(score, "judged", noted)
    return pairs


async def test_a_restart_compares_only_what_changed_since(
    office: Office, monkeypatch: pytest.MonkeyPatch, compared: list[set[str]]
) -> None:
    """Whoever takes over goes on from what linking kept; what was kept by other rules of linking is made anew."""
    monkeypatch.setattr(membership, "UNKEPT_MIN", 2)
    for place in range(4):
        office.lists.baseline(*(record(authority, place, f"700{place}") for authority in ("us", "uk", "eu")))
    await office.feeds.commit(*office.lists.changes)
    await office.coordinating().once()
    assert len(compared) >= 12
    compared.clear()
    await office.coordinating().once()
    assert compared == []
    office.lists.changes.clear()
    await office.feeds.commit(office.lists.designate(record("ca", 1, "7001"), 1))
    work = office.coordinating()
    await work.once()
    assert compared and all(key("ca", 1) in pair for pair in compared)
    compared.clear()
    await office.coordinating().once()
    assert compared and all(key("ca", 1) in pair for pair in compared), "one record alone is not kept anew"
    restarted = await office.ledger.targets()
    monkeypatch.setattr(kept, "LINKING_VERSION", kept.LINKING_VERSION + 1)
    compared.clear()
    await office.coordinating().once()
    assert len(compared) >= 12
    assert (await office.ledger.targets())[1] == restarted[1]
    compared.clear()
    await office.coordinating().once()
    assert compared == []


async def test_who_is_fenced_stops_and_says_so(office: Office, at_once: None) -> None:
    work = office.coordinating()
    async with running(work) as task:
        await office.until(lambda: work.status().status == "ok")
        await office.ledger.open_coordinator()
        await office.two_designations()
        await asyncio.wait_for(task, PATIENCE_SECONDS)
    assert work.is_fenced
    assert work.status().status == "failing"
    assert "taken over" in office.reports.of(CoordinatorStopped)[0].why
    assert await office.said() == []


async def test_a_state_that_is_not_its_targets_stops_the_coordination_alone(office: Office, at_once: None) -> None:
    await office.two_designations()
    await office.coordinating().once()
    await office.ledger._writer.run(lambda connection: connection.execute("DELETE FROM targets"))
    work = office.coordinating()
    async with running(work) as task:
        await asyncio.wait_for(task, PATIENCE_SECONDS)
    assert "is not what was committed" in work.status().message
    assert not work.is_fenced
    await office.feeds.commit(office.lists.designate(record("eu"), 2))


async def test_a_coordinator_that_fails_is_seen_and_no_feed_waits_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> Any:
        raise ValueError("a mistake")

    monkeypatch.setattr(coordinator, "Coordinator", fail)
    monkeypatch.setenv("NO_PROXY", "*")
    async with PublishersSite() as site:
        site.publish("un_sc", BASELINES["un_sc"])
        config = Config.model_validate(
            {
                "ledger": tmp_path / "syncd.db",
                "http": {"port": 0},
                "feeds": {**site.settings(interval_seconds=1, records_min=5), "enable": ["un_sc"]},
            }
        )
        reports = Collected()
        async with Daemon(config, report=reports) as daemon, asyncio.timeout(PATIENCE_SECONDS):
            while not (reports.of(Committed) and reports.of(CoordinatorFailed)):  # noqa: ASYNC110  # nobody tells
                await asyncio.sleep(0.05)
            site.publish("un_sc", (*BASELINES["un_sc"], NEWCOMER))
            while len(reports.of(Committed)) < 2:  # noqa: ASYNC110  # nobody tells
                await asyncio.sleep(0.05)
            assert daemon.assembly.coordinator is not None
            status = daemon.assembly.coordinator.status()
            assert (status.status, status.message) == ("failing", "ValueError in test_coordinator.py:" + _line(fail))
            assert (await daemon.assembly.ledger.heartbeats())[COORDINATOR].status == "failing"
    assert {one.fault for one in reports.of(CoordinatorFailed)} == {"internal"}


def _line(of: Callable[..., Any]) -> str:
    return str(of.__code__.co_firstlineno + 1)


@pytest.mark.parametrize("text", ["0000-09-03", "10000-01-01", "soon", ""])
async def test_a_date_that_is_none_stops_no_list_also_after_a_restart(office: Office, at_once: None, text: str) -> None:
    listed = tuple(replace(one, listed_on=text) for one in record("us").listings)
    await office.feeds.commit(office.lists.designate(record("us", listings=listed), 0))
    for authority, day, said in (("uk", 1, 4), ("eu", 2, 6)):
        work = office.coordinating()
        async with running(work):
            await office.feeds.commit(office.lists.designate(record(authority, listed=day), day))
            await office.until(lambda work=work, said=said: work.status().sequence >= said)
            assert work.status().status == "ok"
    joined = {event.authority for event in await office.said() if event.type == "coordination.joined"}
    assert joined == {"us", "uk", "eu"}
    assert office.reports.of(CoordinatorFailed) == office.reports.of(ChangePassedOver) == []


def _failing_for(monkeypatch: pytest.MonkeyPatch, *keys: str, always: bool = False) -> None:
    """Whoever reads the records of `keys` makes a mistake, or, with `always`, whoever touches them."""
    linked, applied = membership.profile, membership.Membership.apply

    def profile(one: Record) -> Record:
        if one.key in keys:
            raise IndexError("a mistake")
        return linked(one)

    def apply(self: membership.Membership, change: Change) -> None:
        if change.key in keys:
            raise IndexError("a mistake")
        applied(self, change)

    if always:
        monkeypatch.setattr(membership.Membership, "apply", apply)
    else:
        monkeypatch.setattr(membership, "profile", profile)


@pytest.mark.parametrize("always", [False, True], ids=["its record", "all of it"])
async def test_a_change_that_cannot_be_taken_is_passed_over_alone(
    office: Office, monkeypatch: pytest.MonkeyPatch, always: bool
) -> None:
    bad = [key("us", number) for number in (51, 57)]
    with monkeypatch.context() as mistaken:
        _failing_for(mistaken, *bad, always=always)
        for number in range(50, 60):
            await office.feeds.commit(office.lists.designate(record("us", number, f"55{number}"), 0))
        await office.two_designations()
        await office.coordinating().once()
    assert "coordination.started" in await office.types()
    passed = office.reports.of(ChangePassedOver)
    assert [one.key for one in passed] == bad
    how = "as if it had said nothing" if always else "without its record"
    assert all(one.why.startswith(f"{how}: IndexError in test_coordinator.py:") for one in passed)
    state, _ = await office.ledger.targets()
    assert state.cursor == {"us_ofac_sdn": 11, "uk_sl": 1}
    # What comes later is taken, whatever was passed over.
    amended = record("us", 51, "5551", titles=("x",))
    await office.feeds.commit(office.lists.amend(amended, 2), office.lists.delist(record("us", 57, "5557"), 3))
    await office.coordinating().once()
    state, targets = await office.ledger.targets()
    assert state.cursor["us_ofac_sdn"] == 13
    members = {one.key: one for row in targets.values() for one in unpack_target(row).members}
    assert (members[bad[0]].stale, members[bad[0]].profile.names) == (False, amended.names)


async def test_a_whole_list_that_cannot_be_taken_keeps_no_other_waiting(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = 0
    make = coordinator.Coordinator

    def count(*args: Any) -> Any:
        nonlocal made
        made += 1
        return make(*args)

    numbers = range(100, 200)
    _failing_for(monkeypatch, *(key("eu", number) for number in numbers))
    monkeypatch.setattr(coordinator, "Coordinator", count)
    await office.feeds.commit(*(office.lists.designate(record("eu", one, f"66{one}"), 0) for one in numbers))
    await office.two_designations()
    await office.coordinating().once()
    assert "coordination.started" in await office.types()
    assert {one.key for one in office.reports.of(ChangePassedOver)} == {key("eu", number) for number in numbers}
    assert made <= 4 * coordinator.APART_MAX


async def test_without_coordination_nothing_is_linked(office: Office, tmp_path: Path) -> None:
    config = Config.model_validate({"ledger": tmp_path / "other.db", "coordination": {"enabled": False}})
    async with Assembly(config) as assembly:
        assert assembly.coordinator is None
    with pytest.raises(SignalRefused, match="not enabled"):
        await ask(config, COORDINATOR, "link", subject="confirm a b", why="", asserted_by="me")
