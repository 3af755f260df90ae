"""The bill of what is shipped: every package of `deploy/requirements.lock`, and syncd itself, as CycloneDX.

python -m tests.deploy.sbom     prints it
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from tests.tools import Tool, needs

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "deploy" / "requirements.lock"
# Pinned apart, as no other test needs it.
LOCK = Path(__file__).parent / "sbom.lock"
FETCH_SECONDS_MAX = 300
WRITE_SECONDS_MAX = 120


def _fetch(folder: Path) -> None:
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command = [*pip, "--target", str(folder), "--require-hashes", "-r", str(LOCK)]
    subprocess.run(command, check=True, timeout=FETCH_SECONDS_MAX, stderr=subprocess.PIPE)


CYCLONEDX = Tool(
    name="cyclonedx-bom",
    remedy="let pip reach its package index",
    folder=f"cyclonedx-{sys.implementation.cache_tag}-{hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]}",
    fetch=_fetch,
)


def bill(tool: Path) -> str:
    """Return the bill as JSON, checked against the schema of CycloneDX by the tool itself. Needs no network."""
    project = ["--pyproject", str(ROOT / "pyproject.toml"), "--mc-type", "application"]
    ran = subprocess.run(
        [sys.executable, "-m", "cyclonedx_py", "requirements", *project, "--output-reproducible", str(SHIPPED)],
        check=True,
        env={**os.environ, "PYTHONPATH": str(tool)},
        stdout=subprocess.PIPE,
        text=True,
        timeout=WRITE_SECONDS_MAX,
    )
    return ran.stdout


if __name__ == "__main__":
    sys.stdout.write(bill(needs(CYCLONEDX)))
