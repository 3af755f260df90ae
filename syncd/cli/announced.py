"""`notices`, `measure-lag`: what authorities announced, what followed, and after how long."""

from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncd.cli import output
from syncd.cli.options import config_option, finished, loaded, output_option, reading_ledger
from syncd.errors import ConfigurationError

if TYPE_CHECKING:
    from syncd.commands.lag import ChannelLag
    from syncd.core.notices.notice import Notice

COLUMNS = ("notice", "in law since", "age", "state", "on the list", "title")
TITLE_CHARACTERS_MAX = 60


@click.command()
@config_option
@click.option("--open", "is_open", is_flag=True, help="Only those that a list must follow and has not.")
@click.option("--channel", help="Only those of one channel, such as eu_oj.")
@output_option
def notices(
    config_file: Path | None, ledger_file: Path | None, is_open: bool, channel: str | None, how: output.How
) -> None:
    """Print what authorities announced: one JSON line a notice, or a table on a terminal; the oldest first.

    What was settled more than a month ago is on the topic of notices alone. A notice is never screened by.
    """
    from syncd.channels import all_channels
    from syncd.commands.notices import kept_notices

    if channel is not None and channel not in all_channels():
        raise ConfigurationError(f"there is no channel {channel}; there are: {', '.join(all_channels())}")

    async def gather() -> "list[Notice]":
        async with reading_ledger(loaded(config_file, ledger_file)) as ledger:
            return await kept_notices(ledger, awaited=is_open, channel=channel)

    row = partial(_row, now=datetime.now(UTC))
    output.print_list(how, "notices", COLUMNS, finished(gather()), row, dropped_first=("in law since", "notice"))


def _row(notice: "Notice", now: datetime) -> tuple[str, ...]:
    from syncd.core.times import moment

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
    """Measure how long lists follow the acts of their authorities: one JSON line a channel.

    Times are in seconds; from an act that states its day and no hour to the list, they are in days of the calendar.
    """
    from syncd.commands.lag import measured_lags

    async def gather() -> "list[ChannelLag]":
        async with reading_ledger(loaded(config_file, ledger_file)) as ledger:
            return await measured_lags(ledger.notices({}))

    for lag in finished(gather()):
        output.json_line(lag)
    output.flush()


COMMANDS = (notices, measure_lag)
