"""Apache Kafka's jars, fetched once by Maven: one folder in the cache for each `pom.xml`."""

import hashlib
import subprocess
from pathlib import Path

from tests.tools import Tool

HERE = Path(__file__).parent
POM = HERE / "pom.xml"
FETCH_SECONDS_MAX = 600


def _fetch(folder: Path) -> None:
    subprocess.run(
        [
            "mvn",
            "-B",
            "-q",
            "-f",
            str(POM),
            "dependency:copy-dependencies",
            "-DincludeScope=runtime",
            f"-DoutputDirectory={folder}",
        ],
        check=True,
        timeout=FETCH_SECONDS_MAX,
        stdout=subprocess.DEVNULL,
    )


BROKER = Tool(
    name="a real Kafka broker",
    remedy="on Debian or Ubuntu: apt-get install openjdk-17-jre-headless maven openssl",
    folder=f"kafka-{hashlib.sha256(POM.read_bytes()).hexdigest()[:12]}",
    fetch=_fetch,
    runs_with=("java", "openssl"),
    fetched_with=("mvn",),
)
