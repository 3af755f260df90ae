"""`python -m tests.simulation.counted FILE run …`: syncd, which writes into a file each few seconds how many tasks,
threads and objects it has. Nobody can see these from outside."""

import asyncio
import gc
import json
import sys
import threading
import time
from pathlib import Path
from typing import Any

EACH_SECONDS = 5.0


def _count(file: Path, loops: list[asyncio.AbstractEventLoop]) -> None:
    while True:
        time.sleep(EACH_SECONDS)
        try:
            tasks = sum(len(asyncio.all_tasks(loop)) for loop in loops if loop.is_running())
        except RuntimeError:  # one came or went while they were counted
            continue
        counts = {"tasks": tasks, "threads": threading.active_count(), "objects": len(gc.get_objects())}
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
