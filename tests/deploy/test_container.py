"""The image, as far as it can be proven without a container engine, and so on any machine.

Not run here: `docker build`, and what only it does, which is to pull the base image and to make the user in it
(`test_image.py` builds the image, where mounting is granted). Run is each build step, on the files that the build
would be given, and then what the image would start: as another user, on code that this user cannot write, with the
image's own environment and health check.
"""

import asyncio
import os
import shlex
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import Struct

from syncd import __version__
from syncd.config import HttpSettings
from tests.daemon.running import ROOT, eventually, free_port
from tests.deploy.dockerfile import Instruction, stages

DOCKERFILE = ROOT / "deploy" / "Dockerfile"
BUILD, FINAL = stages(DOCKERFILE)
INSTALLED = "/opt/syncd"
USER = 10_001
STEP_SECONDS_MAX = 600


def of(stage: list[Instruction], word: str) -> list[Instruction]:
    return [one for one in stage if one.word == word]


def only(stage: list[Instruction], word: str) -> Instruction:
    (one,) = of(stage, word)
    return one


def context(into: Path) -> None:
    """What the build is given: the tree without what `.dockerignore` leaves out."""
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    assert lines[0] == "*"
    assert lines[-1] == "**/__pycache__"
    kept = [line.removeprefix("!") for line in lines[1:-1]]
    assert all(line.startswith("!") for line in lines[1:-1])
    for name in kept:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, into / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            (into / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, into / name)


class Image(Struct, frozen=True):
    """What was built: `root` stands for the image's `/`."""

    root: Path

    def here(self, text: str) -> str:
        return text.replace(INSTALLED, f"{self.root}{INSTALLED}")

    @property
    def environ(self) -> dict[str, str]:
        """No more than the image has."""
        own = only(FINAL, "ENV").pairs
        return {name: self.here(value) for name, value in own.items()} | {"NO_PROXY": "*"}

    def command(self, words: list[str]) -> list[str]:
        """As the image's user, where whoever tests may become it."""
        program = shutil.which(words[0], path=self.environ["PATH"])
        assert program is not None
        become = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups"] if os.getuid() == 0 else []
        return [*become, program, *words[1:]]

    def run(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(list(words)),
            check=False,
            cwd=self.state,
            env=self.environ | more,
            capture_output=True,
            text=True,
            timeout=60,
        )

    @property
    def state(self) -> Path:
        return self.root / only(FINAL, "WORKDIR").rest.lstrip("/")


@pytest.fixture(scope="module")
def image() -> Iterator[Image]:
    """Not in pytest's folder, which other users may not enter."""
    with tempfile.TemporaryDirectory(prefix="syncd-image-") as name:
        image = Image(Path(name))
        image.root.chmod(0o755)
        source = image.root / "context"
        source.mkdir()
        context(source)
        work = image.root / only(BUILD, "WORKDIR").rest.lstrip("/")
        for step in BUILD:
            _build(step, image, source, work)
        state = image.state
        state.mkdir(parents=True)
        if os.getuid() == 0:
            os.chown(state, USER, USER)
        for path in (image.root / INSTALLED.lstrip("/")).rglob("*"):
            if not path.is_symlink():
                path.chmod(path.stat().st_mode & ~(stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH))
        yield image


def _build(step: Instruction, image: Image, source: Path, work: Path) -> None:
    if step.word == "WORKDIR":
        work.mkdir(parents=True)
    if step.word == "COPY":
        *names, target = shlex.split(step.rest)
        for name in names:
            if (source / name).is_dir():
                shutil.copytree(source / name, work / target)
            else:
                shutil.copy(source / name, work / target)
    if step.word == "RUN":
        environ = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        command = ["sh", "-ec", image.here(step.rest)]
        subprocess.run(command, check=True, cwd=work, env=environ, stdout=subprocess.DEVNULL, timeout=STEP_SECONDS_MAX)


