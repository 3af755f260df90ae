"""A real syncd, watched by a real Prometheus with the alerts and the queries that syncd comes with."""

import asyncio
import json
import math
import subprocess
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from msgspec.structs import replace

from syncd.demo.targets import BASELINES, Called, InventedTarget
from tests.daemon.running import eventually
from tests.deploy.served import Scene, scene
from tests.observe.rules import DEPLOY, unknown_metrics

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("prometheus")]

DASHBOARD = json.loads((DEPLOY / "grafana" / "syncd.json").read_text())
# Three intervals and a minute until the feed is stale, a minute until the alert fires, and as long again for the rest.
ALERT_SECONDS_MAX = 250.0
# What is in no metric as long as nothing of the kind has happened.
NOTHING_YET = {"syncd_consumer_lag_changes": "there is no consumer group without Kafka"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("watched")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def watched(folder: Path, prometheus: Path) -> AsyncIterator[Scene]:
    """After baselines, some designations, failures, and a mass removal that is held."""
    async with scene(folder, prometheus) as at_work:
        us, un = BASELINES["us_ofac_sdn"], BASELINES["un_sc"]
        await at_work.publish("us_ofac_sdn", us[:-1])
        await at_work.publish("us_ofac_sdn", us)
        await at_work.publish("un_sc", un[:-1])
        # A rate needs two: the series begins with the first.
        await at_work.publish("un_sc", [*un, designated_today(198)])
        await at_work.seen("syncd_effective_to_committed_seconds_count")
        await at_work.publish("un_sc", [*un, designated_today(198), designated_today(199)])
        at_work.site.serve_badly("uk_sl", "error")
        await at_work.seen('syncd_poll_failures_total{feed="uk_sl"} > 1')
        at_work.site.serve_well("uk_sl")
        at_work.site.publish("us_ofac_sdn", us[:-20])
        await at_work.seen('syncd_hold_placed_timestamp_seconds{feed="us_ofac_sdn"}')
        yield at_work


def designated_today(number: int) -> InventedTarget:
    """Somebody new. A designation of long ago that comes only now is back-dated, and says nothing of delays."""
    today = datetime.now(UTC).date().isoformat()
    name = Called(f"Neverseen-{number}", "Nobody")
    return replace(BASELINES["un_sc"][0], number=number, name=name, designated=today)


def queries() -> Iterator[tuple[str, str]]:
    for panel in DASHBOARD["panels"]:
        for target in panel.get("targets", ()):
            yield panel["title"], target["expr"]


async def test_every_query_of_the_dashboard_has_an_answer(watched: Scene) -> None:
    for title, query in queries():
        values = await watched.prometheus.values(query.replace("$feed", ".+"))
        if not any(name in query for name in NOTHING_YET):
            assert values, f"{title}: {query}"
        assert not values or not all(math.isnan(value) for value in values), f"{title}: {query}"


async def test_the_dashboard_asks_for_metrics_that_there_are(watched: Scene) -> None:
    exposed = set(await watched.prometheus.ask("label/__name__/values"))
    for title, query in queries():
        assert unknown_metrics(query) == set(), title
        assert any(name in query for name in exposed | NOTHING_YET.keys()), title


async def test_the_choice_of_feeds_on_the_dashboard_is_that_of_the_daemon(watched: Scene) -> None:
    (variable,) = (one for one in DASHBOARD["templating"]["list"] if one["name"] == "feed")
    assert variable["query"]["query"] == "label_values(syncd_feed_interval_seconds, feed)"
    feeds = await watched.prometheus.ask("label/feed/values", **{"match[]": "syncd_feed_interval_seconds"})
    assert feeds == sorted(BASELINES)


async def test_promtool_has_nothing_to_say_against_what_a_daemon_at_work_exposes(
    watched: Scene, promtool: Path
) -> None:
    exposed = (await watched.daemon.get("/metrics")).content
    checked = await asyncio.to_thread(
        subprocess.run, [promtool, "check", "metrics"], input=exposed, capture_output=True, check=False, timeout=60
    )
    assert (checked.returncode, checked.stderr.decode()) == (0, "")


async def test_what_is_exposed_names_no_target(watched: Scene) -> None:
    exposed = (await watched.daemon.get("/metrics")).text.upper()
    names = {target.name.family.upper() for targets in BASELINES.values() for target in targets}
    assert names
    assert not {name for name in names if name in exposed}


async def test_the_rules_are_evaluated_without_an_error(watched: Scene) -> None:
    (group,) = (await watched.prometheus.ask("rules"))["groups"]
    assert {(rule["name"], rule["health"], rule.get("lastError")) for rule in group["rules"]} == {
        (rule["name"], "ok", None) for rule in group["rules"]
    }


async def test_a_silent_publisher_fires_the_alert_on_its_feed_alone(watched: Scene) -> None:
    """A publisher that stops answering makes the alert on its feed fire and no other."""
    assert ("SyncdFeedStale", "un_sc") not in await watched.prometheus.firing()
    watched.site.serve_badly("un_sc", "hang_up")

    async def fires() -> bool:
        return ("SyncdFeedStale", "un_sc") in await watched.prometheus.firing()

    await eventually(fires, ALERT_SECONDS_MAX)
    assert {feed for name, feed in await watched.prometheus.firing() if name == "SyncdFeedStale"} == {"un_sc"}


def panels() -> list[dict[str, Any]]:
    return [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]


async def test_every_panel_says_what_it_shows_and_has_a_place_of_its_own() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, panel["title"]
        assert at["x"] + at["w"] <= 24
        taken |= cells
    assert all(panel["title"] and panel["description"].endswith(".") for panel in panels())
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
