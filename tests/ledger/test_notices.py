"""What every ledger promises of notices: all or nothing, exactly once, one owner. One suite over all of them."""

import asyncio
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from syncd.core.coordination.target import COORDINATOR
from syncd.core.notices.notice import NOTICES, NoticeEvent, NoticesCommit, NoticesState
from syncd.errors import Fenced, LedgerError
from syncd.ledger.contract import Ledger, NoticesLog
from tests.ledger.acts import commit
from tests.ledger.conftest import Store
from tests.ledger.coordination import coordinated
from tests.notices.invented import CHANNEL, RULES, Told, act, after, change, party, record

OTHER = "eu_oj"
FEED = "us_ofac_sdn"


class Writer:
    """A board whose commits go to a ledger, too."""

    def __init__(self, log: NoticesLog, channel: str = CHANNEL) -> None:
        self.log = log
        self.told = Told(replace(RULES, id=channel))
        self.told.board = _board(self.told, log)

    def next_commit(self, at: float, *names: str) -> NoticesCommit:
        """The commit of a page that names `names`, and of the list that has them already."""
        self.told.board.read(self.told.rules.id, [act(f"page {at}", *(party(name) for name in names))], after(at))
        self.told.board.take(
            change(round(at * 100) + place, "designated", None, record(f"{FEED}:{name}", name), after(at))
            for place, name in enumerate(names)
        )
        made = self.told.board.draft(after(at))
        assert made is not None
        return made


def _board(told: Told, log: NoticesLog):
    from syncd.core.notices.board import NoticeBoard

    board = NoticeBoard(log.state, log.rows, [told.rules])
    board.read(told.rules.id, [], after(-100))
    return board


async def events(ledger: Ledger, position: dict[str, int] | None = None) -> list[NoticeEvent]:
    return [event async for event in ledger.notices(position or {})]


async def test_notices_start_from_nothing(ledger: Ledger) -> None:
    assert await ledger.live_notices() == (NoticesState(), {})
    assert await events(ledger) == []
    log = await ledger.open_notices()
    assert (log.state, dict(log.rows)) == (NoticesState(), {})


async def test_a_commit_of_notices_is_there_whole(ledger: Ledger) -> None:
    log = await ledger.open_notices()
    whole = Writer(log).next_commit(1, "A B", "C D")
    await log.commit(whole)
    assert [event.type for event in whole.events] == ["noticed", "linked", "settled"]
    assert await events(ledger) == list(whole.events)
    assert await ledger.live_notices() == (whole.state, dict(whole.notices))
    assert (log.state, dict(log.rows)) == (whole.state, dict(whole.notices))


async def test_notices_are_restored_by_whoever_opens_them_next(store: Store) -> None:
    log = await (await store.open()).open_notices()
    writer = Writer(log)
    for number in range(1, 4):
        await log.commit(writer.next_commit(number, f"name {number}"))
    restored = await (await store.open()).open_notices()
    assert restored.state == log.state
    assert restored.rows == log.rows
    await restored.commit(Writer(restored).next_commit(9, "another"))
    assert (await events(await store.open()))[-1].sequence == restored.state.sequences[CHANNEL]


async def test_sequences_are_of_a_channel(store: Store) -> None:
    ledger = await store.open()
    log = await ledger.open_notices()
    await log.commit(Writer(log).next_commit(1, "A B"))
    await log.commit(Writer(log, OTHER).next_commit(2, "C D"))
    found = await events(ledger)
    by_channel = {name: [one.sequence for one in found if one.channel == name] for name in (CHANNEL, OTHER)}
    assert by_channel == {CHANNEL: [1, 2, 3], OTHER: [1, 2, 3]}
    later = await events(ledger, {CHANNEL: 3, OTHER: 1})
    assert [(one.channel, one.sequence) for one in later] == [(OTHER, 2), (OTHER, 3)]


