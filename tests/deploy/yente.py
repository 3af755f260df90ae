"""yente, a screening service, and FollowTheMoney with it: from the package index, into a folder of their own."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.tools import Tool

HERE = Path(__file__).parent
# Pinned apart: it is six hundred megabytes, and other versions of what syncd uses.
LOCK = HERE / "yente.lock"
FETCH_SECONDS_MAX = 1800
RUN_SECONDS_MAX = 300


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
