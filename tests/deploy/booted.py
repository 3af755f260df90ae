"""A machine of its own for one unit: the systemd of this machine as process 1 of new namespaces.

Its files are this machine's, seen through an overlay in memory; of units it knows those that it is given, and nothing
else is started. Needs root and a kernel that grants the namespaces, which is why it may be left out where all else is
required. The network is this machine's.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

SYSTEMD = Path("/lib/systemd/systemd")
CGROUPS = Path("/sys/fs/cgroup")
NAMESPACES = ("--mount", "--pid", "--uts", "--ipc", "--cgroup", "--fork")
TARGETS = ("sysinit", "basic", "network-online", "time-sync", "shutdown", "umount")
PATIENCE_SECONDS = 30.0

# $1 is an empty folder, $2 the files to lay over this machine's; python, packages and code are seen under /opt.
BOOT = """
set -e
mount --make-rprivate /
mount -t tmpfs tmpfs "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
cd "$1/root"
mount -t proc proc proc
mount -t sysfs sysfs sys
mount --rbind /dev dev
mount -t tmpfs tmpfs run
mount -t tmpfs tmpfs var/lib
cp -r "$2/." .
mkdir -p opt/python opt/packages opt/code/syncd old
mount --bind "$PYTHON" opt/python
mount --bind "$PACKAGES" opt/packages
mount --bind "$CODE" opt/code/syncd
pivot_root . old
umount -l old
mount --make-rshared /
exec env -i container=other SYSTEMD_UNIT_PATH=/units SYSTEMD_GENERATOR_PATH=/nowhere PATH=/usr/bin:/bin \\
    /lib/systemd/systemd --system --unit=tests.target --show-status=no
"""
PROGRAM = """#!/bin/sh
export LD_LIBRARY_PATH=/opt/python/lib PYTHONHOME=/opt/python PYTHONPATH=/opt/code:/opt/packages
export PYTHONDONTWRITEBYTECODE=1
exec /opt/python/bin/python3 -m syncd "$@" 2>> "$STATE_DIRECTORY/log"
"""


def why_not() -> str:
    """Why this machine cannot boot another; empty when it can."""
    if os.getuid() != 0:
        return "only root may"
    missing = [tool for tool in ("unshare", "nsenter", "pivot_root") if shutil.which(tool) is None]
    if missing or not SYSTEMD.exists():
        return f"{', '.join(missing) or SYSTEMD} is not here"
    tried = subprocess.run(["unshare", *NAMESPACES, "true"], check=False, capture_output=True, text=True)
    return tried.stderr.strip()


class Machine:
    """`first` is its process 1, as this machine counts."""

    def __init__(self, first: int) -> None:
        self._first = first

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        inside = ["nsenter", f"--target={self._first}", "--mount", "--pid", "--uts", "--ipc", "--cgroup", "--root"]
        return subprocess.run([*inside, *words], check=False, capture_output=True, text=True, timeout=PATIENCE_SECONDS)

    def shown(self, unit: str) -> dict[str, str]:
        """What `systemctl show` says."""
        lines = self.run("systemctl", "show", unit).stdout.splitlines()
        return dict(line.partition("=")[::2] for line in lines)

    def comes_to(self, unit: str, **wanted: str) -> dict[str, str]:
        """Waits until the unit shows all that is wanted; gives all that it shows."""
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            shown = self.shown(unit)
            if wanted.items() <= shown.items():
                return shown
            time.sleep(0.2)
        seen = {name: shown.get(name) for name in (*wanted, "Result", "ExecMainStatus", "StatusText")}
        raise AssertionError(f"{seen}, and {self.run('cat', '/var/lib/syncd/log').stdout[-2000:]}")


@contextmanager
def booted(unit: str, text: str, files: Mapping[str, str]) -> Iterator[Machine]:
    """A machine that starts `unit`, with these files; gone afterwards with all that ran on it."""
    with tempfile.TemporaryDirectory(prefix="syncd-machine-") as name:
        folder = Path(name)
        laid = folder / "laid"
        units = {f"{target}.target": f"[Unit]\nDescription={target}\n" for target in TARGETS}
        units |= {unit: text, "tests.target": f"[Unit]\nDescription=tests\nWants={unit}\n"}
        every = {f"units/{one}": content for one, content in units.items()} | files
        for path, content in {**every, "opt/syncd/bin/syncd": PROGRAM}.items():
            (laid / path).parent.mkdir(parents=True, exist_ok=True)
            (laid / path).write_text(content)
        (laid / "opt/syncd/bin/syncd").chmod(0o755)
        (folder / "root").mkdir()
        groups = _own_groups(f"syncd-tests-{os.getpid()}")
        process = _boot(folder / "root", laid, groups)
        try:
            yield Machine(_child_of(process))
        finally:
            process.kill()
            process.wait()
            _remove(groups)


def _boot(root: Path, laid: Path, groups: list[Path]) -> "subprocess.Popen[bytes]":
    environ = {
        **os.environ,
        "PYTHON": sys.base_prefix,
        "PACKAGES": sysconfig.get_path("purelib"),
        "CODE": str(Path(__file__).parents[2] / "syncd"),
    }

    enter = "".join(f"echo $$ > {group}/cgroup.procs; " for group in groups)
    # Whoever ends unshare ends process 1, and with it all others.
    unshared = f'exec unshare {" ".join(NAMESPACES)} --kill-child sh -c "$0" boot "$1" "$2"'
    command = ["sh", "-ec", enter + unshared, BOOT, str(root), str(laid)]
    return subprocess.Popen(command, env=environ, stdin=subprocess.DEVNULL)


def _child_of(process: "subprocess.Popen[bytes]") -> int:
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end and process.poll() is None:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        if children and Path(f"/proc/{children[0]}/exe").readlink().name == "systemd":
            return int(children[0])
        time.sleep(0.05)
    raise AssertionError("the machine did not boot")


def _own_groups(name: str) -> list[Path]:
    """A control group in each hierarchy, so that the machine makes its own below it."""
    hierarchies = [CGROUPS] if (CGROUPS / "cgroup.controllers").exists() else sorted(CGROUPS.iterdir())
    groups = []
    for hierarchy in hierarchies:
        # Those that nobody may enter before they are told of processors are left as they are.
        if (hierarchy / "cgroup.procs").exists() and not hierarchy.is_symlink() and "cpuset" not in hierarchy.name:
            group = hierarchy / name
            group.mkdir()
            groups.append(group)
    return groups


def _remove(groups: list[Path]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while groups and time.monotonic() < end:
        for group in list(groups):
            with suppress(OSError):
                for folder in sorted((path for path in group.rglob("*") if path.is_dir()), reverse=True):
                    folder.rmdir()
                group.rmdir()
                groups.remove(group)
        time.sleep(0.1)
