"""A container as an engine makes it of the image under the strictest rules.

It has the image's user, no capability and none to be had, a root that nobody can write, processes of its own, a /tmp in
memory, and what is mounted. The network is this machine's.
"""

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.deploy.image import LAID_OVER, Image, environment

RUN_SECONDS_MAX = 120
PATIENCE_SECONDS = 60.0
# The root is closed when all is mounted that needs a place in it. The arguments: triples of mode, source and place,
# then -- and the command.
CONTAINED = """
root=$(buildah --root "$IMAGES/store" --runroot "$IMAGES/run" --storage-driver overlay mount "$CONTAINER")
mount --bind "$root" "$root"
mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs "$root/tmp"
while [ "$1" != -- ]; do
    mkdir -p "$root$3"
    mount --bind -o "$1,nosuid,nodev" "$2" "$root$3"
    shift 3
done
shift
mount -o remount,bind,ro "$root"
cd "$root"
pivot_root . .
umount -l .
exec "$@"
"""
UNPRIVILEGED = ("--clear-groups", "--inh-caps=-all", "--bounding-set=-all", "--no-new-privs")


class Mount(NamedTuple):
    """`source` of this machine is seen at `place`."""

    source: Path
    place: str
    mode: str = "rw"


def volume(image: Image, folder: Path) -> Path:
    """An empty volume that the image's user may write."""
    folder.mkdir(mode=0o700)
    user, _, group = image.config["User"].partition(":")
    os.chown(folder, int(user), int(group))
    return folder


def command(image: Image, mounts: Sequence[Mount], words: Sequence[str], variables: Mapping[str, str]) -> list[str]:
    """How a container is started that runs `words` as the image's user, with the image's variables and these."""
    user, _, group = image.config["User"].partition(":")
    own = [*image.config["Env"], *(f"{name}={value}" for name, value in variables.items())]
    become = ["setpriv", f"--reuid={user}", f"--regid={group}", *UNPRIVILEGED]
    inside = ["env", "-i", "-C", image.config["WorkingDir"], *own, *become, *words]
    mounted = [str(part) for mount in mounts for part in (mount.mode, mount.source, mount.place)]
    start = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-ec", LAID_OVER + CONTAINED, "sh"]
    return [*start, *mounted, "--", *inside]


def _environment(image: Image) -> dict[str, str]:
    return environment(IMAGES=str(image.images), CONTAINER=image.container)


def ran(image: Image, mounts: Sequence[Mount], *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """What came of a container that ends by itself."""
    return subprocess.run(
        command(image, mounts, words, variables),
        check=False,
        env=_environment(image),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS_MAX,
    )


class Container:
    """One that runs: its first process, as this machine counts, is `first`."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    @property
    def is_over(self) -> bool:
        return self._process.poll() is not None

    def status(self) -> dict[str, str]:
        """What the kernel says of its first process."""
        lines = Path(f"/proc/{self._first()}/status").read_text().splitlines()
        return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}

    def stop(self, number: str) -> tuple[int, str]:
        """Send its first process the signal of this name; give its exit code and all that it said."""
        os.kill(self._first(), signal.Signals[number])
        said, _ = self._process.communicate(timeout=PATIENCE_SECONDS)
        return self._process.returncode, said

    def _first(self) -> int:
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end and not self.is_over:
            children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
            if children:
                return int(children[0])
            time.sleep(0.05)
        raise AssertionError("the container has ended")


@contextmanager
def running(image: Image, mounts: Sequence[Mount], *words: str, **variables: str) -> Iterator[Container]:
    """A container as long as the block lasts; killed at the end if it still runs."""
    process = subprocess.Popen(
        command(image, mounts, words, variables),
        env=_environment(image),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield Container(process)
    finally:
        process.kill()
        process.communicate()
