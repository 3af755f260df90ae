"""What a search costs over all records: asked over HTTP of the real daemon, beside its polling.

    python -m tests.benchmarks.search [FOLDER]      FOLDER keeps the ledger for another run

The daemon watches every list, real ones where they are at hand, and has linked them. Then it is asked for what people
ask for: names as published in any script, with their words in another order or a slip of the pen, single words,
identifiers, keys, with and without what narrows a search, and nonsense. Printed are the milliseconds until the answer
and those of processor time of the whole daemon meanwhile, which other work on the machine changes little; and its
memory before the first search and after the last.
"""

import asyncio
import json
import os
import random
import statistics
import sys
import tempfile
import time
import urllib.parse
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from syncd.core import codec
from syncd.ledger.sqlite import SqliteLedger
from tests.benchmarks import idle_cost
from tests.benchmarks.processes import proportional

QUESTIONS = 600
LISTS = ("us_ofac_sdn", "un_sc", "uk_sl", "au_dfat", "us_bis_el", "eu_fsf")
RECORDS_OF_A_LIST = 2_000
WALL_MS_MAX, CPU_MS_MAX = 50.0, 25.0

Record = Mapping[str, Any]


class Answered(NamedTuple):
    """What one question took, in milliseconds, and how many records answered it."""

    wall: float
    cpu: float
    hits: int


def main(folder: Path | None = None) -> None:
    with tempfile.TemporaryDirectory(prefix="syncd-search-") as name:
        place = folder or Path(name)
        place.mkdir(parents=True, exist_ok=True)
        is_kept = (place / "syncd.db").exists()
        with idle_cost.served_lists() as site, idle_cost.running_daemon(place, site) as daemon:
            records = sum(status["records"] for status in daemon.baselined())
            if not is_kept:
                daemon.linked(records)
            time.sleep(idle_cost.SETTLE_SECONDS)
            _measure(daemon, list(_questions(asyncio.run(_records(place / "syncd.db")), random.Random(16))))


def _measure(daemon: idle_cost.Daemon, questions: Sequence[tuple[str, Mapping[str, str]]]) -> None:
    before = proportional(daemon.process.pid)
    searched, seconds = _ready(daemon)
    print(f"{searched:,} records, load {os.getloadavg()[0]:.1f}; index made in {seconds:.0f} s", flush=True)
    found: dict[str, list[Answered]] = {}
    for what, asked in questions:
        found.setdefault(what, []).append(_answered(daemon, asked))
    for what, answers in sorted(found.items()):
        print(_line(what, answers))
    print(_line("all", [one for answers in found.values() for one in answers]))
    print(
        f"wanted: p99 at most {WALL_MS_MAX:.0f} ms, of processor time {CPU_MS_MAX:.0f}; load {os.getloadavg()[0]:.1f}"
    )
    after = proportional(daemon.process.pid)
    print(f"memory {before / 1e6:.0f} MB before the first search, {after / 1e6:.0f} MB after the last")


def _line(what: str, answers: Sequence[Answered]) -> str:
    walls, cpus = [one.wall for one in answers], [one.cpu for one in answers]
    hits = statistics.median(one.hits for one in answers)
    times = "   ".join(
        f"{name} p50 {statistics.median(some):5.1f}  p99 {_p99(some):6.1f}  max {max(some):6.1f} ms"
        for name, some in (("wall", walls), ("cpu", cpus))
    )
    return f"{what:22} {len(answers):4}   {times}   {hits:.0f} answers"


