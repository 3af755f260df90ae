"""What it costs to start a command: the CPU of a fresh process, beside that of an interpreter that does nothing."""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

COMMANDS: Mapping[str, Sequence[str]] = {
    "python -c pass": ("-c", "pass"),
    "syncd --help": ("-m", "syncd", "--help"),
    "syncd status": ("-m", "syncd", "status"),
}
MAKE_LEDGER = """
import asyncio
from pathlib import Path
from syncd.ledger.sqlite import SqliteLedger

async def make():
    await (await SqliteLedger.open_file(Path("syncd.db"), writing=True)).close()

asyncio.run(make())
"""


def main(runs: int, trees: Sequence[Path]) -> None:
    """Print the median of `runs` of each command, in turn: of this syncd, and of each of the checkouts `trees`."""
    here = Path(__file__).parents[2]
    seconds: dict[tuple[Path, str], list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for tree in (here, *trees):
            subprocess.run([sys.executable, "-c", MAKE_LEDGER], cwd=_folder_of(folder, tree), env=_of(tree), check=True)
        # The first run writes what is compiled.
        for run in range(runs + 1):
            for tree in (here, *trees):
                for name, words in COMMANDS.items():
                    spent = _cpu_seconds(words, _folder_of(folder, tree), _of(tree))
                    if run:
                        seconds.setdefault((tree, name), []).append(spent)
    idle = statistics.median(seconds[here, "python -c pass"])
    for (tree, name), found in seconds.items():
        median = statistics.median(found)
        print(f"{name:16} {median:.3f} s of CPU, {median / idle:5.1f} of an idle interpreter  ({tree.name})")


def _folder_of(folder: str, tree: Path) -> Path:
    path = Path(folder) / tree.name
    path.mkdir(exist_ok=True)
    return path


def _of(tree: Path) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | {
        "PYTHONPATH": str(tree)
    }


def _cpu_seconds(words: Sequence[str], folder: Path, environ: Mapping[str, str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *words], cwd=folder, env=environ, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
