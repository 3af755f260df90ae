"""What commands print: JSON lines on standard output, tables and progress for people on a terminal only."""

import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

import msgspec
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, wrap_file
from rich.table import Table


def line(value: Any) -> None:
    """One JSON object as a line of standard output."""
    try:
        sys.stdout.buffer.write(msgspec.json.encode(value) + b"\n")
    except BrokenPipeError:
        _end()


def flush() -> None:
    try:
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        _end()


def _end() -> NoReturn:
    """Whoever read the output has had enough: no error, and nothing is left to be flushed at the end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(0)


def is_for_people() -> bool:
    return sys.stdout.isatty()


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table on standard output."""
    drawn = Table(title=title, title_justify="left", header_style="bold", expand=False)
    for column in columns:
        drawn.add_column(column, overflow="fold")
    for row in rows:
        drawn.add_row(*row)
    Console().print(drawn)


def say(text: str) -> None:
    """A sentence for a person, on standard error."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(text, markup=False)


def reading(stream: BinaryIO, path: Path) -> AbstractContextManager[BinaryIO]:
    """`stream` with a progress bar on standard error, when that is a terminal."""
    if not sys.stderr.isatty():
        return nullcontext(stream)
    total = path.stat().st_size
    return wrap_file(stream, total, description=path.name, console=Console(stderr=True), transient=True)


def steps() -> Progress:
    """A progress display on standard error; invisible when that is no terminal."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )
