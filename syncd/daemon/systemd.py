"""Notifies the service manager by datagrams to `NOTIFY_SOCKET`, as sd_notify(3) describes them.

Without that variable nothing is sent.
"""

import os
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress

# A start that waits for the ledger is given this much longer at each turn.
PATIENCE_SECONDS = 60


class ServiceManager:
    """The service manager as `environ` names it: its socket (NOTIFY_SOCKET), and whether it runs a watchdog for this
    process (WATCHDOG_USEC, WATCHDOG_PID)."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._address = environ.get("NOTIFY_SOCKET", "")
        self._watches = "WATCHDOG_USEC" in environ and environ.get("WATCHDOG_PID") in (None, str(os.getpid()))
        self._is_ready = False
        self._status = ""

    def turned(self, *, up: bool, status: Callable[[], str]) -> None:
        """Send the watchdog's keep-alive, READY=1 the first time that the daemon is `up`, and the line of `status` when
        it has changed. Before READY the start is given more time."""
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
        """Send STOPPING=1 with `status`."""
        self._tell(["STOPPING=1", f"STATUS={status}"])

    def _tell(self, lines: list[str]) -> bool:
        """Returns whether the datagram was sent. A manager that does not listen neither fails nor delays the daemon."""
        if not self._address:
            return False
        name = f"\0{self._address[1:]}" if self._address.startswith("@") else self._address
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sending:
            sending.setblocking(False)
            sending.sendto("\n".join(lines).encode(), name)
            return True
        return False
