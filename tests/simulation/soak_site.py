"""Every publisher, every channel and a bank's endpoint on loopback, and all of them in motion.

Four publishers act as authorities do (`syncd.demo.changing`). The others publish their invented list with one entry
less, another one each time: what is taken away beyond a limit, or flaps, is held, and what comes back is said. A
channel announces something new now and then.
"""

import hashlib
import json
import random
import time
from collections.abc import Mapping
from functools import lru_cache
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from syncd.demo.changing import ChangingLists
from syncd.demo.site import STYLES, PublishersSite
from syncd.feeds import all_feeds
from syncd.feeds.contract import Feed
from tests.benchmarks import notices_cost, publishers
from tests.fuzz.readers import ListReader, list_readers

HOST = "127.0.0.1"
CSL = ("us_bis_", "us_state_")
DAY = "2026-01-06"
DIFFERENT = 500
# Whose gate tells the time of the last publication.
TIMED = ("fr_dgt", "mc_freezes")


class SoakSite:
    """An asynchronous context manager. `taken` are the seconds from a commit to the endpoint, of each event since it
    was last emptied."""

    def __init__(self, seed: int) -> None:
        self.taken: list[float] = []
        self.events = 0
        self.four = PublishersSite()
        self.port = 0
        self._random = random.Random(seed)
        self._changing = ChangingLists(self.four, seed)
        self._lists = {feed: OtherList(feed) for feed in all_feeds() if feed not in STYLES and not feed.startswith(CSL)}
        self._lists["us_bis_dpl"] = OtherList("us_bis_dpl", *(feed for feed in all_feeds() if feed.startswith(CSL)))
        self._news = 0
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        await self.four.__aenter__()
        self._changing.begin()
        application = web.Application()
        application.router.add_post("/hook", self._take)
        application.router.add_route("*", "/channels/{path:.*}", self._announce)
        # One page leads to both lists of Japan's Ministry of Finance.
        answers = {path: answer for each in reversed(list(self._lists.values())) for path, answer in each.routes()}
        for path, answer in answers.items():
            application.router.add_get(path, answer)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, 0).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
        await self.four.__aexit__(kind, error, trace)

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def settings(self, **each: Any) -> dict[str, Any]:
        """The `[feeds]` section with every list, each taken from here."""
        others = {feed: found for feed, found in publishers.settings(self.port).items() if feed not in STYLES}
        for found in others.values():
            found.update(each)
        return {**others, **self.four.settings(**each), "enable": list(all_feeds())}

    def step(self) -> None:
        """Let one authority act, one other publish, and now and then a channel announce."""
        self._changing.step()
        self._random.choice(list(self._lists.values())).change(self._random)
        self._news += self._random.random() < 0.02

    async def _take(self, request: web.Request) -> web.Response:
        event = json.loads(await request.read())
        self.events += 1
        committed = event["data"].get("committed_at")
        if committed:
            self.taken.append(max(0.0, time.time() - _seconds(committed)))
        return web.Response(status=204)

    async def _announce(self, request: web.Request) -> web.Response:
        bodies = notices_cost.answers()
        found = next((body for part, body in bodies.items() if part in request.path), None)
        if found is None:
            return web.Response(status=404)
        return web.Response(body=found.replace(b"Invented", b"Invented %d" % self._news))


def _seconds(at: str) -> float:
    from datetime import datetime

    return datetime.fromisoformat(at).timestamp()


class OtherList:
    """An invented list, of which each version lacks another entry. Of several feeds that share a document, all."""

    def __init__(self, feed: str, *together: str) -> None:
        self._feed: Feed = all_feeds()[feed]
        self._source = self._feed.sources[0]
        self._readers: list[ListReader] = [_reader(name) for name in together or (feed,)]
        self._version = 0
        self._body = self._joined([reader.body for reader in self._readers])

    def change(self, chosen: random.Random) -> None:
        """Publish another version."""
        self._version += 1
        bodies = [reader.body for reader in self._readers]
        at = chosen.randrange(len(bodies))
        count = self._readers[at].document.count
        if count > 1 and self._version % 3:
            bodies[at] = self._readers[at].document.without(chosen.randrange(count))
        # A document that was seen before is stale: that is another story.
        self._body = self._joined(bodies) + b"\n" * (self._version % DIFFERENT)

    def _joined(self, bodies: list[bytes]) -> bytes:
        """CSV documents with one header."""
        return bodies[0] + b"".join(body.split(b"\n", 1)[1] for body in bodies[1:])

    def routes(self) -> list[tuple[str, Any]]:
        """Return (path, handler) of the document and its gate."""
        source = self._source
        if source.pages:
            return [(publishers.path_of(source.url), self._page)]
        found = publishers.DISCOVERED.get(self._feed.id)
        path = publishers.path_of(source.url)
        self._path = f"{path.rpartition('/')[0]}/{found}" if found else path
        gates = [(publishers.gate_path(source), self._gate)] if source.gates else []
        # Where the gate is a HEAD of the document, the document answers it.
        return [*gates, (self._path, self._document)]

    async def _document(self, request: web.Request) -> web.Response:
        named = f"attachment; filename=consolidated-list_{DAY}.xml"
        headers = {"ETag": _etag(self._body), "Content-Disposition": named}
        if request.headers.get("If-None-Match") == headers["ETag"]:
            return web.Response(status=304, headers=headers)
        return web.Response(body=publishers.packed(self._body, self._source), headers=headers)

    async def _gate(self, _: web.Request) -> web.Response:
        if self._feed.id.startswith("us_ofac"):
            row = {"publicationID": self._version + 1, "datePublished": f"{DAY}T10:00:00"}
            return web.json_response([row])
        if self._feed.id in TIMED:
            seconds = self._version % 3600
            return web.Response(text=f"02/10/2026 10:{seconds // 60:02}:{seconds % 60:02}")
        said = publishers.gate_body(self._feed, self._path)
        return web.Response(body=said.replace(b"</p>", b" version %d</p>" % self._version))

    async def _page(self, request: web.Request) -> web.Response:
        kind = request.query.get("filter", "").partition(":")[2]
        skip, take = int(request.query.get("skip", "0")), int(request.query.get("take", "1000"))
        found: list[Mapping[str, Any]] = [
            item for item in json.loads(self._body)["items"] if item["contentType"] == kind
        ]
        return web.json_response({"total": len(found), "items": found[skip : skip + take]})


def _reader(feed: str) -> ListReader:
    vocabulary = all_feeds()[feed].sources[0].vocabulary
    return next(one for one in list_readers() if (one.feed.id, one.vocabulary) == (feed, vocabulary))


@lru_cache(maxsize=256)
def _etag(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'
