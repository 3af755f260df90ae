"""One HTML file for an auditor: what was known of a record or of a list at a time, by which document, who decided what,
and how anybody proves it again. Nothing in it is taken on trust: the list is rebuilt from its changes, every digest is
computed anew, and the document is read out of the archive."""

import tempfile
from collections import Counter
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final, cast

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from msgspec import Struct, field

from syncd import __version__
from syncd.archive import Archive
from syncd.core import canonical, codec
from syncd.core.coordination.target import COORDINATOR, feed_of
from syncd.core.events import REPLAY, Publication
from syncd.core.notices.evidence import lag_words
from syncd.core.notices.notice import Notice
from syncd.core.readable import path_text, value_text
from syncd.core.record_history import HistoryEntry, KnownRecord
from syncd.core.times import iso
from syncd.errors import ArchiveUnavailable, SyncdError
from syncd.ledger.contract import Ledger
from syncd.ledger.lists import WholeList, list_at
from syncd.ledger.notice_evidence import notices_about
from syncd.ledger.one_record import history_of_record, known_record
from syncd.ledger.row_pages import document_at

DECISIONS_MAX: Final = 500
NOTICES_MAX: Final = 200
PAGES_READ_MAX: Final = 50
# Of a record, what stands elsewhere in the report.
_ELSEWHERE: Final = frozenset({"key", "feed"})


class DocumentFound(Struct, frozen=True, kw_only=True):
    """The document in the archive: its size where its SHA-256 was computed anew and is right, else the `problem`."""

    sha256: str
    bytes: int | None = None
    problem: str = ""


class Line(Struct, frozen=True):
    """One record of a list, in a line."""

    key: str
    name: str
    listed_on: str
    digest: str


class ReportFacts(Struct, frozen=True, kw_only=True):
    """The content of a report. `row` is that of the commit in force, `standing` the last one that says what is held;
    `replayed` are the commits that were made later, of kept documents. `lines` are all records of the list, of a report
    about a list; `record`, its `name`, `rows` and `history` are of one about a record. `pages` are those of the notices
    that its changes enact. `awaited` are notices that the list had not followed then, `enacted` those that it had, of a
    report about a list."""

    subject: str
    at: str
    made_at: str
    whole: WholeList
    row: Publication | None
    standing: Publication | None
    document: DocumentFound
    decisions: tuple[Publication, ...]
    decisions_more: int
    replayed: frozenset[int]
    record: KnownRecord | None = None
    name: str = ""
    record_digest: str = ""
    rows: tuple[tuple[str, tuple[str, ...]], ...] = ()
    history: tuple[HistoryEntry, ...] = ()
    later: int = 0
    pages: dict[str, DocumentFound] = field(default_factory=dict)
    awaited: tuple[Notice, ...] = ()
    enacted: tuple[Notice, ...] = ()
    enacted_more: int = 0
    lines: tuple[Line, ...] = ()
    kinds: dict[str, int] = field(default_factory=dict)


async def report_facts(ledger: Ledger, archive: Archive, subject: str, moment: str) -> ReportFacts:
    """Gather what a report about `subject`, a feed or the key of a record, says of `moment` (ISO 8601, UTC). Raises
    NoSuchRecord, NotKnownYet, SyncdError where nothing was known then, LedgerError."""
    is_record = ":" in subject
    feed = feed_of(subject)
    record = await known_record(ledger, subject, moment) if is_record else None
    whole = await list_at(ledger, feed, moment)
    if whole is None:
        raise SyncdError(f"nothing was known of {feed} then: it has no commit as early as that")
    standing, decisions, replayed = await _rows(ledger, feed, moment)
    facts = ReportFacts(
        subject=subject,
        at=moment,
        made_at=iso(datetime.now(UTC)),
        whole=whole,
        row=await document_at(ledger, feed, moment),
        standing=standing,
        document=await _document(archive, (record.evidence.document if record else whole.note.document) or ""),
        decisions=tuple(decisions[-DECISIONS_MAX:]),
        decisions_more=max(0, len(decisions) - DECISIONS_MAX),
        replayed=replayed,
    )
    if record is None:
        return _with_notices(_with_list(facts, whole), feed, await notices_about(ledger, feed, moment))
    history = await history_of_record(ledger, subject)
    told = tuple(_as_known(entry, moment) for entry in history if entry.committed_at <= moment)
    facts = _with_record(facts, record, told, later=len(history) - len(told))
    named = dict.fromkeys(one.document for entry in told for one in entry.notices if one.document)
    pages = {sha256: await _document(archive, sha256) for sha256 in list(named)[:PAGES_READ_MAX]}
    return msgspec.structs.replace(facts, pages=pages)


