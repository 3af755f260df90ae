"""Many starts of the daemon on one ledger that holds every list, each killed or ended within two seconds.

    python -m tests.daemon.starts --starts 2000 --at-once 2

Prints how the daemons ended. None may end by a signal that nobody sent, nor with an exit code that says a failure: what
several threads restore at once is what such a start is full of. The exit code is 0 when none did.

A daemon is a fork of a process that has imported it and has no threads, unless `--whole` starts each by a new
interpreter, which takes ten times as long.
"""

import argparse
import asyncio
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from syncd import cli
from syncd.commands.once import poll_once
from syncd.config import Config
from syncd.daemon import daemon
from syncd.demo.site import PublishersSite
from syncd.demo.targets import BASELINES
from syncd.feeds import partitions_by_feed
from syncd.ledger.sqlite import SqliteLedger
from syncd.observe import logs
from tests.daemon.running import configured, environment
from tests.ledger import acts

LIFE_SECONDS_MAX = 2.0
# Most of what it does at a start it does in the first half second.
BUSY_SECONDS = 0.5
PATIENCE_SECONDS = 60.0
COMMITS, CHANGES = 3, 100
# Nobody listens there: what is asked of publishers ends at once.
NOWHERE = {"HTTPS_PROXY": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"}
COMMAND = ("run", "--port", "0")
KILLED, ENDED = "killed", "ended when told"

Starting = Callable[[Path, Path], int]


async def fill(folder: Path) -> None:
    """A ledger with some commits of every list, those of the demo's publishers as the daemon makes them, and the
    configuration that watches all."""
    ledger_file = folder / "syncd.db"
    logs.configure("json", "error")
    async with PublishersSite() as site:
        for feed, targets in BASELINES.items():
            site.publish(feed, targets)
        configured(folder, site.settings(records_min=20), ledger=str(ledger_file))
        outcomes = await poll_once(Config.load(folder / "syncd.toml", {}))
        assert {outcome.result for _, outcome in outcomes} == {"committed"}
    ledger = await SqliteLedger.open_file(ledger_file, writing=True)
    for feed in set(partitions_by_feed()) - set(BASELINES):
        log = await ledger.open(feed)
        for number in range(COMMITS):
            await log.commit(acts.commit(log, seed=number, size=CHANGES))
    await ledger.close()
    configured(folder, {"enable": list(partitions_by_feed())})


def filled(folder: Path) -> None:
    """`fill`, done by a fork: whoever forks daemons has no threads, and has read no ledger."""
    child = os.fork()
    if not child:
        asyncio.run(fill(folder))
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0


def forked(folder: Path, said: Path) -> int:
    """The process id of a daemon that is a fork of this process; what it says goes to the file `said`."""
    assert daemon.Daemon
    child = os.fork()
    if child:
        return child
    try:
        os.chdir(folder)
        os.environ.update(NOWHERE)
        for descriptor in (1, 2):
            os.dup2(os.open(said, os.O_WRONLY | os.O_CREAT | os.O_APPEND), descriptor)
        sys.argv = ["syncd", *COMMAND]
        cli.main()
    except SystemExit as end:
        os._exit(end.code if isinstance(end.code, int) else 1)
    os._exit(70)


def whole(folder: Path, said: Path) -> int:
    """The same of a daemon by a new interpreter."""
    words = [sys.executable, "-m", "syncd", *COMMAND]
    with said.open("ab") as file:
        # Waited for by its id, as a fork is.
        return subprocess.Popen(words, cwd=folder, env=environment(**NOWHERE), stdout=file, stderr=file).pid


def end_of_one(folder: Path, rng: random.Random, start: Starting) -> str:
    """How a daemon ended that was sent SIGKILL or SIGTERM within two seconds after its first words."""
    said = folder / "said"
    said.unlink(missing_ok=True)
    child = start(folder, said)
    until = time.monotonic() + PATIENCE_SECONDS
    status = _ends_before(child, lambda: _has_begun(said) or time.monotonic() > until)
    assert status is not None or _has_begun(said), f"a daemon said nothing for {PATIENCE_SECONDS:.0f} s"
    if status is None:
        told = time.monotonic() + rng.choice((rng.uniform(0, BUSY_SECONDS), rng.uniform(0, LIFE_SECONDS_MAX)))
        status = _ends_before(child, lambda: time.monotonic() > told)
    if status is None:
        sent = rng.choice((signal.SIGKILL, signal.SIGTERM))
        os.kill(child, sent)
        _, status = os.waitpid(child, 0)
        # Told before it has said how it ends, it ends as any process does.
        allowed = {-signal.SIGKILL: KILLED} if sent == signal.SIGKILL else {0: ENDED, -signal.SIGTERM: ENDED}
        if how := allowed.get(os.waitstatus_to_exitcode(status)):
            return how
    last = (said.read_text(errors="replace").splitlines() or [""])[-1] if said.exists() else ""
    return f"of itself with {os.waitstatus_to_exitcode(status)}: {last[:300]}"


def _has_begun(said: Path) -> bool:
    return said.exists() and said.stat().st_size > 0


def _ends_before(child: int, is_time: Callable[[], bool]) -> int | None:
    """The status of the child when it ends before it is time."""
    while not is_time():
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return status
        time.sleep(0.005)
    return None


def ends(folder: Path, starts: int, seed: int, start: Starting = forked) -> Counter[str]:
    """How `starts` daemons on the ledger in `folder` ended, one after the other."""
    rng = random.Random(seed)
    return Counter(end_of_one(folder, rng, start) for _ in range(starts))


def of_themselves(found: Counter[str]) -> dict[str, int]:
    return {how: count for how, count in found.items() if how not in (KILLED, ENDED)}


def _side_by_side(starts: int, at_once: int, start: Starting, spoil: bool) -> Counter[str]:
    """`at_once` forks of this process, each with a folder and a part of the starts."""
    found = Counter[str]()
    with tempfile.TemporaryDirectory(prefix="syncd-starts-") as top:
        folders = [Path(top) / str(place) for place in range(at_once)]
        for place, folder in enumerate(folders):
            folder.mkdir()
            if not os.fork():
                filled(folder)
                if spoil:
                    (folder / "syncd.db").write_bytes(b"no ledger" * 100)
                share = starts // at_once + (place < starts % at_once)
                lines = [f"{count}\t{how}" for how, count in ends(folder, share, place, start).items()]
                (folder / "found").write_text("\n".join(lines))
                os._exit(0)
        for _ in folders:
            os.wait()
        for folder in folders:
            for line in (folder / "found").read_text().splitlines():
                count, _, how = line.partition("\t")
                found[how] += int(count)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--starts", type=int, default=2000)
    parser.add_argument("--at-once", type=int, default=2)
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("--spoil", action="store_true", help="spoil the ledger first, to see that it is noticed")
    arguments = parser.parse_args()
    found = _side_by_side(arguments.starts, arguments.at_once, whole if arguments.whole else forked, arguments.spoil)
    for how, count in found.most_common():
        print(f"{count:6} {how}")
    return 1 if of_themselves(found) else 0


if __name__ == "__main__":
    sys.exit(main())
