"""The answers of `/api`: from the follower's view and, beyond it, from the ledger, in pages."""

import asyncio
import contextlib
import heapq
import itertools
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing
from http import HTTPStatus
from typing import Any, Final, TypeVar, cast

import msgspec
from aiohttp import web

from syncd import __version__
from syncd.core import times
from syncd.core.coordination.target import COORDINATOR, CoordinationEvent
from syncd.core.events import cloud_event
from syncd.errors import LedgerError
from syncd.feeds import partitions_by_feed
from syncd.ledger.row_pages import Place, cursor_place, rows_before
from syncd.web import openapi
from syncd.web.coordinated import unpacked_row
from syncd.web.follower import Follower
from syncd.web.openapi import ENDPOINTS, HITS_DEFAULT, HITS_MAX, LIMIT_DEFAULT, LIMIT_MAX, Endpoint, Parameter
from syncd.web.problems import Unanswered, problem_answer
from syncd.web.records import RecordAnswers
from syncd.web.stream import Listener, filter_of, write

ASK_SECONDS_MAX: Final = 30.0
PAGE_BYTES_MAX: Final = 8_000_000
NUMBER_DIGITS_MAX: Final = 18
# An id has at most 200 characters, and its feed stands before it.
TEXT_CHARACTERS_MAX: Final = 250
COUNTRY_CHARACTERS: Final = 2
# Shorter than what proxies allow a silent connection.
BREATH_SECONDS: Final = 15.0

Given = Mapping[str, Any]
T = TypeVar("T")


