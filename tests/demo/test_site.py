"""The site answers as the publishers do, over real HTTP, and the real fetcher reads it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from syncd.config import Config, with_overrides
from syncd.core.state import Validators
from syncd.demo import lists
from syncd.demo.site import STORAGE, STYLES, BadDay, PublishersSite
from syncd.demo.targets import BASELINES, NEWCOMER
from syncd.errors import DocumentRefused, FetchFailed
from syncd.feeds import all_feeds
from syncd.feeds.contract import Feed, Source
from syncd.feeds.reading import DocumentReading
from syncd.fetch import Fetched, Fetcher, NotModified

FEEDS = sorted(STYLES)
AT = datetime(2026, 11, 23, 14, 3, 5, 250_000, tzinfo=UTC)


@pytest.fixture
async def site() -> AsyncIterator[PublishersSite]:
    async with PublishersSite(now=lambda: AT) as site:
        for feed, targets in BASELINES.items():
            site.publish(feed, targets)
        yield site


@pytest.fixture
async def asking() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False, verify=False) as client:
        yield client


def configured(site: PublishersSite, feed: str) -> Feed:
    config = Config.model_validate({"feeds": site.settings()})
    return with_overrides(all_feeds()[feed], config.feeds.of(feed))


def preferred(site: PublishersSite, feed: str) -> Source:
    return configured(site, feed).sources[0]


class Asking:
    """The real fetcher, and the folder that it writes to."""

    def __init__(self, fetcher: Fetcher, into: Path) -> None:
        self._fetcher = fetcher
        self._into = into

    async def get(self, source: Source, validators: Validators | None = None) -> Fetched | NotModified:
        return await self._fetcher.document(source, validators or Validators(), into=self._into)

    async def fetched(self, source: Source) -> Fetched:
        answer = await self.get(source)
        assert isinstance(answer, Fetched)
        return answer


@pytest.fixture
async def fetcher(tmp_path: Path) -> AsyncIterator[Asking]:
    async with Fetcher() as opened:
        yield Asking(opened, tmp_path)


@pytest.mark.parametrize("feed", FEEDS)
async def test_every_source_and_gate_of_a_feed_leads_to_the_site(site: PublishersSite, feed: str) -> None:
    for source in configured(site, feed).sources:
        real = all_feeds()[feed].source(source.name)
        assert source.url.startswith(f"http://127.0.0.1:{site.port}/")
        assert source.url.endswith(
            urlsplit(real.url).path + (f"?{urlsplit(real.url).query}" if "?" in real.url else "")
        )
        assert all(gate.url.startswith(f"http://127.0.0.1:{site.port}/") for gate in source.gates)


@pytest.mark.parametrize("feed", FEEDS)
async def test_the_real_fetcher_gets_the_published_document(site: PublishersSite, feed: str, fetcher: Asking) -> None:
    answer = await fetcher.fetched(preferred(site, feed))
    assert answer.path.read_bytes() == site.current(feed).document


@pytest.mark.parametrize("feed", FEEDS)
async def test_what_was_not_changed_is_answered_304_and_what_was_is_not(
    site: PublishersSite, feed: str, fetcher: Asking
) -> None:
    source = preferred(site, feed)
    first = await fetcher.fetched(source)
    assert isinstance(await fetcher.get(source, first.validators), NotModified)
    site.publish(feed, [*BASELINES[feed], NEWCOMER])
    again = await fetcher.get(source, first.validators)
    assert isinstance(again, Fetched)
    assert again.path.read_bytes() == site.current(feed).document


@pytest.mark.parametrize("feed", ["us_ofac_sdn", "un_sc"])
async def test_a_signed_address_serves_nobody_without_its_signature(
    site: PublishersSite, feed: str, asking: httpx.AsyncClient
) -> None:
    redirect = await asking.get(preferred(site, feed).url)
    signed = redirect.headers["location"]
    assert (redirect.status_code, "X-Amz-Signature=" in signed) == (302, True)
    assert (await asking.get(signed)).status_code == 200
    assert (await asking.get(signed.partition("?")[0])).status_code == 403
    assert (await asking.get(signed.replace("Expires=1", "Expires=2"))).status_code == 403
    assert STORAGE in "".join(site.requests)
    assert "Signature" not in "".join(site.requests)


async def test_validators_are_those_that_each_publisher_sends(site: PublishersSite, fetcher: Asking) -> None:
    sent = {feed: (await fetcher.fetched(preferred(site, feed))).validators for feed in FEEDS}
    assert {feed for feed in FEEDS if sent[feed].etag} == {"us_ofac_sdn", "un_sc", "uk_sl"}
    assert {feed for feed in FEEDS if sent[feed].last_modified} == {"us_ofac_sdn", "uk_sl", "eu_fsf"}


async def test_ofac_names_the_publication_in_its_storage_and_in_its_history(
    site: PublishersSite, fetcher: Asking, asking: httpx.AsyncClient
) -> None:
    source = preferred(site, "us_ofac_sdn")
    (gate,) = source.gates
    url = gate.url.format(year=2026, month=11)
    before = gate.read((await asking.get(url)).content, url)
    site.publish("us_ofac_sdn", BASELINES["us_ofac_sdn"][1:])
    after = gate.read((await asking.get(url)).content, url)
    answer = await fetcher.fetched(source)
    assert [one.id for one in after.history] == [before.token, after.token]
    assert answer.publication_id == after.token != before.token


async def test_ofac_history_of_another_month_is_empty(site: PublishersSite, asking: httpx.AsyncClient) -> None:
    url = site.address("https://sanctionslistservice.ofac.treas.gov/changes/history")
    assert (await asking.get(f"{url}/2026/10")).json() == []
    assert len((await asking.get(f"{url}/2026")).json()) == 1
    assert (await asking.get(f"{url}/soon")).status_code == 400


async def test_the_eu_announces_in_its_rss_also_what_cannot_be_had(
    site: PublishersSite, fetcher: Asking, asking: httpx.AsyncClient
) -> None:
    source = preferred(site, "eu_fsf")
    (gate,) = source.gates
    before = gate.read((await asking.get(gate.url)).content, gate.url)
    site.publish("eu_fsf", BASELINES["eu_fsf"][1:])
    site.serve_badly("eu_fsf", "error")
    after = gate.read((await asking.get(gate.url)).content, gate.url)
    assert after.token != before.token
    with pytest.raises(FetchFailed, match="503"):
        await fetcher.fetched(source)


async def test_two_publications_within_one_second_differ_in_last_modified(site: PublishersSite) -> None:
    first, second = site.current("eu_fsf"), site.publish("eu_fsf", BASELINES["eu_fsf"][1:])
    assert (second.last_modified - first.last_modified).total_seconds() == 1
    assert first.at == second.at


async def test_the_format_that_is_not_written_here_answers_404(site: PublishersSite, fetcher: Asking) -> None:
    with pytest.raises(FetchFailed, match="404"):
        await fetcher.fetched(configured(site, "us_ofac_sdn").source("enhanced_zip"))


@pytest.mark.parametrize("feed", FEEDS)
async def test_a_bad_day_is_refused_by_the_real_fetcher_and_ends(
    site: PublishersSite, feed: str, fetcher: Asking
) -> None:
    days: tuple[tuple[BadDay, type[Exception], str], ...] = (
        ("error", FetchFailed, "503"),
        ("html", DocumentRefused, "Down for maintenance"),
        ("empty", DocumentRefused, "empty body"),
        ("hang_up", FetchFailed, "cut"),
    )
    for bad, error, said in days:
        site.serve_badly(feed, bad)
        with pytest.raises(error, match=said):
            await fetcher.get(preferred(site, feed))
        site.serve_well(feed)
        assert (await fetcher.fetched(preferred(site, feed))).path.read_bytes() == site.current(feed).document


@pytest.mark.parametrize("feed", FEEDS)
async def test_a_cut_off_document_with_200_is_refused_by_the_reader(
    site: PublishersSite, feed: str, fetcher: Asking
) -> None:
    """A document cut off arrives with 200 and is refused by the real reader."""
    site.serve_badly(feed, "cut")
    answer = await fetcher.fetched(preferred(site, feed))
    with answer.path.open("rb") as stream, pytest.raises(DocumentRefused, match="cut off"):
        list(DocumentReading(all_feeds()[feed], preferred(site, feed).vocabulary, stream))


async def test_keys_are_those_of_the_records_that_the_site_serves(site: PublishersSite, fetcher: Asking) -> None:
    for feed in FEEDS:
        answer = await fetcher.fetched(preferred(site, feed))
        with answer.path.open("rb") as stream:
            entries = list(DocumentReading(all_feeds()[feed], preferred(site, feed).vocabulary, stream, strict=True))
        assert {entry.key for entry in entries} == {lists.key(feed, target) for target in BASELINES[feed]}
