"""`record`, `history`, `search`: one entry of a list as it was known at a time, through time, and how it is found."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from syncd.cli import output
from syncd.cli.ledgers import moment_of
from syncd.cli.options import config_option, finished, loaded, output_option, reading_ledger
from syncd.errors import ConfigurationError

if TYPE_CHECKING:
    from syncd.core.coordination.brief import TargetBrief
    from syncd.core.notices.evidence import EnactedNotice
    from syncd.core.record_history import HistoryEntry, KnownRecord
    from syncd.core.search import Hit

# As `core.model.Kind` has them, which is not loaded for the sake of `--help`.
KINDS = ("person", "organisation", "vessel", "aircraft", "unknown")
# Of a record, what stands in other lines of the table, or is no matter for a person.
_ELSEWHERE = frozenset({"key", "feed"})


@click.command("record")
@config_option
@output_option
@click.argument("key")
@click.option(
    "--at", "time", default="", help="When: 2025-03-20T14:03Z, or a day: its end. UTC unless it states a zone."
)
def show_record(config_file: Path | None, ledger_file: Path | None, how: output.How, key: str, time: str) -> None:
    """Print what was known of the record KEY at a time, or is known now, with the document that says so.

    KEY is a list and the publisher's id, un_sc:QDi.001; `syncd search` finds it. One JSON object, or a table on a
    terminal: the record, when it was listed and delisted, commit, document (its SHA-256 names it in the archive) and,
    of what is known now, the target with the entries of other authorities. A time before the record was known is
    refused, and so is one to come.
    """
    from syncd.core.times import iso
    from syncd.ledger.one_record import known_record, target_of_record

    moment = moment_of(time) if time else iso(datetime.now(UTC))

    async def gather() -> tuple["KnownRecord", "TargetBrief | None"]:
        async with reading_ledger(loaded(config_file, ledger_file)) as ledger:
            found = await known_record(ledger, key, moment, is_now=not time)
            return found, None if time else await target_of_record(ledger, key)

    found, target = finished(gather())
    if output.is_json(how):
        output.json_line({"record": found} | ({"target": target} if target else {}))
        output.flush()
        return
    rows = [*_known_rows(found), *_target_rows(found, target)]
    output.print_table(found.key, ("field", "value"), rows, wide=how == "wide")


def _known_rows(found: "KnownRecord") -> Iterator[tuple[str, str]]:
    import msgspec

    from syncd.core.readable import path_text, value_text

    yield "known at", found.at[:19] + "Z"
    yield "status", found.status + (f", until {found.until[:19]}Z" if found.until else "")
    yield "known since", f"{(found.since or '')[:19]}Z" if found.since else ""
    body: dict[str, Any] = msgspec.json.decode(bytes(found.record)) if found.record is not None else {}
    for name, value in body.items():
        if name in _ELSEWHERE:
            continue
        values = value if isinstance(value, list) else [value]
        yield path_text(name), "\n".join(filter(None, map(value_text, values)))
    yield (
        "last change",
        f"{found.type} in commit {found.commit} (sequence {found.sequence}), {found.committed_at[:19]}Z",
    )
    yield "document", found.evidence.document
    published = f", published {found.evidence.published}" if found.evidence.published else ""
    yield "from", f"{found.evidence.source}{published}, seen {found.times.observed[:19]}"
    yield "record digest", found.digest or ""


def _target_rows(found: "KnownRecord", target: "TargetBrief | None") -> Iterator[tuple[str, str]]:
    if target is None:
        return
    yield "target", target.id
    others = [one for one in target.members if one.key != found.key]
    yield "other lists", "\n".join(f"{one.key}: {one.name}, {one.status}" for one in others)
    for one in target.decisions:
        yield "link decision", f"{one.a} and {one.b} {one.verdict} by {one.by}: {one.why}"


@click.command()
@config_option
@output_option
@click.argument("key")
def history(config_file: Path | None, ledger_file: Path | None, how: output.How, key: str) -> None:
    """Print every change of the record KEY, oldest first: before and after side by side, commit, document, decision.

    Under the keys that it had before and has since, too. One JSON line a change, or a table on a terminal. The SHA-256
    of a change's document names it in the archive; a decision is that of a person who released a hold, or had the list
    read anew. Beside a change stand the announcements that it enacts: when each was noticed and linked, and its page.
    """

    from syncd.ledger.one_record import history_of_record

    async def gather() -> list["HistoryEntry"]:
        async with reading_ledger(loaded(config_file, ledger_file)) as ledger:
            return await history_of_record(ledger, key)

    found = finished(gather())
    if output.is_json(how):
        output.print_list("json", key, (), found, lambda _: ())
        return
    rows = [row for entry in found for row in _history_rows(entry)]
    output.print_table(key, ("change", "field", "before", "after"), rows, wide=how == "wide")


def _history_rows(entry: "HistoryEntry") -> Iterator[tuple[str, str, str, str]]:
    from syncd.core.readable import path_text, value_text

    lines = [entry.committed_at[:19] + "Z", f"{entry.type}, commit {entry.commit}"]
    lines += [f"{entry.cause}, {entry.origin}"] if entry.cause != "publication" or entry.origin != "source" else []
    lines += [] if entry.material else ["not material"]
    lines += [f"was {entry.previous_key}"] if entry.previous_key else []
    lines.append(f"document {entry.evidence.document[:16]}…")
    lines += [line for one in entry.notices for line in _notice_lines(one)]
    lines += [f"by {row.asserted_by}: {row.why}" for row in entry.decisions]
    shown = [(path_text(one.path), value_text(one.before), value_text(one.after)) for one in entry.differences]
    first, *rest = shown or [("", "", "")]
    yield "\n".join(lines), *first
    for row in rest:
        yield "", *row


def _notice_lines(one: "EnactedNotice") -> Iterator[str]:
    from syncd.core.notices.evidence import lag_words

    act = f", act {one.act}" if one.act else ""
    yield f"announced: {one.notice}{act}"
    yield f"noticed {one.noticed_at[:19]}Z, {lag_words(one.lag_seconds)}"
    yield f"linked {one.linked_at[:19]}Z by {one.by.replace('_', ' ')}, {one.grade}"
    if one.document:
        yield f"its page {one.document[:16]}…"


@click.command()
@config_option
@output_option
@click.argument("words", nargs=-1, required=True, metavar="NAME|NUMBER…")
@click.option("--birth", default="", metavar="DATE", help="A date of birth: 1960-03-12, 1960-03 or 1960.")
@click.option("--country", default="", metavar="CODE", help="A country by its code; what states others is left out.")
@click.option("--kind", type=click.Choice(KINDS), help="Only this kind of target.")
@click.option("--delisted", is_flag=True, help="Also what is no longer in force.")
@click.option("--limit", type=click.IntRange(1, 100), default=20, show_default=True, help="At most so many.")
def search(
    config_file: Path | None,
    ledger_file: Path | None,
    how: output.How,
    words: tuple[str, ...],
    limit: int,
    **asked: Any,
) -> None:
    """Look records up by a name in any script, order and spelling, by an identifier, or by a key; the likest first.

    Each with the reason why it is shown. One JSON line a record, or a table on a terminal. This is for looking things
    up, and no screening. It reads every list once; a running daemon answers the same at /api/search in milliseconds.
    """
    from syncd.core.search import NOTICE, Scan, query_of
    from syncd.ledger.one_record import scan_ledger

    try:
        query = query_of(" ".join(words), **asked)
    except ValueError as error:
        raise ConfigurationError(str(error)) from error
    scan = Scan(query, limit)

    async def look() -> None:
        async with reading_ledger(loaded(config_file, ledger_file)) as ledger:
            await scan_ledger(ledger, scan)

    finished(look())
    columns = ("key", "name", "status", "score", "why", "born", "countries")
    output.print_list(how, "search", columns, scan.best, _hit_row, dropped_first=("countries", "born", "status"))
    more = "; others are alike too" if scan.is_more else ""
    of = "records" if asked["delisted"] else "records in force"
    output.say(f"{len(scan.best)} of {scan.records:,} {of}{more}. {NOTICE}")
    if scan.ended:
        output.say(
            f"with this key or number, and not in force any more: {scan.ended}; --delisted shows what is delisted"
        )


def _hit_row(hit: "Hit") -> tuple[str, ...]:
    reasons = "\n".join(reason.text for reason in hit.reasons)
    born, countries = " ".join(hit.birth_dates), " ".join(hit.countries)
    return hit.key, hit.name, hit.status, f"{hit.score:.2f}", reasons, born, countries


COMMANDS = (show_record, history, search)
