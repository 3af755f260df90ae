"""Dates that no calendar or clock has, in headers and in documents: nothing stops, and each change goes out at once."""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from aiohttp import web

from syncd.demo import eu
from syncd.demo.targets import BASELINES, NEWCOMER, Target
from syncd.observe import moments
from tests.intake.watch import START, Watch, document, watching
from tests.site import Site

EU, UN = "eu_fsf", "un_sc"
SOURCES = {EU: "xml_1_1", UN: "consolidated_xml"}
ATTRIBUTE = {EU: b"generationDate", UN: b"dateGenerated"}
HEADERS = (
    "Fri, 31 Dec 9999 23:59:59 GMT",
    "Fri, 31 Dec 9999 23:59:59 -0500",
    "Fri, 31 Dec 9999 23:59:59 -2359",
    "Sat, 01 Jan 10000 00:00:00 GMT",
    "Sat, 01 Jan 99999999999999999999 00:00:00 GMT",
    "Mon, 01 Jan 0001 00:00:00 +1400",
    "Mon, 01 Jan 0101 00:00:00 +1400",
    "Sat, 00 Jan 0000 00:00:00 GMT",
    "Thu, 01 Jan 1970 00:00:00 GMT",
    "Mon, 30 Feb 2026 25:61:61 +9999",
    "-1",
    "",
)
DOCUMENTS = (
    "9999-12-31",
    "9999-12-31T23:59:59Z",
    "9999-12-31T23:59:59-05:00",
    "9999-12-31T23:59:59.999999-23:59",
    "10000-01-01T00:00:00Z",
    "99999999999999999999-01-01",
    "0000-00-00T00:00:00Z",
    "0000-01-01",
    "0001-01-01",
    "0001-01-01T00:00:00+05:00",
    "0001-01-01T00:00:00+14:00",
    "1900-01-01",
    "1970-01-01T00:00:00Z",
    "1980-01-01T00:00:00Z",
    "-0001-01-01T00:00:00Z",
    "2026-02-30T12:00:00Z",
    "2026-03-02T23:59:60Z",
    "2026-03-02T12:00:00+99:99",
    "soon",
    "9" * 5000,
)


def listed(feed: str, targets: tuple[Target, ...], own: str | None = None, minutes: int = 0) -> bytes:
    """The list of `feed`, dated `own` by itself."""
    at = START + timedelta(minutes=minutes)
    content = document(feed, targets, at)
    if own is None:
        return content
    before, name, rest = content.partition(ATTRIBUTE[feed] + b'="')
    assert name
    return before + name + own.encode() + rest[rest.index(b'"') :]


async def turn(watch: Watch, feed: str) -> str:
    watch.clock.move(timedelta(minutes=2))
    return (await watch.poll(feed)).result


def addresses(site: Site, feed: str) -> dict[str, dict[str, str]]:
    gate = {"gate": site.url("/rss")} if feed == EU else {}
    return {feed: {SOURCES[feed]: site.url("/list"), **gate}}


def serve(site: Site, content: bytes, headers: Mapping[str, str] | None = None) -> None:
    """The list, and the gate that says that it is new."""
    site.put("/list", content, headers=headers)
    site.put("/rss", eu.rss(hashlib.sha256(content).hexdigest(), site.url("/list")), headers=headers)


@pytest.mark.parametrize(("feed", "said"), [*((UN, said) for said in HEADERS), *((EU, said) for said in HEADERS[:3])])
async def test_a_header_with_an_absurd_date_stops_nothing(feed: str, said: str, site: Site, tmp_path: Path) -> None:
    headers = {"Date": said, "Last-Modified": said, "Expires": said}
    async with watching(tmp_path, addresses(site, feed)) as watch:
        some, more = tuple(BASELINES[feed]), (*BASELINES[feed], NEWCOMER)
        serve(site, listed(feed, some), headers)
        assert [await turn(watch, feed), await turn(watch, feed)] == ["committed", "unchanged"]
        for path in ("/list", "/rss"):
            site.put(path, b"", status=503, headers={"Date": said, "Retry-After": said})
        outcome = await watch.poll(feed)
        assert (outcome.result, outcome.wait_seconds <= 4000) == ("failed", True)
        serve(site, listed(feed, more, minutes=1), headers)
        assert await turn(watch, feed) == "committed"
        assert await watch.sound(feed)
        assert all(0 <= value < 10_000 for one in watch.heard.of(moments.Committed) for value in delays(one))


