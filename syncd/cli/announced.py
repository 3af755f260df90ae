"""`notices`, `measure-lag`: what authorities announced, what followed, and after how long."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec

from syncd.cli import output
from syncd.cli.options import config_option, loaded, reading_ledger
from syncd.core import codec
from syncd.core.notices.notice import Notice
from syncd.core.times import moment

COLUMNS = ("notice", "in law since", "age", "state", "on the list", "title")
TITLE_CHARACTERS_MAX = 60
_notice = msgspec.json.Decoder(Notice)


@click.command()
@config_option
@click.option("--open", "is_open", is_flag=True, help="Only those that a list must follow and has not.")
@click.option("--channel", help="Only those of one channel, such as eu_oj.")
def notices(config_file: Path | None, ledger_file: Path | None, is_open: bool, channel: str | None) -> None:
    """Print what authorities announced: one JSON line a notice, or a table on a terminal; the oldest first.

    What was settled more than a month ago is on the topic of notices alone. A notice is never screened by.
    """

    async def gather() -> Mapping[str, bytes]:
        async with reading_ledger(loaded(config_file, ledger_file)) as ledger:
            return (await ledger.live_notices())[1]

    rows = asyncio.run(gather())
    unpack = codec.unpacker()
    found = sorted((_notice.decode(unpack(row)) for row in rows.values()), key=lambda one: (one.noticed_at, one.id))
    shown = [one for one in found if (not is_open or _is_awaited(one)) and channel in (None, one.channel)]
    if output.is_for_people():
        output.print_table("notices", COLUMNS, [_row(one, datetime.now(UTC)) for one in shown])
        return
    for one in shown:
        output.json_line(one)
    output.flush()


def _is_awaited(notice: Notice) -> bool:
    return notice.state == "open" and notice.announcement.expects == "will"


def _row(notice: Notice, now: datetime) -> tuple[str, ...]:
    announced = notice.announcement
    since = announced.published or notice.noticed_at
    begin = moment(since)
    days = f"{(now - begin).days} d" if begin else ""
    state = f"overdue {notice.overdue_hours} h" if notice.overdue_hours and notice.state == "open" else notice.state
    outcome = (notice.outcome or "").replace("_", " ")
    return (
        notice.id,
        since[:10],
        days,
        outcome or state,
        str(len({link.key for link in notice.links})),
        announced.title[:TITLE_CHARACTERS_MAX],
    )


@click.command("measure-lag")
@config_option
def measure_lag(config_file: Path | None, ledger_file: Path | None) -> None:
    """Measure how long lists follow the acts of their authorities: one JSON line a channel, times in seconds."""
    from syncd.commands.lag import ChannelLag, measured_lags

    async def gather() -> list[ChannelLag]:
        async with reading_ledger(loaded(config_file, ledger_file)) as ledger:
            return await measured_lags(ledger.notices({}))

    for one in asyncio.run(gather()):
        output.json_line(one)
    output.flush()


COMMANDS = (notices, measure_lag)
