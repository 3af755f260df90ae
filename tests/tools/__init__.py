"""What tests need from outside Python: told of in one place, fetched once into a cache folder outside the tree.

    PROMETHEUS = Tool(name="a real Prometheus", folder="…", fetch=…, runs_with=…, remedy="apt-get install …")

    @pytest.fixture(scope="session")
    def prometheus() -> Path:
        return needs(PROMETHEUS)

Where a tool cannot be had, the tests that need it are left out, and the last lines of the run say so and how to bring
it (`tests.tools.plugin`). With TESTS_REQUIRE_ALL=1 that is a failure.

What no fetching brings, such as the right to mount, is left out even then (`left_out`), and named in the same lines.
"""

import fcntl
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Never

import pytest

from tests.tools import progress

REQUIRED_BY = "TESTS_REQUIRE_ALL"
NOT_HERE = "not here: "
WHY_MAX = 400


@dataclass(frozen=True)
class Tool:
    """Something from outside. `name` reads on after "needs", `remedy` is one line that a person can follow.

    `folder`: its name in the cache, with a version or a hash in it; `fetch` fills that folder, and raises OSError or
    subprocess.SubprocessError when it cannot. Without `fetch` the tool is its commands alone. `runs_with` are the
    commands that it always needs, `fetched_with` those that are needed only until it is in the cache. What
    `is_demanding` asks more of a machine than a network, such as to build for minutes or to mount: where fetching it
    fails, the tests are left out even where all is required.
    """

    name: str
    remedy: str
    folder: str = ""
    fetch: Callable[[Path], None] | None = None
    runs_with: tuple[str, ...] = ()
    fetched_with: tuple[str, ...] = ()
    is_demanding: bool = False

    @property
    def path(self) -> Path:
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        return cache / "syncd" / self.folder

    def missing(self) -> list[str]:
        """The commands that it needs and this machine has not."""
        is_fetched = self.fetch is None or self.path.is_dir()
        wanted = self.runs_with if is_fetched else (*self.runs_with, *self.fetched_with)
        return [command for command in wanted if shutil.which(command) is None]

    def fetched(self) -> Path:
        """Its folder, filled if it is not there yet; whoever comes second waits for the first."""
        if self.fetch is None:
            return self.path
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.with_name(f"{self.folder}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not self.path.is_dir():
                self._fill(self.fetch)
        return self.path

    def _fill(self, fetch: Callable[[Path], None]) -> None:
        partial = self.path.with_name(f"{self.folder}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        progress.say(f"fetching {self.name}, once for all runs ...")
        begun = time.monotonic()
        fetch(partial)
        partial.rename(self.path)
        progress.say(f"fetched {self.name} in {time.monotonic() - begun:.0f} s")


def needs(tool: Tool) -> Path:
    """The folder of `tool`; where it cannot be had the test is left out, or fails when all is required."""
    lacking = tool.missing()
    if lacking:
        _lacked(tool.name, f"{', '.join(lacking)} missing", tool.remedy)
    try:
        return tool.fetched()
    except (OSError, subprocess.SubprocessError) as error:
        why = f"fetching it failed: {_last_words(error) or error}"
        (left_out if tool.is_demanding else _lacked)(tool.name, why, tool.remedy)


def left_out(name: str, why: str, remedy: str) -> Never:
    """Leave the test out for something that this machine cannot do, even where all is required."""
    pytest.skip(_told(name, why, remedy))


def _lacked(name: str, why: str, remedy: str) -> Never:
    if os.environ.get(REQUIRED_BY) == "1":
        pytest.fail(_told(name, why, remedy), pytrace=False)

    left_out(name, why, remedy)


def _told(name: str, why: str, remedy: str) -> str:
    return f"{NOT_HERE}{name} ({' '.join(why.split())[:WHY_MAX]}). To bring it, {remedy}"


def _last_words(error: Exception) -> str:
    """The end of what a command said, where that was kept."""
    said = getattr(error, "stderr", None) or ""
    text = said.decode(errors="replace") if isinstance(said, bytes) else said
    return str(text)[-WHY_MAX // 2 :]
