"""The pages of one record and of the search: made whole by the server, without a script."""

from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final, get_args
from urllib.parse import urlencode

import msgspec
from aiohttp import web
from msgspec import Struct

from syncd import __version__
from syncd.core import times
from syncd.core.coordination.brief import TargetBrief
from syncd.core.coordination.target import feed_of
from syncd.core.model import Kind
from syncd.core.readable import path_text, value_text
from syncd.core.record_history import HistoryEntry, KnownRecord
from syncd.core.search import NOTICE, query_of
from syncd.core.times import iso
from syncd.errors import LedgerError
from syncd.ledger.contract import Ledger
from syncd.ledger.one_record import NoSuchRecord, NotKnownYet, history_of_record, known_record, target_of_record
from syncd.web.follower import Follower
from syncd.web.lines import clipped
from syncd.web.page import Look, page_template
from syncd.web.search import SearchResult

HITS_SHOWN: Final = 30
CHANGES_SHOWN: Final = 100
VALUE_CHARACTERS_MAX: Final = 2_000
KEY_CHARACTERS_MAX: Final = 250
# Of a record, what stands in other places of its page.
_ELSEWHERE: Final = frozenset({"key", "feed"})
_IN_FORCE: Final = Look("bad", "acted", "In force")


class DifferenceRow(Struct, frozen=True):
    """One difference as a person reads it."""

    field: str
    before: str
    after: str


class Asked(Struct, frozen=True):
    """What the form of the search was filled with."""

    q: str = ""
    birth: str = ""
    country: str = ""
    kind: str = ""
    delisted: bool = False


NOTHING_FOUND: Final = SearchResult(hits=[], is_more=False, records=0, ended=0)


class RecordPages:
    """The routes of both pages."""

    def __init__(self, follower: Follower, *, installation: str) -> None:
        self._follower = follower
        self._installation = installation

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [web.get("/search", self._search), web.get("/records/{key:.+}", self._record)]

    async def _search(self, request: web.Request) -> web.Response:
        given = {name: request.query.get(name, "").strip() for name in ("q", "birth", "country", "kind")}
        asked = Asked(**given, delisted=request.query.get("delisted") == "true")
        found, problem, status = NOTHING_FOUND, "", HTTPStatus.OK
        if asked.q:
            try:
                query = query_of(
                    asked.q,
                    birth=asked.birth,
                    country=asked.country,
                    kind=_kind(asked.kind),
                    delisted=asked.delisted,
                )
                found = await self._follower.search.find(query, HITS_SHOWN)
            except ValueError as error:
                problem, status = str(error), HTTPStatus.BAD_REQUEST
            except LedgerError as error:
                problem, status = str(error), HTTPStatus.SERVICE_UNAVAILABLE
        shown = {"hits": found.hits, "more": found.is_more, "searched": found.records, "ended": found.ended}
        shown |= {"problem": problem, "asked": asked}
        link = urlencode({name: value for name, value in given.items() if value})
        return self._rendered("search.html", status, **shown, link=link, kinds=get_args(Kind), notice=NOTICE)

    async def _record(self, request: web.Request) -> web.Response:
        key, at = request.match_info["key"], request.query.get("at", "").strip()
        moment = times.end_instant(at) if at else iso(self._follower.now())
        if moment is None or len(key) > KEY_CHARACTERS_MAX:
            problem = f"{clipped(at, 40)} is no time: write 2025-03-20T14:03Z, or a day" if at else "this is no key"
            return self._rendered("record.html", HTTPStatus.BAD_REQUEST, key=clipped(key, 100), problem=problem)
        try:
            async with self._follower.reading() as ledger:
                shown = await self._shown(ledger, key, moment, is_now=not at)
        except (NoSuchRecord, NotKnownYet) as error:
            return self._rendered("record.html", HTTPStatus.NOT_FOUND, key=key, problem=str(error))
        except LedgerError as error:
            return self._rendered("record.html", HTTPStatus.SERVICE_UNAVAILABLE, key=key, problem=str(error))
        return self._rendered("record.html", HTTPStatus.OK, key=key, at=at, **shown)

    async def _shown(self, ledger: Ledger, key: str, moment: str, *, is_now: bool) -> Mapping[str, Any]:
        known = await known_record(ledger, key, moment, is_now=is_now)
        entries = await history_of_record(ledger, key)
        target = await target_of_record(ledger, key) if is_now else None
        body: dict[str, Any] = msgspec.json.decode(bytes(known.record)) if known.record is not None else {}
        feed = self._follower.feeds.get(known.feed)
        latest = entries[::-1][:CHANGES_SHOWN]
        return {
            "known": known,
            "name": _name(known, body),
            "fields": list(_fields(body)),
            "target": target,
            "others": _others(known, target),
            "history": [(entry, list(_rows(entry))) for entry in latest],
            "total": len(entries),
            "feed_title": feed.title if feed else feed_of(key),
            "homepage": feed.homepage if feed else "",
            "titles": {name: one.title for name, one in self._follower.feeds.items()},
            "in_force": _IN_FORCE,
        }

    def _rendered(self, template: str, status: HTTPStatus, **shown: Any) -> web.Response:
        given = {"problem": "", "at": "", "name": "", **shown}
        text = page_template(template).render(
            now=iso(self._follower.now()), version=__version__, installation=self._installation, **given
        )
        return web.Response(text=text, status=status.value, content_type="text/html", charset="utf-8")


def _kind(text: str) -> Kind | None:
    """Raises ValueError."""
    known: dict[str, Kind] = {kind: kind for kind in get_args(Kind)}
    if text and text not in known:
        raise ValueError(f"the kind is one of: {', '.join(known)}")
    return known.get(text)


def _name(known: KnownRecord, body: Mapping[str, Any]) -> str:
    names = body.get("names") or ()
    return str(names[0].get("full", "")) if names else known.key


def _fields(body: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    for name, value in body.items():
        if name not in _ELSEWHERE:
            values = value if isinstance(value, list) else [value]
            yield path_text(name), [clipped(text, VALUE_CHARACTERS_MAX) for text in map(value_text, values) if text]


def _others(known: KnownRecord, target: TargetBrief | None) -> Iterable[Any]:
    return [member for member in target.members if member.key != known.key] if target else []


def _rows(entry: HistoryEntry) -> Iterator[DifferenceRow]:
    for one in entry.differences:
        before, after = (clipped(value_text(value), VALUE_CHARACTERS_MAX) for value in (one.before, one.after))
        yield DifferenceRow(path_text(one.path), before, after)
