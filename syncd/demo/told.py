"""Events, headings and facts as lines of text: coloured on a terminal, plain elsewhere. Names may be shown: they are
invented."""

import asyncio
import textwrap
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import msgspec
from rich.console import Console
from rich.text import Text

from syncd.core import codec, times
from syncd.core.coordination.target import CoordinationEvent
from syncd.core.events import Change, FieldChange
from syncd.core.model import Record

# Of a commit with more changes than this, the first are shown and the rest are counted.
SHOWN_WHOLE_MAX = 3
SHOWN_OF_MANY = 2
INDENT = " " * 10
WIDTH = 110
STYLES = {
    "baselined": "dim",
    "designated": "bold red",
    "amended": "yellow",
    "delisted": "bold green",
    "relisted": "bold red",
    "rekeyed": "magenta",
}
OPERATIONS = {"added": "+", "removed": "−", "replaced": "→"}


class Teller:
    """Writes to `console`. `pause` gives a person `seconds` to read; with `fast` it does not."""

    def __init__(self, console: Console, *, fast: bool) -> None:
        self._console = console
        self._fast = fast
        self._headings = 0

    async def pause(self, seconds: float) -> None:
        """Wait so long that a person can read; return at once when `fast`."""
        if not self._fast:
            await asyncio.sleep(seconds)

    def title(self, text: str, facts: Iterable[tuple[str, str]]) -> None:
        """Write the first lines: a title and facts under it."""
        self._line(Text(text, style="bold"))
        for name, value in facts:
            self._line(Text.assemble((f"  {name:<12}", "dim"), value))

    def heading(self, text: str, sentence: str) -> None:
        """Write the heading of a step, numbered, and its sentence."""
        self._headings += 1
        self._line(Text())
        self._line(Text(f"{self._headings}. {text}", style="bold cyan"))
        self._line(Text(f"   {sentence}", style="italic"))

    def change(self, change: Change, published_at: datetime) -> None:
        """One committed change; of a commit of many, the first ones, and at its end how many more there were."""
        many = change.count > SHOWN_WHOLE_MAX
        if many and change.index == change.count - 1:
            self._line(Text(f"{INDENT}… and {change.count - SHOWN_OF_MANY} more {change.type}", style="dim"))
        if many and change.index >= SHOWN_OF_MANY:
            return
        self._line(_first_line(change))
        for line in _details(change):
            self._line(Text(f"{INDENT}{line}"))
        self._line(Text(f"{INDENT}{_circumstances(change, published_at)}", style="dim"))

    def coordination(self, event: CoordinationEvent, after: Change) -> None:
        """What is said of several lists together, and how long `after` the change that led to it."""
        time = times.parse_iso(event.committed_at).astimezone().strftime("%H:%M:%S")
        self._line(Text.assemble((f"{time}  ", "dim"), (event.type, "bold magenta")))
        for line in textwrap.wrap(event.explanation, WIDTH):
            self._line(Text(f"{INDENT}{line}"))
        delay = (times.parse_iso(event.committed_at) - times.parse_iso(after.committed_at)).total_seconds()
        self._line(
            Text(f"{INDENT}target {event.target} · {delay:.1f} s after {after.feed} sequence {after.sequence}", "dim")
        )

    def fact(self, name: str, text: str, style: str = "") -> None:
        """Write one fact with its name."""
        self._line(Text.assemble((f"   {name}: ", f"bold {style}".strip()), text))

    def command(self, words: Iterable[str]) -> None:
        """Write a command as a person would type it."""
        self._line(Text(f"   $ {' '.join(words)}", style="bold"))

    def plain(self, text: str = "") -> None:
        """Write a line as it is."""
        self._line(Text(text))

    def _line(self, text: Text) -> None:
        self._console.print(text, soft_wrap=True)


def last_record(change: Change) -> Record:
    """The record as it is, or as it last was."""
    raw = change.after if change.after is not None else change.before
    assert raw is not None
    return codec.decode(bytes(raw))


def _first_line(change: Change) -> Text:
    time = times.parse_iso(change.committed_at).astimezone().strftime("%H:%M:%S")
    names = " / ".join(name.full for name in last_record(change).names[:2])
    return Text.assemble(
        (f"{time}  ", "dim"), (f"{change.type:<10}", STYLES.get(change.type, "")), f"  {change.key}  ", (names, "bold")
    )


def _details(change: Change) -> Iterable[str]:
    if change.type == "amended":
        return [_field(one) for one in change.changes]
    if change.type == "delisted":
        return ["no longer on the list"]
    return [" · ".join(_portrait(last_record(change)))]


def _portrait(record: Record) -> Iterable[str]:
    """What a screener looks at first."""
    yield record.kind
    yield from (f"born {date.date}" for date in record.birth_dates if date.date)
    yield from (f"{number.type} {number.value}" for number in record.identifiers if number.type in SHOWN_IDENTIFIERS)
    yield from (programme for listing in record.listings for programme in listing.programmes)


SHOWN_IDENTIFIERS = frozenset({"passport", "registration", "imo"})


def _field(change: FieldChange) -> str:
    mark = OPERATIONS[change.op]
    if change.op == "replaced":
        return f"{mark} {change.path}: {_value(change.path, change.before)} → {_value(change.path, change.after)}"
    return f"{mark} {change.path}: {_value(change.path, change.after if change.op == 'added' else change.before)}"


def _value(path: str, value: Any) -> str:
    if isinstance(value, dict) and path in SHOWN:
        return SHOWN[path](value)
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


SHOWN: dict[str, Callable[[dict[str, Any]], str]] = {
    "names": lambda name: f"{name['full']} ({name['kind']})",
    "identifiers": lambda number: " ".join(
        str(number[part]) for part in ("type", "value", "country") if number.get(part)
    ),
}


def _circumstances(change: Change, published_at: datetime) -> str:
    matter = "material: screen again" if change.material else "not material: no screening result can change"
    parts = [] if change.type in ("baselined", "delisted") else [matter]
    parts.append(f"{change.feed} commit {change.commit}, sequence {change.sequence}")
    if change.cause == "publication":
        delay = (times.parse_iso(change.committed_at) - published_at).total_seconds()
        parts.append(f"{delay:.1f} s after publication")
    else:
        parts.append(f"by {change.cause}")
    return " · ".join(parts)