def delays(committed: moments.Committed) -> Iterator[float]:
    found = (committed.published_to_seen_seconds, committed.published_to_committed_seconds)
    return (value for value in found if value is not None)


@pytest.mark.parametrize(("feed", "own"), [*((UN, own) for own in DOCUMENTS), *((EU, own) for own in DOCUMENTS[2::4])])
async def test_a_document_with_an_absurd_date_of_its_own_goes_out_at_once(
    feed: str, own: str, site: Site, tmp_path: Path
) -> None:
    async with watching(tmp_path, addresses(site, feed)) as watch:
        some, more = tuple(BASELINES[feed]), (*BASELINES[feed], NEWCOMER)
        serve(site, listed(feed, some))
        assert await turn(watch, feed) == "committed"
        serve(site, listed(feed, more, own))
        assert await turn(watch, feed) == "committed"
        (change,) = await watch.changes(feed, len(some))
        assert (change.type, change.times.published) == ("designated", None)
        serve(site, listed(feed, some, minutes=10))
        assert await turn(watch, feed) == "committed"
        assert [change.type for change in await watch.changes(feed, len(some) + 1)] == ["delisted"]
        assert (len(watch.heard.of(moments.DateUnusable)) > 0) is (len(own) > 0)
        assert watch.heard.of(moments.EntryPartial) == []
        assert await watch.sound(feed)


@pytest.mark.parametrize("own", ["9999-12-31T23:59:59-05:00", "0001-01-01T00:00:00+05:00", "1970-01-01T00:00:00Z"])
async def test_a_first_document_with_an_absurd_date_freezes_no_later_one(own: str, site: Site, tmp_path: Path) -> None:
    async with watching(tmp_path, addresses(site, UN)) as watch:
        some, more = tuple(BASELINES[UN]), (*BASELINES[UN], NEWCOMER)
        serve(site, listed(UN, some, own))
        assert await turn(watch, UN) == "committed"
        serve(site, listed(UN, more, minutes=1))
        assert await turn(watch, UN) == "committed"
        assert (await watch.state(UN)).document.published is not None  # type: ignore[union-attr]


@pytest.mark.parametrize("said", [HEADERS[0], format_datetime(START.replace(year=2090), usegmt=True)])
async def test_a_last_modified_ahead_makes_no_request_conditional(said: str, site: Site, tmp_path: Path) -> None:
    """A file store answers 304 to whoever names a later time than its file has."""
    content = {"body": listed(UN, tuple(BASELINES[UN])), "said": said.encode()}

    async def answer(request: web.Request) -> web.StreamResponse:
        if request.if_modified_since is not None:
            return web.Response(status=304)
        return web.Response(body=content["body"], headers={"Last-Modified": content["said"].decode()})

    async with watching(tmp_path, addresses(site, UN)) as watch:
        site.answer("/list", answer)
        assert await turn(watch, UN) == "committed"
        content["body"] = listed(UN, (*BASELINES[UN], NEWCOMER), minutes=1)
        assert await turn(watch, UN) == "committed"
        content["said"] = b"Mon, 02 Mar 2026 09:00:00 GMT"
        assert await turn(watch, UN) == "unchanged"
        assert site.asked("/list")[-1].headers.get("if-modified-since") is None
        await turn(watch, UN)
        assert site.asked("/list")[-1].headers["if-modified-since"] == content["said"].decode()
