"""`status`: how every enabled feed and the coordinator stand, for people, for programs and for a check."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncd.cli import output
from syncd.cli.options import config_option, finished, loaded, output_option, reading_ledger

if TYPE_CHECKING:
    from syncd.config import Config
    from syncd.core.events import Heartbeat
    from syncd.ledger.contract import Ledger
    from syncd.observe.status import FeedStatus

NOT_CURRENT = 6
COLUMNS = ("feed", "status", "records", "held", "checked", "message", "changed", "commit", "sequence", "evidence")
# What only the process knows that polls.
UNKNOWN_HERE = frozenset({"is_open", "next_at", "failures", "failed_at", "why"})
# On a narrow terminal these are left out, the first of them first.
DROPPED_FIRST = ("evidence", "sequence", "commit", "changed")


@click.command()
@config_option
@output_option
@click.option("--check", is_flag=True, help=f"Exit code {NOT_CURRENT} unless every one of them is current.")
def status(config_file: Path | None, ledger_file: Path | None, how: output.How, check: bool) -> None:
    """Show each enabled feed as the ledger and its last heartbeat have it: a table on a terminal, else JSON lines.

    A feed that was never read stands there too, and so does one that is not enabled any more but has a list. The
    coordinator, which links the lists, stands last; its records are targets. A feed is current when its status is ok.
    When nothing looks after the lists any more, that is said on standard error. What only the daemon itself knows (the
    next poll, the failures so far) is at its /api/status.
    """
    found = finished(_statuses(loaded(config_file, ledger_file)))
    output.print_list(how, "feeds", COLUMNS, found, _row, facts=_facts, dropped_first=DROPPED_FIRST)
    if why := _nobody_looks(found):
        # Not by what draws tables, which a program that asks for JSON need not load.
        click.echo(why, err=True)
    behind = [one.feed for one in found if one.status != "ok"]
    if check and behind:
        output.say(f"not current: {', '.join(behind)}")
        sys.exit(NOT_CURRENT)


def _nobody_looks(found: Sequence["FeedStatus"]) -> str:
    """What is said when no list was checked for so long that no daemon can be at work; empty when one was."""
    checked = max((one.checked_at for one in found), default="")
    if not checked:
        return "nothing has ever checked a list into this ledger: 'syncd run' does"
    if any(one.fresh for one in found):
        return ""
    return (
        f"no daemon seems to run on this ledger: the last check of any list was at {checked[:19]}Z; start 'syncd run'"
    )


def _facts(one: "FeedStatus") -> dict[str, object]:
    return {name: getattr(one, name) for name in one.__struct_fields__ if name not in UNKNOWN_HERE}


async def _statuses(config: "Config") -> Sequence["FeedStatus"]:
    from syncd.core.coordination.target import COORDINATOR
    from syncd.core.state import FeedState
    from syncd.core.times import iso
    from syncd.feeds import all_feeds
    from syncd.observe.status import from_heartbeat

    now = iso(datetime.now(UTC))
    feeds = all_feeds()
    async with reading_ledger(config) as ledger:
        beats = await ledger.heartbeats()
        written = set(await ledger.feeds())
        found = []
        for name in dict.fromkeys((*config.feeds.enabled(feeds), *sorted(written))):
            known = feeds.get(name)
            state = await ledger.state(name) if name in written else FeedState(feed=name)
            interval = config.feeds.of(name).interval_seconds or (known.interval_seconds if known else 300)
            said = {"title": known.title, "evidence": known.evidence} if known else {}
            shown = from_heartbeat(state, beats.get(name), interval, now, **said)
            found.append(await _replayed(ledger, shown) if state.commit and name not in beats else shown)
        if config.coordination.enabled or COORDINATOR in beats:
            found.append(_of_the_coordinator(beats.get(COORDINATOR), now))
        return found


async def _replayed(ledger: "Ledger", shown: "FeedStatus") -> "FeedStatus":
    """The status of a feed that no daemon has had: with a word where a replay made its last commit."""
    from msgspec.structs import replace

    from syncd.core.events import REPLAY

    last = [row async for row in ledger.publications(shown.feed, last=1)]
    if not any(row.asserted_by == REPLAY for row in last):
        return shown
    return replace(shown, message=f"replayed, under the times of its documents; {shown.message}")


def _of_the_coordinator(beat: "Heartbeat | None", now: str) -> "FeedStatus":
    """Without a heartbeat it never ran on this ledger."""
    from syncd.core.coordination.target import COORDINATOR
    from syncd.core.events import Heartbeat
    from syncd.observe.status import coordinator_from_heartbeat

    never = Heartbeat(
        feed=COORDINATOR,
        status="baselining",
        checked_at="",
        changed_at="",
        commit=0,
        sequence=0,
        ledger_digest="",
        ledger_records=0,
        message="it has not run yet",
    )
    return coordinator_from_heartbeat(beat or never, now)


def _row(one: "FeedStatus") -> tuple[str, ...]:
    return (
        one.feed,
        one.status,
        str(one.records),
        str(one.held_keys),
        one.checked_at[5:16].replace("T", " "),
        one.message,
        one.changed_at[5:16].replace("T", " "),
        str(one.commit),
        str(one.sequence),
        one.evidence,
    )


COMMANDS = (status,)
