"""`targets`, `target`: the parties in the real world behind records of several lists."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncd.cli import output
from syncd.cli.options import config_option, finished, loaded, output_option, reading_ledger

if TYPE_CHECKING:
    from syncd.commands.targets import Summary, TargetStory

COLUMNS = ("target", "name", "listed by", "records", "gaps")


@click.command()
@config_option
@output_option
@click.option("--gaps", is_flag=True, help="Only those that an authority of an alliance has not listed, or not yet.")
@click.option("--all", "every", is_flag=True, help="Those of a single record too.")
def targets(config_file: Path | None, ledger_file: Path | None, how: output.How, gaps: bool, every: bool) -> None:
    """Print the targets that several records are of: one JSON line each, or a table on a terminal."""
    from syncd.commands.targets import summaries
    from syncd.core.times import iso

    async def gather() -> list["Summary"]:
        async with reading_ledger(loaded(config_file, ledger_file)) as ledger:
            return await summaries(ledger, iso(datetime.now(UTC)), gaps=gaps, every=every)

    output.print_list(how, "targets", COLUMNS, finished(gather()), _row)


@click.command()
@config_option
@click.argument("name", metavar="ID")
def target(config_file: Path | None, ledger_file: Path | None, name: str) -> None:
    """Print all that is known of the target ID: its records, its links as people decided them, what was said of it.

    ID may also be an id that it had formerly, or the key of one of its records.
    """
    from syncd.commands.targets import target_story

    async def gather() -> "TargetStory":
        async with reading_ledger(loaded(config_file, ledger_file)) as ledger:
            return await target_story(ledger, name)

    output.json_line(finished(gather()))
    output.flush()


def _row(one: "Summary") -> tuple[str, ...]:
    gaps = "\n".join(f"{gap.authority} ({gap.alliance}) {gap.state} {gap.at[:10]}" for gap in one.gaps)
    return one.target, one.name, " ".join(one.authorities), "\n".join(one.records), gaps


COMMANDS = (targets, target)
