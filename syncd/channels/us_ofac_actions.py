"""OFAC Recent Actions: what is added to and taken from OFAC's lists, in the words of the day.

A page's body has a heading for each thing that is done ("The following deletions have been made to OFAC's SDN List:")
and below it one paragraph a name. A deletion has a paragraph for every form of a name: those that name each other are
one party. Below a rule stand administrative changes, which OFAC calls unrelated. Pages state no ids of the list.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime
from urllib.parse import urldefrag, urljoin

from lxml import etree
from msgspec.structs import replace

from syncd.channels.contract import (
    ITEMS_MAX,
    PAGE_BYTES_MAX,
    AnnouncedAct,
    ChannelIndex,
    ItemPage,
    NoticeChannel,
    Question,
)
from syncd.core.notices.board import ChannelRules
from syncd.core.notices.enactments import name_forms
from syncd.core.notices.notice import Action, NamedParty
from syncd.errors import DocumentRefused
from syncd.formats.pages import lines_of, page_words, parsed_page, with_class

HOME = "https://ofac.treasury.gov/recent-actions"
BODY = "field--name-field-body"
RELEASE = "field--name-field-press-release-link"

# What a heading says → what its paragraphs are. The first that is in it counts.
ACTIONS: tuple[tuple[str, Action], ...] = (
    ("added", "designated"),
    ("additions", "designated"),
    ("deletions", "delisted"),
    ("removed", "delisted"),
    ("removals", "delisted"),
    ("changes", "amended"),
    ("changed", "amended"),
    ("updates", "amended"),
)
ADMINISTRATIVE = "unrelated administrative"
# A clause of a title that is about a list; the others are licences, regulations and questions.
OF_A_LIST = re.compile(r"\b(?:designations?|removals?|delistings?|list update|identification)\b", re.IGNORECASE)
_SLUG = re.compile(r"/recent-actions/(\d{8}(?:_\d{1,3})?)$")
_LISTED_DAY = re.compile(r"[A-Z][a-z]{2,8} \d{1,2}, \d{4}")
_TAGS = re.compile(r"\[([^\[\]]{1,80})\]")
_SCRIPT = re.compile(r"(?!Linked To)[A-Z][A-Za-z]{1,30}(?: [A-Z][A-Za-z]{1,30})?: ")
_AKA = re.compile(r"(?:a\.k\.a\.|f\.k\.a\.|n\.k\.a\.) ")
_CHANGED = re.compile(r"\s-to-\s")


def read_listing(body: bytes, url: str) -> tuple[AnnouncedAct, ...]:
    """Return the actions that the listing shows, newest first. Raises DocumentRefused when it shows none."""
    found: dict[str, AnnouncedAct] = {}
    for row in with_class(parsed_page(body), "search-result"):
        for anchor in row.iter("a"):
            slug = _SLUG.search(anchor.get("href") or "")
            if slug and slug[1] not in found and len(found) < ITEMS_MAX:
                found[slug[1]] = _listed(slug[1], page_words(anchor), row, url)
    if not found:
        raise DocumentRefused("the page lists no recent action: it was changed, or is another page")
    return tuple(found.values())


def _listed(slug: str, title: str, row: etree._Element, url: str) -> AnnouncedAct:
    day = _LISTED_DAY.search(page_words(row))
    return AnnouncedAct(
        id=slug,
        url=urljoin(url, f"/recent-actions/{slug}"),
        title=title,
        published=_day(day[0], "%B %d, %Y") if day else None,
        expects="will" if OF_A_LIST.search(title) else "never",
    )


def _day(text: str, form: str) -> str | None:
    try:
        return datetime.strptime(text, form).date().isoformat()
    except ValueError:
        return None


def read_page(body: bytes, item: AnnouncedAct) -> AnnouncedAct:
    """Return `item` with the parties of its page. Raises DocumentRefused when the page has no body of an action."""
    root = parsed_page(body)
    content = next(with_class(root, BODY), None)
    if content is None:
        raise DocumentRefused("the page has no body of a recent action: it was changed, or is another page")
    parties = _folded(list(_parties(content)))
    releases = [a.get("href") or "" for field in with_class(root, RELEASE) for a in field.iter("a")]
    links = [a.get("href") or "" for a in content.iter("a")]
    dates = (page_words(one) for field in with_class(root, "field--name-field-release-date") for one in _items(field))
    day = next((found for text in dates if (found := _day(text, "%m/%d/%Y"))), item.published)
    is_listed = any(not party.administrative for party in parties)
    return replace(
        item,
        title=next((page_words(one) for one in with_class(root, "page-title")), item.title) or item.title,
        published=day,
        parties=parties,
        programmes=tuple(dict.fromkeys(tag for party in parties for tag in party.programmes)),
        documents=tuple(dict.fromkeys(url for one in (*releases, *links) if (url := _address(item.url, one)))),
        expects="will" if is_listed or (not parties and item.expects == "will") else "never",
        why=""
        if is_listed or item.expects == "will"
        else "the page names nobody who is put on a list or taken from it",
    )


def _address(page: str, link: str) -> str:
    """The address of a link, without its fragment; empty for a place on the page, for mail, and for no address."""
    try:
        url = urldefrag(urljoin(page, link)).url if link and not link.startswith("#") else ""
    except ValueError:  # a host in brackets that is no address
        return ""
    # The addresses of mail, hidden anew for each request, lead there.
    return url if url.startswith(("https://", "http://")) and "/cdn-cgi/" not in url else ""


def _items(field: etree._Element) -> Iterator[etree._Element]:
    return with_class(field, "field__item")


def _parties(content: etree._Element) -> Iterator[NamedParty]:
    """The paragraphs below each heading, each as a party."""
    action: Action | None = None
    is_apart = False
    for element in content.iter("h2", "h3", "h4", "h5", "p", "li", "hr"):
        if element.tag == "hr":
            action = None
        elif element.tag in {"p", "li"}:
            for line in lines_of(element) if action else ():
                if party := _party(line, action, is_apart):
                    yield party
        else:
            heading = page_words(element).casefold()
            said = next((what for word, what in ACTIONS if word in heading), action)
            # Whoever is put on a list is, wherever on the page that stands.
            is_apart = ADMINISTRATIVE in heading or (is_apart and said != "designated")
            action = "amended" if is_apart else said


def _party(line: str, action: Action | None, administrative: bool) -> NamedParty | None:
    """One paragraph. Of one that says `-to-`, the names before and after it."""
    sides = [_names(side) for side in _CHANGED.split(line)]
    names = tuple(dict.fromkeys(name for side in reversed(sides) for name in side))
    tags = tuple(dict.fromkeys(_TAGS.findall(_CHANGED.split(line)[-1])))
    if action is None or not names or not tags:
        return None
    return NamedParty(action=action, names=names, programmes=tags, administrative=administrative)


def _names(paragraph: str) -> list[str]:
    """The names at the head of a paragraph, before address and particulars."""
    before, groups = _head(paragraph)
    first = _first_name(before, is_person="(individual)" in paragraph, is_cut=bool(groups))
    found = [first] if first else []
    for group in groups:
        if _SCRIPT.match(group):
            found.append(group.partition(": ")[2])
        else:
            for alias in _split(group):
                found += _forms(_AKA.sub("", alias, count=1))
    return [name for one in found if (name := one.strip(' "“”')) and any(map(str.isalnum, name))]


def _head(paragraph: str) -> tuple[str, list[str]]:
    """The text before the first bracket that holds names, and the contents of these brackets."""
    at = paragraph.find("(")
    before = paragraph[:at] if at >= 0 else paragraph
    groups: list[str] = []
    while at >= 0 and ";" not in before and "[" not in before:
        end = _closing(paragraph, at)
        inside = paragraph[at + 1 : end]
        if not (_AKA.match(inside) or _SCRIPT.match(inside)):
            break
        groups.append(inside)
        rest = paragraph[end + 1 :]
        at = end + 1 + len(rest) - len(rest.lstrip()) if rest.lstrip().startswith("(") else -1
    return before.strip(), groups


def _closing(text: str, at: int) -> int:
    depth = 0
    for place in range(at, len(text)):
        depth += (text[place] == "(") - (text[place] == ")")
        if not depth:
            return place
    return len(text)


def _split(group: str) -> list[str]:
    """The aliases of a bracket, which are parted by semicolons outside of brackets in it."""
    parts, depth, start = [], 0, 0
    for place, char in enumerate(group):
        depth += (char == "(") - (char == ")")
        if char == ";" and not depth:
            parts.append(group[start:place].strip())
            start = place + 1
    return [*parts, group[start:].strip()]


def _forms(alias: str) -> list[str]:
    """`OLENGA, Francois (Latin: OLENGA, François)` → both."""
    plain, _, inside = alias.partition(" (")
    match = _SCRIPT.match(inside)
    return [plain, inside[match.end() :].rstrip(")")] if match else [plain]


def _first_name(before: str, *, is_person: bool, is_cut: bool) -> str:
    """The name that a paragraph begins with. Brackets of names end it; else a person's is the family name in capitals
    and the next part, another's the parts without small letters: addresses have some."""
    if is_cut:
        return before
    parts = before.partition(";")[0].split(", ")
    if is_person:
        return ", ".join(parts[:2])
    name = parts[:1]
    for part in parts[1:]:
        if part != part.upper() or not any(map(str.isalpha, part)):
            break
        name.append(part)
    return ", ".join(name)


