"""`tail`, `verify`, `as-of`, `held`: what the ledger says."""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from syncd.cli import output
from syncd.cli.options import config_option, loaded, reading_ledger
from syncd.config import Config
from syncd.core import body
from syncd.core.admit import iso
from syncd.core.events import cloud_event
from syncd.core.state import Hold
from syncd.core.target import COORDINATOR, coordination_cloud_event
from syncd.errors import ConfigurationError

KEYS_SHOWN_MAX = 5


@click.command()
@config_option
@click.argument("feeds", nargs=-1)
@click.option("--from", "positions", multiple=True, metavar="FEED=SEQUENCE", help="Begin after this. Repeatable.")
@click.option("--follow", "-f", is_flag=True, help="Go on as changes are committed.")
@click.option("--coordination", is_flag=True, help="What is said of several lists together, instead of changes.")
def tail(
    config_file: Path | None,
    ledger_file: Path | None,
    feeds: tuple[str, ...],
    positions: tuple[str, ...],
    follow: bool,
    coordination: bool,
) -> None:
    """Print committed changes of FEEDS (or all), one CloudEvents JSON object a line, oldest first.

    With --coordination, coordination events; they have one sequence: --from coordinator=SEQUENCE.
    """
    position = dict(_position(text) for text in positions)
    if coordination:
        _tail_coordination(loaded(config_file, ledger_file), feeds, position, follow)
        return

    async def print_events() -> None:
        async with reading_ledger(loaded(config_file, ledger_file)) as ledger:
            async for change in ledger.tail(position, feeds=feeds, follow=follow):
                output.line(cloud_event(change, ledger.installation))
                if follow:
                    output.flush()

    asyncio.run(print_events())
    output.flush()


def _tail_coordination(config: Config, feeds: tuple[str, ...], position: dict[str, int], follow: bool) -> None:
    if feeds or position.keys() - {COORDINATOR}:
        raise ConfigurationError(f"--coordination is of all feeds: name none, and begin with --from {COORDINATOR}=…")

    async def print_events() -> None:
        async with reading_ledger(config) as ledger:
            async for event in ledger.coordination(position.get(COORDINATOR, 0), follow=follow):
                output.line(coordination_cloud_event(event, ledger.installation))
                if follow:
                    output.flush()

    asyncio.run(print_events())
    output.flush()


def _position(text: str) -> tuple[str, int]:
    feed, _, sequence = text.partition("=")
    if not sequence.isdigit():
        raise ConfigurationError(f"--from {text}: write FEED=SEQUENCE, such as un_sc=1200")
    return feed, int(sequence)


@click.command()
@config_option
@click.argument("feeds", nargs=-1)
def verify(config_file: Path | None, ledger_file: Path | None, feeds: tuple[str, ...]) -> None:
    """Rebuild each list from its changes alone and compare it with what the ledger says.

    Checked: no hole in sequences and commits, no event id twice, every record digest, the list digest of every commit.
    One JSON line a feed; exit code 1 when anything does not agree.
    """
    from syncd.rebuilding import verified

    sound = True

    async def check() -> None:
        nonlocal sound
        async with reading_ledger(loaded(config_file, ledger_file)) as ledger:
            for feed in feeds or await ledger.feeds():
                finding = await verified(ledger, feed)
                sound &= finding.ok
                output.line(finding)
                output.flush()

    asyncio.run(check())
    sys.exit(0 if sound else 1)


@click.command("as-of")
@config_option
@click.argument("time")
@click.argument("feeds", nargs=-1)
@click.option("--known/--in-force", default=True, help="By commit time (what was known), or by effective date.")
def as_of(config_file: Path | None, ledger_file: Path | None, time: str, feeds: tuple[str, ...], known: bool) -> None:
    """Print the records of FEEDS (or all) as they stood at TIME (2025-09-03, or 2025-09-03T12:00Z), one JSON a line."""
    from syncd.rebuilding import records_at

    moment = _moment(time)

    async def print_records() -> None:
        async with reading_ledger(loaded(config_file, ledger_file)) as ledger:
            for feed in feeds or await ledger.feeds():
                for record in (await records_at(ledger, feed, moment, known=known)).values():
                    output.line(record)

    asyncio.run(print_records())
    output.flush()


def _moment(text: str) -> str:
    """A time as the ledger writes times; a day alone is its end."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigurationError(f"{text} is no time: write 2025-09-03 or 2025-09-03T12:00Z") from None
    if len(text) == len("2025-09-03"):
        moment = moment.replace(hour=23, minute=59, second=59, microsecond=999999)
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return iso(moment)


@click.command()
@config_option
@click.option("--keys", is_flag=True, help="With the primary name of each key.")
def held(config_file: Path | None, ledger_file: Path | None, keys: bool) -> None:
    """Show what waits for a person: one JSON line a hold, or a table on a terminal."""

    async def gather() -> list[tuple[str, Hold, dict[str, str]]]:
        async with reading_ledger(loaded(config_file, ledger_file)) as ledger:
            found = []
            for name in await ledger.feeds():
                state, records = await ledger.snapshot(name)
                for hold in state.holds:
                    names = {key: body.unpack(records[key].body).names[0].full for key in hold.keys} if keys else {}
                    found.append((name, hold, names))
            return found

    found = asyncio.run(gather())
    if output.is_for_people():
        output.table("held", ("hold", "feed", "keys", "since", "why"), [_hold_row(*one) for one in found])
        return
    for name, hold, names in found:
        output.line({"feed": name, "hold": hold.id, **_hold_facts(hold, names)})
    output.flush()


def _hold_row(name: str, hold: Hold, names: dict[str, str]) -> tuple[str, ...]:
    shown = [f"{key} {names.get(key, '')}".strip() for key in hold.keys[: None if names else KEYS_SHOWN_MAX]]
    more = len(hold.keys) - len(shown)
    keys = "\n".join([*shown, f"… and {more} more"] if more else shown)
    why = f"{hold.why}{' (rejected by ' + (hold.decided_by or '') + ')' if hold.rejected else ''}"
    return hold.id, name, f"{len(hold.keys)}\n{keys}" if keys else "the whole document", hold.since[:19], why


def _hold_facts(hold: Hold, names: dict[str, str]) -> dict[str, object]:
    return {
        "kind": hold.kind,
        "keys": hold.keys,
        "names": names,
        "since": hold.since,
        "why": hold.why,
        "document": hold.document,
        "rejected": hold.rejected,
        "decided_by": hold.decided_by,
    }


COMMANDS = (tail, verify, as_of, held)
