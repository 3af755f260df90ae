"""The page in a real browser: how it looks, and whether everybody can use it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from syncd.clock import SetClock
from syncd.config import HttpSettings
from syncd.core.times import parse_iso
from syncd.demo.lists import key
from syncd.demo.site import PublishersSite
from syncd.demo.targets import BASELINES, NEWCOMER, Called
from syncd.errors import LedgerError
from syncd.feeds import all_feeds
from syncd.ledger.contract import Ledger
from syncd.observe.metrics import Metrics
from syncd.observe.report import Collected
from syncd.observe.status import FeedStatus
from syncd.web import Follower, WebServer
from syncd.web.board import BoardRow
from syncd.web.lines import HoldCard
from syncd.web.page import Shown
from tests.daemon.running import Running, configured, running
from tests.deploy import browser
from tests.web import invented

DESKTOP, PHONE, SMALL = 1440, 390, 360
PATIENCE_MS = 30_000
QUICK = {"interval_seconds": 1, "records_min": 20, "removals_max": 10}


class Invented(Follower):
    """Of a ledger that does not exist: what the page may have to show."""

    def __init__(self, shown: Shown) -> None:
        super().__init__(
            self._absent,
            watched=(),
            known=all_feeds(),
            clock=SetClock(parse_iso(shown.now)),
            report=Collected(),
        )
        self.shown = shown
        self.recent.extend(shown.lines)
        self.has_read = True

    @staticmethod
    async def _absent() -> Ledger:
        raise LedgerError("there is none")

    def now(self) -> datetime:
        return parse_iso(self.shown.now)

    def statuses(self) -> list[FeedStatus]:
        return list(self.shown.statuses)

    def holds(self) -> list[HoldCard]:
        return list(self.shown.holds)

    def board(self) -> list[BoardRow]:
        return list(self.shown.rows)


@asynccontextmanager
async def serving(shown: Shown, **settings: Any) -> AsyncIterator[str]:
    """The address of a page that shows this."""
    http = HttpSettings.model_validate({"port": 0, **settings})
    server = WebServer(http, Invented(shown), metrics=Metrics(), installation="bank-a")
    await server.start()
    try:
        yield f"http://127.0.0.1:{server.port}/"
    finally:
        await server.stop()


@asynccontextmanager
async def visited(chromium: Any, address: str, width: int, **how: Any) -> AsyncIterator[Any]:
    """The page as it is in a window of this width. At the end: nothing was complained of, nobody else was asked."""
    context = await chromium.new_context(viewport={"width": width, "height": 900}, **how)
    page = await context.new_page()
    complaints: list[str] = []
    asked: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    await page.goto(address)
    yield page
    await context.close()
    assert complaints == []
    assert [url for url in asked if not url.startswith(address)] == []


async def overflows(page: Any) -> bool:
    return bool(await page.evaluate("document.documentElement.scrollWidth > innerWidth"))


@pytest.fixture
async def chromium(chromium_folder: Path, playwright_folder: Path) -> AsyncIterator[Any]:
    async with browser.opened(chromium_folder, playwright_folder) as found:
        yield found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("feeds", [0, 1, 18])
async def test_it_fits_and_can_be_read_in_any_light(chromium: Any, feeds: int, scheme: str) -> None:
    async with serving(invented.shown(feeds)) as address:
        for width in (DESKTOP, PHONE, SMALL):
            async with visited(chromium, address, width, color_scheme=scheme) as page:
                await page.screenshot(path=browser.screenshots() / f"{feeds}-{width}-{scheme}.png", full_page=True)
                assert not await overflows(page)
                assert await page.evaluate(browser.FAINT) == []
                assert await page.evaluate(browser.NAMELESS) == []


async def test_a_faint_text_and_a_nameless_control_would_be_found(chromium: Any) -> None:
    async with serving(invented.shown(1)) as address, visited(chromium, address, DESKTOP) as page:
        await page.evaluate(
            "document.querySelector('h1').style.color = '#999'; document.querySelector('a').innerText = ''"
        )
        assert await page.evaluate(browser.FAINT) == ["2.85: syncd"]
        assert len(await page.evaluate(browser.NAMELESS)) == 1


async def test_a_replica_that_stands_by_shows_the_whole(chromium: Any) -> None:
    async with serving(invented.shown(standby=True)) as address, visited(chromium, address, DESKTOP) as page:
        assert await page.locator("table.feeds tbody tr").count() == 18
        assert await page.locator("table.board tbody tr").count() == 4


async def test_a_browser_opens_the_page_with_a_token(chromium: Any) -> None:
    token = "a-token-of-a-bank-0001"
    async with serving(invented.shown(), token=token) as address:
        credentials = {"username": "ann", "password": token}
        async with visited(chromium, address, DESKTOP, http_credentials=credentials) as page:
            assert await page.locator("table.feeds tbody tr").count() == 18
            assert await page.evaluate("fetch('/api/status').then((answer) => answer.status)") == 200
        context = await chromium.new_context(http_credentials={"username": "ann", "password": "another"})
        page = await context.new_page()
        answer = await page.goto(address)
        assert answer is None or answer.status == 401
        await context.close()


async def test_a_long_board_scrolls_in_itself_and_leaves_the_feeds_in_sight(chromium: Any) -> None:
    rows = [
        structs.replace(row, coordination=f"{row.coordination}-{number}")
        for number, row in enumerate(invented.shown().rows * 10)
    ]
    async with serving(structs.replace(invented.shown(), rows=rows)) as address:
        for width in (DESKTOP, PHONE):
            async with visited(chromium, address, width) as page:
                await page.screenshot(path=browser.screenshots() / f"board-{width}.png", full_page=True)
                assert not await overflows(page)
                board = await page.locator("#board").bounding_box()
                assert board["height"] < 900


async def test_it_is_whole_without_a_script(chromium: Any) -> None:
    async with (
        serving(invented.shown()) as address,
        visited(chromium, address, PHONE, java_script_enabled=False) as page,
    ):
        assert await page.locator("table.feeds tbody tr").count() == 18
        assert await page.get_by_text("syncd release k3zq4vtyw2m6").is_visible()
        await page.locator("#more-k3zq4vtyw2m6 > summary").click()
        assert await page.get_by_text("us_ofac_sdn:90030").is_visible()
        assert await page.locator("button.copy").count() == 0
        assert await page.locator("#live").is_hidden()


async def test_it_is_used_by_keyboard_in_the_order_in_which_it_is_read(chromium: Any) -> None:
    async with serving(invented.shown()) as address, visited(chromium, address, DESKTOP) as page:
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.className") == "skip"
        assert await page.locator("a.skip").bounding_box()
        places: list[float] = []
        for _ in range(12):
            await page.keyboard.press("Tab")
            top, outline = await page.evaluate(
                "[document.activeElement.getBoundingClientRect().top + scrollY,"
                " getComputedStyle(document.activeElement).outlineStyle]"
            )
            assert outline == "solid"
            places.append(top)
        assert places == sorted(places)
        await page.locator("a.skip").focus()
        await page.keyboard.press("Enter")
        assert await page.evaluate("document.activeElement.id") == "feeds"


async def test_landmarks_and_headings_tell_its_parts(chromium: Any) -> None:
    async with serving(invented.shown()) as address, visited(chromium, address, DESKTOP) as page:
        for role in ("banner", "main", "contentinfo"):
            assert await page.get_by_role(role).count() == 1
        for name in ("Waiting for a person", "Coordinated action", "Feeds", "Changes"):
            assert await page.get_by_role("region", name=name, exact=True).count() == 1
            assert await page.get_by_role("heading", name=name, exact=True).count() == 1


@asynccontextmanager
async def daemon(folder: Path) -> AsyncIterator[tuple[PublishersSite, Running]]:
    """A daemon as a process, which asks the demo's publishers each second."""
    async with PublishersSite() as site:
        for feed, targets in BASELINES.items():
            site.publish(feed, targets)
        configured(folder, site.settings(**QUICK))
        async with running(folder) as process:
            yield site, process


