"""What nobody has seen before never hides a designation."""

import json
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from syncd.core import codec
from syncd.core.model import Record
from syncd.demo import lists
from syncd.demo.targets import BASELINES, NEWCOMER
from syncd.feeds import one_feed
from syncd.observe import moments
from syncd.observe.metrics import Metrics
from syncd.observe.report import Report
from tests.feeds import documents
from tests.intake.watch import Watch, document, watching
from tests.site import Site

FEED = "us_ofac_sdn"
INVENTED = (
    b'<Feature ID="919999" FeatureTypeID="9999"><FeatureVersion ID="919999" ReliabilityID="1"><Comment/>'
    b'<VersionDetail DetailTypeID="1432">of a pale ultramarine</VersionDetail></FeatureVersion>'
    b'<IdentityReference IdentityID="80091" IdentityFeatureLinkTypeID="1"/></Feature>'
)


def with_what_nobody_knows() -> bytes:
    """One entry more; it has a feature of an invented type, and was born in the thirteenth month."""
    content = document(FEED, (*BASELINES[FEED], NEWCOMER))
    start = content.index(b'<DistinctParty FixedRef="90091"')
    end = content.index(b"</Profile>", start)
    entry = content[start:end].replace(b"<Month>3</Month>", b"<Month>13</Month>") + INVENTED
    table = b'<FeatureType ID="9999" FeatureTypeGroupID="1">Colour of Its Dreams</FeatureType></FeatureTypeValues>'
    return (content[:start] + entry + content[end:]).replace(b"</FeatureTypeValues>", table)


async def baselined(watch: Watch, site: Site) -> None:
    site.put("/sdn.zip", lists.zipped("SDN_ADVANCED.XML", document(FEED)))
    site.put("/history", b"[]")
    assert (await watch.poll(FEED)).result == "committed"
    site.put("/sdn.zip", lists.zipped("SDN_ADVANCED.XML", with_what_nobody_knows()))
    site.put("/history", b'[{"publicationID": 2, "datePublished": "2026-03-02T00:00:00"}]')


async def test_an_entry_that_is_read_partly_is_designated_in_the_same_poll(site: Site, tmp_path: Path) -> None:
    """An entry with an invented feature and an unreadable date is designated in the same poll."""
    sources = {FEED: {"advanced_zip": site.url("/sdn.zip"), "gate": site.url("/history")}}
    async with watching(tmp_path, sources) as watch:
        await baselined(watch, site)
        assert (await watch.poll(FEED)).result == "committed"
        (change,) = await watch.changes(FEED, len(BASELINES[FEED]))
        assert (change.type, change.key, change.material) == ("designated", f"{FEED}:90091", True)
        assert change.after is not None
        record: Record = codec.decode(bytes(change.after))
        assert record.completeness == "partial"
        assert record.names[0].full == "NEBYVALSKY, Timofey"
        assert [date.date for date in record.birth_dates if date.date] == []
        assert record.unreadable == ("Birthdate",)
        assert "of a pale ultramarine" in str(record.other)
        told(watch, change.key)
        assert (await watch.rows(FEED))[-1].partial == (change.key,)


def told(watch: Watch, key: str) -> None:
    """One moment names the entry; it makes a line of the log and a metric, and neither says a name."""
    (partial,) = watch.heard.of(moments.EntryPartial)
    assert (partial.feed, partial.key) == (FEED, key)
    metrics = Metrics()
    Report(metrics)(watch.heard.of(moments.Committed)[-1])
    assert metrics.registry.get_sample_value("syncd_partial_entries_total", {"feed": FEED}) == 1
    with capture_logs() as lines:
        Report(metrics)(partial)
    (line,) = lines
    assert (line["log_level"], line["key"]) == ("warning", key)
    assert "NEBYVALSKY" not in json.dumps(line).upper()
    assert f'{FEED}"' in metrics.exposition().decode()


@pytest.mark.shared
async def test_the_uk_list_of_2026_places_its_baseline(shared: Path, site: Site, tmp_path: Path) -> None:
    """By the feed's own limits, which hold a first document that is read badly."""
    (path,) = (shared / "feeds" / "uk_sl").glob("REBUILT__2026-08-22__*")
    site.put("/uk.xml", documents.unpacked(path))
    limits = {"records_min": one_feed("uk_sl").limits.records_min}
    async with watching(tmp_path, {"uk_sl": {"xml": site.url("/uk.xml")}}, **limits) as watch:
        assert (await watch.poll("uk_sl")).result == "committed"
        (row,) = await watch.rows("uk_sl")
        assert row.ledger_records == 6_349
        assert row.held == ()