def _p99(some: Sequence[float]) -> float:
    return sorted(some)[min(len(some) - 1, len(some) * 99 // 100)]


def _ready(daemon: idle_cost.Daemon) -> tuple[int, float]:
    """Ask until the index is there: how many records it has, and the seconds that it took."""
    begun = time.monotonic()
    return daemon.searched(), time.monotonic() - begun


def _answered(daemon: idle_cost.Daemon, asked: Mapping[str, str]) -> Answered:
    path = "/api/search?" + urllib.parse.urlencode(asked)
    cpu, wall = _cpu(daemon.process.pid), time.perf_counter()
    answer = json.loads(daemon.ask(path))
    passed = time.perf_counter() - wall
    return Answered(1000 * passed, 1000 * (_cpu(daemon.process.pid) - cpu), len(answer["hits"]))


def _cpu(pid: int) -> float:
    """Seconds of processor time of a process and its threads: clock_getcpuclockid(3)."""
    return time.clock_gettime((~pid << 3) | 2)


async def _records(file: Path) -> list[Record]:
    """Some records of several lists, out of the ledger itself: the daemon is asked for nothing but searches."""
    found: list[Record] = []
    unpack = codec.unpacker()
    ledger = await SqliteLedger.open_file(file, writing=False)
    try:
        for feed in LISTS:
            _, rows = await ledger.snapshot(feed)
            bodies = [rows[key].body for key in sorted(rows)]
            found += [json.loads(unpack(body)) for body in bodies[:: max(1, len(bodies) // RECORDS_OF_A_LIST)]]
    finally:
        await ledger.close()
    return found


def _questions(records: Sequence[Record], rng: random.Random) -> Iterator[tuple[str, Mapping[str, str]]]:
    for _ in range(QUESTIONS // len(KINDS)):
        for what, kind in KINDS.items():
            if asked := kind(rng.choice(records), rng):
                yield what, asked


def _name(record: Record, rng: random.Random, *, latin: bool = True) -> str:
    """One of the record's names, as published; empty when it has none in such letters."""
    names = [name["full"] for name in record["names"]]
    return rng.choice([name for name in names if name.isascii() == latin and name.strip()] or [""])[:200]


def _slipped(text: str, rng: random.Random) -> str:
    at = rng.randrange(max(1, len(text) - 1))
    return rng.choice(
        (text[:at] + text[at + 1 :], text[:at] + text[at + 1 : at + 2] + text[at : at + 1] + text[at + 2 :])
    )


def _as_published(record: Record, rng: random.Random) -> dict[str, str]:
    return _asked(_name(record, rng))


def _otherwise_written(record: Record, rng: random.Random) -> dict[str, str]:
    return _asked(_name(record, rng, latin=False))


def _in_another_order(record: Record, rng: random.Random) -> dict[str, str]:
    words = _name(record, rng).split()
    rng.shuffle(words)
    return _asked(" ".join(words))


def _with_slips(record: Record, rng: random.Random) -> dict[str, str]:
    return _asked(" ".join(_slipped(word, rng) for word in _name(record, rng).split()))


def _one_word(record: Record, rng: random.Random) -> dict[str, str]:
    return _asked(rng.choice(_name(record, rng).split() or [""]))


def _two_words(record: Record, rng: random.Random) -> dict[str, str]:
    words = _name(record, rng).split()
    return _asked(" ".join(rng.sample(words, min(2, len(words)))))


def _narrowed(record: Record, rng: random.Random) -> dict[str, str]:
    births = [born["date"] for born in record.get("birth_dates", ()) if born.get("date")]
    countries = record.get("nationalities") or record.get("countries") or ()
    narrower = {"birth": births[0][:4] if births else "", "country": countries[0] if countries else ""}
    asked = _with_slips(record, rng)
    return asked | {"kind": record["kind"]} | {key: value for key, value in narrower.items() if value} if asked else {}


def _number(record: Record, rng: random.Random) -> dict[str, str]:
    numbers = [one["value"] for one in record.get("identifiers", ()) if any(char.isdigit() for char in one["value"])]
    return _asked(rng.choice(numbers or [""])[:200])


def _key(record: Record, _: random.Random) -> dict[str, str]:
    return _asked(record["key"])


def _nonsense(_: Record, rng: random.Random) -> dict[str, str]:
    return _asked(" ".join("".join(rng.choices("bcdfghjklmnpqrstvwxzaeiou", k=8)) for _ in range(2)))


def _asked(text: str) -> dict[str, str]:
    return {"q": text} if any(char.isalnum() for char in text) else {}


KINDS: Mapping[str, Callable[[Record, random.Random], dict[str, str]]] = {
    "as published": _as_published,
    "in other scripts": _otherwise_written,
    "in another order": _in_another_order,
    "with slips of the pen": _with_slips,
    "one word": _one_word,
    "two words": _two_words,
    "narrowed, with slips": _narrowed,
    "number": _number,
    "key": _key,
    "nonsense": _nonsense,
}


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
