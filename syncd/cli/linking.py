"""`link`: which records of several lists are of one target, and what a person says of it."""

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncd.cli import output
from syncd.cli.deciding import ask_for
from syncd.cli.options import EXISTING, config_option
from syncd.errors import ConfigurationError

if TYPE_CHECKING:
    from syncd.core.model import Record


class FilesOrAction(click.Group):
    """`link FILE…` reads files, `link ACTION …` is a command of its own: what is no action's name is a file."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the command `records` before arguments that begin with no action and no option for help."""
        if args and args[0] not in {*self.commands, *ctx.help_option_names}:
            args = ["records", *args]
        return super().parse_args(ctx, args)


@click.group(cls=FilesOrAction)
def link() -> None:
    """Which records of several lists are of one target: `syncd link RECORDS.jsonl…`, or say it yourself.

    What a person confirms or forbids counts over all evidence, survives every change of the records, and can be said
    anew. Links are advisory: no list's record is changed by them.
    """


@link.command()
@click.argument("files", nargs=-1, required=True, type=EXISTING)
@click.option("--suggested", is_flag=True, help="Print also what is only suggested.")
def records(files: tuple[Path, ...], suggested: bool) -> None:
    """Link the records in FILES (as `syncd parse` prints them) and print one JSON line a pair, best evidence first.

    Needs no ledger and no network. Only pairs of different feeds are linked; nothing is changed.
    """
    from syncd.core.linking import Linker

    linker = Linker()
    for path in files:
        for record in _records_of(path):
            linker.put(record)
    for found in linker.settle().added:
        if suggested or found.decision == "linked":
            output.json_line(linker.explained(found.a, found.b))
    output.flush()


def _records_of(path: Path) -> Iterator["Record"]:
    """Raises ConfigurationError that names the line which is no record."""
    import msgspec

    from syncd.core import codec

    with path.open("rb") as stream:
        for number, line in enumerate(stream, start=1):
            if not line.strip():
                continue
            try:
                yield codec.decode(line)
            except msgspec.MsgspecError as error:
                raise ConfigurationError(f"{path.name}, line {number} is no record: {error}") from None


def _verdict(word: str, text: str) -> click.Command:
    @link.command(word, help=text)
    @config_option
    @click.argument("a", metavar="KEY")
    @click.argument("b", metavar="KEY")
    @click.option("--why", required=True, help="The reason, kept with the decision.")
    @click.option("--by", default="", help="Who decides; by default this user and host.")
    def decide(config_file: Path | None, ledger_file: Path | None, a: str, b: str, why: str, by: str) -> None:
        from syncd.core.coordination.target import COORDINATOR

        ask_for(config_file, ledger_file, COORDINATOR, "link", shlex.join((word, a, b)), why, by)

    return decide


confirm = _verdict("confirm", "Say that the records under both KEYs are of one target.")
forbid = _verdict("forbid", "Say that the records under both KEYs are not of one target.")

COMMANDS = (link,)
