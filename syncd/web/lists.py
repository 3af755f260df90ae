"""Whole lists for other programs: `/api/lists/…` streams them, with what they are in the headers.

    eu_fsf.ndjson, all.ndjson           every record under its digest: the form that verifies
    eu_fsf.csv, all.csv                 one record a row
    eu_fsf.ftm.json, all.ftm.json       FollowTheMoney entities
    catalog.json                        the lists as data sets, for yente
    eu_fsf.delta.json                   the index of what its last commits changed
    eu_fsf.VERSION.delta.json           what one of them changed, as operations on entities

The ETag is the list's digest, so that who has the list already gets 304. Two exports are made at a time, each some
hundred records at once in a thread, so that a list costs no more memory than the ledger's own, and nobody waits.
"""

import asyncio
import hashlib
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Sequence
from contextlib import aclosing, asynccontextmanager
from functools import partial
from http import HTTPStatus
from typing import Any, Final, cast

import msgspec
from aiohttp import web

from syncd.concurrency import in_thread
from syncd.core.events import Publication
from syncd.errors import LedgerError
from syncd.exports import catalog
from syncd.exports.forms import FORMS, ExportForm
from syncd.exports.listing import ListNote
from syncd.ledger.lists import WholeList, export_parts, facts_of, list_now, note_now
from syncd.web.api import parameters
from syncd.web.deltas import DeltaWindow, delta_parts
from syncd.web.follower import Follower
from syncd.web.openapi import ENDPOINTS
from syncd.web.problems import Unanswered, problem_answer
from syncd.web.stream import write

EXPORTS_AT_ONCE: Final = 2
ALL: Final = "all"
DELTA: Final = "delta.json"
CATALOG: Final = "catalog.json"
_GZIP_WBITS: Final = 31
_GZIP_LEVEL: Final = 6

Part = Callable[[], bytes]
_FORMS: Final = {form.suffix: form for form in FORMS.values()}
_ENDPOINT: Final = next(endpoint for endpoint in ENDPOINTS if endpoint.name == "whole_list")


class Lists:
    """The routes of `/api/lists`."""

    def __init__(self, follower: Follower) -> None:
        self._follower = follower
        self._deltas = DeltaWindow()
        self._busy = 0

    def routes(self) -> list[web.RouteDef]:
        """Return the route of all lists."""
        return [web.get("/api/lists/{name}", self._list)]

    async def _list(self, request: web.Request) -> web.StreamResponse:
        try:
            return await self._answer(request)
        except Unanswered as error:
            return problem_answer(error.status, error.detail)
        except LedgerError as error:
            return problem_answer(HTTPStatus.SERVICE_UNAVAILABLE, str(error))

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        name: str = parameters(_ENDPOINT, request)["name"]
        if name == CATALOG:
            return await self._catalog(request)
        feed, _, suffix = name.partition(".")
        if suffix == DELTA:
            return await self._index(request, self._known(feed)[0])
        if suffix.endswith(f".{DELTA}"):
            return await self._delta(request, self._known(feed)[0], suffix.removesuffix(f".{DELTA}"))
        if suffix not in _FORMS:
            raise Unanswered(HTTPStatus.NOT_FOUND, f"a list ends in one of: {', '.join((*_FORMS, DELTA))}")
        feeds = self._committed() if feed == ALL else self._known(feed)
        return await self._export(request, name, feeds, _FORMS[suffix])

    def _committed(self) -> list[str]:
        return [status.feed for status in self._follower.statuses() if status.commit]

    def _known(self, feed: str) -> list[str]:
        if feed not in self._committed():
            raise Unanswered(HTTPStatus.NOT_FOUND, "there is nothing of such a feed; /api/feeds has those there are")
        return [feed]

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        if self._busy >= EXPORTS_AT_ONCE:
            raise Unanswered(HTTPStatus.SERVICE_UNAVAILABLE, "other exports are being made: ask again in a minute")
        self._busy += 1
        try:
            yield
        finally:
            self._busy -= 1

    async def _export(
        self, request: web.Request, name: str, feeds: Sequence[str], form: ExportForm
    ) -> web.StreamResponse:
        async with self._follower.reading() as ledger:
            notes = [await note_now(ledger, feed) for feed in feeds]
        if etag(notes, form) in _asked_tags(request):
            return web.Response(status=HTTPStatus.NOT_MODIFIED.value, headers=_headers(name, notes, form))
        async with self._turn():
            whole = await self._whole(feeds[0]) if len(feeds) == 1 else None
            headers = _headers(name, [whole.note] if whole else notes, form)
            return await streamed(request, headers, self._parts(feeds, whole, form))

    async def _whole(self, feed: str) -> WholeList:
        async with self._follower.reading() as ledger:
            return await list_now(ledger, feed)

    async def _parts(
        self, feeds: Sequence[str], whole: WholeList | None, form: ExportForm
    ) -> AsyncGenerator[Part, None]:
        """One list is in memory at a time: `whole`, where it is the only one."""
        yield form.head
        for feed in feeds:
            for part in export_parts(whole or await self._whole(feed), form):
                yield part

    async def _catalog(self, request: web.Request) -> web.Response:
        async with self._follower.reading() as ledger:
            notes = [await note_now(ledger, feed) for feed in self._committed()]
        address = _address(request)
        return _json({"datasets": [catalog.dataset(note, facts_of(note.feed), address) for note in notes]})

    async def _index(self, request: web.Request, feed: str) -> web.Response:
        async with self._follower.reading() as ledger:
            rows = await self._deltas.rows(ledger, feed, self._follower.publications.get(feed, ()))
        return _json(catalog.delta_index(feed, rows, _address(request)))

    async def _delta(self, request: web.Request, feed: str, version: str) -> web.StreamResponse:
        row = self._row(feed, version)
        headers = {"Content-Type": f"{FORMS['ftm'].media}; charset=utf-8"}
        async with self._turn(), self._follower.reading() as ledger:
            return await streamed(request, headers, delta_parts(ledger, row))

    def _row(self, feed: str, version: str) -> Publication:
        number = catalog.commit_number(version)
        for row in self._follower.publications.get(feed, ()):
            if row.kind == "commit" and row.commit == number and catalog.version_of(row.at, row.commit) == version:
                return row
        raise Unanswered(HTTPStatus.NOT_FOUND, "no delta of this version is kept; the index has those there are")


