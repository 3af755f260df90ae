"""The cheapest question that can say "nothing new", and what its answer is worth."""

import json
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from syncd.demo import eu, lists
from syncd.demo.targets import BASELINES, NEWCOMER
from syncd.observe import moments
from tests.feeds import documents
from tests.intake.watch import START, document, watching
from tests.site import SIGNATURE, Site

OFAC, EU, FR, CH = "us_ofac_sdn", "eu_fsf", "fr_dgt", "ch_seco"


def ofac(site: Site) -> dict[str, dict[str, str]]:
    return {OFAC: {"advanced_zip": site.url("/sdn.zip"), "gate": site.url("/history/{year}/{month:02}")}}


def tell(site: Site, numbers: Iterable[int], path: str = "/history/2026/03") -> None:
    rows = [{"publicationID": number, "datePublished": "2026-03-02T00:00:00"} for number in numbers]
    site.put(path, json.dumps(rows).encode(), content_type="application/json")


async def test_a_publication_overwritten_between_polls_is_missed(site: Site, tmp_path: Path) -> None:
    """A publication that was overwritten between two polls is reported as missed."""
    site.put_signed("/sdn.zip", lists.zipped("SDN.XML", document(OFAC)))
    tell(site, [11])
    async with watching(tmp_path, ofac(site)) as watch:
        assert (await watch.poll(OFAC)).result == "committed"
        assert (await watch.poll(OFAC)).result == "unchanged"
        assert len(site.asked("/sdn.zip")) == 1
        tell(site, [14, 13, 12, 11])
        site.put_signed("/sdn.zip", lists.zipped("SDN.XML", document(OFAC, (*BASELINES[OFAC], NEWCOMER))))
        assert (await watch.poll(OFAC)).result == "committed"
        assert (await watch.rows(OFAC))[-1].missed == ("12", "13")
        assert [one.ids for one in watch.heard.of(moments.PublicationMissed)] == [("12", "13")]
        assert (await watch.state(OFAC)).last_publication_id == "14"
        assert SIGNATURE not in repr(watch.heard.moments)


async def test_a_publication_that_was_of_another_list_was_not_missed(site: Site, tmp_path: Path) -> None:
    site.put("/sdn.zip", lists.zipped("SDN.XML", document(OFAC)), etag='"1"')
    tell(site, [11])
    async with watching(tmp_path, ofac(site)) as watch:
        await watch.poll(OFAC)
        tell(site, [11, 12])
        for _ in range(5):
            assert (await watch.poll(OFAC)).result == "unchanged"
            watch.clock.move(timedelta(minutes=20))
        tell(site, [11, 12, 13])
        site.put("/sdn.zip", lists.zipped("SDN.XML", document(OFAC, (*BASELINES[OFAC], NEWCOMER))), etag='"2"')
        assert (await watch.poll(OFAC)).result == "committed"
        assert (await watch.rows(OFAC))[-1].missed == ()


async def test_an_announced_document_is_asked_for_less_and_less(site: Site, tmp_path: Path) -> None:
    """What is announced and not yet there is asked for less and less until it comes."""
    site.put("/sdn.zip", lists.zipped("SDN.XML", document(OFAC)), etag='"1"')
    tell(site, [11])
    async with watching(tmp_path, ofac(site)) as watch:
        await watch.poll(OFAC)
        tell(site, [11, 12])
        for _ in range(30):
            assert (await watch.poll(OFAC)).result == "unchanged"
            watch.clock.move(timedelta(minutes=1))
        # After 0, 1, 4, 9, 16 and 25 minutes, beside the baseline.
        assert len(site.asked("/sdn.zip")) == 1 + 6
        site.put("/sdn.zip", lists.zipped("SDN.XML", document(OFAC, (*BASELINES[OFAC], NEWCOMER))), etag='"2"')
        watch.clock.move(timedelta(minutes=7))
        assert (await watch.poll(OFAC)).result == "committed"
        assert (await watch.rows(OFAC))[-1].missed == ()


async def test_a_new_month_without_a_publication_is_no_news(site: Site, tmp_path: Path) -> None:
    site.put("/sdn.zip", lists.zipped("SDN.XML", document(OFAC)), etag='"1"')
    tell(site, [11])
    async with watching(tmp_path, ofac(site)) as watch:
        await watch.poll(OFAC)
        watch.clock.move(timedelta(days=30))
        tell(site, [], "/history/2026/04")
        assert (await watch.poll(OFAC)).result == "unchanged"
        tell(site, [12], "/history/2026/04")
        site.put("/sdn.zip", lists.zipped("SDN.XML", document(OFAC, (*BASELINES[OFAC], NEWCOMER))), etag='"2"')
        assert (await watch.poll(OFAC)).result == "committed"
        assert watch.heard.of(moments.PublicationMissed) == []


