"""The canonical form in three languages: the examples give every digest of the test vectors, and find a wrong one."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kafka import jars
from tests.tools import Tool, golang, needs

TOP = Path(__file__).parents[2]
EXAMPLES = TOP / "deploy" / "examples"
VECTORS = TOP / "schemas" / "digest-vectors.json"
SECONDS_MAX = 300
GO = Tool(name="Go", remedy=golang.REMEDY, runs_with=golang.COMMANDS)
JDK = Tool(name="a JDK", remedy="on Debian or Ubuntu: apt-get install openjdk-17-jdk-headless", runs_with=("javac",))


def python(folder: Path) -> list[str]:
    return [sys.executable, str(EXAMPLES / "digest.py")]


def java(folder: Path) -> list[str]:
    needs(JDK)
    return ["java", "-XX:TieredStopAtLevel=1", "-cp", f"{needs(jars.BROKER)}/*", str(EXAMPLES / "Digest.java")]


def go(folder: Path) -> list[str]:
    needs(GO)
    program = folder / "digest"
    sources = shutil.copytree(EXAMPLES / "digest", folder / "sources")
    build = ["go", "build", "-mod=readonly", "-o", str(program), "."]
    subprocess.run(build, cwd=sources, check=True, timeout=SECONDS_MAX, capture_output=True)
    return [str(program)]


@pytest.mark.parametrize("language", [python, java, go], ids=lambda one: one.__name__)
def test_an_example_computes_every_digest_and_finds_a_wrong_one(language, tmp_path: Path) -> None:
    command = language(tmp_path)
    vectors = json.loads(VECTORS.read_text(encoding="utf-8"))
    count = len(vectors["records"]) + len(vectors["lists"])
    ran = subprocess.run([*command, str(VECTORS)], capture_output=True, text=True, timeout=SECONDS_MAX, check=False)
    assert (ran.returncode, ran.stdout) == (0, f"{count} of {count} digests are right\n")
    vectors["records"][3]["digest"] = "0" * 64
    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps(vectors), encoding="utf-8")
    ran = subprocess.run([*command, str(wrong)], capture_output=True, text=True, timeout=SECONDS_MAX, check=False)
    assert ran.returncode == 1
    assert vectors["records"][3]["shows"] in ran.stdout
    assert f"{count - 1} of {count} digests are right" in ran.stdout
