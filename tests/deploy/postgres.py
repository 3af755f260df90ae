"""A real PostgreSQL on a free port of loopback, from an archive of its programs: nothing is installed."""

import json
import os
import platform
import shutil
import socket
import subprocess
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Any

from tests.deploy import maven
from tests.tools import Tool

VERSION = "17.6.0"
MACHINES = {"x86_64": "amd64", "aarch64": "arm64v8"}
START_SECONDS_MAX = 60.0
STOP_SECONDS_MAX = 30.0
CLIENT = Path(__file__).with_name("Ask.java")
# PostgreSQL does not run as root.
ORDINARY = "nobody"


def _fetch(folder: Path) -> None:
    machine = MACHINES.get(platform.machine(), platform.machine())
    jar = maven.artifact(f"io.zonky.test.postgres:embedded-postgres-binaries-linux-{machine}:{VERSION}", folder)
    with zipfile.ZipFile(jar) as packed:
        (name,) = (one for one in packed.namelist() if one.endswith(".txz"))
        packed.extract(name, folder)
    with tarfile.open(folder / name) as programs:
        programs.extractall(folder, filter="data")
    (folder / name).unlink()
    shutil.rmtree(folder / "repository")


POSTGRES = Tool(
    name="a real PostgreSQL",
    remedy=maven.REMEDY,
    folder=f"postgres-{VERSION}-{platform.machine()}",
    fetch=_fetch,
    fetched_with=("mvn",),
)


class Database:
    """A running PostgreSQL, and a client that is asked in SQL."""

    def __init__(self, port: int, client: subprocess.Popen[str]) -> None:
        self.port = port
        self._client = client

    @property
    def url(self) -> str:
        """As JDBC has it."""
        return f"jdbc:postgresql://127.0.0.1:{self.port}/postgres"

    def rows(self, query: str) -> list[dict[str, Any]]:
        """The rows of a query, in its order."""
        told = self.said(f"SELECT coalesce(json_agg(row_to_json(q)), '[]'::json)::text FROM ({query}) q")
        found: list[dict[str, Any]] = json.loads(told)
        return found

    def said(self, statement: str) -> str:
        """The first field of the first row, empty when there is none. Raises AssertionError with PostgreSQL's words."""
        assert self._client.stdin
        assert self._client.stdout
        self._client.stdin.write(" ".join(statement.split()) + "\n")
        self._client.stdin.flush()
        answer = self._client.stdout.readline().rstrip("\n")
        assert answer.startswith("= "), answer
        return answer[2:]


@contextmanager
def database(programs: Path, libraries: Path, folder: Path) -> Iterator[Database]:
    """Run PostgreSQL as long as the block lasts; `libraries` hold its JDBC driver. The user `postgres` needs no
    password."""
    (driver,) = libraries.rglob("postgresql-*.jar")
    with tempfile.TemporaryDirectory(prefix="syncd-postgres-") as name, closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        there = _readable(programs, Path(name))
        with (folder / "postgres.log").open("wb") as log:
            _run_as_ordinary(there / "bin" / "initdb", "-D", there / "data", "-U", "postgres", "-A", "trust", log=log)
            server = _as_ordinary(
                *(there / "bin" / "postgres", "-D", there / "data", "-p", str(port)),
                *("-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={there}", "-c", "fsync=off"),
                log=log,
            )
            try:
                with _client(driver, port) as client:
                    yield Database(port, client)
            finally:
                server.terminate()
                server.wait(STOP_SECONDS_MAX)


def _readable(programs: Path, folder: Path) -> Path:
    """A copy that an ordinary user reads and writes beside: the cache may be in a closed home."""
    there = folder / "postgres"
    shutil.copytree(programs, there, symlinks=True)
    folder.chmod(0o755)
    if os.getuid() == 0:
        shutil.chown(there, ORDINARY)
    return there


def _as_ordinary(*command: str | Path, log: IO[bytes]) -> subprocess.Popen[bytes]:
    user = ORDINARY if os.getuid() == 0 else None
    return subprocess.Popen([str(one) for one in command], stdout=log, stderr=log, user=user, cwd="/")


def _run_as_ordinary(*command: str | Path, log: IO[bytes]) -> None:
    made = _as_ordinary(*command, log=log)
    if made.wait(START_SECONDS_MAX):
        raise OSError(f"{command[0]} failed: {Path(log.name).read_text(errors='replace')[-2000:]}")


@contextmanager
def _client(driver: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    command = ["java", "-XX:TieredStopAtLevel=1", "-Xmx64m", "-cp", str(driver), str(CLIENT), str(port)]
    client = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield client
    finally:
        client.communicate(timeout=STOP_SECONDS_MAX)
