"""yente, a screening service, and FollowTheMoney with it: from the package index, into a folder of their own."""

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.deploy.ending import until_ended
from tests.deploy.opensearch import free_ports
from tests.tools import Tool

HERE = Path(__file__).parent
# Pinned apart: it is six hundred megabytes, and other versions of what syncd uses.
LOCK = HERE / "yente.lock"
FETCH_SECONDS_MAX = 1800
RUN_SECONDS_MAX = 300
UPDATE_TOKEN = "of the test"
START_SECONDS_MAX = 180.0
START_AGAIN_SECONDS = 0.5


def _fetch(folder: Path) -> None:
    command = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--target", str(folder)]
    command += ["--require-hashes", "-r", str(LOCK)]
    subprocess.run(command, check=True, timeout=FETCH_SECONDS_MAX, stderr=subprocess.PIPE)


YENTE = Tool(
    name="yente",
    remedy="let uv reach its package index; on Debian or Ubuntu: apt-get install g++ pkg-config libicu-dev",
    folder=f"yente-{sys.implementation.cache_tag}-{hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]}",
    fetch=_fetch,
    # One of its libraries has no wheels.
    fetched_with=("g++", "pkg-config"),
)


@contextmanager
def yente_serving(packages: Path, data: Path, index: str, catalog: str) -> Iterator[str]:
    """The address of a yente that keeps its data in a folder and an OpenSearch and follows a catalogue when it is told
    to, as long as the block lasts."""
    manifest, log = data / "manifest.yml", data / "yente.log"
    manifest.write_text(json.dumps({"catalogs": [{"url": catalog}]}))
    (port,) = free_ports(1)
    environment = {
        **os.environ,
        "PYTHONPATH": str(packages),
        "NO_PROXY": "127.0.0.1",
        "YENTE_MANIFEST": str(manifest),
        "YENTE_DATA_PATH": str(data),
        "YENTE_INDEX_TYPE": "opensearch",
        "YENTE_INDEX_URL": index,
        "YENTE_AUTO_REINDEX": "false",
        "YENTE_UPDATE_TOKEN": UPDATE_TOKEN,
        "YENTE_HOST": "127.0.0.1",
        "YENTE_PORT": str(port),
    }
    command = [sys.executable, "-P", "-m", "yente.cli", "serve"]
    with log.open("wb") as told:
        process = subprocess.Popen(command, env=environment, stdout=told, stderr=told)
    url = f"http://127.0.0.1:{port}"
    try:
        late = time.monotonic() + START_SECONDS_MAX
        while not _answers(f"{url}/healthz"):
            assert process.poll() is None, log.read_text(errors="replace")[-3000:]
            assert time.monotonic() < late, log.read_text(errors="replace")[-3000:]
            time.sleep(START_AGAIN_SECONDS)
        yield url
    finally:
        process.terminate()
        until_ended(process)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=10).is_success
    except httpx.HTTPError:
        return False


def brought_up_to_date(address: str) -> None:
    """Let a yente take over what is new of its catalogue."""
    asked = {"token": UPDATE_TOKEN, "sync": "true"}
    answer = httpx.post(f"{address}/updatez", params=asked, timeout=RUN_SECONDS_MAX)
    assert answer.is_success, answer.text


def matched(address: str, dataset: str, *names: str) -> list[tuple[str, bool]]:
    """The best answer of a yente to each name: its id, and whether yente takes it for the same; empty for none."""
    queries = {name: {"schema": "Person", "properties": {"name": [name]}} for name in names}
    answer = httpx.post(f"{address}/match/{dataset}", json={"queries": queries}, timeout=RUN_SECONDS_MAX)
    assert answer.is_success, answer.text
    results = [answer.json()["responses"][name]["results"] for name in names]
    return [(found[0]["id"], found[0]["match"]) if found else ("", False) for found in results]


def run_with(packages: Path, script: str, *words: str, data: Path | None = None) -> Any:
    """Run a script of this folder with these packages; return the JSON that it prints."""
    environment = {**os.environ, "PYTHONPATH": str(packages), "YENTE_UPDATE_TOKEN": "", "NO_PROXY": "127.0.0.1"}
    if data is not None:
        environment["YENTE_DATA_PATH"] = str(data)
    # -P: files of this folder are no packages of theirs.
    command = [sys.executable, "-P", str(HERE / script), *words]
    ran = subprocess.run(command, check=False, env=environment, capture_output=True, text=True, timeout=RUN_SECONDS_MAX)
    assert ran.returncode == 0, ran.stderr[-3000:]
    return json.loads(ran.stdout.splitlines()[-1])