class Api:
    """The routes of `/api`. `standby` returns whether another replica is active."""

    def __init__(self, follower: Follower, *, installation: str, standby: Callable[[], bool]) -> None:
        self._follower = follower
        self._installation = installation
        self._standby = standby
        self._document = msgspec.json.encode(openapi.openapi_document())
        self._answers: dict[str, Callable[[Given], Awaitable[msgspec.Struct]]] = {
            "status": self._status,
            "feeds": self._feeds,
            "publications": self._publications,
            "decisions": self._decisions,
            "changes": self._changes,
            "coordination": self._coordination,
            "targets": self._targets,
            "held": self._held,
            "notices": self._notices,
            **RecordAnswers(follower).answers(),
        }

    def routes(self) -> list[web.RouteDef]:
        """Return one route for each endpoint, and those of the index of all."""
        index = [web.get(path, self._index) for path in ("/api", "/api/")]
        return index + [
            web.get(endpoint.route, self._handler(endpoint)) for endpoint in ENDPOINTS if not endpoint.media
        ]

    def _handler(self, endpoint: Endpoint) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        if endpoint.name == "events":
            return self._events
        if endpoint.name == "openapi":
            return self._openapi
        answer = self._answers[endpoint.name]

        async def handle(request: web.Request) -> web.StreamResponse:
            try:
                given = parameters(endpoint, request)
                async with asyncio.timeout(ASK_SECONDS_MAX):
                    body = msgspec.json.encode(await answer(given))
            except Unanswered as error:
                return problem_answer(error.status, error.detail)
            except TimeoutError:
                return problem_answer(HTTPStatus.SERVICE_UNAVAILABLE, "the ledger did not answer in time")
            except LedgerError as error:
                return problem_answer(HTTPStatus.SERVICE_UNAVAILABLE, str(error))
            return web.Response(body=body, content_type="application/json")

        return handle

    async def _index(self, _: web.Request) -> web.Response:
        said = {endpoint.path: endpoint.says for endpoint in ENDPOINTS}
        return web.Response(body=msgspec.json.format(msgspec.json.encode(said)), content_type="application/json")

    async def _openapi(self, _: web.Request) -> web.Response:
        return web.Response(body=self._document, content_type="application/json")

    async def _status(self, _: Given) -> openapi.Overview:
        return openapi.Overview(
            version=__version__,
            installation=self._installation,
            standby=self._standby(),
            ledger_age_seconds=round(self._follower.seconds_since_read(), 1),
            feeds=self._follower.statuses(),
            coordination=self._follower.coordinator,
        )

    async def _feeds(self, _: Given) -> openapi.Feeds:
        return openapi.Feeds(feeds=self._follower.statuses())

    async def _publications(self, given: Given) -> openapi.Publications:
        feed = given["feed"]
        if feed not in self._follower.publications:
            raise Unanswered(HTTPStatus.NOT_FOUND, f"there is nothing of {feed} yet")
        async with self._follower.reading() as ledger:
            page = await rows_before(ledger, [feed], _place(given["before"]), given["limit"])
        return openapi.Publications(feed=feed, publications=page.rows, next=page.next)

    async def _decisions(self, given: Given) -> openapi.Decisions:
        async with self._follower.reading() as ledger:
            feeds = [given["feed"]] if given["feed"] else [*await ledger.feeds(), COORDINATOR]
            page = await rows_before(ledger, feeds, _place(given["before"]), given["limit"], decisions=True)
        return openapi.Decisions(decisions=page.rows, next=page.next)

    async def _changes(self, given: Given) -> openapi.Changes:
        feed, after, limit = given["feed"], given["after"], given["limit"]
        if after > self._follower.sequence(feed):
            raise Unanswered(HTTPStatus.NOT_FOUND, f"{feed} has not come to sequence {after}")
        found: list[Any] = []
        size = 0
        async with self._follower.reading() as ledger, _ending(ledger.tail({feed: after}, feeds=[feed])) as changes:
            async for change in changes:
                event = msgspec.Raw(msgspec.json.encode(cloud_event(change, ledger.installation, ledger.identity)))
                size += len(bytes(event))
                if found and size > PAGE_BYTES_MAX:
                    return openapi.Changes(feed=feed, changes=found, next=change.sequence - 1)
                found.append(event)
                if len(found) == limit:
                    more = change.sequence < self._follower.sequence(feed)
                    return openapi.Changes(feed=feed, changes=found, next=change.sequence if more else None)
        return openapi.Changes(feed=feed, changes=found, next=None)

    async def _notices(self, given: Given) -> openapi.Notices:
        view = self._follower.announced
        return openapi.Notices(awaited=view.rows(), notices=view.latest()[: given["limit"]])

    async def _coordination(self, given: Given) -> openapi.CoordinationEvents:
        after, limit = given["after"], given["limit"]
        if after > self._follower.coordinated.sequence:
            raise Unanswered(HTTPStatus.NOT_FOUND, f"nothing has been said under sequence {after}")
        found: list[CoordinationEvent] = []
        async with self._follower.reading() as ledger, _ending(ledger.coordination(after)) as events:
            async for event in events:
                if len(found) == limit:
                    return openapi.CoordinationEvents(events=found, next=found[-1].sequence)
                found.append(event)
        return openapi.CoordinationEvents(events=found, next=None)

    async def _targets(self, given: Given) -> openapi.Targets:
        after, limit = given["after"], given["limit"]
        async with self._follower.reading() as ledger:
            rows = await self._follower.coordinated.whole(ledger)
        names = heapq.nsmallest(limit + 1, (name for name in rows if name > after))
        more = names[limit - 1] if len(names) > limit else None
        return openapi.Targets(targets=[unpacked_row(rows[name]) for name in names[:limit]], next=more)

    async def _held(self, _: Given) -> openapi.Held:
        return openapi.Held(holds=self._follower.holds())

    async def _events(self, request: web.Request) -> web.StreamResponse:
        headers = {"Content-Type": "text/event-stream; charset=utf-8", "X-Accel-Buffering": "no"}
        response = web.StreamResponse(headers=headers)
        if request.method == "HEAD":
            response.content_length = 0
            await response.prepare(request)
            return response
        try:
            given = parameters(next(endpoint for endpoint in ENDPOINTS if endpoint.name == "events"), request)
            wanted = filter_of(given["feed"], given["type"], given["material"])
        except Unanswered as error:
            return problem_answer(error.status, error.detail)
        except ValueError as error:
            return problem_answer(HTTPStatus.BAD_REQUEST, str(error))
        joined = self._follower.stream.join(request.headers.get("Last-Event-ID", ""), wanted)
        if joined is None:
            return problem_answer(HTTPStatus.SERVICE_UNAVAILABLE, "too many listen already")
        listener, first = joined
        try:
            await response.prepare(request)
            await write(response, b"retry: 3000\n\n" + b"".join(first))
            await _pass_on(listener, response)
        except (ConnectionError, TimeoutError):
            if request.transport is not None:
                request.transport.abort()
        finally:
            self._follower.stream.leave(listener)
        return response

    def close(self) -> None:
        """End the streams that are open."""
        self._follower.stream.drop_all()


def _ending(reading: AsyncIterator[T]) -> aclosing[AsyncGenerator[T, None]]:
    """Return a context that closes `reading` at its end, and not when the garbage collector does."""
    return aclosing(cast(AsyncGenerator[T, None], reading))


