"""Options that several commands share, and the configuration and ledger that they name."""

import os
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from syncd.errors import ConfigurationError

if TYPE_CHECKING:
    from syncd.config import Config
    from syncd.feeds.contract import Feed
    from syncd.ledger.contract import Ledger

Command = TypeVar("Command", bound=Callable[..., Any])
Result = TypeVar("Result")

# What is made is for its owner and, to read, for the owner's group: a ledger tells who decided what, and why.
UMASK = 0o027

EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


def config_option(command: Command) -> Command:
    """Add the options `--config FILE` and `--ledger FILE`; the latter overrides the configuration's ledger."""
    for option in (
        click.option("--config", "config_file", type=EXISTING, help="Settings (TOML). Default: ./syncd.toml, if any."),
        click.option(
            "--ledger", "ledger_file", type=click.Path(dir_okay=False, path_type=Path), help="The SQLite ledger to use."
        ),
    ):
        command = option(command)
    return command


def output_option(command: Command) -> Command:
    """Add the option `-o` of every command that lists things: `json`, `table` or `wide` (`output.print_list`)."""
    option = click.option(
        "-o",
        "--output",
        "how",
        type=click.Choice(("json", "table", "wide")),
        help="JSON lines, a table that fits, or one with everything. By default a table on a terminal, else JSON.",
    )
    return option(command)


def finished(work: Coroutine[Any, Any, Result]) -> Result:
    """Run `work` in an event loop of its own to its end, and return its result."""
    import asyncio

    return asyncio.run(work)


def loaded(config_file: Path | None, ledger_file: Path | None = None) -> "Config":
    """Returns the configuration of this run. Raises ConfigurationError."""
    from syncd.config import Config, KafkaSettings

    config = Config.load(config_file, os.environ)
    return config.model_copy(update={"ledger": ledger_file, "kafka": KafkaSettings()}) if ledger_file else config


def keep_files_private() -> None:
    """Let what this process makes from now on (ledger, archive, spool) be closed to others; a stricter umask stays."""
    os.umask(os.umask(UMASK) | UMASK)


def feed_named(name: str) -> "Feed":
    """Returns the feed with this id. Raises ConfigurationError, with the ids that exist, when there is none."""
    from syncd.feeds import all_feeds

    feeds = all_feeds()
    if name not in feeds:
        raise ConfigurationError(f"there is no feed {name}; there are: {', '.join(feeds)}")
    return feeds[name]


@contextmanager
def writing_to(path: Path) -> Iterator[None]:
    """Raise ConfigurationError, which names the path, where the operating system does not let what is done within write
    there."""
    try:
        yield
    except OSError as error:
        raise ConfigurationError(f"{error.filename or path} cannot be written: {error.strerror or error}") from error


@asynccontextmanager
async def reading_ledger(config: "Config") -> AsyncIterator["Ledger"]:
    """Open the ledger for reading and for sending signals; its writer is not disturbed. Raises LedgerError."""
    from syncd.ledger.opening import open_ledger

    ledger = await open_ledger(config, writing=False)
    try:
        yield ledger
    finally:
        await ledger.close()
