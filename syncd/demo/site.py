"""The publishers, on loopback: the addresses, redirects, gates, validators and bad days of the real ones.

Every address of a feed is served under the site's own, after the name of the real host:

    https://scsanctions.un.org/resources/xml/en/consolidated.xml
    http://127.0.0.1:PORT/scsanctions.un.org/resources/xml/en/consolidated.xml

    OFAC  302 to a signed address with a secret in its query; ETag, Last-Modified, the publication's id; a JSON gate
    UN    302 to a signed address; ETag
    UK    the document itself; ETag and Last-Modified
    EU    the document itself, Last-Modified alone; an RSS with a hash as gate; the Official Journal (`journal`)

    async with PublishersSite() as site:
        site.publish("un_sc", targets)
        site.serve_badly("un_sc", "cut")
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import parse_qs, quote, urlsplit

from aiohttp import web
from msgspec import Struct

from syncd.demo import eu, lists
from syncd.demo.journal import OfficialJournal
from syncd.demo.targets import InventedTarget
from syncd.feeds import all_feeds
from syncd.feeds.contract import Source

HOST = "127.0.0.1"
STORAGE = "/storage.example"
SIGNED_SECONDS = 3600
# The share of a document that still comes when it is cut off.
CUT_AT = 0.6

BadDay = Literal["cut", "error", "html", "empty", "hang_up"]


class Issue(Struct, frozen=True, kw_only=True):
    """One publication of a feed. `at` is when it was published (UTC), `last_modified` what the publisher says: whole
    seconds, and later than before even for two publications within one. `number` counts all publications here."""

    number: int
    at: datetime
    last_modified: datetime
    targets: tuple[InventedTarget, ...]
    document: bytes

    @property
    def etag(self) -> str:
        """The validator of the document: made of its bytes."""
        return f'"{hashlib.sha256(self.document).hexdigest()[:32]}"'


class Style(Struct, frozen=True, kw_only=True):
    """How one publisher answers."""

    signed: bool = False
    etag: bool = False
    last_modified: bool = False
    publication_id: bool = False


STYLES: Mapping[str, Style] = {
    "us_ofac_sdn": Style(signed=True, etag=True, last_modified=True, publication_id=True),
    "un_sc": Style(signed=True, etag=True),
    "uk_sl": Style(etag=True, last_modified=True),
    "eu_fsf": Style(last_modified=True),
}
HTML = b"<!DOCTYPE html><html><head><title>Down for maintenance</title></head><body><p>Back soon.</p></body></html>"


class PublishersSite:
    """An asynchronous context manager. `now` gives the time of a publication; a test may state another.

    `requests` are the paths that were asked, in order, without queries.
    """

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.port = 0
        self.requests: list[str] = []
        self.journal = OfficialJournal()
        self._now = now
        self._key = secrets.token_bytes(32)
        self._issues: dict[str, list[Issue]] = {feed: [] for feed in STYLES}
        self._bad: dict[str, BadDay] = {}
        self._count = 0
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        application = web.Application()
        for path, answer in self._routes():
            application.router.add_get(path, answer, allow_head=False)
        for method, path, reply in self.journal.routes():
            application.router.add_route(method, path, reply)
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

    def sources(self) -> dict[str, dict[str, str]]:
        """Feed → source → address here, of every source of the feeds that have a publisher here."""
        feeds = all_feeds()
        return {feed: {source.name: self.address(source.url) for source in feeds[feed].sources} for feed in STYLES}

    def gates(self) -> dict[str, dict[str, str]]:
        """Feed → source → address of its gate here; sources without a gate are left out; of several, the
        first is here."""
        feeds = all_feeds()
        return {
            feed: {source.name: self.address(source.gates[0].url) for source in feeds[feed].sources if source.gates}
            for feed in STYLES
        }

    def settings(self, **each: Any) -> dict[str, Any]:
        """The `[feeds]` section of a configuration that asks this site and nobody else, with `each` for every feed."""
        gates = self.gates()
        return {"enable": list(STYLES)} | {
            feed: {
                "sources": {
                    name: {"url": url} | ({"gate_url": gates[feed][name]} if name in gates[feed] else {})
                    for name, url in sources.items()
                },
                **each,
            }
            for feed, sources in self.sources().items()
        }

    @property
    def home(self) -> str:
        """The address of the site."""
        return f"http://{HOST}:{self.port}"

    def address(self, url: str) -> str:
        """Where this site serves what the publisher serves at `url`; braces for dates stay as they are."""
        parts = urlsplit(url)
        query = f"?{parts.query}" if parts.query else ""
        return f"{self.home}{_path(url)}{query}"

    def publish(self, feed: str, targets: Sequence[InventedTarget]) -> Issue:
        """From now on the list of `feed` is of these targets; what was wrong with its publisher is well again."""
        now = self._now()
        issues = self._issues[feed]
        whole = now.replace(microsecond=0)
        last_modified = max(whole, issues[-1].last_modified + timedelta(seconds=1)) if issues else whole
        self._count += 1
        issue = Issue(
            number=self._count,
            at=now,
            last_modified=last_modified,
            targets=tuple(targets),
            document=lists.document(feed, targets, now),
        )
        issues.append(issue)
        self._bad.pop(feed, None)
        return issue

    def current(self, feed: str) -> Issue:
        """The latest publication. Raises IndexError before the first."""
        return self._issues[feed][-1]

    def serve_badly(self, feed: str, how: BadDay) -> None:
        """From now on the document of `feed` is cut off in the middle (`cut`), or answered with 503 (`error`), with
        200 and a maintenance page (`html`) or nothing (`empty`), or with a closed connection (`hang_up`)."""
        self._bad[feed] = how

    def serve_well(self, feed: str) -> None:
        """End a bad day of the publisher of `feed`."""
        self._bad.pop(feed, None)

    def _routes(self) -> list[tuple[str, Callable[[web.Request], Any]]]:
        routes: list[tuple[str, Callable[[web.Request], Any]]] = []
        gates: dict[str, Callable[[web.Request], Any]] = {}
        for feed in STYLES:
            for source in all_feeds()[feed].sources:
                if not _is_written(source):
                    continue
                routes.append((_path(source.url), self._document_handler(feed, source)))
                if STYLES[feed].signed:
                    routes.append((f"{STORAGE}{_path(source.url)}", self._storage_handler(feed, source)))
                if source.gates:
                    gates[_path(source.gates[0].url.partition("/{")[0])] = _GATES[feed](self)
        for path, answer in gates.items():
            routes += [(path, answer), (f"{path}/{{dates:.*}}", answer)]
        return routes

    def _document_handler(self, feed: str, source: Source) -> Callable[[web.Request], Any]:
        async def answer(request: web.Request) -> web.StreamResponse:
            self.requests.append(request.path)
            if not STYLES[feed].signed:
                return self._deliver(feed, source, request)
            storage = f"{STORAGE}{request.path}"
            signed = f"{self.home}{storage}?{self._signature(storage)}"
            return web.Response(status=302, headers={"Location": signed})

        return answer

    def _storage_handler(self, feed: str, source: Source) -> Callable[[web.Request], Any]:
        async def answer(request: web.Request) -> web.StreamResponse:
            self.requests.append(request.path)
            if not self._is_signed(request):
                return web.Response(status=403, text="the signature does not match")
            return self._deliver(feed, source, request)

        return answer

    def _signature(self, path: str) -> str:
        expires = str(int(self._now().timestamp()) + SIGNED_SECONDS)
        return f"X-Amz-Expires={expires}&X-Amz-Signature={self._mac(path, expires)}"

    def _is_signed(self, request: web.Request) -> bool:
        query = parse_qs(request.query_string)
        expires = query.get("X-Amz-Expires", ["0"])[0]
        given = query.get("X-Amz-Signature", [""])[0]
        right = hmac.compare_digest(given, self._mac(request.path, expires))
        return right and expires.isdigit() and int(expires) > self._now().timestamp()

    def _mac(self, path: str, expires: str) -> str:
        return hmac.new(self._key, f"{path} {expires}".encode(), hashlib.sha256).hexdigest()

    def _deliver(self, feed: str, source: Source, request: web.Request) -> web.StreamResponse:
        """The document, 304, or what a bad day brings."""
        if not self._issues[feed]:
            return web.Response(status=404, text="nothing is published")
        issue, bad = self.current(feed), self._bad.get(feed)
        if bad is not None and bad != "cut":
            return _bad_answer(bad, request)
        headers = self._headers(feed, issue, cut=bad == "cut")
        if _is_current(request, headers):
            return web.Response(status=304, headers=headers)
        document = _cut(issue.document) if bad == "cut" else issue.document
        if source.packing == "zip":
            body, kind = lists.zipped(lists.OFAC_FILE, document), "application/zip"
        else:
            body, kind = document, "application/xml"
        return web.Response(body=body, headers={**headers, "Content-Type": kind})

    def _headers(self, feed: str, issue: Issue, *, cut: bool) -> dict[str, str]:
        """The validators, and what OFAC's storage says beside them. A cut document has an ETag of its own."""
        style = STYLES[feed]
        headers = {}
        if style.etag:
            headers["ETag"] = f'"cut-{issue.number}"' if cut else issue.etag
        if style.last_modified:
            headers["Last-Modified"] = format_datetime(issue.last_modified, usegmt=True)
        if style.publication_id:
            headers["x-amz-meta-publication-id"] = str(issue.number)
            headers["x-amz-meta-delta-name"] = f"{issue.at:%Y-%m-%d}_delta.xml"
        return headers

    def history(self, feed: str, year: int, month: int | None, day: int | None) -> list[dict[str, Any]]:
        """OFAC's history of publications in that year, month or day, newest first."""
        wanted = (year, month, day)
        return [
            {"publicationID": issue.number, "datePublished": f"{issue.at:%Y-%m-%dT%H:%M:%S}"}
            for issue in reversed(self._issues[feed])
            if all(
                asked in (None, was)
                for asked, was in zip(wanted, (issue.at.year, issue.at.month, issue.at.day), strict=True)
            )
        ]