def _folded(parties: list[NamedParty]) -> tuple[NamedParty, ...]:
    """One party for all paragraphs of it: of deletions, those whose first name is a form of an earlier one."""
    found: list[NamedParty] = []
    places: dict[str, int] = {}
    for party in parties:
        if party.action != "delisted":
            found.append(party)
            continue
        (first,) = name_forms(party.names[:1])
        place = places.get(first)
        if place is None:
            place = len(found)
            found.append(party)
        else:
            names = dict.fromkeys((*found[place].names, *party.names))
            found[place] = replace(found[place], names=tuple(names))
        for form in name_forms(party.names):
            places.setdefault(form, place)
    return tuple(found)


def _page(item: AnnouncedAct) -> Question | None:
    return Question(url=item.url, bytes_max=PAGE_BYTES_MAX)


def _listing(_: date) -> Question:
    return Question(url=HOME)


CHANNEL = NoticeChannel(
    id="us_ofac_actions",
    slot=0,
    title="OFAC Recent Actions",
    jurisdiction="US",
    authority="Office of Foreign Assets Control",
    homepage=HOME,
    rules=ChannelRules(
        id="us_ofac_actions", feeds=("us_ofac_sdn", "us_ofac_cons"), overdue_hours=(4, 24), names_days=2
    ),
    indexes=(
        ChannelIndex(name="listing", question=_listing, read=read_listing, typical_bytes=60_000, latest_only=True),
    ),
    gate=Question(url="https://public.govdelivery.com/topics/USTREAS_61/feed.rss"),
    gate_bytes=400,
    page=ItemPage(question=_page, read=read_page, typical_bytes=60_000),
    interval_seconds=60,
    silence_days=7,
    unproven=(
        "The gate: its address, its ETag and its 304 are told by third parties.",
        "The listing was seen as one row, and pages as their articles alone.",
    ),
    quirks=(
        "A title may have four clauses, of which one is about a list.",
        "Pages carry bytes of each request: only the body, the dates and the links count.",
        "A deletion has a paragraph for each form of a name; those are one party.",
        "The gate answers 304; it is GovDelivery's, not OFAC's, and is doubted every six hours.",
    ),
)
