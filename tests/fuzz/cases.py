"""One case: a reader, and the seed that says how its document is changed. A fault is made small before it is shown."""

import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

from tests.fuzz.changes import Change
from tests.fuzz.oracles import Cost, Fault, tried
from tests.fuzz.readers import Plan, Reader

# Trials in which a fault is made smaller.
TRIALS_MAX = 400
SHOWN_BYTES_MAX = 300


class Outcome(NamedTuple):
    """What came of a case, in how many `seconds` of processor time, and the document of the fault, as small as it was
    made."""

    reader: str
    seed: int
    cost: Cost
    size: int
    faults: list[Fault]
    smallest: bytes = b""
    seconds: float = 0.0


def command(reader: str, seed: int) -> str:
    """Return the command that repeats a case."""
    return f"python -m tests.fuzz --reader '{reader}' --seed {seed} --cases 1"


def tried_case(reader: Reader, seed: int) -> Outcome:
    """Try a case."""
    started = time.process_time()
    change = reader.changed(reader.plan(seed))
    found = tried(reader, change)
    took = time.process_time() - started
    return Outcome(reader.name, seed, found.cost, len(change.body), found.faults, seconds=took)


def made_small(reader: Reader, outcome: Outcome) -> Outcome:
    """Return the outcome with the smallest document that was found to have the first of its faults: of fewer changes,
    and where the fault is one of the document alone, of fewer bytes."""
    trials = iter(range(TRIALS_MAX))
    wanted = outcome.faults[0][:2]

    def is_same(change: Change) -> bool:
        return any(fault[:2] == wanted for fault in tried(reader, change).faults)

    plan = reader.plan(outcome.seed)
    for number in reversed(range(len(plan.steps))):
        fewer = Plan(plan.way, (*plan.steps[:number], *plan.steps[number + 1 :]))
        if fewer.steps and next(trials, None) is not None and is_same(reader.changed(fewer)):
            plan = fewer
    body = reader.changed(plan).body
    if is_same(Change(body, None)):
        body = _of_fewer_bytes(body, trials, lambda fewer: is_same(Change(fewer, None)))
    return outcome._replace(smallest=body)


def _of_fewer_bytes(body: bytes, trials: Iterator[int], is_same: Callable[[bytes], bool]) -> bytes:
    """Leave out halves, then quarters, and so on, as long as the fault stays."""
    length = len(body) // 2
    while length:
        at = 0
        while at < len(body):
            if next(trials, None) is None:
                return body
            fewer = body[:at] + body[at + length :]
            if is_same(fewer):
                body = fewer
            else:
                at += length
        length //= 2
    return body


def shown(outcome: Outcome) -> str:
    """Return the faults of a case as text, with the command that repeats it."""
    lines = [f"FAULT {fault.kind}: {fault.place}: {fault.detail}" for fault in outcome.faults]
    lines.append(f"  repeat: {command(outcome.reader, outcome.seed)}")
    if outcome.smallest:
        cut = outcome.smallest[:SHOWN_BYTES_MAX]
        more = f" … {len(outcome.smallest):,} bytes" if len(outcome.smallest) > len(cut) else ""
        lines.append(f"  smallest: {cut!r}{more}")
    return "\n".join(lines)
