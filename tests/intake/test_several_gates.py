"""Two gates of one source: either may say that there is something new, and neither hides what the other one shows."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from syncd.core.state import FeedState, SourceCursor
from syncd.demo import eu
from syncd.demo.targets import BASELINES, NEWCOMER
from syncd.observe import moments
from tests.intake.watch import START, Watch, document, watching
from tests.site import Site

EU, SOURCE = "eu_fsf", "xml_1_1"
MORE = (*BASELINES[EU], NEWCOMER)
SITTING = "<html><title>Down for maintenance</title></html>"


def checksum(site: Site, said: str, *, status: int = 200, headers: dict[str, str] | None = None) -> None:
    site.put("/sum", said.encode(), status=status, headers=headers, content_type="text/plain")


def rss(site: Site, said: str, *, status: int = 200) -> None:
    site.put("/eu.rss", eu.rss(said, site.url("/eu.xml")), status=status)


def published(site: Site, more: bool, minutes: int = 0) -> None:
    targets = MORE if more else BASELINES[EU]
    site.put("/eu.xml", document(EU, targets, START + timedelta(minutes=minutes)))


def fetched(site: Site) -> int:
    return len(site.asked("/eu.xml"))


@asynccontextmanager
async def two_gates(site: Site, folder: Path) -> AsyncIterator[Watch]:
    """The EU's list with both of its gates, and its baseline committed."""
    checksum(site, "a" * 64)
    rss(site, "one")
    published(site, more=False)
    addresses = {SOURCE: site.url("/eu.xml"), "gate": site.url("/eu.rss"), "gate:checksum": site.url("/sum")}
    async with watching(folder, {EU: addresses}) as watch:
        assert (await watch.poll(EU)).result == "committed"
        assert (await watch.poll(EU)).result == "unchanged"
        assert fetched(site) == 1
        yield watch


async def turn(watch: Watch, minutes: float = 1) -> str:
    watch.clock.move(timedelta(minutes=minutes))
    return (await watch.poll(EU)).result


@pytest.mark.parametrize("opens", [checksum, rss])
async def test_either_gate_opens_whatever_the_other_one_says(site: Site, tmp_path: Path, opens: object) -> None:
    async with two_gates(site, tmp_path) as watch:
        published(site, more=True, minutes=1)
        assert await turn(watch) == "unchanged"
        checksum(site, "b" * 64) if opens is checksum else rss(site, "two")
        assert await turn(watch) == "committed"
        assert [await turn(watch), fetched(site)] == ["unchanged", 2]


@pytest.mark.parametrize(
    ("said", "status"),
    [("", 200), (SITTING, 200), ("b" * 63, 200), ("null", 200), ("b" * 64, 404), ("b" * 64, 503), ("b" * 64, 304)],
)
async def test_what_is_no_checksum_leaves_it_to_the_rss(site: Site, tmp_path: Path, said: str, status: int) -> None:
    async with two_gates(site, tmp_path) as watch:
        checksum(site, said, status=status)
        assert [await turn(watch) for _ in range(5)] == ["unchanged"] * 5
        assert fetched(site) == 1
        published(site, more=True, minutes=1)
        rss(site, "two")
        assert await turn(watch) == "committed"
        assert len(watch.heard.of(moments.GateSilent)) == 1
        assert watch.heard.of(moments.PollFailed) == []


async def test_without_the_rss_the_checksum_decides(site: Site, tmp_path: Path) -> None:
    async with two_gates(site, tmp_path) as watch:
        site.remove("/eu.rss")
        assert [await turn(watch), fetched(site)] == ["unchanged", 1]
        published(site, more=True, minutes=1)
        checksum(site, "b" * 64)
        assert await turn(watch) == "committed"


async def test_a_gate_that_was_away_is_not_measured_by_what_it_said_before(site: Site, tmp_path: Path) -> None:
    """The list goes there and back while the checksum is away: with its old token it must not say "nothing new"."""
    async with two_gates(site, tmp_path) as watch:
        checksum(site, SITTING)
        published(site, more=True, minutes=1)
        rss(site, "two")
        assert await turn(watch) == "committed"
        checksum(site, "a" * 64)
        rss(site, "two", status=500)
        published(site, more=False, minutes=2)
        assert await turn(watch, minutes=2) == "committed"
        assert (await watch.changes(EU))[-1].type == "delisted"


