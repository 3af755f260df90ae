"""`export`: lists in the forms that other programs read."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncd.cli import output
from syncd.cli.ledgers import chosen_feeds, moment_of
from syncd.cli.options import config_option, finished, loaded, reading_ledger, writing_to
from syncd.errors import ConfigurationError, SyncdError

if TYPE_CHECKING:
    from syncd.ledger.contract import Ledger
    from syncd.ledger.lists import WholeList

OFAC_CSV = "ofac-csv"


@click.command()
@config_option
@click.argument("feeds", nargs=-1)
@click.option(
    "--at",
    "time",
    default="",
    help="As they were known then (2025-03-20T14:03Z, or a day: its end). UTC unless it states a zone.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(("ndjson", "csv", "ftm", OFAC_CSV)),
    default="ndjson",
    show_default=True,
    help="ndjson verifies; ftm is FollowTheMoney; ofac-csv are OFAC's three files of old.",
)
@click.option("--into", type=click.Path(file_okay=False, path_type=Path), help="The folder for ofac-csv.")
def export(
    config_file: Path | None, ledger_file: Path | None, feeds: tuple[str, ...], time: str, form: str, into: Path | None
) -> None:
    """Write the lists FEEDS (or all) as they stand, or stood, to standard output.

    With ofac-csv, into a folder of each list's name under --into. What each list is (its commit, times, document and
    digest) stands in the first line of ndjson, and on standard error. `syncd verify --export FILE` checks an ndjson
    export; so does a program of ten lines (see schemas/README.md). A list of which nothing was known is refused where
    it is named, and else said on standard error and left out.
    """
    if (form == OFAC_CSV) != (into is not None):
        raise ConfigurationError(
            "--format ofac-csv writes three files a list: name the folder with --into, for it alone"
        )
    moment = moment_of(time) if time else ""

    async def write() -> None:
        wrote = 0
        async with reading_ledger(loaded(config_file, ledger_file)) as ledger:
            async for whole in _lists(ledger, feeds, moment):
                note = whole.note
                output.say(f"{note.feed}: commit {note.commit} of {note.committed_at[:19]}Z, {note.records:,} records")
                if into is not None:
                    with writing_to(into / note.feed):
                        _write_legacy(whole, into / note.feed)
                else:
                    _write(whole, form, first=not wrote)
                wrote += 1
        if not wrote:
            raise SyncdError(f"nothing was known at {time}")

    finished(write())
    output.flush()


async def _lists(ledger: "Ledger", feeds: tuple[str, ...], moment: str) -> AsyncIterator["WholeList"]:
    from syncd.ledger.lists import list_at, list_now

    chosen = await chosen_feeds(ledger, feeds)
    # Before anything is written: a file that ends half way looks whole.
    unknown = [feed for feed in chosen if not await _is_known(ledger, feed, moment)]
    when = "then" if moment else "yet"
    if unknown and feeds:
        raise SyncdError(f"nothing was known of {', '.join(unknown)} {when}: leave it out, or name a later time")
    if unknown:
        output.say(f"left out, because nothing was known of it {when}: {', '.join(unknown)}")
    for feed in chosen:
        if feed not in unknown:
            found = await (list_at(ledger, feed, moment) if moment else list_now(ledger, feed))
            if found is None:
                raise SyncdError(
                    f"{feed}: its changes do not go back as far as its rows; 'syncd verify {feed}' says more"
                )
            yield found


async def _is_known(ledger: "Ledger", feed: str, moment: str) -> bool:
    from syncd.ledger.row_pages import document_at

    if moment:
        return await document_at(ledger, feed, moment) is not None
    return (await ledger.state(feed)).commit > 0


def _write(whole: "WholeList", name: str, *, first: bool) -> None:
    from syncd.exports.forms import FORMS
    from syncd.ledger.lists import export_parts

    form = FORMS[name]
    if first:
        output.data(form.head())
    for part in export_parts(whole, form):
        output.data(part())


def _write_legacy(whole: "WholeList", folder: Path) -> None:
    from syncd.exports import legacy

    folder.mkdir(parents=True, exist_ok=True)
    files = [(folder / name).open("wb") for name in legacy.FILES]
    try:
        for entry in whole.entries():
            for file, rows in zip(files, legacy.record_rows(entry.record), strict=True):
                file.write(rows)
    finally:
        for file in files:
            file.close()


COMMANDS = (export,)