def _as_known(entry: HistoryEntry, moment: str) -> HistoryEntry:
    """Without the notices that were linked later: a page may be read days after the list."""
    notices = tuple(one for one in entry.notices if one.linked_at <= moment)
    return msgspec.structs.replace(entry, notices=notices)


def _with_notices(facts: ReportFacts, feed: str, notices: list[Notice]) -> ReportFacts:
    """A channel may have several lists: only the links to this one count."""
    of_list = [
        msgspec.structs.replace(one, links=tuple(link for link in one.links if link.feed == feed)) for one in notices
    ]
    awaited = tuple(one for one in of_list if one.state == "open" and one.announcement.expects == "will")
    enacted = tuple(one for one in of_list if any(link.grade != "possible" for link in one.links))
    return msgspec.structs.replace(
        facts,
        awaited=awaited[:NOTICES_MAX],
        enacted=enacted[:NOTICES_MAX],
        enacted_more=max(0, len(enacted) - NOTICES_MAX),
    )


async def _rows(ledger: Ledger, feed: str, moment: str) -> tuple[Publication | None, list[Publication], frozenset[int]]:
    """The last row that says what is held, all decisions, those of links too, and the numbers of commits that a replay
    made; until `moment`."""
    standing: Publication | None = None
    replayed = set()
    decisions: list[Publication] = []
    for owner in (feed, COORDINATOR):
        async with aclosing(cast(AsyncGenerator[Publication, None], ledger.publications(owner))) as rows:
            async for row in rows:
                # Not to the first later one: a decision may stand behind the commit that it led to.
                if row.at > moment:
                    continue
                if row.kind == "decision":
                    decisions.append(row)
                elif owner == feed and row.kind in ("commit", "hold"):
                    standing = row
                if row.kind == "commit" and row.asserted_by == REPLAY:
                    replayed.add(row.commit)
    return standing, sorted(decisions, key=lambda row: row.at), frozenset(replayed)


async def _document(archive: Archive, sha256: str) -> DocumentFound:
    with tempfile.TemporaryDirectory(prefix="syncd-") as folder:
        try:
            file = await archive.extract(sha256, Path(folder))
        except ArchiveUnavailable as error:
            return DocumentFound(sha256=sha256, problem=str(error))
        return DocumentFound(sha256=sha256, bytes=file.stat().st_size)


def _with_list(facts: ReportFacts, whole: WholeList) -> ReportFacts:
    lines = []
    kinds: Counter[str] = Counter()
    for entry in whole.entries():
        listed = min((one.listed_on for one in entry.record.listings if one.listed_on), default="")
        name = entry.record.names[0].full if entry.record.names else ""
        lines.append(Line(entry.record.key, name, listed, canonical.digest(entry.record)))
        kinds[entry.record.kind] += 1
    return msgspec.structs.replace(facts, lines=tuple(lines), kinds=dict(kinds.most_common()))


def _with_record(
    facts: ReportFacts, record: KnownRecord, history: tuple[HistoryEntry, ...], *, later: int
) -> ReportFacts:
    body: dict[str, Any] = {}
    digest = ""
    if record.record is not None:
        body = msgspec.json.decode(bytes(record.record))
        digest = canonical.digest(codec.decode(bytes(record.record)))
    return msgspec.structs.replace(
        facts,
        record=record,
        name=next((str(name["full"]) for name in body.get("names", ())), ""),
        record_digest=digest,
        rows=tuple(_shown(body)),
        history=history,
        later=later,
    )


def _shown(body: dict[str, Any]) -> Iterable[tuple[str, tuple[str, ...]]]:
    for name, value in body.items():
        if name not in _ELSEWHERE:
            values = value if isinstance(value, list) else [value]
            yield path_text(name), tuple(filter(None, map(value_text, values)))


def report_page(facts: ReportFacts, options: str = "") -> str:
    """Return the report as one HTML file: everything is in it, nothing is fetched, and all texts are escaped. `options`
    are those with which the commands that verify it find the ledger."""
    return _template().render(facts=facts, note=facts.whole.note, options=options, version=__version__)


@cache
def _template() -> Template:
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        moment=lambda text: f"{text[:10]} {text[11:19]} UTC" if text and "T" in text else text or "not stated",
        path=path_text,
        value=value_text,
        lag=lag_words,
        number=lambda value: f"{value:,}",
    )
    return made.get_template("report.html")