async def test_who_was_fenced_leaves_no_notice_behind(store: Store) -> None:
    ledger = await store.open()
    log = await ledger.open_notices()
    await log.commit(Writer(log).next_commit(1, "A B"))
    late = Writer(log).next_commit(2, "C D")
    other = await (await store.open()).open_notices()
    with pytest.raises(Fenced):
        await log.commit(late)
    assert len(await events(ledger)) == 3
    await other.commit(Writer(other).next_commit(3, "E F"))
    assert [one.sequence for one in await events(ledger)] == list(range(1, 7))


UNFIT: dict[str, Callable[[NoticesCommit], NoticesCommit]] = {
    "an event that is missing": lambda whole: replace(whole, events=whole.events[:-1]),
    "a hole in the sequences": lambda whole: replace(whole, events=whole.events[1:]),
    "an event of another commit": lambda whole: replace(
        whole, events=(*whole.events[:-1], replace(whole.events[-1], commit=99))
    ),
    "a number that does not follow": lambda whole: replace(whole, state=replace(whole.state, commit=7)),
    "a notice that is not counted": lambda whole: replace(whole, state=replace(whole.state, live=5)),
    "a cursor that goes back": lambda whole: replace(whole, state=replace(whole.state, cursor={})),
    "a time that goes back": lambda whole: replace(
        whole, state=replace(whole.state, committed_at="2020-01-01T00:00:00.000000Z")
    ),
}


@pytest.mark.parametrize("spoil", UNFIT.values(), ids=UNFIT)
async def test_a_commit_that_does_not_follow_is_refused(
    ledger: Ledger, spoil: Callable[[NoticesCommit], NoticesCommit]
) -> None:
    log = await ledger.open_notices()
    writer = Writer(log)
    await log.commit(writer.next_commit(1, "A B"))
    before = log.state
    with pytest.raises(LedgerError):
        await log.commit(spoil(writer.next_commit(2, "C D")))
    assert log.state == before
    assert len(await events(ledger)) == 3


async def test_a_cancelled_commit_stands_or_does_not_and_the_log_knows(ledger: Ledger) -> None:
    log = await ledger.open_notices()
    writing = asyncio.create_task(log.commit(Writer(log).next_commit(1, "A B")))
    await asyncio.sleep(0)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert len(await events(ledger)) == log.state.sequences.get(CHANNEL, 0)


async def test_notices_stand_apart_from_feeds_and_the_coordinator(store: Store) -> None:
    """They have a state of their own, also where they share a partition with the coordinator's."""
    ledger = await store.open()
    log = await ledger.open_notices()
    await log.commit(Writer(log).next_commit(1, "A B"))
    coordinator, feed = await ledger.open_coordinator(), await ledger.open(FEED)
    await coordinator.commit(coordinated(coordinator, 1, 3))
    await feed.commit(commit(feed, 1, 5))
    await log.commit(Writer(log).next_commit(2, "C D"))
    assert await ledger.feeds() == [FEED]
    assert NOTICES not in (FEED, COORDINATOR)
    again = await store.open()
    assert (await again.open_coordinator()).state == coordinator.state
    assert (await again.open_notices()).state == log.state


async def test_a_position_that_was_never_reached_is_refused(ledger: Ledger) -> None:
    log = await ledger.open_notices()
    await log.commit(Writer(log).next_commit(1, "A B"))
    with pytest.raises(LedgerError, match="beyond"):
        await events(ledger, {CHANNEL: 99})


async def test_a_reader_that_follows_is_told_what_comes(ledger: Ledger) -> None:
    log = await ledger.open_notices()
    writer = Writer(log)
    await log.commit(writer.next_commit(1, "A B"))
    followed = ledger.notices({CHANNEL: 3}, follow=True)
    coming = asyncio.ensure_future(anext(followed))
    await log.commit(writer.next_commit(2, "C D"))
    assert (await coming).sequence == 4
    await followed.aclose()
