"""Press releases of the UN: what a sanctions committee of the Security Council added, amended or removed.

The RSS has the last ten items of all UN press, which are hours on a busy day. An item is known by the symbol of its
document (`sc16444`), which one meeting has twice: its coverage and the note before it.
"""

import re
from datetime import date, timedelta

from msgspec.structs import replace

from syncd.channels.contract import ITEMS_MAX, AnnouncedAct, ChannelIndex, ItemPage, NoticeChannel, Question
from syncd.core.http_dates import of_header
from syncd.core.notices.board import ChannelRules
from syncd.core.notices.notice import Action, Expectation
from syncd.core.times import iso
from syncd.errors import DocumentRefused
from syncd.formats.pages import main_part, page_words, parsed_page
from syncd.formats.rss import rss_items

RSS = "https://press.un.org/en/rss.xml"
ACTIONS: tuple[tuple[re.Pattern[str], Action], ...] = (
    (re.compile(r"\b(?:adds?|added|addition|designates?)\b", re.IGNORECASE), "designated"),
    (re.compile(r"\b(?:removes?|removed|removal|delists?|deleted)\b", re.IGNORECASE), "delisted"),
    (re.compile(r"\b(?:amends?|amended|amendments?|updates?)\b", re.IGNORECASE), "amended"),
)
# Committee → the list's own word for its regime.
REGIMES = {
    "751": "Somalia",
    "1267": "Al-Qaida",
    "1518": "Iraq",
    "1533": "DRC",
    "1591": "Sudan",
    "1718": "DPRK",
    "1970": "Libya",
    "1988": "Taliban",
    "2048": "GB",
    "2127": "CAR",
    "2140": "Yemen",
    "2206": "SouthSudan",
    "2653": "Haiti",
    "2745": "CAR",
}
_SYMBOL = re.compile(r"/([a-z]{2,8}\d{2,8})(?:\.doc\.htm)?$")
_REFERENCE = re.compile(r"(?<![A-Za-z])[A-Z]{2,3}[ie]\.\d{3}(?!\d)")
_COMMITTEE = re.compile(r"\b(?:committee|sanctions list|sanctions measures)\b", re.IGNORECASE)
_OF_A_LIST = re.compile(r"\b(?:sanctions list|entr(?:y|ies)|consolidated list)\b", re.IGNORECASE)
_NUMBER = re.compile(r"(?<!\d)\d{3,4}(?!\d)")
LEAD_CHARACTERS_MAX = 1500
# What a lead begins with; menus of the site name other committees.
LEADS = ("Security Council Committee pursuant", "Security Council Committee")


def read_items(body: bytes, _: str) -> tuple[AnnouncedAct, ...]:
    """Return one announcement for each document's symbol in the RSS. Raises DocumentRefused when it is no RSS, or shows
    no item of UN press."""
    found: dict[str, AnnouncedAct] = {}
    for item in rss_items(body)[:ITEMS_MAX]:
        symbol = _SYMBOL.search(item.link)
        # The coverage stands before the note that announced the meeting, and says more.
        if symbol and (symbol[1] not in found or item.link.endswith(".doc.htm")):
            published = of_header(item.published)
            expects, why = _expected(item.title)
            found[symbol[1]] = AnnouncedAct(
                id=symbol[1],
                url=item.link,
                title=item.title,
                published=iso(published) if published else None,
                programmes=_regimes(item.title) if expects == "will" else (),
                action=_action(item.title) if expects == "will" else None,
                expects=expects,
                why=why,
            )
    if not found:
        raise DocumentRefused("the RSS has no item of UN press")
    return tuple(found.values())


def _expected(title: str) -> tuple[Expectation, str]:
    if _COMMITTEE.search(title) and _OF_A_LIST.search(title) and _actions(title):
        return "will", ""
    return "never", "it is not about an entry of the list"


def _actions(text: str) -> list[Action]:
    return [what for pattern, what in ACTIONS if pattern.search(text)]


def _action(text: str) -> Action | None:
    """What is done, where one thing is."""
    found = _actions(text)
    return found[0] if len(found) == 1 else None


def _regimes(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(REGIMES[one] for one in _NUMBER.findall(text) if one in REGIMES))


def page_question(item: AnnouncedAct) -> Question | None:
    """Return the question for the release itself; None for an item that is about no list."""
    return Question(url=item.url) if item.expects == "will" else None


def read_release(body: bytes, item: AnnouncedAct) -> AnnouncedAct:
    """Return `item` with the references that its release gives the entries, and with what its lead says was done.
    Raises DocumentRefused when the page speaks of no committee."""
    words = page_words(main_part(parsed_page(body)))
    if "committee" not in words.casefold():
        raise DocumentRefused("the page speaks of no committee: it was changed, or is another page")
    start = next((place for phrase in LEADS if (place := words.find(phrase)) >= 0), 0)
    lead = words[start : start + LEAD_CHARACTERS_MAX]
    return replace(
        item,
        references=tuple(dict.fromkeys(_REFERENCE.findall(words))),
        action=item.action or _action(lead),
        programmes=item.programmes or _regimes(lead),
    )


def _rss(_: date) -> Question:
    return Question(url=RSS)


CHANNEL = NoticeChannel(
    id="un_press",
    slot=2,
    title="United Nations press releases",
    jurisdiction="UN",
    authority="United Nations Security Council",
    homepage="https://press.un.org/en",
    rules=ChannelRules(id="un_press", feeds=("un_sc",), overdue_hours=(48,), names_days=2),
    indexes=(ChannelIndex(name="rss", question=_rss, read=read_items, typical_bytes=12_000, latest_only=True),),
    page=ItemPage(question=page_question, read=read_release, typical_bytes=60_000),
    interval_seconds=300,
    silence_days=timedelta(days=3).days,
    typical_items=1,
    unproven=(
        "Pages of releases were not seen; two of their leads were.",
        "The log page of the list's updates was not seen, and is not read: the RSS is the only source.",
    ),
    quirks=(
        "Ten items are hours on a busy day: what came and went while nobody asked is lost, and said (`channel_gap`).",
        "One meeting is two items, of one symbol.",
        "Most items are about no list: they are told as such, and never overdue.",
    ),
)
