"""Apache Kafka's jars, fetched once by Maven into a cache folder outside the tree: one folder for each `pom.xml`."""

import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
POM = HERE / "pom.xml"
FETCH_SECONDS_MAX = 600
TOOLS = ("java", "mvn", "openssl")
REMEDY = "on Debian or Ubuntu: apt-get install openjdk-17-jre-headless maven openssl"


def missing() -> list[str]:
    """The tools that a real broker needs and this machine has not. With the jars in the cache, Maven is not needed."""
    wanted = ("java", "openssl") if folder().is_dir() else TOOLS
    return [tool for tool in wanted if shutil.which(tool) is None]


def folder() -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "syncd" / f"kafka-{hashlib.sha256(POM.read_bytes()).hexdigest()[:12]}"


def fetched() -> Path:
    """The folder of the jars, filled if it is not there yet; whoever comes second waits for the first."""
    target = folder()
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.is_dir():
            _fetch(target)
    return target


def _fetch(target: Path) -> None:
    partial = target.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    subprocess.run(
        [
            "mvn",
            "-B",
            "-q",
            "-f",
            str(POM),
            "dependency:copy-dependencies",
            "-DincludeScope=runtime",
            f"-DoutputDirectory={partial}",
        ],
        check=True,
        timeout=FETCH_SECONDS_MAX,
        stdout=subprocess.DEVNULL,
    )
    partial.rename(target)
