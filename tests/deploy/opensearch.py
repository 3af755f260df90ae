"""OpenSearch, in which yente keeps its entities: a real node from Maven's repository, on free ports of loopback."""

import contextlib
import hashlib
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.deploy.ending import until_ended
from tests.tools import Tool

POM = Path(__file__).with_suffix(".xml")
NODE = Path(__file__).with_name("OpenSearchNode.java")
FETCH_SECONDS_MAX = 900
START_SECONDS_MAX = 240.0
START_AGAIN_SECONDS = 0.5


def _fetch(folder: Path) -> None:
    command = ["mvn", "-B", "-q", "-f", str(POM), "dependency:copy-dependencies", f"-DoutputDirectory={folder}"]
    subprocess.run(command, check=True, timeout=FETCH_SECONDS_MAX, stdout=subprocess.DEVNULL)


OPENSEARCH = Tool(
    name="a real OpenSearch",
    remedy="on Debian or Ubuntu: apt-get install openjdk-17-jdk-headless maven",
    folder=f"opensearch-{hashlib.sha256(POM.read_bytes()).hexdigest()[:12]}",
    fetch=_fetch,
    runs_with=("java", "javac"),
    fetched_with=("mvn",),
)


def free_ports(count: int) -> list[int]:
    """Ports of loopback that nobody has."""
    with contextlib.ExitStack() as stack:
        taken = [stack.enter_context(contextlib.closing(socket.socket())) for _ in range(count)]
        for one in taken:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in taken]


@contextmanager
def node_running(jars: Path, folder: Path) -> Iterator[str]:
    """The address of a node that keeps its data in `folder`, as long as the block lasts."""
    http, transport = free_ports(2)
    # A short life: the better compiler would not pay.
    command = ["java", "-Xmx400m", "-XX:TieredStopAtLevel=1", "-cp", f"{jars}/*", str(NODE), str(folder / "data")]
    log = folder / "opensearch.log"
    with log.open("wb") as told:
        process = subprocess.Popen(
            [*command, str(http), str(transport)], cwd=folder, stdin=subprocess.PIPE, stdout=told, stderr=told
        )
    url = f"http://127.0.0.1:{http}"
    try:
        _wait(process, url, log)
        yield url
    finally:
        assert process.stdin
        process.stdin.close()
        until_ended(process)


def _wait(process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    late = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < late and process.poll() is None:
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(f"{url}/_cluster/health", params={"wait_for_status": "yellow"}, timeout=10).is_success:
                return
        time.sleep(START_AGAIN_SECONDS)
    raise AssertionError(f"OpenSearch did not start: {log.read_text(errors='replace')[-2000:]}")