async def test_a_gate_that_comes_back_costs_no_document(site: Site, tmp_path: Path) -> None:
    async with two_gates(site, tmp_path) as watch:
        checksum(site, SITTING)
        published(site, more=True, minutes=1)
        rss(site, "two")
        assert await turn(watch) == "committed"
        checksum(site, "b" * 64)
        assert [await turn(watch, minutes=2), fetched(site)] == ["unchanged", 2]
        rss(site, "two", status=500)
        assert [await turn(watch), fetched(site)] == ["unchanged", 2]


async def test_a_gate_that_fails_is_asked_less_and_less(site: Site, tmp_path: Path) -> None:
    async with two_gates(site, tmp_path) as watch:
        checksum(site, SITTING, status=503)
        before = len(site.asked("/sum"))
        for _ in range(31):
            await turn(watch)
        # At once, and 1, 4, 9 and 16 minutes after the one before.
        assert len(site.asked("/sum")) - before == 5
        checksum(site, "", status=429, headers={"Retry-After": "3600"})
        for _ in range(60):
            await turn(watch)
        assert len(site.asked("/sum")) - before == 6


async def test_when_no_gate_answers_the_turn_fails_and_the_day_does_not(site: Site, tmp_path: Path) -> None:
    async with two_gates(site, tmp_path) as watch:
        checksum(site, SITTING)
        rss(site, "one", status=500)
        published(site, more=True, minutes=1)
        assert [await turn(watch), await turn(watch), fetched(site)] == ["failed", "failed", 1]
        watch.clock.move(timedelta(days=1))
        assert await turn(watch) == "committed"
        assert [await turn(watch), fetched(site)] == ["failed", 2]


async def test_gates_that_say_nothing_new_for_ever_hide_nothing_for_a_day(site: Site, tmp_path: Path) -> None:
    async with two_gates(site, tmp_path) as watch:
        published(site, more=True, minutes=1)
        assert await turn(watch, minutes=60) == "unchanged"
        assert await turn(watch, minutes=24 * 60) == "committed"


async def test_a_checksum_that_is_another_each_time_is_no_flood(site: Site, tmp_path: Path) -> None:
    async with two_gates(site, tmp_path) as watch:
        for number in range(180):
            checksum(site, f"{number:064x}")
            # Made on the fly: other bytes each time, and the same list.
            published(site, more=False, minutes=number)
            assert await turn(watch) == "unchanged"
        assert fetched(site) <= 1 + 12
        published(site, more=True, minutes=200)
        rss(site, "two")
        assert await turn(watch) == "committed"


async def test_what_was_announced_is_awaited_though_the_bytes_are_others(site: Site, tmp_path: Path) -> None:
    async with two_gates(site, tmp_path) as watch:
        rss(site, "two")
        published(site, more=False, minutes=1)
        assert [await turn(watch), fetched(site)] == ["unchanged", 2]
        published(site, more=True, minutes=2)
        assert await turn(watch) == "committed"


async def test_a_clock_that_was_ahead_at_an_announcement_is_not_waited_for(site: Site, tmp_path: Path) -> None:
    async with two_gates(site, tmp_path) as watch:
        rss(site, "two")
        watch.clock.move(timedelta(hours=2))
        assert await turn(watch) == "unchanged"
        watch.clock.move(timedelta(hours=-2))
        published(site, more=True, minutes=1)
        assert await turn(watch) == "committed"


async def test_each_gates_token_is_kept_in_the_ledger(site: Site, tmp_path: Path) -> None:
    async with two_gates(site, tmp_path) as watch:
        cursor = (await watch.state(EU)).cursors[SOURCE]
        assert cursor.token("checksum") == "a" * 64
        assert cursor.token("") == cursor.gate_token
    addresses = {SOURCE: site.url("/eu.xml"), "gate": site.url("/eu.rss"), "gate:checksum": site.url("/sum")}
    async with watching(tmp_path, {EU: addresses}) as watch:
        assert [await turn(watch), fetched(site)] == ["unchanged", 1]


def test_a_cursor_of_a_ledger_with_one_gate_is_read_and_the_other_way_round() -> None:
    before = b'{"feed":"eu_fsf","cursors":{"xml_1_1":{"validators":{},"gate_token":"t"}}}'
    (cursor,) = msgspec.json.decode(before, type=FeedState).cursors.values()
    assert (cursor.token(""), cursor.token("checksum")) == ("t", None)
    after = msgspec.json.decode(msgspec.json.encode(cursor.with_tokens({"checksum": "c"})))
    assert (after["gate_token"], after["gate_tokens"]) == ("t", {"checksum": "c"})
    assert "gate_tokens" not in msgspec.json.decode(msgspec.json.encode(SourceCursor(gate_token="t")))
