"""Commands written in Go: built from the module proxy's sources, once a version."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

BUILD_SECONDS_MAX = 1800
COMMANDS = ("go",)
REMEDY = "install Go: https://go.dev/dl, or on Debian or Ubuntu apt-get install golang-go"


def building(package: str, version: str, name: str) -> Callable[[Path], None]:
    """A `fetch` that leaves the command of `package` in the folder, as `name`."""

    def fetch(folder: Path) -> None:
        subprocess.run(
            ["go", "install", f"{package}@{version}"],
            check=True,
            timeout=BUILD_SECONDS_MAX,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "GOBIN": str(folder), "GOFLAGS": "-modcacherw"},
        )
        (built,) = folder.iterdir()
        built.rename(folder / name)

    return fetch
