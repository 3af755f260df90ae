"""What is measured of a feed is what became of it: the delays, the entries set aside, what waits for the archive."""

from datetime import timedelta
from pathlib import Path

from syncd.demo.targets import BASELINES
from syncd.observe import moments
from syncd.observe.report import Report
from tests.intake.watch import START, Watch, document, watching
from tests.site import Site

FEED = "un_sc"


def sources(site: Site) -> dict[str, dict[str, str]]:
    return {FEED: {"consolidated_xml": site.url("/un.xml")}}


def value(watch: Watch, name: str, **labels: str) -> float | None:
    return watch.daemon.metrics.registry.get_sample_value(name, labels)


async def test_the_delays_are_those_of_new_publications_and_not_of_the_baseline(site: Site, tmp_path: Path) -> None:
    async with watching(tmp_path, sources(site)) as watch:
        site.put("/un.xml", document(FEED, BASELINES[FEED][:-1]))
        await watch.poll(FEED)
        site.put("/un.xml", document(FEED, at=START + timedelta(minutes=10)))
        watch.clock.move_to(START + timedelta(minutes=12))
        await watch.poll(FEED)
    baseline, news = watch.heard.of(moments.Committed)
    assert (baseline.published_to_committed_seconds, baseline.seen_to_committed_seconds) == (None, None)
    assert baseline.in_force_since == {}
    assert (news.published_to_seen_seconds, news.published_to_committed_seconds) == (120, 120)
    assert news.seen_to_committed_seconds == 0
    assert news.in_force_since == {BASELINES[FEED][-1].designated: 1}


async def test_a_quarantined_new_entry_is_shown_after_a_restart(site: Site, tmp_path: Path) -> None:
    """A new entry without a name is shown as quarantined also after a restart."""
    async with watching(tmp_path, sources(site)) as watch:
        site.put("/un.xml", document(FEED, BASELINES[FEED][:-1]))
        await watch.poll(FEED)
        name = BASELINES[FEED][-1].name.family.encode()
        assert document(FEED).count(name) == 1
        site.put("/un.xml", document(FEED).replace(name, b""))
        assert (await watch.poll(FEED)).result == "unchanged"
        assert value(watch, "syncd_feed_quarantined_entries", feed=FEED) == 1
    async with watching(tmp_path, sources(site)) as watch:
        await watch.intake(FEED)
        assert value(watch, "syncd_feed_quarantined_entries", feed=FEED) == 1
        site.put("/un.xml", document(FEED))
        assert (await watch.poll(FEED)).result == "committed"
        assert value(watch, "syncd_feed_quarantined_entries", feed=FEED) == 0


async def test_what_waits_for_the_archive_is_shown_until_it_is_there(site: Site, tmp_path: Path) -> None:
    archive = tmp_path / "ledger.db-archive"
    archive.write_text("a file stands where the folder should be")
    site.put("/un.xml", document(FEED))
    async with watching(tmp_path, sources(site)) as watch:
        await watch.poll(FEED)
        assert value(watch, "syncd_archive_pending_documents") == 1
        assert (value(watch, "syncd_archive_pending_bytes") or 0) > 100
        archive.unlink()
        assert await (await watch.intake(FEED)).tools.archive.flush() == 1
        assert value(watch, "syncd_archive_pending_documents") == 0
        assert value(watch, "syncd_archive_pending_bytes") == 0
        assert value(watch, "syncd_archive_unkept_documents") == 0


async def test_a_document_that_is_archived_is_counted(site: Site, tmp_path: Path) -> None:
    site.put("/un.xml", document(FEED))
    async with watching(tmp_path, sources(site)) as watch:
        await watch.poll(FEED)
        report = Report(watch.daemon.metrics)
        for moment in watch.heard.moments:
            report(moment)
        assert value(watch, "syncd_archived_documents_total", feed=FEED) == 1
