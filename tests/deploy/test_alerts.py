"""What promtool says of the alerts: the rules are sound, and each fires when it should and not when it should not."""

import subprocess
from pathlib import Path

from tests.observe.rules import ALERTS, RULE_TESTS


def told(promtool: Path, *words: str | Path) -> tuple[int, str]:
    ran = subprocess.run([promtool, *words], capture_output=True, text=True, check=False, timeout=60)
    return ran.returncode, ran.stdout + ran.stderr


def test_the_rules_are_sound(promtool: Path) -> None:
    code, said = told(promtool, "check", "rules", "--lint-fatal", ALERTS)
    assert code == 0, said


def test_the_alerts_fire_when_they_should_and_do_not_when_they_should_not(promtool: Path) -> None:
    code, said = told(promtool, "test", "rules", RULE_TESTS)
    assert code == 0, said


def test_the_rule_tests_notice_an_alert_that_never_fires(promtool: Path, tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / RULE_TESTS.name).write_text(RULE_TESTS.read_text())
    (tmp_path / ALERTS.name).write_text(
        ALERTS.read_text().replace("syncd_feed_stopped) == 1", "syncd_feed_stopped) == 2")
    )
    code, said = told(promtool, "test", "rules", tmp_path / "tests" / RULE_TESTS.name)
    assert code != 0
    assert "SyncdFeedStopped" in said
