"""Debian's packages, unpacked into a folder: no root needed, nothing installed, nothing started."""

import os
import platform
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

FETCH_SECONDS_MAX = 600
COMMANDS = ("apt-get", "dpkg")
UNSANDBOXED = ("-o", "APT::Sandbox::User=root")


def release() -> str:
    """`debian-12` and the machine, for the name of a folder in the cache."""
    try:
        known = platform.freedesktop_os_release()
    except OSError:
        return platform.machine()
    return "-".join((known["ID"], known.get("VERSION_ID", "rolling"), platform.machine()))


def sources(suite: str) -> list[str]:
    """Where this machine has Debian's packages from, as the lines of a sources.list for `suite`; none elsewhere."""
    try:
        known = platform.freedesktop_os_release()
    except OSError:
        return []
    own = known.get("VERSION_CODENAME", "")
    if known["ID"] != "debian" or not own:
        return []
    listed = "$(REPO_URI) $(RELEASE) $(COMPONENT)"
    command = ["apt-get", "indextargets", "--format", listed, "Created-By: Packages"]
    found = [
        line.split() for line in subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    ]
    parts = {own: suite, f"{own}-updates": f"{suite}-updates", f"{own}-security": f"{suite}-security"}
    lines = {
        f"deb {place} {parts[part]} main" for place, part, component in found if part in parts and component == "main"
    }
    return sorted(lines)


def unpacking(*packages: str, with_dependencies: bool = False) -> Callable[[Path], None]:
    """A `fetch` that unpacks `packages`; `with_dependencies`, also those that they need and the machine lacks."""
    asked = ("--yes", "--download-only", "--no-install-recommends", "install") if with_dependencies else ("download",)

    def fetch(folder: Path) -> None:
        archives = folder / "archives"
        (archives / "partial").mkdir(parents=True)
        try:
            _apt_get(archives, *asked, *packages)
        except subprocess.CalledProcessError:
            _refresh(archives)
            _apt_get(archives, *_own_lists(archives), *asked, *packages)
        for archive in archives.glob("*.deb"):
            _run("dpkg", "-x", str(archive), str(folder))
        shutil.rmtree(archives)

    return fetch


def _refresh(archives: Path) -> None:
    """The lists of packages, into a folder of its own: those of the machine are too old, or it has none."""
    (archives / "lists" / "partial").mkdir(parents=True)
    _apt_get(archives, *_own_lists(archives), "update")


def _own_lists(archives: Path) -> tuple[str, ...]:
    return ("-o", f"Dir::State::lists={archives / 'lists'}")


def _apt_get(archives: Path, *arguments: str) -> None:
    own = ("-o", f"Dir::Cache::archives={archives}", "-o", "Dir::Cache::pkgcache=", "-o", "Dir::Cache::srcpkgcache=")
    _run("apt-get", "-qq", *UNSANDBOXED, *own, "-o", "Debug::NoLocking=true", *arguments, cwd=archives)


def _run(*command: str, cwd: Path | None = None) -> None:
    subprocess.run(
        command,
        check=True,
        cwd=cwd,
        timeout=FETCH_SECONDS_MAX,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"},
    )
