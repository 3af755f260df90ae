"""A real S3 server on loopback, as a process that can be killed, stopped and started; it keeps nothing."""

import os
import signal
import subprocess
import sys
import time
from types import TracebackType
from typing import Any, Self

import httpx
import obstore
from obstore.store import S3Store

from tests.daemon.running import free_port

START_SECONDS_MAX = 90.0
BUCKET = "archive"
CREDENTIALS = {"access_key_id": "an-invented-key", "secret_access_key": "5ecre7"}


class S3Server:
    """Used by `with`. `settings` is the section `[archive]` of whoever keeps documents in its one bucket."""

    def __init__(self) -> None:
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def settings(self) -> dict[str, Any]:
        return {
            "url": f"s3://{BUCKET}/documents",
            "endpoint": self._address,
            "allow_http": True,
            "region": "eu-west-1",
            "timeout_seconds": 1.0,
            **CREDENTIALS,
        }

    @property
    def _address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def start(self) -> None:
        """With its bucket, empty."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        end = time.monotonic() + START_SECONDS_MAX
        while not self._has_bucket():
            assert self._process.poll() is None and time.monotonic() < end, "the S3 server did not start"
            time.sleep(0.1)

    def _has_bucket(self) -> bool:
        try:
            return httpx.put(f"{self._address}/{BUCKET}", timeout=5, trust_env=False).is_success
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self.go_on()
            self._process.kill()
            self._process.wait()

    def pause(self) -> None:
        """It accepts connections and answers nothing."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        os.kill(self._process.pid, number)

    def names(self) -> list[str]:
        """Of what is in the bucket."""
        return [found["path"] for page in obstore.list(self._bucket()) for found in page]

    def content(self, name: str) -> bytes:
        return bytes(obstore.get(self._bucket(), name).bytes())

    def overwrite(self, name: str, content: bytes) -> None:
        obstore.put(self._bucket(), name, content)

    def _bucket(self) -> S3Store:
        keys = {name: self.settings[name] for name in ("endpoint", "region", "access_key_id", "secret_access_key")}
        return S3Store(
            BUCKET, config={**keys, "virtual_hosted_style_request": False}, client_options={"allow_http": True}
        )
