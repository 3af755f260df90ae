"""A list that several documents give: when the preferred one fails the next serves, and comes to the same records."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from syncd.demo import lists
from syncd.observe import moments
from tests.intake.watch import Watch, watching
from tests.site import Site

FEED = "us_ofac_sdn"
GOLDEN = Path(__file__).parents[1] / "golden" / FEED
ADVANCED = (GOLDEN / "invented.advanced.xml").read_bytes()
ENHANCED = (GOLDEN / "invented.enhanced.xml").read_bytes()
TICK = timedelta(minutes=1)


def zipped(content: bytes) -> bytes:
    return lists.zipped("SDN.XML", content)


def announce(site: Site, number: int) -> None:
    site.put("/history", json.dumps([{"publicationID": number, "datePublished": "2026-03-02T00:00:00"}]).encode())


@pytest.fixture
async def watch(site: Site, tmp_path: Path) -> AsyncIterator[Watch]:
    """The list as baselined from the Advanced ZIP; neither Advanced document is to be had any more."""
    addresses = {"advanced_zip": "/a.zip", "advanced_xml": "/a.xml", "enhanced_zip": "/e.zip", "gate": "/history"}
    sources = {FEED: {name: site.url(path) for name, path in addresses.items()}}
    site.put("/a.zip", zipped(ADVANCED))
    site.put("/e.zip", zipped(ENHANCED), etag='"e1"')
    announce(site, 1)
    async with watching(tmp_path, sources, records_min=1) as watch:
        assert (await watch.poll(FEED)).result == "committed"
        site.remove("/a.zip")
        announce(site, 2)
        yield watch


async def serving(watch: Watch) -> str:
    return (await watch.intake(FEED)).publisher.serving.name


async def fail(watch: Watch, times: int, by: timedelta = TICK) -> None:
    for _ in range(times):
        watch.clock.move(by)
        assert (await watch.poll(FEED)).result == "failed"


async def switched_to_enhanced(watch: Watch) -> None:
    await fail(watch, 4)
    assert await serving(watch) == "enhanced_zip"
    watch.clock.move(TICK)


@pytest.mark.parametrize("how", ["gone", "cut off", "in another vocabulary"])
async def test_after_three_failures_the_next_source_gives_the_same_records(watch: Watch, site: Site, how: str) -> None:
    if how == "cut off":
        site.put("/a.zip", zipped(ADVANCED[: len(ADVANCED) // 2]))
    if how == "in another vocabulary":
        site.put("/a.zip", zipped(ENHANCED))
    before = await watch.state(FEED)
    site.put("/a.xml", ADVANCED.replace(b"<Year>2025</Year>", b"<Year>2026</Year>", 1))
    await fail(watch, 3)
    assert await serving(watch) == "advanced_xml"
    assert (await watch.poll(FEED)).result == "unchanged"
    site.remove("/a.xml")
    announce(site, 3)
    # The best first, which is not well either.
    await fail(watch, 4)
    assert await serving(watch) == "enhanced_zip"
    assert (await watch.poll(FEED)).result == "unchanged"
    assert len(watch.heard.of(moments.DocumentParsed)) >= 3
    after = await watch.state(FEED)
    assert (after.ledger_digest, after.commit, after.deferred) == (before.ledger_digest, 1, ())
    assert [one.after for one in watch.heard.of(moments.SourceSwitched)] == ["advanced_xml", "enhanced_zip"]


async def test_ten_minutes_of_failure_are_enough_for_the_next_source(watch: Watch) -> None:
    await fail(watch, 2, timedelta(minutes=10))
    assert await serving(watch) == "advanced_xml"


async def test_what_another_source_words_otherwise_waits_and_news_do_not(watch: Watch, site: Site) -> None:
    """What only another source says differently waits and what is new does not."""
    await switched_to_enhanced(watch)
    start = ENHANCED.index(b'<entity id="90002">')
    end = ENHANCED.index(b"</entity>", start) + len(b"</entity>")
    entry = ENHANCED[start:end]
    newcomer = entry.replace(b"90002", b"90777").replace(b"IMAGINARY SHIPPING", b"UNHEARD-OF SHIPPING")
    otherwise = ENHANCED.replace(b"<remarks>invented for a test;</remarks>", b"<remarks>said otherwise</remarks>")
    site.put("/e.zip", zipped(otherwise.replace(entry, entry + newcomer)), etag='"e2"')
    assert (await watch.poll(FEED)).result == "committed"
    (change,) = await watch.changes(FEED, 4)
    assert (change.type, change.key) == ("designated", f"{FEED}:90777")
    state = await watch.state(FEED)
    assert state.deferred == (f"{FEED}:90001",)
    assert watch.heard.of(moments.Deferred)[-1].feed == FEED
    assert (await watch.rows(FEED))[-1].deferred == state.deferred
    assert watch.runner(FEED).status().deferred == 1
    assert await watch.sound(FEED)


async def test_an_hour_of_health_brings_the_preferred_source_back(watch: Watch, site: Site) -> None:
    await switched_to_enhanced(watch)
    site.put("/a.zip", zipped(ADVANCED), etag='"a1"')
    for _ in range(12):
        assert await serving(watch) == "enhanced_zip"
        await watch.poll(FEED)
        watch.clock.move(timedelta(minutes=5))
    await watch.poll(FEED)
    assert await serving(watch) == "advanced_zip"
    last = watch.heard.of(moments.SourceSwitched)[-1]
    assert (last.before, last.after) == ("enhanced_zip", "advanced_zip")
    assert (await watch.poll(FEED)).result == "unchanged"
    assert (await watch.state(FEED)).commit == 1


async def test_an_hour_in_which_the_preferred_source_fails_again_does_not_count(watch: Watch, site: Site) -> None:
    await switched_to_enhanced(watch)
    for minute in range(0, 90, 15):
        if minute == 45:
            site.remove("/a.zip")
        else:
            site.put("/a.zip", zipped(ADVANCED), etag='"a1"')
        await watch.poll(FEED)
        watch.clock.move(timedelta(minutes=15))
    assert await serving(watch) == "enhanced_zip"


async def test_after_an_outage_of_all_the_best_is_back_at_the_pace_of_the_feed(watch: Watch, site: Site) -> None:
    site.remove("/e.zip")
    waits = []
    for _ in range(30):
        watch.clock.move(TICK)
        outcome = await watch.poll(FEED)
        waits.append(outcome.wait_seconds)
    assert max(waits[3:]) <= 66
    site.put("/a.zip", zipped(ADVANCED), etag='"a2"')
    polls = 0
    while (await watch.poll(FEED)).result == "failed":
        polls += 1
        watch.clock.move(TICK)
    assert polls < 3
    assert await serving(watch) == "advanced_zip"
    assert not watch.heard.of(moments.SourceSwitched)


async def test_a_resync_during_an_outage_asks_the_best_source_at_once(watch: Watch, site: Site) -> None:
    site.remove("/e.zip")
    await fail(watch, 4)
    assert await serving(watch) == "enhanced_zip"
    site.put("/a.zip", zipped(ADVANCED), etag='"a2"')
    (await watch.intake(FEED)).ask_at_once()
    assert (await watch.poll(FEED)).result == "unchanged"
    assert await serving(watch) == "advanced_zip"
