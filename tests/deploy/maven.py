"""Libraries of Java programs, fetched once by Maven: one folder in the cache for each `pom`."""

import hashlib
import subprocess
from pathlib import Path

from tests.tools import Tool

HERE = Path(__file__).parent
REMEDY = "on Debian or Ubuntu: apt-get install openjdk-17-jdk-headless maven"
FETCH_SECONDS_MAX = 600


def libraries(name: str, what: str) -> Tool:
    """Of `<name>.xml` in this folder: what it depends on, side by side."""
    pom = HERE / f"{name}.xml"

    def fetch(folder: Path) -> None:
        command = ["mvn", "-B", "-q", "-f", str(pom), "dependency:copy-dependencies", "-DincludeScope=runtime"]
        command.append(f"-DoutputDirectory={folder}")
        subprocess.run(command, check=True, timeout=FETCH_SECONDS_MAX, stdout=subprocess.DEVNULL)

    return Tool(
        name=what,
        remedy=REMEDY,
        folder=f"{name}-{hashlib.sha256(pom.read_bytes()).hexdigest()[:12]}",
        fetch=fetch,
        runs_with=("java", "javac"),
        fetched_with=("mvn",),
    )


def artifact(coordinates: str, folder: Path) -> Path:
    """Fetch one archive into `folder`, without what it depends on. Returns its path."""
    name = coordinates.split(":")[1]
    command = ["mvn", "-B", "-q", "dependency:get", f"-Dartifact={coordinates}", "-Dtransitive=false"]
    own = folder / "repository"
    command.append(f"-Dmaven.repo.local={own}")
    subprocess.run(command, check=True, timeout=FETCH_SECONDS_MAX, stdout=subprocess.DEVNULL)
    (found,) = (path for path in own.rglob("*") if path.name.startswith(name) and path.suffix in (".jar", ".gz"))
    return found
