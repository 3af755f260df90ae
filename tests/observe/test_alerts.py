"""Every alert says what to do, speaks of metrics that exist, and is tested both ways."""

import re
from typing import Any

import pytest
import yaml

from tests.observe.rules import ALERTS, DEPLOY, RULE_TESTS, alerts, unknown_metrics

each = pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert["alert"])
RUNBOOK = DEPLOY / "prometheus" / "README.md"


@each
def test_an_alert_says_what_happened_what_to_do_and_where_more_stands(alert: dict[str, Any]) -> None:
    said = alert["annotations"]
    assert set(said) == {"summary", "description", "runbook_url"}
    assert len(said["description"].split(". ")) >= 2
    assert alert["labels"]["severity"] in {"critical", "warning"}
    assert said["runbook_url"] == f"{RUNBOOK.relative_to(DEPLOY.parent)}#{alert['alert'].lower()}"


def test_the_runbook_says_of_each_alert_what_to_do_and_of_nothing_else() -> None:
    said = dict(re.findall(r"^### (\w+)\n(.+)$", RUNBOOK.read_text().partition("\n## Alerts\n")[2], re.MULTILINE))
    assert list(said) == [alert["alert"] for alert in alerts()]


@each
def test_an_alert_speaks_of_metrics_that_there_are(alert: dict[str, Any]) -> None:
    assert unknown_metrics(alert["expr"]) == set()
    assert re.search(r"\b(syncd_|up\b)", alert["expr"])


@each
def test_an_alert_has_a_test_in_which_it_fires_and_one_in_which_it_does_not(alert: dict[str, Any]) -> None:
    tests = [one for test in yaml.safe_load(RULE_TESTS.read_text())["tests"] for one in test["alert_rule_test"]]
    outcomes = {bool(one.get("exp_alerts")) for one in tests if one["alertname"] == alert["alert"]}
    assert outcomes == {True, False}


def test_every_alert_has_a_name_of_its_own() -> None:
    names = re.findall(r"alert: (\w+)", ALERTS.read_text())
    assert len(names) == len(set(names)) == len(alerts())


def test_the_alert_on_a_hold_names_it_and_the_commands() -> None:
    (alert,) = (one for one in alerts() if one["alert"] == "SyncdHoldWaits")
    said = alert["annotations"]["description"]
    assert all(command in said for command in ("syncd held", "release {{ $labels.hold }}", "reject {{ $labels.hold }}"))
