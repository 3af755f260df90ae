"""News of Australia's DFAT: who was listed, under which instrument, and the references that the list gives them.

The address of its feed is not verified; the page of news is read. The title of the instrument is letter for letter the
one in the list.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from functools import lru_cache
from urllib.parse import urljoin

from lxml import etree
from msgspec.structs import replace

from syncd.channels.contract import ITEMS_MAX, AnnouncedAct, ChannelIndex, ItemPage, NoticeChannel, Question
from syncd.core.notices.board import ChannelRules
from syncd.core.notices.bounds import REFERENCES_MAX
from syncd.core.notices.notice import Action, NamedParty
from syncd.errors import DocumentRefused
from syncd.formats.pages import lines_of, main_part, page_words, parsed_page

HOME = "https://www.dfat.gov.au/news/news"
_SLUG = re.compile(r"/news/news/([a-z0-9][a-z0-9-]{4,200})$")
_LISTED = re.compile(r"\b(?:sanction|listed|listing|delist|consolidated list)", re.IGNORECASE)
_RANGE = re.compile(r"references? (\d{1,6})[a-z]? (?:to|-|–) (\d{1,6})[a-z]?\b", re.IGNORECASE)
_INSTRUMENT = re.compile(
    r"(?:Autonomous Sanctions|Charter of the United Nations) "
    r"\([^;]{3,300}? (?:Instrument|List|Regulations?) \d{4}(?!\d)"
)
_DAY = re.compile(r"(?<!\d)\d{1,2} [A-Z][a-z]{2,8} \d{4}(?!\d)")
_REMOVED = re.compile(r"\b(?:delist(?:ed|ing)|removed|revoked)\b", re.IGNORECASE)
_HEADING = re.compile(r"^listed (?:persons?|entit(?:y|ies)|vessels?)", re.IGNORECASE)
NAME_CHARACTERS_MAX = 200
AROUND_MAX = 200


def read_news(body: bytes, url: str) -> tuple[AnnouncedAct, ...]:
    """Return the news about sanctions on the page. Raises DocumentRefused when it has no news at all."""
    found: dict[str, AnnouncedAct] = {}
    any_news = False
    # What stands around many links is read once.
    words = lru_cache(maxsize=16)(page_words)
    for anchor in parsed_page(body).iter("a"):
        slug, title = _SLUG.search(anchor.get("href") or ""), page_words(anchor)
        any_news = any_news or bool(slug)
        if not slug or slug[1] in found or len(found) == ITEMS_MAX:
            continue
        if title and (_LISTED.search(title) or _LISTED.search(slug[1].replace("-", " "))):
            announcement = AnnouncedAct(
                id=slug[1], url=urljoin(url, f"/news/news/{slug[1]}"), title=title, published=_near(anchor, words)
            )
            found[slug[1]] = announcement
    if not any_news:
        raise DocumentRefused("the page has no news: it was changed, or is another page")
    return tuple(found.values())


def _near(anchor: etree._Element, words: Callable[[etree._Element], str]) -> str | None:
    """The day that stands beside a link, within two elements around it that are not half the page."""
    for around, _ in zip(anchor.iterancestors(), range(3), strict=False):
        if sum(1 for _ in zip(around.iter(), range(AROUND_MAX + 1), strict=False)) > AROUND_MAX:
            return None
        found = {_iso(one) for one in _DAY.findall(words(around))}
        if len(found) == 1:
            return found.pop()
        if found:
            return None
    return None


def _iso(day: str) -> str | None:
    try:
        return datetime.strptime(day, "%d %B %Y").date().isoformat()
    except ValueError:
        return None


def read_news_item(body: bytes, item: AnnouncedAct) -> AnnouncedAct:
    """Return `item` with instrument, references and names. Raises DocumentRefused when the page says nothing of
    sanctions."""
    root = main_part(parsed_page(body))
    words = page_words(root)
    if not _LISTED.search(words):
        raise DocumentRefused("the page says nothing of sanctions: it was changed, or is another page")
    instrument = _INSTRUMENT.search(words)
    action: Action = "delisted" if _REMOVED.search(item.title) else "designated"
    references = tuple(_references(words))
    parties = tuple(NamedParty(action=action, names=(name,)) for name in _names(root))
    is_listed = bool(references or parties)
    return replace(
        item,
        act=instrument[0] if instrument else None,
        action=action,
        references=references,
        parties=parties,
        expects="will" if is_listed else "may",
        why="" if is_listed else "it names neither references nor names",
    )


def _references(words: str) -> Iterator[str]:
    """`references 8003 to 8151a` → 8003 … 8151: letters mark further names of one entry."""
    for first, last in _RANGE.findall(words):
        if 0 <= int(last) - int(first) < REFERENCES_MAX:
            yield from map(str, range(int(first), int(last) + 1))


def _names(root: etree._Element) -> Iterator[str]:
    """The items of the lists below the headings of who is listed."""
    is_below = False
    for element in root.iter("h2", "h3", "h4", "p", "li"):
        lines = lines_of(element)
        if element.tag == "li" and is_below:
            yield from (line.lstrip("- ") for line in lines if len(line) <= NAME_CHARACTERS_MAX)
        elif lines:
            items = [line[2:] for line in lines if line.startswith("- ")]
            is_below = bool(_HEADING.match(lines[0])) or (is_below and bool(items))
            yield from items if is_below else ()


def _news(_: date) -> Question:
    return Question(url=HOME)


def _page(item: AnnouncedAct) -> Question | None:
    return Question(url=item.url)


CHANNEL = NoticeChannel(
    id="au_dfat_news",
    slot=3,
    title="DFAT news, sanctions",
    jurisdiction="AU",
    authority="Department of Foreign Affairs and Trade, Australian Sanctions Office",
    homepage=HOME,
    rules=ChannelRules(id="au_dfat_news", feeds=("au_dfat",), overdue_hours=(72,), names_days=3),
    indexes=(ChannelIndex(name="news", question=_news, read=read_news, typical_bytes=80_000),),
    page=ItemPage(question=_page, read=read_news_item, typical_bytes=60_000),
    interval_seconds=900,
    silence_days=60,
    typical_items=1,
    unproven=(
        "The page of news was not seen, and of two items the text alone.",
        "Whether the site answers this User-Agent.",
    ),
    quirks=(
        "The site drops unknown User-Agents.",
        "The feed's address is unverified: the page of news is read.",
        "It follows the UN by 6 to 17 days.",
    ),
)