def _is_written(source: Source) -> bool:
    """OFAC's Enhanced documents are not written here: as on a bad day, they answer 404."""
    return source.vocabulary != "enhanced"


def _path(url: str) -> str:
    """The path on this site of a publisher's address: the host, then its path."""
    parts = urlsplit(url)
    return f"/{parts.hostname}{quote(parts.path, safe='/{}:')}"


def _cut(document: bytes) -> bytes:
    """The first lines of a document, without its end."""
    return document[: document.rfind(b"\n", 0, int(len(document) * CUT_AT))]


def _is_current(request: web.Request, headers: Mapping[str, str]) -> bool:
    """Whether the request names the validators of what would be served; an ETag goes before a date."""
    if "ETag" in headers and "If-None-Match" in request.headers:
        return request.headers["If-None-Match"] == headers["ETag"]
    dated = headers.get("Last-Modified")
    return dated is not None and request.headers.get("If-Modified-Since") == dated


def _bad_answer(bad: BadDay, request: web.Request) -> web.StreamResponse:
    if bad == "hang_up":
        if request.transport is not None:
            request.transport.close()
        return web.Response()
    if bad == "error":
        return web.Response(status=503, text="Service Unavailable", headers={"Retry-After": "1"})
    return web.Response(body=HTML if bad == "html" else b"", headers={"Content-Type": "text/html"})


