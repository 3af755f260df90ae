"""Faults that syncd once had, put back by hand, and the seed that finds each.

    python -m tests.simulation.world.put_back          all of them: writes the table in the page beside this file
    python -m tests.simulation.world.put_back NAME …   these

Each is put into a copy of the tree; there the worlds of the first seeds run until one goes wrong. A fault that no seed
finds makes the exit code 1.
"""

import argparse
import re
import subprocess
import sys
from pathlib import Path

from msgspec import Struct

from tests.simulation.mutant_table import Mutant
from tests.simulation.mutants import broken_tree, environment

SEEDS_MAX = 200
PAGE = Path(__file__).with_name("README.md")
MARK = "(`python -m\ntests.simulation.world.put_back`; at most 200 seeds are tried):\n\n"
HEAD = "| fault | file | found by seed | what the world said |\n|---|---|---|---|\n"
_FOUND = re.compile(r"^seed (\d+): (.*)$", re.MULTILINE)

FAULTS: tuple[Mutant, ...] = (
    Mutant(
        "a mass loss of content goes out",
        "core/admission.py",
        '    if not count:\n        return ""\n    if sort',
        '    if not count or sort not in ("removals", "rekeyed"):\n        return ""\n    if sort',
        (),
    ),
    Mutant(
        "a list after a flood is refused for good",
        "core/admission.py",
        "    whole = _unlike(case)\n",
        "    whole = _unlike(case)\n    if whole:\n        raise DocumentRefused(whole.why)\n",
        (),
    ),
    Mutant(
        "staleness is counted by bytes: the hour begins anew",
        "intake/freshness.py",
        "        if self.since is None or now < self.since:\n            self.since,",
        "        if self.since is None or now < self.since or sha256 != self._latest:\n            self.since,",
        (),
    ),
    Mutant(
        "a document without news is not archived, and the state names it",
        "intake/pipeline.py",
        "        if not await self._archived(document.note.sha256, path):",
        "        if plan.planned and not await self._archived(document.note.sha256, path):",
        (),
    ),
)


class Finding(Struct, frozen=True):
    """A fault, the first seed whose world goes wrong with it (-1: none), and what is wrong there."""

    fault: Mutant
    seed: int
    why: str


def sought(fault: Mutant) -> Finding:
    """Run worlds with the fault until one goes wrong."""
    with broken_tree(fault) as top:
        ran = subprocess.run(
            [sys.executable, "-m", "tests.simulation.world", "--seeds", str(SEEDS_MAX), "--stop"],
            cwd=top,
            env=environment(top),
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    found = _FOUND.search(ran.stdout)
    if found is None and "went wrong" not in ran.stdout:
        raise ValueError(f"{fault.name}: the worlds did not run: {ran.stdout[-500:]}")
    return Finding(fault, int(found[1]), found[2]) if found else Finding(fault, -1, "")


def main() -> int:
    """Seek the faults that are named, or all. Returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("names", nargs="*", help="names of faults; all without any")
    arguments = parser.parse_args()
    findings = []
    for fault in FAULTS:
        if fault.name in arguments.names or not arguments.names:
            findings.append(sought(fault))
            sys.stdout.write(f"{fault.name}: seed {findings[-1].seed}: {findings[-1].why}\n")
            sys.stdout.flush()
    lost = [one for one in findings if one.seed < 0]
    if not arguments.names and not lost:
        head, mark, _ = PAGE.read_text().partition(MARK)
        rows = "".join(
            f"| {one.fault.name} | `{one.fault.file}` | {one.seed} | {one.why.partition(': [')[0]} |\n"
            for one in findings
        )
        PAGE.write_text(head + mark + HEAD + rows)
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
