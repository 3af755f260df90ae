"""Commands written in Go: built from the module proxy's sources, once a version."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

BUILD_SECONDS_MAX = 1800
DOWNLOAD_SECONDS_MAX = 300
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


def downloaded(module: str, version: str, folder: Path) -> Path:
    """Where Go keeps the sources of a module, got from its proxy if need be. `folder` is any without a go.mod."""
    ran = subprocess.run(
        ["go", "mod", "download", "-json", f"{module}@{version}"],
        check=True,
        cwd=folder,
        timeout=DOWNLOAD_SECONDS_MAX,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "GOFLAGS": "-modcacherw"},
    )
    return Path(json.loads(ran.stdout)["Dir"])
