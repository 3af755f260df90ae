"""The consumers in Go and with librdkafka pass the tests that those in Python and Java pass."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kafka.test_examples import (
    EXAMPLES,
    Command,
    follower,
    store,
    test_an_example_ends_where_it_is_told_to,
    test_an_example_passes_over_the_parts_of_a_large_record,
    test_an_example_starts_while_commits_land_and_compaction_runs,
    test_an_example_that_meets_a_gap_stops,
)
from tests.tools import Tool, golang, needs

__all__ = [
    "follower",
    "store",
    "test_an_example_ends_where_it_is_told_to",
    "test_an_example_passes_over_the_parts_of_a_large_record",
    "test_an_example_starts_while_commits_land_and_compaction_runs",
    "test_an_example_that_meets_a_gap_stops",
]

SOURCES = EXAMPLES / "follow"
LOCK = Path(__file__).with_name("librdkafka.lock")
FETCH_SECONDS_MAX = 1800


def _build(folder: Path) -> None:
    sources = shutil.copytree(SOURCES, folder / "sources")
    build = ["go", "build", "-mod=readonly", "-modcacherw", "-o", str(folder / "follow"), "."]
    subprocess.run(build, cwd=sources, check=True, timeout=FETCH_SECONDS_MAX, stdout=subprocess.DEVNULL)


def _install(folder: Path) -> None:
    command = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--target", str(folder)]
    command += ["--require-hashes", "-r", str(LOCK)]
    subprocess.run(command, check=True, timeout=FETCH_SECONDS_MAX, stderr=subprocess.PIPE)


def _hash(*files: Path) -> str:
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]


GO = Tool(
    name="the consumer in Go",
    remedy=golang.REMEDY,
    folder=f"follow-go-{_hash(*sorted(SOURCES.iterdir()))}",
    fetch=_build,
    fetched_with=golang.COMMANDS,
)
LIBRDKAFKA = Tool(
    name="confluent-kafka",
    remedy="let uv reach its package index",
    folder=f"librdkafka-{sys.implementation.cache_tag}-{_hash(LOCK)}",
    fetch=_install,
)


@pytest.fixture(params=["go", "librdkafka"])
def command(request: pytest.FixtureRequest) -> Command:
    """How the example is run, and in which environment."""
    if request.param == "go":
        return [str(needs(GO) / "follow")], {}
    folder = needs(LIBRDKAFKA)
    return [sys.executable, str(EXAMPLES / "follow_librdkafka.py")], {"PYTHONPATH": str(folder)}
