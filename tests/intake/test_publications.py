"""Documents that come and go, an upgrade of syncd, and the day's attestation."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from syncd.clock import SetClock
from syncd.core import canonical, codec
from syncd.core.document import DocumentEntry, digest_of
from syncd.demo.targets import BASELINES, NEWCOMER
from syncd.errors import NewerState
from syncd.feeds import all_feeds
from syncd.intake import pipeline as pipelines
from syncd.intake.parser_process import Parsed, parse_document
from syncd.observe import moments
from tests.intake.older_reading import older_parse, older_reading
from tests.intake.watch import START, Watch, document, watching
from tests.site import Site

FEED = "un_sc"
VERSION = all_feeds()[FEED].parser_version
COUNT = len(BASELINES[FEED])
A = document(FEED)
B = document(FEED, (*BASELINES[FEED], NEWCOMER), START + timedelta(minutes=1))


def sources(site: Site) -> dict[str, dict[str, str]]:
    return {FEED: {"consolidated_xml": site.url("/un.xml")}}


async def served(watch: Watch, site: Site, content: bytes) -> str:
    site.put("/un.xml", content)
    return (await watch.poll(FEED)).result


async def test_a_b_a_b_gives_four_disjoint_sets_of_event_ids(site: Site, tmp_path: Path) -> None:
    async with watching(tmp_path, sources(site)) as watch:
        assert await served(watch, site, A) == "committed"
        assert await served(watch, site, B) == "committed"
        for content in (A, B):
            # A cache that flaps: for ten minutes the earlier document is ignored and counted.
            watch.clock.move(timedelta(minutes=5))
            assert await served(watch, site, content) == "stale"
            status = watch.worker(FEED).status()
            assert (status.status, status.fresh) == ("stale", True)
            watch.clock.move(timedelta(minutes=9))
            assert await served(watch, site, content) == "stale"
            watch.clock.move(timedelta(minutes=1))
            assert await served(watch, site, content) == "committed"
            assert watch.worker(FEED).status().status == "ok"
        assert len(watch.heard.of(moments.DocumentStale)) == 4
        ids = [await watch.ids(FEED, commit) for commit in (1, 2, 3, 4)]
        assert [len(one) for one in ids] == [COUNT, 1, 1, 1]
        assert len(set().union(*ids)) == COUNT + 3
        types = [change.type for change in await watch.changes(FEED, COUNT)]
        assert types == ["designated", "delisted", "relisted"]
        assert await watch.sound(FEED)


async def test_a_stale_document_that_goes_away_within_the_hour_changes_nothing(site: Site, tmp_path: Path) -> None:
    async with watching(tmp_path, sources(site)) as watch:
        await served(watch, site, A)
        await served(watch, site, B)
        before = (await watch.state(FEED)).ledger_digest
        assert await served(watch, site, A) == "stale"
        watch.clock.move(timedelta(minutes=30))
        assert await served(watch, site, B) == "unchanged"
        watch.clock.move(timedelta(minutes=50))
        # The hour starts again when it flaps again.
        assert await served(watch, site, A) == "stale"
        assert (await watch.state(FEED)).ledger_digest == before


async def test_a_stale_document_is_sent_once_as_long_as_it_is_served(site: Site, tmp_path: Path) -> None:
    def serve(content: bytes, etag: str) -> None:
        site.put("/un.xml", content, etag=etag)

    async with watching(tmp_path, sources(site)) as watch:
        for content, etag in ((A, '"a"'), (B, '"b"')):
            serve(content, etag)
            assert (await watch.poll(FEED)).result == "committed"
        serve(A, '"a"')
        sent = [(await watch.poll(FEED)).result for _ in range(4)]
        assert sent == ["stale"] * 4
        asked = [request.headers.get("if-none-match") for request in site.asked("/un.xml")]
        assert asked == [None, '"a"', '"b"', '"a"', '"a"', '"a"']
        assert len(watch.heard.of(moments.DocumentStale)) == 4
        serve(B, '"b"')
        assert (await watch.poll(FEED)).result == "unchanged"
        assert (await watch.poll(FEED)).result == "unchanged"
        assert [request.headers["if-none-match"] for request in site.asked("/un.xml")[-2:]] == ['"a"', '"b"']
        serve(A, '"a"')
        assert (await watch.poll(FEED)).result == "stale"
        watch.clock.move(timedelta(minutes=61))
        assert (await watch.poll(FEED)).result == "committed"


async def test_an_upgrade_is_committed_as_ours_before_what_the_publisher_changed(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = SetClock(START)
    with monkeypatch.context() as earlier:
        earlier.setattr(pipelines, "parse_document", older_parse)
        async with watching(tmp_path, sources(site), clock=clock) as watch:
            assert await served(watch, site, A) == "committed"
    async with watching(tmp_path, sources(site), clock=clock, parser_version=VERSION + 1) as watch:
        assert await served(watch, site, B) == "committed"
        changes = await watch.changes(FEED, COUNT)
        reparsed = [change for change in changes if change.commit == 2]
        persons = [target for target in BASELINES[FEED] if target.gender]
        assert len(reparsed) == len(persons)
        assert {(one.type, one.cause, one.origin) for one in reparsed} == {("amended", "reparse", "parser")}
        assert {field.path for one in reparsed for field in one.changes} == {"genders"}
        (published,) = [change for change in changes if change.commit == 3]
        assert (published.type, published.cause, published.origin) == ("designated", "publication", "source")
        assert (await watch.state(FEED)).parser_version == VERSION + 1
        assert await watch.sound(FEED)


def keyed_otherwise(entry: DocumentEntry) -> DocumentEntry:
    """As a version of syncd that made the key of the same bytes in another way, and read less."""
    entry = older_reading(entry)
    assert entry.body is not None
    record = replace(codec.unpack_record(entry.body), key=f"{entry.key}-former")
    return replace(entry, key=record.key, digest=canonical.digest(record), body=codec.pack_record(record))


async def parse_with_other_keys(*given: Any, **named: Any) -> Parsed:
    parsed = await parse_document(*given, **named)
    read = parsed.document
    entries = {entry.key: entry for entry in map(keyed_otherwise, read.entries.values())}
    older = replace(read, entries=entries, note=replace(read.note, digest=digest_of(entries)))
    return replace(parsed, document=older)


async def test_an_upgrade_with_other_keys_rekeys_as_ours_and_holds_nothing(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An upgrade that keys a list otherwise rekeys it as ours and holds nothing."""
    clock = SetClock(START)
    with monkeypatch.context() as earlier:
        earlier.setattr(pipelines, "parse_document", parse_with_other_keys)
        async with watching(tmp_path, sources(site), clock=clock) as watch:
            assert await served(watch, site, A) == "committed"
            before = {change.key for change in await watch.changes(FEED)}
    async with watching(tmp_path, sources(site), clock=clock, parser_version=VERSION + 1) as watch:
        assert await served(watch, site, A) == "unchanged"
        changes = [change for change in await watch.changes(FEED, COUNT) if change.commit == 2]
        assert {(one.type, one.cause, one.origin) for one in changes} == {("rekeyed", "reparse", "parser")}
        assert {one.previous_key for one in changes} == before
        assert (await watch.state(FEED)).holds == ()
        assert await watch.sound(FEED)


