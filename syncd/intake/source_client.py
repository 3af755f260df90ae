"""A feed's publisher as the intake knows it: which source serves, how far each was read, what it says is new.

What is remembered of a source is the cursor: it makes the next request conditional, and is only moved on when the
document was judged; of a document that was refused, the next request must not be conditional.
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
from syncd.intake import freshness as gates
from syncd.intake.failover import Preference
from syncd.observe import moments

Answers = Mapping[str, GateAnswer]


class Fetching(Protocol):
    """What is needed of `syncd.fetch.Fetcher`."""

    async def gate(self, gate: Gate, validators: Validators, *, today: date) -> Answer | NotModified: ...

    async def document(
        self, source: Source, validators: Validators, *, into: Path, url: str | None = None
    ) -> Fetched | NotModified: ...


class FetchedDocument(Struct, frozen=True, kw_only=True):
    """A document that came. `answers` are those of the source's gates by their names, `cursor` is how far the source
    will have been read once it is judged; `missed` are publications that it has overwritten unseen. The file belongs to
    whoever asked."""

    source: Source
    fetched: Fetched
    answers: Answers
    cursor: SourceCursor
    missed: tuple[str, ...]


class SourceClient:
    """One feed's publisher. `spool` is the folder for documents."""

    def __init__(
        self,
        feed: Feed,
        state: FeedState,
        fetch: Fetching,
        spool: Path,
        report: Callable[[moments.Moment], None],
    ) -> None:
        self.feed = feed
        self.preference = Preference([source.name for source in feed.sources])
        self.publication_id = state.last_publication_id
        self.cursors = dict(state.cursors)
        self._fetch = fetch
        self._spool = spool
        self._report = report
        self._announcements: defaultdict[tuple[str, str], gates.AnnouncedVersion] = defaultdict(gates.AnnouncedVersion)
        self._silences: defaultdict[str, gates.Silences] = defaultdict(gates.Silences)

    @property
    def serving(self) -> Source:
        return self.feed.source(self.preference.serving)

    @property
    def preferred(self) -> Source:
        return self.feed.source(self.preference.preferred)

    async def ask(
        self, now: datetime, *, whole: bool, stale: Validators | None = None
    ) -> FetchedDocument | Literal["stale"] | None:
        """The serving source's document, if there is a new one; with `whole` in any case.

        `stale` are the validators of a document that was not believed: while the source serves that one, it says so,
        and need not send it again. Raises FetchFailed, DocumentRefused.
        """
        source = self.serving
        answers = await self._answers(source, now, whole=whole)
        cursor = self.cursor(source)
        if answers and not whole and not self._is_worth_fetching(source, answers, now):
            return None
        validators = Validators() if whole else stale or cursor.validators
        url = next((answer.url for answer in answers.values() if answer.url), None)
        fetched = await self.document(source, validators, url=url)
        if isinstance(fetched, NotModified) and validators == stale:
            return "stale"
        if isinstance(fetched, NotModified):
            self.not_shown(source, answers, cursor.validators, now)
            return None
        try:
            return self._arrival(source, fetched, answers)
        except BaseException:
            fetched.path.unlink(missing_ok=True)
            raise

    def _arrival(self, source: Source, fetched: Fetched, answers: Answers) -> FetchedDocument:
        history = next((answer for answer in answers.values() if answer.history), None)
        newest = fetched.publication_id or gates.newest_publication(history)
        cursor = SourceCursor(validators=fetched.validators, publication_id=newest)
        return FetchedDocument(
            source=source,
            fetched=fetched,
            answers=answers,
            cursor=cursor.with_tokens({name: answer.token for name, answer in answers.items()}),
            missed=gates.missed(history, self.publication_id, newest),
        )

    async def document(self, source: Source, validators: Validators, url: str | None = None) -> Fetched | NotModified:
        """Raises FetchFailed, DocumentRefused."""
        return await self._fetch.document(source, validators, into=self._spool, url=url)

    def _is_worth_fetching(self, source: Source, answers: Answers, now: datetime) -> bool:
        """Whether any gate says that there is something new. What one says of which nothing is known tells nothing as
        long as another one says that there is nothing: it is remembered."""
        cursor = self.cursor(source)
        known = [name for name in answers if cursor.token(name) is not None]
        moved = [name for name in known or answers if answers[name].token != cursor.token(name)]
        if not moved:
            tokens = {name: answer.token for name, answer in answers.items()}
            self.cursors[source.name] = cursor.with_tokens(tokens)
        told = ((self._announcements[source.name, name], answers[name].token) for name in moved)
        return any(announcement.is_worth_fetching(token, now) for announcement, token in told)

    async def _answers(self, source: Source, now: datetime, *, whole: bool) -> Answers:
        """What the gates said that answered, by their names; nothing where there is none.

        Raises the first one's failure when none answered, unless they are spared, or the document is asked for in any
        case.
        """
        silences = self._silences[source.name]
        asked = silences.to_ask(source.gates, now)
        outcomes = await asyncio.gather(*(self._gate(source, gate, now) for gate in asked), return_exceptions=True)
        answers: dict[str, GateAnswer] = {}
        failed: list[tuple[Gate, FetchFailed | DocumentRefused]] = []
        for gate, outcome in zip(asked, outcomes, strict=True):
            if isinstance(outcome, GateAnswer):
                answers[gate.name] = outcome
                silences.answered(gate.name)
            elif isinstance(outcome, FetchFailed | DocumentRefused):
                failed.append((gate, outcome))
            else:
                raise outcome
        if failed and not answers and _is_needed(source, whole=whole):
            raise failed[0][1]
        for gate, error in failed:
            self._did_not_answer(source, gate, error, now)
        return answers

    def _did_not_answer(self, source: Source, gate: Gate, error: FetchFailed | DocumentRefused, now: datetime) -> None:
        """The turn goes on without this gate; that is said once until it answers again."""
        asked = error.retry_after_seconds if isinstance(error, FetchFailed) else None
        if self._silences[source.name].failed(gate.name, now, asked):
            self._report(moments.GateSilent(feed=self.feed.id, source=source.name, why=str(error)))

    async def _gate(self, source: Source, gate: Gate, now: datetime) -> GateAnswer:
        answer = await self._fetch.gate(gate, Validators(), today=now.date())
        if isinstance(answer, NotModified):
            return GateAnswer(token=self.cursor(source).token(gate.name) or "")
        return gate.read(answer.body, answer.base_url)

    def cursor(self, source: Source) -> SourceCursor:
        return self.cursors.get(source.name, SourceCursor())

    def judged(self, arrival: FetchedDocument, now: datetime, *, is_news: bool) -> None:
        """The document that arrived was judged: its source is read that far. One without news does not show what a gate
        announced, whatever its bytes, unless it says itself which publication it is."""
        source, cursor = arrival.source, arrival.cursor
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
        """The document is what it was; a gate that announced more is believed for an hour, and asked again."""
        cursor = replace(self.cursor(source), validators=validators)
        self.cursors[source.name] = self._settled(source, answers, cursor, now)

    def _settled(self, source: Source, answers: Answers, cursor: SourceCursor, now: datetime) -> SourceCursor:
        """`cursor` with what gates have announced for an hour and the document does not show."""
        for name, answer in answers.items():
            if answer.token == cursor.token(name):
                continue
            if self._announcements[source.name, name].was_not_shown(answer.token, now):
                cursor = cursor.with_tokens({name: answer.token})
                # Of another list, or of nothing that is in this one: it was not missed.
                self.publication_id = gates.newest_publication(answer) or self.publication_id
        return cursor

    def tried(self, source: Source, fetched: Fetched) -> None:
        """A source that does not serve was tried and gave its document: the next trial may be conditional."""
        self.cursors[source.name] = replace(self.cursor(source), validators=fetched.validators)

    def forget(self, source: Source) -> None:
        """What the source serves was not compared with the ledger yet."""
        self.cursors[source.name] = SourceCursor()


def _is_needed(source: Source, *, whole: bool) -> bool:
    """Whether nothing can be asked of a source whose gates do not answer."""
    if any(gate.discovers for gate in source.gates):
        return True
    return not whole and not all(gate.spared for gate in source.gates)
