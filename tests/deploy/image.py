"""The image that `deploy/Dockerfile` gives, built as the file stands.

Debian's buildah and mmdebstrap are unpacked into a folder and laid over this machine's files in a mount namespace of
their own: nothing is installed, nothing stays mounted. The base is made of Debian's packages and bears the name of the
real one, so that no registry is asked; pip takes the packages of the lock from a folder that this machine's pip filled.
All of it needs root and a kernel that grants the mounts, which is why it may be left out where all else is required.
"""

import fcntl
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from tests.daemon.running import ROOT
from tests.deploy.dockerfile import stages
from tests.tools import Tool, debian, left_out, needs

DOCKERFILE = ROOT / "deploy" / "Dockerfile"
LOCK = ROOT / "deploy" / "requirements.lock"
BASE = stages(DOCKERFILE)[1][0].rest
# python:3.11-slim-bookworm is Python 3.11 on Debian bookworm, whose own Python is a 3.11, too.
PYTHON, SUITE = BASE.removeprefix("python:").split("-slim-")
INSIDE = "python3,python3-venv,python-is-python3,ca-certificates"
GLIBC_MINORS = range(5, 37)
MACHINE = platform.machine()
NAME = "localhost/syncd-tests"
# And the number of the process whose container it is.
CONTAINER = "syncd-tests-"
MAKE_SECONDS_MAX = 900
BUILD_SECONDS_MAX = 600
WHAT = "an image built from deploy/Dockerfile"
REMEDY = "run as root on Debian, where mounting is granted and its packages are in reach"
# $PACKAGES is laid over this machine's files.
LAID_OVER = """
mount --make-rprivate /
for part in usr etc; do mount -t overlay overlay -o "lowerdir=$PACKAGES/$part:/$part" "/$part"; done
"""
TRIED = "mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work merged && chroot / true"


def _make(folder: Path) -> None:
    """A store of images that has the base."""
    archive = folder / "base.tar"
    bootstrap = ["--quiet", "--mode=root", "--variant=minbase", f"--include={INSIDE}", SUITE, str(archive), "-"]
    sources = "\n".join(debian.sources(SUITE))
    _laid_over("mmdebstrap", *bootstrap, told=sources, seconds_max=MAKE_SECONDS_MAX)
    container = buildah(folder, "from", "scratch").strip()
    buildah(folder, "add", "--quiet", container, str(archive), "/")
    buildah(folder, "commit", "--quiet", "--format=docker", container, f"docker.io/library/{BASE}")
    buildah(folder, "rm", container)
    archive.unlink()


def _download(folder: Path) -> None:
    """The packages of the lock, as the image's Python takes them."""
    systems = [*(f"manylinux_2_{minor}" for minor in GLIBC_MINORS), "manylinux1", "manylinux2010", "manylinux2014"]
    fitting = ["--only-binary=:all:", "--implementation=cp", f"--python-version={PYTHON}"]
    fitting += [f"--platform={system}_{MACHINE}" for system in systems]
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    command = [*pip, *fitting, "--dest", str(folder), "-r", str(LOCK)]
    subprocess.run(command, check=True, timeout=MAKE_SECONDS_MAX, stderr=subprocess.PIPE)


PACKAGES = Tool(
    name="buildah and mmdebstrap",
    remedy="on Debian, with the package archive in reach: apt-get update",
    folder=f"image-tools-{debian.release()}",
    fetch=debian.unpacking("buildah", "mmdebstrap", with_dependencies=True),
    fetched_with=debian.COMMANDS,
    is_demanding=True,
)
WHEELS = Tool(
    name="the packages of the image",
    remedy="let pip reach its package index",
    folder=f"image-wheels-{PYTHON}-{MACHINE}-{hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]}",
    fetch=_download,
)
IMAGES = Tool(
    name="a base for the image", remedy=REMEDY, folder=f"images-{SUITE}-{MACHINE}", fetch=_make, is_demanding=True
)


