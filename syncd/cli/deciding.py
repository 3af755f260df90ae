"""`release`, `reject`, `pause`, `resume`, `resync`: what a person asks of a feed, and the answer.

Beside a running daemon the request is a signal that it answers; without one, this command is the ledger's owner for the
moment and answers it itself.
"""

import asyncio
import getpass
import socket
from pathlib import Path

import click

from syncd.cli import output
from syncd.cli.options import config_option, feed_named, loaded
from syncd.core.events import Publication
from syncd.errors import SignalRefused


def _asserted_by() -> str:
    return f"{getpass.getuser()}@{socket.gethostname()}"


def ask_for(
    config_file: Path | None, ledger_file: Path | None, feed: str, kind: str, subject: str, why: str, by: str
) -> None:
    from syncd.asking import ask
    from syncd.observe import logs

    config = loaded(config_file, ledger_file)
    logs.configure(config.log.format, "warning")
    row = asyncio.run(ask(config, feed, kind, subject=subject, why=why, asserted_by=by or _asserted_by()))
    _answered(row)


def _answered(row: Publication) -> None:
    output.line(row)
    output.flush()
    if row.outcome != "applied":
        raise SignalRefused(f"refused: {row.why}")


def _hold_command(kind: str, text: str) -> click.Command:
    @click.command(kind, help=text)
    @config_option
    @click.argument("hold")
    @click.option("--why", default="", help="The reason, kept with the decision.")
    @click.option("--by", default="", help="Who decides; by default this user and host.")
    def decide(config_file: Path | None, ledger_file: Path | None, hold: str, why: str, by: str) -> None:
        from syncd.asking import feed_of_hold

        feed = asyncio.run(feed_of_hold(loaded(config_file, ledger_file), hold))
        ask_for(config_file, ledger_file, feed, kind, hold, why, by)

    return decide


def _feed_command(kind: str, text: str) -> click.Command:
    @click.command(kind, help=text)
    @config_option
    @click.argument("feed")
    @click.option("--why", default="", help="The reason, kept with the decision.")
    @click.option("--by", default="", help="Who asks; by default this user and host.")
    def decide(config_file: Path | None, ledger_file: Path | None, feed: str, why: str, by: str) -> None:
        ask_for(config_file, ledger_file, feed_named(feed).id, kind, "", why, by)

    return decide


release = _hold_command(
    "release",
    "Let what HOLD keeps go out: its records that are still absent from the latest document are delisted, and its "
    "amendments are made.\n\n"
    "Refused when the hold has changed since you looked; the new id is shown.",
)
reject = _hold_command("reject", "Keep what HOLD keeps in force, with a daily reminder.")
pause = _feed_command("pause", "Stop polling FEED until `resume`.")
resume = _feed_command("resume", "Poll FEED again.")
resync = _feed_command("resync", "Fetch FEED's document whole, read all of it anew and commit what differs.")

COMMANDS = (release, reject, pause, resume, resync)
