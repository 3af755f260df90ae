"""`run`, `once`, `demo`: the daemon at work."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import cast

import click

from syncd.cli import output
from syncd.cli.options import config_option, finished, keep_files_private, loaded


@contextmanager
def _colourless() -> Iterator[None]:
    """Import without rich and pygments what stands in the block. httpx and structlog load both where they are
    installed, for a command line and for tracebacks in colours, and do without where they cannot: a daemon needs
    neither, and they were 3.4 MB of its memory and a seventh of its imports (httpx 0.28, structlog 26.1)."""
    # A module that is None in this table cannot be imported.
    modules = cast(dict[str, ModuleType | None], sys.modules)
    absent = [name for name in ("rich", "pygments") if name not in modules]
    modules.update(dict.fromkeys(absent))
    try:
        yield
    finally:
        for name in absent:
            del modules[name]


@click.command()
@config_option
@click.option("--port", type=click.IntRange(0, 65535), help="The HTTP port, over the configuration.")
def run(config_file: Path | None, ledger_file: Path | None, port: int | None) -> None:
    """Watch the lists until told to stop.

    Without configuration: all lists, the ledger in ./syncd.db, HTTP on loopback with /metrics, /livez and /readyz.
    SIGTERM or Ctrl-C ends it in good order, a second one at once.
    """
    with _colourless():
        from syncd.daemon.daemon import run_daemon
        from syncd.observe import logs

    keep_files_private()
    config = loaded(config_file, ledger_file)
    if port is not None:
        config = config.model_copy(update={"http": config.http.model_copy(update={"port": port})})
    logs.configure(config.log.format, config.log.level)
    finished(run_daemon(config))


@click.command()
@config_option
@click.argument("feeds", nargs=-1)
def once(config_file: Path | None, ledger_file: Path | None, feeds: tuple[str, ...]) -> None:
    """Poll each list (or FEEDS) a single time, commit what changed, and say how it went.

    One JSON line a feed. Exit code 1 when a feed failed.
    """
    from syncd.commands.once import poll_once
    from syncd.observe import logs

    keep_files_private()
    config = loaded(config_file, ledger_file)
    logs.configure(config.log.format, config.log.level)
    failed = False
    for feed, outcome in finished(poll_once(config, feeds)):
        failed |= outcome.result == "failed"
        output.json_line({"feed": feed, "result": outcome.result, "commit": outcome.commit, "why": outcome.why})
    output.flush()
    sys.exit(1 if failed else 0)


@click.command()
@click.option("--fast", is_flag=True, help="Without the pauses that let a person read.")
@click.option("--stay/--end", default=None, help="Keep the page open at the end; by default on a terminal.")
def demo(fast: bool, stay: bool | None) -> None:
    """See the main job at work in about a minute: invented lists, the real daemon, no Kafka, nothing left behind."""
    from syncd.demo import scenario

    sys.exit(scenario.run_demo(fast=fast, stay=output.is_for_people() if stay is None else stay))


COMMANDS = (run, once, demo)
