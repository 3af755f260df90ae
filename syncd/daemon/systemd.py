"""What the service manager is told, by datagrams to `NOTIFY_SOCKET` as sd_notify(3) describes them.

Without that variable there is nobody to tell, and nothing is said.
"""

import os
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress

# A start that waits for the ledger is given this much longer at each turn.
PATIENCE_SECONDS = 60


class ServiceManager:
    """Told of each turn of the schedule, and of the end. `environ` says where it listens and whether it watches."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._address = environ.get("NOTIFY_SOCKET", "")
        self._watches = "WATCHDOG_USEC" in environ and environ.get("WATCHDOG_PID") in (None, str(os.getpid()))
        self._is_ready = False
        self._status = ""

    def turned(self, *, up: bool, status: Callable[[], str]) -> None:
        """The schedule has turned: what the watchdog lives on. `up` once the work can be done; `status` is one line."""
        if not self._address:
            return
        lines = ["WATCHDOG=1"] if self._watches else []
        if not self._is_ready:
            lines.append("READY=1" if up else f"EXTEND_TIMEOUT_USEC={PATIENCE_SECONDS * 1_000_000}")
        line = status()
        if line != self._status:
            lines.append(f"STATUS={line}")
        if lines and self._tell(lines):
            self._is_ready |= up
            self._status = line

    def stopping(self, status: str) -> None:
        self._tell(["STOPPING=1", f"STATUS={status}"])

    def _tell(self, lines: list[str]) -> bool:
        """Whether it was taken. A manager that does not listen is no reason to fail, or to wait."""
        if not self._address:
            return False
        name = f"\0{self._address[1:]}" if self._address.startswith("@") else self._address
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sending:
            sending.setblocking(False)
            sending.sendto("\n".join(lines).encode(), name)
            return True
        return False