def _ofac_gate(site: PublishersSite) -> Callable[[web.Request], Any]:
    """`/changes/history/{year}[/{month}[/{day}]]`."""

    async def answer(request: web.Request) -> web.StreamResponse:
        site.requests.append(request.path)
        dates = request.match_info.get("dates", "").split("/")
        if not 1 <= len(dates) <= 3 or not all(part.isdigit() for part in dates):
            return web.Response(status=400, text="the year is missing")
        numbers = [int(part) for part in dates]
        year, month, day = (*numbers, None, None)[:3]
        return web.json_response(site.history("us_ofac_sdn", year or 0, month, day))

    return answer


def _eu_gate(site: PublishersSite) -> Callable[[web.Request], Any]:
    """The RSS. It names a hash of what is published, also on the days on which that cannot be had."""

    async def answer(request: web.Request) -> web.StreamResponse:
        site.requests.append(request.path)
        issue = site.current("eu_fsf")
        body = eu.rss(issue.etag.strip('"'), all_feeds()["eu_fsf"].sources[0].url)
        return web.Response(body=body, content_type="application/rss+xml")

    return answer


_GATES: Mapping[str, Callable[[PublishersSite], Callable[[web.Request], Any]]] = {
    "us_ofac_sdn": _ofac_gate,
    "eu_fsf": _eu_gate,
}