async def test_a_commit_and_a_hold_are_on_the_page_at_once(chromium: Any, tmp_path: Path) -> None:
    """What is committed is on the page at once and a hold with its commands."""
    async with daemon(tmp_path) as (site, process):
        address = f"http://127.0.0.1:{process.port}/"
        async with visited(chromium, address, DESKTOP) as page:
            await page.get_by_text("Live", exact=True).wait_for(timeout=PATIENCE_MS)
            await page.get_by_text("All 4 feeds are current").wait_for(timeout=PATIENCE_MS)
            await page.evaluate("window.untouched = true")
            site.publish("un_sc", [*BASELINES["un_sc"], NEWCOMER])
            entry = page.locator("#changes li.change", has_text=NEWCOMER.name.family)
            await entry.first.wait_for(timeout=PATIENCE_MS)
            assert "Designated" in await entry.first.inner_text()
            staying = [one for one in BASELINES["us_ofac_sdn"] if one.programme != "clouds"]
            site.publish("us_ofac_sdn", staying)
            await page.get_by_role("region", name="Waiting for a person").wait_for(timeout=PATIENCE_MS)
            leaving = next(one for one in BASELINES["us_ofac_sdn"] if one.programme == "clouds")
            await page.locator("#holds .entries", has_text=leaving.name.family).first.wait_for(timeout=PATIENCE_MS)
            assert await page.get_by_role("button", name="Copy the command syncd release").count() == 1
            assert await page.evaluate("window.untouched") is True
            assert not await overflows(page)
            await page.screenshot(path=browser.screenshots() / "live.png", full_page=True)


