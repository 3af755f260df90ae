"""A SQLite ledger with a folder needs neither Kafka's packages nor those of object stores; what does, says which."""

import os
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.intake.watch import document

ROOT = Path(__file__).parents[2]
EXTRAS = ("aiokafka", "cramjam", "fastavro", "obstore")
# An interpreter in which these packages are not installed.
WITHOUT = f"""
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {EXTRAS}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Absent())
from syncd.cli import main
main()
"""
NEEDED: Mapping[str, tuple[tuple[str, ...], dict[str, str], str]] = {
    "kafka": (("status",), {"SYNCD_KAFKA__BOOTSTRAP_SERVERS": "127.0.0.1:9"}, "syncd[kafka]"),
    "objects": (("replay", "un_sc", "documents"), {"SYNCD_ARCHIVE__URL": "s3://bucket/prefix"}, "syncd[objects]"),
}


def ran(folder: Path, *words: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **settings}
    command = [sys.executable, "-c", WITHOUT, *words]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "1.xml").write_bytes(document("un_sc"))
    (tmp_path / "syncd.toml").write_text("feeds.un_sc.records_min = 1\n")
    return tmp_path


def test_sqlite_and_a_folder_need_none_of_them(folder: Path) -> None:
    done = ran(folder, "replay", "un_sc", "documents")
    assert (done.returncode, '"result":"committed"' in done.stdout) == (0, True), done.stderr


@pytest.mark.parametrize("extra", NEEDED)
def test_a_missing_extra_is_named_with_what_installs_it(folder: Path, extra: str) -> None:
    words, settings, said = NEEDED[extra]
    done = ran(folder, *words, **settings)
    assert (done.returncode, said in done.stderr, "Traceback" in done.stderr) == (2, True, False), done.stderr


def test_all_extras_are_in_the_locked_environment() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    assert extras["all"] == [f"syncd[{','.join(sorted(extras.keys() - {'all', 'build', 'dev'}))}]"]
    locked = (ROOT / "deploy" / "requirements.lock").read_text()
    for name in EXTRAS:
        assert f"\n{name}==" in locked, name
        assert not any(one.startswith(name) for one in project["dependencies"]), name
