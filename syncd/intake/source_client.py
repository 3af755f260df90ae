"""A feed's publisher as the intake knows it: which source serves, how far each was read, what it says is new.

What is remembered of a source is the cursor: it makes the next request conditional, and is only moved on when the
document was judged; of a document that was refused, the next request must not be conditional.
"""

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


class Fetching(Protocol):
    """What is needed of `syncd.fetch.Fetcher`."""

    async def gate(self, gate: Gate, validators: Validators, *, today: date) -> Answer | NotModified: ...

    async def document(
        self, source: Source, validators: Validators, *, into: Path, url: str | None = None
    ) -> Fetched | NotModified: ...


class FetchedDocument(Struct, frozen=True, kw_only=True):
    """A document that came. `cursor` is how far its source will have been read once it is judged; `missed` are
    publications that it has overwritten unseen. The file belongs to whoever asked."""

    source: Source
    fetched: Fetched
    answer: GateAnswer | None
    cursor: SourceCursor
    missed: tuple[str, ...]


class SourceClient:
    """One feed's publisher. `spool` is the folder for documents."""

    def __init__(self, feed: Feed, state: FeedState, fetch: Fetching, spool: Path) -> None:
        self.feed = feed
        self.preference = Preference([source.name for source in feed.sources])
        self.publication_id = state.last_publication_id
        self.cursors = dict(state.cursors)
        self._fetch = fetch
        self._spool = spool
        self._announcement = gates.AnnouncedVersion()

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
        answer = await self._answer(source, now)
        cursor = self.cursor(source)
        if answer and not whole and not self._is_worth_fetching(answer, cursor, now):
            return None
        validators = Validators() if whole else stale or cursor.validators
        fetched = await self.document(source, validators, url=answer.url if answer else None)
        if isinstance(fetched, NotModified) and validators == stale:
            return "stale"
        if isinstance(fetched, NotModified):
            self.not_shown(source, answer, cursor.validators, now)
            return None
        try:
            return self._arrival(source, fetched, answer)
        except BaseException:
            fetched.path.unlink(missing_ok=True)
            raise

    def _arrival(self, source: Source, fetched: Fetched, answer: GateAnswer | None) -> FetchedDocument:
        newest = fetched.publication_id or gates.newest_publication(answer)
        return FetchedDocument(
            source=source,
            fetched=fetched,
            answer=answer,
            cursor=SourceCursor(
                validators=fetched.validators,
                gate_token=answer.token if answer else None,
                publication_id=newest,
            ),
            missed=gates.missed(answer, self.publication_id, newest),
        )

    async def document(self, source: Source, validators: Validators, url: str | None = None) -> Fetched | NotModified:
        """Raises FetchFailed, DocumentRefused."""
        return await self._fetch.document(source, validators, into=self._spool, url=url)

    def _is_worth_fetching(self, answer: GateAnswer, cursor: SourceCursor, now: datetime) -> bool:
        return answer.token != cursor.gate_token and self._announcement.is_worth_fetching(answer.token, now)

    async def _answer(self, source: Source, now: datetime) -> GateAnswer | None:
        """What the gate said; None without one, and when one that is spared did not answer."""
        if source.gate is None:
            return None
        try:
            return await self._gate(source, now)
        except (FetchFailed, DocumentRefused):
            if not source.gate.spared:
                raise
            return None

    async def _gate(self, source: Source, now: datetime) -> GateAnswer:
        assert source.gate
        answer = await self._fetch.gate(source.gate, Validators(), today=now.date())
        if isinstance(answer, NotModified):
            return GateAnswer(token=self.cursor(source).gate_token or "")
        return source.gate.read(answer.body, answer.base_url)

    def cursor(self, source: Source) -> SourceCursor:
        return self.cursors.get(source.name, SourceCursor())

    def judged(self, arrival: FetchedDocument) -> None:
        """The document that arrived was judged: its source is read that far."""
        self.cursors[arrival.source.name] = arrival.cursor
        self.publication_id = arrival.cursor.publication_id or self.publication_id

    def not_shown(self, source: Source, answer: GateAnswer | None, validators: Validators, now: datetime) -> None:
        """The document is what it was; a gate that announced more is believed for an hour, and asked again."""
        cursor = replace(self.cursor(source), validators=validators)
        if answer and self._announcement.was_not_shown(answer.token, now):
            cursor = replace(cursor, gate_token=answer.token)
            # Of another list, or of nothing that is in this one: it was not missed.
            self.publication_id = gates.newest_publication(answer) or self.publication_id
        self.cursors[source.name] = cursor

    def tried(self, source: Source, fetched: Fetched) -> None:
        """A source that does not serve was tried and gave its document: the next trial may be conditional."""
        self.cursors[source.name] = replace(self.cursor(source), validators=fetched.validators)

    def forget(self, source: Source) -> None:
        """What the source serves was not compared with the ledger yet."""
        self.cursors[source.name] = SourceCursor()