def test_every_file_that_is_copied_exists_and_is_in_the_context(tmp_path: Path) -> None:
    context(tmp_path)
    for step in of(BUILD, "COPY"):
        *names, _ = shlex.split(step.rest)
        assert all((tmp_path / name).exists() for name in names)
    assert only(FINAL, "COPY").rest == f"--from=build {INSTALLED} {INSTALLED}"
    assert BUILD[0].rest.endswith(" AS build")
    copied = {name for step in of(BUILD, "COPY") for name in shlex.split(step.rest)[:-1]}
    given = {path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()}
    beside = {path for path in given if not any(path.is_relative_to(name) for name in copied)}
    assert beside == set(), "the build is given what it does not copy"


def test_both_stages_stand_on_one_slim_python() -> None:
    base, _, _ = BUILD[0].rest.partition(" AS ")
    assert FINAL[0].rest == base
    assert "slim" in base


def test_nothing_is_installed_without_a_hash() -> None:
    installs = [step.rest for step in of(BUILD, "RUN") if "pip install" in step.rest or "pip wheel" in step.rest]
    assert installs
    assert all("--require-hashes" in step or "--no-deps" in step for step in installs)


def test_it_runs_as_nobody_in_particular_and_says_what_it_is() -> None:
    assert only(FINAL, "USER").rest == f"{USER}:{USER}"
    assert f"--uid {USER}" in only(FINAL, "RUN").rest
    after = [step.word for step in FINAL[FINAL.index(only(FINAL, "USER")) :]]
    assert "RUN" not in after
    assert "COPY" not in after
    assert only(FINAL, "ENTRYPOINT").exec_form == ["syncd"]
    assert only(FINAL, "CMD").exec_form == ["run"]
    assert only(FINAL, "EXPOSE").rest == str(HttpSettings().port)
    assert only(FINAL, "STOPSIGNAL").rest == "SIGTERM"
    assert only(FINAL, "LABEL").pairs["org.opencontainers.image.licenses"] == "Apache-2.0"


def test_what_was_built_starts_as_another_user_on_code_that_it_cannot_write(image: Image) -> None:
    version = image.run("syncd", "--version")
    assert (version.returncode, version.stdout.strip()) == (0, f"syncd, version {__version__}")
    checked = image.run("syncd", "check-config")
    assert (checked.returncode, checked.stderr) == (0, "")
    refused = image.run("syncd", "check-config", SYNCD_FETCH__PROXI="x")
    assert refused.returncode == 2
    written = image.run("python", "-c", f"open('{image.root}{INSTALLED}/lib/x', 'w')")
    assert written.returncode == 1


def test_nothing_in_it_installs_or_builds(image: Image) -> None:
    for module in ("pip", "setuptools", "hatchling", "editables"):
        assert image.run("python", "-c", f"import {module}").returncode == 1
    left = {path.name for path in (image.root / INSTALLED.lstrip("/") / "bin").iterdir()}
    assert not {name for name in left if name.startswith(("pip", "hatchling"))}


async def test_the_health_check_passes_while_it_runs_and_fails_when_it_does_not(image: Image) -> None:
    port = str(free_port())
    words = [*only(FINAL, "ENTRYPOINT").exec_form, *only(FINAL, "CMD").exec_form]
    health = only(FINAL, "HEALTHCHECK").rest.partition("CMD ")[2]
    check = Instruction("CMD", health).exec_form

    async def is_well() -> bool:
        return (await asyncio.to_thread(image.run, *check, SYNCD_HTTP__PORT=port)).returncode == 0

    assert not await is_well()
    process = await asyncio.create_subprocess_exec(
        *image.command(words),
        cwd=image.state,
        env=image.environ
        | {"SYNCD_HTTP__PORT": port, "SYNCD_FEEDS__ENABLE": "un_sc", "HTTPS_PROXY": "http://127.0.0.1:9"},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        await eventually(is_well)
        process.terminate()
        _, said = await process.communicate()
        assert process.returncode == 0, said.decode()
    finally:
        if process.returncode is None:
            process.kill()
    assert (image.state / "syncd.db").exists()
