"""The unit: clean for systemd, closed as far as it can be, and what it starts works as it starts it."""

import re
import subprocess
import sys
from pathlib import Path

from syncd.web.server import TICK_SECONDS_MAX
from tests.daemon.running import ROOT, environment

UNIT = ROOT / "deploy" / "systemd" / "syncd.service"
EXPOSURE_MAX = 2.0


def analyzed(program: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([program, *words], check=False, capture_output=True, text=True, timeout=60)


def installed(folder: Path, text: str) -> Path:
    """A root folder in which the unit and what it starts are where an operator puts them."""
    program = folder / "opt" / "syncd" / "bin" / "syncd"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    unit = folder / "etc" / "systemd" / "system" / UNIT.name
    unit.parent.mkdir(parents=True)
    unit.write_text(text)
    return unit


def verified(analyze: str, folder: Path, text: str) -> subprocess.CompletedProcess[str]:
    unit = installed(folder, text)
    return analyzed(analyze, "verify", "--recursive-errors=no", "--man=no", f"--root={folder}", str(unit))


def settings(key: str) -> list[str]:
    return re.findall(rf"^{key}=(.*)$", UNIT.read_text(), re.MULTILINE)


def test_systemd_reads_every_line_of_the_unit(analyze: str, tmp_path: Path) -> None:
    ran = verified(analyze, tmp_path, UNIT.read_text())
    assert (ran.returncode, ran.stderr) == (0, "")


def test_a_misspelt_line_would_be_seen(analyze: str, tmp_path: Path) -> None:
    ran = verified(analyze, tmp_path, UNIT.read_text().replace("WatchdogSec=", "WatchDogSecs="))
    assert (ran.returncode, "WatchDogSecs" in ran.stderr) == (1, True)


def test_its_exposure_is_low(analyze: str) -> None:
    ran = analyzed(analyze, "security", "--offline=true", f"--threshold={int(EXPOSURE_MAX * 10)}", str(UNIT))
    assert ran.returncode == 0, ran.stdout
    exposure = re.search(r"exposure level for syncd.service: ([\d.]+)", ran.stdout)
    assert exposure is not None
    assert float(exposure[1]) <= EXPOSURE_MAX


def test_systemd_and_the_http_port_are_equally_patient() -> None:
    assert settings("WatchdogSec") == [f"{TICK_SECONDS_MAX:.0f}"]
    assert settings("Type") == ["notify"]


def test_the_credentials_of_the_unit_are_settings(tmp_path: Path) -> None:
    """systemd puts the file kafka__password of the folder into %d as syncd_kafka__password."""
    assert settings("LoadCredential") == ["syncd:/etc/syncd/secrets"]
    assert "SYNCD_SECRETS_DIR=%d" in settings("Environment")
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "syncd_kafka__password").write_text("5ecre7\n")
    (credentials / "syncd_client.key").write_text("a file that a setting names\n")
    example = (UNIT.parent / "syncd.toml").read_text()
    config = tmp_path / "syncd.toml"
    kafka = '\n[kafka]\nbootstrap_servers = ["broker1:9093"]\nsecurity_protocol = "SASL_SSL"\nusername = "syncd"\n'
    config.write_text(f"{example}{kafka}\n[archive]\nurl = 's3://bucket/prefix'\n")
    for secrets, code in ((credentials, 0), (tmp_path, 2)):
        ran = checked(tmp_path, SYNCD_CONFIG=str(config), SYNCD_SECRETS_DIR=str(secrets))
        assert ran.returncode == code
        assert "5ecre7" not in ran.stdout + ran.stderr
    assert "needs username and password" in ran.stderr


def test_the_example_is_a_configuration(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    example = str(UNIT.parent / "syncd.toml")
    ran = checked(tmp_path, SYNCD_CONFIG=example, SYNCD_SECRETS_DIR=str(tmp_path / "secrets"))
    assert (ran.returncode, ran.stderr) == (0, "")


def test_what_a_start_needs_and_has_not_is_said_and_ends_it(tmp_path: Path) -> None:
    for missing in ({"SYNCD_CONFIG": "/nowhere/syncd.toml"}, {"SYNCD_SECRETS_DIR": "/nowhere/secrets"}):
        ran = checked(tmp_path, **missing)
        assert (ran.returncode, len(ran.stderr.splitlines())) == (2, 1)
        assert "/nowhere" in ran.stderr


def checked(folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """`ExecStartPre`."""
    (command,) = settings("ExecStartPre")
    words = command.split()[1:]
    return subprocess.run(
        [sys.executable, "-m", "syncd", *words],
        check=False,
        cwd=folder,
        env=environment(**environ),
        capture_output=True,
        text=True,
        timeout=60,
    )
