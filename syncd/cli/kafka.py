"""`topics`: the ledger's topics in Kafka, made or checked."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncd.cli import output
from syncd.cli.options import config_option, finished, loaded
from syncd.errors import ConfigurationError

if TYPE_CHECKING:
    from syncd.ledger.kafka.topics import TopicFindings


@click.command()
@config_option
@click.option("--create", is_flag=True, help="Make those that are missing; needs the right to create topics.")
@click.option("--check", is_flag=True, help="Say what is wrong with those there are, and what to change.")
def topics(config_file: Path | None, ledger_file: Path | None, create: bool, check: bool) -> None:
    """Make the topics of the ledger in Kafka, or check them. One JSON line for each made, wrong or differing one; exit
    code 1 when one is wrong."""
    from syncd.ledger.kafka.connection import Connection
    from syncd.ledger.kafka.topics import Topics

    settings = loaded(config_file, ledger_file).kafka
    if not settings.is_chosen:
        raise ConfigurationError("there is no [kafka] in the configuration: set kafka.bootstrap_servers")
    if not create and not check:
        raise click.UsageError("say --create or --check")

    async def work() -> "TopicFindings":
        connection = Connection(settings)
        wanted = Topics(prefix=settings.prefix, replication=settings.replication, upserts=settings.upserts)
        for name in await wanted.create(connection) if create else []:
            output.json_line({"topic": name, "made": True})
        return await wanted.found(connection)

    found = finished(work())
    for problem in found.wrong:
        output.json_line({"problem": problem})
    for line in found.differing:
        output.json_line({"differs": line})
    output.flush()
    sys.exit(1 if found.wrong else 0)


COMMANDS = (topics,)
