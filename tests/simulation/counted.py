"""`python -m tests.simulation.counted FILE run …`: syncd, which writes into a file each few seconds how many tasks,
threads, objects and blocks of memory it has. Nobody can see these from outside. Beside it lies `FILE.types.jsonl`: each
minute how many objects of which type there are, so that one that grows has a name.
"""

import asyncio
import ctypes
import gc
import json
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

EACH_SECONDS = 5.0
TYPES_EACH_SECONDS = 60.0
TYPES_TOLD = 60


class _Mallinfo(ctypes.Structure):
    """What `mallinfo2` of glibc returns: sizes in bytes."""

    _fields_ = tuple(
        (name, ctypes.c_size_t)
        for name in (
            "arena",
            "ordblks",
            "smblks",
            "hblks",
            "hblkhd",
            "usmblks",
            "fsmblks",
            "uordblks",
            "fordblks",
            "keepcost",
        )
    )


def _malloc_bytes() -> int:
    """Return the bytes that libraries hold of glibc's allocator: 0 where it cannot be asked. Small objects of Python
    are not among them."""
    try:
        ask = ctypes.CDLL(None).mallinfo2
    except (OSError, AttributeError):
        return 0
    ask.restype = _Mallinfo
    found = ask()
    return int(found.uordblks + found.hblkhd)


def _count(file: Path, loops: list[asyncio.AbstractEventLoop]) -> None:
    told = 0.0
    while True:
        time.sleep(EACH_SECONDS)
        try:
            tasks = sum(len(asyncio.all_tasks(loop)) for loop in loops if loop.is_running())
        except RuntimeError:  # one came or went while they were counted
            continue
        objects = gc.get_objects()
        counts = {
            "tasks": tasks,
            "threads": threading.active_count(),
            "objects": len(objects),
            "blocks": sys.getallocatedblocks(),
            "malloc": _malloc_bytes(),
        }
        if time.monotonic() - told > TYPES_EACH_SECONDS:
            told = time.monotonic()
            types = Counter(f"{type(each).__module__}.{type(each).__qualname__}" for each in objects)
            with file.with_suffix(".types.jsonl").open("a") as lines:
                lines.write(json.dumps({"counts": counts, "types": dict(types.most_common(TYPES_TOLD))}) + "\n")
        del objects
        fresh = file.with_suffix(".new")
        fresh.write_text(json.dumps(counts))
        fresh.replace(file)


def main() -> None:
    file = Path(sys.argv.pop(1))
    loops: list[asyncio.AbstractEventLoop] = []
    make = asyncio.new_event_loop

    def made(*arguments: Any) -> asyncio.AbstractEventLoop:
        loops.append(make(*arguments))
        return loops[-1]

    asyncio.new_event_loop = asyncio.events.new_event_loop = made
    threading.Thread(target=_count, args=(file, loops), daemon=True).start()
    from syncd.cli import main as syncd

    syncd()


if __name__ == "__main__":
    main()
