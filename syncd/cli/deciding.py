"""`release`, `reject`, `pause`, `resume`, `resync`: what a person asks of a feed, and the answer.

Beside a running daemon the request is a signal that it answers; without one, this command is the ledger's owner for the
moment and answers it itself.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncd.cli import output
from syncd.cli.options import config_option, feed_named, finished, loaded
from syncd.errors import ConfigurationError, SignalRefused

if TYPE_CHECKING:
    from syncd.core.events import Publication
    from syncd.core.state import Hold

KEYS_SHOWN_MAX = 10


def _asserted_by() -> str:
    import getpass
    import socket

    return f"{getpass.getuser()}@{socket.gethostname()}"


def ask_for(
    config_file: Path | None, ledger_file: Path | None, feed: str, kind: str, subject: str, why: str, by: str
) -> None:
    """Send a signal to the owner of `feed`, wait for the answer and print it. Exit code 4 when it is refused."""
    from syncd.commands.requests import ask
    from syncd.observe import logs

    config = loaded(config_file, ledger_file)
    logs.configure(config.log.format, "warning")
    row = finished(ask(config, feed, kind, subject=subject, why=why, asserted_by=by or _asserted_by()))
    _answered(row)


def _answered(row: "Publication") -> None:
    output.json_line(row)
    output.flush()
    if row.outcome != "applied":
        raise SignalRefused(f"refused: {row.why}")


@click.command()
@config_option
@click.argument("hold")
@click.option("--why", required=True, help="The reason, kept with the decision.")
@click.option("--by", default="", help="Who decides; by default this user and host.")
@click.option("--yes", is_flag=True, help="Do not ask, also on a terminal: for scripts.")
def release(config_file: Path | None, ledger_file: Path | None, hold: str, why: str, by: str, yes: bool) -> None:
    """Let what HOLD keeps back go out: of its records those to which the latest document still does it.

    On a terminal what goes is shown, and asked. Refused when the hold has changed since you looked; the new id is
    shown. With holds.two_persons it takes two releases by different people within a day.
    """
    from syncd.commands.requests import hold_named

    if not why.strip():
        raise ConfigurationError("--why: say why; it is kept with the decision")
    feed, found = finished(hold_named(loaded(config_file, ledger_file), hold))
    if not yes and sys.stdin.isatty():
        output.say(what_goes(feed, found))
        click.confirm("Let it go out?", abort=True, err=True)
    ask_for(config_file, ledger_file, feed, "release", hold, why, by)


def what_goes(feed: str, hold: "Hold") -> str:
    """What a release of `hold` lets out, in a few lines."""
    lines = [f"{feed}: {hold.kind} held since {hold.since[:19]}Z: {hold.why}"]
    if hold.rejected:
        lines.append(f"it was rejected by {hold.decided_by or 'somebody'}")
    lines.append(f"{len(hold.keys)} records:" if hold.keys else f"the whole document {hold.document}")
    lines += [f"  {key}" for key in hold.keys[:KEYS_SHOWN_MAX]]
    if len(hold.keys) > KEYS_SHOWN_MAX:
        lines.append(f"  … and {len(hold.keys) - KEYS_SHOWN_MAX} more; `syncd held --keys` shows all, with names")
    return "\n".join(lines)


@click.command()
@config_option
@click.argument("hold")
@click.option("--why", default="", help="The reason, kept with the decision.")
@click.option("--by", default="", help="Who decides; by default this user and host.")
def reject(config_file: Path | None, ledger_file: Path | None, hold: str, why: str, by: str) -> None:
    """Keep what HOLD keeps in force, with a daily reminder."""
    from syncd.commands.requests import hold_named

    feed, _ = finished(hold_named(loaded(config_file, ledger_file), hold))
    ask_for(config_file, ledger_file, feed, "reject", hold, why, by)


def _feed_command(kind: str, text: str) -> click.Command:
    @click.command(kind, help=text)
    @config_option
    @click.argument("feed")
    @click.option("--why", default="", help="The reason, kept with the decision.")
    @click.option("--by", default="", help="Who asks; by default this user and host.")
    def decide(config_file: Path | None, ledger_file: Path | None, feed: str, why: str, by: str) -> None:
        ask_for(config_file, ledger_file, feed_named(feed).id, kind, "", why, by)

    return decide


pause = _feed_command("pause", "Stop polling FEED until `resume`.")
resume = _feed_command("resume", "Poll FEED again.")
resync = _feed_command(
    "resync",
    "Fetch FEED's document whole, read all of it anew and commit what differs. Answers what came of it.",
)

COMMANDS = (release, reject, pause, resume, resync)
