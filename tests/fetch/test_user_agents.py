"""Who asks is said in the form of a browser, and plainly to a publisher that refuses browsers."""

from datetime import date

from syncd.core.state import Validators
from syncd.feeds import all_feeds
from syncd.feeds.contract import Gate, GateAnswer
from tests.fetch.asking import Reading
from tests.fetch.documents import LIST


async def test_a_source_that_asks_for_it_is_asked_plainly(reading: Reading) -> None:
    reading.site.put("/list.xml", LIST)
    await reading.document("/list.xml")
    await reading.document("/list.xml", user_agent="plain")
    browser, plain = (one.headers["user-agent"] for one in reading.site.asked("/list.xml"))
    assert browser.startswith("Mozilla/5.0 (compatible; syncd/")
    assert plain.startswith("syncd/")
    assert "Mozilla" not in plain
    assert plain.endswith("(+https://bank.example/syncd)")


async def test_a_gate_bears_its_own_name_and_headers(reading: Reading) -> None:
    reading.site.put("/gate", b"token")
    gate = Gate(
        url=reading.site.url("/gate"),
        read=lambda body, _: GateAnswer(token=body.decode()),
        user_agent="plain",
        sends={"Accept-Language": "en"},
    )
    await reading.fetcher.gate(gate, Validators(), today=date(2031, 1, 1))
    (asked,) = reading.site.asked("/gate")
    assert asked.headers["user-agent"].startswith("syncd/")
    assert asked.headers["accept-language"] == "en"


async def test_the_headers_of_a_source_go_to_no_other_host(reading: Reading) -> None:
    reading.site.put("/storage/list.xml", LIST)
    elsewhere = reading.site.url("/storage/list.xml").replace("localhost", "127.0.0.1")
    reading.site.redirect("/list.xml", elsewhere)
    await reading.document("/list.xml", sends={"apikey": "public"})
    assert [one.headers.get("apikey") for one in reading.site.requests] == ["public", None]


def test_the_gates_of_a_source_are_asked_as_the_source_is() -> None:
    for feed in all_feeds().values():
        for source in feed.sources:
            assert {gate.user_agent for gate in source.gates} <= {source.user_agent}, feed.id
