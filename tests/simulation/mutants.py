"""Deliberate breakages of the code, one at a time, each of which the tests must catch.

    python -m tests.simulation.mutants            all of them, two at a time; writes the table of README.md beside this
    python -m tests.simulation.mutants NAME …     these

Each is tried, without brokers, on a copy of the tree: the old words in the file become the new ones, and the named
tests run until the first failure. A mutant that survives makes the exit code 1. One whose old words are no longer in
the file is an error: it must follow the code.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from tests.simulation.mutant_table import MUTANTS, Mutant

ROOT = Path(__file__).parents[2]
PAGE = Path(__file__).with_name("README.md")
SECONDS_MAX = 900
COPIED = ("syncd", "tests", "schemas", "deploy", "pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", "Makefile")
# What stands below the table is written by hand.
FIGURES = "\n## Fuzzing and soak\n"
HEAD = """# Mutants
What `python -m tests.simulation.mutants` found: each breakage of the code, and the test that caught it. The
seconds are those of one day, on a machine that did other work beside; files are under `syncd/`,
tests under `tests/`. Which faults whole [worlds](world/README.md) find stands there.

| breakage | file | caught by | seconds |
|---|---|---|---|
"""


class Verdict(Struct, frozen=True):
    """What came of one mutant. `test` is the first test that failed, empty when none did."""

    mutant: Mutant
    test: str
    seconds: float


def mutated(text: str, mutant: Mutant) -> str:
    """Return `text` with the breakage. Raises ValueError when its old words do not stand there exactly once."""
    if text.count(mutant.old) != 1:
        raise ValueError(f"{mutant.name}: its old words stand {text.count(mutant.old)} times in {mutant.file}")
    return text.replace(mutant.old, mutant.new)


@contextmanager
def broken_tree(mutant: Mutant) -> Iterator[Path]:
    """Lend a copy of the tree that has the breakage. Raises ValueError."""
    with tempfile.TemporaryDirectory(prefix="mutant-") as name:
        top = Path(name)
        for part in COPIED:
            _copy(ROOT / part, top / part)
        broken = top / "syncd" / mutant.file
        broken.write_text(mutated(broken.read_text(), mutant))
        yield top


def environment(top: Path) -> dict[str, str]:
    """The environment in which Python runs what is in the tree `top`."""
    return {**os.environ, "PYTHONPATH": str(top), "PYTHONDONTWRITEBYTECODE": "1"}


def tried(mutant: Mutant) -> Verdict:
    """Run the mutant's tests on a copy of the tree that has the breakage. Raises ValueError."""
    with broken_tree(mutant) as top:
        began = time.monotonic()
        ran = subprocess.run(
            [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-k", "not kafka", *_paths(mutant)],
            cwd=top,
            env=environment(top),
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS_MAX,
        )
        return Verdict(mutant, _first_failure(ran), time.monotonic() - began)


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(source, target)


def _paths(mutant: Mutant) -> list[str]:
    return [f"tests/{path}" for path in mutant.tests]


def _first_failure(ran: subprocess.CompletedProcess[str]) -> str:
    """The test that failed, or the module that could not be imported. Raises ValueError when nothing ran at all."""
    for line in ran.stdout.splitlines():
        if line.startswith(("FAILED ", "ERROR ")):
            return line.split()[1].removeprefix("tests/").partition("[")[0]
    if ran.returncode not in (0, 1):
        raise ValueError(f"pytest ended with {ran.returncode}: {ran.stdout[-500:]}")
    return ""


def page(verdicts: Iterable[Verdict]) -> str:
    """Return the page with the table of the verdicts."""
    rows = [
        f"| {one.mutant.name} | `{one.mutant.file}` | `{one.test}` | {one.seconds:.0f} |"
        for one in sorted(verdicts, key=lambda one: (one.mutant.file, one.mutant.name))
    ]
    return HEAD + "\n".join(rows) + "\n"


def main() -> int:
    """Try the mutants that are named, or all. Returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("names", nargs="*", help="names of mutants; all without any")
    parser.add_argument("--at-once", type=int, default=2, help="how many are tried side by side")
    arguments = parser.parse_args()
    chosen = [one for one in MUTANTS if one.name in arguments.names or not arguments.names]
    verdicts = []
    with ThreadPoolExecutor(arguments.at_once) as pool:
        for verdict in pool.map(tried, chosen):
            verdicts.append(verdict)
            said = verdict.test or "SURVIVED"
            sys.stdout.write(f"{verdict.seconds:6.1f} s  {verdict.mutant.name}: {said}\n")
            sys.stdout.flush()
    survived = [one.mutant.name for one in verdicts if not one.test]
    if not arguments.names and not survived:
        _, mark, figures = PAGE.read_text().partition(FIGURES)
        PAGE.write_text(page(verdicts) + mark + figures)
    sys.stdout.write(f"{len(verdicts)} mutants, {len(survived)} survived\n")
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main())
