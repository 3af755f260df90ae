"""`report`, `archive get`, `publications`, `decisions`: what is shown to who asks for proof."""

import re
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncd.cli import output
from syncd.cli.ledgers import chosen_feeds, moment_of
from syncd.cli.options import config_option, finished, loaded, output_option, reading_ledger, writing_to
from syncd.errors import ConfigurationError, SyncdError

if TYPE_CHECKING:
    from syncd.config import Config
    from syncd.core.events import Publication
    from syncd.ledger.contract import Ledger

_SHA256 = re.compile(r"[0-9a-f]{64}")
# The beginning of one, as tables show it.
_SHA256_PART = re.compile(r"([0-9a-f]{8,64})…?")
PIECE_BYTES = 1 << 20


@click.command()
@config_option
@click.argument("subject", metavar="KEY|FEED")
@click.option(
    "--at", "time", required=True, help="When: 2025-03-20T14:03Z, or a day: its end. UTC unless it states a zone."
)
@click.option("--into", type=click.Path(dir_okay=False, path_type=Path), help="The file. Else standard output.")
def report(config_file: Path | None, ledger_file: Path | None, subject: str, time: str, into: Path | None) -> None:
    """Write one HTML file that says what was known of a record or a list at a time, and how to prove it.

    By which document (its SHA-256, its date, when it was seen and committed), with the list's digest, rebuilt for this
    from the changes alone, every change that led there, and every decision with who and why. It needs nothing from
    elsewhere, and prints.
    """
    from syncd.archive import open_archive
    from syncd.commands.report import report_facts, report_page
    from syncd.feeds import all_feeds
    from syncd.ledger.one_record import NoSuchRecord

    moment = moment_of(time)

    async def gather() -> str:
        config = loaded(config_file, ledger_file)
        async with reading_ledger(config) as ledger:
            if ":" not in subject:
                if subject not in all_feeds():
                    raise NoSuchRecord(subject)
                await chosen_feeds(ledger, [subject])
            facts = await report_facts(ledger, open_archive(config), subject, moment)
            return report_page(facts, _options(config_file, ledger_file))

    page = finished(gather()).encode()
    if into is None:
        output.data(page)
        output.flush()
    else:
        with writing_to(into):
            into.write_bytes(page)


def _options(config_file: Path | None, ledger_file: Path | None) -> str:
    """The options that name the same ledger again."""
    given = (("--config", config_file), ("--ledger", ledger_file))
    return " ".join(f"{option} {shlex.quote(str(path))}" for option, path in given if path)


@click.group()
def archive() -> None:
    """The publishers' documents, byte for byte, under their SHA-256."""


@archive.command()
@config_option
@click.argument("what", metavar="SHA256|FEED")
@click.option(
    "--at",
    "time",
    default="",
    help="Of a FEED: the document in force then (2025-03-20T14:03Z, or a day). UTC unless it states a zone.",
)
@click.option("--into", type=click.Path(dir_okay=False, path_type=Path), help="The file. Else standard output.")
def get(config_file: Path | None, ledger_file: Path | None, what: str, time: str, into: Path | None) -> None:
    """Write a document as it was published: the one with this SHA-256, or the one that FEED stood by, or stands by.

    Of a SHA-256 its first eight digits or more are enough, where only one document of the ledger begins so. The whole
    SHA-256 is computed from the bytes before anything is written.
    """
    import tempfile

    from syncd.archive import open_archive

    if into is None and sys.stdout.isatty():
        raise ConfigurationError("a document is no text for a terminal: name a file with --into, or redirect")

    async def write() -> None:
        config = loaded(config_file, ledger_file)
        sha256 = what if _SHA256.fullmatch(what) else ""
        if not sha256:
            async with reading_ledger(config) as ledger:
                sha256 = await _named(ledger, what, time)
        with tempfile.TemporaryDirectory(prefix="syncd-") as folder:
            _copy(await open_archive(config).extract(sha256, Path(folder)), into)
        output.say(sha256)

    finished(write())


