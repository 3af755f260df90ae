"""Manifests held against the schemas of Kubernetes' own API, in which an unknown field is an error."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from tests.tools import Tool

# Pinned apart: its schemas are a hundred megabytes, which other tests do without.
LOCK = Path(__file__).parent / "kubernetes.lock"
VERSIONS = ("1.35", "1.36", "1.37")
FETCH_SECONDS_MAX = 600
CHECK_SECONDS_MAX = 120


def _fetch(folder: Path) -> None:
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command = [*pip, "--target", str(folder), "--require-hashes", "-r", str(LOCK)]
    subprocess.run(command, check=True, timeout=FETCH_SECONDS_MAX, stderr=subprocess.PIPE)


SCHEMAS = Tool(
    name="kubernetes-validate",
    remedy="let pip reach its package index",
    folder=f"kubernetes-{sys.implementation.cache_tag}-{hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]}",
    fetch=_fetch,
)


def complaints(validator: Path, manifests: Path, version: str) -> str:
    """What is wrong with the file's documents for this version of Kubernetes; empty when nothing is."""
    ran = subprocess.run(
        [sys.executable, "-m", "kubernetes_validate", "--strict", "-k", version, str(manifests)],
        check=False,
        env={**os.environ, "PYTHONPATH": str(validator)},
        capture_output=True,
        text=True,
        timeout=CHECK_SECONDS_MAX,
    )
    return "" if ran.returncode == 0 else ran.stdout + ran.stderr or f"exit code {ran.returncode}"
