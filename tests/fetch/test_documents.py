"""What is fetched well: bytes, hash, validators, and how cheaply nothing is fetched."""

import gzip
import hashlib
import time
import zlib
from datetime import date

import pytest

from syncd import __version__
from syncd.config import FetchSettings
from syncd.core.state import Validators
from syncd.feeds.contract import Gate, GateAnswer
from syncd.fetch import Answer, Fetcher, NotModified
from tests.fetch.asking import Reading, source
from tests.fetch.documents import LIST, SHORT_LIST, archive, zipped
from tests.site import Site


def gate(url: str, **options: int) -> Gate:
    return Gate(url=url, read=lambda body, _: GateAnswer(token=body.decode()), **options)


async def test_a_document_is_on_disk_with_its_hash_its_size_and_its_validators(reading: Reading) -> None:
    reading.site.put("/list.xml", LIST, etag='"v1"', last_modified="Wed, 03 Sep 2025 10:00:00 GMT")
    fetched = await reading.fetched("/list.xml")
    assert fetched.path.read_bytes() == LIST
    assert fetched.sha256 == hashlib.sha256(LIST).hexdigest()
    assert (fetched.bytes, fetched.received_bytes, fetched.status) == (len(LIST), len(LIST), 200)
    assert fetched.validators == Validators(etag='"v1"', last_modified="Wed, 03 Sep 2025 10:00:00 GMT")
    assert fetched.server_date is not None and fetched.server_date.endswith("Z")
    assert fetched.headers["content-type"] == "application/xml"


async def test_nothing_new_is_not_modified_and_leaves_no_file(reading: Reading) -> None:
    reading.site.put("/list.xml", LIST, etag='"v1"')
    answer = await reading.document("/list.xml", Validators(etag='"v1"'))
    assert isinstance(answer, NotModified)
    assert answer.validators == Validators(etag='"v1"')
    assert reading.left() == []


async def test_a_304_keeps_the_validators_that_it_does_not_repeat(reading: Reading) -> None:
    reading.site.put("/list.xml", LIST, etag='"v1"')
    asked = Validators(etag='"v1"', last_modified="Wed, 03 Sep 2025 10:00:00 GMT")
    answer = await reading.document("/list.xml", asked)
    assert answer.validators == asked


async def test_a_signed_storage_behind_a_redirect_is_asked_conditionally_too(reading: Reading) -> None:
    reading.site.put_signed("/list.xml", LIST, etag='"v1"', headers={"x-amz-meta-publication-id": "845"})
    fetched = await reading.fetched("/list.xml")
    assert fetched.publication_id == "845"
    assert isinstance(await reading.document("/list.xml", fetched.validators), NotModified)
    assert [asked.method for asked in reading.site.requests] == ["GET"] * 4


async def test_a_signed_address_is_asked_whole_and_never_returned(
    reading: Reading,
) -> None:
    """A signed address is asked with its whole query and is in nothing that is returned."""
    reading.site.put_signed("/list.xml", LIST)
    fetched = await reading.fetched("/list.xml")
    answer = await reading.fetcher.gate(gate(reading.site.url("/list.xml")), Validators(), today=date(2026, 1, 2))
    assert "5ecre7" in reading.site.asked("/storage/list.xml")[0].target
    assert "5ecre7" not in repr(fetched)
    assert isinstance(answer, Answer)
    assert answer.base_url == reading.site.url("/storage/list.xml")


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", gzip.compress(LIST)),
        ("gzip", gzip.compress(LIST[:5000]) + gzip.compress(LIST[5000:]) + b"\0" * 600),
        ("x-gzip", gzip.compress(LIST)),
        ("deflate", zlib.compress(LIST)),
        ("deflate", zlib.compress(LIST)[2:-4]),
        ("identity", LIST),
    ],
)
async def test_a_content_coding_is_undone_and_the_hash_is_of_the_document(
    reading: Reading, coding: str, body: bytes
) -> None:
    reading.site.put("/list.xml", body, headers={"Content-Encoding": coding})
    fetched = await reading.fetched("/list.xml")
    assert fetched.path.read_bytes() == LIST
    assert fetched.sha256 == hashlib.sha256(LIST).hexdigest()
    assert fetched.received_bytes == len(body)


