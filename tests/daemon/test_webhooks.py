"""A receiver beside the real daemon: killed at any moment, it has had every change of its list, in order."""

from pathlib import Path
from typing import Any

from syncd.demo.changing import ChangingLists
from syncd.demo.site import PublishersSite
from tests.daemon.conftest import QUICK
from tests.daemon.running import configured, eventually, running, syncd
from tests.site import Site
from tests.workers.test_webhooks import SECRET, Receiver

FEED = "un_sc"


def in_order(events: list[dict[str, Any]]) -> list[int]:
    """The sequences as they were first taken."""
    return list(dict.fromkeys(event["data"]["sequence"] for event in events))


def act(changing: ChangingLists) -> None:
    """Let authorities act until a record of our list has changed."""
    while (done := changing.step()).feed != FEED or not done.key:
        pass


async def test_a_receiver_misses_nothing_through_a_kill(publishers: PublishersSite, tmp_path: Path) -> None:
    changing = ChangingLists(publishers, seed=11)
    changing.begin()
    async with Site() as site:
        receiver = Receiver(site)
        configured(
            tmp_path,
            publishers.settings(**QUICK) | {"enable": [FEED]},
            secrets_dir="secrets",
            webhooks={"bank": {"url": receiver.url, "feeds": [FEED], "begin": "first"}},
        )
        (tmp_path / "secrets").mkdir()
        (tmp_path / "secrets" / "webhooks__bank__secret").write_text(SECRET)
        for _ in range(2):
            async with running(tmp_path) as daemon:
                await eventually(lambda at=daemon: at.metric(f'syncd_feed_sequence{{feed="{FEED}"}}'))
                before = len(receiver.taken)
                act(changing)
                await receiver.until(lambda least=before: len(receiver.taken) > least)
                daemon.process.kill()
                await daemon.process.wait()
        async with running(tmp_path):
            told = [line["data"] for line in (await syncd(tmp_path, "tail", FEED)).lines]
            wanted = [change["sequence"] for change in told if change["type"] != "baselined"]
            await receiver.until(lambda: len(in_order(receiver.taken)) >= len(wanted))
    assert wanted
    assert in_order(receiver.taken) == wanted
