"""`parse`, `diff`, `replay`: documents in files."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from syncd.cli import output
from syncd.cli.options import EXISTING, FOLDER, config_option, feed_named, finished, keep_files_private, loaded
from syncd.errors import ConfigurationError, DocumentRefused

if TYPE_CHECKING:
    from syncd.core.document import Document
    from syncd.core.events import Change, ChangeType
    from syncd.feeds.contract import Feed

COUNTED: tuple["ChangeType", ...] = ("designated", "delisted", "amended", "relisted", "rekeyed")


@click.command()
@click.argument("feed")
@click.argument("files", nargs=-1, required=True, type=EXISTING)
@click.option("--summary", is_flag=True, help="One JSON object a file instead of its records.")
@click.option("--strict", is_flag=True, help="Refuse a document of which anything was not understood.")
@click.option("--vocabulary", help="Read it as this; otherwise the one of the feed's that fits.")
def parse(feed: str, files: tuple[Path, ...], summary: bool, strict: bool, vocabulary: str | None) -> None:
    """Read documents of FEED from FILES (plain, .bz2, .gz, .zst or .zip) and print their records, one JSON a line.

    Exit code 0 only when each document is whole; 3 when one is refused, or when not one entry of it can be read, with
    the reason on standard error.
    """
    from syncd.commands.compare import read_document

    chosen = feed_named(feed)
    _refuse_unknown(chosen, vocabulary)
    unread = False
    for path in files:
        with opener_of(path) as opened, _refusals_name(path):
            each = None if summary else output.json_line
            found = read_document(chosen, opened, vocabulary=vocabulary, strict=strict, each=each).document
        for entry in found.quarantined:
            output.say(f"{path.name}: quarantined: {entry.why}")
        unread |= bool(found.quarantined) and not found.entries
        if summary:
            _summarise(feed, path, found)
        output.flush()
    if unread:
        raise DocumentRefused("of a document not one entry could be read: every one has no id or no name")


def _summarise(feed: str, path: Path, found: "Document") -> None:
    """Print a document in numbers. A date of publication that cannot be used is said on standard error instead."""
    from syncd.core.document import why_unusable

    why = why_unusable(found.note.published, datetime.now(UTC))
    if why:
        output.say(f"{path.name}: the date of publication is not used: {why}")
    output.json_line(
        {
            "feed": feed,
            "records": len(found.entries),
            "quarantined": len(found.quarantined),
            "partial": len(found.partial),
            "digest": found.note.digest,
            "publication_date": None if why else found.note.published,
        }
    )


def _refuse_unknown(feed: "Feed", vocabulary: str | None) -> None:
    """Raises ConfigurationError for a vocabulary that the feed has not, with those that it has."""
    known = sorted({source.vocabulary for source in feed.sources})
    if vocabulary is not None and vocabulary not in known:
        raise ConfigurationError(f"{feed.id} has no vocabulary {vocabulary}; it has: {', '.join(known)}")


@click.command()
@click.argument("feed")
@click.argument("old", type=EXISTING)
@click.argument("new", type=EXISTING)
@click.option("--summary", is_flag=True, help="One JSON object with numbers instead of the changes.")
def diff(feed: str, old: Path, new: Path, summary: bool) -> None:
    """Print what changed between two documents of FEED: one change a line, with its field changes.

    Nothing is held back: limits are for publications, not for files on a desk.
    """
    from syncd.commands.compare import compare_documents

    chosen = feed_named(feed)
    counts: Counter[str] = Counter()
    with opener_of(old) as before, opener_of(new) as after, _refusals_name(new):
        changes, unchanged = compare_documents(chosen, before, after)
        for change in changes:
            counts[change.type] += 1
            counts["material"] += change.material
            if not summary:
                output.json_line(_shown(change))
    if summary:
        numbers = {kind: counts[kind] for kind in COUNTED}
        output.json_line({"feed": feed, **numbers, "unchanged": unchanged, "material": counts["material"]})
    output.flush()


def _shown(change: "Change") -> dict[str, object]:
    """A change between two files: it has no place in any ledger."""
    return {
        "key": change.key,
        "type": change.type,
        "material": change.material,
        "basis": change.basis,
        "digest_before": change.digest_before,
        "digest_after": change.digest_after,
        "changes": change.changes,
        "before": change.before,
        "after": change.after,
    }


@click.command()
@config_option
@click.argument("feed")
@click.argument("folder", type=FOLDER)
@click.option("--into", type=click.Path(dir_okay=False, path_type=Path), help="A ledger to go on with.")
@click.option("--release-holds", is_flag=True, help="Nothing is kept back: each hold is released after its document.")
def replay(
    config_file: Path | None, ledger_file: Path | None, feed: str, folder: Path, into: Path | None, release_holds: bool
) -> None:
    """Feed the documents of FOLDER, in the order of their names, through the real intake, one commit after another.

    The clock is that of the documents, so that commits bear times at which nobody saw them; each row of the ledger says
    that it was replayed. Without --into the ledger is ./FEED.replay.db, made anew each time. One JSON line a document;
    one that is refused, or older than the one before it, is said, left out, and makes exit code 3.
    """
    from syncd.commands.replay import replayed

    if ledger_file:
        raise ConfigurationError("a replay reads no ledger: say with --into where it goes, which is written to")
    keep_files_private()
    config = loaded(config_file, ledger_file)
    refused = False

    async def play() -> None:
        nonlocal refused
        async for step in replayed(config, feed_named(feed), folder, into, release_holds=release_holds):
            refused |= step.result in ("refused", "stale")
            output.json_line(step)
            output.flush()

    finished(play())
    ledger = into or Path(f"{feed}.replay.db")
    output.say(f"the ledger is {ledger}: syncd search, record, report … --ledger {ledger}")
    sys.exit(DocumentRefused.exit_code if refused else 0)


@contextmanager
def opener_of(path: Path) -> Iterator[Callable[[], BinaryIO]]:
    """Opens the document in `path`, unpacked, as often as it is asked to."""
    import tempfile

    from syncd.commands import compressed_files

    if path.suffix.lower() not in {".bz2", ".gz", ".zst", ".zip"}:
        yield lambda: path.open("rb")
        return
    with tempfile.TemporaryDirectory(prefix="syncd-") as folder:
        plain = Path(folder) / "document"
        compressed_files.unpacked_to(path, plain)
        yield lambda: plain.open("rb")


@contextmanager
def _refusals_name(path: Path) -> Iterator[None]:
    """A refusal says which file it is of."""
    try:
        yield
    except DocumentRefused as error:
        output.flush()
        raise DocumentRefused(f"{path.name} is refused: {error}") from None


COMMANDS = (parse, diff, replay)
