"""An authority's pages for the notices' worker, invented, and what was asked of them."""

from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from syncd.archive import Archive
from syncd.channels import us_ofac_actions
from syncd.channels.contract import NoticeChannel, Question
from syncd.core.state import Validators
from syncd.errors import PublisherFailed
from syncd.fetch import Answer, NotModified
from syncd.intake.channel_poller import ChannelTools
from syncd.ledger.contract import Ledger
from syncd.observe.moment import Moment
from syncd.workers.notices import NoticesWorker

HOME = us_ofac_actions.HOME
REAL = us_ofac_actions.CHANNEL
GATE = REAL.gate.url if REAL.gate else ""


class Clock:
    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def passes(self, **times: float) -> None:
        self.at += timedelta(**times)


class Authority:
    """What OFAC's site would answer. `rows` are slug → title, newest first; `pages` slug → paragraphs of additions."""

    def __init__(self) -> None:
        self.rows: dict[str, str] = {"20290301": "Earlier Designations"}
        self.pages: dict[str, list[str]] = {}
        self.gate = "1"
        self.asked: Counter[str] = Counter()
        self.fails: dict[str, Exception] = {}

    async def ask(self, question: Question, validators: Validators) -> NotModified | Answer:
        self.asked[question.url] += 1
        if question.url in self.fails:
            raise self.fails[question.url]
        if question.url == GATE:
            if validators.etag == self.gate:
                return NotModified(validators=validators, seconds=0.0)
            return _answer(f"<rss>{self.gate}</rss>", etag=self.gate)
        if question.url == HOME:
            return _answer(self._listing())
        slug = question.url.rpartition("/")[2]
        if slug not in self.pages:
            raise PublisherFailed("the publisher answered 404 Not Found")
        return _answer(self._page(slug))

    def announces(self, slug: str, *paragraphs: str, title: str = "Invented Designations") -> None:
        self.rows = {slug: title, **{name: one for name, one in self.rows.items() if name != slug}}
        self.pages[slug] = list(paragraphs)
        self.gate = f"{slug} {len(paragraphs)}"

    def _listing(self) -> str:
        rows = (
            f'<div class="search-result"><a href="/recent-actions/{slug}">{title}</a> '
            f"{date.fromisoformat(f'{slug[:4]}-{slug[4:6]}-{slug[6:8]}'):%B %d, %Y} -</div>"
            for slug, title in self.rows.items()
        )
        return f"<html><body><i>{sum(self.asked.values())}</i>{''.join(rows)}</body></html>"

    def _page(self, slug: str) -> str:
        named = "<br>".join(f"{name}, Old Harbour, Ruritania; DOB 1960 [SDGT]." for name in self.pages[slug])
        return (
            f"<html><body><i>{sum(self.asked.values())}</i><div class='field--name-field-body'>"
            f"<h4>The following entities have been added to OFAC's SDN List:</h4><p>{named}</p></div></body></html>"
        )


def _answer(body: str, etag: str = "") -> Answer:
    return Answer(
        body=body.encode(),
        base_url=HOME,
        validators=Validators(etag=etag or None),
        received_bytes=len(body),
        seconds=0.0,
    )


class Announced:
    """A worker over one invented authority, and all that it reported."""

    def __init__(self, ledger: Ledger, archive: Archive, folder: Path, clock: Clock) -> None:
        self.site, self.clock, self.moments = Authority(), clock, list[Moment]()
        # A mirror of the same address leaves out the pause between pages.
        tools = ChannelTools(
            fetch=_Unmirrored(self.site), archive=archive, spool=folder, report=self.moments.append, mirror="http://m"
        )
        self._parts = ledger, tools
        self.worker = self.make()

    def make(self, *channels: NoticeChannel) -> NoticesWorker:
        """Another worker over the same ledger and site; of the real channel, unless others are given."""
        ledger, tools = self._parts
        return NoticesWorker(ledger, channels or [REAL], tools, self.clock)

    def told(self, kind: type[Moment]) -> list[Any]:
        return [msgspec.structs.asdict(one) for one in self.moments if type(one) is kind]


class _Unmirrored:
    def __init__(self, site: Authority) -> None:
        self._site = site

    async def ask(self, question: Question, validators: Validators) -> NotModified | Answer:
        url = f"https://{question.url.removeprefix('http://m/')}"
        return await self._site.ask(msgspec.structs.replace(question, url=url), validators)
