"""How cost grows with a list: invented ones in the UN's format, of several sizes, through the whole pipeline.

    python -m tests.benchmarks.growth [ENTRIES…]

Of each size: the first reading, a change of ten entries, and memory, beside the yardstick, which is `iterparse` over
the same file for its entries alone. Processor time, for seconds depend on what else the machine does. And how the
comparison of two versions of a record grows with its aliases. The plots are written beside this file.
"""

import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import NamedTuple

from syncd.core.diff import field_changes
from syncd.core.model import Name, Record
from syncd.demo import un
from syncd.demo.targets import COUNTRIES, PROGRAMMES, Called, InventedTarget
from tests.benchmarks.intake_speed import Cost, intake
from tests.benchmarks.svg import plot
from tests.benchmarks.tables import markdown

SIZES = (10_000, 30_000, 100_000)
CHANGED = 10
ALIASES = (125, 250, 500, 1_000)
RECORDS = 100
YARDSTICK = (
    "import sys, time; from lxml import etree\n"
    "started = time.process_time()\n"
    "for _, e in etree.iterparse(sys.argv[1], events=('end',), tag='INDIVIDUAL'): e.clear()\n"
    "print(time.process_time() - started)\n"
)


class Size(NamedTuple):
    """What a list of `entries` entries costs; `plain` is the yardstick, in seconds of processor time."""

    entries: int
    plain: float
    first: Cost
    change: Cost


def main(sizes: Sequence[int]) -> None:
    with tempfile.TemporaryDirectory(prefix="syncd-bench-") as folder:
        measured = [_measured(Path(folder), entries) for entries in sizes]
    head = ("entries", "yardstick", "first reading", "an entry", "change of ten", "memory", "an entry")
    print(markdown(head, [_line(size) for size in measured]))
    aliases = [(count, compared(count)) for count in ALIASES]
    for count, seconds in aliases:
        print(f"{RECORDS:,} records with {count:,} changed aliases each: {seconds:.2f} s of CPU")
    _plot(measured, aliases)


def invented_list(entries: int, *, edition: int = 0) -> bytes:
    """Return a list of so many persons, each with three names. In another `edition` `CHANGED` of them have an alias
    that says so."""
    chosen = Random(entries)
    target = InventedTarget(
        number=1,
        kind="person",
        name=Called("FAMILY", "GIVEN"),
        programme=next(iter(PROGRAMMES)),
        country=next(iter(COUNTRIES)),
        designated="2024-03-01",
        aliases=(Called("FIRST ALIAS"), Called("SECOND ALIAS")),
        born="1971-05-17",
        gender="male",
        passports=("P0000001",),
    )
    text = un.document([target], datetime(2025, 9, 1 + edition, tzinfo=UTC)).decode()
    before, entry, after = re.split(r"(<INDIVIDUAL>.*</INDIVIDUAL>)", text, maxsplit=1, flags=re.DOTALL)
    own_reference = un.invented_un_reference(target)
    written = []
    for number in range(entries):
        one = entry.replace(own_reference, f"FXi.{number + 1:07}").replace("9000001", str(10_000_000 + number))
        one = one.replace("P0000001", f"P{number:07}")
        for word in ("FAMILY", "GIVEN", "FIRST ALIAS", "SECOND ALIAS"):
            one = one.replace(word, "".join(chosen.choices("bdfgklmnrstaeiou", k=9)).upper())
        if edition and not number % (entries // CHANGED):
            one = one.replace("</ALIAS_NAME>", f" EDITION {edition}</ALIAS_NAME>", 1)
        written.append(one)
    return "".join([before, *written, after]).encode()


def compared(aliases: int) -> float:
    """Return the seconds of processor time in which so many records, of which all aliases changed, are compared."""
    before, after = (
        Record(
            key="un_sc:1",
            feed="un_sc",
            kind="person",
            names=tuple(Name(full=f"{word} {number}", kind="alias") for number in range(aliases)),
        )
        for word in ("Quandrik", "Ormswick")
    )
    started = time.process_time()
    for _ in range(RECORDS):
        field_changes(before, after)
    return time.process_time() - started


def _measured(folder: Path, entries: int) -> Size:
    files = [folder / f"{entries}.{edition}.xml" for edition in (0, 1)]
    for edition, file in enumerate(files):
        file.write_bytes(invented_list(entries, edition=edition))
    found = subprocess.run(
        [sys.executable, "-c", YARDSTICK, str(files[0])], check=True, capture_output=True, text=True
    ).stdout
    first, change = intake(folder, files, feed="un_sc")
    for file in files:
        file.unlink()
    return Size(entries, float(found), first, change)


def _line(size: Size) -> tuple[str, ...]:
    return (
        f"{size.entries:,}",
        f"{size.plain:.2f} s",
        f"{size.first.cpu:.2f} s",
        f"{size.first.cpu / size.entries * 1e6:.0f} µs",
        f"{size.change.cpu:.2f} s",
        f"{_peak(size) / 1e6:.0f} MB",
        f"{_peak(size) / size.entries / 1e3:.1f} kB",
    )


def _peak(size: Size) -> int:
    return max(size.first.peak, size.change.peak)


def _plot(measured: Sequence[Size], aliases: Sequence[tuple[int, float]]) -> None:
    here = Path(__file__).parent
    lines = {
        "first reading": [(size.entries, size.first.cpu) for size in measured],
        f"change of {CHANGED} entries": [(size.entries, size.change.cpu) for size in measured],
        "yardstick: iterparse": [(size.entries, size.plain) for size in measured],
    }
    (here / "growth.svg").write_text(plot("Lists", "entries", "seconds of processor time", lines), encoding="utf-8")
    memory = [(size.entries, _peak(size) / size.entries / 1e3) for size in measured]
    (here / "growth_memory.svg").write_text(
        plot("Memory of an entry", "entries", "kB", {"all processes": memory}), encoding="utf-8"
    )
    (here / "growth_aliases.svg").write_text(
        plot(f"Comparison of {RECORDS} records", "changed aliases of each", "seconds of processor time", {"": aliases}),
        encoding="utf-8",
    )


if __name__ == "__main__":
    main([*map(int, sys.argv[1:])] or SIZES)
