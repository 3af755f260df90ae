"""What every channel keeps, and what each reads of its golden answers."""

import json
from datetime import date
from urllib.parse import urlsplit

import msgspec
import pytest

from syncd.channels import all_channels, slots_by_channel
from syncd.channels.contract import NoticeChannel
from syncd.core.partitions import NOTICE_SLOTS, RETIRED_SLOTS
from syncd.errors import DocumentRefused
from syncd.feeds import all_feeds
from tests.channels import documents
from tests.channels.documents import Answer
from tests.house.test_partitions import faults_of

every_channel = pytest.mark.parametrize("channel", all_channels().values(), ids=lambda one: one.id)
every_answer = pytest.mark.parametrize(
    "answer", documents.answers(), ids=lambda one: f"{one.channel.id}/{one.path.name}"
)

FROZEN = {"us_ofac_actions": 0, "eu_oj": 1, "un_press": 2, "au_dfat_news": 3, "us_fr": 4, "uk_govuk": 5}
NOT_AN_ANSWER = {
    "nothing": b"",
    "blanks": b"  \n",
    "a notice of maintenance": b"<!DOCTYPE html><html><head><title>Maintenance</title></head><body>Soon</body></html>",
    "an error in JSON": b'{"status": 500, "error": "Internal Server Error"}',
    "a JSON array": b"[1, 2]",
    "another XML document": b"<?xml version='1.0'?><list><entry/></list>",
    "bytes": bytes(range(256)) * 4,
    "JSON nested deeper than any": b'{"results":' * 2_000 + b"1" + b"}" * 2_000,
}
BYTES_A_DAY_MAX = 50_000_000


def test_slots_are_append_only_and_lie_within_the_topic() -> None:
    assert faults_of(slots_by_channel(), RETIRED_SLOTS, FROZEN) == []
    assert all(0 <= slot < NOTICE_SLOTS for slot in slots_by_channel().values())


@every_channel
def test_a_channel_states_what_it_rests_on(channel: NoticeChannel) -> None:
    assert channel.id == channel.rules.id
    assert set(channel.rules.feeds) <= set(all_feeds())
    assert channel.title and channel.authority and channel.quirks
    assert all(one.endswith(".") for one in (*channel.quirks, *channel.unproven))
    # No channel was ever asked by syncd itself.
    assert channel.unproven and channel.evidence != "full"
    assert list(channel.rules.overdue_hours) == sorted(set(channel.rules.overdue_hours))
    assert 0 < channel.silence_days <= 60
    assert 60 <= channel.interval_seconds <= 900


@every_channel
def test_the_questions_of_a_channel_are_bounded(channel: NoticeChannel) -> None:
    questions = [index.question(date(2029, 3, 12)) for index in channel.indexes]
    questions += [channel.gate] if channel.gate else []
    for question in questions:
        assert urlsplit(question.url).scheme == "https"
        assert len(question.url) < 2000
        assert 0 < question.bytes_max <= 20_000_000
        assert bool(question.body) == bool(question.content_type)
    assert all(0 < index.typical_bytes < 4_000_000 for index in channel.indexes)


def test_all_channels_together_cost_few_bytes_a_day() -> None:
    assert sum(channel.bytes_a_day for channel in all_channels().values()) < BYTES_A_DAY_MAX


@every_channel
def test_a_golden_answer_gives_its_announcements(channel: NoticeChannel, request: pytest.FixtureRequest) -> None:
    found = [
        {"answer": answer.path.name, **msgspec.to_builtins(one)}
        for answer in documents.answers()
        if answer.channel is channel
        for one in answer.read()
    ]
    path = documents.GOLDEN / channel.id / documents.EXPECTED
    if request.config.getoption("--rewrite-golden"):
        path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in found), encoding="utf-8")
    expected = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert json.loads(json.dumps(found)) == expected


@every_answer
@pytest.mark.parametrize("body", NOT_AN_ANSWER.values(), ids=NOT_AN_ANSWER)
def test_what_is_not_the_answer_is_refused(answer: Answer, body: bytes) -> None:
    """A page of news that is empty, and one that says nothing of what it should, are not "nothing new"."""
    with pytest.raises(DocumentRefused):
        answer.read(body)


@every_answer
def test_an_answer_cut_anywhere_is_refused_or_read(answer: Answer) -> None:
    body = answer.path.read_bytes()
    for share in range(1, 10):
        try:
            answer.read(body[: len(body) * share // 10])
        except DocumentRefused:
            continue


@every_answer
def test_bytes_of_each_request_are_no_part_of_an_announcement(answer: Answer) -> None:
    if answer.path.suffix != ".html":
        return
    body = answer.path.read_bytes()
    served = body.replace(b"<body>", b"<body><script>window.nonce='7c1'</script><div id=\"nonce\">9a2b</div>", 1)
    assert served != body
    assert answer.read(served) == answer.read(body)