async def _pass_on(listener: Listener, response: web.StreamResponse) -> None:
    """Send a listener's frames until it is dropped. Frames that came during a write go out in one piece."""
    dropped = asyncio.ensure_future(listener.dropped.wait())
    try:
        while not dropped.done():
            coming = asyncio.ensure_future(listener.queue.get())
            await asyncio.wait({coming, dropped}, timeout=BREATH_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if not coming.done():
                coming.cancel()
                await write(response, b": still here\n\n")
                continue
            frames = [coming.result()]
            with contextlib.suppress(asyncio.QueueEmpty):
                while True:
                    frames.append(listener.queue.get_nowait())
            await write(response, b"".join(frames))
    finally:
        dropped.cancel()


def _place(cursor: str) -> Place | None:
    try:
        return cursor_place(cursor) if cursor else None
    except ValueError:
        raise Unanswered(HTTPStatus.BAD_REQUEST, "before is no cursor: give `next` of the page before") from None


def parameters(endpoint: Endpoint, request: web.Request) -> dict[str, Any]:
    """Return the values of the request's parameters, by name. Raises Unanswered for one that is unknown, missing or
    wrong."""
    given = request.query
    known = {parameter.name: parameter for parameter in endpoint.parameters if parameter.place == "query"}
    for name in itertools.islice(given, 20):
        if name not in known:
            raise Unanswered(HTTPStatus.BAD_REQUEST, f"unknown parameter; there are: {', '.join(known) or 'none'}")
        if len(given.getall(name)) > 1:
            raise Unanswered(HTTPStatus.BAD_REQUEST, f"{name} is given more than once")
    stated = {**request.match_info, **given}
    return {parameter.name: _value(parameter, stated.get(parameter.name)) for parameter in endpoint.parameters}


_DEFAULTS: Final = {"number": 0, "limit": LIMIT_DEFAULT, "few": HITS_DEFAULT, "flag": False}
_MOST: Final = {"limit": LIMIT_MAX, "few": HITS_MAX}


def _value(of: Parameter, text: str | None) -> Any:
    if text is None:
        if of.required:
            raise Unanswered(HTTPStatus.BAD_REQUEST, f"{of.name} is missing")
        return _DEFAULTS.get(of.kind, "")
    if of.kind == "feed":
        if text not in partitions_by_feed():
            raise Unanswered(
                HTTPStatus.NOT_FOUND, f"there is no such feed; there are: {', '.join(partitions_by_feed())}"
            )
        return text
    if of.kind in _CHECKED:
        if len(text) > TEXT_CHARACTERS_MAX:
            raise Unanswered(HTTPStatus.BAD_REQUEST, f"{of.name} is too long")
        return _CHECKED[of.kind](of, text)
    if not (text.isascii() and text.isdigit()) or len(text) > NUMBER_DIGITS_MAX:
        raise Unanswered(HTTPStatus.BAD_REQUEST, f"{of.name} must be a number")
    most = _MOST.get(of.kind)
    if most is not None and not 1 <= int(text) <= most:
        raise Unanswered(HTTPStatus.BAD_REQUEST, f"{of.name} must be between 1 and {most}")
    return int(text)


def _choice(of: Parameter, text: str) -> str:
    if text not in of.words:
        raise Unanswered(HTTPStatus.BAD_REQUEST, f"{of.name} must be one of: {', '.join(of.words)}")
    return text


def _flag(of: Parameter, text: str) -> bool:
    if text not in ("true", "false"):
        raise Unanswered(HTTPStatus.BAD_REQUEST, f"{of.name} must be true or false")
    return text == "true"


def _country(of: Parameter, text: str) -> str:
    if not (len(text) == COUNTRY_CHARACTERS and text.isascii() and text.isalpha()):
        raise Unanswered(HTTPStatus.BAD_REQUEST, f"{of.name} must be a code of two letters, such as RU")
    return text.upper()


def _time(of: Parameter, text: str) -> str:
    """A time as the ledger writes times; of a day alone its start."""
    found = times.instant(text)
    if found is None:
        raise Unanswered(HTTPStatus.BAD_REQUEST, f"{of.name} must be a time: 2025-03-20T14:03Z, or a day")
    return found


def _moment(of: Parameter, text: str) -> str:
    """The same; of a day alone its end."""
    return times.end_instant(text) or _time(of, text)


def _text(_: Parameter, text: str) -> str:
    return text


# How the text of a parameter is checked, by its kind; feeds and numbers are above.
_CHECKED: Final[Mapping[str, Callable[[Parameter, str], str | bool]]] = {
    "text": _text,
    "choice": _choice,
    "flag": _flag,
    "country": _country,
    "time": _time,
    "moment": _moment,
}
