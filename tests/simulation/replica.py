"""A replica of syncd as the process that it is in production, which can be killed, stopped and woken."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from msgspec import Struct

STOP_SECONDS_MAX = 20.0


class Said(Struct, frozen=True, kw_only=True):
    """One line of a replica's log; `at` in seconds since 1970."""

    at: float
    replica: int
    event: str
    fields: Mapping[str, Any]


class Replica:
    """Its folder holds its configuration, its log and its spool."""

    def __init__(self, number: int, folder: Path, settings: Mapping[str, Any]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.number = number
        self.folder = folder
        self.log = folder / "log.jsonl"
        self._process: subprocess.Popen[bytes] | None = None
        self._said: list[Said] = []
        self._read_bytes = 0
        (folder / "syncd.toml").write_text(toml(settings), encoding="utf-8")

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """Of the process that was started last."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        assert not self.is_running
        dying = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*dying, sys.executable, "-m", "syncd", "run"],
                cwd=self.folder,
                env={**os.environ, "NO_PROXY": "*", "no_proxy": "*"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def kill(self) -> None:
        self._signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait(STOP_SECONDS_MAX)

    def terminate(self) -> int:
        """SIGTERM; gives the exit code."""
        self._signal(signal.SIGTERM)
        assert self._process is not None
        return self._process.wait(STOP_SECONDS_MAX)

    def pause(self) -> None:
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            os.kill(self._process.pid, number)

    def said(self) -> Sequence[Said]:
        """What it has logged so far, in whole lines."""
        if self.log.exists():
            with self.log.open("rb") as log:
                log.seek(self._read_bytes)
                whole, newline, _ = log.read().rpartition(b"\n")
            self._read_bytes += len(whole) + len(newline)
            self._said += map(self._one, whole.decode(errors="replace").splitlines())
        return self._said

    def _one(self, line: str) -> Said:
        try:
            fields = json.loads(line)
            at = datetime.fromisoformat(fields["timestamp"]).timestamp()
            return Said(at=at, replica=self.number, event=fields["event"], fields=fields)
        except (ValueError, KeyError, TypeError):
            return Said(at=0.0, replica=self.number, event="not a log line", fields={"line": line})


def toml(settings: Mapping[str, Any]) -> str:
    """Nested settings as TOML; strings of JSON are strings of TOML."""
    return "\n".join(_lines(settings, ())) + "\n"


def _lines(settings: Mapping[str, Any], place: tuple[str, ...]) -> Iterator[str]:
    plain = {key: value for key, value in settings.items() if not isinstance(value, Mapping)}
    if place and plain:
        yield f"[{'.'.join(place)}]"
    for key, value in plain.items():
        yield f"{key} = {json.dumps(value)}"
    for key, value in settings.items():
        if isinstance(value, Mapping):
            yield from _lines(value, (*place, key))
