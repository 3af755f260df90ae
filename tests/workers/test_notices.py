"""The notices' worker over a real ledger: pages come and change and go, and no list is touched."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from syncd.archive import open_archive
from syncd.channels.contract import Question
from syncd.config import Config
from syncd.core.notices.notice import Notice
from syncd.core.times import iso
from syncd.errors import LedgerError, PublisherFailed
from syncd.ledger.sqlite import SqliteLedger
from syncd.observe import notice_moments as m
from tests.daemon.running import eventually
from tests.notices.invented import LIST, START, change, record, words
from tests.workers.announcing import GATE, HOME, REAL, Announced, Clock
from tests.workers.feeding import Feeds

FIRST, SECOND = "20290312", "20290313"


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[SqliteLedger]:
    ledger = await SqliteLedger.open_file(tmp_path / "syncd.db", writing=True)
    yield ledger
    await ledger.close()


@pytest.fixture
async def announced(ledger: SqliteLedger, tmp_path: Path) -> Announced:
    """After the first turn, which is the baseline."""
    config = Config(ledger=tmp_path / "syncd.db")
    config.archive_spool.mkdir()
    found = Announced(ledger, open_archive(config), config.archive_spool, Clock(START))
    await found.worker.once()
    found.clock.passes(minutes=1)
    return found


async def said(ledger: SqliteLedger) -> list[str]:
    return words([event async for event in ledger.notices({})])


async def last(ledger: SqliteLedger) -> Notice:
    return [event async for event in ledger.notices({})][-1].notice


async def lists(ledger: SqliteLedger, clock: Clock, sequence: int, name: str) -> None:
    """The list commits a designation now."""
    key = f"{LIST}:{sequence}"
    one = change(sequence, "designated", None, record(key, name), clock.now(), commit=sequence)
    await Feeds(ledger).commit(replace(one, digest_after=f"{sequence:064}"))


async def test_an_announcement_is_told_linked_and_settled(ledger: SqliteLedger, announced: Announced) -> None:
    announced.site.announces(FIRST, "GREY LANTERN TRADING", "GREY LAMP")
    await announced.worker.once()
    assert await said(ledger) == ["noticed"]
    announced.clock.passes(hours=1)
    await lists(ledger, announced.clock, 1, "Grey Lantern Trading")
    await announced.worker.run_turn()
    announced.clock.passes(hours=1)
    await lists(ledger, announced.clock, 2, "Grey Lamp")
    await announced.worker.run_turn()
    assert await said(ledger) == ["noticed", "linked", "linked", "settled"]
    (enacted,) = announced.told(m.NoticeEnacted)
    assert (enacted["commit"], enacted["notice_to_commit_seconds"]) == (1, 3600.0)


async def test_the_page_of_a_notice_is_in_the_archive(
    ledger: SqliteLedger, announced: Announced, tmp_path: Path
) -> None:
    announced.site.announces(FIRST, "GREY LAMP")
    await announced.worker.once()
    sha256 = (await last(ledger)).document
    assert sha256 is not None
    archive = open_archive(Config(ledger=tmp_path / "syncd.db"))
    assert b"GREY LAMP" in (await archive.extract(sha256, tmp_path)).read_bytes()


async def test_bytes_of_each_request_make_no_event(ledger: SqliteLedger, announced: Announced) -> None:
    announced.site.announces(FIRST, "GREY LAMP")
    for _ in range(4):
        await announced.worker.once()
        announced.clock.passes(hours=7)
    assert await said(ledger) == ["noticed", "overdue 4 h", "overdue 24 h"][: len(await said(ledger))]
    assert announced.site.asked[f"{HOME}/{FIRST}"] > 2


async def test_a_page_that_is_revised_is_told_so(ledger: SqliteLedger, announced: Announced) -> None:
    announced.site.announces(FIRST, "GREY LAMP")
    await announced.worker.once()
    announced.site.announces(FIRST, "GREY LAMP", "GREY LANTERN TRADING")
    announced.clock.passes(hours=3)
    await announced.worker.once()
    assert await said(ledger) == ["noticed"]
    announced.clock.passes(hours=4)
    await announced.worker.once()
    assert "revised" in await said(ledger)


async def test_a_page_that_vanishes_is_no_delisting(ledger: SqliteLedger, announced: Announced) -> None:
    announced.site.announces(FIRST, "GREY LAMP")
    await announced.worker.once()
    del announced.site.rows[FIRST], announced.site.pages[FIRST]
    announced.site.gate = "gone"
    announced.clock.passes(hours=1)
    await announced.worker.once()
    assert await said(ledger) == ["noticed"]
    assert (await last(ledger)).state == "open"


async def test_a_page_that_never_opens_is_told_without_names(ledger: SqliteLedger, announced: Announced) -> None:
    announced.site.announces(FIRST, "GREY LAMP")
    announced.site.fails[f"{HOME}/{FIRST}"] = PublisherFailed("the publisher answered 403 Forbidden")
    for _ in range(4):
        await announced.worker.once()
        assert await said(ledger) == []
    await announced.worker.once()
    await announced.worker.once()
    assert await said(ledger) == ["noticed"]
    assert (await last(ledger)).announcement.parties == ()


async def test_a_gate_that_says_nothing_new_saves_the_pages(announced: Announced) -> None:
    before = announced.site.asked[HOME]
    for _ in range(5):
        await announced.worker.once()
    assert announced.site.asked[HOME] - before <= 1
    announced.clock.passes(hours=7)
    await announced.worker.once()
    assert announced.site.asked[HOME] - before <= 2


async def test_a_gate_that_fails_hides_nothing(ledger: SqliteLedger, announced: Announced) -> None:
    announced.site.fails[GATE] = PublisherFailed("the publisher answered 500 Internal Server Error")
    announced.site.announces(FIRST, "GREY LAMP")
    await announced.worker.once()
    assert await said(ledger) == ["noticed"]


async def test_a_flood_of_old_items_is_no_alarm(ledger: SqliteLedger, announced: Announced) -> None:
    for number in range(60):
        announced.site.announces(f"2028{1 + number // 28:02}{1 + number % 28:02}", "OLD NAME")
    for _ in range(8):
        await announced.worker.once()
    assert await said(ledger) == []
    assert {one["why"] for one in announced.told(m.ItemsPassedOver)} <= {"baseline", "flood", "old"}
    assert await ledger.feeds() == []


async def test_a_restart_tells_nothing_twice(ledger: SqliteLedger, announced: Announced) -> None:
    announced.site.announces(FIRST, "GREY LAMP")
    await announced.worker.once()
    again = announced.make()
    await again.once()
    announced.site.announces(SECOND, "GREY LANTERN TRADING")
    await again.once()
    assert await said(ledger) == ["noticed", "noticed"]


async def test_who_was_fenced_tells_nothing_more(ledger: SqliteLedger, announced: Announced) -> None:
    other = announced.make()
    await other.once()
    announced.site.announces(FIRST, "GREY LAMP")
    with pytest.raises(LedgerError):
        await announced.worker.once()
    await other.once()
    assert await said(ledger) == ["noticed"]


async def test_a_channel_that_stands_still_is_said_once(announced: Announced) -> None:
    announced.clock.passes(days=8)
    for _ in range(3):
        await announced.worker.once()
        announced.clock.passes(minutes=5)
    (silent,) = announced.told(m.ChannelSilent)
    assert silent["since"] == iso(START)
    announced.site.announces("20290320", "GREY LAMP")
    await announced.worker.once()
    announced.clock.passes(days=8)
    await announced.worker.once()
    assert len(announced.told(m.ChannelSilent)) == 2


async def test_designations_that_nobody_announced_are_counted(ledger: SqliteLedger, announced: Announced) -> None:
    await lists(ledger, announced.clock, 1, "Grey Lamp")
    await announced.worker.run_turn()
    announced.clock.at += timedelta(days=2, hours=1)
    await lists(ledger, announced.clock, 2, "Another")
    await announced.worker.run_turn()
    (found,) = announced.told(m.CommitUnannounced)
    assert (found["feed"], found["commit"], found["designations"]) == (LIST, 1, 1)


@pytest.mark.parametrize("link", ["https://internal.example/{}", "https://[internal.example]/{}"])
async def test_a_link_to_another_host_is_never_followed(link: str, ledger: SqliteLedger, announced: Announced) -> None:
    """Which hosts are asked, the channel says, and not what a page links to, be that an address or none."""
    assert REAL.page is not None
    page = replace(REAL.page, question=lambda item: Question(url=link.format(item.id)))
    worker = announced.make(replace(REAL, page=page))
    announced.site.announces(FIRST, "GREY LAMP")
    await worker.once()
    assert not [url for url in announced.site.asked if "internal.example" in url]
    assert await said(ledger) == ["noticed"]


async def test_an_error_of_a_reader_is_its_channels_alone(ledger: SqliteLedger, announced: Announced) -> None:
    """What nobody foresaw is said with its place, and the worker goes on with all else."""
    announced.site.fails[HOME] = ValueError("a name that nobody may log")
    worker = announced.make()
    running = asyncio.create_task(worker.run())
    await eventually(lambda: asyncio.sleep(0, bool(announced.told(m.ChannelFailed))))
    await lists(ledger, announced.clock, 1, "Grey Lamp")
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    (failed, *_) = announced.told(m.ChannelFailed)
    assert failed["fault"] == "internal"
    assert failed["why"].startswith("ValueError in announcing.py:")
    assert (worker.stopped, announced.told(m.NoticesFailed)) == ("", [])


async def test_a_first_reading_of_many_young_pages_revises_none(ledger: SqliteLedger, tmp_path: Path) -> None:
    """They are read ten a turn: what the rest says when it is read is no news either."""
    config = Config(ledger=tmp_path / "syncd.db")
    config.archive_spool.mkdir()
    found = Announced(ledger, open_archive(config), config.archive_spool, Clock(START))
    for number in range(15):
        found.site.announces(f"{FIRST}_{number}", "GREY LAMP")
    for _ in range(4):
        await found.worker.once()
        found.clock.passes(minutes=1)
    assert sum(f"{HOME}/{FIRST}" in url for url in found.site.asked) == 15
    assert await said(ledger) == []


async def test_an_item_that_its_index_tells_anew_is_read_at_once(ledger: SqliteLedger, announced: Announced) -> None:
    announced.site.announces(FIRST, "GREY LAMP")
    await announced.worker.once()
    announced.site.announces(FIRST, "GREY LAMP", "GREY LANTERN TRADING", title="Invented Designations; Removal")
    announced.clock.passes(minutes=1)
    await announced.worker.once()
    assert await said(ledger) == ["noticed", "revised"]
    assert len((await last(ledger)).announcement.parties) == 2


async def test_a_page_that_vanished_does_not_keep_the_channel_busy(announced: Announced) -> None:
    """While it is young it would be due for ever, and the gate would save nothing."""
    announced.site.announces(FIRST, "GREY LAMP")
    await announced.worker.once()
    del announced.site.rows[FIRST]
    announced.clock.passes(hours=7)
    await announced.worker.once()
    asked = announced.site.asked[HOME]
    for _ in range(10):
        announced.clock.passes(minutes=1)
        await announced.worker.once()
    assert announced.site.asked[HOME] == asked


async def test_a_page_that_cannot_be_read_again_is_left_for_hours(ledger: SqliteLedger, announced: Announced) -> None:
    announced.site.announces(FIRST, "GREY LAMP")
    await announced.worker.once()
    announced.site.fails[f"{HOME}/{FIRST}"] = PublisherFailed("the publisher answered 403 Forbidden")
    announced.clock.passes(hours=7)
    asked = announced.site.asked[f"{HOME}/{FIRST}"]
    for _ in range(60):
        announced.clock.passes(minutes=1)
        await announced.worker.once()
    assert announced.site.asked[f"{HOME}/{FIRST}"] - asked == 5
    assert "revised" not in await said(ledger)


async def test_a_channel_that_fails_keeps_no_other_from_being_asked(ledger: SqliteLedger, announced: Announced) -> None:
    index = replace(REAL.indexes[0], question=lambda _: Question(url=f"{HOME}/broken"))
    broken = replace(REAL, id="eu_oj", rules=replace(REAL.rules, id="eu_oj"), gate=None, indexes=(index,))
    announced.site.announces(FIRST, "GREY LAMP")
    await announced.make(broken, REAL).once()
    (failed,) = announced.told(m.ChannelFailed)
    assert (failed["channel"], failed["failures"]) == ("eu_oj", 1)
    assert await said(ledger) == ["noticed"]
