"""`tail`, `verify`, `as-of`, `held`: what the ledger says; `restored`, what it learns."""

import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncd.cli import output
from syncd.cli.options import (
    EXISTING,
    config_option,
    feed_named,
    finished,
    loaded,
    output_option,
    reading_ledger,
)
from syncd.errors import ConfigurationError, LedgerError, SyncdError

if TYPE_CHECKING:
    from syncd.config import Config
    from syncd.core.state import Hold
    from syncd.ledger.contract import Ledger

KEYS_SHOWN_MAX = 5


@click.command()
@config_option
@click.argument("feeds", nargs=-1)
@click.option(
    "--from",
    "positions",
    multiple=True,
    metavar="FEED=SEQUENCE[@LEDGER]",
    help="Begin after this. Repeatable. LEDGER is what the event says; where it means another, it is refused.",
)
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
    from syncd.core.events import cloud_event

    position, of = _positions(positions)
    if coordination:
        _tail_coordination(loaded(config_file, ledger_file), feeds, position, of, follow)
        return

    async def print_events() -> None:
        async with reading_ledger(loaded(config_file, ledger_file)) as ledger:
            await refuse_unknown(ledger, {*feeds, *position}, awaited=follow)
            async for change in ledger.tail(position, feeds=feeds, follow=follow, of=of):
                output.json_line(cloud_event(change, ledger.installation, ledger.identity))
                if follow:
                    output.flush()

    finished(print_events())
    output.flush()


def _tail_coordination(
    config: "Config", feeds: tuple[str, ...], position: dict[str, int], of: str, follow: bool
) -> None:
    from syncd.core.coordination.target import COORDINATOR, coordination_cloud_event

    if feeds or position.keys() - {COORDINATOR}:
        raise ConfigurationError(f"--coordination is of all feeds: name none, and begin with --from {COORDINATOR}=…")

    async def print_events() -> None:
        async with reading_ledger(config) as ledger:
            async for event in ledger.coordination(position.get(COORDINATOR, 0), follow=follow, of=of):
                output.json_line(coordination_cloud_event(event, ledger.installation, ledger.identity))
                if follow:
                    output.flush()

    finished(print_events())
    output.flush()


def _positions(texts: tuple[str, ...]) -> tuple[dict[str, int], str]:
    """Where to begin, and under which identity that was noted. Raises ConfigurationError."""
    position, identities = {}, set()
    for text in texts:
        place, _, identity = text.partition("@")
        feed, _, sequence = place.partition("=")
        if not (sequence.isascii() and sequence.isdigit()):
            raise ConfigurationError(f"--from {text}: write FEED=SEQUENCE, such as un_sc=1200, or FEED=SEQUENCE@LEDGER")
        position[feed] = int(sequence)
        identities.add(identity)
    if len(identities) > 1:
        raise ConfigurationError("--from: all positions of one run are of one ledger: write the same @LEDGER at each")
    return position, identities.pop() if identities else ""


async def refuse_unknown(ledger: "Ledger", feeds: Iterable[str], *, awaited: bool = False) -> None:
    """Raises ConfigurationError for what is no feed, and SyncdError for a feed of which the ledger has nothing, unless
    it is `awaited`; both with what there is."""
    known = await ledger.feeds()
    for feed in sorted(set(feeds) - set(known)):
        feed_named(feed)
        if not awaited:
            raise SyncdError(f"there is nothing of {feed} in this ledger; there is: {', '.join(known) or 'nothing'}")


async def chosen_feeds(ledger: "Ledger", feeds: Iterable[str]) -> list[str]:
    """`feeds`, or all that the ledger has. Raises as `refuse_unknown`, and SyncdError when it has none."""
    await refuse_unknown(ledger, feeds)
    found = list(feeds) or await ledger.feeds()
    if not found:
        raise SyncdError("there is nothing in this ledger yet")
    return found