async def _named(ledger: "Ledger", what: str, time: str) -> str:
    """The SHA-256 that is meant by its beginning, or by a feed and a time. Raises SyncdError, ConfigurationError."""
    part = _SHA256_PART.fullmatch(what)
    if part is None:
        await chosen_feeds(ledger, [what])
        return await _document_of(ledger, what, moment_of(time) if time else "")
    from syncd.ledger.row_pages import documents_named

    found = sorted([sha256 async for sha256 in documents_named(ledger) if sha256.startswith(part[1])])
    if len(found) != 1:
        which = f"several documents begin so: {', '.join(found[:5])}" if found else "the ledger names no such document"
        raise SyncdError(f"{what}: {which}")
    return found[0]


async def _document_of(ledger: "Ledger", feed: str, moment: str) -> str:
    from syncd.ledger.row_pages import document_at

    if not moment:
        state = await ledger.state(feed)
        found = state.document.sha256 if state.document else None
    else:
        row = await document_at(ledger, feed, moment)
        found = row.document if row else None
    if found is None:
        raise SyncdError(f"nothing was known of {feed}{' then' if moment else ' yet'}: it stood by no document")
    return found


def _copy(document: Path, into: Path | None) -> None:
    with document.open("rb") as read:
        if into is None:
            while piece := read.read(PIECE_BYTES):
                output.data(piece)
            output.flush()
            return
        with writing_to(into), into.open("wb") as written:
            while piece := read.read(PIECE_BYTES):
                written.write(piece)


_BEFORE = click.option(
    "--before", default="", metavar="CURSOR", help="Go on there: the cursor is said after each page."
)
_LIMIT = click.option(
    "--limit", type=click.IntRange(1, 10_000), default=100, show_default=True, help="At most so many."
)


@click.command("publications")
@config_option
@output_option
@click.argument("feeds", nargs=-1)
@_BEFORE
@_LIMIT
def publication_rows(
    config_file: Path | None,
    ledger_file: Path | None,
    how: output.How,
    feeds: tuple[str, ...],
    before: str,
    limit: int,
) -> None:
    """Print the rows of FEEDS (or all), the latest first: commits, holds, daily attestations, decisions."""
    columns = ("at", "feed", "kind", "commit", "records", "changes", "document")
    found = finished(_rows(loaded(config_file, ledger_file), feeds, before, limit, decisions=False))
    output.print_list(how, "publications", columns, found, _publication_row, dropped_first=("document", "changes"))


@click.command()
@config_option
@output_option
@click.argument("feeds", nargs=-1)
@_BEFORE
@_LIMIT
def decisions(
    config_file: Path | None,
    ledger_file: Path | None,
    how: output.How,
    feeds: tuple[str, ...],
    before: str,
    limit: int,
) -> None:
    """Print what people decided of FEEDS (or all, and of links), the latest first: who, why, applied or refused."""
    found = finished(_rows(loaded(config_file, ledger_file), feeds, before, limit, decisions=True))
    output.print_list(how, "decisions", ("at", "feed", "who", "outcome", "why"), found, _decision_row)


async def _rows(
    config: "Config", feeds: tuple[str, ...], before: str, limit: int, *, decisions: bool
) -> list["Publication"]:
    from syncd.core.coordination.target import COORDINATOR
    from syncd.ledger.row_pages import cursor_place, rows_before

    try:
        place = cursor_place(before) if before else None
    except ValueError:
        raise ConfigurationError(f"--before {before}: this is no cursor that a page has said") from None
    async with reading_ledger(config) as ledger:
        names = [name for name in feeds if name != COORDINATOR]
        chosen = await chosen_feeds(ledger, names) if names or not feeds else []
        if not feeds or COORDINATOR in feeds:
            chosen = [*chosen, COORDINATOR]
        page = await rows_before(ledger, chosen, place, limit, decisions=decisions)
    if page.next:
        output.say(f"earlier ones: --before {page.next}")
    return page.rows


def _publication_row(row: "Publication") -> tuple[str, ...]:
    changes = ", ".join(f"{count} {kind}" for kind, count in row.changes.items())
    records = "" if row.ledger_records is None else str(row.ledger_records)
    return row.at[:19] + "Z", row.feed, row.kind, str(row.commit), records, changes, row.document or ""


def _decision_row(row: "Publication") -> tuple[str, ...]:
    return row.at[:19] + "Z", row.feed, row.asserted_by or "", row.outcome or "", row.why or ""


COMMANDS = (report, archive, publication_rows, decisions)
