"""A list that comes in pages is committed once, whole, whatever fails or changes between its pages."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.feeds import documents
from tests.intake.watch import Watch, watching
from tests.site import Site

FEED, SOURCE = "il_nbctf", "content_api"
# The publisher may give fewer entries a page than it is asked for.
TAKE = 10
ENTRY = json.loads(next(case.body() for case in documents.cases() if case.feed == FEED))["items"][0]


def entry(number: int) -> dict[str, Any]:
    return ENTRY | {"id": f"0000{number:04}-e487-4a64-bd48-df7246913a70", "name": f"INVENTED {number}"}


class Portal:
    """The content service: `before` happens before each answer, and may raise."""

    def __init__(self) -> None:
        self.entries = [entry(number) for number in range(25)]
        self.answers = 0
        self.fails_at: int | None = None
        self.changes_at: int | None = None

    async def answer(self, request: web.Request) -> web.StreamResponse:
        if request.query.get("take") == "1":
            newest = {"id": "newest", "updateDate": str(len(self.entries))}
            return web.json_response({"total": len(self.entries), "items": [newest]})
        self.answers += 1
        if self.answers == self.fails_at:
            return web.Response(status=503)
        if self.answers == self.changes_at:
            self.entries = [entry(99), *self.entries[:-1]]
        found = self.entries if request.query["filter"] == "contentType:organization" else []
        skip = int(request.query["skip"])
        return web.json_response({"total": len(found), "items": found[skip : skip + TAKE]})


@asynccontextmanager
async def asked(site: Site, folder: Path, portal: Portal) -> AsyncIterator[Watch]:
    site.answer("/content", portal.answer)
    addresses = {SOURCE: site.url("/content"), "gate": site.url("/content?take=1")}
    async with watching(folder, {FEED: addresses}) as watch:
        yield watch


async def committed(watch: Watch) -> tuple[int, int]:
    """How many commits there are, and how many records are in force."""
    state = await watch.state(FEED)
    return state.commit, state.ledger_records


async def test_all_pages_are_one_publication(site: Site, tmp_path: Path) -> None:
    portal = Portal()
    async with asked(site, tmp_path, portal) as watch:
        assert (await watch.poll(FEED)).result == "committed"
        assert await committed(watch) == (1, 25)
        assert (await watch.poll(FEED)).result == "unchanged"
        portal.entries = [*reversed(portal.entries), entry(25)]
        assert (await watch.poll(FEED)).result == "committed"
        assert await committed(watch) == (2, 26)


async def test_a_page_that_fails_or_repeats_an_entry_makes_no_half_list(site: Site, tmp_path: Path) -> None:
    portal = Portal()
    async with asked(site, tmp_path, portal) as watch:
        portal.fails_at = 3
        assert (await watch.poll(FEED)).result == "failed"
        assert await committed(watch) == (0, 0)
        portal.changes_at = portal.answers + 2
        assert "stands twice" in (await watch.poll(FEED)).why
        assert await committed(watch) == (0, 0)
        assert (await watch.poll(FEED)).result == "committed"
        assert await committed(watch) == (1, 25)
