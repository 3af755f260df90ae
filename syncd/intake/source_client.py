"""The client of a feed's sources: which one serves, how far each was read, whether its gates announce something new.

The cursor of a source makes the next request conditional. It moves on only when the document was judged: after a
document that was refused, the next request must not be conditional.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Literal, Protocol

from msgspec import Struct
from msgspec.structs import replace

from syncd.core.state import FeedState, SourceCursor, Validators
from syncd.errors import DocumentRefused, FetchFailed
from syncd.feeds.contract import Feed, Gate, GateAnswer, Source
from syncd.fetch import Answer, Fetched, NotModified
from syncd.intake import freshness
from syncd.intake.failover import Failover
from syncd.intake.progress import FetchNote, SourceProgress
from syncd.observe import moments

Answers = Mapping[str, GateAnswer]


class Fetching(Protocol):
    """What is needed of `syncd.fetch.Fetcher`."""

    async def gate(self, gate: Gate, validators: Validators, *, today: date) -> Answer | NotModified:
        """Ask a gate. Raises FetchFailed."""
        ...

    async def document(
        self, source: Source, validators: Validators, *, into: Path, url: str | None = None
    ) -> Fetched | NotModified:
        """Fetch the document of a source to a file in the folder `into`. Raises FetchFailed, DocumentRefused."""
        ...


class FetchedDocument(Struct, frozen=True, kw_only=True):
    """A document of a source. `answers` are those of the source's gates, by their names; `note` is what the pipeline
    keeps of the fetch. The caller deletes the file."""

    source: Source
    fetched: Fetched
    answers: Answers
    note: FetchNote


class SourceClient:
    """Asks the sources of one feed. `spool` is the folder into which documents are fetched."""

    def __init__(
        self,
        feed: Feed,
        state: FeedState,
        fetch: Fetching,
        spool: Path,
        report: Callable[[moments.Moment], None],
    ) -> None:
        self.feed = feed
        self.failover = Failover([source.name for source in feed.sources])
        self.publication_id = state.last_publication_id
        self.cursors = dict(state.cursors)
        self._fetch = fetch
        self._spool = spool
        self._report = report
        self._announcements: defaultdict[tuple[str, str], freshness.AnnouncedVersion] = defaultdict(
            freshness.AnnouncedVersion
        )
        self._unread_since: dict[str, datetime] = {}
        self._silent_gates: defaultdict[str, freshness.SilentGates] = defaultdict(freshness.SilentGates)

    @property
    def progress(self) -> SourceProgress:
        """How far the sources are read now."""
        return SourceProgress(serving=self.serving.name, cursors=dict(self.cursors), publication_id=self.publication_id)

    @property
    def serving(self) -> Source:
        """The source that is asked at present."""
        return self.feed.source(self.failover.serving)

    @property
    def preferred(self) -> Source:
        """The source that the feed names first."""
        return self.feed.source(self.failover.preferred)

    async def ask(
        self, now: datetime, *, whole: bool, stale: Validators | None = None
    ) -> FetchedDocument | Literal["stale"] | None:
        """Fetch the serving source's document if it is new; with `whole` in any case. Returns None when it is not new.

        `stale` are the validators of a stale document: they make the request conditional, and `stale` is returned while
        the source still serves that one. Raises FetchFailed, DocumentRefused.
        """
        source = self.serving
        answers = await self._answers(source, now, whole=whole)
        cursor = self.cursor(source)
        if answers and not whole and not self._is_worth_fetching(source, answers, now):
            return None
        validators = Validators() if whole else stale or cursor.validators
        fetched = await self._document(source, validators, _link(answers) or cursor.link)
        if isinstance(fetched, NotModified) and validators == stale:
            return "stale"
        if isinstance(fetched, NotModified):
            self.not_shown(source, answers, cursor.validators, now)
            return None
        try:
            found = _fetched_document(source, fetched, answers, self.publication_id)
            link = _link(answers) or cursor.link
            return replace(found, note=replace(found.note, cursor=replace(found.note.cursor, link=link)))
        except BaseException:
            fetched.path.unlink(missing_ok=True)
            raise

    async def trial(self, source: Source, now: datetime) -> Fetched | NotModified:
        """Fetch the document of a source that does not serve, from where its page says that it is, if it has one.
        Raises FetchFailed, DocumentRefused."""
        discovers = any(gate.discovers for gate in source.gates)
        answers = await self._answers(source, now, whole=True) if discovers else {}
        cursor = self.cursor(source)
        return await self._document(source, cursor.validators, _link(answers) or cursor.link)

    async def _document(self, source: Source, validators: Validators, url: str | None) -> Fetched | NotModified:
        return await self._fetch.document(source, validators, into=self._spool, url=url)

    def _is_worth_fetching(self, source: Source, answers: Answers, now: datetime) -> bool:
        """Whether any gate announces something new, by another token than the remembered one, and the document is due
        to be asked for (see `freshness.AnnouncedVersion`).

        A gate whose token is not remembered yet counts only when that is so of all of them. When no gate announces
        anything, the tokens of all are remembered.
        """
        cursor = self.cursor(source)
        known = [name for name in answers if cursor.token(name) is not None]
        moved = [name for name in known or answers if answers[name].token != cursor.token(name)]
        if not moved:
            tokens = {name: answer.token for name, answer in answers.items()}
            self.cursors[source.name] = cursor.with_tokens(tokens)
        announced = ((self._announcements[source.name, name], answers[name].token) for name in moved)
        return any(announcement.is_worth_fetching(token, now) for announcement, token in announced)

    async def _answers(self, source: Source, now: datetime, *, whole: bool) -> Answers:
        """Ask the gates of `source` at once; return the answers by the names of their gates, empty without gates.

        Raises the failure of the first gate when none answered, unless the gates are spared, or the document is fetched
        in any case. A page on which the document is discovered may fail for a day, while it is asked for where it was.
        """
        silent_gates = self._silent_gates[source.name]
        asked = silent_gates.to_ask(source.gates, now)
        outcomes = await asyncio.gather(*(self._gate(source, gate, now) for gate in asked), return_exceptions=True)
        answers: dict[str, GateAnswer] = {}
        failed: list[tuple[Gate, FetchFailed | DocumentRefused]] = []
        for gate, outcome in zip(asked, outcomes, strict=True):
            if isinstance(outcome, GateAnswer):
                answers[gate.name] = outcome
                silent_gates.answered(gate.name)
            elif isinstance(outcome, FetchFailed | DocumentRefused):
                failed.append((gate, outcome))
            else:
                raise outcome
        if failed and not answers and self._is_needed(source, now, whole=whole):
            raise failed[0][1]
        if answers:
            self._unread_since.pop(source.name, None)
        for gate, error in failed:
            self._did_not_answer(source, gate, error, now)
        return answers

    def _is_needed(self, source: Source, now: datetime, *, whole: bool) -> bool:
        """Whether a poll of `source` fails when none of its gates answers: one of them discovers the document's address
        and none is known, or it has not answered for long; or the document is neither fetched in any case (`whole`) nor
        asked for without its gates (`spared`)."""
        if any(gate.discovers for gate in source.gates):
            since = self._unread_since.setdefault(source.name, now)
            return self.cursor(source).link is None or now - since >= freshness.LINK_KEPT_FOR
        return not whole and not all(gate.spared for gate in source.gates)

    def _did_not_answer(self, source: Source, gate: Gate, error: FetchFailed | DocumentRefused, now: datetime) -> None:
        """The turn goes on without this gate; that is said once until it answers again."""
        asked = error.retry_after_seconds if isinstance(error, FetchFailed) else None
        if self._silent_gates[source.name].failed(gate.name, now, asked):
            self._report(moments.GateSilent(feed=self.feed.id, source=source.name, why=str(error)))

    async def _gate(self, source: Source, gate: Gate, now: datetime) -> GateAnswer:
        answer = await self._fetch.gate(gate, Validators(), today=now.date())
        if isinstance(answer, NotModified):
            return GateAnswer(token=self.cursor(source).token(gate.name) or "")
        # A page may be large: what it says is found out beside the event loop.
        return await asyncio.to_thread(gate.read, answer.body, answer.base_url)

    def cursor(self, source: Source) -> SourceCursor:
        """How far `source` is read; an empty cursor before its first document."""
        return self.cursors.get(source.name, SourceCursor())

    def judged(self, arrival: FetchedDocument, now: datetime, *, is_news: bool) -> None:
        """Move the source's cursor on: its document was judged. A document without news does not show what a gate
        announced, whatever its bytes, unless it says itself which publication it is."""
        source, cursor = arrival.source, arrival.note.cursor
        if is_news or arrival.fetched.publication_id:
            for gate in source.gates:
                self._announcements.pop((source.name, gate.name), None)
        else:
            before = self.cursor(source)
            cursor = replace(cursor, gate_token=before.gate_token, gate_tokens=before.gate_tokens)
            cursor = self._settled(source, arrival.answers, cursor, now)
        self.cursors[source.name] = cursor
        self.publication_id = cursor.publication_id or self.publication_id

    def not_shown(self, source: Source, answers: Answers, validators: Validators, now: datetime) -> None:
        """Note that the document is what it was. A gate that announced more is believed for an hour and asked again."""
        cursor = replace(self.cursor(source), validators=validators)
        self.cursors[source.name] = self._settled(source, answers, cursor, now)

    def _settled(self, source: Source, answers: Answers, cursor: SourceCursor, now: datetime) -> SourceCursor:
        """Return `cursor` with the tokens that gates have announced for an hour although the document stayed the same:
        they are not waited for any longer."""
        for name, answer in answers.items():
            if answer.token == cursor.token(name):
                continue
            if self._announcements[source.name, name].was_not_shown(answer.token, now):
                cursor = cursor.with_tokens({name: answer.token})
                # Of another list, or of nothing that is in this one: it was not missed.
                self.publication_id = freshness.newest_publication(answer) or self.publication_id
        return cursor

    def tried(self, source: Source, fetched: Fetched) -> None:
        """Note that a source that does not serve sent its document on trial: the next trial may be conditional."""
        self.cursors[source.name] = replace(self.cursor(source), validators=fetched.validators)

    def forget(self, source: Source) -> None:
        """Forget the source's cursor: what it serves was not compared with the ledger yet."""
        self.cursors[source.name] = SourceCursor()


def _fetched_document(source: Source, fetched: Fetched, answers: Answers, last: str | None) -> FetchedDocument:
    """The document with its cursor, and the publications of the gate's history between `last` and this one."""
    history = next((answer for answer in answers.values() if answer.history), None)
    newest = fetched.publication_id or freshness.newest_publication(history)
    cursor = SourceCursor(validators=fetched.validators, publication_id=newest)
    note = FetchNote(
        source=source.name,
        cursor=cursor.with_tokens({name: answer.token for name, answer in answers.items()}),
        missed=freshness.missed(history, last, newest),
    )
    return FetchedDocument(source=source, fetched=fetched, answers=answers, note=note)


def _link(answers: Answers) -> str | None:
    """Where the document is, by the gate that had to discover it."""
    return next((answer.url for answer in answers.values() if answer.url), None)
