"""A document whose address a page says is asked for where it was while the page cannot be read, for a day."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from syncd.observe import moments
from tests.intake.watch import Watch, watching
from tests.site import Site

FEED, SOURCE = "jp_mof_vessels", "list_csv"
FIRST, SECOND = "/ekimukisei_IMOnumber_20261002.csv", "/ekimukisei_IMOnumber_20261105.csv"
ROWS = (f"1,001-{number:06},2026.10.2,{number},{9_000_000 + number}\n" for number in range(1, 31))
BODY = ("区分,番号,告示日付,告示番号,IMO番号\n" + "".join(ROWS)).encode()
MORE = BODY + b"1,001-000099,2026.11.5,99,9000099\n"
BROKEN = [b"<html><body>Down for maintenance</body></html>", b"", None]


def page(site: Site, link: str | None, *, status: int = 200) -> None:
    said = f"<a href='{link}'>ships</a>" if link else "no link"
    site.put("/list.html", f"<html><body>{said}</body></html>".encode(), status=status, content_type="text/html")


def fail(site: Site, body: bytes | None) -> None:
    site.put("/list.html", body or b"", status=503 if body is None else 200, content_type="text/html")


@asynccontextmanager
async def discovering(site: Site, folder: Path) -> AsyncIterator[Watch]:
    site.put(FIRST, BODY, etag='"1"', content_type="text/csv")
    page(site, FIRST)
    addresses = {SOURCE: site.url("/list.html"), "gate": site.url("/list.html")}
    async with watching(folder, {FEED: addresses}) as watch:
        yield watch


@pytest.mark.parametrize("answer", BROKEN, ids=["another page", "nothing", "503"])
async def test_a_page_that_cannot_be_read_hides_no_publication(
    site: Site, tmp_path: Path, answer: bytes | None
) -> None:
    async with discovering(site, tmp_path) as watch:
        assert (await watch.poll(FEED)).result == "committed"
        fail(site, answer)
        assert (await watch.poll(FEED)).result == "unchanged"
        site.put(FIRST, MORE, etag='"2"', content_type="text/csv")
        assert (await watch.poll(FEED)).result == "committed"
        assert len(watch.heard.of(moments.GateSilent)) == 1


async def test_a_page_that_is_read_again_leads_to_the_new_address(site: Site, tmp_path: Path) -> None:
    async with discovering(site, tmp_path) as watch:
        await watch.poll(FEED)
        fail(site, None)
        await watch.poll(FEED)
        site.put(SECOND, MORE, content_type="text/csv")
        page(site, SECOND)
        watch.clock.move(timedelta(minutes=2))
        assert (await watch.poll(FEED)).result == "committed"
        assert (await watch.state(FEED)).cursors[SOURCE].link == site.url(SECOND)


async def test_after_a_day_the_page_itself_is_what_fails(site: Site, tmp_path: Path) -> None:
    """An old file may stay where it was for years, and a list that nobody finds is not unchanged."""
    async with discovering(site, tmp_path) as watch:
        await watch.poll(FEED)
        fail(site, None)
        results = []
        for hours in (0, 12, 11.9, 0.2):
            watch.clock.move(timedelta(hours=hours))
            results.append((await watch.poll(FEED)).result)
        assert results == ["unchanged", "unchanged", "unchanged", "failed"]
        page(site, FIRST)
        watch.clock.move(timedelta(hours=2))
        assert (await watch.poll(FEED)).result == "unchanged"


async def test_without_a_last_link_there_is_nothing_to_ask_for(site: Site, tmp_path: Path) -> None:
    async with discovering(site, tmp_path) as watch:
        fail(site, None)
        assert (await watch.poll(FEED)).result == "failed"
        assert site.asked(FIRST) == []