async def test_a_syncd_older_than_the_state_writes_nothing_and_says_why(site: Site, tmp_path: Path) -> None:
    clock = SetClock(START)
    async with watching(tmp_path, sources(site), clock=clock, parser_version=VERSION + 2) as watch:
        assert await served(watch, site, A) == "committed"
    site.put("/un.xml", B)
    async with watching(tmp_path, sources(site), clock=clock, parser_version=VERSION + 1) as watch:
        with pytest.raises(
            NewerState, match=f"version {VERSION + 2} of its parser, and this syncd has version {VERSION + 1}"
        ):
            await watch.poll(FEED)
        await watch.worker(FEED).run()
        (stopped,) = watch.heard.of(moments.FeedStopped)
        assert "run the newer syncd" in stopped.why
        assert watch.worker(FEED).status().status == "failing"
        assert (await watch.state(FEED)).commit == 1


async def test_once_a_day_the_list_is_compared_whole_and_attested(site: Site, tmp_path: Path) -> None:
    async with watching(tmp_path, sources(site)) as watch:
        site.put("/un.xml", A, etag='"a"')
        assert (await watch.poll(FEED)).result == "committed"
        assert (await watch.poll(FEED)).result == "unchanged"
        assert "if-none-match" in site.asked("/un.xml")[-1].headers
        watch.clock.move(timedelta(days=1))
        assert (await watch.poll(FEED)).result == "unchanged"
        assert "if-none-match" not in site.asked("/un.xml")[-1].headers
        assert (await watch.poll(FEED)).result == "unchanged"
        assert "if-none-match" in site.asked("/un.xml")[-1].headers
        commit, attestation = await watch.rows(FEED)
        assert attestation.kind == "attestation"
        assert (attestation.ledger_digest, attestation.ledger_records) == (commit.ledger_digest, COUNT)
        assert len(watch.heard.of(moments.Attested)) == 1


async def test_a_restart_asks_as_the_process_before_would_have(site: Site, tmp_path: Path) -> None:
    clock = SetClock(START)
    site.put("/un.xml", A, etag='"a"')
    async with watching(tmp_path, sources(site), clock=clock) as watch:
        assert (await watch.poll(FEED)).result == "committed"
    async with watching(tmp_path, sources(site), clock=clock) as watch:
        assert (await watch.poll(FEED)).result == "unchanged"
        assert site.asked("/un.xml")[-1].headers["if-none-match"] == '"a"'
        (started,) = watch.heard.of(moments.FeedStarted)
        assert (started.commit, started.records) == (1, COUNT)
        assert watch.heard.of(moments.DocumentParsed) == []
