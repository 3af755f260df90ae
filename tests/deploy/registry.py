"""Apicurio: a schema registry with Confluent's API, in memory, on a free port of loopback."""

import os
import shutil
import socket
import subprocess
import tarfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx

from tests.deploy.ending import until_ended
from tests.tools import Tool

VERSION = "3.0.9"
ARTIFACT = f"io.apicurio:apicurio-registry-app:{VERSION}:tar.gz:all"
RUNNER = f"apicurio-registry-app-{VERSION}-runner.jar"
FETCH_SECONDS_MAX = 600
START_SECONDS_MAX = 120.0
START_AGAIN_SECONDS = 0.25


def _fetch(folder: Path) -> None:
    """Whole in one archive; into a repository of its own, since what Maven gets it puts nowhere else."""
    own = folder / "repository"
    command = ["mvn", "-B", "-q", "dependency:get", f"-Dartifact={ARTIFACT}", "-Dtransitive=false"]
    subprocess.run(
        [*command, f"-Dmaven.repo.local={own}"], check=True, timeout=FETCH_SECONDS_MAX, stdout=subprocess.DEVNULL
    )
    (archive,) = own.rglob("*.tar.gz")
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    shutil.rmtree(own)


REGISTRY = Tool(
    name="a real schema registry",
    remedy="on Debian or Ubuntu: apt-get install openjdk-17-jre-headless maven",
    folder=f"registry-{VERSION}",
    fetch=_fetch,
    runs_with=("java",),
    fetched_with=("mvn",),
)


@contextmanager
def running(folder: Path, log: Path) -> Iterator[str]:
    """The address of its API, as long as the block lasts."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "QUARKUS_HTTP_HOST": "127.0.0.1", "QUARKUS_HTTP_PORT": str(port)}
    with log.open("wb") as told:
        process = subprocess.Popen(
            ["java", "-Xmx256m", "-jar", str(folder / RUNNER)], env=environment, stdout=told, stderr=told
        )
    url = f"http://127.0.0.1:{port}/apis/ccompat/v7"
    try:
        _wait(process, url, log)
        yield url
    finally:
        process.terminate()
        until_ended(process)


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    late = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < late and process.poll() is None:
        try:
            if httpx.get(f"{url}/subjects", timeout=5).is_success:
                return
        except httpx.HTTPError:
            pass
        time.sleep(START_AGAIN_SECONDS)
    raise OSError(f"the registry did not start: {log.read_text(errors='replace')[-2000:]}")