def etag(notes: Iterable[ListNote], form: ExportForm) -> str:
    """Return the weak ETag of lists in a form: of one list its digest, of several that of their digests. Where the same
    records may be written otherwise, with the form's version."""
    digests = [note.digest for note in notes]
    whole = digests[0] if len(digests) == 1 else hashlib.sha256("\n".join(digests).encode()).hexdigest()
    return f'W/"{whole}{f".{form.version}" if form.version else ""}"'


def _headers(name: str, notes: Sequence[ListNote], form: ExportForm) -> dict[str, str]:
    return note_headers(notes) | {
        "Content-Type": f"{form.media}; charset=utf-8",
        "Content-Disposition": f'attachment; filename="{name}"',
        "ETag": etag(notes, form),
    }


def note_headers(notes: Sequence[ListNote]) -> dict[str, str]:
    """Return what is said of a list in the headers of its answer; of several, nothing."""
    if len(notes) != 1:
        return {}
    facts = cast(dict[str, Any], msgspec.to_builtins(notes[0]))
    return {
        f"Syncd-{name.title().replace('_', '-')}": str(value) for name, value in facts.items() if name not in _IN_WORDS
    }


# Headers are ASCII.
_IN_WORDS: Final = frozenset({"title", "authority", "source"})


def _asked_tags(request: web.Request) -> frozenset[str]:
    """The ETags that the client has, as weak ones."""
    given = (tag.strip() for tag in request.headers.get("If-None-Match", "").split(","))
    return frozenset(tag if tag.startswith("W/") else f"W/{tag}" for tag in given)


def _address(request: web.Request) -> str:
    """The port's address as the client knows it: behind a proxy that speaks TLS, that is not the one listened on."""
    scheme = "https" if request.headers.get("X-Forwarded-Proto", "").lower() == "https" else request.scheme
    return f"{scheme}://{request.host}"


def _json(value: object) -> web.Response:
    return web.Response(body=msgspec.json.encode(value), content_type="application/json")


async def streamed(
    request: web.Request, headers: dict[str, str], parts: AsyncGenerator[Part, None]
) -> web.StreamResponse:
    """Send an answer in parts, each made in a thread, compressed where the client asks for it. What fails amid it cuts
    the connection off, so that nobody takes a part for the whole."""
    zipped = "gzip" in request.headers.get("Accept-Encoding", "").lower()
    response = web.StreamResponse(headers=headers | ({"Content-Encoding": "gzip"} if zipped else {}))
    response.headers["Vary"] = "Accept-Encoding"
    if request.method == "HEAD":
        response.content_length = 0
        await response.prepare(request)
        return response
    packer = zlib.compressobj(_GZIP_LEVEL, wbits=_GZIP_WBITS) if zipped else None
    try:
        async with aclosing(parts):
            await response.prepare(request)
            async for part in parts:
                if data := await in_thread(partial(_packed, part, packer), "exports"):
                    await write(response, data)
            if packer is not None:
                await write(response, packer.flush())
    except (LedgerError, ConnectionError, TimeoutError, asyncio.CancelledError):
        if request.transport is not None:
            request.transport.abort()
        if (task := asyncio.current_task()) is not None and task.cancelling():
            raise
    return response


def _packed(part: Part, packer: Any) -> bytes:
    data = part()
    return data if packer is None else bytes(packer.compress(data))
