"""The page: one screen that an operator and a compliance officer keep open.

The server makes it whole, for browsers without a script; the script only asks for it again after a commit. First it
shows what needs a person, each state by shape, colour and word.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from msgspec import Struct, field

from syncd import __version__
from syncd.core.events import ChangeType
from syncd.core.notices.evidence import lag_words
from syncd.core.notices.notice import Notice
from syncd.core.times import iso
from syncd.observe.status import FRESH_ALLOWANCE_SECONDS, FRESH_INTERVALS, FeedStatus, Word
from syncd.web import times
from syncd.web.announced import NoticeRow
from syncd.web.board import ActState, BoardRow, RowState
from syncd.web.follower import Follower
from syncd.web.lines import ChangeLine, HoldCard, clipped
from syncd.web.recent import rank

ASSETS: Final = Path(__file__).parent / "assets"
REFRESH_SECONDS: Final = 30
COMMITS_SHOWN: Final = 30
CHANGES_SHOWN_OF_A_COMMIT: Final = 6
HOLDS_SHOWN: Final = 20
ROWS_SHOWN: Final = 40
MESSAGE_CHARACTERS_MAX: Final = 300
METER_WIDTH: Final = 64

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)

_MEDIA: Final = {
    "page.css": "text/css",
    "page.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}


class Look(Struct, frozen=True):
    """How a state is shown: its tone (the colour), the name of its shape, its word."""

    tone: str
    shape: str
    word: str


FEED_LOOKS: Final[dict[Word, Look]] = {
    "failing": Look("bad", "failing", "Failing"),
    "stale": Look("bad", "stale", "Stale"),
    "held": Look("wait", "held", "Held"),
    "paused": Look("wait", "paused", "Paused"),
    "baselining": Look("info", "baselining", "First reading"),
    "ok": Look("good", "ok", "Current"),
}
CHANGE_LOOKS: Final[dict[ChangeType, Look]] = {
    "baselined": Look("quiet", "baselined", "Baseline"),
    "designated": Look("bad", "designated", "Designated"),
    "amended": Look("wait", "amended", "Amended"),
    "delisted": Look("good", "delisted", "Delisted"),
    "relisted": Look("bad", "relisted", "Relisted"),
    "rekeyed": Look("info", "rekeyed", "Re-keyed"),
}
ROW_LOOKS: Final[dict[RowState, Look]] = {
    "gap": Look("bad", "failing", "Gap"),
    "diverged": Look("bad", "diverged", "Diverged"),
    "open": Look("wait", "stale", "Under way"),
    "completed": Look("good", "ok", "Complete"),
}
ACT_LOOKS: Final[dict[ActState, Look]] = {
    "acted": Look("good", "acted", "Listed"),
    "awaited": Look("wait", "awaited", "Awaited"),
    "missing": Look("bad", "missing", "Missing"),
    "left": Look("bad", "delisted", "Delisted"),
}
_URGENCY: Final[tuple[Word, ...]] = tuple(FEED_LOOKS)
# The order in which people name them; who is not here comes after, by name.
_AUTHORITIES: Final = ("us", "un", "uk", "eu", "ca", "ch", "au", "nz", "jp", "fr")


class CommitBlock(Struct, frozen=True, kw_only=True):
    """The changes of one commit, the first of them, and how many more there are."""

    feed: str
    commit: int
    at: str
    count: int
    more: int
    published: str
    delay: str
    lines: list[ChangeLine]


class Shown(Struct, frozen=True, kw_only=True):
    """The content of the page. `explained` are the notices that announce what a hold keeps back, by its id.
    `authorities` are those of the feeds, by feed. `unread_seconds`: how long ago the ledger was read, None when it
    never was."""

    statuses: Sequence[FeedStatus]
    now: str
    lines: Sequence[ChangeLine] = ()
    holds: Sequence[HoldCard] = ()
    rows: Sequence[BoardRow] = ()
    notices: Sequence[NoticeRow] = ()
    explained: dict[str, list[Notice]] = field(default_factory=dict)
    installation: str = "local"
    standby: bool = False
    authorities: dict[str, str] = field(default_factory=dict)
    unread_seconds: float | None = 0.0


class Page:
    """The routes of the page and of its assets."""

    def __init__(self, follower: Follower, *, installation: str, standby: Callable[[], bool]) -> None:
        self._follower = follower
        self._installation = installation
        self._standby = standby

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [web.get("/", self._page), *(web.get(f"/assets/{name}", _asset) for name in _MEDIA)]

    async def _page(self, _: web.Request) -> web.Response:
        follower = self._follower
        shown = Shown(
            statuses=follower.statuses(),
            now=iso(follower.now()),
            lines=tuple(follower.recent),
            holds=follower.holds(),
            rows=follower.board(),
            notices=follower.announced.rows(),
            explained={hold.id: follower.announced.explaining(hold) for hold in follower.holds()},
            installation=self._installation,
            standby=self._standby(),
            authorities={feed.id: feed.authority for feed in follower.feeds.values()},
            unread_seconds=follower.seconds_since_read() if follower.has_read else None,
        )
        text = render(shown)
        return web.Response(text=text, content_type="text/html", charset="utf-8")


async def _asset(request: web.Request) -> web.Response:
    name = request.path.rpartition("/")[2]
    return web.Response(body=(ASSETS / name).read_bytes(), content_type=_MEDIA[name], charset="utf-8")


def render(shown: Shown) -> str:
    """Return the whole page as HTML."""
    feeds = sorted(shown.statuses, key=lambda status: (_URGENCY.index(status.status), status.feed))
    waiting = [hold for hold in shown.holds if not hold.rejected]
    gaps = [row for row in shown.rows if row.state in ("gap", "diverged")]
    tone, verdict = _verdict(feeds, waiting, gaps, shown.unread_seconds)
    rows = shown.rows[:ROWS_SHOWN]
    return page_template("page.html").render(
        now=shown.now,
        version=__version__,
        installation=shown.installation,
        standby=shown.standby,
        refresh_seconds=REFRESH_SECONDS,
        title=verdict,
        tone=tone,
        verdict=verdict,
        unread_seconds=shown.unread_seconds,
        feeds=feeds,
        current=sum(status.status == "ok" for status in feeds),
        records=sum(status.records for status in feeds),
        partial=sum(status.partial for status in feeds),
        waiting=waiting,
        gaps=gaps,
        last=max((status.changed_at for status in feeds), default=""),
        holds=shown.holds[:HOLDS_SHOWN],
        holds_more=max(0, len(shown.holds) - HOLDS_SHOWN),
        rows=rows,
        rows_more=max(0, len(shown.rows) - ROWS_SHOWN),
        columns=_columns(rows),
        notices=shown.notices[:ROWS_SHOWN],
        notices_more=max(0, len(shown.notices) - ROWS_SHOWN),
        explained=shown.explained,
        commits=_commits(shown.lines),
        authorities=shown.authorities,
    )


def _verdict(
    feeds: Sequence[FeedStatus],
    waiting: Sequence[HoldCard],
    gaps: Sequence[BoardRow],
    unread_seconds: float | None,
) -> tuple[str, str]:
    """Return the tone and one sentence for the whole, the worst first."""
    counts = {word: sum(status.status == word for status in feeds) for word in _URGENCY}
    if unread_seconds is None:
        return "wait", "The ledger is being opened"
    if not feeds:
        return "wait", "No feed is enabled"
    counted = [
        (counts["failing"] + counts["stale"], "bad", "{} not current"),
        (len(waiting), "wait", "{} waiting for a decision"),
        (len(gaps), "wait", "{} not followed by all"),
        (counts["paused"], "wait", "{} paused"),
        (counts["baselining"], "info", "{} being read for the first time"),
    ]
    nouns = {0: "feed", 1: "hold", 2: "target", 3: "feed", 4: "feed"}
    found = [(tone, text.format(_counted(count, nouns[at]))) for at, (count, tone, text) in enumerate(counted) if count]
    if not found:
        return "good", f"All {len(feeds)} feeds are current" if len(feeds) > 1 else "The feed is current"
    return found[0][0], ", ".join(text for _, text in found)


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _columns(rows: Iterable[BoardRow]) -> list[str]:
    found = {act.authority for row in rows for act in row.acts}
    known = [name for name in _AUTHORITIES if name in found]
    return [*known, *sorted(found.difference(known))]


def _commits(lines: Iterable[ChangeLine]) -> list[CommitBlock]:
    """Return the latest commits, the latest first."""
    ordered = sorted(lines, key=lambda line: (line.committed_at, line.feed, line.sequence), reverse=True)
    blocks = []
    for (feed, commit), group in groupby(ordered, key=lambda line: (line.feed, line.commit)):
        found = sorted(group, key=rank)
        shown = found[:CHANGES_SHOWN_OF_A_COMMIT]
        whole = found[0].type == "baselined"
        first = found[0]
        seconds = times.seconds_between(first.observed or "", first.committed_at)
        blocks.append(
            CommitBlock(
                feed=feed,
                commit=commit,
                at=first.committed_at,
                count=first.count,
                more=0 if whole else max(0, first.count - len(shown)),
                published=first.published or "",
                delay="" if seconds is None else times.duration_text(seconds),
                lines=shown,
            )
        )
        if len(blocks) == COMMITS_SHOWN:
            break
    return blocks


def _limit(status: FeedStatus) -> float:
    """Return how old the last check may be, in seconds."""
    return FRESH_INTERVALS * status.interval_seconds + FRESH_ALLOWANCE_SECONDS


def _meter(status: FeedStatus) -> int:
    """Return the share of that limit which the age of the last check has used, as a width."""
    age = times.seconds_between(status.checked_at, status.at)
    return METER_WIDTH if age is None else max(2, min(METER_WIDTH, round(METER_WIDTH * age / _limit(status))))


def _age(at: str, now: str) -> str:
    seconds = times.seconds_between(at, now)
    if seconds is None:
        return "never"
    return f"in {times.duration_text(-seconds)}" if seconds < -1 else f"{times.duration_text(seconds)} ago"


def _until(at: str, now: str) -> str:
    """Return the time that is left until a deadline, or that has passed since."""
    seconds = times.seconds_between(now, at)
    if seconds is None:
        return ""
    return f"{times.duration_text(seconds)} left" if seconds >= 0 else f"{times.duration_text(-seconds)} over"


def _read(name: str) -> str:
    return hashlib.sha256((ASSETS / name).read_bytes()).hexdigest()[:12]


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(ASSETS),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Callable[..., Any]] = {
        "age": _age,
        "until": _until,
        "full": times.full_time,
        "short": times.short,
        "span": times.duration_text,
        "lag": lag_words,
        "limit": _limit,
        "meter": _meter,
        "readable": times.within,
        "brief": lambda text: clipped(text, MESSAGE_CHARACTERS_MAX),
        "sentence": lambda text: text if text.endswith((".", "…")) else f"{text}.",
        "counted": _counted,
        "number": lambda value: f"{value:,}",
    }
    made.filters.update(filters)
    made.globals.update(
        feed_looks=FEED_LOOKS,
        change_looks=CHANGE_LOOKS,
        row_looks=ROW_LOOKS,
        act_looks=ACT_LOOKS,
        assets={name: _read(name) for name in _MEDIA},
        meter_width=METER_WIDTH,
        evidence_words={"excerpt": "tested on excerpts", "shape": "tested on its form only"},
    )
    return made


@cache
def page_template(name: str) -> Template:
    """Return a template of the pages, loaded on first use: that takes a tenth of the daemon's start."""
    return _environment().get_template(name)
