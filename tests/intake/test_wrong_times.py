"""A date that is wrong, a clock that is wrong, and an archive that has not the document: nothing stops for long."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from syncd.demo.targets import BASELINES, NEWCOMER
from syncd.observe import moments
from tests.intake.watch import START, Watch, document, watching
from tests.site import Site

FEED = "un_sc"
COUNT = len(BASELINES[FEED])
MORE = (*BASELINES[FEED], NEWCOMER)


def sources(site: Site) -> dict[str, dict[str, str]]:
    return {FEED: {"consolidated_xml": site.url("/un.xml")}}


async def served(watch: Watch, site: Site, content: bytes, **options: object) -> str:
    site.put("/un.xml", content, **options)  # type: ignore[arg-type]
    return (await watch.poll(FEED)).result


async def archived(watch: Watch) -> bool:
    """Whether the document that the state names can be had."""
    state = await watch.state(FEED)
    assert state.document is not None
    tools = (await watch.poller(FEED)).pipeline.tools
    folder = tools.spool
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    path = await tools.archive.extract(state.document.sha256, folder)
    path.unlink()
    return True


@pytest.mark.parametrize("days", [2, 400, 30_000])
async def test_a_date_far_ahead_is_said_and_freezes_nothing(days: int, site: Site, tmp_path: Path) -> None:
    async with watching(tmp_path, sources(site)) as watch:
        assert await served(watch, site, document(FEED, at=START + timedelta(days=days))) == "committed"
        (said,) = watch.heard.of(moments.DateUnusable)
        assert "ahead of the clock" in said.why
        assert (await watch.state(FEED)).document.published is None  # type: ignore[union-attr]
        watch.clock.move(timedelta(minutes=5))
        assert await served(watch, site, document(FEED, MORE, START)) == "committed"
        assert {one.times.published is None for one in await watch.changes(FEED)} == {True, False}


async def test_a_date_of_tomorrow_is_used(site: Site, tmp_path: Path) -> None:
    async with watching(tmp_path, sources(site)) as watch:
        await served(watch, site, document(FEED, at=START + timedelta(hours=23)))
        assert watch.heard.of(moments.DateUnusable) == []


async def test_older_documents_that_differ_each_time_are_judged_after_an_hour(site: Site, tmp_path: Path) -> None:
    async with watching(tmp_path, sources(site)) as watch:
        await served(watch, site, document(FEED, at=START))
        results = []
        for minute in range(0, 66, 6):
            older = document(FEED, MORE, START - timedelta(days=2)) + b"<!-- %d -->" % minute
            results.append(await served(watch, site, older))
            watch.clock.move(timedelta(minutes=6))
        assert results == ["stale"] * 10 + ["committed"]


async def test_a_document_put_back_by_the_publisher_is_judged_at_once(site: Site, tmp_path: Path) -> None:
    async with watching(tmp_path, sources(site)) as watch:
        a, b = document(FEED), document(FEED, MORE, START + timedelta(minutes=1))
        for content, hour, result in ((a, 8, "committed"), (b, 9, "committed"), (a, 8, "stale"), (a, 10, "committed")):
            headers = {"Last-Modified": f"Mon, 02 Mar 2026 {hour:02}:00:00 GMT"}
            assert await served(watch, site, content, headers=headers) == result


async def test_a_clock_that_was_ahead_for_one_commit_stops_no_attestation(site: Site, tmp_path: Path) -> None:
    async with watching(tmp_path, sources(site)) as watch:
        await served(watch, site, document(FEED))
        watch.clock.move(timedelta(days=40))
        assert await served(watch, site, document(FEED, MORE, START + timedelta(days=40))) == "committed"
        watch.clock.move(timedelta(days=-40))
        for _ in range(5):
            watch.clock.move(timedelta(days=1))
            assert (await watch.poll(FEED)).result == "unchanged"
        rows = [row for row in await watch.rows(FEED) if row.kind == "attestation"]
        assert len(rows) == 5
        assert await watch.sound(FEED)


async def test_whatever_document_the_state_names_is_in_the_archive(site: Site, tmp_path: Path) -> None:
    async with watching(tmp_path, sources(site)) as watch:
        await served(watch, site, document(FEED))
        assert await archived(watch)
        first = (await watch.state(FEED)).document
        watch.clock.move(timedelta(minutes=5))
        # Other bytes of every entry, and equal records.
        other = document(FEED).replace(b"</FIRST_NAME>", b" </FIRST_NAME>")
        assert await served(watch, site, other) == "unchanged"
        assert (await watch.state(FEED)).document != first
        assert await archived(watch)
        assert len(await watch.changes(FEED)) == COUNT


async def test_without_the_archived_document_an_upgrade_reads_the_publishers(site: Site, tmp_path: Path) -> None:
    async with watching(tmp_path, sources(site)) as watch:
        await served(watch, site, document(FEED))
        version = (await watch.state(FEED)).parser_version
        for kept in (tmp_path / "ledger.db-archive").rglob("*.zst"):
            kept.unlink()
    async with watching(tmp_path, sources(site), parser_version=version + 1) as watch:
        watch.clock.move(timedelta(hours=1))
        assert await served(watch, site, document(FEED, MORE, START + timedelta(minutes=1))) == "committed"
        (change,) = await watch.changes(FEED, COUNT)
        assert (change.type, change.origin, change.cause) == ("designated", "parser", "reparse")
        assert len(watch.heard.of(moments.RereadingWithoutArchive)) == 1
        assert (await watch.state(FEED)).parser_version == version + 1
        assert (await watch.poll(FEED)).result == "unchanged"


async def test_an_id_that_stands_twice_stays_as_it_was_and_is_named(site: Site, tmp_path: Path) -> None:
    content = document(FEED)
    start, end = content.index(b"<INDIVIDUAL>"), content.index(b"</INDIVIDUAL>") + len(b"</INDIVIDUAL>")
    entry = content[start:end]
    other = entry.replace(b"</FIRST_NAME>", b" OTHERWISE</FIRST_NAME>")
    fewer = document(FEED, BASELINES[FEED][:-1], START + timedelta(minutes=1))
    async with watching(tmp_path, sources(site)) as watch:
        await served(watch, site, content)
        same = fewer.replace(entry, entry + entry, 1)
        twice = fewer.replace(entry, entry + other, 1).replace(b"</INDIVIDUALS>", other + b"</INDIVIDUALS>")
        assert entry in fewer
        assert await served(watch, site, twice) == "committed"
        (change,) = await watch.changes(FEED, COUNT)
        assert change.type == "delisted", "no removal is held for an entry whose id is known"
        state = await watch.state(FEED)
        (named,) = watch.heard.of(moments.EntryQuarantined)
        assert state.quarantined == (named.key,)
        assert named.key is not None
        assert named.key in named.why
        watch.clock.move(timedelta(minutes=2))
        assert await served(watch, site, same) == "unchanged"
        assert (await watch.state(FEED)).quarantined == ()
