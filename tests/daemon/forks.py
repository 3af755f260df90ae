"""`syncd` as forks of one process that has imported it: processes like any other, at a twentieth of what a new
interpreter costs.

    process = start(folder, ("run", "--port", "0"), environment)
    process.pid, process.returncode, process.kill(), await process.communicate()

The names are those of `asyncio.subprocess.Process`. `python -m tests.daemon.forks DESCRIPTOR` is the other side: it has
no threads, and forks when it is asked. What each side sends is written at `_ask` and `_serve`.
"""

import asyncio
import atexit
import functools
import gc
import importlib
import json
import os
import pkgutil
import runpy
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOOK_EVERY_SECONDS = 0.01
END_SECONDS_MAX = 30.0
_LENGTH = struct.Struct(">I")
_one_at_a_time = threading.Lock()


class Forked:
    """A fork that runs `python -m syncd …`, and what it says. `returncode` is None until it has ended."""

    def __init__(self, control: socket.socket, out: int, err: int) -> None:
        self._control = control
        self._files = (out, err)
        self._said: tuple[bytes, bytes] | None = None
        self._heard = b""
        self._returncode: int | None = None
        while b"\n" not in self._heard:
            self._hear()
        self.pid = int(self._heard.partition(b"\n")[0])
        control.setblocking(False)

    def _hear(self) -> None:
        said = self._control.recv(64)
        assert said, "whoever forks has died"
        self._heard += said

    @property
    def returncode(self) -> int | None:
        if self._returncode is None:
            try:
                while self._heard.count(b"\n") < 2:
                    self._hear()
            except BlockingIOError:
                return None
            self._returncode = int(self._heard.splitlines()[1])
            self._control.close()
        return self._returncode

    def send_signal(self, number: int) -> None:
        """Raises ProcessLookupError when it has ended."""
        if self.returncode is not None:
            raise ProcessLookupError
        os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    async def wait(self) -> int:
        while (code := self.returncode) is None:  # noqa: ASYNC110
            await asyncio.sleep(LOOK_EVERY_SECONDS)
        return code

    async def communicate(self) -> tuple[bytes, bytes]:
        """What it said on standard output and standard error, when it has ended."""
        await self.wait()
        if self._said is None:
            out, err = self._files
            self._said = _content(out), _content(err)
        return self._said


def _unnamed() -> int:
    """A file that nobody else sees."""
    descriptor, name = tempfile.mkstemp()
    Path(name).unlink()
    return descriptor


def _content(descriptor: int) -> bytes:
    with os.fdopen(descriptor, "rb") as file:
        file.seek(0)
        return file.read()


def start(folder: Path, words: Sequence[str], environment: Mapping[str, str]) -> Forked:
    """`python -m syncd` with these words, in that folder and environment."""
    out, err = _unnamed(), _unnamed()
    ours, theirs = socket.socketpair()
    asked = {"folder": str(folder), "words": list(words), "environment": dict(environment)}
    with theirs, _one_at_a_time:
        _ask(_forker(), asked, (out, err, theirs.fileno()))
    return Forked(ours, out, err)


def _ask(forker: socket.socket, asked: object, descriptors: Sequence[int]) -> None:
    """The length of what follows, with the descriptors: standard output, standard error, and where to answer."""
    content = json.dumps(asked).encode()
    socket.send_fds(forker, [_LENGTH.pack(len(content))], descriptors)
    forker.sendall(content)


@functools.cache
def _forker() -> socket.socket:
    """The way to the process that forks for this one; it ends with this one."""
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.daemon.forks", str(theirs.fileno())],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
        )

    def end() -> None:
        ours.close()
        process.wait(END_SECONDS_MAX)

    atexit.register(end)
    return ours


def _load() -> None:
    """Everything that a command may import when it is called."""
    import syncd

    for module in pkgutil.walk_packages(syncd.__path__, "syncd."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    # Else each fork copies all of it when it ends, to look for what could be freed.
    gc.collect()
    gc.freeze()


def _serve(requests: socket.socket) -> bool:
    """Fork for each request. To where it says, answer with two lines: the process id, and in the end the exit code.
    Returns True in a fork, and False when nobody is there any more who could ask."""
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    answers: dict[int, socket.socket] = {}
    while True:
        ready, _, _ = select.select([requests, woken], [], [])
        if woken in ready:
            os.read(woken, 4096)
            _reap(answers)
        if requests not in ready:
            continue
        header, descriptors, _, _ = socket.recv_fds(requests, _LENGTH.size, 3)
        if not header:
            for child in answers:
                os.kill(child, signal.SIGKILL)
            return False
        asked = json.loads(_whole(requests, *_LENGTH.unpack(header)))
        answer = socket.socket(fileno=descriptors.pop())
        child = os.fork()
        if not child:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for one in (requests, answer, *answers.values()):
                one.close()
            _become(asked, descriptors, (woken, wake))
            return True
        answers[child] = answer
        answer.sendall(b"%d\n" % child)
        for descriptor in descriptors:
            os.close(descriptor)


def _whole(requests: socket.socket, length: int) -> bytes:
    content = b""
    while len(content) < length:
        content += requests.recv(length - len(content))
    return content


def _reap(answers: dict[int, socket.socket]) -> None:
    while answers:
        child, status = os.waitpid(-1, os.WNOHANG)
        if not child:
            return
        # Maybe nobody asks how it ended.
        with answers.pop(child) as answer, suppress(BrokenPipeError):
            answer.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))


def _become(asked: Mapping[str, object], said: Sequence[int], unneeded: Sequence[int]) -> None:
    """What a new interpreter would be before its first line."""
    for standard, descriptor in enumerate(said, 1):
        os.dup2(descriptor, standard)
    for descriptor in (*said, *unneeded):
        os.close(descriptor)
    os.chdir(str(asked["folder"]))
    environment, words = asked["environment"], asked["words"]
    assert isinstance(environment, dict) and isinstance(words, list)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["syncd", *words]


def main() -> None:
    _load()
    if _serve(socket.socket(fileno=int(sys.argv[1]))):
        runpy.run_module("syncd", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