async def test_the_eus_document_is_asked_for_only_when_its_hash_is_another(site: Site, tmp_path: Path) -> None:
    site.put("/eu.xml", document(EU))
    site.put("/eu.rss", eu.rss("one", site.url("/eu.xml")))
    async with watching(tmp_path, {EU: {"xml_1_1": site.url("/eu.xml"), "gate": site.url("/eu.rss")}}) as watch:
        assert (await watch.poll(EU)).result == "committed"
        assert (await watch.poll(EU)).result == "unchanged"
        assert len(site.asked("/eu.xml")) == 1
        site.put("/eu.xml", document(EU, (*BASELINES[EU], NEWCOMER), START + timedelta(minutes=1)))
        assert (await watch.poll(EU)).result == "unchanged"
        site.put("/eu.rss", eu.rss("two", site.url("/eu.xml")))
        assert (await watch.poll(EU)).result == "committed"
        site.put("/eu.rss", b"<html><title>Down</title></html>" + b" " * 99)
        assert (await watch.poll(EU)).result == "failed"
        assert len(site.asked("/eu.xml")) == 2


async def test_frances_register_is_asked_for_only_when_its_time_is_another(site: Site, tmp_path: Path) -> None:
    (case,) = (case for case in documents.cases() if case.feed == FR)
    site.put("/fr.json", case.body(), content_type="application/json")
    site.put("/fr.date", b"02/10/2026 10:36:17")
    async with watching(
        tmp_path, {FR: {"json": site.url("/fr.json"), "gate": site.url("/fr.date")}}, records_min=1
    ) as watch:
        assert (await watch.poll(FR)).result == "committed"
        assert (await watch.poll(FR)).result == "unchanged"
        assert len(site.asked("/fr.json")) == 1
        site.put("/fr.date", b"02/10/2026 11:00:00")
        assert (await watch.poll(FR)).result == "unchanged"
        assert len(site.asked("/fr.json")) == 2


async def test_a_gate_that_is_spared_gives_way_to_the_document(site: Site, tmp_path: Path) -> None:
    (case,) = (case for case in documents.cases() if case.feed == FR)
    site.put("/fr.json", case.body(), content_type="application/json")
    site.put("/fr.date", b"<html><title>Down</title></html>" + b" " * 99)
    async with watching(
        tmp_path, {FR: {"json": site.url("/fr.json"), "gate": site.url("/fr.date")}}, records_min=1
    ) as watch:
        assert (await watch.poll(FR)).result == "committed"
        site.put("/fr.date", b"", status=500)
        assert (await watch.poll(FR)).result == "unchanged"
        assert len(site.asked("/fr.json")) == 2


def named(day: str) -> dict[str, str]:
    return {
        "Content-Disposition": f'attachment; filename="consolidated-list_{day}.xml"',
        "Date": "Mon, 02 Mar 2026 12:00:00 GMT",
    }


def methods(site: Site) -> list[str]:
    return [asked.method for asked in site.asked("/ch.xml")]


async def test_switzerlands_document_is_asked_for_by_a_new_file_name(site: Site, tmp_path: Path) -> None:
    """Switzerlands document is asked for only when the name of its file is another."""
    (case,) = (case for case in documents.cases() if case.feed == CH and case.vocabulary == "whole_list")
    site.put("/ch.xml", case.body(), headers=named("2026-03-02"))
    async with watching(
        tmp_path, {CH: {"xml": site.url("/ch.xml"), "gate": site.url("/ch.xml")}}, records_min=1
    ) as watch:
        assert (await watch.poll(CH)).result == "committed"
        assert (await watch.poll(CH)).result == "unchanged"
        assert methods(site) == ["HEAD", "GET", "HEAD"]
        site.put("/ch.xml", case.body(), headers=named("2026-03-03"))
        assert (await watch.poll(CH)).result == "unchanged"
        assert methods(site) == ["HEAD", "GET", "HEAD", "HEAD", "GET"]


async def test_an_answer_without_the_name_of_a_file_gives_way_to_the_document(site: Site, tmp_path: Path) -> None:
    (case,) = (case for case in documents.cases() if case.feed == CH and case.vocabulary == "whole_list")
    site.put("/ch.xml", case.body(), etag='"1"')
    async with watching(
        tmp_path, {CH: {"xml": site.url("/ch.xml"), "gate": site.url("/ch.xml")}}, records_min=1
    ) as watch:
        assert (await watch.poll(CH)).result == "committed"
        assert (await watch.poll(CH)).result == "unchanged"
        assert methods(site) == ["HEAD", "GET"] * 2


async def test_retry_after_is_honoured(site: Site, tmp_path: Path) -> None:
    site.put("/history/2026/03", b"", status=429, headers={"Retry-After": "1200"})
    async with watching(tmp_path, ofac(site)) as watch:
        outcome = await watch.poll(OFAC)
        assert outcome.result == "failed"
        assert 1200 <= outcome.wait_seconds <= 1320
