"""The lock that makes one process the ledger's writer, and says which.

An flock on `<file>.lock`: the kernel drops it with the process, however that ends. The file stays, and what it says
counts only while somebody holds the lock.
"""

import fcntl
import os
import socket
import sys
import weakref
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from syncd.errors import LedgerBusy, LedgerError

HOLDER_BYTES_MAX = 4096


class Holder(Struct, frozen=True, kw_only=True):
    """Who writes: process id, host, when it started to (ISO 8601, UTC), and the command without its arguments."""

    pid: int
    host: str
    since: str
    command: str


_holders = msgspec.json.Decoder(Holder)


class WriterLock:
    """Held from its making until `release`. Raises LedgerBusy, which names the holder, and LedgerError.

    With `alone=False` it suffers others that are not alone either: several ledger objects of one process, in tests.
    """

    def __init__(self, path: Path, *, alone: bool = True) -> None:
        self.path = path.with_name(path.name + ".lock")
        try:
            self._descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise LedgerError(
                f"{self.path} cannot be opened ({error.strerror}): check owner and permissions"
            ) from error
        try:
            fcntl.flock(self._descriptor, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
            self._sign()
        except BlockingIOError:
            holder = self._holder()
            os.close(self._descriptor)
            raise LedgerBusy(f"{path} is being written by {holder}: stop it, or give this one another ledger") from None
        except OSError as error:
            os.close(self._descriptor)
            raise LedgerError(f"{self.path} cannot be locked ({error.strerror})") from error
        _held.add(self)

    def release(self) -> None:
        """Give the lock back; does nothing when it is not held."""
        if self not in _held:
            return
        with suppress(OSError):
            os.ftruncate(self._descriptor, 0)
        self.leave()

    def leave(self) -> None:
        """Close this process's descriptor; a parent that has the lock keeps it."""
        _held.discard(self)
        os.close(self._descriptor)

    def _sign(self) -> None:
        since = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        holder = Holder(pid=os.getpid(), host=socket.gethostname(), since=since, command=_command())
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, msgspec.json.encode(holder) + b"\n", 0)

    def _holder(self) -> str:
        try:
            holder = _holders.decode(os.pread(self._descriptor, HOLDER_BYTES_MAX, 0))
        except (OSError, msgspec.MsgspecError):
            return "another process that has just started"
        return f"'{holder.command}' (process {holder.pid} on {holder.host} since {holder.since})"


def _command() -> str:
    """Program and subcommand. No more of the arguments: there may be secrets among them."""
    words = [Path(sys.argv[0]).name, *(word for word in sys.argv[1:2] if word.isalpha())]
    return " ".join(words)


_held: "weakref.WeakSet[WriterLock]" = weakref.WeakSet()


def _leave_all() -> None:
    # A forked child shares its parent's lock, and would keep it when the parent is killed.
    for lock in list(_held):
        lock.leave()


os.register_at_fork(after_in_child=_leave_all)