@pytest.mark.parametrize(
    "body",
    [zipped(list__xml=LIST), archive([("2026/", b""), ("2026/list.xml", LIST)]), archive([("a", LIST)], compression=0)],
)
async def test_a_zip_gives_its_one_document_and_only_that_stays(reading: Reading, body: bytes) -> None:
    reading.site.put("/list.zip", body, content_type="application/zip")
    fetched = await reading.fetched("/list.zip", packing="zip")
    assert fetched.path.read_bytes() == LIST
    assert fetched.sha256 == hashlib.sha256(LIST).hexdigest()
    assert reading.left() == [fetched.path.name]


async def test_a_drip_within_the_deadline_is_read(reading: Reading) -> None:
    reading.site.drip("/list.xml", SHORT_LIST, bytes_at_once=20, pause_seconds=0.01)
    assert (await reading.fetched("/list.xml")).path.read_bytes() == SHORT_LIST


async def test_who_asks_and_whom_to_call_is_said_in_browser_form(reading: Reading) -> None:
    reading.site.put("/list.xml", LIST)
    await reading.fetched("/list.xml")
    agent = reading.site.asked("/list.xml")[0].headers["user-agent"]
    assert agent == f"Mozilla/5.0 (compatible; syncd/{__version__}; +https://bank.example/syncd)"
    assert len(agent) >= 40


async def test_a_gate_is_asked_about_today(reading: Reading) -> None:
    reading.site.put("/history/2026/1/02", b"[845]", content_type="application/json", etag='"g"')
    asked = gate(reading.site.url("/history/{year}/{month}/{day:02}"))
    answer = await reading.fetcher.gate(asked, Validators(), today=date(2026, 1, 2))
    assert isinstance(answer, Answer)
    assert answer.body == b"[845]"
    again = await reading.fetcher.gate(asked, answer.validators, today=date(2026, 1, 2))
    assert isinstance(again, NotModified)


async def test_an_empty_poll_reuses_the_connection_and_costs_little(reading: Reading) -> None:
    """A poll that finds nothing new uses the connection again and costs little."""
    reading.site.put_signed("/list.xml", LIST, etag='"v1"')
    asked = Validators(etag='"v1"')
    await reading.document("/list.xml", asked)
    polls = 50
    started = time.process_time()
    for _ in range(polls):
        assert isinstance(await reading.document("/list.xml", asked), NotModified)
    seconds = (time.process_time() - started) / polls
    assert reading.site.connections == 1
    # The site answers in the same process and a redirect doubles the requests; it still stays below the promise.
    assert seconds < 0.015


async def test_two_fetches_at_once_do_not_share_a_file(reading: Reading) -> None:
    reading.site.put("/list.xml", LIST)
    first, second = await reading.fetched("/list.xml"), await reading.fetched("/list.xml")
    assert first.path != second.path


async def test_plain_http_goes_through_the_configured_proxy(site: Site, reading: Reading) -> None:
    site.put("/list.xml", LIST)
    proxied = FetchSettings.model_validate({"proxy": f"http://user:hunter2@localhost:{site.port}"})
    async with Fetcher(proxied) as fetcher:
        await fetcher.document(source("http://publisher.example/list.xml"), Validators(), into=reading.folder)
    asked = site.asked("/list.xml")[0]
    assert asked.target == "http://publisher.example/list.xml"
    assert asked.headers["proxy-authorization"].startswith("Basic ")


async def test_the_proxy_of_the_environment_counts(
    site: Site, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.put("/list.xml", LIST)
    for name in ("http_proxy", "no_proxy", "NO_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTP_PROXY", f"http://localhost:{site.port}")
    async with Fetcher() as fetcher:
        await fetcher.document(source("http://publisher.example/list.xml"), Validators(), into=reading.folder)
    assert len(site.asked("/list.xml")) == 1
