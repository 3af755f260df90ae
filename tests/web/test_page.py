import base64
import hashlib
import re
from html.parser import HTMLParser

import msgspec
import pytest

from syncd.core.state import FeedState, Hold
from syncd.observe.status import STATUSES, Facts, FeedStatus, feed_status
from syncd.web.page import CONTENT_SECURITY_POLICY, render

NOW = "2031-04-02T12:00:00Z"
STATE = FeedState(
    feed="un_sc",
    commit=1234,
    sequence=56789,
    ledger_records=1002,
    ledger_digest="0123456789abcdef" * 4,
    committed_at="2031-03-31T12:00:00Z",
)
FACTS = Facts(
    interval_seconds=60, title="Consolidated List", evidence="shape", checked_at="2031-04-02T11:59:30Z", source="xml"
)
VOID = {"meta", "link", "br", "hr", "img", "input"}


class Outline(HTMLParser):
    """Reads a page: tags must nest; keeps the text of each card, and all attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.cards: dict[str, str] = {}
        self._card = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "article":
            self._card = dict(attrs)["id"] or ""

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        if tag == "article":
            self._card = ""

    def handle_data(self, data: str) -> None:
        if self._card:
            self.cards[self._card] = " ".join(f"{self.cards.get(self._card, '')} {data}".split())


def read(*statuses: FeedStatus, standby: bool = False) -> Outline:
    outline = Outline()
    outline.feed(render(statuses, version="1.2.3", standby=standby))
    outline.close()
    assert outline.open == []
    return outline


def status(state: FeedState = STATE, **facts: object) -> FeedStatus:
    return feed_status(state, msgspec.structs.replace(FACTS, **facts), NOW)


def test_a_card_says_what_a_person_wants_to_know():
    assert read(status()).cards["un_sc"] == (
        "un_sc Consolidated List ✓ ok Last checked 30 s ago Last changed 2 days ago Records 1,002"
        " Commit 1,234 (sequence 56,789) Digest 0123456789ab … Source xml"
        " Evidence shape: The form of the document is known, with invented or rebuilt content."
    ).replace("ab …", "ab…")


def test_a_failure_stays_visible_after_the_recovery():
    card = read(status(why="timed out", failed_at="2031-04-02T09:00:00Z")).cards["un_sc"]
    assert "✓ ok" in card
    assert "Last failure 3 hours ago , recovered since: timed out" in card


def test_a_failing_feed_says_how_often_and_why():
    card = read(status(failures=4, why="404 from the publisher", failed_at="2031-04-02T11:59:00Z")).cards["un_sc"]
    assert "✗ failing" in card
    assert "Last failure 1 minute ago , 4 in a row: 404 from the publisher" in card


def test_a_hold_is_shown_with_its_id_which_a_release_needs():
    hold = Hold(id="k3zq4v", kind="removals", keys=("a",) * 520, since="2031-04-01T12:00:00Z", why="many", document="")
    card = read(status(msgspec.structs.replace(STATE, holds=(hold,)))).cards["un_sc"]
    assert "⏸ held" in card
    assert "Hold k3zq4v , 520 keys, 1 day ago : many" in card


@pytest.mark.parametrize("word", STATUSES)
def test_a_status_is_words_and_not_only_a_colour(word: str):
    shown = msgspec.structs.replace(status(), status=word)
    assert word.removesuffix("ing") in read(shown).cards["un_sc"].replace("making its baseline", "baselining")


def test_what_needs_a_person_comes_first():
    feeds = {
        "c_ok": status(msgspec.structs.replace(STATE, feed="c_ok")),
        "b_paused": status(msgspec.structs.replace(STATE, feed="b_paused", paused="ann")),
        "d_failing": status(msgspec.structs.replace(STATE, feed="d_failing"), failures=1, why="x"),
        "a_ok": status(msgspec.structs.replace(STATE, feed="a_ok")),
    }
    assert list(read(*feeds.values()).cards) == ["d_failing", "b_paused", "a_ok", "c_ok"]


def test_text_of_publishers_and_operators_cannot_become_markup():
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&"
    hold = Hold(id=evil, kind="removals", keys=("a",), since=NOW, why=evil, document="")
    state = msgspec.structs.replace(STATE, holds=(hold,), paused=evil, ledger_digest=evil)
    outline = read(status(state, why=evil, title=evil, source=evil, failed_at=NOW))
    assert not {"script", "img"} & {tag for tag, _ in outline.tags}
    assert not any(name.startswith("on") for _, attributes in outline.tags for name in attributes)


def test_the_page_loads_nothing_and_its_policy_allows_its_own_style_only():
    page = render([status()], version="1.2.3", standby=False)
    style = re.search("<style>(.*?)</style>", page, re.DOTALL)
    assert style is not None
    assert "'sha256-" + base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode() in CONTENT_SECURITY_POLICY
    loaded = [values for _, values in read(status()).tags if {"src", "style"} & values.keys()]
    assert loaded == []
    assert "http://" not in page
    assert "https://" not in page


def test_the_page_fits_a_phone_and_has_a_language_and_a_title():
    outline = read(status())
    assert ("html", {"lang": "en"}) in outline.tags
    assert ("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}) in outline.tags
    assert "<title>syncd: ok</title>" in render([status()], version="", standby=False)
    assert "<title>syncd: 1 of 2 not ok</title>" in render(
        [status(), status(failures=1, why="x")], version="", standby=False
    )


def test_a_feed_that_was_never_checked_says_never():
    assert (
        "Last checked never Last changed never" in read(status(FeedState(feed="un_sc"), checked_at="")).cards["un_sc"]
    )


def test_a_page_without_feeds_says_so():
    assert "No feed is enabled." in render([], version="1.2.3", standby=False)


def test_a_replica_that_stands_by_says_so():
    assert "Standing by: another replica is active." in render([status()], version="1.2.3", standby=True)


def test_a_long_reason_does_not_fill_the_page():
    assert len(render([status(failures=1, why="x" * 100_000)], version="", standby=False)) < 10_000