KNOWN = next(one for one in BASELINES["un_sc"] if all(one in listed for listed in BASELINES.values()))


async def test_from_a_name_to_the_record_and_its_history(chromium: Any, tmp_path: Path) -> None:
    """What an officer does: a name in any order, the record, what changed, what was known before that."""
    async with daemon(tmp_path) as (site, process):
        address = f"http://127.0.0.1:{process.port}/"
        async with visited(chromium, address, DESKTOP) as page:
            await page.get_by_text("All 4 feeds are current").wait_for(timeout=PATIENCE_MS)
            amended = structs.replace(
                KNOWN, aliases=(*KNOWN.aliases, Called("ZAZERKALNY", "Paper")), position="Keeper of Nothing"
            )
            site.publish("un_sc", [amended if one is KNOWN else one for one in BASELINES["un_sc"]])
            await page.locator("#changes li.change", has_text=KNOWN.name.family).first.wait_for(timeout=PATIENCE_MS)
            await page.get_by_label("Look a record up by name or number").fill(
                f"{KNOWN.name.family} {KNOWN.name.given}"
            )
            await page.get_by_role("button", name="Look up").click()
            hit = page.locator(".hits > li", has_text=key("un_sc", KNOWN))
            assert await page.locator(".hits > li").count() >= len(BASELINES)
            assert await page.get_by_text("This is no screening").is_visible()
            searched = page.url
            await hit.get_by_role("link").click()
            for _ in range(100):
                if await page.locator(".members > li").count() == len(BASELINES) - 1:
                    break
                await page.wait_for_timeout(200)
                await page.reload()
            assert await page.locator(".members > li").count() == len(BASELINES) - 1
            latest = page.locator(".history > li").first
            assert "ZAZERKALNY" in await latest.locator("ins", has_text="ZAZERKALNY").inner_text()
            assert await latest.locator("del").first.is_visible()
            document = await latest.get_by_role("link", name="…").get_attribute("href")
            assert document is not None
            assert len(document) == len("/api/documents/") + 64
            record = page.url
            await page.locator(".history > li").nth(1).get_by_role("link", name="as it was known then").click()
            assert await page.get_by_text("and not what is known now").is_visible()
            assert await page.locator("dl.record", has_text="ZAZERKALNY").count() == 0
        for scheme in ("light", "dark"):
            for width in (DESKTOP, PHONE, SMALL):
                for name, place in (("search", searched), ("record", record)):
                    await looked_at(chromium, address, place, f"{name}-{width}-{scheme}", width, scheme)


async def looked_at(chromium: Any, address: str, place: str, name: str, width: int, scheme: str) -> None:
    """A page can be read and used in this window and this light; its picture is kept."""
    async with visited(chromium, address, width, color_scheme=scheme) as page:
        await page.goto(place)
        await page.screenshot(path=browser.screenshots() / f"{name}.png", full_page=True)
        assert not await overflows(page)
        assert await page.evaluate(browser.FAINT) == []
        assert await page.evaluate(browser.NAMELESS) == []
        assert await page.get_by_role("main").count() == 1


async def test_a_daemon_that_is_gone_is_said(chromium: Any, tmp_path: Path) -> None:
    async with daemon(tmp_path) as (_, process):
        context = await chromium.new_context()
        page = await context.new_page()
        await page.goto(f"http://127.0.0.1:{process.port}/")
        await page.get_by_text("Live", exact=True).wait_for(timeout=PATIENCE_MS)
        await process.stop()
        await page.get_by_text("Reconnecting", exact=True).wait_for(timeout=PATIENCE_MS)
        await context.close()