def why_not() -> str:
    """Why this machine can build and run no image; empty when it can."""
    if os.getuid() != 0:
        return "only root may"
    missing = [tool for tool in ("unshare", "pivot_root", *debian.COMMANDS) if shutil.which(tool) is None]
    if missing:
        return f"{', '.join(missing)} is not here"
    if not debian.sources(SUITE):
        return "this is no Debian"
    IMAGES.path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=IMAGES.path.parent, prefix="overlay-") as folder:
        for part in ("lower", "upper", "work", "merged"):
            (Path(folder) / part).mkdir()
        command = ["unshare", "--mount", "--pid", "--fork", "sh", "-ec", TRIED]
        tried = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    return "" if tried.returncode == 0 else tried.stderr or "no namespace is granted"


def store() -> Path:
    """The folder of images with its base in it; where it cannot be made the test is left out."""
    if why := why_not():
        left_out(WHAT, why, REMEDY)
    needs(PACKAGES)
    return needs(IMAGES)


class Image(NamedTuple):
    """What was built: `config` is what it says of itself, `container` a container of it in `images`."""

    images: Path
    container: str
    config: dict[str, Any]


@contextmanager
def built(images: Path, wheels: Path) -> Iterator[Image]:
    """The image, as long as the block lasts. What an earlier build made of the same files is used again."""
    container = f"{CONTAINER}{os.getpid()}"
    with (images / "lock").open("w") as lock, tempfile.TemporaryDirectory() as name:
        # Others may build at the same time, and what nobody uses is removed.
        fcntl.flock(lock, fcntl.LOCK_EX)
        _remove_abandoned(images)
        settings = Path(name) / "pip.conf"
        settings.write_text("[global]\nno-index = true\nfind-links = /wheels\n")
        given = [f"--volume={wheels}:/wheels:ro", f"--volume={settings}:/etc/pip.conf:ro"]
        _build(images, *given, "--target=build", f"--tag={NAME}-build")
        _build(images, *given, f"--tag={NAME}")
        buildah(images, "rmi", "--prune")
        buildah(images, "from", "--pull-never", f"--name={container}", NAME)
    try:
        config = json.loads(buildah(images, "inspect", "--type=image", NAME))["Docker"]["config"]
        yield Image(images, container, config)
    finally:
        buildah(images, "rm", container)


def _remove_abandoned(images: Path) -> None:
    """Containers whose run was ended before it removed them, or amid a build."""
    for name in buildah(images, "containers", "--format={{.ContainerName}}").split():
        owner = name.removeprefix(CONTAINER)
        if not owner.isdecimal() or not Path(f"/proc/{owner}").exists():
            buildah(images, "rm", name)


def _build(images: Path, *options: str) -> None:
    kept = ("--layers", "--pull-never", "--network=host", "--format=docker", "--quiet", f"--file={DOCKERFILE}")
    buildah(images, "build", *kept, *options, str(ROOT), seconds_max=BUILD_SECONDS_MAX)


def buildah(images: Path, *words: str, seconds_max: float = MAKE_SECONDS_MAX) -> str:
    """What buildah says to these words, asked about the store `images`."""
    places = [f"--root={images / 'store'}", f"--runroot={images / 'run'}", "--storage-driver=overlay"]
    return _laid_over("buildah", *places, *words, seconds_max=seconds_max)


def environment(**more: str) -> dict[str, str]:
    """Of what runs among $PACKAGES: no registry, no daemon, no runtime."""
    return {**os.environ, "PACKAGES": str(PACKAGES.path), "BUILDAH_ISOLATION": "chroot", "LC_ALL": "C", **more}


def _laid_over(*command: str, seconds_max: float, told: str = "") -> str:
    ran = subprocess.run(
        ["unshare", "--mount", "sh", "-ec", f'{LAID_OVER} exec "$@"', "sh", *command],
        check=True,
        env=environment(),
        input=told,
        capture_output=True,
        text=True,
        timeout=seconds_max,
    )
    return ran.stdout
