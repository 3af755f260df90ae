"""The Federal Register: rules of BIS that change the Entity List, and notices of State. OFAC's notices there are proof.

A rule is known by its document number; the lists of BIS and State cite it by volume and page (`91 FR 41234`).
"""

import re
from datetime import date
from urllib.parse import quote

import msgspec
from msgspec import Struct

from syncd.channels.contract import ITEMS_MAX, AnnouncedAct, ChannelIndex, NoticeChannel, Question
from syncd.core import canonical
from syncd.core.notices.board import ChannelRules
from syncd.core.notices.notice import Action, Expectation
from syncd.errors import DocumentRefused
from syncd.formats.json import UNDECODABLE

API = "https://www.federalregister.gov/api/v1/documents.json"
FIELDS = ("title", "document_number", "publication_date", "html_url", "type", "citation", "agencies")
AGENCIES = ("industry-and-security-bureau", "state-department", "foreign-assets-control-office")
OFAC = "foreign-assets-control-office"

# What a title says → what is done. The first that is in it counts.
ACTIONS: tuple[tuple[re.Pattern[str], Action], ...] = (
    (re.compile(r"\bremov(?:al|als|es|ing)\b", re.IGNORECASE), "delisted"),
    (re.compile(r"\b(?:additions?|adding|designations?|imposition)\b", re.IGNORECASE), "designated"),
    (re.compile(r"\b(?:revisions?|corrections?|clarifications?)\b", re.IGNORECASE), "amended"),
)
_OF_A_LIST = re.compile(
    r"\b(?:Entity List|Unverified List|Military End.User|Denial of Export Privileges|Denying Export Privileges"
    r"|Nonproliferation Measures|Statutory Debarment)",
    re.IGNORECASE,
)
_RENEWED = re.compile(r"\b(?:renewing|modifying)\b", re.IGNORECASE)


class _Agency(Struct):
    slug: str = ""


class _RegisterDocument(Struct):
    title: str
    document_number: str
    publication_date: str
    html_url: str = ""
    type: str = ""
    citation: str | None = None
    agencies: list[_Agency] = []


class _RegisterAnswer(Struct):
    results: list[_RegisterDocument]


_answer = msgspec.json.Decoder(_RegisterAnswer)


def newest_question(_: date) -> Question:
    """Return the question for the newest documents of the three agencies."""
    agencies = "&".join(f"conditions{quote('[agencies][]')}={one}" for one in AGENCIES)
    fields = "&".join(f"fields{quote('[]')}={one}" for one in FIELDS)
    return Question(url=f"{API}?{agencies}&order=newest&per_page=40&{fields}", accept="application/json")


def read_documents(body: bytes, _: str) -> tuple[AnnouncedAct, ...]:
    """Return the documents in an answer of the API. Raises DocumentRefused when it is none."""
    try:
        documents = _answer.decode(body).results
    except UNDECODABLE:
        raise DocumentRefused("the answer is no list of documents of the Federal Register") from None
    return tuple(_announcement(one) for one in documents[:ITEMS_MAX])


def _announcement(document: _RegisterDocument) -> AnnouncedAct:
    expects, why = _expected(document)
    title = canonical.text(document.title)
    return AnnouncedAct(
        id=document.document_number,
        url=document.html_url or f"https://www.federalregister.gov/d/{document.document_number}",
        title=title,
        published=document.publication_date,
        act=document.citation,
        action=_action(title),
        expects=expects,
        why=why,
    )


def _action(title: str) -> Action | None:
    """What is done; of a rule that adds some and removes others, no one thing."""
    found = [what for pattern, what in ACTIONS if pattern.search(title)]
    return None if {"designated", "delisted"} <= set(found) else next(iter(found), None)


def _expected(document: _RegisterDocument) -> tuple[Expectation, str]:
    if any(agency.slug == OFAC for agency in document.agencies):
        return "never", "OFAC's list showed it before: this is the proof"
    if not _OF_A_LIST.search(document.title):
        return "never", "its title names no list"
    if _RENEWED.search(document.title):
        return "may", "what is renewed may stand on the list as it did"
    return "will", ""


CHANNEL = NoticeChannel(
    id="us_fr",
    slot=4,
    title="Federal Register: BIS, State, OFAC",
    jurisdiction="US",
    authority="Office of the Federal Register",
    homepage="https://www.federalregister.gov/agencies/industry-and-security-bureau",
    rules=ChannelRules(
        id="us_fr",
        feeds=("us_bis_dpl", "us_bis_el", "us_bis_meu", "us_bis_uvl", "us_state_aeca", "us_state_isn"),
        overdue_hours=(120,),
        names_days=5,
        flood=40,
    ),
    indexes=(
        ChannelIndex(
            name="documents", question=newest_question, read=read_documents, typical_bytes=16_000, latest_only=True
        ),
    ),
    interval_seconds=900,
    silence_days=4,
    evidence="excerpt",
    unproven=(
        "The field `citation`, by which a rule is linked to the lists that cite it.",
        "Documents of State; eight of OFAC and BIS were seen.",
    ),
    quirks=(
        "The newest forty documents are asked for: what more than forty pushed out meanwhile is lost, and said.",
        "The API has no validators, and publishes once a day at 08:45 in Washington.",
        "`C1-…` corrects the document whose number follows.",
    ),
)
