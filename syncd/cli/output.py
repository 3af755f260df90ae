"""Prints JSON lines on standard output; tables and progress bars for people, on a terminal only."""

import os
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, BinaryIO, Literal, NoReturn, TypeVar

# What a terminal acts on instead of showing it: control characters (C0 but line breaks, DEL, C1), and marks that turn
# the direction of what follows.
_ACTED_ON = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


T = TypeVar("T")
How = Literal["json", "table", "wide"] | None
# Beyond any terminal: whoever asks for it scrolls, or pages with `less -S`.
WIDE_COLUMNS = 1000


def harmless(text: str) -> str:
    """`text` with what a terminal would act on written as `\\u009b`: a publisher's text moves no cursor."""
    return _ACTED_ON.sub(lambda char: f"\\u{ord(char[0]):04x}", text)


def json_line(value: Any) -> None:
    """Print `value` as one line of JSON. Ends the process when the reader has closed the pipe."""
    import msgspec

    written = msgspec.json.encode(value)
    if is_for_people():
        # Still the same JSON: only what a terminal would act on is escaped.
        written = harmless(written.decode()).encode()
    try:
        sys.stdout.buffer.write(written + b"\n")
    except BrokenPipeError:
        _end()


def data(written: bytes) -> None:
    """Write bytes to standard output as they are. Ends the process when the reader has closed the pipe."""
    try:
        sys.stdout.buffer.write(written)
    except BrokenPipeError:
        _end()


def flush() -> None:
    """Flush standard output. Ends the process when the reader has closed the pipe."""
    try:
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        _end()


def _end() -> NoReturn:
    """The reader of the output has had enough: no error, and nothing is left to be flushed at the end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(0)


def is_for_people() -> bool:
    """Whether standard output is a terminal."""
    return sys.stdout.isatty()


def print_list(
    how: How,
    title: str,
    columns: Sequence[str],
    found: Sequence[T],
    row: Callable[[T], Sequence[str]],
    *,
    facts: Callable[[T], Any] | None = None,
    dropped_first: Sequence[str] = (),
) -> None:
    """Print what a command lists, as `-o` asks: each of `found` as a line of JSON (its `facts`, where that is another
    value), or as a `row` of a table. Without a wish, a table on a terminal and JSON lines elsewhere."""
    if is_json(how):
        for one in found:
            json_line(facts(one) if facts else one)
        flush()
        return
    print_table(title, columns, map(row, found), dropped_first=dropped_first, wide=how == "wide")


def is_json(how: How) -> bool:
    """Whether JSON is to be printed: asked for, or for want of a wish because standard output is no terminal."""
    return how == "json" or (how is None and not is_for_people())


def print_table(
    title: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    dropped_first: Sequence[str] = (),
    wide: bool = False,
) -> None:
    """Print a table. Where it is wider than the terminal, columns of `dropped_first` are left out, and a line on
    standard error names them. A `wide` one has all columns, each as wide as it needs."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(width=WIDE_COLUMNS) if wide else Console()
    cells = [[harmless(cell) for cell in row] for row in rows]
    left_out = set() if wide else _left_out(columns, cells, dropped_first, console.width)
    shown = [at for at, column in enumerate(columns) if column not in left_out]
    drawn = Table(title=title, title_justify="left", header_style="bold", expand=False, pad_edge=False)
    for at in shown:
        drawn.add_column(columns[at], overflow="fold", no_wrap=wide or _is_narrow([row[at] for row in cells]))
    for row in cells:
        # As texts, not as markup: a name may hold brackets.
        drawn.add_row(*(Text(row[at]) for at in shown))
    console.print(drawn)
    if left_out:
        say(f"{', '.join(sorted(left_out))}: with -o wide, or in a wider terminal; -o json has all of it")


# Wider cells are folded rather than making a column that leaves no room for the others.
_NARROW_MAX = 20
_FOLDED_WIDTH = 30


def _is_narrow(cells: Sequence[str]) -> bool:
    return all(len(cell) <= _NARROW_MAX for cell in cells)


def _left_out(
    columns: Sequence[str], rows: Sequence[Sequence[str]], dropped_first: Sequence[str], width: int
) -> set[str]:
    """Returns the columns to leave out, so that the others fit into `width` characters."""
    widths = {
        column: min(_FOLDED_WIDTH, max([len(column), *(len(row[at]) for row in rows)]))
        for at, column in enumerate(columns)
    }
    left_out: set[str] = set()
    for column in dropped_first:
        if sum(size + 3 for name, size in widths.items() if name not in left_out) <= width:
            break
        left_out.add(column)
    return left_out


def say(text: str) -> None:
    """Print a sentence for a person on standard error."""
    from rich.console import Console

    Console(stderr=True, highlight=False, soft_wrap=True).print(harmless(text), markup=False)


def reading(stream: BinaryIO, path: Path) -> AbstractContextManager[BinaryIO]:
    """Returns `stream` with a progress bar on standard error, when that is a terminal; else as it is."""
    if not sys.stderr.isatty():
        return nullcontext(stream)
    from rich.console import Console
    from rich.progress import wrap_file

    total = path.stat().st_size
    return wrap_file(stream, total, description=path.name, console=Console(stderr=True), transient=True)