@click.command()
@config_option
@click.argument("feeds", nargs=-1)
@click.option("--archive", "with_archive", is_flag=True, help="Also read every document that is named as evidence.")
@click.option("--export", "exported", type=EXISTING, help="Check this NDJSON export instead; it needs no ledger.")
def verify(
    config_file: Path | None,
    ledger_file: Path | None,
    feeds: tuple[str, ...],
    with_archive: bool,
    exported: Path | None,
) -> None:
    """Rebuild each list from its changes alone and compare it with what the ledger says.

    Checked: no hole in sequences and commits, no event id twice, every digest of a record recomputed from its bytes
    (before and after each change, and in force), each change after the one before it, the row and the list digest of
    every commit, the state; keys, headers and columns against their values. Of the coordination (FEEDS: coordinator),
    the events and the targets by the seals in its state. Of the announcements (FEEDS: notices), the events by seals,
    the notices that are kept, and that each link names a change that its list has committed. With --archive: each
    document that a commit, a hold or a notice names is in the archive and has its SHA-256. One JSON line a feed, one of
    the coordination, one of the announcements. Exit code 1 when anything does not agree, or when there is nothing to
    verify.

    With --export FILE (plain, .gz, .zst, .bz2): each record of an NDJSON export against its digest, and each list in
    it (or of FEEDS, which must all be in it) against the digest that its first line states. That this is the list's,
    only its ledger or its events say.
    """
    if exported is not None:
        sys.exit(0 if _is_sound(exported, feeds) else 1)
    from syncd.archive import open_archive
    from syncd.commands.verify import verified, verified_coordination
    from syncd.commands.verify_notices import verified_notices
    from syncd.core.coordination.target import COORDINATOR
    from syncd.core.notices.notice import NOTICES

    sound = True

    async def check() -> None:
        nonlocal sound
        config = loaded(config_file, ledger_file)
        archive = open_archive(config) if with_archive else None
        async with reading_ledger(config) as ledger:
            for feed in await _to_verify(ledger, feeds):
                if feed == COORDINATOR:
                    finding = await verified_coordination(ledger)
                elif feed == NOTICES:
                    finding = await verified_notices(ledger, archive)
                else:
                    finding = await verified(ledger, feed, archive)
                sound &= finding.ok
                output.json_line(finding)
                output.flush()

    finished(check())
    sys.exit(0 if sound else 1)


def _is_sound(exported: Path, feeds: tuple[str, ...]) -> bool:
    from syncd.cli.parsing import opener_of
    from syncd.exports.ndjson import findings_of

    for feed in feeds:
        feed_named(feed)
    sound = True
    with opener_of(exported) as opened, opened() as lines:
        for finding in findings_of(lines, feeds):
            sound &= finding.ok
            output.json_line(finding)
    output.flush()
    return sound


async def _to_verify(ledger: "Ledger", names: tuple[str, ...]) -> list[str]:
    """`names`, of feeds, the coordinator or the notices; or all that the ledger has. Raises as `chosen_feeds`."""
    from syncd.core.coordination.target import COORDINATOR
    from syncd.core.notices.notice import NOTICES

    feeds = [name for name in names if name not in (COORDINATOR, NOTICES)]
    chosen = await chosen_feeds(ledger, feeds) if feeds or not names else []
    if COORDINATOR in names or (not names and await _is_coordinated(ledger)):
        chosen.append(COORDINATOR)
    if NOTICES in names or (not names and await _has_notices(ledger)):
        chosen.append(NOTICES)
    return chosen


async def _is_coordinated(ledger: "Ledger") -> bool:
    try:
        state, _ = await ledger.targets(only=())
    except LedgerError:
        return True
    return bool(state.cursor)


async def _has_notices(ledger: "Ledger") -> bool:
    try:
        state, _ = await ledger.live_notices()
    except LedgerError:
        return True
    return bool(state.channels)


@click.command("as-of")
@config_option
@click.argument("time")
@click.argument("feeds", nargs=-1)
@click.option("--known/--in-force", default=True, help="By commit time (what was known), or by effective date.")
def as_of(config_file: Path | None, ledger_file: Path | None, time: str, feeds: tuple[str, ...], known: bool) -> None:
    """Print the records of FEEDS (or all) as they stood at TIME (2025-09-03, or 2025-09-03T12:00Z), one JSON a line.

    A time without a zone is UTC. One that is still to come is refused, and so is one before anything was known of a
    feed that is named; of the others that is said on standard error.
    """
    moment = moment_of(time)

    async def print_records() -> None:
        answered = False
        async with reading_ledger(loaded(config_file, ledger_file)) as ledger:
            for feed in await chosen_feeds(ledger, feeds):
                answered |= await _print_records(ledger, feed, moment, known=known, named=bool(feeds))
        if not answered:
            raise SyncdError(f"nothing was known at {time}")

    finished(print_records())
    output.flush()


async def _print_records(ledger: "Ledger", feed: str, moment: str, *, known: bool, named: bool) -> bool:
    """Whether anything was known of `feed` at `moment`. Raises SyncdError when not and it was `named`."""
    from syncd.commands.rebuild import known_since, records_at

    since = await known_since(ledger, feed)
    found = await records_at(ledger, feed, moment, known=known)
    if since is None or (since > moment and (known or not found)):
        why = f"{feed} is known since {since[:19]}Z" if since else f"there is no baseline of {feed} yet"
        if named:
            raise SyncdError(f"{why}: nothing can be said of an earlier time")
        output.say(why)
        return False
    if since > moment:
        output.say(f"{feed} is known since {since[:19]}Z: what was delisted before is not among these")
    for record in found.values():
        output.json_line(record)
    return True


def moment_of(text: str) -> str:
    """Return a time as the ledger writes times; of a day alone its end, of today the present. Raises ConfigurationError
    for what is no time, or still to come."""
    from syncd.core.times import iso

    now = datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ConfigurationError(f"{text} is no time: write 2025-09-03 or 2025-09-03T12:00Z") from None
    if len(text) == len("2025-09-03"):
        end = moment.replace(hour=23, minute=59, second=59, microsecond=999999)
        # Of today nobody knows more than until now, and what is answered says that time.
        moment = min(end, now) if moment <= now else end
    if moment > now:
        raise ConfigurationError(f"{text} is still to come: nobody knows yet what will be in force then")
    return iso(moment)


@click.command()
@config_option
@output_option
@click.option("--keys", is_flag=True, help="With the primary name of each key.")
def held(config_file: Path | None, ledger_file: Path | None, how: output.How, keys: bool) -> None:
    """Show what waits for a person: one JSON line a hold, or a table on a terminal."""
    from syncd.core import codec

    async def gather() -> list[tuple[str, "Hold", dict[str, str]]]:
        async with reading_ledger(loaded(config_file, ledger_file)) as ledger:
            found = []
            for name in await ledger.feeds():
                state, records = await ledger.snapshot(name)
                for hold in state.holds:
                    names = (
                        {key: codec.unpack_record(records[key].body).names[0].full for key in hold.keys} if keys else {}
                    )
                    found.append((name, hold, names))
            return found

    columns = ("hold", "feed", "keys", "since", "why")
    output.print_list(how, "held", columns, finished(gather()), _hold_row, facts=_hold_facts)


def _hold_row(one: tuple[str, "Hold", dict[str, str]]) -> tuple[str, ...]:
    name, hold, names = one
    shown = [_held_key(hold, key, names.get(key, "")) for key in hold.keys[: None if names else KEYS_SHOWN_MAX]]
    more = len(hold.keys) - len(shown)
    keys = "\n".join([*shown, f"… and {more} more"] if more else shown)
    why = f"{hold.why}{' (rejected by ' + (hold.decided_by or '') + ')' if hold.rejected else ''}"
    return hold.id, name, f"{len(hold.keys)}\n{keys}" if keys else "the whole document", hold.since[:19], why


def _held_key(hold: "Hold", key: str, name: str) -> str:
    """A key, whose it is, and which content the document would take from it."""
    sorts = ", ".join(sort for sort, keys in hold.loses.items() if key in keys)
    return f"{key} {name}".strip() + (f" (loses: {sorts})" if sorts else "")


def _hold_facts(one: tuple[str, "Hold", dict[str, str]]) -> dict[str, object]:
    name, hold, names = one
    return {
        "feed": name,
        "hold": hold.id,
        "kind": hold.kind,
        "keys": hold.keys,
        "loses": hold.loses,
        "names": names,
        "since": hold.since,
        "why": hold.why,
        "document": hold.document,
        "rejected": hold.rejected,
        "decided_by": hold.decided_by,
    }


@click.command()
@config_option
@click.option("--why", required=True, help="Where the ledger came from, kept with its new generation.")
def restored(config_file: Path | None, ledger_file: Path | None, why: str) -> None:
    """Say that the SQLite ledger came from a backup, where syncd cannot see it: a snapshot of its whole folder.

    Sequences that are given again are then of a new generation, and positions of the earlier one are refused where they
    mean something else. While no daemon runs. A file that alone was put back is noticed without this.
    """
    from syncd.ledger.sqlite import SqliteLedger

    config = loaded(config_file, ledger_file)
    if not config.kafka.is_chosen and not config.ledger.exists():
        raise ConfigurationError(f"there is no ledger at {config.ledger}")
    if config.kafka.is_chosen:
        raise ConfigurationError("this ledger is in Kafka, whose cluster and topics have their own ids: name --ledger")

    async def begin() -> str:
        ledger = await SqliteLedger.open_file(config.ledger, writing=True)
        try:
            return await ledger.begin_generation(why)
        finally:
            await ledger.close()

    output.json_line({"ledger": finished(begin())})
    output.flush()


COMMANDS = (tail, verify, as_of, held, restored)
